"""Prints the rows of server/references/built-in.ts: measured edges on coarse knots.

    EELWATCH_DATA=../shared/data /usr/bin/python3 test/oracle/reference_table.py

Each measured spectrum has its power law taken away (log-linear over the window before the edge), and the values of a
natural cubic spline at coarse knots are fitted to what remains by least squares. No peak model is involved, and no
sample of a spectrum is printed: the simulator's shapes (fine_structure.py) are sums of steps and Gaussians instead.
SiO2 is EELS Data Base no. 64, whose axis begins at 0: it is put where its main peak meets that of no. 63.
"""
import os
import pathlib
import re

import numpy as np
from scipy.interpolate import CubicSpline

DATA = pathlib.Path(os.environ.get('EELWATCH_DATA', '../shared/data'))


def read(name):
    rows = []
    for line in open(DATA / name, errors='replace'):
        if not line.startswith('#') and line.strip():
            rows.append([float(x) for x in re.split(r'[,\s]+', line.strip()) if x][:2])
    return np.array(rows).T


def net(energy, counts, window):
    inside = (energy >= window[0]) & (energy <= window[1])
    slope, intercept = np.polyfit(np.log(energy[inside]), np.log(counts[inside]), 1)
    return counts - np.exp(intercept + slope * np.log(energy))


def knots(*parts):
    """From (start, end, step) parts: start included, end left to the next part."""
    return np.concatenate([np.arange(a, b - 1e-9, step) for a, b, step in parts])


def fit(energy, values, at):
    use = (energy >= at[0]) & (energy <= at[-1])
    basis = CubicSpline(at, np.eye(len(at)), bc_type='natural')(energy[use])
    result = np.linalg.lstsq(basis, values[use], rcond=None)[0]
    print(f'# {use.sum()} samples, correlation {np.corrcoef(basis @ result, values[use])[0, 1]:.5f}')
    return result / result.max()


def row(name, at, values):
    print(name)
    print('  ' + ', '.join(f'[{e:g}, {v:.3f}]' for e, v in zip(at, values)))


def main():
    e, y = read('silicon-and-carbon-edges/FeCr_low-loss__Si-plasmon+Si-L23.msa')
    at = knots((95, 97, 2), (97, 98.5, 1.5), (98.5, 104, 0.7), (104, 112, 1.6), (112, 150.1, 3.6))
    row('Si-L of Si', at, fit(e, net(e, y, (80, 97.5)), at))

    e63, y63 = read('eelsdb/a_SiO2_Si_L3_S_Schamm_63__Dspec.56658.1.msa')
    e, y = read('eelsdb/a_SiO2_Si_L3_S_Schamm_64__Dspec.56469.1.msa')
    best = max(
        np.arange(80, 84, 0.02),
        key=lambda o: np.corrcoef(
            net(e + o, y, (85, 103))[(e + o > 104) & (e + o < 115)],
            np.interp((e + o)[(e + o > 104) & (e + o < 115)], e63, y63),
        )[0, 1],
    )
    print(f'# no. 64 begins at {best:.2f} eV')
    e = e + best
    at = knots((98, 104, 2), (104, 111, 0.7), (111, 118, 1.4), (118, 150.1, 3.2))
    row('Si-L of SiO2', at, fit(e, net(e, y, (85, 103)), at))

    e, y = read('silicon-and-carbon-edges/EELS_C_K-edge.msa')
    good = ~(((e > 298.5) & (e < 301)) | ((e > 336) & (e < 338)))
    at = knots((278, 282, 2), (282, 296, 1), (296, 307, 2.2), (307, 330, 4.5))
    row('C-K of a-C', at, fit(e[good], net(e, y, (245, 279))[good], at))

    e, y = read('eelsdb/B4C_C_K_Otmane_Abidate_42__Dspec.36618.1.msa')
    row('C-K of B4C', at, fit(e, net(e, y, (268.5, 280)), at))

    e, y = read('eelsdb/APL_article_interface_oxygen2__APL_article_interface_oxygen2.msa')
    at = knots((531, 535, 2), (535, 549, 1), (549, 559.5, 2.5))
    row('O-K of oxide', at, fit(e, y - y[(e > 530.5) & (e < 532)].mean(), at))


if __name__ == '__main__':
    main()
