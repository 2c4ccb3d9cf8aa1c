"""CPU seconds of the published way after the scan: HyperSpy background, PCA, umap-learn, KMeans, mutual information.

The second of two runs counts: the first one compiles.    python3 offline.py scan.rpl
"""
import itertools
import json
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")
import hyperspy.api as hs
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import mutual_info_score
from umap import UMAP

hs.preferences.General.show_progressbar = False
EDGES = {"Si-L": ((81, 97), (98, 123)), "C-K": ((246, 280), (283, 317)), "O-K": ((464, 524), (531, 591))}


def run(cube):
    labels = []
    for fit, signal in EDGES.values():
        net = cube.remove_background(signal_range=fit, background_type="PowerLaw", fast=True, zero_fill=False)
        spectra = net.isig[float(signal[0]):float(signal[1])].data
        spectra = np.nan_to_num(spectra.reshape(-1, spectra.shape[-1]), posinf=0, neginf=0)
        spectra = (spectra - spectra.mean(0)) / np.maximum(spectra.std(0), 1e-12)
        scores = PCA(10, random_state=0).fit_transform(spectra)
        plane = UMAP(n_neighbors=20, min_dist=0.1, random_state=0).fit_transform(scores)
        labels.append(KMeans(4, n_init=10, random_state=0).fit_predict(plane))
    for a, b in itertools.combinations(labels, 2):
        mutual_info_score(a, b)


cube = hs.load(sys.argv[1], signal_type="EELS")
cube.change_dtype("float32")
# Pixels without counts make the fast fit fail for all of them.
cube.data += 1e-3
for _ in range(2):
    start = time.process_time()
    run(cube)
    seconds = time.process_time() - start
print(json.dumps({"cpuSeconds": seconds, "pixels": int(np.prod(cube.data.shape[:-1]))}))
