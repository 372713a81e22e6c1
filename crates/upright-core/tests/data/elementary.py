"""Writes elementary.csv: exact values of the elementary functions, as the sum of two doubles.

Needs mpmath. Run: python3 elementary.py > elementary.csv
Columns: function, then the bit patterns (hexadecimal) of the argument, of the nearest double to the
value, and of the nearest double to what is left. `sin32` and `cos32` have single precision arguments.
"""

import math
import struct

import mpmath as mp

mp.mp.prec = 300


def bits(x):
    return struct.pack(">d", x).hex()


def single(x):
    return struct.unpack(">f", struct.pack(">f", x))[0]


def angles():
    golden = 0.6180339887498949
    for i in range(900):
        yield -100 + 200 * ((i * golden) % 1)
    for i in range(400):
        yield -1.6 + 3.2 * ((i * golden) % 1)
    for quarter in range(-127, 128):  # where reduction cancels most
        at = quarter * math.pi / 4
        yield from (at, math.nextafter(at, 200), at + 1e-7)
    for i in range(1, 40):
        yield 1.7 * 10 ** (-0.4 * i)


def others():
    golden = 0.6180339887498949
    for i in range(1, 1200):
        yield ((i * golden) % 1 - 0.5) * 4 * 10.0 ** (i % 6 - 4)


def write(name, function, x):
    exact = function(mp.mpf(x))
    high = float(exact)
    low = float(exact - mp.mpf(high))
    print(name, bits(x), bits(high), bits(low), sep=",")


for x in angles():
    if abs(x) < 1e-300:
        continue
    write("sin", mp.sin, x)
    write("cos", mp.cos, x)
    write("sin32", mp.sin, single(x))
    write("cos32", mp.cos, single(x))
for x in others():
    write("tanh", mp.tanh, x)
    write("exp_m1", mp.expm1, x)
