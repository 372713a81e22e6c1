"""The audit: a small zoo, each animal with what it must be called, and the leaks with their lines."""

from __future__ import annotations

import collections
import gc
import pickle
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

import numpy as np
import pytest

import upright
import zoo
from upright import _libc, _native
from upright.memory import audit

pytest_plugins = ["pytester"]


@pytest.mark.parametrize("animal", zoo.ANIMALS, ids=lambda animal: animal.name)
def test_each_of_the_zoo_is_called_what_it_is_and_leaks_are_named_by_their_line(animal: zoo.Animal) -> None:
    was = gc.isenabled()
    try:
        found = animal.audit()
    finally:
        zoo.clear()
    assert animal.right(found), str(found)
    assert found.leaks == animal.leaks and gc.isenabled() == was


def test_amounts_and_rates_are_those_of_what_is_kept() -> None:
    by_name = {animal.name: animal for animal in zoo.ANIMALS}
    try:
        record = by_name["a record that is kept"].audit()
        cut = by_name["a record that is cut"].audit()
        data = by_name["data of numpy in a global"].audit()
        paid = by_name["an import, paid once"].audit()
    finally:
        zoo.clear()
    # 16 numbers, and the array about them; fifty of these.
    assert 128 < record.rate < 400
    assert cut.accounts["python"].amount > 50 * 128
    assert data.rate > 8000
    assert paid.accounts["python"].amount > 16_000


def _of_c(create: Callable[[], Any], step: Callable[[Any, int], object] | None = None) -> upright.Audit:
    """An audit of a leak of 20 kB of C a cycle, beside something else."""
    leak = next(animal for animal in zoo.ANIMALS if animal.name == "the heap of C").step
    assert leak is not None

    def both(subject: Any, i: int) -> None:
        leak(subject, i)
        if step is not None:
            step(subject, i)

    return audit(create, both, cycles=400, mode="steady")


@pytest.mark.skipif(_native._resident() is None, reason="there resident memory is not known")
def test_a_leak_of_c_beside_much_of_python_is_no_cost_paid_once() -> None:
    """What looking at Python's memory frees is no room that a leak of C fills unseen, and what it keeps is no growth."""
    found = _of_c(lambda: [bytearray(600) for _ in range(50_000)])
    assert found.verdict == "leak", str(found)
    assert abs(found.rate - 20_000) < 1000, found.rate


@pytest.mark.skipif(_libc.counter() is None, reason="this library of C does not count its heap")
def test_a_leak_of_c_that_fills_huge_pages_or_holes_is_seen() -> None:
    """Then resident memory rises by 2 MB at once, every hundred cycles, or not at all: numpy asks the system for huge
    pages for arrays from 4 MB on, and what was freed and not given back is filled first."""
    # The first ones that are freed have `malloc` take the next from the heap, where what is free stays: below a fence.
    for count in (3, 5):
        large = [np.ones(1 << 20) for _ in range(count)]
        fence = [np.ones(1000) for _ in range(100)]
        del large
    pages = _of_c(lambda: None)
    assert (pages.verdict, pages.decided_by) == ("leak", "heap"), str(pages)
    assert abs(pages.rate - 20_000) < 1000, pages.rate
    assert len(fence) == 100

    def frees(subject: list[bytearray], i: int) -> None:
        if i == 2:
            # All but the last, above which nothing is.
            del subject[:-1]

    holes = _of_c(lambda: [bytearray(20_000) for _ in range(1000)], frees)
    assert (holes.verdict, holes.decided_by) == ("leak", "heap"), str(holes)
    assert abs(holes.rate - 20_000) < 1000, holes.rate


def test_many_small_objects_of_python_are_no_leak_of_c() -> None:
    """What tracemalloc remembers of each is more than the object, and is on the heap of C."""
    # Not a list, which is made larger by a part of itself.
    kept: collections.deque[object] = collections.deque()
    for allowed, leaks in ((0.0, True), (20_000.0, False)):
        found = audit(
            lambda: None,
            lambda _, i: kept.extend(object() for _ in range(500)),
            cycles=200,
            mode="steady",
            allowed=allowed,
        )
        assert found.leaks == leaks, str(found)
        assert not leaks or found.decided_by == "python", str(found)


def test_what_is_nothing_is_clean() -> None:
    found = audit(lambda: None, cycles=300, resident=False)
    assert found.verdict == "clean", str(found)
    assert {name: account.exact for name, account in found.accounts.items()} == {
        "python": True,
        "blocks": True,
        "rust": True,
    }


def test_what_the_audit_takes_itself_is_not_in_its_numbers() -> None:
    """Not by its samples, nor by what it looks at in the middle; so a leak of one small object a cycle is told as such."""
    nothing = audit(lambda: None, lambda _, i: None, cycles=400, mode="steady")
    assert nothing.verdict == "clean", str(nothing)
    for name in ("python", "blocks", "rust"):
        amounts = nothing.accounts[name].amounts
        assert max(amounts) - min(amounts) <= (64 if name == "python" else 1), (name, amounts)
    kept: collections.deque[object] = collections.deque()
    one = audit(lambda: None, lambda _, i: kept.append(object()), cycles=400, mode="steady")
    assert (one.verdict, one.decided_by) == ("leak", "python"), str(one)
    # The object, and its place in a deque.
    assert 23 < one.rate < 28, one.rate
    assert abs(one.accounts["blocks"].rate - 1.016) < 0.02


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
