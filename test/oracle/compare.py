"""Makes compare.json: agreement of class maps through scikit-learn and SciPy, and differences of maps through NumPy.

Run with Debian's python3 (python3-sklearn, python3-scipy, python3-numpy):
    /usr/bin/python3 test/oracle/compare.py
"""
import json
import pathlib

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.optimize import curve_fit, linear_sum_assignment
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

rng = np.random.default_rng(41)


def pairs():
    """Class maps: unrelated, alike, renumbered, of one class, of single pixels, split, with more classes than the other."""
    found = []
    for size, ka, kb, rho in [(600, 4, 4, 0.0), (900, 5, 3, 0.6), (1500, 9, 12, 0.8), (60, 2, 6, 0.5), (400, 15, 15, 0.3)]:
        a = rng.integers(-2, ka, size)
        found.append((a, np.where(rng.random(size) < rho, np.minimum(a, kb - 1), rng.integers(-2, kb, size)), ka, kb))
    base = rng.integers(-1, 6, 800)
    renumbered = np.where(base < 0, -1, rng.permutation(6)[base])
    halves = np.where(base < 0, -1, 2 * base + rng.integers(0, 2, 800))
    one = np.zeros(50, int)
    return found + [(base, renumbered, 6, 6), (base, halves, 6, 12), (one, one, 1, 1), (np.arange(50), one, 50, 1),
                    (np.arange(50), np.arange(50), 50, 50), (one, one - 1, 1, 0)]


def agreement(a, b, ka, kb):
    measured = (a >= -1) & (b >= -1)
    both = (a >= 0) & (b >= 0)

    def scores(mask):
        return None if not mask.any() else {"pixels": int(mask.sum()), "ari": adjusted_rand_score(a[mask], b[mask]),
                                            "ami": adjusted_mutual_info_score(a[mask], b[mask])}

    table = np.array([[np.sum((a == i) & (b == j)) for j in range(kb)] for i in range(ka)]).reshape(ka, kb)
    rows, columns = linear_sum_assignment(table, maximize=True)
    return {"a": a.tolist(), "b": b.tolist(), "classes": [ka, kb], "all": scores(measured), "present": scores(both),
            "matched": int(table[rows, columns].sum())}


def maps():
    a = rng.gamma(3, 100, 400).astype(np.float32)
    b = (1.1 * a + rng.normal(0, 20, 400)).astype(np.float32)
    a[:7], b[5:11], b[20:60] = np.nan, np.nan, a[20:60]
    both = ~np.isnan(a) & ~np.isnan(b)
    x, y = a[both].astype(float), b[both].astype(float)
    d = y - x
    return {"a": [None if np.isnan(v) else float(v) for v in a], "b": [None if np.isnan(v) else float(v) for v in b],
            "pixels": int(both.sum()), "onlyA": int((~np.isnan(a) & np.isnan(b)).sum()),
            "onlyB": int((np.isnan(a) & ~np.isnan(b)).sum()), "mean": d.mean(), "rms": np.sqrt((d ** 2).mean()),
            "relativeRms": np.sqrt((d ** 2).mean() / (((x + y) / 2) ** 2).mean()), "largest": d[np.abs(d).argmax()],
            "pixel": int(np.flatnonzero(both)[np.abs(d).argmax()]), "correlation": np.corrcoef(x, y)[0, 1],
            "equal": float((d == 0).mean())}


def spectra():
    """Two edges of known shift, ratio and dispersion; the shift fitted by SciPy as well, on a spline."""
    def edge(energy):
        return 400 / (1 + np.exp(-(energy - 532) / 0.8)) * np.exp(-(energy - 532).clip(0) / 40) + \
            700 * np.exp(-0.5 * ((energy - 537) / 2) ** 2)

    found = []
    for ratio, shift, step_a, step_b, noise in [(1, 0, 0.5, 0.5, 3), (1.7, 0.8, 0.5, 0.5, 3), (0.4, -1.3, 0.3, 0.5, 2),
                                                (2.5, 0.21, 0.5, 0.25, 4)]:
        ea, eb = np.arange(500, 590, step_a), np.arange(503.1, 586, step_b)
        a = step_a * (edge(ea) + rng.normal(0, noise, ea.size))
        b = step_b * ratio * (edge(eb - shift) + rng.normal(0, noise, eb.size))
        spline = CubicSpline(ea, a / step_a)
        inside = (eb > 510) & (eb < 580)
        (k, s), cov = curve_fit(lambda e, k, s: k * spline(e - s), eb[inside], b[inside] / step_b, (1, 0))
        found.append({"a": {"startEv": ea[0], "stepEv": step_a, "values": np.round(a, 3).tolist()},
                      "b": {"startEv": eb[0], "stepEv": step_b, "values": np.round(b, 3).tolist()},
                      "shift": s, "sigma": np.sqrt(cov[1, 1]), "ratio": k, "trueShift": shift, "trueRatio": ratio})
    return found


content = {"agreement": [agreement(*pair) for pair in pairs()], "maps": maps(), "spectra": spectra()}
path = pathlib.Path(__file__).with_name("compare.json")
path.write_text(json.dumps(content, separators=(",", ":")) + "\n")
