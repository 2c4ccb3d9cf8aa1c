"""Makes perovskite-labels.json: mutual information by scikit-learn of the labels `eelwatch analyse` gives.

    npx eelwatch analyse $EELWATCH_DATA/perovskite-STO-LMO/DMReader_SpectrumImage_SI-EELS.dm3 \
        --edges Ti-L,O-K,La-M --classes-in embedding --out out
    /usr/bin/python3 test/oracle/perovskite_labels.py out
"""
import json
import pathlib
import sys

import numpy as np
from sklearn.metrics import mutual_info_score

out = pathlib.Path(sys.argv[1])
titanium = np.load(out / "Ti-L/labels.npy").ravel()
lanthanum = np.load(out / "La-M/labels.npy").ravel()
fixture = {
    "titanium": titanium.tolist(),
    "lanthanum": lanthanum.tolist(),
    "mi": mutual_info_score(titanium, lanthanum),
}
path = pathlib.Path(__file__).with_name("perovskite-labels.json")
path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
print(fixture["mi"])
