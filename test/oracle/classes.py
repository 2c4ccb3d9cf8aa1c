"""Makes classes.json: weighted k-means inertia by scikit-learn on scores of a simulated scan (those of embedding.json).

Run with Debian's python3 (python3-sklearn):
    /usr/bin/python3 test/oracle/classes.py
"""
import json
import pathlib

import numpy as np
from sklearn.cluster import KMeans

here = pathlib.Path(__file__).parent
case = json.loads((here / "embedding.json").read_text())[1]
d = case["dimension"]
points = np.array(case["landmarks"], "f4").reshape(-1, d)
rng = np.random.default_rng(5)
weights = np.round(rng.gamma(2.0, 0.5, len(points)), 4)
inertia = [
    float(KMeans(k, n_init=10, random_state=0).fit(points, sample_weight=weights).inertia_) for k in range(2, 9)
]
# scikit-learn leaves the weights as they are: the inertia is the weighted sum of squared distances.
out = {"points": [float(f"{x:.4g}") for x in points.ravel()], "dimension": d, "weights": weights.tolist(), "inertia": inertia}
(here / "classes.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")
