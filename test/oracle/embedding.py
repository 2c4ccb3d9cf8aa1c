"""Makes embedding.json: scores of a simulated scan's landmarks and pixels, and what umap-learn makes of them.

    eelwatch simulate scan --seed 1 --shape 96,96
    npx tsx test/oracle/embedding-scores.ts scan scores.json
    /usr/bin/python3 test/oracle/embedding.py scores.json

Run with Debian's python3 (umap-learn, python3-sklearn).
"""
import json
import pathlib
import sys
import warnings

import numpy as np
from sklearn.manifold import trustworthiness
from umap import UMAP

warnings.filterwarnings("ignore")
cases = []
for case in json.loads(pathlib.Path(sys.argv[1]).read_text()):
    d = case["dimension"]
    landmarks = np.array(case["landmarks"], "f4").reshape(-1, d)
    pixels = np.array(case["pixels"], "f4").reshape(-1, d)
    fit, placed = [], []
    for seed in range(3):
        model = UMAP(n_neighbors=20, min_dist=0.1, random_state=seed)
        plane = model.fit_transform(landmarks)
        fit.append(trustworthiness(landmarks, plane, n_neighbors=15))
        placed.append(trustworthiness(pixels, model.transform(pixels), n_neighbors=15))
    cases.append({**case, "fit": float(np.mean(fit)), "placed": float(np.mean(placed))})
    print(case["edge"], d, len(landmarks), fit, placed)
path = pathlib.Path(__file__).with_name("embedding.json")
path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
