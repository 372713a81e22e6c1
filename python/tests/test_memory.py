"""The audit: a small zoo, each animal with what it must be called, and the leaks with their lines."""

from __future__ import annotations

import collections
import functools
import gc
import pickle
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import upright
from upright import _native
from upright.memory import audit

pytest_plugins = ["pytester"]


def line_of(text: str) -> int:
    """The line of this file that holds a text and is marked."""
    lines = Path(__file__).read_text().splitlines()
    [found] = [i for i, line in enumerate(lines, 1) if text in line and "# the leak" in line]
    return found


class Simulation:
    """A simulation that keeps every state, as the framework's runner does: its record grows with its steps."""

    def __init__(self) -> None:
        self.history: list[np.ndarray] = []

    def step(self, i: int) -> None:
        self.history.append(np.full(16, float(i)))  # the leak


class Registry:
    """Controllers that a factory remembers, so that none is ever given back."""

    made: list["Registry"] = []

    def __init__(self) -> None:
        self.gains = [float(i) for i in range(100)]  # the leak of the registry
        Registry.made.append(self)


class Cut:
    """A record that is cut to its newest entries."""

    def __init__(self) -> None:
        self.history: collections.deque[np.ndarray] = collections.deque(maxlen=50)

    def step(self, i: int) -> None:
        self.history.append(np.full(16, float(i)))


class Cycle:
    """An object that refers to itself: the collector's."""

    def __init__(self) -> None:
        self.me = self
        self.numbers = np.zeros(1000)


def test_a_record_that_is_kept_is_a_leak_with_its_line() -> None:
    found = audit(Simulation, lambda subject, i: subject.step(i), cycles=400, mode="steady", resident=False)
    assert found.verdict == "leak"
    # 16 numbers, and the array about them.
    assert 128 < found.rate < 400
    assert any(site.file == __file__ and site.line == line_of("np.full(16") for site in found.sites), str(found)


def test_the_same_record_dies_with_its_owner() -> None:
    found = audit(Simulation, lambda subject, i: subject.step(i), cycles=200, steps=20, resident=False)
    assert found.verdict in ("clean", "one_time", "bounded"), str(found)


def test_a_factory_that_remembers_is_a_leak_with_its_line() -> None:
    try:
        found = audit(Registry, cycles=300, resident=False)
    finally:
        Registry.made.clear()
    assert found.verdict == "leak"
    assert any(site.file == __file__ and site.line == line_of("self.gains") for site in found.sites), str(found)


def test_a_function_that_appends_to_its_default_is_a_leak_with_its_line() -> None:
    def compute(i: int, seen: list[str] = []) -> None:  # noqa: B006
        seen.append(f"{i:08}")  # the leak of the default

    found = audit(lambda: None, lambda _, i: compute(i), cycles=300, mode="steady", resident=False)
    assert found.verdict == "leak"
    line = line_of("seen.append")
    assert any(site.file == __file__ and site.line == line for site in found.sites), str(found)


def test_a_record_that_is_cut_is_bounded() -> None:
    found = audit(Cut, lambda subject, i: subject.step(i), cycles=600, mode="steady", resident=False)
    assert found.verdict in ("bounded", "one_time"), str(found)
    # Fifty arrays of 16 numbers.
    assert found.accounts["python"].amount > 50 * 128


def test_cycles_are_the_collectors_and_no_leak() -> None:
    was = gc.isenabled()
    found = audit(Cycle, cycles=200, resident=False)
    assert not found.leaks, str(found)
    assert gc.isenabled() == was


def test_a_cache_that_fills_is_none() -> None:
    @functools.lru_cache(maxsize=32)
    def cached(i: int) -> list[int]:
        return list(range(100, 120 + i))

    found = audit(lambda: None, lambda _, i: cached(i % 40), cycles=800, mode="steady", resident=False)
    assert found.verdict in ("bounded", "one_time", "clean"), str(found)


def test_an_import_is_paid_once() -> None:
    kept: list[Any] = []

    def pays_once(_: None, i: int) -> None:
        if i == 0:
            kept.append([object() for _ in range(1000)])

    found = audit(lambda: None, pays_once, cycles=400, mode="steady", resident=False)
    assert found.verdict == "one_time", str(found)
    assert found.accounts["python"].amount > 16_000


def test_data_of_numpy_is_counted() -> None:
    kept = []
    found = audit(
        lambda: None, lambda _, i: kept.append(np.zeros(1000)), cycles=200, mode="steady", resident=False
    )
    assert found.verdict == "leak" and found.rate > 8000


def test_what_is_nothing_is_clean() -> None:
    found = audit(lambda: None, cycles=300, resident=False)
    assert found.verdict in ("clean", "one_time"), str(found)
    assert {name: account.exact for name, account in found.accounts.items()} == {
        "python": True,
        "blocks": True,
        "rust": True,
    }


def test_an_allowed_growth_is_no_leak() -> None:
    kept: list[bytes] = []
    found = audit(
        lambda: None,
        lambda _, i: kept.append(bytes(100)),
        cycles=200,
        mode="steady",
        allowed=1000.0,
        resident=False,
    )
    assert not found.leaks


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="cycles = 3: allowed is from 40"):
        audit(lambda: None, cycles=3)
    with pytest.raises(ValueError, match="mode = forever: allowed is one of"):
        audit(lambda: None, mode="forever")  # type: ignore[arg-type]


def test_an_audit_is_data() -> None:
    found = audit(lambda: None, cycles=100, resident=False)
    assert pickle.loads(pickle.dumps(found)) == found


SHORT = upright.Scenario(simulation={"duration": 0.02}, tuning={"draws": 2, "confirm": 2})


def _stepped() -> None:
    controller, plant = upright.Controller(SHORT), upright.Simulator(SHORT)
    plant.step(controller.step(plant.measured))
    controller.reset()
    plant.reset()


def _refused() -> None:
    try:
        upright.Scenario(plant={"cart_mass": -1})
    except upright.ScenarioError:
        pass


@pytest.mark.parametrize(
    "work",
    [
        lambda: upright.Scenario(SHORT.to_dict()),
        lambda: pickle.loads(pickle.dumps(SHORT)),
        lambda: upright.simulate(SHORT),
        lambda: upright.simulate(SHORT, controller=lambda t, state: 0.0),
        lambda: upright.design(SHORT),
        lambda: upright.batch(SHORT, 8, threads=2),
        lambda: upright.Tuner(SHORT, candidates=3).ask(),
        lambda: _native._Fleet(SHORT, 9, observation="angles", reward="quadratic").seed(1),
        _stepped,
        _refused,
    ],
    ids=["Scenario", "pickle", "simulate", "law", "design", "batch", "Tuner", "fleet", "stepped", "refused"],
)
def test_the_extension_gives_back_every_byte(work: Callable[[], object]) -> None:
    for _ in range(3):
        work()
    gc.collect()
    before = _native._rust_bytes()
    for _ in range(60):
        work()
    gc.collect()
    assert _native._rust_bytes() == before


def test_a_step_asks_for_no_memory() -> None:
    for kind in upright.kinds():
        controller = upright.Controller(upright.Scenario(controller=kind))
        state = (0.0, 0.05, -0.03, 0.0, 0.0, 0.0)
        controller.step(state)
        before = _native._rust_requests()
        for _ in range(100):
            controller.step(state)
        # One may be that of another thread of the interpreter.
        assert _native._rust_requests() == before


def test_the_fixture_and_the_marker(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        kept = []

        @pytest.mark.leak_free(cycles=100)
        def test_keeps():
            kept.append(bytearray(1000))

        @pytest.mark.leak_free(cycles=100)
        def test_gives_back(tmp_path):
            list(range(1000))

        def test_fixture(memory_audit):
            found = memory_audit(list, lambda subject, i: subject.append(i), cycles=100, steps=3, resident=False)
            assert not found.leaks

        def test_fixture_fails(memory_audit):
            memory_audit(lambda: None, lambda _, i: kept.append(bytearray(500)), cycles=100, mode="steady")
        """
    )
    # Where the package is installed, its plugin is found by itself.
    found = any(point.name == "upright" for point in entry_points(group="pytest11"))
    named = () if found else ("-p", "upright.pytest_plugin")
    result = pytester.runpytest_subprocess("--upright-audit=report.html", *named)
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["*leak: python memory grows by*"])
    report = (pytester.path / "report.html").read_text()
    assert report.count("<tr><td>") == 4 and "test_keeps" in report
