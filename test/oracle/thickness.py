"""Makes thickness.json: t/lambda of the measured silicon low loss by HyperSpy, for the threshold it is given.

    EELWATCH_DATA=../shared/data /usr/bin/python3 test/oracle/thickness.py
"""
import json
import os
import pathlib
import warnings

warnings.filterwarnings("ignore")
import hyperspy.api as hs

data = pathlib.Path(os.environ.get("EELWATCH_DATA", "../shared/data"))
signal = hs.load(str(data / "silicon-and-carbon-edges/FeCr_low-loss__Si-plasmon+Si-L23.msa"), signal_type="EELS")
signal = signal.isig[:90.0]
cases = []
for threshold in [3.0, 5.0, 8.0]:
    thickness = signal.estimate_thickness(zlp=None, threshold=threshold)
    cases.append({"threshold": threshold, "thickness": float(thickness.data.ravel()[0])})
path = pathlib.Path(__file__).with_name("thickness.json")
path.write_text(json.dumps({"endEv": 90.0, "cases": cases}, indent=1) + "\n")
print(path.read_text())
