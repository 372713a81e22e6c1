"""The search for a front between two terms of the cost."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, final

from . import _native
from ._native import Scenario
from ._results import Gain, need, write_text
from ._tuning import opened, stepped


class FrontIteration(NamedTuple):
    """A step of the search for a front, as the program's ``history.csv`` has it."""

    #: Its number, from one.
    iteration: int
    #: The area between the front and the costs (1, 1).
    hypervolume: float
    #: Gains on the front.
    members: int
    #: The least cost of a member in each objective.
    least: tuple[float, float]
    #: Root mean square distance of the candidates from their centre, as a share of the distance between the bounds.
    diversity: float
    #: Candidates judged so far.
    evaluations: int


class FrontMember(NamedTuple):
    """Gains that no others of the front are as good as in both objectives."""

    #: Whether they are the scenario's own.
    start: bool
    #: Mean cost of a run in each objective, from 0 to 1 where it stands.
    costs: tuple[float, float]
    #: Median of what each objective is made of, in its unit; None where half of the runs have none.
    medians: tuple[float | None, float | None]
    #: Runs that settled, that stayed upright under a force that does not chatter, and that ended early; of how many.
    settled: int
    calm: int
    failed: int
    runs: int
    #: Each gain by its path within the controller.
    gains: dict[str, float]
    #: The scenario with these gains.
    scenario: Scenario


def _member(start: bool, figures: dict[str, Any], scenario: Scenario, gains: dict[str, float]) -> FrontMember:
    costs, medians = tuple(figures["cost"]), tuple(figures["median"])
    settled, calm, failed, runs = (figures[name] for name in ("settled", "calm", "failed", "runs"))
    return FrontMember(start, costs, medians, settled, calm, failed, runs, gains, scenario)


@final
class Front:
    """The front that a search has found: ``len()``, iterable, and indexed by members in ascending order of the first
    objective.

    Examples
    --------
    >>> import upright
    >>> s = upright.Scenario(simulation={"duration": 1}, tuning={"draws": 2, "confirm": 2})
    >>> front = upright.front(s, ("effort", "angle"), candidates=4, iterations=2)
    >>> all(a.costs[0] < b.costs[0] and a.costs[1] > b.costs[1] for a, b in zip(front, front[1:]))
    True
    """

    def __init__(
        self,
        objectives: tuple[str, str],
        units: tuple[str, str],
        space: list[Gain],
        start: FrontMember,
        members: list[FrontMember],
        hypervolume: float,
        history: list[FrontIteration],
        complete: bool,
        state: str,
    ) -> None:
        #: The two terms of the cost, and the units of what they are made of.
        self.objectives, self.units = objectives, units
        #: The gains that were searched.
        self.space = space
        #: What the scenario's own gains came to.
        self.start = start
        #: The members.
        self.members = members
        #: The area between the front and the costs (1, 1).
        self.hypervolume = hypervolume
        #: The steps of this call.
        self.history = history
        #: False where the search was stopped before its end.
        self.complete = complete
        self._state = state

    def validate(self, *, threads: int | None = None) -> dict[str, Any]:
        """Judges start and members on draws that the search has not seen, as the program does."""
        found: dict[str, Any] = _native._FrontSearch(written=self._state, threads=threads).validate()
        return found

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the search, to go on with by ``front(resume=path)``; whole or not at all."""
        write_text(path, self._state)

    def to_pandas(self) -> Any:
        """A data frame, a row a member: costs, medians, counts and gains."""
        rows = []
        for member in self.members:
            row: dict[str, Any] = {"start": member.start}
            for kind, pair in (("cost", member.costs), ("median", member.medians)):
                row.update({f"{name}_{kind}": x for name, x in zip(self.objectives, pair, strict=True)})
            row.update({name: getattr(member, name) for name in ("settled", "calm", "failed", "runs")})
            rows.append(row | member.gains)
        return need("pandas", "frames").DataFrame(rows)

    def plot(self, axes: Any = None) -> Any:
        """Draws the members' costs, and those of the start, with matplotlib; returns the figure."""
        from .plot import front as draw

        return draw(self, axes)

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[FrontMember]:
        return iter(self.members)

    def __getitem__(self, index: Any) -> Any:
        return self.members[index]

    def __reduce__(self) -> tuple[Any, ...]:
        what = (self.objectives, self.units, self.space, self.start, self.members)
        return Front, (*what, self.hypervolume, self.history, self.complete, self._state)

    def __repr__(self) -> str:
        stopped = "" if self.complete else ", stopped before its end"
        first, second = self.objectives
        return f"<Front: {first} against {second}, {len(self)} members, hypervolume {self.hypervolume:.4f}{stopped}>"


def front(
    scenario: Scenario | None = None,
    objectives: Sequence[str] | None = None,
    *,
    candidates: int | None = None,
    iterations: int | None = None,
    patience: int | None = None,
    threads: int | None = None,
    resume: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    callback: Callable[[FrontIteration], bool | None] | None = None,
) -> Front:
    """Searches for gains of which none is better in both of two terms of the cost, as the program's
    ``tune --objectives`` does, to the same bits (NSGA-II).

    Parameters
    ----------
    scenario
        Whose gains; with ``resume`` it may be left out, and must be the same where it is given.
    objectives
        Two of ``settling``, ``angle``, ``cart``, ``effort``, ``variation``, ``saturation`` and ``falls``; those of the
        scenario's ``tuning.objectives`` where None.
    candidates, iterations
        Candidates a step, for as many of which the front has room (40), and the step at which the search ends (50).
    patience
        Ends the search after so many steps without anything better.
    resume
        A search that ``out`` or ``Front.save`` has written, to go on with.
    out
        Where the search is written after every step.
    callback
        Called with each step; the search stops where it returns False.

    Raises
    ------
    ScenarioError
        Where the objectives are not two different terms.
    ValueError
        Where there are none, or nothing to tune.
    KeyboardInterrupt
        On Ctrl-C; its attribute ``partial`` is what was found until then, None while the scenario's own gains were
        judged. So it is of what ``callback`` raises.
    """
    if scenario is not None and objectives is not None and isinstance(scenario, Scenario):
        # Its check names what is no term.
        scenario = scenario.replace({"tuning.objectives": objectives})
    search = opened(
        _native._FrontSearch,
        scenario,
        resume,
        out,
        callback,
        objectives=None if objectives is None else ",".join(map(str, objectives)),
        candidates=candidates,
        iterations=iterations,
        patience=patience,
        threads=threads,
    )
    names, units = search.objectives
    space, history = search.space, list[FrontIteration]()

    def named_gains(values: list[float]) -> dict[str, float]:
        return {gain.path: value for gain, value in zip(space, values, strict=True)}

    def found(complete: bool) -> Front:
        begun = _member(True, search.start, search.scenario, named_gains([gain.start for gain in space]))
        members = [
            _member(start, figures, tuned, named_gains(values)) for start, figures, tuned, values in search.members
        ]
        area, state = search.hypervolume, search.state()
        return Front(names, units, space, begun, members, area, history, complete, state)

    def row(**fields: Any) -> FrontIteration:
        return FrontIteration(**fields | {"least": tuple(fields["least"])})

    return stepped(search, row, history, found, out, callback)
