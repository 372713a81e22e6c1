"""What is no input is refused by an exception that says what and where."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import upright
from upright import Controller, Scenario, Simulator

SHORT = Scenario(simulation={"duration": 0.2})

STATES: list[tuple[Any, type[Exception], str]] = [
    ([0.0] * 5, ValueError, r"a list of length 5; allowed are 6 numbers"),
    (np.zeros(7), ValueError, r"a ndarray of shape \(7,\)"),
    (np.zeros((1, 6)), ValueError, r"a ndarray of shape \(1, 6\)"),
    (np.zeros((6, 1)), ValueError, r"a ndarray of shape \(6, 1\)"),
    (np.zeros((6, 1), np.float32), ValueError, r"a ndarray of shape \(6, 1\)"),
    (np.array(1.0), TypeError, r"a ndarray of shape \(\)"),
    ([0.0, "a", 0.0, 0.0, 0.0, 0.0], TypeError, r"\.1: 'a' is no number"),
    (["0.1"] * 6, TypeError, r"\.0: '0.1' is no number"),
    (np.array(["a"] * 6), TypeError, r"\.0: .* is no number"),
    (np.zeros(6, complex), TypeError, r"\.0: .* is no number"),
    ((0.0, 0.0, [0.0], 0.0, 0.0, 0.0), TypeError, r"\.2: \[0.0\] is no number"),
    ([0.0, np.nan, 0.0, 0.0, 0.0, 0.0], ValueError, r"\.1 = NaN: allowed is a finite number"),
    ([0.0, 0.0, 0.0, -np.inf, 0.0, 0.0], ValueError, r"\.3 = -inf"),
    # They have six, and no order, or are no numbers.
    (dict.fromkeys(range(6), 0.0), ValueError, "a dict of length 6"),
    ({1, 2, 3, 4, 5, 6}, ValueError, "a set of length 6"),
    (frozenset(range(6)), ValueError, "a frozenset of length 6"),
    (b"abcdef", ValueError, "a bytes of length 6"),
    (bytearray(6), ValueError, "a bytearray of length 6"),
    ("abcdef", TypeError, "a str of length 6"),
    (iter([0.0] * 6), TypeError, "a list_iterator; allowed are 6 numbers"),
]


@pytest.mark.parametrize(("state", "kind", "said"), STATES)
def test_states(state: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match="^measured:? ?" + said if not said.startswith(r"\.") else "^measured" + said):
        Controller(SHORT).step(state)
    with pytest.raises(kind, match="^state"):
        Simulator(SHORT).reset(state=state)


class Law:
    """A law with something that no law has."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    def step(self, measured: tuple[float, ...], /) -> float:
        return 0.0


def returns(answer: Any) -> Callable[..., Any]:
    return lambda t, state: answer


@pytest.mark.parametrize(
    ("law", "kind", "said"),
    [
        (returns(np.array([1.0])), TypeError, r"the law returned a ndarray: allowed is one number, a force in N \(at t = 0\)"),
        (returns(np.zeros(2)), TypeError, "the law returned a ndarray"),
        (returns(None), TypeError, "the law returned a NoneType"),
        (returns("1"), TypeError, "the law returned a str"),
        (returns(1j), TypeError, "the law returned a complex"),
        (returns(float("nan")), ValueError, "the law returned NaN at t = 0"),
        (lambda t, state: 1 / 0, ZeroDivisionError, "division by zero"),
        (lambda state: 0.0, TypeError, "positional argument"),
        (Law(reset=3), TypeError, "controller.reset: a int is no function"),
        (Law(columns=["a"]), TypeError, "controller.columns: a <class 'list'>; allowed is a dict of numbers"),
        (Law(columns={"a": "b"}), TypeError, "columns: a = b: allowed is a number"),
        (Law(columns={3: 1.0}), TypeError, "columns: 3 is no name"),
        (Law(columns={"t": 1.0}), ValueError, "columns: t is a column of every trajectory"),
        (3, TypeError, "controller: a int is no law"),
    ],
)
def test_laws(law: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        upright.simulate(SHORT, controller=law)


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda: upright.batch(SHORT, -1), ValueError, "runs = -1: allowed are whole numbers from 0"),
        (lambda: upright.batch(SHORT, 2**70), ValueError, "runs = 1180591620717411303424"),
        (lambda: upright.batch(SHORT, 1.5), TypeError, "runs = 1.5: allowed is a whole number"),  # type: ignore[arg-type]
        (lambda: upright.batch(SHORT, "3"), TypeError, "runs = '3'"),  # type: ignore[arg-type]
        (lambda: upright.batch(SHORT, 3, first=-1), ValueError, "first = -1"),
        (lambda: upright.batch(SHORT, 3, shards=2), ValueError, "shards = 2: allowed with an executor"),
        (lambda: upright.batch(SHORT, 3, executor=3), TypeError, "executor: a int has neither submit nor map"),
        (lambda: upright.batch(SHORT, 3, threads=0), ValueError, "threads = 0: allowed are whole numbers from 1 to 4096"),
        (lambda: upright.batch(SHORT, 3, threads=-1), ValueError, "threads = -1: allowed are whole numbers from 1"),
        (lambda: upright.batch(SHORT, 3, threads="2"), TypeError, "threads = '2'"),  # type: ignore[arg-type]
        (lambda: upright.batch(SHORT, 3, progress=3), TypeError, "progress = 3: allowed is a function"),  # type: ignore[arg-type]
        (lambda: upright.batch({"plant": {}}, 3), TypeError, "scenario: a dict; allowed is a Scenario"),  # type: ignore[arg-type]
        (lambda: upright.simulate("a.yaml"), TypeError, "scenario: a str; allowed is a Scenario"),  # type: ignore[arg-type]
        (lambda: upright.simulate(SHORT, run=-1), ValueError, "run = -1: allowed are whole numbers from 0"),
        (lambda: upright.simulate(SHORT, run=1.5), TypeError, "run = 1.5"),  # type: ignore[call-overload]
        (lambda: upright.simulate(SHORT, callback=3), TypeError, "callback = 3: allowed is a function"),  # type: ignore[arg-type]
        (lambda: upright.design(None), TypeError, "scenario: a NoneType"),  # type: ignore[arg-type]
        (lambda: upright.compare(None), TypeError, "scenario: a NoneType"),  # type: ignore[arg-type]
        (lambda: upright.compare(SHORT, "lqr"), TypeError, r"controllers = 'lqr': allowed is a list of kinds, such as \['lqr'\]"),
        (lambda: upright.compare(SHORT, [1]), TypeError, "controllers: 1 is no kind"),  # type: ignore[list-item]
        (lambda: upright.compare(SHORT, []), ValueError, "controllers: an empty list; allowed is at least one kind"),
        (lambda: upright.roa(SHORT, controllers="lqr"), TypeError, "controllers = 'lqr'"),
        (lambda: upright.tune("a.yaml"), TypeError, "scenario: a str"),  # type: ignore[arg-type]
        (lambda: upright.tune(SHORT, candidates=2.5), TypeError, "candidates = 2.5"),  # type: ignore[arg-type]
        (lambda: upright.tune(SHORT, candidates=10**30), ValueError, "candidates = 10{30}"),
        (lambda: upright.front("a.yaml", ("effort", "angle")), TypeError, "scenario: a str"),  # type: ignore[arg-type]
        (lambda: Simulator(SHORT, run=-1), ValueError, "run = -1: allowed are whole numbers from 0$"),
        (lambda: Simulator(SHORT).reset(run="1"), TypeError, "run = '1': allowed are whole numbers"),  # type: ignore[arg-type]
        (lambda: Simulator(SHORT).step(0.0, -1), ValueError, "periods = -1: allowed are whole numbers from 1 to 4294967295"),
        (lambda: Simulator(SHORT).step(0.0, 2**40), ValueError, "periods = 1099511627776"),
        (lambda: Simulator(SHORT).push(1.0, -1.0), ValueError, "duration = -1: allowed is from 0 s"),
        (lambda: SHORT.draw(-1), ValueError, "run = -1: allowed are whole numbers from 0$"),
        (lambda: SHORT.draw(1.5), TypeError, "run = 1.5"),  # type: ignore[arg-type]
        (lambda: upright.audit(3), TypeError, "create = 3: allowed is a function"),  # type: ignore[arg-type]
        (lambda: upright.roa(SHORT, 3), TypeError, "^x = 3: allowed is a state's name"),  # type: ignore[arg-type]
        (lambda: upright.roa(SHORT, y=("theta1", 0, 1)), ValueError, r"^y = \('theta1', 0, 1\)"),  # type: ignore[arg-type]
        (lambda: upright.roa(SHORT, ("theta1", "a", 1, 3)), ValueError, "^x = "),  # type: ignore[arg-type]
        (lambda: upright.roa(SHORT, ("theta1", 0, 1, 2.5)), TypeError, "^x = "),  # type: ignore[arg-type]
        (lambda: upright.roa(SHORT, ("theta1", np.nan, 1, 3)), ValueError, "x: from NaN to 1"),
        (lambda: upright.roa(SHORT, ("theta9", 0, 1, 3)), ValueError, "x.0 = theta9: allowed is one of x, theta1"),
    ],
)
def test_studies_and_regions(call: Callable[[], object], kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        call()


def test_points_and_costs() -> None:
    tuner = upright.Tuner(SHORT.replace({"tuning.draws": 2, "tuning.confirm": 2}), candidates=3)
    points = tuner.ask()
    costs = tuner.judge(points)
    # Lists and floats of other widths are numbers too.
    assert tuner.judge(points.tolist()).tobytes() == costs.tobytes()  # type: ignore[arg-type]
    gains = len(tuner.space)
    refused: list[tuple[Any, str]] = [
        (points[0], rf"points: of shape \({gains},\); allowed are rows of {gains} numbers, one a gain"),
        (points[None], rf"points: of shape \(1, 3, {gains}\)"),
        ([["a"] * gains], "points: of dtype <U1; allowed are rows"),
        ([[0.5], [0.5, 0.5]], "points: allowed are rows"),
        (points + 1j, "points: of dtype complex128"),
        (points[:, 1:], f"a point of {gains - 1} numbers"),
        (points * np.nan, "point.0 = NaN: allowed is from 0 to 1"),
    ]
    for given, said in refused:
        with pytest.raises(ValueError, match=said):
            tuner.judge(given)
    for given, said in [
        ([0.0, float("nan"), 0.0], "costs.1 = NaN: allowed is a number or infinity"),
        ([0.0, 0.0, float("-inf")], "costs.2 = -inf"),
        ([0.0], "costs: 1 numbers; allowed are 3"),
    ]:
        with pytest.raises(ValueError, match=said):
            tuner.tell(given)
    for given in (["a"] * 3, np.zeros((3, 1)), None):
        with pytest.raises(TypeError, match="costs: allowed are 3 numbers, one a point"):
            tuner.tell(given)
    tuner.tell([float("inf"), *costs[1:]])


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_bytes(b"seed: 3 # \xff\n")
    with pytest.raises(upright.ScenarioError, match=r"scenario\.yaml is no UTF-8 text: byte 10 is not part of a character"):
        Scenario.load(path)


def test_a_search_that_cannot_be_written_is_refused_before_it_begins(tmp_path: Path) -> None:
    steps: list[object] = []
    small = SHORT.replace({"tuning.draws": 2, "tuning.confirm": 2})
    with pytest.raises(FileNotFoundError, match="nowhere/search: there is no such folder"):
        upright.tune(small, candidates=2, iterations=1, out=tmp_path / "nowhere" / "search", callback=steps.append)
    with pytest.raises(TypeError, match="callback = 3: allowed is a function"):
        upright.tune(small, candidates=2, iterations=1, callback=3)  # type: ignore[arg-type]
    assert steps == []


def test_a_step_that_is_given_is_audited_in_every_cycle() -> None:
    with pytest.raises(ZeroDivisionError):
        upright.audit(list, lambda subject, i: 1 / 0, cycles=50, resident=False)


def test_complex_numbers_lose_no_half_where_warnings_are_ignored() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for state in (np.zeros(6, complex), np.zeros(6, np.complex64), (np.complex64(1),) * 6, [1j] * 6):
            with pytest.raises(TypeError, match=r"^measured\.0: .* is no number"):
                Controller(SHORT).step(state)
        for force in (1j, np.complex64(1)):
            with pytest.raises(TypeError, match="^force = .*: allowed is a number"):
                Simulator(SHORT).step(force)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda: Simulator(SHORT).step("1"), TypeError, "^force = '1': allowed is a number"),
        (lambda: Simulator(SHORT).step(np.zeros(1)), TypeError, r"^force = array\(\[0.\]\): allowed is a number"),
        (lambda: Simulator(SHORT).push(None, 1), TypeError, "^force = None: allowed is a number"),
        (lambda: Simulator(SHORT).push(1, "1"), TypeError, "^duration = '1': allowed is a number"),
        (lambda: upright.simulate(SHORT, controller=Controller), TypeError, "^controller: the class Controller is no law"),
        (lambda: upright.simulate(SHORT, record="no"), TypeError, "^record = 'no': allowed is True or False"),
        (lambda: SHORT[5], TypeError, "^path: a int; allowed is a str"),
        (lambda: Scenario.from_yaml(b"seed: 1"), TypeError, "^text: a bytes; allowed is a str"),
        (lambda: upright.batch(SHORT, 2**63), ValueError, "^runs = 9223372036854775808: allowed are whole numbers from 0 to"),
        (lambda: upright.batch(SHORT, 2).replay(1.5), TypeError, "^run = 1.5"),  # type: ignore[arg-type]
        (lambda: upright.Study.shards(1.5, 2), TypeError, "^runs = 1.5"),  # type: ignore[arg-type]
        (lambda: upright.Study.shards(10, 0), ValueError, "^count = 0: allowed are whole numbers from 1"),
        (lambda: upright.audit(list, sites=-1), ValueError, "^sites = -1"),
        (lambda: upright.audit(list, frames=0), ValueError, "^frames = 0: allowed are whole numbers from 1 to 100"),
        (lambda: upright.audit(list, allowed=float("nan")), ValueError, "^allowed = nan: allowed is from 0"),
    ],
)
def test_arguments_are_named(call: Callable[[], object], kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        call()


class Brings:
    """An executor that brings something else back than it was asked for."""

    def __init__(self, found: object) -> None:
        self.found = found

    def submit(self, *arguments: object) -> Brings:
        return self

    def result(self) -> object:
        return self.found


class Maps:
    """An executor that loses all."""

    def map(self, *arguments: object) -> list[object]:
        return []


def test_an_executor_that_brings_something_else_back_is_named() -> None:
    with pytest.raises(upright.ExecutorError, match="runs 0 to 4, 5 to 9 .* brought a str back, and no Study"):
        upright.batch(SHORT, 10, executor=Brings("done"), shards=2)
    with pytest.raises(upright.ExecutorError, match="runs 5 to 9 .* brought the runs from 0 to 4 back in place"):
        upright.batch(SHORT, 10, executor=Brings(upright.batch(SHORT, 5)), shards=2)
    with pytest.raises(upright.ExecutorError, match="its map brought 0 of 2 parts back"):
        upright.batch(SHORT, 10, executor=Maps(), shards=2)
