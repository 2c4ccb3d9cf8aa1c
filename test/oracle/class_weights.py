"""Makes class-weights.json: classes of points that are not known equally well, by numpy, scipy and scikit-learn.

Three classes in four dimensions, each with a scatter of its own beside the noise of its points, which is that of one dwell
over their dwells. Given are weights by the formula of an inverse-variance mean, centres that scikit-learn's k-means
finds with these weights, and the likelihood of the mixture that those classes make, by scipy.

Run with Debian's python3 (python3-sklearn, python3-scipy):
    /usr/bin/python3 test/oracle/class_weights.py
"""
import json
import pathlib

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.cluster import KMeans

here = pathlib.Path(__file__).parent
D, N, SCATTER, NOISE = 4, 240, 0.6, 0.9
rng = np.random.default_rng(12)
labels = np.repeat([0, 1, 2], [150, 70, 20])
middles = np.array([[0, 0, 0, 0], [5, 0, 2, 0], [0, 6, 0, -3]], float)
dwells = np.where(np.arange(N) % 3 == 0, 9.0, np.where(np.arange(N) % 3 == 1, 1.0, 2.5))
variances = NOISE / dwells
points = middles[labels] + rng.normal(size=(N, D)) * np.sqrt(SCATTER + variances)[:, None]
points = np.float32(np.round(points, 4)).astype(float)

# A pixel lies about the middle of its class with this variance; after one dwell it would with that one.
weights = (SCATTER + NOISE) / (SCATTER + variances)
found = KMeans(3, n_init=10, random_state=0).fit(points, sample_weight=weights)

# Normal distributions about the mean of each class; scatter is what is left of the squares beyond the noise.
own = found.labels_
means = np.array([np.average(points[own == a], axis=0, weights=weights[own == a]) for a in range(3)])
squares = ((points - means[own]) ** 2).sum(1)
scatter = (squares / variances - D).sum() / (D / variances).sum()
shares = np.bincount(own) / N
log = np.mean([
    logsumexp([np.log(shares[a]) + multivariate_normal(means[a], (scatter + v) * np.eye(D)).logpdf(x) for a in range(3)])
    for x, v in zip(points, variances)
])
out = {
    "dimension": D,
    "points": points.ravel().round(4).tolist(),
    "dwells": dwells.tolist(),
    "noise": NOISE,
    "weightScatter": SCATTER,
    "weights": weights.tolist(),
    "centres": found.cluster_centers_.tolist(),
    "inertia": float(found.inertia_),
    "scatter": float(scatter),
    "logLikelihood": float(log),
}
(here / "class-weights.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")
