"""What was altered on its way, or is of another version, is refused with the place: pickles, searches, policies."""

from __future__ import annotations

import json
import pickle
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import upright
from upright import Scenario

SHORT = Scenario(simulation={"duration": 0.2})
SMALL = SHORT.replace({"tuning.draws": 2, "tuning.confirm": 2, "tuning.validation": 2})


def rebuilt(whole: Any, change: Callable[[list[Any]], None]) -> Any:
    """What a pickle of something gives whose arguments were changed."""
    make, arguments = whole.__reduce__()
    altered = [dict(argument) if isinstance(argument, dict) else argument for argument in arguments]
    change(altered)
    return make(*altered)


@pytest.mark.parametrize(
    ("name", "column", "said"),
    [
        ("max_angle", np.zeros(2), r"columns\.max_angle = float64 of shape \(2,\): allowed is numbers of shape \(4,\)"),
        ("max_angle", np.array(["a"] * 4), r"columns\.max_angle = <U1"),
        ("max_angle", [0.0] * 4, r"columns\.max_angle = list"),
        ("verdict", np.full(4, 99, np.uint8), r"columns\.verdict = 99: allowed is from 0 to"),
        ("run", np.array([0, 1, 2, 4], np.uint64), r"columns\.run = .* whole numbers from 0"),
        ("run", np.zeros(4), r"columns\.run = float64"),
    ],
)
def test_a_study(name: str, column: Any, said: str) -> None:
    def change(arguments: list[Any]) -> None:
        arguments[2]["columns"] = {**arguments[2]["columns"], name: column}

    study = upright.batch(SHORT, 4)
    again = pickle.loads(pickle.dumps(study))
    assert all(again.columns[column].tobytes() == study.columns[column].tobytes() for column in study.columns)
    with pytest.raises(ValueError, match=f"pickled study: {said}"):
        rebuilt(study, change)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("data", np.zeros(3), r"data\.shape = \(3,\)"),
        ("data", [[0.0]], "data = list: allowed is an array of numbers"),
        ("columns", ("t",), r"data\.shape = \(201, 26\): allowed is \(201, 1\)"),
        ("columns", "t", "columns = t: allowed is a tuple of names"),
        ("verdict", 3, "verdict = 3: allowed is a word"),
        ("metrics", [1], r"metrics = \[1\]"),
        ("surface", np.zeros(5), r"surface\.shape = \(5,\): allowed is \(6,\)"),
        ("extra", 1, "fields = .*'extra'"),
    ],
)
def test_a_run(name: str, value: Any, said: str) -> None:
    run = upright.simulate(SHORT)
    assert pickle.loads(pickle.dumps(run)).data.tobytes() == run.data.tobytes()
    with pytest.raises(ValueError, match=f"pickled run: {said}"):
        rebuilt(run, lambda arguments: arguments[0].update({name: value}))


def test_every_kinds_runs_and_designs_pickle() -> None:
    for kind in upright.kinds():
        scenario = SHORT.replace(controller=kind)
        for run in (upright.simulate(scenario), upright.simulate(scenario, run=1, record=False)):
            assert repr(pickle.loads(pickle.dumps(run))) == repr(run)
        design = upright.design(scenario)
        assert pickle.loads(pickle.dumps(design)).to_dict() == design.to_dict()


def test_a_design() -> None:
    design = upright.design(SHORT)
    with pytest.raises(ValueError, match=r"pickled design: a\.shape = \(2,\): allowed is \(6, 6\)"):
        rebuilt(design, lambda arguments: arguments[0].update(a=[1, 2]))
    with pytest.raises(ValueError, match="pickled design: beta = nothing"):
        rebuilt(design, lambda arguments: arguments[0].pop("beta"))


@pytest.mark.parametrize("protocol", [0, 5])
def test_bytes_that_were_changed_never_end_the_interpreter(protocol: int) -> None:
    generator = random.Random(protocol)
    for whole in (SHORT, upright.batch(SHORT, 3), upright.design(SHORT)):
        data = pickle.dumps(whole, protocol=protocol)
        for _ in range(60):
            changed = bytearray(data)
            changed[generator.randrange(len(data))] = generator.randrange(256)
            try:
                repr(pickle.loads(bytes(changed)))
            except Exception as error:
                assert type(error).__name__ != "PanicException"


def test_a_region_and_a_comparison() -> None:
    region = upright.roa(SHORT, ("theta1", -0.1, 0.1, 2), ("theta2", -0.1, 0.1, 3), controllers=["lqr"])
    again = pickle.loads(pickle.dumps(region))
    assert again.axes == region.axes
    for kind, times in region.upright_times.items():
        assert again.upright_times[kind].tobytes() == times.tobytes()
    whole, (axes, verdicts, times_of) = region.__reduce__()
    for altered, said in [
        ((axes[:1], verdicts, times_of), r"region: axes = "),
        ((axes, {"lqr": verdicts["lqr"][:1]}, times_of), r"region: verdicts\.lqr = ndarray: allowed is numbers of shape \(3, 2\)"),
        ((axes, {"lqr": verdicts["lqr"] + 99}, times_of), "region: verdicts = "),
        ((axes, verdicts, {}), "region: upright_times = "),
        ((axes, verdicts, {"lqr": verdicts["lqr"]}), r"region: upright_times\.lqr = "),
    ]:
        with pytest.raises(ValueError, match="^pickled " + said):
            whole(*altered)
    compared = upright.compare(SHORT, ["lqr"])
    assert pickle.loads(pickle.dumps(compared)).runs["lqr"].metrics == compared.runs["lqr"].metrics
    whole, (scenario, runs, refused) = compared.__reduce__()
    for altered_comparison, said in [((3, runs, refused), "scenario = 3"), ((scenario, {"lqr": 1}, refused), "runs = dict")]:
        with pytest.raises(ValueError, match="^pickled comparison: " + said):
            whole(*altered_comparison)


def test_a_search_goes_on_as_it_was_written_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "search"
    upright.tune(SMALL, candidates=3, iterations=2, out=path)
    text = path.read_text(encoding="utf-8")
    line, body = text.split("\n", 1)
    state = json.loads(body)
    assert state["version"] == upright.__version__
    for altered, said in [
        ("", "it does not begin as a checkpoint does"),
        (body, "it does not begin as a checkpoint does"),
        (text[:-10], "it is cut off"),
        (text.replace('"candidates":3', '"candidates":4'), "its bytes are not those that were written"),
        (text[:-2] + "]}", "its bytes are not those that were written"),
        (line + "\n" + "{" * len(body), "its bytes are not those that were written"),
    ]:
        assert altered != text
        path.write_text(altered, encoding="utf-8")
        with pytest.raises(ValueError, match=f"resume: this is no search: {said}"):
            upright.tune(resume=path)
        with pytest.raises(ValueError, match="resume: this is no search"):
            upright.front(resume=path)
    # Bytes that are no text.
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="search is no UTF-8 text: byte 0 is not part"):
        upright.tune(resume=path)


def sealed(body: str) -> str:
    """A text as a search is sealed: FNV-1a of 64 bits, and the length."""
    total = 0xCBF29CE484222325
    for byte in body.encode():
        total = (total ^ byte) * 0x100000001B3 % 2**64
    return f"upright-tune-3 {total:016x} {len(body.encode())}\n{body}"


def test_a_search_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "search"
    upright.tune(SMALL, candidates=3, iterations=1, out=path)
    text = path.read_text(encoding="utf-8")
    body = text.split("\n", 1)[1]
    assert sealed(body) == text
    version = upright.__version__
    path.write_text(sealed(body.replace(f'"version":"{version}"', '"version":"0.0.1"')), encoding="utf-8")
    with pytest.raises(ValueError, match=f"the search is of version 0.0.1, and this is {version}"):
        upright.tune(resume=path)
    path.write_text(sealed("{}"), encoding="utf-8")
    with pytest.raises(ValueError, match="of version none"):
        upright.tune(resume=path)
    path.write_text(sealed(body.replace('"state":{', '"state":{"more":1,').replace('"goal":', '"gaol":')), encoding="utf-8")
    with pytest.raises(ValueError, match="this is no search: missing field `goal`"):
        upright.tune(resume=path)


def test_a_scenario_of_another_version_is_refused_with_its_field(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text(SHORT.to_yaml() + "turbo: {gain: 1}\n", encoding="utf-8")
    with pytest.raises(upright.ScenarioError, match=r"scenario\.yaml: line \d+, column 1: turbo = .*there is no such field") as caught:
        Scenario.load(path)
    assert caught.value.errors[0].path == "turbo"
    text = pickle.dumps(SHORT, protocol=0)
    with pytest.raises(upright.ScenarioError, match="pickled scenario: turbo"):
        pickle.loads(text.replace(b'"plant"', b'"turbo"', 1))
