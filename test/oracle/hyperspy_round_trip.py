"""Says what HyperSpy finds in files, as JSON: the oracle of the exports.

Called by test/server/exporting/hyperspy.test.ts with Debian's Python (apt-get install python3-hyperspy python3-zarr):

    python3 hyperspy_round_trip.py FILE...

For every file a list of its signals: title, class, dtype, shape, SHA-256 of the samples in C order (little endian), axes in
the order of the array, and metadata.
"""

import hashlib
import json
import logging
import sys
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import hyperspy.api as hs  # noqa: E402
import numpy as np  # noqa: E402


def plain(value):
    """A value as JSON has it; undefined traits are None."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items() if key != "FileIO"}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, (bool, int, float, str)):
        return value
    return None


def described(signal):
    data = np.ascontiguousarray(signal.data)
    data = data.astype(data.dtype.newbyteorder("<"), copy=False)
    return {
        "title": signal.metadata.General.title,
        "class": type(signal).__name__,
        "dtype": data.dtype.str,
        "shape": list(data.shape),
        "sha256": hashlib.sha256(data.tobytes()).hexdigest(),
        "axes": [
            {
                key: plain(getattr(axis, key))
                for key in ("name", "size", "offset", "scale", "units", "navigate", "is_binned")
            }
            for axis in signal.axes_manager._axes
        ],
        "metadata": plain(signal.metadata.as_dictionary()),
    }


def signals_of(path):
    found = hs.load(path)
    return [described(signal) for signal in (found if isinstance(found, list) else [found])]


print(json.dumps({path: signals_of(path) for path in sys.argv[1:]}))
