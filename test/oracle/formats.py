"""What HyperSpy finds in the real files: writes formats.json, which the tests of the format readers hold themselves to.

    EELWATCH_DATA=../shared/data python3 test/oracle/formats.py > test/oracle/formats.json

Needs HyperSpy 1.7. Values are compared bit for bit as f32 in the order (y, x, E): by hash, and two spectra in full.
"""

import base64
import glob
import hashlib
import json
import logging
import os
import tempfile
import warnings

import numpy as np

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import h5py  # noqa: E402
import hyperspy.api as hs  # noqa: E402
import zarr  # noqa: E402

DATA = os.environ.get("EELWATCH_DATA", "../shared/data")
PATTERNS = [
    "perovskite-STO-LMO/*EELS*.dm[34]",
    "organic-end-members/*.dm4",
    "silicon-and-carbon-edges/*.msa",
    "eelsdb/*.msa",
    "msa-oddities/*.msa",
    "formats/msa/*[!2].msa",
    "nist-linescans/*.hdf5",
    "formats/tia/*x1024_1.ser",
]
# Signals of these are no EELS spectra: they are to be refused by what they are.
OTHERS = [
    "formats/hspy/*",
    "formats/zspy/*",
    "formats/nexus/*",
    "formats/emd/*",
    "perovskite-STO-LMO/*.emd",
]


def text(data):
    return base64.b64encode(np.ascontiguousarray(data).tobytes()).decode()


def described(signal):
    data = np.asarray(signal.data)
    cube = data.reshape((-1, data.shape[-1])).astype("<f4")
    axis = signal.axes_manager.signal_axes[0]
    y = signal.axes_manager.navigation_shape[::-1]
    return {
        "shape": [1] * (2 - len(y)) + list(y),
        "channels": axis.size,
        "offset": axis.offset,
        "dispersion": axis.scale,
        "sha256": hashlib.sha256(cube.tobytes()).hexdigest(),
        "first": text(cube[0, :8]),
        "last": text(cube[-1, -8:]),
        "sum": float(cube.astype(float).sum()),
    }


def measured():
    files = {}
    for pattern in PATTERNS:
        for path in sorted(glob.glob(os.path.join(DATA, pattern))):
            name = os.path.relpath(path, DATA)
            try:
                files[name] = described(hs.load(path))
                volts = hs.load(path).metadata.get_item("Acquisition_instrument.TEM.beam_energy")
                if volts and name.endswith(("dm3", "dm4", "hdf5")):
                    files[name]["beamKv"] = volts
            except Exception as error:
                files[name] = {"refused": type(error).__name__}
    return files


def others():
    files = {}
    for pattern in OTHERS:
        for path in sorted(glob.glob(os.path.join(DATA, pattern))):
            name = os.path.relpath(path, DATA)
            try:
                found = hs.load(path)
            except Exception:
                # Written by a later version, with axes that have no name.
                files[name] = []
                continue
            files[name] = [
                {
                    "signalType": signal.metadata.Signal.signal_type,
                    "shape": list(signal.data.shape),
                    "units": [str(axis.units) for axis in signal.axes_manager._axes],
                }
                for signal in (found if isinstance(found, list) else [found])
            ]
    return files


def with_energy():
    """Arrays without an axis of energy, as h5py and zarr read them: spectra once the operator gives the axis."""
    arrays = {
        f"formats/zspy/signal1d_10x10-{kind}Store.zspy": lambda path, store=store: zarr.open(store(path, **({"mode": "r"} if store is zarr.ZipStore else {})), "r")["Experiments/__unnamed__/data"][:]
        for kind, store in {"Directory": zarr.DirectoryStore, "Zip": zarr.ZipStore}.items()
    }
    arrays["formats/nexus/nexus_dls_example.nxs"] = lambda path: h5py.File(path)["entry1/testdata/nexustest/data"][:]
    arrays["formats/emd/example_spectrum.emd"] = lambda path: h5py.File(path)["signals/__unnamed__/data"][:]
    files = {}
    for name, read in arrays.items():
        data = read(os.path.join(DATA, name))
        y = list(data.shape[:-1])
        files[name] = {
            "shape": [1] * (2 - len(y)) + y,
            "channels": data.shape[-1],
            "values": data.astype("<f4").astype(float).ravel()[:200].tolist(),
            "sum": float(data.astype("<f4").astype(float).sum()),
        }
    return files


def ripple():
    """Ripple pairs as HyperSpy writes them, in both orders of samples and of bytes."""
    cases = []
    for dtype in ("uint8", "<u2", ">i4", "<f4", ">f8"):
        for order in ("vector", "image"):
            values = (np.arange(2 * 3 * 4) * 7 % 251).reshape(2, 3, 4).astype(dtype)
            signal = hs.signals.Signal1D(values)
            signal.set_signal_type("EELS")
            energy = signal.axes_manager.signal_axes[0]
            energy.offset, energy.scale, energy.units = 350.5, 0.25, "eV"
            for axis in signal.axes_manager.navigation_axes:
                axis.scale, axis.units = 1.5, "µm"
            signal.metadata.set_item("Acquisition_instrument.TEM.beam_energy", 200.0)
            if order == "image":
                signal = signal.as_signal2D((0, 1))
            with tempfile.TemporaryDirectory() as folder:
                signal.save(os.path.join(folder, "a.rpl"), encoding="utf8")
                with open(os.path.join(folder, "a.rpl"), encoding="utf8") as file:
                    rpl = file.read()
                with open(os.path.join(folder, "a.raw"), "rb") as file:
                    raw = base64.b64encode(file.read()).decode()
            cases.append({"dtype": dtype, "order": order, "rpl": rpl, "raw": raw})
    return cases


print(json.dumps({"hyperspy": hs.__version__ if hasattr(hs, "__version__") else "1.7", "measured": measured(), "others": others(), "withEnergy": with_energy(), "ripple": ripple()}, indent=1))
