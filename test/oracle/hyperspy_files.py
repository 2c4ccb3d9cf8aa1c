"""Small files as HyperSpy (and h5py, zarr) write them, with what HyperSpy finds in them: writes hyperspy-files.json.

    /usr/bin/python3 test/oracle/hyperspy_files.py > test/oracle/hyperspy-files.json

Needs HyperSpy 1.7 with h5py and zarr. Files are stored compressed (gzip, base64), folders as zip files.
"""

import base64
import gzip
import io
import json
import logging
import os
import tempfile
import warnings
import zipfile
import zlib

import numpy as np

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import h5py  # noqa: E402
import hyperspy.api as hs  # noqa: E402
from hyperspy.axes import DataAxis  # noqa: E402

KNOWN = {
    "Acquisition_instrument.TEM.beam_energy": 200.0,
    "Acquisition_instrument.TEM.convergence_angle": 30.0,
    "Acquisition_instrument.TEM.Detector.EELS.collection_angle": 33.0,
    "Acquisition_instrument.TEM.Detector.EELS.dwell_time": 0.25,
}


def spectra(shape, dtype, offset=350.5, scale=0.25, units="eV", pixel=(1.5, "nm"), kind="EELS"):
    values = np.arange(np.prod(shape)) * 7 % 251
    signal = hs.signals.Signal1D(values.reshape(shape).astype(dtype))
    signal.set_signal_type(kind)
    axis = signal.axes_manager.signal_axes[0]
    axis.name, axis.offset, axis.scale, axis.units = "Energy loss", offset, scale, units
    for name, nav in zip("xy", signal.axes_manager.navigation_axes):
        nav.name, nav.scale, nav.units = name, pixel[0], pixel[1]
    for path, value in KNOWN.items():
        signal.metadata.set_item(path, value)
    signal.metadata.General.title = "made"
    return signal


def described(signal):
    axes = signal.axes_manager
    energy = next(axis for axis in axes._axes if axis.units in ("eV", "keV"))
    cube = np.moveaxis(np.asarray(signal.data), energy.index_in_array, -1)
    factor = 1000 if energy.units == "keV" else 1
    nav = list(cube.shape[:-1])
    md = signal.metadata
    return {
        "shape": [1] * (2 - len(nav)) + nav,
        "channels": energy.size,
        "offset": energy.offset * factor,
        "dispersion": energy.scale * factor,
        "values": cube.astype(float).ravel().tolist(),
        "beamKv": md.get_item("Acquisition_instrument.TEM.beam_energy"),
        "convergenceMrad": md.get_item("Acquisition_instrument.TEM.convergence_angle"),
        "collectionMrad": md.get_item("Acquisition_instrument.TEM.Detector.EELS.collection_angle"),
        "dwellSeconds": md.get_item("Acquisition_instrument.TEM.Detector.EELS.dwell_time"),
    }


def packed(path):
    if os.path.isdir(path):
        memory = io.BytesIO()
        with zipfile.ZipFile(memory, "w") as archive:
            for folder, _, names in sorted(os.walk(path)):
                for name in sorted(names):
                    whole = os.path.join(folder, name)
                    archive.write(whole, os.path.relpath(whole, path))
        content = memory.getvalue()
    else:
        with open(path, "rb") as file:
            content = file.read()
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()


def joined(path, others):
    """Signals of several files in one, as HyperSpy reads them (a list)."""
    with h5py.File(path, "a") as file:
        for other in others:
            with h5py.File(other) as source:
                for name in source["Experiments"]:
                    source.copy(f"Experiments/{name}", file["Experiments"])


FIELDS = ("beamKv", "convergenceMrad", "collectionMrad", "dwellSeconds")


def velox(path):
    """EELS as Velox lays it out, after the public description of later readers: HyperSpy 1.7 reads no such file, and none was at hand."""

    def text(value):
        column = np.zeros((600, 1), "u1")
        raw = json.dumps(value).encode()
        column[: len(raw), 0] = list(raw)
        return column

    with h5py.File(path, "w") as file:
        file["Version"] = json.dumps({"format": "Velox", "version": "11"})
        pixel = {"PixelSize": {"width": 1.5e-9, "height": 1.5e-9}, "PixelUnitX": "m", "PixelUnitY": "m", "Offset": {"x": 0, "y": 0}}
        file["Data/SpectrumImage/a/Metadata"] = text({"BinaryResult": pixel})
        group = file.create_group("Data/EelsSpectrumImage/b")
        group["Data"] = spectra((3, 5, 12), "<u2").data.transpose(1, 2, 0)
        group["AcquisitionMetadata"] = text({"Data": {"offset": 350.5, "dispersion": 0.25}})


def main():
    files, refused = {}, {}
    with tempfile.TemporaryDirectory() as folder:

        def at(name):
            return os.path.join(folder, name)

        def accept(name, signal=None, which=None, **save):
            if signal is not None:
                signal.save(at(name), **save)
            found = hs.load(at(name))
            files[name] = {"file": packed(at(name)), "folder": os.path.isdir(at(name)), **described(found if which is None else found[which])}

        def refuse(name, signal=None, **save):
            if signal is not None:
                signal.save(at(name), **save)
            refused[name] = packed(at(name))

        accept("image.hspy", spectra((3, 5, 12), "<u2"), chunks=(2, 3, 5), compression="gzip")
        accept("plain.hspy", spectra((3, 5, 12), "<f4"), compression=None)
        accept("line.hspy", spectra((5, 12), ">i4", pixel=(0.0015, "µm")))
        accept("spectrum.hspy", spectra((12,), "<f8"))
        accept("counts64.hspy", spectra((2, 3, 12), "<i8"))
        accept("kiloelectronvolts.hspy", spectra((2, 3, 12), "<i2", 0.3505, 0.00025, "keV"))
        accept("planes.hspy", spectra((3, 5, 12), "<u2").as_signal2D((0, 1)), chunks=(5, 2, 5))
        accept("image.zspy", spectra((3, 5, 12), "<u2"), chunks=(2, 3, 5))
        accept("spectra-in-chunks.zspy", spectra((4, 6, 12), ">i4"), chunks=(2, 3, 12))
        accept("line.zspy", spectra((5, 12), "<f4"), chunks=(2, 12))
        accept("image.emd", spectra((3, 5, 12), "<i4"))
        spectra((3, 5, 12), "<u2").save(at("image.nxs"))
        accept("image.nxs", which=0)

        low = spectra((3, 5, 8), "<u2", -1.0, 0.5)
        low.metadata.General.title = "low"
        low.save(at("low.hspy"))
        small = spectra((2, 2, 12), "<u2")
        small.metadata.General.title = "small"
        small.save(at("small.hspy"))
        os.rename(at("image.hspy"), at("several.hspy"))
        joined(at("several.hspy"), [at("low.hspy"), at("small.hspy")])
        names = [signal.metadata.General.title for signal in hs.load(at("several.hspy"))]
        accept("several.hspy", which=names.index("made"))
        files["several.hspy"]["lowLoss"] = described(hs.load(at("several.hspy"))[names.index("low")])

        velox(at("velox.emd"))
        files["velox.emd"] = {"file": packed(at("velox.emd")), "folder": False, **described(spectra((3, 5, 12), "<u2")), **dict.fromkeys(FIELDS)}

        refuse("xrays.hspy", spectra((2, 3, 12), "<u2", 0.0, 0.01, "keV", kind="EDS_TEM"))
        refuse("complex.hspy", spectra((2, 3, 12), "<c8"))
        refuse("lzf.hspy", spectra((8, 8, 64), "<u2"), compression="lzf")
        image = hs.signals.Signal2D(np.zeros((4, 5)))
        refuse("picture.hspy", image)
        uneven = spectra((2, 3, 12), "<u2")
        uneven.axes_manager._axes[2].convert_to_non_uniform_axis()
        refuse("uneven.hspy", uneven)
        with h5py.File(at("five.hspy"), "w") as file:
            group = file.create_group("Experiments/five")
            group.create_dataset("data", data=np.zeros((1, 1, 2, 2, 4), "u2"))
            for index in range(5):
                group.create_group(f"axis-{index}").attrs.update(
                    {"size": [1, 1, 2, 2, 4][index], "offset": 0.0, "scale": 1.0, "units": "eV" if index == 4 else "nm", "navigate": index < 4}
                )
        refuse("five.hspy")
        with h5py.File(at("huge.hspy"), "w") as file:
            group = file.create_group("Experiments/huge")
            group.create_dataset("data", shape=(2**20, 2**20, 1024), dtype="u2", chunks=(16, 16, 1024))
            for index in range(3):
                group.create_group(f"axis-{index}").attrs.update(
                    {"size": [2**20, 2**20, 1024][index], "offset": 0.0, "scale": 1.0, "units": "eV" if index == 2 else "nm", "navigate": index < 2}
                )
        refuse("huge.hspy")
        # A header of 2^40 samples that were never written, and a chunk of a quarter of a MB that unpacks to 256 MB.
        for name, shape, chunks in [("vast", (4096, 4096, 65536), (1, 1, 65536)), ("bomb", (2, 2, 64), (2, 2, 64))]:
            with h5py.File(at(f"{name}.hspy"), "w") as file:
                group = file.create_group(f"Experiments/{name}")
                data = group.create_dataset("data", shape=shape, chunks=chunks, dtype="u2", compression="gzip")
                if name == "bomb":
                    squeeze = zlib.compressobj(9)
                    data.id.write_direct_chunk((0, 0, 0), b"".join(squeeze.compress(bytes(2**24)) for _ in range(16)) + squeeze.flush())
                for index in range(3):
                    group.create_group(f"axis-{index}").attrs.update(
                        {"size": shape[index], "offset": 0.0, "scale": 1.0, "units": "eV" if index == 2 else "nm", "navigate": index < 2}
                    )
            refuse(f"{name}.hspy")
        with h5py.File(at("overflow.hspy"), "w") as file:
            group = file.create_group("Experiments/overflow")
            group.create_dataset("data", data=np.full((2, 4), 2**40, "i8"))
            for index in range(2):
                group.create_group(f"axis-{index}").attrs.update(
                    {"size": [2, 4][index], "offset": 0.0, "scale": 1.0, "units": ["nm", "eV"][index], "navigate": index == 0}
                )
        refuse("overflow.hspy")
        with h5py.File(at("elsewhere.hspy"), "w") as file:
            group = file.create_group("Experiments/elsewhere")
            layout = h5py.VirtualLayout(shape=(2, 4), dtype="u2")
            layout[:] = h5py.VirtualSource("/etc/passwd", "data", shape=(2, 4))
            group.create_virtual_dataset("data", layout)
            for index in range(2):
                group.create_group(f"axis-{index}").attrs.update(
                    {"size": [2, 4][index], "offset": 0.0, "scale": 1.0, "units": ["nm", "eV"][index], "navigate": index == 0}
                )
        refuse("elsewhere.hspy")
        with h5py.File(at("linked.hspy"), "w") as file:
            file["Experiments/linked"] = h5py.ExternalLink("plain.hspy", "/Experiments/made")
        refuse("linked.hspy")
        with h5py.File(at("other.hdf5"), "w") as file:
            file["measurement/frames"] = np.zeros(4)
        refuse("other.hdf5")
    print(json.dumps({"files": files, "refused": refused}, indent=1))


main()
