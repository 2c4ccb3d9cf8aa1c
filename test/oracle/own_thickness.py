"""Makes own-thickness.json: t/lambda by HyperSpy of measured spectra whose own axis holds the zero-loss peak.

The zero loss ends `reach` channels above the highest channel of each spectrum within 20 eV of 0, as the program found for
the sum of the file.

    EELWATCH_DATA=../shared/data /usr/bin/python3 test/oracle/own_thickness.py
"""
import json
import os
import pathlib
import warnings

warnings.filterwarnings("ignore")
import hyperspy.api as hs
import numpy as np

data = pathlib.Path(os.environ.get("EELWATCH_DATA", "../shared/data"))
reaches = {
    "nmc-cathode/ZLP EELS Spectrum Image.dm3": 40,
    "silicon-and-carbon-edges/FeCr_low-loss__Si-plasmon+Si-L23.msa": 167,
    "eelsdb/AlN_LowLoss_V_Serin_6__Dspec.569096.1.msa": 72,
    "eelsdb/Al_Ga__LowLoss_Wilfried_Sigle_170__DspecEotLtT.msa": 35,
    "eelsdb/B4C_LowLoss_Otmane_Abidate_40__Dspec.36108.1.msa": 99,
    "eelsdb/BN__hex__LowLoss_Giovanni_Bertoni_96__DspecEIn4Xv.msa": 10,
    "eelsdb/a_SiO2_LowLoss_S_Schamm_60__Dspec.56536.1.msa": 86,
}
cases = []
for name, reach in reaches.items():
    signal = hs.load(str(data / name), signal_type="EELS")
    axis = signal.axes_manager.signal_axes[0]
    near = np.abs(axis.axis) <= 20
    values = []
    for index in np.ndindex(signal.axes_manager._navigation_shape_in_array):
        one = signal.inav[index[::-1]] if index else signal
        peak = int(np.argmax(np.where(near, np.asarray(one.data, dtype=float), -np.inf)))
        threshold = float(axis.axis[peak + reach])
        values.append(float(one.estimate_thickness(zlp=None, threshold=threshold).data.ravel()[0]))
    cases.append({"file": name, "reach": reach, "thickness": values})
path = pathlib.Path(__file__).with_name("own-thickness.json")
path.write_text(json.dumps(cases, indent=1) + "\n")
print(path.read_text())
