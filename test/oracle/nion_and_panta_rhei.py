"""Small files of Nion Swift and Panta Rhei, with what is in them: writes nion-and-panta-rhei.json.

    /usr/bin/python3 test/oracle/nion_and_panta_rhei.py > test/oracle/nion-and-panta-rhei.json

Needs numpy and h5py. Written after the public descriptions of both formats, by nothing but h5py, numpy, json, pickle and zipfile; HyperSpy 1.7 reads
neither, so the values and axes are those that went in. Files are stored compressed (gzip, base64).
"""

import base64
import gzip
import io
import json
import os
import pickle
import struct
import zipfile

import h5py
import numpy as np

ENERGY = {"offset": 350.5, "scale": 0.25, "units": "eV"}
PIXEL = {"offset": -3.0, "scale": 1.5, "units": "nm"}
METADATA = {
    "hardware_source": {"signal_type": "eels", "exposure": 0.25},
    "instrument": {"high_tension": 200000, "convergence_angle": 0.03, "collection_angle": 0.033},
}
OLDER_METADATA = {
    "hardware_source": {
        "signal_type": "EELS",
        "exposure": 0.25,
        "convergence_angle_rad": 0.03,
        "collection_angle_rad": 0.033,
        "autostem": {"high_tension_v": 200000},
    }
}
KNOWN = {"beamKv": 200.0, "convergenceMrad": 30.0, "collectionMrad": 33.0, "dwellSeconds": 0.25}
NOTHING = dict.fromkeys(KNOWN)

files, refused = {}, {}


def counts(shape, dtype="<u2"):
    return (np.arange(np.prod(shape)) * 7 % 251).reshape(shape).astype(dtype)


def packed(content):
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()


def npy(array, **how):
    memory = io.BytesIO()
    np.save(memory, array, **how)
    return memory.getvalue()


def zipped(entries, method=zipfile.ZIP_STORED):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), content, method)
    return memory.getvalue()


def hdf5(items, group=None):
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        for index, (data, properties, how) in enumerate(items):
            name = "data" if group is None else f"{group}/{index}"
            file.create_dataset(name, data=data, **how).attrs["properties"] = json.dumps(properties)
        if group is not None:
            file.create_group("index").attrs["1"] = "{}"
    return memory.getvalue()


def item(calibrations, collection, datum, sequence=False, metadata=METADATA, **more):
    return {
        "type": "data-item",
        "uuid": "5f4ab0f4-9b0a-4d51-9a2f-2a0f0f0a5d11",
        "title": "made",
        "is_sequence": sequence,
        "collection_dimension_count": collection,
        "datum_dimension_count": datum,
        "intensity_calibration": {"offset": 0.0, "scale": 1.0, "units": "counts"},
        "dimensional_calibrations": calibrations,
        "metadata": metadata,
        **more,
    }


def accept(name, content, data, offset=350.5, dispersion=0.25, pixel=1.5, known=KNOWN, **more):
    """`data` as it is to be read: (y, x, E), (x, E) or (E)."""
    nav = list(data.shape[:-1])
    files[name] = {
        "file": packed(content),
        "shape": [1] * (2 - len(nav)) + nav,
        "channels": data.shape[-1],
        "offset": offset,
        "dispersion": dispersion,
        "pixelNm": pixel,
        "values": data.astype(float).ravel().tolist(),
        **known,
        **more,
    }


def refuse(name, content):
    refused[name] = packed(content)


def nion():
    image = item([PIXEL, PIXEL, ENERGY], 2, 1)
    data = counts((3, 5, 12))
    accept("library.h5", hdf5([(data, image, {})]), data)
    chunked = counts((3, 5, 12), ">f4")
    accept("chunks.h5", hdf5([(chunked, image, {"chunks": (1, 5, 12)})]), chunked)
    line = counts((5, 12), "<i4")
    accept("line.h5", hdf5([(line, item([PIXEL, ENERGY], 1, 1), {})]), line)
    single = counts((12,), "<f8")
    accept("spectrum.h5", hdf5([(single, item([ENERGY], 0, 1), {})]), single, pixel=None)
    time = {"offset": 0.0, "scale": 0.5, "units": "s"}
    accept("series.h5", hdf5([(line, item([time, ENERGY], 0, 1, sequence=True), {})]), line, pixel=None)
    milli = {"offset": 350500.0, "scale": 250.0, "units": "meV"}
    micro = {"offset": 0.0, "scale": 0.0015, "units": "µm"}
    accept("units.h5", hdf5([(data, item([micro, micro, milli], 2, 1), {})]), data)
    inner = {key: image[key] for key in ("is_sequence", "collection_dimension_count", "datum_dimension_count", "dimensional_calibrations")}
    older = {"version": 8, "title": "made", "data_sources": [{**inner, "metadata": OLDER_METADATA}]}
    accept("older.h5", hdf5([(data, older, {})]), data)
    low = counts((3, 5, 8))
    low_axis = {"offset": -1.0, "scale": 0.5, "units": "eV"}
    picture = (counts((6, 7)), item([PIXEL, PIXEL], 0, 2, metadata={}), {})
    both = [picture, (low, item([PIXEL, PIXEL, low_axis], 2, 1), {}), (data, image, {"compression": "gzip"})]
    accept("export.nhdf", hdf5(both, "data"), data, lowLoss={"channels": 8, "offset": -1.0, "dispersion": 0.5, "values": low.astype(float).ravel().tolist()})

    entries = {"data.npy": npy(data), "metadata.json": json.dumps(image)}
    accept("item.ndata", zipped(entries), data)
    exported = {key: value for key, value in item([], 2, 1, metadata=OLDER_METADATA).items() if key != "dimensional_calibrations"}
    exported["spatial_calibrations"] = [PIXEL, PIXEL, ENERGY]
    entries = {"metadata.json": json.dumps(exported), "data.npy": npy(counts((3, 5, 12), ">i8"))}
    accept("exported.ndata1", zipped(entries), data)
    accept("columns.ndata", zipped({"data.npy": npy(np.asfortranarray(data)), "metadata.json": json.dumps(image)}), data)
    large = counts((40, 30, 256), "<f4")
    accept("large.ndata", zipped({"data.npy": npy(large), "metadata.json": json.dumps(image)}, zipfile.ZIP_DEFLATED), large)
    del files["large.ndata"]["values"]

    none = {"offset": 0.0, "scale": 1.0, "units": ""}
    refuse("sequence-of-images.h5", hdf5([(counts((4, 6, 7)), item([none, PIXEL, PIXEL], 0, 2, sequence=True, metadata={}), {})]))
    refuse("sequence-of-maps.h5", hdf5([(counts((2, 3, 5, 12)), item([none, PIXEL, PIXEL, ENERGY], 2, 1, sequence=True), {})]))
    refuse("frames.h5", hdf5([(counts((2, 3, 4, 12)), item([PIXEL, PIXEL, none, ENERGY], 2, 2), {})]))
    refuse("picture.h5", hdf5([picture]))
    refuse("kiloelectronvolts.h5", hdf5([(data, item([PIXEL, PIXEL, {**ENERGY, "units": "keV"}], 2, 1, metadata={}), {})]))
    refuse("wavelengths.h5", hdf5([(data, item([PIXEL, PIXEL, {"offset": 400.0, "scale": 0.5, "units": "nm"}], 2, 1, metadata={"hardware_source": {"signal_type": "cl"}}), {})]))
    refuse("uncalibrated.h5", hdf5([(data, item([none, none, none], 2, 1), {})]))
    refuse("no-offset.h5", hdf5([(data, item([PIXEL, PIXEL, {"scale": 0.25, "units": "eV"}], 2, 1), {})]))
    refuse("contradiction.h5", hdf5([(data, item([PIXEL, PIXEL, ENERGY], 2, 2), {})]))
    refuse("no-json.h5", hdf5([(data, [], {})]))
    refuse("complex.ndata", zipped({"data.npy": npy(counts((3, 5, 12), "<c8")), "metadata.json": json.dumps(image)}))
    refuse("no-metadata.ndata", zipped({"data.npy": npy(data)}))
    refuse("no-data.ndata", zipped({"metadata.json": json.dumps(image)}))
    refuse("short.ndata", zipped({"data.npy": npy(data)[:-2], "metadata.json": json.dumps(image)}))
    refuse("pickled.ndata", zipped({"data.npy": npy(np.array([[[{"a": 1}]]], dtype=object)), "metadata.json": json.dumps(image)}))
    # A header of 2^40 samples, and 256 MB of zeros in 260 kB: as samples that nobody announced, and as metadata.
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (4096, 4096, 65536)})
    refuse("vast.ndata", zipped({"data.npy": header.getvalue(), "metadata.json": json.dumps(image)}))
    zeros = bytes(2**28)
    refuse("bomb.ndata", zipped({"data.npy": npy(data) + zeros, "metadata.json": json.dumps(image)}, zipfile.ZIP_DEFLATED))
    refuse("text-bomb.ndata", zipped({"data.npy": npy(data), "metadata.json": zeros}, zipfile.ZIP_DEFLATED))
    # The list says 360 bytes, what is packed becomes 256 MB.
    whole = bytearray(zipped({"data.npy": npy(data) + zeros, "metadata.json": json.dumps(image)}, zipfile.ZIP_DEFLATED))
    at = whole.index(b"PK\x01\x02")
    struct.pack_into("<I", whole, at + 24, len(npy(data)))
    refuse("lying-bomb.ndata", bytes(whole))


CALIBRATED = {"name": "Energy", "unit": "eV", "value": 0.125, "pixel_factor": 2.0, "offset": -2826.0, "use_prefix": True, "fixed_prefix": None}
ACROSS = {"name": "Length", "unit": "m", "value": 0.75e-9, "pixel_factor": 2.0, "offset": 0.0, "use_prefix": True, "fixed_prefix": None}
ABOUT = {
    "repo_id": "AD.12",
    "type": "3D",
    "filter.mode": "EELS",
    "electron_gun.voltage": 199000,
    "electron_gun.voltage_offset": 5.0,
    "filter.ht_offset": 1000.0,
    "condenser.convergence_semi_angle": 0.03,
    "filter.collection_semi_angle": 0.033,
    "scan_generator.dwell_time": 0.25,
    "source.type": "scan_generator",
}


def about(contents, calibrations, **more):
    """Both from the last axis of the array to the first."""
    return {**ABOUT, "content.types": contents, "device.calib": calibrations, **more}


def prz(data, metadata, how=zipfile.ZIP_STORED, in_json=True, in_pickle=True, pickled=None):
    objects = lambda value: npy(np.array([value], dtype=object), allow_pickle=True)  # noqa: E731
    entries = {"data_model.npy": objects({})}
    if in_pickle:
        entries["meta_data.npy"] = pickled or objects(metadata)
    if in_json:
        entries["meta_data_json.npy"] = npy(np.array(json.dumps([metadata])))
    return zipped({**entries, "data.npy": npy(data), "file_format_version.npy": npy(np.array(2))}, how)


def object_array(value, protocol):
    """As NumPy saves it, in a protocol of our choice: one object, whatever it is."""
    array = np.empty(1, dtype=object)
    array[0] = value
    return npy(array, allow_pickle=True)[:128] + pickle.dumps(array, protocol)


class Evil:
    def __reduce__(self):
        return (os.system, ("touch eelwatch-was-here",))


def panta_rhei():
    """In EELS mode the highest loss comes first: energy = offset · value + step · index is what electrons have left of that of the beam."""
    read = counts((3, 5, 12))
    stored = np.flip(read, -1)
    # Losses from 350.5 to 353.25 eV are -353.25 to -350.5 in the file.
    image = about(["Energy", "ScanX", "ScanY"], [CALIBRATED, ACROSS, ACROSS])
    image["device.calib"][0] = {**CALIBRATED, "offset": -353.25 / 0.125}
    accept("image.prz", prz(stored, image), read)
    accept("packed.prz", prz(stored, image, zipfile.ZIP_DEFLATED), read)
    accept("pickled.prz", prz(stored, image, zipfile.ZIP_DEFLATED, in_json=False), read)
    for protocol in range(2, 6):
        accept(f"protocol{protocol}.prz", prz(stored, image, in_json=False, pickled=object_array(image, protocol)), read)
    energy = image["device.calib"][0]
    planes = np.ascontiguousarray(np.moveaxis(stored, -1, 0))
    accept("planes.prz", prz(planes, about(["ScanX", "ScanY", "Energy"], [ACROSS, ACROSS, energy])), read)
    swapped = np.ascontiguousarray(np.swapaxes(stored, 0, 1))
    accept("swapped.prz", prz(swapped, about(["Energy", "ScanY", "ScanX"], [energy, ACROSS, ACROSS])), read)
    accept("line.prz", prz(stored[0], about(["Energy", "ScanX"], [energy, ACROSS])), read[0])
    one = stored[0, 0][None, None]
    accept("spectrum.prz", prz(one, about(["Energy", "CameraY", "Index"], [energy, None, None])), read[0, 0], pixel=None)
    rising = {**CALIBRATED, "offset": 350.5 / 0.125}
    accept("not-turned.prz", prz(read, {**about(["Energy", "ScanX", "ScanY"], [rising, ACROSS, ACROSS]), "filter.mode": None}), read)
    plot = {**about(None, [rising, None]), "type": "1D", "filter.mode": None}
    accept("plot.prz", prz(read[0, :1], plot), read[0, 0], pixel=None)
    large = counts((64, 30, 256), "<f4")
    offset = -(350.5 + 255 * 0.25) / 0.125
    tall = about(["ScanX", "ScanY", "Energy"], [ACROSS, ACROSS, {**CALIBRATED, "offset": offset}])
    accept("tall.prz", prz(np.ascontiguousarray(np.moveaxis(np.flip(large, -1), -1, 0)), tall, zipfile.ZIP_DEFLATED), large)
    del files["tall.prz"]["values"]

    refuse("picture.prz", prz(counts((16, 16)), {**ABOUT, "type": "2D", "filter.mode": None, "device.calib": [ACROSS, ACROSS, None]}))
    refuse("filtered.prz", prz(read, {**image, "filter.mode": "EFTEM"}))
    refuse("uncalibrated.prz", prz(stored, about(["Energy", "ScanX", "ScanY"], [None, None, None])))
    refuse("frames.prz", prz(counts((3, 5, 4, 12)), about(["Energy", "CameraY", "ScanX", "ScanY"], [energy, None, ACROSS, ACROSS])))
    refuse("camera.prz", prz(counts((4, 12)), about(["Energy", "CameraY"], [energy, None])))
    refuse("contents.prz", prz(stored, about(["Energy", "ScanX"], [energy, ACROSS])))
    refuse("evil.prz", prz(stored, image, in_json=False, pickled=object_array(Evil(), 2)))
    refuse("program.prz", prz(stored, image, in_json=False, pickled=object_array(image, 2)[:128] + b"cos\nsystem\n(X\x04\x00\x00\x00truetR."))
    refuse("set.prz", prz(stored, image, in_json=False, pickled=object_array({1, 2}, 4)))
    refuse("cut-pickle.prz", prz(stored, image, in_json=False, pickled=object_array(image, 3)[:-40]))
    refuse("no-metadata.prz", prz(stored, image, in_json=False, in_pickle=False))
    refuse("bad-json.prz", zipped({"data.npy": npy(stored), "meta_data_json.npy": npy(np.array("[{"))}))


nion()
panta_rhei()
lines = [f'"{kind}": {{\n' + ",\n".join(f"{json.dumps(name)}: {json.dumps(about)}" for name, about in named.items()) + "\n}" for kind, named in (("files", files), ("refused", refused))]
print("{" + ",\n".join(lines) + "}")
