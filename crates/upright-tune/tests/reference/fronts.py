"""Hypervolumes of pymoo's NSGA-II on the test problems of ../fronts.rs.

    python3 -m venv venv && venv/bin/pip install numpy==2.4.6 pymoo==0.6.2
    venv/bin/python fronts.py > fronts.json

30 variables, 100 members, 250 generations (25000 evaluations), 20 seeds; the area between the last
population and (1.1, 1.1).
"""

import json

import numpy as np
import pymoo
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.indicators.hv import HV
from pymoo.optimize import minimize
from pymoo.problems import get_problem

MEMBERS, GENERATIONS, SEEDS = 100, 250, 20
AREA = HV(ref_point=np.array([1.1, 1.1]))


def area(name, seed):
    found = minimize(
        get_problem(name, n_var=30),
        NSGA2(pop_size=MEMBERS),
        ("n_gen", GENERATIONS),
        seed=seed,
        verbose=False,
    )
    return float(AREA(found.F))


def main():
    names = ["zdt1", "zdt2", "zdt3"]
    areas = {name: [area(name, seed) for seed in range(SEEDS)] for name in names}
    quartiles = {
        name: [float(x) for x in np.quantile(areas[name], [0.25, 0.5, 0.75])] for name in names
    }
    print(json.dumps({"made_by": f"pymoo {pymoo.__version__}", "quartiles": quartiles}, indent=1))


main()
