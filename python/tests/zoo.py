"""Small subjects of the memory audit, each with what it must be called, and the leaks with their lines."""

from __future__ import annotations

import collections
import ctypes
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import upright

SHORT = upright.Scenario(simulation={"duration": 0.02})


class Simulation:
    """A simulation that keeps every state, as the framework's runner does: its record grows with its steps."""

    def __init__(self) -> None:
        self.history: list[np.ndarray[Any, Any]] = []

    def step(self, i: int) -> None:
        self.history.append(np.full(16, float(i)))  # the leak: a record


class Registry:
    """Controllers that a factory remembers, so that none is ever given back."""

    made: list[Registry] = []

    def __init__(self) -> None:
        self.gains = [float(i) for i in range(100)]  # the leak: a registry
        Registry.made.append(self)


class Cut:
    """A record that is cut to its newest entries."""

    def __init__(self) -> None:
        self.history: collections.deque[np.ndarray[Any, Any]] = collections.deque(maxlen=50)

    def step(self, i: int) -> None:
        self.history.append(np.full(16, float(i)))


class Cycle:
    """An object that refers to itself: the collector's."""

    def __init__(self) -> None:
        self.me = self
        self.numbers = np.zeros(1000)


def _remembers(i: int, seen: list[str] = []) -> None:  # noqa: B006
    seen.append(f"{i:08}")  # the leak: a default


_kept: list[Any] = []


def _keeps(_: None, i: int) -> None:
    _kept.append(np.zeros(1000))  # the leak: data of numpy


def _imports(_: None, i: int) -> None:
    if i == 0:
        _kept.append([object() for _ in range(1000)])


@functools.lru_cache(maxsize=32)
def _cached(i: int) -> list[int]:
    return list(range(100, 120 + i))


def _of_c(_: None, i: int) -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    # Written to, or the system gives it no memory.
    ctypes.memset(ctypes.c_void_p(libc.malloc(20_000)), 1, 20_000)


def _loop() -> None:
    controller, plant = upright.Controller(SHORT), upright.Simulator(SHORT)
    while not plant.over:
        plant.step(controller.step(plant.measured))
    upright.batch(SHORT, 2, threads=1)


def _nothing() -> None:
    pass


class Animal(NamedTuple):
    """A subject, how it is audited, and what is true of it."""

    name: str
    create: Callable[[], Any]
    step: Callable[[Any, int], object] | None
    #: What it may be called.
    verdicts: tuple[str, ...]
    mode: str = "steady"
    cycles: int = 400
    steps: int = 0
    #: What stands behind ``# the leak:`` in the line that leaks; None where it leaks nothing, or in no line of Python.
    line: str | None = None
    resident: bool = False

    @property
    def leaks(self) -> bool:
        return self.verdicts == ("leak",)

    def audit(self) -> upright.Audit:
        """The verdict on it."""
        shared = {"cycles": self.cycles, "mode": self.mode, "resident": self.resident}
        return upright.audit(self.create, self.step, steps=self.steps, **shared)  # type: ignore[arg-type]

    def right(self, found: upright.Audit) -> bool:
        """Whether an audit says what is true of it, line included."""
        return found.verdict in self.verdicts and (self.line is None or self.named(found))

    def named(self, found: upright.Audit) -> bool:
        """Whether an audit names the line that leaks."""
        lines = Path(__file__).read_text(encoding="utf-8").splitlines()
        [line] = [i for i, text in enumerate(lines, 1) if text.endswith(f"# the leak: {self.line}")]
        return any((site.file, site.line) == (__file__, line) for site in found.sites)

    def work(self) -> None:
        """What an audit does in one cycle, once."""
        subject = self.create()
        if self.step is not None:
            for i in range(self.steps or 1):
                self.step(subject, i)


_SPENT = ("clean", "one_time", "bounded")

ANIMALS = (
    Animal("a record that is kept", Simulation, Simulation.step, ("leak",), line="a record"),
    Animal("the same record, which dies with its owner", Simulation, Simulation.step, _SPENT, "lifecycle", 200, 20),
    Animal("a factory that remembers", Registry, None, ("leak",), "lifecycle", 300, line="a registry"),
    Animal("a default that is appended to", _nothing, lambda _, i: _remembers(i), ("leak",), cycles=300, line="a default"),
    Animal("data of numpy in a global", _nothing, _keeps, ("leak",), cycles=200, line="data of numpy"),
    Animal("a record that is cut", Cut, Cut.step, ("bounded", "one_time"), cycles=600),
    Animal("cycles of references", Cycle, None, _SPENT, "lifecycle", 200),
    Animal("a cache that fills", _nothing, lambda _, i: _cached(i % 40), _SPENT, cycles=800),
    Animal("an import, paid once", _nothing, _imports, ("one_time",)),
    Animal("the heap of C", _nothing, _of_c, ("leak",), cycles=400, resident=True),
    Animal("controllers, plants and studies of ours", _nothing, lambda _, i: _loop(), ("clean", "one_time"), cycles=200),
    Animal("nothing", _nothing, None, ("clean", "one_time"), "lifecycle", 300),
)


def clear() -> None:
    """Gives back what the leaks have kept."""
    Registry.made.clear()
    _kept.clear()
    _remembers.__defaults__[0].clear()  # type: ignore[index]
    _cached.cache_clear()
