"""Makes information.json: mutual information, its adjustment and the spatial test through NumPy, SciPy and scikit-learn.

Run with Debian's python3 (python3-sklearn, python3-scipy, python3-numpy):
    /usr/bin/python3 test/oracle/information.py
"""
import json
import pathlib

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.stats import chi2, norm
from sklearn.metrics import adjusted_mutual_info_score, mutual_info_score

rng = np.random.default_rng(23)


def agreement():
    """Partitions of every kind: unrelated, alike, equal, of one class, of single pixels, unbalanced."""
    pairs = []
    for size, ka, kb, rho in [(400, 4, 3, 0.0), (2000, 6, 5, 0.4), (30, 2, 6, 0.9), (700, 12, 12, 0.7)]:
        a = rng.integers(-1, ka, size)
        pairs.append((a, np.where(rng.random(size) < rho, np.minimum(a, kb - 1), rng.integers(-1, kb, size))))
    rare = np.where(rng.random(1500) < 0.004, 1, 0)
    pairs += [
        (rare, rng.integers(0, 3, 1500)),
        (np.arange(40), np.arange(40)),
        (np.arange(40), np.zeros(40, int)),
        (np.zeros(40, int), np.zeros(40, int)),
        (pairs[1][0], pairs[1][0]),
    ]
    return [{"a": a.tolist(), "b": b.tolist(), "mi": mutual_info_score(a, b), "ami": adjusted_mutual_info_score(a, b)}
            for a, b in pairs]


def smooth_labels(shape, ell, classes):
    pad = int(6 * ell) + 8
    wide = (shape[0] + 2 * pad, shape[1] + 2 * pad)
    fields = [gaussian_filter(rng.standard_normal(wide), ell)[pad:-pad, pad:-pad] if ell else
              rng.standard_normal(shape) for _ in range(classes)]
    return np.stack(fields).argmax(0)


def spatial(a, b):
    """The spatial test by direct sums over lags."""
    shape = a.shape
    mask = (a >= -1) & (b >= -1)
    n = mask.sum()
    padded = tuple(2 * side for side in shape)

    def correlation(field):
        transform = np.fft.rfft2(field, padded)
        return np.fft.irfft2(transform * transform.conj(), padded)

    pairs = np.round(correlation(mask.astype(float)))
    weight = np.where(pairs >= 1, 1 / np.maximum(pairs, 1), 0)

    def classes(labels):
        for label in np.unique(labels[mask]):
            inside = (labels == label) & mask
            share = inside.sum() / n
            yield share, correlation(np.where(mask, inside - share, 0)), inside

    rows, columns = list(classes(a)), list(classes(b))
    variances = [[(ca * cb * weight).sum() for _, cb, _ in columns] for _, ca, _ in rows]
    independent = [[n * p * (1 - p) * q * (1 - q) for q, _, _ in columns] for p, _, _ in rows]
    expected = sum((1 - p) * (1 - q) * variances[i][j] / independent[i][j]
                   for i, (p, _, _) in enumerate(rows) for j, (q, _, _) in enumerate(columns))
    freedom = (len(rows) - 1) * (len(columns) - 1)
    effect = max(1, expected / freedom)
    mi = mutual_info_score(a[mask], b[mask])
    z = [[((x & y).sum() - n * p * q) / np.sqrt(max(variances[i][j], independent[i][j]))
          for j, (q, _, y) in enumerate(columns)] for i, (p, _, x) in enumerate(rows)]
    return {"shape": shape, "a": a.ravel().tolist(), "b": b.ravel().tolist(), "mi": mi,
            "designEffect": effect, "chance": expected / (2 * n),
            "pValue": chi2.sf(2 * n * mi / effect, freedom), "z": z}


def maps():
    cases = []
    for shape, ell, ka, kb in [((40, 33), 1, 3, 4), ((32, 40), 0, 4, 2), ((48, 48), 2, 4, 4), ((1, 200), 1, 2, 3)]:
        a, b = smooth_labels(shape, ell, ka), smooth_labels(shape, ell, kb) - 1
        cases.append(spatial(a, b))
    a, b = smooth_labels((40, 40), 1, 4), smooth_labels((40, 40), 1, 3)
    a[17:, :] = -2
    b[16, 9:] = -2
    cases.append(spatial(a, b))
    a = smooth_labels((40, 40), 1, 4)
    cases.append(spatial(a, np.where(rng.random(a.shape) < 0.3, a, smooth_labels((40, 40), 1, 4))))
    return cases


out = {
    "agreement": agreement(),
    "spatial": maps(),
    "chiSquared": [{"x": x, "freedom": k, "survival": chi2.sf(x, k)}
                   for k in (1, 2, 3, 9, 30, 225) for x in (0.01, 0.5, 2, 9, 30, 200, 500)],
    "normal": [{"alpha": alpha, "critical": norm.isf(alpha / 2)} for alpha in (0.5, 0.05, 1e-3, 1e-6)],
}
path = pathlib.Path(__file__).with_name("information.json")
path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
