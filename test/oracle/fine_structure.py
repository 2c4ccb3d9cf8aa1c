"""Fits the simulator's edge shapes to measured edges and prints the rows of server/microscope/fine-structure.ts.

    python3 test/oracle/fine_structure.py [--plot FILE.png]

Needs NumPy and SciPy (and matplotlib to plot). Measured spectra: $EELWATCH_DATA, by default ../shared/data.

Model of an edge's single-scattering shape above its power-law background, E in eV:

    f(E) = step((E - threshold)/0.3) * [height * step((E - continuum)/width) * (E/continuum)^-tail
           + sum_k a_k exp(-((E - c_k)/s_k)^2 / 2)],   step(u) = 1/(1 + e^-u)

The tail exponent is not fitted: it is the slope of the atomic cross-section from photoabsorption tables,
dsigma/dE ~ (sigma_photo/E) ln(1 + (beta/theta_E)^2) (Egerton, EELS in the Electron Microscope, 3rd ed., section 3.6),
and so is the absolute strength: the mean of dsigma/dE over `strength_window`, in barn/eV per atom.
"""

import os
import re
import sys
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

DATA = Path(os.environ.get('EELWATCH_DATA', Path(__file__).parents[2] / '../shared/data'))
BEAM_KV = 200.0
COLLECTION_MRAD = 30.0


def read_msa(name):
    """Energies (eV) and counts of a two-column MSA file."""
    rows = []
    for line in open(DATA / name, errors='replace'):
        if not line.startswith('#') and line.strip():
            rows.append([float(x) for x in re.split(r'[,\s]+', line.strip()) if x][:2])
    return np.array(rows).T


def photoabsorption(element):
    """Energies (eV) and photoelectric cross-sections (barn/atom)."""
    text = (DATA / 'photoabsorption' / f'{element}.dat').read_text(errors='replace')
    barns_per = float(re.search(r'\(barns/atom\)\s*=\s*\[mue/rho\]\(cm2 g-1\)\s+\S+\s+([\d.]+E[+-]\d+)', text)[1])
    rows = [line.split() for line in text.split('photoelectric')[-1].splitlines()]
    table = [(float(a), float(b)) for a, b, *_ in (r for r in rows if len(r) == 2) if re.match(r'[\d.]+E', a)]
    energy, mu = np.array(table).T
    return energy * 1e3, mu * barns_per


def inelastic_barns(element, edge_ev, energy, below=None):
    """dsigma/dE of one edge in barn/eV per atom: its part of the photoabsorption, made inelastic."""
    e, sigma = photoabsorption(element)
    pre = (e < edge_ev - 0.5) & (e > (below or 0.55 * edge_ev))
    slope, intercept = np.polyfit(np.log(e[pre]), np.log(sigma[pre]), 1)
    post = e > edge_ev + 0.5
    part = np.exp(np.interp(np.log(energy), np.log(e[post]), np.log(sigma[post])))
    part = part - np.exp(intercept + slope * np.log(energy))
    beta2 = 1 - 1 / (1 + BEAM_KV / 511.0) ** 2
    effective_ev = 511e3 * beta2 / 2
    gamma = 1 + BEAM_KV / 511.0
    theta = energy / (2 * gamma * effective_ev)
    # df/dE = sigma_photo / (pi e^2 h / m c = 1.0975e8 barn eV); 4 pi a0^2 = 3.519e8 barn; R = 13.606 eV
    dfde = part / 1.0975e8
    return 3.519e8 * 13.606**2 / (effective_ev * energy) * dfde * np.log(1 + (COLLECTION_MRAD * 1e-3 / theta) ** 2)


def step(u):
    return 1 / (1 + np.exp(-np.clip(u, -60, 60)))


def edge(energy, threshold, continuum, width, tail, height, peaks):
    y = height * step((energy - continuum) / width) * (energy / continuum) ** -tail
    for amplitude, centre, sigma in peaks:
        y = y + amplitude * np.exp(-0.5 * ((energy - centre) / sigma) ** 2)
    return y * step((energy - threshold) / 0.3)


def power_law(energy, counts, window):
    inside = (energy > window[0]) & (energy < window[1])
    slope, intercept = np.polyfit(np.log(energy[inside]), np.log(counts[inside]), 1)
    return np.exp(intercept + slope * np.log(np.maximum(energy, 1))), -slope


def fit(energy, net, start, atom, kernel=None):
    """Least squares of the model (convolved with `kernel` on a uniform axis) to net counts.

    Beyond the measured range the model is held to the slope of the atomic cross-section, both relative to their means
    over the last part of that range.
    """
    threshold, continuum, width, height, peaks = start
    scale = net.max()
    tail = atom['tail']
    end = np.linspace(0.75 * energy[-1] + 0.25 * energy[0], energy[-1], 50)
    beyond = np.geomspace(energy[-1] + 2, 2.6 * energy[-1], 40)
    wanted = atom['barns'](beyond) / atom['barns'](end).mean()

    def unpack(p):
        return threshold, p[0], p[1], tail, p[2], p[3:].reshape(-1, 3)

    def model(p):
        y = edge(energy, *unpack(p))
        return y if kernel is None else np.convolve(y, kernel)[: len(y)]

    p0 = np.concatenate([[continuum, width, height], np.ravel(peaks)])
    lowest = [[0 if s < 3 else -0.4, c - max(3, s), 0.3 * s] for _, c, s in peaks]
    highest = [[3, c + max(3, s), 3 * s] for _, c, s in peaks]
    low = np.concatenate([[continuum - 6, 0.1, 0], np.ravel(lowest)])
    high = np.concatenate([[continuum + 8, 12, 3], np.ravel(highest)])
    def residuals(p):
        above = edge(beyond, *unpack(p)) / edge(end, *unpack(p)).mean() - wanted
        return np.concatenate([model(p) - net / scale, above])

    result = least_squares(residuals, p0, bounds=(low, high), x_scale='jac', max_nfev=4000)
    return unpack(result.x), model(result.x) * scale, np.corrcoef(model(result.x), net)[0, 1]


SILICON = 'silicon-and-carbon-edges/FeCr_low-loss__Si-plasmon+Si-L23.msa'
CARBON = 'silicon-and-carbon-edges/EELS_C_K-edge.msa'
SILICA = 'eelsdb/a_SiO2_Si_L3_S_Schamm_63__Dspec.56658.1.msa'
CARBIDE = 'eelsdb/B4C_C_K_Otmane_Abidate_42__Dspec.36618.1.msa'
OXYGEN = 'eelsdb/APL_article_interface_oxygen2__APL_article_interface_oxygen2.msa'


# Where the fits begin: [amplitude, centre eV, sigma eV] of the peaks.
STARTS = {
    'silicon': [
        [0.4, 101, 0.8], [0.25, 103, 2], [0.2, 109, 3], [0.1, 122, 4], [0.2, 130, 6], [0.2, 160, 10], [0.2, 185, 20]
    ],
    'silica': [
        [0.6, 106.2, 0.7], [0.8, 108.2, 1.0], [0.4, 111, 2.0], [0.5, 115.2, 1.7],
        [0.3, 128, 4.5], [0.3, 135, 7], [0.1, 159, 2], [0.1, 185, 15],
    ],
    'carbon': [
        [0.35, 284.6, 0.8], [0.15, 287, 1.2], [0.4, 293, 2.5], [0.6, 298, 5],
        [0.3, 306, 6], [0.1, 327, 8], [0.05, 345, 15],
    ],
    'carbide': [
        [0.15, 284, 1], [0.3, 288.5, 2], [0.5, 293, 2.6], [0.4, 299, 5], [0.2, 318, 8], [0.1, 340, 10]
    ],
    'oxygen': [[0.3, 538.5, 1.2], [0.5, 541.8, 1.8], [0.1, 549, 2], [0.1, 562, 4]],
}


def silicon(atom):
    e, y = read_msa(SILICON)
    n = len(e) // 5 * 5
    e, y = e[:n].reshape(-1, 5).mean(1), y[:n].reshape(-1, 5).sum(1)
    background, r = power_law(e, y, (82, 98))
    zero = (e > -4) & (e < 5)
    total = y[(e > -4) & (e < 75)].sum()
    per_ev = 1 / (e[1] - e[0])
    kernel = np.where((e > -4) & (e < 75), y, 0) / total
    kernel = kernel[np.argmax(kernel) :]
    kernel[0] += 1 - kernel.sum()
    t_over_lambda = np.log(total / y[zero].sum())
    at97 = np.interp(97, e, background) * per_ev / total / t_over_lambda
    print(f'# silicon: t/lambda {t_over_lambda:.3f}, r {r:.2f}')
    print(f'# silicon, per incident electron, eV and t/lambda: background at 97 eV {at97:.3e}')
    use = (e > 94) & (e < 216)
    net = np.where(e > 94, y - background, 0)[use]
    start = (99.7, 118, 5, 1.0, STARTS['silicon'])
    row = fit(e[use], net, start, atom, kernel)
    edge_at = edge(np.arange(102.0, 220.0), *row[0]).mean() * net.max() * per_ev / total / t_over_lambda
    print(f'# silicon, in the same unit: mean of the edge from 102 to 220 eV {edge_at:.3e}')
    return row, e[use], net


def plain(name, window, pre, start, atom, mask=()):
    e, y = read_msa(name)
    background, r = power_law(e, y, pre) if pre else (0 * e, 0)
    use = (e > window[0]) & (e < window[1])
    for lo, hi in mask:
        use &= (e < lo) | (e > hi)
    net = (y - background)[use]
    if pre:
        print(f'# {name}: r {r:.2f}, edge/background at {pre[1]:.0f} eV {net.max() / background[use][0]:.2f}')
    return fit(e[use], net, start, atom), e[use], net


def atom(element, onset, window, tail_window, below=None):
    """The atomic cross-section of an edge: its power law far above the onset, its mean over `window`."""

    def barns(e):
        return inelastic_barns(element, onset, e, below)

    e = np.linspace(*tail_window, 200)
    tail = -np.polyfit(np.log(e), np.log(barns(e)), 1)[0]
    mean = barns(np.arange(*window, 1.0)).mean()
    print(f'# {element}: tail {tail:.3f}, mean over {window} eV {mean:.2f} barn/eV per atom')
    return {'barns': barns, 'window': window, 'tail': tail}


def main():
    si = atom('Si', 99.2, (102, 220), (160, 500), 60)
    c = atom('C', 283.8, (290, 340), (320, 600))
    o = atom('O', 532, (540, 560), (580, 900))
    fits = {
        'Si-L of Si': silicon(si),
        'Si-L of SiO2': plain(SILICA, (98, 172), None, (104.6, 120, 4, 0.6, STARTS['silica']), si),
        'C-K of a-C': plain(
            CARBON, (278, 345), (240, 279), (282.6, 290, 1.2, 0.6, STARTS['carbon']), c, [(298.5, 301), (336.4, 338)]
        ),
        'C-K of B4C': plain(CARBIDE, (278, 366), (268.5, 280.5), (282.2, 285, 1.0, 0.5, STARTS['carbide']), c),
        'O-K of oxide': plain(OXYGEN, (534, 560), None, (534, 538, 1.5, 0.6, STARTS['oxygen']), o),
    }
    for name, ((parameters, model, correlation), energy, net) in fits.items():
        threshold, continuum, width, tail, height, peaks = parameters
        peaks = peaks[np.argsort(peaks[:, 1])]
        print(f'{name}: correlation {correlation:.4f}')
        print(f'  threshold: {threshold:.1f}, continuum: {continuum:.2f}, width: {width:.3f},', end=' ')
        print(f'tail: {tail:.3f}, height: {height:.4f},')
        print('  peaks: [' + ', '.join(f'[{a:.4f}, {c:.2f}, {s:.2f}]' for a, c, s in peaks) + '],')
    if '--plot' in sys.argv:
        import matplotlib

        matplotlib.use('Agg')
        import matplotlib.pyplot as plt
        figure, axes = plt.subplots(2, 3, figsize=(20, 11))
        for axis, (name, ((parameters, model, correlation), energy, net)) in zip(axes.ravel(), fits.items()):
            axis.plot(energy, net / net.max())
            axis.plot(energy, model / net.max())
            wide = np.arange(energy[0] - 10, energy[-1] * 1.5)
            axis.plot(wide, edge(wide, *parameters), ':')
            axis.set_title(f'{name} {correlation:.4f}')
        figure.savefig(sys.argv[sys.argv.index('--plot') + 1], dpi=50)


if __name__ == '__main__':
    main()
