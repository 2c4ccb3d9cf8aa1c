"""Makes offline-pipeline.json: the published way, after the scan, by other people's programs, on simulated scans.

Per edge: HyperSpy remove_background -> standardise -> scikit-learn PCA (10 components) -> umap-learn -> scikit-learn
KMeans, on the pixels whose net signal is three times its counting noise; the others are absent. Scored as the monitor is
(test/science/cases.ts): over pixels of at least 85 % one phase, absence counted as a class.

    npm run build && /usr/bin/python3 test/oracle/offline_pipeline.py [seeds] [sides, as 64,96]
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np

warnings.filterwarnings("ignore")
import hyperspy.api as hs
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score
from umap import UMAP

hs.preferences.General.show_progressbar = False
ROOT = pathlib.Path(__file__).resolve().parents[2]
SEEDS = int(sys.argv[1]) if len(sys.argv) > 1 else 10
SIDES = [int(side) for side in (sys.argv[2] if len(sys.argv) > 2 else "64,96").split(",")]
PURE = 0.85


def majority(labels, truth):
    mapped = np.empty_like(labels)
    for label in np.unique(labels):
        values, counts = np.unique(truth[labels == label], return_counts=True)
        mapped[labels == label] = values[counts.argmax()]
    return mapped


def analyse(cube, edge, true_classes):
    """Labels with the true number of classes, and with three times as many."""
    fit, signal = edge["fitWindow"], edge["signalWindow"]

    def window(s, limits):
        return s.isig[float(limits[0]):float(limits[1])]

    def rows(s, limits):
        return window(s, limits).data.reshape(-1, window(s, limits).data.shape[-1]).astype(float)

    def moments(x, w):
        mean = (x * w).sum() / w.sum()
        return mean, (x * x * w).sum() / w.sum() - mean**2

    # One vacuum pixel without counts makes HyperSpy's fit fail for all: such pixels are left out by hand.
    bright = rows(cube, fit)
    usable = bright.sum(1) >= 20
    pixels = hs.signals.Signal1D(cube.data.reshape(-1, cube.data.shape[-1])[usable])
    pixels.set_signal_type("EELS")
    axis, source = pixels.axes_manager[-1], cube.axes_manager[-1]
    axis.offset, axis.scale, axis.units = source.offset, source.scale, source.units
    net = pixels.remove_background(signal_range=fit, background_type="PowerLaw", fast=True, zero_fill=False)
    inside = np.clip(np.nan_to_num(rows(net, signal), posinf=0, neginf=0), -1e6, 1e6)
    raw, before = rows(pixels, signal), rows(pixels, fit)
    # Egerton's noise of the extrapolated background, as the monitor takes it.
    fit_mean, fit_var = moments(np.log(window(pixels, fit).axes_manager[-1].axis), before.mean(0))
    signal_mean, _ = moments(np.log(window(pixels, signal).axes_manager[-1].axis), raw.mean(0))
    background = np.maximum((raw - inside).sum(1), 0)
    h = 1 + background * (1 + (signal_mean - fit_mean) ** 2 / fit_var) / np.maximum(before.sum(1), 1)
    seen = inside.sum(1) >= 3 * np.sqrt(np.maximum(inside.sum(1), 0) + h * background + 1e-9)
    present = np.zeros(len(usable), bool)
    present[np.flatnonzero(usable)[seen]] = True
    labels = [np.full(len(usable), -1), np.full(len(usable), -1)]
    if present.sum() < 30:
        return labels
    spectra = inside[seen]
    spectra = (spectra - spectra.mean(0)) / np.maximum(spectra.std(0), 1e-12)
    scores = PCA(10, random_state=0).fit_transform(spectra)
    plane = UMAP(n_neighbors=20, min_dist=0.1, random_state=0).fit_transform(scores)
    for out, k in zip(labels, [true_classes, 3 * true_classes]):
        out[present] = KMeans(min(k, present.sum()), n_init=10, random_state=0).fit_predict(plane)
    return labels


def case(seed, dose, side):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["node", ROOT / "dist/server/cli.js", "simulate", folder, "--seed", str(seed), "--dose", dose,
             "--shape", f"{side},{side}", "--no-low-loss"],
            check=True, capture_output=True,
        )
        stem = pathlib.Path(folder) / "simulated-anode"
        truth = json.loads((stem.parent / "simulated-anode.truth/truth.json").read_text())
        cube = hs.load(str(stem) + ".rpl", signal_type="EELS")
        cube.change_dtype("float32")
        purity = np.load(stem.parent / "simulated-anode.truth/purity.npy").ravel()
        pure = purity >= PURE
        result = {"seed": seed, "dose": dose, "side": side, "edges": {}}
        for edge in truth["edges"]:
            expected = np.load(stem.parent / f"simulated-anode.truth/{edge['name']}.npy").ravel()
            count = max(1, len(set(expected[pure]) - {-1}))
            exact, fine = analyse(cube, edge, count)
            result["edges"][edge["name"]] = {
                "ariTrueK": round(adjusted_rand_score(expected[pure], exact[pure]), 4),
                "ariMapped": round(adjusted_rand_score(expected[pure], majority(fine[pure], expected[pure])), 4),
                "presence": round(float(((exact >= 0) == (expected >= 0))[pure].mean()), 4),
            }
        print(json.dumps(result), flush=True)
        return result


cases = [case(seed, dose, side) for side in SIDES for seed in range(1, SEEDS + 1) for dose in ["low", "default", "high"]]
path = pathlib.Path(__file__).with_name("offline-pipeline.json")
path.write_text("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")
