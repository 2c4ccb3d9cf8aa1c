"""Small Merlin files (.mib, .hdr) written after their description, with the sums of their rows by numpy, and those of real
files: writes mib.json.

    EELWATCH_DATA=../shared/data /usr/bin/python3 test/oracle/mib.py > test/oracle/mib.json

Needs numpy. HyperSpy 1.7 does not read the format: real files are read by their layout alone, a record array of numpy.
"""

import base64
import gzip
import io
import json
import os
import zipfile

import numpy as np

DATA = os.environ.get("EELWATCH_DATA", "../shared/data")
TYPES = {"U08": ">u1", "U16": ">u2", "U32": ">u4"}


def header(number, width, height, kind, size, seconds=0.0015):
    text = (
        f"MQ1,{number:06d},{size:05d},01,{width:04d},{height:04d},{kind},   1x1,01,"
        f"2026-01-02 03:04:{number % 60:02d}.000000,{seconds:.6f},0,0,0,1.2E+1,5.11E+2,0,0,0,0,0,0,"
        f"3RX,023,511,MQ1A,2026-01-02T03:04:{number % 60:02d}.000000000Z,1500000ns,12,"
    )
    return text.encode().ljust(size, b"\0")


def acquisition(frames, per_trigger, scan=None):
    lines = ["HDR,\t", f"Frames in Acquisition (Number):\t{frames}", f"Frames per Trigger (Number):\t{per_trigger}"]
    if scan:
        lines += [f"ScanX:\t{scan[1]}", f"ScanY:\t{scan[0]}"]
    return ("\r\n".join([*lines, "End\t"])).ljust(1024)


def case(kind, frames, shape, rows=None, size=384, numbers=None, hdr=None, seed=0):
    """`shape` of a frame; `rows` of it that are summed up."""
    random = np.random.default_rng(seed)
    most = {"U08": 2**8, "U16": 2**16, "U32": 2**32}[kind]
    values = random.integers(0, most, (frames, *shape), dtype=np.int64)
    numbers = numbers or range(1, frames + 1)
    content = b"".join(
        header(number, shape[1], shape[0], kind, size) + one.astype(TYPES[kind]).tobytes()
        for number, one in zip(numbers, values)
    )
    first, end = rows or (0, shape[0])
    return {
        "file": base64.b64encode(gzip.compress(content, 9, mtime=0)).decode(),
        "hdr": hdr,
        "rows": rows,
        "frameBytes": size + shape[0] * shape[1] * np.dtype(TYPES[kind]).itemsize,
        "channels": shape[1],
        "sums": values[:, first:end].sum(axis=1).tolist(),
    }


def real():
    """Sums of all rows of real frames, by the layout that their first header tells."""
    found = {}
    for archive in ("Merlin_navigation4x2_ROI.zip", "Merlin_navigation4x2_signalNx256_ROI.zip"):
        with zipfile.ZipFile(os.path.join(DATA, "formats/quantumdetector", archive)) as files:
            for name in sorted(files.namelist()):
                if not name.endswith(".mib"):
                    continue
                content = files.read(name)
                fields = content[:384].decode("latin1").split(",")
                size, width, height, kind = int(fields[2]), int(fields[4]), int(fields[5]), fields[6]
                frame = np.dtype([("header", f"S{size}"), ("values", TYPES[kind], (height, width))])
                values = np.frombuffer(content, frame)["values"]
                found[f"{archive}/{name}"] = {
                    "shape": [2, 4],
                    "channels": width,
                    "height": height,
                    "sums": values.sum(axis=(0, 1), dtype=np.int64).tolist(),
                    "first": values[0].sum(axis=0, dtype=np.int64).tolist(),
                }
    return found


print(
    json.dumps(
        {
            "made": {
                "U08": case("U08", 6, (4, 8), hdr=acquisition(6, 3)),
                "U16": case("U16", 6, (4, 8), rows=(1, 3), hdr=acquisition(6, 1, (2, 3)), size=768),
                "U32": case("U32", 6, (4, 8), hdr=acquisition(6, 6, (2, 3))),
                "fly-back": case("U16", 8, (2, 8), hdr=acquisition(8, 4, (2, 3))),
                "lost frame": case("U08", 5, (2, 8), numbers=[1, 2, 4, 5, 6], hdr=acquisition(6, 3)),
            },
            "real": real(),
        },
        indent=1,
    )
)
