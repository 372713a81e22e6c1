#!/usr/bin/env python3
"""Measures the tables of docs/benchmarks.md anew and writes them there.

    python3 benches/tables.py             # all of them: five minutes, on a machine with nothing else to do
    python3 benches/tables.py units       # one by its name

Names: studies, units, sizes, real. Builds the release program first.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
PROGRAM = ROOT / "target" / "release" / "upright"
NOMINAL = "scenarios/nominal.yaml"
KINDS = ["classical", "super_twisting", "adaptive", "hybrid", "lqr", "none"]
REPEATS = 5

SIMPLIFIED = {"plant.model": "simplified"}
RUBBED = {
    "plant.coulomb": "{cart: 0.5, joint1: 0.01, joint2: 0.01}",
    "plant.drag": "{link1_area: 0.02, link2_area: 0.02}",
}
STUCK = {"plant.coulomb": RUBBED["plant.coulomb"], "plant.friction": "set_valued"}
NOISY = {"sensors": "{angle_noise: 0.0005}", "estimator": "{kind: exact}"}
RIG = "{angle_noise: 0.0005, position_noise: 0.0005, delay: 1, angle_quantum: 0.001}"


def run(*arguments, **environment):
    """What the program writes."""
    done = subprocess.run(
        [PROGRAM, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    if done.returncode not in (0, 1):
        sys.exit(f"upright {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def flags(settings):
    return [word for path, value in settings.items() for word in ("--set", f"{path}={value}")]


def throughput(runs, kind="classical", threads=1, settings=SIMPLIFIED, unit=None):
    """Millions of control periods a second of a study: the best of some repeats."""
    words = ["batch", NOMINAL, "--runs", str(runs), "--threads", str(threads), "--json"]
    words += ["--controller", kind, *flags(settings)]
    environment = {"UPRIGHT_SIMD": unit} if unit else {}
    found = [json.loads(run(*words, **environment)) for _ in range(REPEATS)]
    return max(one["steps_per_second"] for one in found) / 1e6


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def studies():
    models = [SIMPLIFIED, RUBBED, {"plant.model": "linear"}]
    head = ["controller", "`simplified`, or `full` without friction and drag",
            "`full` with Coulomb friction and drag", "`linear`"]
    rows = [[f"`{kind}`", *(f"{throughput(2000, kind, settings=own):.0f}" for own in models)] for kind in KINDS]
    return table(head, rows)


def is_here(unit):
    """Whether this machine has a vector unit."""
    words = [PROGRAM, "batch", NOMINAL, "--runs", "1", "--json"]
    own = {**os.environ, "UPRIGHT_SIMD": unit}
    return subprocess.run(words, cwd=ROOT, env=own, capture_output=True).returncode in (0, 1)


def units():
    kinds = ["classical", "hybrid", "lqr"]
    lanes = {"avx512": 16, "avx2": 8, "sse2": 4, "scalar": 4}
    rows = [[f"`{unit}`", str(lanes[unit]), *(f"{throughput(2000, kind, unit=unit):.1f}" for kind in kinds)]
            for unit in lanes if is_here(unit)]
    return table(["unit (`UPRIGHT_SIMD`)", "lanes", *(f"`{kind}`" for kind in kinds)], rows)


def sizes():
    counts = [16, 64, 200, 1000, 10_000]
    rows = []
    for threads in [1, 2]:
        found = [throughput(runs, threads=threads) for runs in counts]
        rows.append([f"{threads} thread{'s'[: threads - 1]}", *(f"{x:.0f} ({x / found[-1]:.2f})" for x in found)])
    return table(["runs", *(f"{runs}" for runs in counts)], rows)


def real():
    cases = [
        ("ideal: `plant.model=simplified`", "classical", SIMPLIFIED),
        ("the same under `hybrid`", "hybrid", SIMPLIFIED),
        ("`sensors={angle_noise: 0.0005}`, `estimator={kind: exact}`", "classical", {**SIMPLIFIED, **NOISY}),
        ("noise on cart and angles, coarse angles, one period of delay; no prediction", "classical",
         {**SIMPLIFIED, "sensors": RIG, "estimator": "{kind: exact, predict: false}"}),
        ("the same with `kalman`", "classical", {**SIMPLIFIED, "sensors": RIG, "estimator": "{kind: kalman}"}),
        ("no noise, `kalman`", "classical",
         {**SIMPLIFIED, "estimator": "{kind: kalman, resolution: {position: 2e-5, angle: 0.0015}}"}),
        ("a sine of 5 N on the cart", "classical",
         {**SIMPLIFIED, "disturbances": "[{kind: sine, target: cart, amplitude: 5, frequency: 1}]"}),
        ("`full`, Coulomb friction smoothed, and drag", "classical", RUBBED),
        ("`full`, Coulomb friction set-valued", "classical", STUCK),
    ]
    own_units = [unit for unit in ["avx512", "avx2"] if is_here(unit)]
    found = {unit: [throughput(2000, kind, settings=own, unit=unit) for _, kind, own in cases] for unit in own_units}
    rows = [[name, *(f"{found[unit][i]:.1f} ({found[unit][i] / found[unit][0]:.2f})" for unit in own_units)]
            for i, (name, _, _) in enumerate(cases)]
    return table(["study", *own_units], rows)


TABLES = {"studies": studies, "units": units, "sizes": sizes, "real": real}


def main():
    names = sys.argv[1:] or list(TABLES)
    unknown = [name for name in names if name not in TABLES]
    if unknown:
        sys.exit(f"{unknown[0]}: no such table; there are {', '.join(TABLES)}")
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
    for name in names:
        page = PAGE.read_text()
        begin, end = f"<!-- begin: {name} -->\n", "<!-- end -->"
        place = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        if not place.search(page):
            sys.exit(f"{PAGE}: no place for the table {name}: {begin}")
        made = TABLES[name]()
        whole = place.sub(lambda _: begin + made + "\n" + end, page)
        draft = PAGE.with_suffix(".draft")
        draft.write_text(whole)
        draft.replace(PAGE)
        print(made, flush=True)


if __name__ == "__main__":
    main()
