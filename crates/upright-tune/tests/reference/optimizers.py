"""Final costs of pycma, SciPy and argmin on the test functions of ../optimizers.rs.

    python3 -m venv venv && venv/bin/pip install numpy==2.4.6 scipy==1.17.1 cma==4.5.0
    (cd argmin && cargo run --release) > argmin.json
    venv/bin/python optimizers.py argmin.json > optimizers.json

Ten dimensions, 40 points a step, 250 steps, 20 seeds. Every coordinate lies in 0 to 1.
"""

import json
import sys

import cma
import numpy as np
import scipy
from scipy.optimize import differential_evolution

N, POINTS, STEPS, SEEDS = 10, 40, 250, 20
OPTIMUM = 0.3 + 0.04 * np.arange(N)


def scaled(u):
    return 10.0 * (np.asarray(u) - OPTIMUM)


def sphere(u):
    return float(np.sum(scaled(u) ** 2))


def ellipsoid(u):
    return float(np.sum(10.0 ** (6.0 * np.arange(N) / (N - 1)) * scaled(u) ** 2))


def rosenbrock(u):
    z = scaled(u) + 1.0
    return float(np.sum(100.0 * (z[1:] - z[:-1] ** 2) ** 2 + (1.0 - z[:-1]) ** 2))


def rastrigin(u):
    z = scaled(u)
    return float(np.sum(z**2 - 10.0 * np.cos(2.0 * np.pi * z) + 10.0))


def ackley(u):
    z = scaled(u)
    a = -20.0 * np.exp(-0.2 * np.sqrt(np.mean(z**2)))
    return float(a - np.exp(np.mean(np.cos(2.0 * np.pi * z))) + 20.0 + np.e)


FUNCTIONS = [sphere, ellipsoid, rosenbrock, rastrigin, ackley]


def by_cma(function, seed):
    options = {
        "seed": seed + 1,
        "popsize": POINTS,
        "bounds": [0, 1],
        "maxiter": STEPS,
        "verbose": -9,
        "tolfun": 0,
        "tolfunhist": 0,
        "tolx": 0,
        "tolstagnation": 10**9,
        "tolflatfitness": 10**9,
    }
    search = cma.CMAEvolutionStrategy(N * [0.5], 0.3, options)
    search.optimize(function)
    return float(search.result.fbest)


def by_differential_evolution(function, seed):
    found = differential_evolution(
        function,
        N * [(0.0, 1.0)],
        popsize=POINTS // N,
        maxiter=STEPS - 1,
        tol=0.0,
        atol=0.0,
        polish=False,
        updating="deferred",
        seed=seed,
    )
    return float(found.fun)


def quartiles(costs):
    return [float(x) for x in np.quantile(costs, [0.25, 0.5, 0.75])]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        argmin = json.load(file)
    names = [function.__name__ for function in FUNCTIONS]
    found = {
        "made_by": f"pycma {cma.__version__}, SciPy {scipy.__version__}, {argmin['made_by']}",
        "quartiles": {
            "pso": {name: quartiles(argmin[name]) for name in names},
            "cma-es": {},
            "de": {},
        },
    }
    for function in FUNCTIONS:
        for name, by in [("cma-es", by_cma), ("de", by_differential_evolution)]:
            costs = [by(function, seed) for seed in range(SEEDS)]
            found["quartiles"][name][function.__name__] = quartiles(costs)
    print(json.dumps(found, indent=1))


main()
