"""The search for gains."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, final

from . import _arguments, _native
from ._native import Scenario
from ._results import Gain, write_text


Row = TypeVar("Row")
Found = TypeVar("Found")
Search = TypeVar("Search")


def opened(
    kind: Callable[..., Search],
    scenario: Scenario | None,
    resume: str | os.PathLike[str] | None,
    out: str | os.PathLike[str] | None,
    callback: Any,
    **asked: Any,
) -> Search:
    """A search of a scenario, or one that was written, to go on with; what would be refused later is refused before it
    begins."""
    _arguments.function("callback", callback)
    if out is not None and not os.path.isdir(os.path.dirname(os.path.abspath(out))):
        raise FileNotFoundError(f"out = {os.fspath(out)}: there is no such folder to write it into")
    if scenario is not None:
        _arguments.scenario(scenario)
    numbers = {"candidates": 2, "iterations": 1, "patience": 1}
    for name, least in numbers.items():
        if asked[name] is not None:
            asked[name] = _arguments.whole_number(name, asked[name], least)
    asked["threads"] = _arguments.threads(asked["threads"])
    written = None
    if resume is not None:
        with open(resume, encoding="utf-8") as file:
            try:
                written = file.read()
            except UnicodeDecodeError as error:
                place = f"byte {error.start} is not part of a character"
                raise ValueError(f"resume: this is no search: {os.fspath(resume)} is no UTF-8 text: {place}") from None
    try:
        return kind(scenario, written=written, **asked)
    except KeyboardInterrupt as error:
        error.partial = None  # type: ignore[attr-defined]
        raise


def stepped(
    search: _native._Search | _native._FrontSearch,
    row: Callable[..., Row],
    history: list[Row],
    found: Callable[[bool], Found],
    out: str | os.PathLike[str] | None,
    callback: Callable[[Row], bool | None] | None,
) -> Found:
    """Steps a search to its end, or until ``callback`` returns False; ``found`` makes what is returned, or is the
    attribute ``partial`` of an exception, of whether the search has come to its end."""
    try:
        while (fields := search.step()) is not None:
            history.append(row(**fields))
            if out is not None:
                write_text(out, search.state())
            if callback is not None and callback(history[-1]) is False:
                return found(False)
    except BaseException as error:
        error.partial = found(False)  # type: ignore[attr-defined]
        raise
    return found(True)


class Iteration(NamedTuple):
    """A step of a search, as the program's ``history.csv`` has it."""

    #: Its number, from one.
    iteration: int
    #: The least cost so far, that of the scenario's own gains included.
    best: float
    #: Least, mean and largest cost of this step's candidates that are controllers.
    iteration_best: float | None
    mean: float | None
    worst: float | None
    #: Root mean square distance of the candidates from their centre, as a share of the distance between the bounds.
    diversity: float
    #: Candidates judged so far.
    evaluations: int


@final
class Tuned:
    """What a search has found.

    Examples
    --------
    >>> import upright
    >>> s = upright.Scenario(simulation={"duration": 1}, tuning={"draws": 2, "confirm": 2})
    >>> tuned = upright.tune(s, candidates=4, iterations=2)
    >>> tuned.cost_after <= tuned.cost_before
    True
    """

    def __init__(
        self,
        scenario: Scenario,
        costs: tuple[float, float],
        gains: list[tuple[Gain, float]],
        history: list[Iteration],
        complete: bool,
        state: str,
    ) -> None:
        #: The scenario with the gains that were found.
        self.scenario = scenario
        #: What its own gains cost before, and what those found cost, on the draws of the search.
        self.cost_before, self.cost_after = costs
        #: Each gain and its value now.
        self.gains = gains
        #: The steps of this call.
        self.history = history
        #: False where the search was stopped before its end.
        self.complete = complete
        self._state = state

    def validate(self, *, threads: int | None = None) -> dict[str, Any]:
        """Judges what was found against the start on draws that the search has not seen, as the program does."""
        found: dict[str, Any] = _native._Search(written=self._state, threads=threads).validate()
        return found

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the search, to go on with by ``tune(resume=path)``; whole or not at all."""
        write_text(path, self._state)

    def __reduce__(self) -> tuple[Any, ...]:
        costs = (self.cost_before, self.cost_after)
        return Tuned, (self.scenario, costs, self.gains, self.history, self.complete, self._state)

    def __repr__(self) -> str:
        stopped = "" if self.complete else ", stopped before its end"
        return f"<Tuned: cost {self.cost_before:.4g} to {self.cost_after:.4g} in {len(self.history)} steps{stopped}>"


def tune(
    scenario: Scenario | None = None,
    *,
    method: str | None = None,
    candidates: int | None = None,
    iterations: int | None = None,
    patience: int | None = None,
    threads: int | None = None,
    resume: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    callback: Callable[[Iteration], bool | None] | None = None,
) -> Tuned:
    """Searches for the gains of a scenario's controller, as the program's ``tune`` does, to the same bits.

    As there, a scale of the cost that nobody has written and that the start's own figures are far from is set to them
    first; ``Tuned.scenario`` has it.

    Parameters
    ----------
    scenario
        Whose gains; with ``resume`` it may be left out, and must be the same where it is given.
    method
        ``"pso"`` (the default), ``"cma-es"`` or ``"de"``.
    candidates, iterations
        Candidates a step (40) and the step at which the search ends (50).
    patience
        Ends the search after so many steps without anything better.
    resume
        A search that ``out`` or ``Tuned.save`` has written, to go on with.
    out
        Where the search is written after every step.
    callback
        Called with each step; the search stops where it returns False.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C; its attribute ``partial`` is what was found until then, None while the scenario's own gains were
        judged. So it is of what ``callback`` raises.
    """
    search = opened(
        _native._Search,
        scenario,
        resume,
        out,
        callback,
        method=method,
        candidates=candidates,
        iterations=iterations,
        patience=patience,
        threads=threads,
    )
    history: list[Iteration] = []

    def found(complete: bool) -> Tuned:
        return Tuned(search.scenario, search.costs, search.gains, history, complete, search.state())

    return stepped(search, Iteration, history, found, out, callback)
