"""Dips of small samples by their definition: linear programs, one for each place of the mode (scipy).

Prints JSON for test/oracle/dip.json: python3 test/oracle/dip.py > test/oracle/dip.json
"""
import json

import numpy as np
from scipy.optimize import linprog


def nearest(x, mode):
    """Least sup-distance of a distribution that is convex up to x[mode] and concave after it, with a jump there at most."""
    n = len(x)
    # Values at x[0..mode] from the left, at x[mode..n-1] from the right, and the distance.
    left, right = list(range(mode + 1)), list(range(mode + 1, n + 1))
    at = lambda i, side: i if side == 'l' else i + 1
    rows, limits = [], []

    def add(terms, limit):
        row = np.zeros(n + 2)
        for column, value in terms:
            row[column] += value
        rows.append(row)
        limits.append(limit)

    t = n + 1
    for i in range(n):
        sides = ['l'] if i < mode else ['r'] if i > mode else ['l', 'r']
        for side in sides:
            foot, top = i / n, (i + 1) / n
            # A continuous function has to stand both for the foot and for the top of a step; at the jump each has its own.
            if not (i == mode and side == 'l'):
                add([(at(i, side), -1), (t, -1)], -top)
            if not (i == mode and side == 'r'):
                add([(at(i, side), 1), (t, -1)], foot)
            if i == mode and side == 'l':
                add([(at(i, side), -1), (t, -1)], -foot)
            if i == mode and side == 'r':
                add([(at(i, side), 1), (t, -1)], top)
    add([(at(mode, 'l'), 1), (at(mode, 'r'), -1)], 0)

    def slopes(indices, side, sign):
        for a, b, c in zip(indices, indices[1:], indices[2:]):
            u, v = 1 / (x[b] - x[a]), 1 / (x[c] - x[b])
            add([(at(a, side), -sign * u), (at(b, side), sign * (u + v)), (at(c, side), -sign * v)], 0)

    slopes(range(mode + 1), 'l', 1)
    slopes(range(mode, n), 'r', -1)
    for side, indices in (('l', range(mode + 1)), ('r', range(mode, n))):
        for a, b in zip(indices, list(indices)[1:]):
            add([(at(a, side), 1), (at(b, side), -1)], 0)
    cost = np.zeros(n + 2)
    cost[t] = 1
    found = linprog(cost, A_ub=np.array(rows), b_ub=limits, bounds=[(None, None)] * (n + 2))
    return found.fun


random = np.random.default_rng(3)
samples = {
    'uniform': random.uniform(size=25),
    'normal': random.normal(size=30),
    'two heaps': np.concatenate([random.normal(0, 1, 20), random.normal(5, 1, 12)]),
    'three heaps': np.concatenate([random.normal(m, 0.5, 10) for m in (0, 4, 9)]),
    'skewed': random.exponential(size=28),
    'heavy tails': random.standard_cauchy(size=24),
}
print(json.dumps([
    {'name': name, 'values': sorted(values.tolist()),
     'dip': min(nearest(np.sort(values), mode) for mode in range(len(values)))}
    for name, values in samples.items()
]))
