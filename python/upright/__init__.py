"""Sliding mode control of the double inverted pendulum on a cart.

The plant, the controllers and the studies of the program ``upright``, with the same bits.

Examples
--------
>>> import upright
>>> run = upright.simulate(upright.Scenario(controller="hybrid"))
>>> run.verdict
'settled'
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from . import _arguments, _native
from ._native import Controller, Scenario, Simulator, Tuner
from ._compare import Comparison, Region, compare, roa
from ._front import Front, FrontIteration, FrontMember, front
from ._migrate import Migration, Unmatched, migrate
from ._results import Command, Design, EarlyEnd, Gain, Rate, Run
from ._study import Study, batch
from ._tuning import Iteration, Tuned, tune
from .errors import DesignError, ExecutorError, FieldError, ScenarioError, UprightError

if TYPE_CHECKING:
    from .memory import audit

__version__: str = _native.VERSION

__all__ = [
    "Command",
    "Comparison",
    "Controller",
    "Design",
    "DesignError",
    "EarlyEnd",
    "ExecutorError",
    "FieldError",
    "Front",
    "FrontIteration",
    "FrontMember",
    "Gain",
    "Iteration",
    "Law",
    "Migration",
    "Rate",
    "Region",
    "Run",
    "Scenario",
    "ScenarioError",
    "Simulator",
    "StatefulLaw",
    "Study",
    "Tuned",
    "Tuner",
    "Unmatched",
    "UprightError",
    "audit",
    "batch",
    "compare",
    "design",
    "front",
    "kinds",
    "migrate",
    "roa",
    "simulate",
    "tune",
]

#: A law of your own: time in s and state to a force in N.
Law = Callable[[float, tuple[float, float, float, float, float, float]], float]


class StatefulLaw(Protocol):
    """A law with memory: reset once, then stepped each control period."""

    def reset(self) -> None:
        """Returns to the start."""

    def step(self, measured: tuple[float, ...], /) -> float:
        """One control period: the state to a force in N."""
        ...


def kinds() -> tuple[str, ...]:
    """The kinds of controllers.

    Examples
    --------
    >>> import upright
    >>> "super_twisting" in upright.kinds()
    True
    """
    return _native._kinds()[0]


def simulate(
    scenario: Scenario | None = None,
    *,
    run: int | None = None,
    controller: Law | StatefulLaw | Controller | None = None,
    record: bool = True,
    callback: Callable[[float], object] | None = None,
) -> Run:
    """Runs a scenario.

    Parameters
    ----------
    scenario
        What is run; the nominal one where None.
    run
        Run of the scenario's study to run instead: row ``run`` of ``batch`` to the bit.
    controller
        A law in place of the scenario's: a function of time in s and the state that the scenario's estimator has (a
        tuple of six floats in state order), an object with ``step`` of that state (and ``reset``, called once), or
        a ``Controller``, which is reset and keeps the memory of the end. Its force is limited as every other's. Its
        attribute ``columns``, a dictionary of numbers, adds columns to the record.
    record
        Whether to keep the trajectory.
    callback
        Called some twenty times a second with the simulated time in s. What it raises stops the run.

    Examples
    --------
    >>> import upright
    >>> gains = [31.62, -633.60, 945.12, 46.97, -8.54, 131.23]
    >>> law = lambda t, state: -sum(k * x for k, x in zip(gains, state))
    >>> upright.simulate(controller=law).verdict
    'settled'
    """
    scenario = Scenario() if scenario is None else _arguments.scenario(scenario)
    run = None if run is None else _arguments.whole_number("run", run)
    record = _arguments.truth("record", record)
    _arguments.function("callback", callback)
    return Run(_native._simulate(scenario, run=run, law=controller, record=record, callback=callback))


def design(scenario: Scenario) -> Design:
    """Designs a scenario's controller and says what it tolerates.

    Examples
    --------
    >>> import upright
    >>> upright.design(upright.Scenario()).controllability["rank"]
    6
    """
    return Design(_native._design(_arguments.scenario(scenario)))


def __getattr__(name: str) -> Any:
    # What few programs use is imported when it is.
    if name == "audit":
        from .memory import audit

        return audit
    raise AttributeError(f"module 'upright' has no attribute {name!r}")
