"""Makes pca.json: batch moments by numpy, Poisson weighting by HyperSpy, and the hard threshold from numpy's spectra.

Run with Debian's python3 (python3-numpy, python3-hyperspy):
    /usr/bin/python3 test/oracle/pca.py
"""
import json
import pathlib
import warnings

import numpy as np

warnings.filterwarnings("ignore")
rng = np.random.default_rng(11)


def moments():
    """Rows whose mean is far larger than their spread, where one-pass sums fail."""
    rows = 1e4 + rng.normal(size=(90, 6)) @ rng.normal(size=(6, 6))
    return {"rows": rows.tolist(), "mean": rows.mean(0).tolist(), "covariance": np.cov(rows.T).ravel().tolist()}


def poisson():
    """HyperSpy's column weights on counts, and the variances of what it weights."""
    import hyperspy.api as hs

    shape = np.array([400 * np.exp(-np.arange(24) / 8), 150 + 100 * np.sin(np.arange(24) / 3)])
    mixing = rng.uniform(size=(10, 12, 2))
    counts = rng.poisson(mixing @ shape).astype("f8")
    signal = hs.signals.Signal1D(counts.copy())
    signal.normalize_poissonian_noise()
    weighted = np.asarray(signal.data) * np.asarray(signal._root_aG).reshape(10, 12, 1)
    flat = weighted.reshape(-1, 24)
    variances = np.linalg.eigvalsh(np.cov(flat.T))[::-1]
    return {
        "rows": counts.reshape(-1, 24).astype(int).tolist(),
        # HyperSpy divides by the square root of this, up to one factor for all channels.
        "columnWeights": (np.asarray(signal._root_bH).ravel() ** 2).tolist(),
        "ratios": (variances / variances.sum())[:4].tolist(),
    }


def gavish_donoho():
    """Eigenvalues of noisy low-rank data of several shapes, and how many singular values exceed omega times the median."""
    cases = []
    for n, p, rank, strength in [(400, 40, 3, 2.0), (60, 50, 2, 3.0), (2000, 120, 5, 0.6), (30, 80, 1, 4.0), (500, 20, 0, 1.0)]:
        x = rng.normal(size=(n, p)) + strength * rng.normal(size=(n, rank)) @ rng.normal(size=(rank, p))
        x -= x.mean(0)
        s = np.linalg.svd(x, compute_uv=False)[: min(n, p)]
        beta = min(n, p) / max(n, p)
        omega = 0.56 * beta**3 - 0.95 * beta**2 + 1.82 * beta + 1.43
        eigenvalues = np.zeros(p)
        eigenvalues[: len(s)] = s**2 / (n - 1)
        cases.append({"rows": n, "eigenvalues": eigenvalues.tolist(), "kept": int((s > omega * np.median(s)).sum())})
    return cases


out = {"moments": moments(), "poisson": poisson(), "gavishDonoho": gavish_donoho()}
path = pathlib.Path(__file__).with_name("pca.json")
path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
