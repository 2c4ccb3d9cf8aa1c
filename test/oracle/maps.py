"""Makes maps.json: class maps of the demonstration in kind, of measured line scans and of mixtures of measured spectra, by
other people's programs.

HyperSpy remove_background (but for the demonstration, whose background is gone) -> spectra over their counts before
the edge -> scikit-learn PCA -> umap-learn where there are pixels enough -> scikit-learn KMeans. Windows and numbers of
classes are those of the tests.

    EELWATCH_DATA=... npx tsx test/oracle/write-cubes.ts cubes
    /usr/bin/python3 test/oracle/maps.py cubes
"""
import json
import logging
import pathlib
import sys
import warnings

import numpy as np

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
import hyperspy.api as hs
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import mutual_info_score
from umap import UMAP

hs.preferences.General.show_progressbar = False
FOLDER = pathlib.Path(sys.argv[1])
LIGHT = {"O-K": ((464, 524), (531, 591)), "Mn-L": ((570, 630), (639, 699))}
# By name: number of classes, of components, and windows. Components are whitened, as the authors' script does, where
# they are those that stand clear of the noise; not the ten of the demonstration, which their package keeps.
CASES = {
    "demonstration": (4, 10, {"Si-L": (None, (98, 149)), "C-K": (None, (282, 333))}),
    "LSMO_linescan": (3, 3, LIGHT),
    "LSMO_STO_linescan": (
        2, 1, {"Ti-L": ((395, 449), (455, 510)), **LIGHT, "La-M": ((760, 820), (831, 891))}),
    "organic-mixtures": (4, 3, {"C-K": ((246, 280), (283, 317)), "O-K": ((464, 524), (531, 591))}),
}
CLEAR = 3
FEWEST_FOR_UMAP = 100


def rows(signal, window):
    data = signal.isig[float(window[0]):float(window[1])].data
    return data.reshape(-1, data.shape[-1]).astype(float)


def net_spectra(cube, fit, window):
    """Net spectra over the counts before the edge, and which pixels show the edge; without a fit over their own spread."""
    if fit is None:
        spectra = rows(cube, window)
        return (spectra - spectra.mean(1, keepdims=True)) / spectra.std(1, keepdims=True), np.ones(len(spectra), bool)
    net = cube.remove_background(signal_range=(float(fit[0]), float(fit[1])), background_type="PowerLaw",
                                 fast=True, zero_fill=False)
    spectra, before = rows(net, window), rows(cube, fit).sum(1)
    # The noise of a window's sum, from the same sums in the window before the edge, where there is no signal.
    left = rows(net, fit)
    scale = np.sqrt(spectra.shape[1] / left.shape[1])
    return spectra / before[:, None], spectra.sum(1) > 3 * scale * np.abs(left.cumsum(1)).max(1)


def classes(spectra, k, components):
    scores = PCA(components, whiten=components <= CLEAR, random_state=0).fit_transform(spectra)
    if len(spectra) >= FEWEST_FOR_UMAP:
        scores = UMAP(n_neighbors=20, min_dist=0.1, random_state=0).fit_transform(scores)
    return KMeans(min(k, len(spectra)), n_init=10, random_state=0).fit_predict(scores)


fixture = {}
for name, (k, components, edges) in CASES.items():
    cube = hs.load(str(FOLDER / f"{name}.rpl"), signal_type="EELS")
    cube.change_dtype("float64")
    maps = {}
    for edge, (fit, window) in edges.items():
        spectra, present = net_spectra(cube, fit, window)
        labels = np.full(len(spectra), -1)
        labels[present] = classes(spectra[present], k, components)
        maps[edge] = labels
        print(name, edge, np.unique(labels, return_counts=True), labels if len(labels) < 50 else "")
    # One character a pixel, "-" where the edge is absent.
    fixture[name] = {"labels": {edge: "".join("-" if l < 0 else str(l) for l in map_) for edge, map_ in maps.items()}}
    if name == "demonstration":
        a, b = maps["Si-L"], maps["C-K"]
        fixture[name]["mi"] = mutual_info_score(a, b)
path = pathlib.Path(__file__).with_name("maps.json")
path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
