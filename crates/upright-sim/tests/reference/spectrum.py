"""Spectra by SciPy, for ../spectrum.rs.

    python3 -m venv venv && venv/bin/pip install numpy==2.4.6 scipy==1.17.1
    venv/bin/python spectrum.py > spectrum.json

The signals follow from integers alone, so the test makes them anew: sample i of a case is the linear
congruential number x_i = (1103515245 x_(i-1) + 12345) mod 2^31, x_0 = seed, as a fraction of 2^31, plus
offset + slope i, plus a square wave of the given period in samples.
"""

import json

import numpy as np
from scipy.signal import welch

CASES = [
    # samples, rate, seed, offset, slope, square, segment
    (4, 10.0, 1, 0.0, 0.0, 2, 4),
    (31, 1.0, 2, 5.0, 0.0, 7, 31),
    (32, 1.0, 3, 5.0, 0.1, 7, 8),
    (1000, 1000.0, 4, -3.0, 0.01, 40, 128),
    (5001, 500.0, 5, 0.0, 0.0, 25, 1024),
]


def signal(samples, seed, offset, slope, square):
    values, x = [], seed
    for i in range(samples):
        x = (1103515245 * x + 12345) % 2**31
        wave = 1.0 if i % square < square // 2 else -1.0
        values.append(x / 2**31 + offset + slope * i + wave)
    return np.array(values)


cases = []
for samples, rate, seed, offset, slope, square, segment in CASES:
    values = signal(samples, seed, offset, slope, square)
    frequency, density = welch(values, rate, window="hann", nperseg=segment)
    # Every bin of a short spectrum, every eighth of a long one.
    every = 8 if segment > 64 else 1
    cases.append({
        "samples": samples, "rate": rate, "seed": seed, "offset": offset, "slope": slope,
        "square": square, "every": every, "rows": len(frequency),
        "density": [[float(f), float(d)] for f, d in zip(frequency, density)][::every],
    })
print("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]")
