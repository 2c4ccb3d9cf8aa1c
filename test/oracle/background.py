"""Makes background.json: power-law backgrounds of measured spectra by HyperSpy's two-area estimate and by SciPy's Poisson fit.

    EELWATCH_DATA=../shared/data /usr/bin/python3 test/oracle/background.py

HyperSpy: remove_background(background_type="PowerLaw", fast=True); its exponent is read off the background it took away.
"""
import json
import os
import pathlib
import warnings

warnings.filterwarnings("ignore")
import hyperspy.api as hs
import numpy as np
from scipy.optimize import brentq

data = pathlib.Path(os.environ.get("EELWATCH_DATA", "../shared/data"))
STO = "perovskite-STO-LMO/DMReader_EELS_STO.dm3"
CASES = [
    ("Ti-L", STO, (394.0, 449.0), (455.0, 510.0)),
    ("C-K", "silicon-and-carbon-edges/EELS_C_K-edge.msa", (246.0, 280.0), (283.0, 317.0)),
    ("Si-L", "silicon-and-carbon-edges/FeCr_low-loss__Si-plasmon+Si-L23.msa", (81.0, 97.0), (98.0, 123.0)),
]
cases = []
for edge, path, fit, window in CASES:
    signal = hs.load(str(data / path), signal_type="EELS")
    axis = signal.axes_manager.signal_axes[0]
    net = signal.remove_background(signal_range=fit, background_type="PowerLaw", fast=True, zero_fill=False)
    raw = signal.data.astype(float).ravel()
    background = raw - net.data.astype(float).ravel()
    energy = axis.axis
    inside = (energy >= window[0] - 1e-9) & (energy < window[1] - 1e-9)
    i, j = np.flatnonzero(inside)[[0, -1]]
    fitted = (energy >= fit[0] - 1e-9) & (energy < fit[1] - 1e-9)
    x, y = np.log(energy[fitted]), raw[fitted]
    mean = lambda r: (np.exp(-r * x) * x).sum() / np.exp(-r * x).sum() - (x * y).sum() / y.sum()
    cases.append({
        "edge": edge,
        "file": path,
        "fitWindow": fit,
        "signalWindow": window,
        "hyperspy": {
            "exponent": float(np.log(background[i] / background[j]) / np.log(energy[j] / energy[i])),
            "background": float(background[inside].sum()),
            "net": float((raw - background)[inside].sum()),
        },
        "poissonExponent": float(brentq(mean, 0.01, 20)),
    })
path = pathlib.Path(__file__).with_name("background.json")
path.write_text(json.dumps({"cases": cases}, indent=1) + "\n")
print(path.read_text())
