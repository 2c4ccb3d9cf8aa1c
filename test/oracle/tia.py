"""Small TIA series (.ser) written after their public description, with what HyperSpy finds in them: writes tia.json.

    /usr/bin/python3 test/oracle/tia.py > test/oracle/tia.json

Needs HyperSpy 1.7. Files are stored in base64.
"""

import base64
import json
import logging
import os
import struct
import tempfile
import warnings

import numpy as np

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import hyperspy.api as hs  # noqa: E402

TYPES = {"u1": 1, "u2": 2, "u4": 3, "i1": 4, "i2": 5, "i4": 6, "f4": 7, "f8": 8}
SPECTRA, POSITION_TAGS = 0x4120, 0x4142


def text(word):
    return struct.pack("<I", len(word)) + word


def series(spectra, sizes, code, version, energy, reverse=False):
    """The header, its dimensions (fastest first), the two tables of offsets, and elements with a tag behind each."""
    offset, delta, channel = energy
    wide = "Q" if version > 0x0210 else "I"
    total = len(spectra)
    dimensions = b"".join(
        struct.pack("<IddI", size, 0.0, step, 0) + text(b"Position") + text(b"meters")
        for size, step in zip(sizes, (0.5e-9, -0.75e-9))
    )
    fixed = struct.pack("<HHHIIII", 0x4949, 0x0197, version, SPECTRA, POSITION_TAGS, total, total)
    table = len(fixed) + struct.calcsize("<" + wide) + 4 + len(dimensions)
    at = table + 2 * total * struct.calcsize("<" + wide)
    places, tags, parts = [0] * total, [0] * total, []
    for index in reversed(range(total)) if reverse else range(total):
        element = struct.pack("<ddIHI", offset, delta, channel, TYPES[code], len(spectra[index]))
        element += spectra[index].astype("<" + code).tobytes()
        tag = struct.pack("<HHIdd", POSITION_TAGS, 0, 1456149600, index * 1e-9, 0.0)
        places[index], tags[index] = at, at + len(element)
        parts += [element, tag]
        at += len(element) + len(tag)
    tables = struct.pack(f"<{2 * total}{wide}", *places, *tags)
    return fixed + struct.pack("<" + wide + "I", table, len(sizes)) + dimensions + tables + b"".join(parts)


def described(content):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "scan_1.ser")
        with open(path, "wb") as file:
            file.write(content)
        signal = hs.load(path)
    axis = signal.axes_manager.signal_axes[0]
    shape = list(signal.data.shape[:-1])
    pixel = signal.axes_manager.navigation_axes[0]
    return {
        "file": base64.b64encode(content).decode(),
        "shape": [1] * (2 - len(shape)) + shape,
        "channels": axis.size,
        "offset": axis.offset,
        "dispersion": axis.scale,
        "pixelSizeNm": pixel.scale * {"nm": 1, "m": 1e9}[str(pixel.units)],
        "values": signal.data.astype(float).ravel().tolist(),
    }


def cases():
    for code in TYPES:
        yield f"line of {code}", dict(sizes=(3,), code=code, version=0x0210)
    yield "image", dict(sizes=(3, 2), code="i4", version=0x0210)
    yield "image with long offsets", dict(sizes=(4, 3), code="u2", version=0x0220)
    yield "image in reverse", dict(sizes=(3, 2), code="u2", version=0x0220, reverse=True)


found = {}
for name, case in cases():
    total = int(np.prod(case["sizes"]))
    values = (np.arange(total * 5).reshape(total, 5) * 7) % 127 - (40 if case["code"][0] in "if" else 0)
    found[name] = described(series(values, energy=(-20.0, 0.25, 0), **case))
# HyperSpy takes the calibration for that of the first channel, whichever it is of.
spectra = np.arange(10).reshape(2, 5)
found["calibrated at the third channel"] = {
    **described(series(spectra, (2,), "u2", 0x0210, (100.0, 0.5, 2))),
    "offset": 100.0 - 2 * 0.5,
}
print(json.dumps(found, indent=1))
