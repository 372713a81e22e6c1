"""Controllers side by side: on one run, and from where each settles."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from . import _arguments, _native
from ._native import Scenario
from ._results import Run, altered, need
from ._study import _CODES, _WORDS
from .errors import ScenarioError

_SHOWN = (
    ("settling", "settling_time", ".2f"),
    ("angle", "max_angle", ".3f"),
    ("cart", "max_cart", ".3f"),
    ("force", "peak_force", ".1f"),
    ("variation", "total_variation", ".0f"),
)


def _listed(scenario: Scenario, controllers: Sequence[str] | None) -> tuple[str, ...]:
    if controllers is not None:
        return _arguments.kinds("controllers", controllers)
    compared = tuple(_native._kinds()[1])
    # A swing-up and a policy are compared where a scenario has one.
    own = scenario.kind
    return compared if own in (*compared, "none") else (*compared, own)


@final
class Comparison:
    """Runs of a scenario under several controllers.

    Examples
    --------
    >>> import upright
    >>> c = upright.compare(upright.Scenario(), ["classical", "lqr"])
    >>> {kind: run.verdict for kind, run in c.runs.items()}
    {'classical': 'settled', 'lqr': 'settled'}
    """

    def __init__(self, scenario: Scenario, runs: dict[str, Run], refused: dict[str, str]) -> None:
        #: The scenario, under its own controller.
        self.scenario = scenario
        #: The runs by kind of controller.
        self.runs = runs
        #: Kinds that have no design here, and why.
        self.refused = refused

    def to_pandas(self) -> Any:
        """Verdict and metrics, a row a controller, as a pandas data frame."""
        rows = [{"controller": kind, "verdict": run.verdict, **run.metrics} for kind, run in self.runs.items()]
        return need("pandas", "frames").DataFrame(rows).set_index("controller")

    def plot(self, axes: Any = None) -> Any:
        """Draws the runs over each other with matplotlib; returns the figure."""
        from .plot import runs as draw

        return draw(self.runs, axes)

    def __reduce__(self) -> tuple[Any, ...]:
        return _pickled_comparison, (self.scenario, self.runs, self.refused)

    def __repr__(self) -> str:
        table = [["controller", "verdict", *(name for name, _, _ in _SHOWN)]]
        for kind, run in self.runs.items():
            numbers = [(run.metrics[key], form) for _, key, form in _SHOWN]
            cells = ["–" if number is None else format(number, form) for number, form in numbers]
            table.append([kind, run.verdict, *cells])
        table += [[kind, "no design", *("–" for _ in _SHOWN)] for kind in self.refused]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = (
            "  ".join(cell.ljust(width) if i < 2 else cell.rjust(width) for i, (cell, width) in enumerate(row))
            for row in (list(zip(cells, widths, strict=True)) for cells in table)
        )
        return "\n".join(lines)


def compare(scenario: Scenario, controllers: Sequence[str] | None = None, *, run: int | None = None) -> Comparison:
    """Runs a scenario under each of several kinds of controllers, all that balance and its own where None.

    The scenario's own kind keeps its settings, the others have their defaults. Kinds that have no design are in
    ``refused``, with the reason.
    """
    scenario = _arguments.scenario(scenario)
    runs: dict[str, Run] = {}
    refused: dict[str, str] = {}
    for kind in _listed(scenario, controllers):
        under = scenario._under(kind)
        try:
            runs[kind] = Run(_native._simulate(under, run=run))
        except ScenarioError as error:
            refused[kind] = str(error)
    if not runs and refused:
        raise ScenarioError("\n".join(refused.values()))
    return Comparison(scenario, runs, refused)


Axis = tuple[str, float, float, int]


@final
class Region:
    """From which initial states each controller settles.

    Examples
    --------
    >>> import numpy as np, upright
    >>> s = upright.Scenario(simulation={"duration": 3})
    >>> r = upright.roa(s, ("theta1", -0.6, 0.6, 5), ("theta2", -0.6, 0.6, 5), controllers=["classical"])
    >>> r.verdicts["classical"].shape
    (5, 5)
    >>> bool(np.nanmax(r.upright_times["classical"]) <= 3)
    True
    """

    def __init__(
        self,
        axes: tuple[Axis, Axis],
        verdicts: dict[str, NDArray[np.uint8]],
        upright_times: dict[str, NDArray[np.float64]],
    ) -> None:
        #: The axes as they were given: state, from, to, how many points.
        self.axes = axes
        #: Codes of verdicts (places in ``words``) by kind of controller, of shape (points of y, points of x).
        self.verdicts = verdicts
        #: The first time in s after which both angles stay within 0.1 rad to the end of the run (whole turns left aside in
        #: a swing-up), NaN where they do not; by kind of controller, of shape (points of y, points of x).
        self.upright_times = upright_times

    @property
    def words(self) -> tuple[str, ...]:
        """The verdicts by their codes."""
        return tuple(_WORDS.tolist())

    @property
    def x(self) -> NDArray[np.float64]:
        """The values along x."""
        return _values(self.axes[0])

    @property
    def y(self) -> NDArray[np.float64]:
        """The values along y."""
        return _values(self.axes[1])

    @property
    def area(self) -> dict[str, float]:
        """The area from which each controller settles, in the product of the axes' units."""
        cells = [(to - start) / (points - 1) for _, start, to, points in self.axes]
        settled = _CODES["settled"]
        return {kind: float((codes == settled).sum()) * cells[0] * cells[1] for kind, codes in self.verdicts.items()}

    def plot(self, axes: Any = None) -> Any:
        """Draws the region of each controller with matplotlib; returns the figure."""
        from .plot import region as draw

        return draw(self, axes)

    def __reduce__(self) -> tuple[Any, ...]:
        return _pickled_region, (self.axes, self.verdicts, self.upright_times)

    def __repr__(self) -> str:
        areas = ", ".join(f"{kind} {area:.3g}" for kind, area in self.area.items())
        return f"<Region: {self.axes[0][0]} and {self.axes[1][0]}; {areas}>"


def _pickled_region(axes: Any, verdicts: Any, upright_times: Any) -> Region:
    """A region as a pickle holds it; one that was altered is refused with the place."""
    try:
        x, y = (_axis(name, axis) for name, axis in zip("xy", axes, strict=True))
    except (TypeError, ValueError):
        raise altered("region", "axes", repr(axes), "those of x and y") from None
    shape = (y[3], x[3])
    if not isinstance(verdicts, dict) or not isinstance(upright_times, dict) or verdicts.keys() != upright_times.keys():
        raise altered("region", "upright_times", repr(upright_times), "the kinds of verdicts")
    for name, columns, kind in (("verdicts", verdicts, "u"), ("upright_times", upright_times, "f")):
        for of, column in columns.items():
            if not isinstance(column, np.ndarray) or column.dtype.kind != kind or column.shape != shape:
                raise altered("region", f"{name}.{of}", type(column).__name__, f"numbers of shape {shape}")
    worst = max((int(codes.max()) for codes in verdicts.values()), default=0)
    if worst >= len(_WORDS):
        raise altered("region", "verdicts", worst, f"from 0 to {len(_WORDS) - 1}")
    return Region((x, y), verdicts, upright_times)


def _pickled_comparison(scenario: Any, runs: Any, refused: Any) -> Comparison:
    """A comparison as a pickle holds it; one that was altered is refused with the place."""
    if not isinstance(scenario, Scenario):
        raise altered("comparison", "scenario", repr(scenario), "a Scenario")
    for name, found, of in (("runs", runs, Run), ("refused", refused, str)):
        if not isinstance(found, dict) or not all(isinstance(value, of) for value in found.values()):
            raise altered("comparison", name, type(found).__name__, "what compare() finds")
    return Comparison(scenario, runs, refused)


def _values(axis: Axis) -> NDArray[np.float64]:
    _, start, to, points = axis
    on = np.arange(points, dtype=np.float64)
    # As the grid of the study has them, to the bit.
    return (start * on[::-1] + to * on) / (points - 1)


def _axis(name: str, given: Any) -> Axis:
    """An axis as it was given, or an error that says which it is; its numbers are checked where they are used."""
    try:
        state, start, end, points = given
        return str(state), float(start), float(end), operator.index(points)
    except (TypeError, ValueError) as error:
        allowed = "allowed is a state's name, the first value, the last one, and how many there are"
        raise type(error)(f"{name} = {given!r}: {allowed}") from None


def roa(
    scenario: Scenario,
    x: Axis = ("theta1", -0.8, 0.8, 41),
    y: Axis = ("theta2", -0.8, 0.8, 41),
    *,
    controllers: Sequence[str] | None = None,
    threads: int | None = None,
) -> Region:
    """Finds from which initial states each controller settles, on a grid over two states.

    Parameters
    ----------
    x, y
        A state's name, the first value, the last one, and how many there are.
    controllers
        Kinds of controllers; all that control where None.
    """
    scenario = _arguments.scenario(scenario)
    x, y = _axis("x", x), _axis("y", y)
    threads = _arguments.threads(threads)
    shape = (y[3], x[3])
    verdicts: dict[str, NDArray[np.uint8]] = {}
    times: dict[str, NDArray[np.float64]] = {}
    for kind in _listed(scenario, controllers):
        under = scenario._under(kind)
        found = _native._study(under, 0, x[3] * y[3], threads=threads, grid=(x, y))
        if found["error"] is not None:
            raise found["error"]
        verdicts[kind] = found["columns"]["verdict"].reshape(shape)
        times[kind] = found["upright_times"].reshape(shape)
    return Region((x, y), verdicts, times)
