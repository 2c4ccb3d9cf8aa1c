"""Shifts between noisy maps by phase correlation (scikit-image), and the maps themselves.

Prints JSON for test/oracle/registration.json: python3 test/oracle/registration.py > test/oracle/registration.json
"""
import json

import numpy as np
from scipy.ndimage import fourier_shift, gaussian_filter
from skimage.registration import phase_cross_correlation

SIZE = 36
random = np.random.default_rng(7)
cases = []
for shift in ((0, 0), (1.4, -0.6), (-2.3, 2.8), (0.5, 3)):
    field = gaussian_filter(random.normal(size=(SIZE, SIZE)), 1.8, mode='wrap')
    expected = 200 * (1 + 0.35 * field / field.std()).clip(0.1)
    moved = np.fft.ifft2(fourier_shift(np.fft.fft2(expected), shift)).real.clip(1)
    scan, rescan = random.poisson(expected), random.poisson(moved)
    found, _, _ = phase_cross_correlation(gaussian_filter(scan * 1.0, 1, mode='wrap'), gaussian_filter(rescan * 1.0, 1, mode='wrap'),
                                          upsample_factor=50, normalization=None)
    # What moves the rescan back onto the scan: the rescan's pixel (0, 0) lies there in the scan.
    cases.append({'shift': [-value for value in shift], 'found': found.tolist(), 'size': SIZE,
                  'scan': scan.ravel().tolist(), 'rescan': rescan.ravel().tolist()})
print(json.dumps(cases))
