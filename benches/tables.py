#!/usr/bin/env python3
"""Measures the tables of docs/benchmarks.md anew and writes them there.

    python3 benches/tables.py             # all of them: nine minutes, on a machine with nothing else to do
    python3 benches/tables.py counts      # one by its name

Names: studies, units, sizes, real, counts. Builds the release program first. The last one needs valgrind and depends
neither on the machine nor on what else it does.
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
COULOMB = {"plant.coulomb": "{cart: 0.5, joint1: 0.01, joint2: 0.01}"}
DRAG = {"plant.drag": "{link1_area: 0.02, link2_area: 0.02}"}
SMOOTHED = {**COULOMB, "plant.friction": "smoothed"}
STICKING = {**COULOMB, "plant.friction": "set_valued"}
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
    """Millions of control periods a second of a study."""
    words = ["batch", NOMINAL, "--runs", str(runs), "--threads", str(threads), "--json"]
    words += ["--controller", kind, *flags(settings)]
    environment = {"UPRIGHT_SIMD": unit} if unit else {}
    return json.loads(run(*words, **environment))["steps_per_second"] / 1e6


def in_turn(studies):
    """The throughput of each study, the best of some repeats: in turn, so that a busy minute meets all of them."""
    best = [0.0] * len(studies)
    for _ in range(REPEATS):
        best = [max(so_far, throughput(**study)) for so_far, study in zip(best, studies)]
    return best


def instructions():
    """Instructions a lane and control period by law and case, of AVX2 and SSE2, as the benchmark of that name counts them."""
    words = ["cargo", "bench", "--quiet", "-p", "upright-sim", "--bench", "instructions"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    rows = [line.split() for line in done.stdout.splitlines()[1:]]
    if done.returncode or not rows or any(not count.isdigit() for row in rows for count in row[2:4]):
        sys.exit(f"{' '.join(words)}: without valgrind there is nothing to be counted\n{done.stdout}{done.stderr}")
    return {(kind, case): (int(avx2), int(sse2)) for kind, case, avx2, sse2, *_ in rows}


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def studies():
    models = [SIMPLIFIED, {**SMOOTHED, **DRAG}, {"plant.model": "linear"}]
    head = ["controller", "`simplified`, or `full` without friction and drag",
            "`full` with smoothed Coulomb friction and drag", "`linear`"]
    found = iter(in_turn([{"runs": 2000, "kind": kind, "settings": own} for kind in KINDS for own in models]))
    return table(head, [[f"`{kind}`", *(f"{next(found):.0f}" for _ in models)] for kind in KINDS])


def is_here(unit):
    """Whether this machine has a vector unit."""
    words = [PROGRAM, "batch", NOMINAL, "--runs", "1", "--json"]
    own = {**os.environ, "UPRIGHT_SIMD": unit}
    return subprocess.run(words, cwd=ROOT, env=own, capture_output=True).returncode in (0, 1)


def units():
    kinds = ["classical", "hybrid", "lqr"]
    lanes = {unit: count for unit, count in {"avx512": 16, "avx2": 8, "sse2": 4, "scalar": 4}.items() if is_here(unit)}
    found = iter(in_turn([{"runs": 2000, "kind": kind, "unit": unit} for unit in lanes for kind in kinds]))
    rows = [[f"`{unit}`", str(count), *(f"{next(found):.1f}" for _ in kinds)] for unit, count in lanes.items()]
    return table(["unit (`UPRIGHT_SIMD`)", "lanes", *(f"`{kind}`" for kind in kinds)], rows)


def sizes():
    counts = [16, 64, 200, 1000, 10_000]
    rows = []
    for threads in [1, 2]:
        found = in_turn([{"runs": runs, "threads": threads} for runs in counts])
        rows.append([f"{threads} thread{'s'[: threads - 1]}", *(f"{x:.0f} ({x / found[-1]:.2f})" for x in found)])
    return table(["runs", *(f"{runs}" for runs in counts)], rows)


# What real rigs have, beside the ideal study, which stands first.
KALMAN = "{kind: kalman, resolution: {position: 2e-5, angle: 0.0015}}"
UNFILTERED = "{kind: exact, predict: false}"
REAL = [
    ("ideal: `plant.model=simplified`", "classical", SIMPLIFIED),
    ("the same under `hybrid`", "hybrid", SIMPLIFIED),
    ("`sensors={angle_noise: 0.0005}`, `estimator={kind: exact}`", "classical", {**SIMPLIFIED, **NOISY}),
    ("noise on cart and angles, coarse angles, one period of delay; no prediction", "classical",
     {**SIMPLIFIED, "sensors": RIG, "estimator": UNFILTERED}),
    ("the same with `kalman`", "classical", {**SIMPLIFIED, "sensors": RIG, "estimator": "{kind: kalman}"}),
    ("no noise, `kalman`", "classical", {**SIMPLIFIED, "estimator": KALMAN}),
    ("a sine of 5 N on the cart", "classical",
     {**SIMPLIFIED, "disturbances": "[{kind: sine, target: cart, amplitude: 5, frequency: 1}]"}),
    ("`full`, Coulomb friction smoothed, and drag", "classical", {**SMOOTHED, **DRAG}),
    ("`full`, Coulomb friction set-valued", "classical", STICKING),
    ("the same, and drag", "classical", {**STICKING, **DRAG}),
]


def real():
    own_units = [unit for unit in ["avx512", "avx2"] if is_here(unit)]
    found = {unit: in_turn([{"runs": 2000, "kind": kind, "settings": own, "unit": unit} for _, kind, own in REAL])
             for unit in own_units}
    rows = [[name, *(f"{found[unit][i]:.1f} ({found[unit][i] / found[unit][0]:.2f})" for unit in own_units)]
            for i, (name, _, _) in enumerate(REAL)]
    return table(["study", *own_units], rows)


PARTS = [
    ("ideal: `plant.model=simplified`", "simplified"),
    ("the same, `simulation.integrator=euler`", "euler"),
    ("noise on both angles, velocities measured", "angle-noise"),
    ("coarse angles, one period of delay; no prediction", "late-coarse"),
    ("noise on cart and angles", "noise"),
    ("noise on cart and angles, coarse angles, one period of delay; no prediction", "rig"),
    ("the same, predicted without a filter (`exact`)", "rig-predicted"),
    ("the same with `kalman`", "rig-kalman"),
    ("no noise, `kalman`", "kalman"),
    ("a sine of 5 N on the cart", "sine"),
    ("`full`, drag", "drag"),
    ("`full`, Coulomb friction smoothed", "smoothed"),
    ("the same, and drag", "smoothed-drag"),
    ("`full`, Coulomb friction set-valued", "sticking"),
    ("the same, and drag", "sticking-drag"),
]


def counts():
    """Both tables of instructions: by law, and by what real rigs have."""
    found = instructions()
    laws = [[f"`{kind}`", *(f"{found[kind, case][unit]}" for unit in (0, 1) for case in ("simplified", "linear"))]
            for kind in KINDS]
    ideal = found["classical", "simplified"]
    parts = [[name, *(f"{count} ({own / count:.2f})" for own, count in zip(ideal, found["classical", case]))]
             for name, case in PARTS]
    return {
        "laws": table(["controller", "AVX2, `simplified`", "`linear`", "SSE2, `simplified`", "`linear`"], laws),
        "parts": table(["study", "AVX2", "SSE2"], parts),
    }


TABLES = {"studies": studies, "units": units, "sizes": sizes, "real": real, "counts": counts}


def main():
    names = sys.argv[1:] or list(TABLES)
    unknown = [name for name in names if name not in TABLES]
    if unknown:
        sys.exit(f"{unknown[0]}: no such table; there are {', '.join(TABLES)}")
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
    for name in names:
        made = TABLES[name]()
        for place, text in (made if isinstance(made, dict) else {name: made}).items():
            write(place, text)


def write(name, made):
    """Puts a table into its place in the page."""
    page = PAGE.read_text()
    begin, end = f"<!-- begin: {name} -->\n", "<!-- end -->"
    place = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not place.search(page):
        sys.exit(f"{PAGE}: no place for the table {name}: {begin}")
    whole = place.sub(lambda _: begin + made + "\n" + end, page)
    draft = PAGE.with_suffix(".draft")
    draft.write_text(whole)
    draft.replace(PAGE)
    print(made, flush=True)


if __name__ == "__main__":
    main()
