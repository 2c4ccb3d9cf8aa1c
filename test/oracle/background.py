"""Makes background.json: power-law backgrounds of measured spectra by HyperSpy's two-area estimate and by SciPy's Poisson fit.

    EELWATCH_DATA=../shared/data /usr/bin/python3 test/oracle/background.py

HyperSpy: remove_background(background_type="PowerLaw", fast=True); its exponent is read off the background it took away. All
measured files with a window before one of their edges: the spectrum image and the line scans summed over their pixels, and
single spectra.
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
IMAGE = "perovskite-STO-LMO/DMReader_SpectrumImage_SI-EELS.dm3"
LSMO = "nist-linescans/LSMO_linescan.hdf5"
BOTH = "nist-linescans/LSMO_STO_linescan.hdf5"
ORGANIC = ["Comp0_Resine", "Comp1_Calcification", "Comp2_Orga1", "Comp5_Orga2"]
# Windows: those of the product's table, but for the first three.
CASES = [
    ("Ti-L", STO, (394.0, 449.0), (455.0, 510.0)),
    ("C-K", "silicon-and-carbon-edges/EELS_C_K-edge.msa", (246.0, 280.0), (283.0, 317.0)),
    ("Si-L", "silicon-and-carbon-edges/FeCr_low-loss__Si-plasmon+Si-L23.msa", (81.0, 97.0), (98.0, 123.0)),
    ("Ti-L", IMAGE, (394.0, 449.0), (455.0, 510.0)),
    ("O-K", LSMO, (464.0, 524.0), (531.0, 591.0)),
    ("Mn-L", LSMO, (570.0, 630.0), (639.0, 699.0)),
    ("Ti-L", BOTH, (396.0, 449.0), (455.0, 510.0)),
    ("O-K", BOTH, (464.0, 524.0), (531.0, 591.0)),
    ("Mn-L", BOTH, (570.0, 630.0), (639.0, 699.0)),
] + [("C-K", f"organic-end-members/{name}.dm4", (246.0, 280.0), (283.0, 317.0)) for name in ORGANIC]
cases = []
for edge, path, fit, window in CASES:
    signal = hs.load(str(data / path), signal_type="EELS")
    if signal.axes_manager.navigation_dimension:
        signal = signal.sum()
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
for case in cases:
    print(case["edge"], case["file"], case["hyperspy"], round(case["poissonExponent"], 3))
