"""Makes reference.csv: what pymannkendall 1.4.3 and scipy say of fixed series.

    pip install pymannkendall scipy numpy
    python generate.py > reference.csv
"""
import sys
import numpy as np
import pymannkendall as mk
from scipy import stats

rng = np.random.default_rng(20240611)


def ar1(n, rho, sigma):
    out, last = [], 0.0
    for e in rng.normal(0, sigma, n):
        last = rho * last + e
        out.append(last)
    return np.array(out)


t = lambda n: np.arange(n, dtype=float)
series = {
    "independent": rng.normal(0, 10, 60),
    "rising": 0.5 * t(60) + rng.normal(0, 10, 60),
    "ties": np.round(0.05 * t(80) + rng.normal(0, 2, 80)),
    "autocorrelated": ar1(100, 0.7, 5),
    "autocorrelated_rising": 0.8 * t(100) + ar1(100, 0.8, 5),
    "stairs": 64.0 * np.floor(t(90) / 13),
}
print("name,s,variance,z,p,theil_sen,sen_low,sen_high,inflation,values")
for name, y in series.items():
    y = np.round(y, 6)
    plain = mk.original_test(y)
    corrected = mk.hamed_rao_modification_test(y)
    sen = stats.theilslopes(y, t(len(y)), alpha=0.999)
    values = " ".join(repr(float(v)) for v in y)
    print(f"{name},{plain.s},{plain.var_s},{plain.z},{plain.p},{sen.slope},{sen.low_slope},"
          f"{sen.high_slope},{corrected.var_s / plain.var_s},{values}")
