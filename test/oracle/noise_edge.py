"""Makes noise-edge.json: mean of the largest eigenvalue of sample covariances of noise whose rows are not equally noisy.

    /usr/bin/python3 test/oracle/noise_edge.py
"""
import json
import pathlib

import numpy as np

rng = np.random.default_rng(7)
cases = []
for columns, groups in [
    (200, [(1.0, 2000)]),
    (200, [(0.5, 1000), (2.0, 1000)]),
    (150, [(0.25, 1500), (1.0, 900), (6.0, 200)]),
    (300, [(1.0, 100), (3.0, 100)]),
]:
    scale = np.concatenate([np.full(n, np.sqrt(v)) for v, n in groups])
    largest = []
    for _ in range(20):
        x = rng.standard_normal((scale.size, columns)) * scale[:, None]
        largest.append(np.linalg.norm(x, 2) ** 2 / scale.size / np.mean(scale**2))
    cases.append(
        {
            "columns": columns,
            "variances": [v for v, _ in groups],
            "counts": [n for _, n in groups],
            "largest": float(np.mean(largest)),
        }
    )
    print(cases[-1])
path = pathlib.Path(__file__).with_name("noise-edge.json")
path.write_text(json.dumps(cases) + "\n")
