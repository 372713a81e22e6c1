"""The search for a front has the bits of the program, goes on where it ended, and refuses what is none."""

from __future__ import annotations

import csv
import json
import pickle
from pathlib import Path

import pytest

import upright
from conftest import REPOSITORY, Program

SETS = {"simulation.duration": 1, "tuning.draws": 2, "tuning.confirm": 4, "tuning.validation": 4}
NOMINAL = REPOSITORY / "scenarios" / "nominal.yaml"


def flags(sets: dict[str, int]) -> list[str]:
    return [word for name, value in sets.items() for word in ("--set", f"{name}={value}")]


# With two periods of delay the force bangs, and the program fits the scale of its variation to that first.
@pytest.mark.parametrize("delay", [0, 2])
def test_it_has_the_bits_of_the_programs(delay: int, program: Program, tmp_path: Path) -> None:
    sets = SETS | {"actuator.delay": delay}
    out = tmp_path / "front"
    size = ["--particles", "6", "--iterations", "3", "--objectives", "angle,variation"]
    program(["tune", str(NOMINAL), *size, *flags(sets), "--out", str(out)])
    scenario = upright.Scenario.load(NOMINAL, set=sets)
    found = upright.front(scenario, ("angle", "variation"), candidates=6, iterations=3, threads=2)
    summary = json.loads((out / "summary.json").read_text())
    assert found.hypervolume == summary["hypervolume"]
    assert found.objectives == tuple(summary["objectives"]) and found.units == tuple(summary["units"])
    assert len(found) == len(summary["members"])
    for member, written in zip(found, summary["members"], strict=True):
        assert member.start == written["start"]
        assert member.gains == written["gains"]
        assert list(member.costs) == written["search"]["cost"]
        assert list(member.medians) == written["search"]["median"]
        for name in ("settled", "calm", "failed", "runs"):
            assert getattr(member, name) == written["search"][name]
        path = out / "front" / f"{written['member']}.yaml"
        assert member.scenario == upright.Scenario.load(path)
    assert list(found.start.costs) == summary["start"]["search"]["cost"]
    with open(out / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    for row, step in zip(rows, found.history, strict=True):
        least = [float(row["least_angle"]), float(row["least_variation"])]
        assert (least, float(row["hypervolume"])) == (list(step.least), step.hypervolume)
        assert (float(row["diversity"]), int(row["evaluations"])) == (step.diversity, step.evaluations)
    fresh = found.validate(threads=1)
    assert fresh["hypervolume"] == summary["hypervolume_fresh"]
    assert fresh["members"] == [member["fresh"] for member in summary["members"]]


def test_the_search_for_the_least_cost_fits_its_scales_as_the_program_does(program: Program, tmp_path: Path) -> None:
    sets = SETS | {"actuator.delay": 2}
    program(["tune", str(NOMINAL), "--particles", "4", "--iterations", "2", *flags(sets), "--out", str(tmp_path / "t")])
    summary = json.loads((tmp_path / "t" / "summary.json").read_text())
    scenario = upright.Scenario.load(NOMINAL, set=sets)
    found = upright.tune(scenario, candidates=4, iterations=2)
    scales = found.scenario["tuning.scales"]
    assert scales == summary["scenario"]["tuning"]["scales"]
    assert scales["variation"] > 900
    with open(tmp_path / "t" / "history.csv", newline="") as file:
        assert [float(row["best"]) for row in csv.DictReader(file)] == [step.best for step in found.history]
    tuned = upright.Scenario.load(tmp_path / "t" / "best.yaml")
    assert found.scenario == tuned
    # It goes on with the scenario as it was given.
    found.save(tmp_path / "search.json")
    again = upright.tune(scenario, iterations=3, resume=tmp_path / "search.json")
    assert again.complete and again.history[0].iteration == 3


SMALL = upright.Scenario(simulation={"duration": 1}, tuning={"draws": 2, "confirm": 2, "validation": 2})
PAIR = ("effort", "angle")


def test_it_goes_on_where_it_ended(tmp_path: Path) -> None:
    whole = upright.front(SMALL, PAIR, candidates=4, iterations=4)
    path = tmp_path / "front.json"
    part = upright.front(SMALL, PAIR, candidates=4, iterations=4, out=path, callback=lambda step: step.iteration < 2)
    assert not part.complete and len(part.history) == 2 and "stopped" in repr(part)
    assert part.history == whole.history[:2]
    rest = upright.front(SMALL, PAIR, resume=path)
    assert rest.complete and rest.history == whole.history[2:]
    assert (rest.members, rest.hypervolume, rest.start) == (whole.members, whole.hypervolume, whole.start)
    again = pickle.loads(pickle.dumps(rest))
    assert again.members == rest.members and again.validate() == rest.validate()
    with pytest.raises(ValueError, match="objectives was effort,angle when the search began, and is settling,angle now"):
        upright.front(resume=path, objectives=("settling", "angle"))
    with pytest.raises(ValueError, match=r"tuning\.objectives.* when the search began"):
        upright.front(SMALL, ("settling", "angle"), resume=path)
    with pytest.raises(ValueError, match="candidates was 4 when the search began, and is 5 now"):
        upright.front(resume=path, candidates=5)
    # A search for the least cost is another one.
    upright.tune(SMALL, candidates=3, iterations=1).save(tmp_path / "tune.json")
    with pytest.raises(ValueError, match="resume: this is no search"):
        upright.front(resume=tmp_path / "tune.json")


def test_nobody_on_it_is_covered_and_it_is_a_table() -> None:
    found = upright.front(SMALL, PAIR, candidates=5, iterations=3)
    costs = [member.costs for member in found]
    assert costs == sorted(costs) and all(a[1] > b[1] for a, b in zip(costs, costs[1:], strict=False))
    assert found[0] is found.members[0] and found[-1] is found.members[-1]
    for member in found:
        assert member.gains.keys() == {gain.path for gain in found.space}
        assert upright.simulate(member.scenario, record=False).periods == 1000
    frame = pytest.importorskip("pandas") and found.to_pandas()
    assert list(frame["effort_cost"]) == [cost[0] for cost in costs]
    assert list(frame["switching_gain"]) == [member.gains["switching_gain"] for member in found]
    if pytest.importorskip("matplotlib"):
        import matplotlib

        matplotlib.use("Agg")
        axis = found.plot().axes[0]
        assert axis.get_xlabel() == "cost in effort" and len(axis.lines[0].get_xdata()) == len(found)
        matplotlib.pyplot.close("all")


def test_an_exception_of_the_callback_keeps_what_was_found() -> None:
    def stop(step: upright.FrontIteration) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough") as caught:
        upright.front(SMALL, PAIR, candidates=3, iterations=5, callback=stop)
    partial = caught.value.partial  # type: ignore[attr-defined]
    assert len(partial.history) == 1 and not partial.complete


@pytest.mark.parametrize(
    ("objectives", "said"),
    [
        (("effort", "effort"), r"tuning\.objectives = .*effort stands twice"),
        (("effort", "noise"), r'tuning\.objectives\.1 = "noise": allowed is one of settling, angle'),
        (("effort",), r"tuning\.objectives = .*must be a list of two terms"),
        ("effort,angle", r"tuning\.objectives = .*must be a list of two terms"),
        (3, r"tuning\.objectives = 3: must be a list of two terms"),
        ((float("nan"), "angle"), r"tuning\.objectives\.0"),
        (None, r"tuning\.objectives: a front is searched between two terms"),
    ],
)
def test_what_are_no_objectives_is_refused(objectives: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        upright.front(SMALL, objectives, candidates=3, iterations=1)  # type: ignore[arg-type]


def test_what_is_no_search_is_refused() -> None:
    with pytest.raises(TypeError, match="needs a scenario"):
        upright.front()
    with pytest.raises(ValueError, match="candidates = 1: allowed are whole numbers from 2"):
        upright.front(SMALL, PAIR, candidates=1)
    with pytest.raises(ValueError, match="nothing to tune"):
        upright.front(SMALL.replace(controller="none"), PAIR)
