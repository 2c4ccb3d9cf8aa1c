"""Makes analysis.json: the same small data through other people's programs.

Run with Debian's python3 (python3-sklearn, python3-scipy, python3-numpy, umap-learn):
    /usr/bin/python3 test/oracle/analysis.py
"""
import json
import pathlib
import warnings

import numpy as np
from scipy.optimize import minimize
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.metrics import mutual_info_score

warnings.filterwarnings("ignore")
rng = np.random.default_rng(7)


def mutual_information():
    cases = []
    for size, ka, kb, rho in [(400, 4, 3, 0.0), (1000, 5, 5, 0.6), (50, 2, 6, 0.9)]:
        a = rng.integers(-1, ka, size)
        b = np.where(rng.random(size) < rho, np.minimum(a, kb - 1), rng.integers(-1, kb, size))
        cases.append({"a": a.tolist(), "b": b.tolist(), "mi": mutual_info_score(a, b)})
    return cases


def pca():
    latent = rng.normal(size=(150, 3)) * [5, 3, 1.5]
    data = (latent @ rng.normal(size=(3, 20)) + rng.normal(size=(150, 20))).astype("f4")
    model = PCA().fit(data.astype("f8"))
    return {
        "rows": np.round(data, 6).tolist(),
        "mean": model.mean_.tolist(),
        "variances": model.explained_variance_.tolist(),
        "ratios": model.explained_variance_ratio_.tolist(),
        "components": model.components_[:3].tolist(),
    }


def power_law():
    """Poisson likelihood of A·E^-r maximised by a general minimiser."""
    energy = 60 + 0.6 * np.arange(62)
    cases = []
    for counts, r in [(2, 3.0), (20, 2.4), (300, 4.1), (2000, 3.3)]:
        expected = counts * (energy / energy.mean()) ** -r
        y = rng.poisson(expected)
        scale = np.log(energy / energy.mean())

        def negative_log_likelihood(p):
            model = p[0] - p[1] * scale
            return np.exp(model).sum() - (y * model).sum()

        best = minimize(negative_log_likelihood, [np.log(counts), r], method="Nelder-Mead",
                        options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 10000, "maxfev": 10000})
        cases.append({"counts": y.tolist(), "exponent": best.x[1]})
    return {"offset": 60, "dispersion": 0.6, "cases": cases}


def kmeans():
    centres = rng.uniform(-10, 10, size=(6, 2))
    points = np.concatenate([c + rng.normal(size=(60, 2)) for c in centres])
    model = KMeans(6, n_init=10, random_state=0).fit(points)
    return {"points": np.round(points, 5).tolist(), "inertia": model.inertia_}


def umap():
    from umap import UMAP

    centres = rng.normal(size=(5, 6)) * 4
    points = np.concatenate([c + rng.normal(size=(80, 6)) for c in centres])
    points = np.round(points, 5)
    plane = UMAP(n_neighbors=20, min_dist=0.1, random_state=1).fit_transform(points)
    return {"points": points.tolist(), "trustworthiness": trustworthiness(points, plane, n_neighbors=15)}


out = {
    "mutualInformation": mutual_information(),
    "pca": pca(),
    "powerLaw": power_law(),
    "kmeans": kmeans(),
    "umap": umap(),
}
path = pathlib.Path(__file__).with_name("analysis.json")
path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
