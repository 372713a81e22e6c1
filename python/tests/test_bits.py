"""What the package computes has the bits of the program."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest

import upright
from conftest import REPOSITORY, Program

KINDS = ("classical", "super_twisting", "adaptive", "hybrid", "lqr")
SCENARIOS = [
    path
    for path in sorted((REPOSITORY / "scenarios").glob("*.yaml"))
    # An hour, and a run for the audit: the same code for longer.
    if path.stem not in ("long-watch", "memory-audit")
]


def table(path: Path) -> tuple[list[str], list[list[str]]]:
    with open(path, newline="") as file:
        rows = list(csv.reader(file))
    return rows[0], rows[1:]


def same(cell: str, number: float) -> bool:
    """Whether a cell of a file has the bits of a number; what is not finite is empty."""
    if not math.isfinite(number):
        return cell == ""
    return float(cell).hex() == number.hex()


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_run_has_the_bits_of_the_programs_trajectory(path: Path, program: Program, tmp_path: Path) -> None:
    # Every kind on two scenarios, and on each of the others one, in turn.
    kinds = KINDS if path.stem in ("nominal", "noisy-sensors") else (KINDS[SCENARIOS.index(path) % len(KINDS)],)
    for kind in kinds:
        out = tmp_path / kind
        set_ = {"simulation.duration": 3.0}
        program(["simulate", str(path), "--controller", kind, "--set", "simulation.duration=3", "--out", str(out)])
        run = upright.simulate(upright.Scenario.load(path, controller=kind, set=set_))
        header, rows = table(out / "trajectory.csv")
        assert tuple(header) == run.columns
        assert len(rows) == len(run.data)
        for written, found in zip(rows, run.data.tolist(), strict=True):
            assert all(map(same, written, found)), (kind, found[0])
        summary = json.loads((out / "summary.json").read_text())
        assert summary["verdict"] == run.verdict
        assert summary["metrics"] == run.metrics


def test_a_study_has_the_bits_of_the_programs_table(program: Program, tmp_path: Path) -> None:
    path = REPOSITORY / "scenarios" / "noisy-sensors.yaml"
    program(["batch", str(path), "--runs", "40", "--set", "simulation.duration=2", "--out", str(tmp_path / "b")])
    scenario = upright.Scenario.load(path, set={"simulation.duration": 2})
    study = upright.batch(scenario, 40, threads=2)
    header, rows = table(tmp_path / "b" / "batch.csv")
    assert header == list(study.columns)
    assert len(header) == 54
    for written, found in zip(rows, study, strict=True):
        for cell, value in zip(written, found.values(), strict=True):
            assert same(cell, value) if isinstance(value, float) else cell == str(value)
    study.to_csv(tmp_path / "again.csv")
    for written, own in zip(rows, table(tmp_path / "again.csv")[1], strict=True):
        # Numbers may be written in two ways, as 1e-7 and 0.0000001.
        assert all(a == b or float(a).hex() == float(b).hex() for a, b in zip(written, own, strict=True))
    replayed = upright.simulate(scenario, run=17)
    ends = [column[17] for name, column in study.columns.items() if name.endswith("_end")]
    assert replayed.final_state.tolist() == ends
    assert study.replay(17).data.tobytes() == replayed.data.tobytes()


def test_any_threads_and_any_parts_are_the_same_study() -> None:
    scenario = upright.Scenario(simulation={"duration": 1})
    whole = upright.batch(scenario, 30, threads=1)
    parts = upright.batch(scenario, 11, threads=2) + upright.batch(scenario, 19, first=11, threads=3)
    for name, column in whole.columns.items():
        assert column.tobytes() == parts.columns[name].tobytes(), name


def test_a_region_has_the_verdicts_and_times_of_the_programs(program: Program, tmp_path: Path) -> None:
    path = REPOSITORY / "scenarios" / "nominal.yaml"
    axes = ["--x", "theta1:-0.5:0.5:7", "--y", "theta2:-0.6:0.4:5"]
    program(["roa", str(path), *axes, "--controller", "classical,lqr", "--out", str(tmp_path / "r")])
    header, rows = table(tmp_path / "r" / "roa.csv")
    kinds = ["classical", "lqr"]
    assert header == ["theta1", "theta2", *kinds, *(f"{kind}_upright_time" for kind in kinds)]
    region = upright.roa(
        upright.Scenario.load(path), ("theta1", -0.5, 0.5, 7), ("theta2", -0.6, 0.4, 5), controllers=kinds
    )
    assert any(row[4] == "" for row in rows) and any(row[4] != "" for row in rows)
    for index, row in enumerate(rows):
        y, x = divmod(index, 7)
        assert same(row[0], float(region.x[x])) and same(row[1], float(region.y[y]))
        assert [region.words[region.verdicts[kind][y, x]] for kind in kinds] == row[2:4]
        assert all(map(same, row[4:], (float(region.upright_times[kind][y, x]) for kind in kinds)))


def test_a_design_has_the_bits_of_the_programs(program: Program, tmp_path: Path) -> None:
    for kind in KINDS:
        out = tmp_path / kind
        program(["design", "scenarios/nominal.yaml", "--controller", kind, "--out", str(out)])
        summary = json.loads((out / "summary.json").read_text())
        found = upright.design(upright.Scenario(controller=kind)).to_dict()
        for name in ("a", "b", "surface", "sliding_poles", "beta", "lqr", "gain_ratio", "tolerated_disturbance"):
            assert summary[name] == found[name], (kind, name)


def test_a_search_has_the_bits_of_the_programs(program: Program, tmp_path: Path) -> None:
    sets = {"simulation.duration": 1, "tuning.draws": 2, "tuning.confirm": 4, "tuning.validation": 4}
    flags = [word for name, value in sets.items() for word in ("--set", f"{name}={value}")]
    size = ["--particles", "5", "--iterations", "3"]
    program(["tune", "scenarios/nominal.yaml", *size, *flags, "--out", str(tmp_path / "t")])
    header, rows = table(tmp_path / "t" / "history.csv")
    scenario = upright.Scenario.load(REPOSITORY / "scenarios" / "nominal.yaml", set=sets)
    tuned = upright.tune(scenario, candidates=5, iterations=3, threads=2)
    assert len(tuned.history) == len(rows) == 3
    for written, found in zip(rows, tuned.history, strict=True):
        named = dict(zip(header, written, strict=True))
        for name, value in found._asdict().items():
            assert same(named[name], float(value)), name


def test_both_halves_of_a_loop_are_the_run() -> None:
    for kind in KINDS:
        scenario = upright.Scenario(
            controller=kind, simulation={"duration": 1}, sensors={"velocity": "difference", "angle_noise": 1e-4}
        )
        run = upright.simulate(scenario, run=2)
        controller, plant = upright.Controller(scenario), upright.Simulator(scenario, run=2)
        forces = []
        while not plant.over:
            # Six numbers, three of which nobody measures; or those that are measured alone.
            measured = plant.measured if len(forces) % 2 else plant.measured[:3]
            forces.append(controller.step(measured))
            assert controller.estimate.tobytes() == plant.estimate.tobytes()
            plant.step(forces[-1])
        assert np.array(forces).tobytes() == run.u[:-1].tobytes()
        assert plant.state.tobytes() == run.final_state.tobytes()
        assert (plant.verdict, plant.metrics) == (run.verdict, run.metrics)


def test_a_controller_as_a_law_is_the_scenarios_own() -> None:
    for kind in KINDS:
        scenario = upright.Scenario(controller=kind, simulation={"duration": 1})
        run = upright.simulate(scenario)
        controller = upright.Controller(scenario)
        for _ in range(2):
            assert upright.simulate(scenario, controller=controller).data.tobytes() == run.data.tobytes()
        law = upright.Controller(scenario)
        by_calls = upright.simulate(scenario, controller=lambda t, state: law(t, state))
        assert by_calls.states.tobytes() == run.states.tobytes()
        assert by_calls.metrics == run.metrics
