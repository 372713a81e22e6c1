"""What comes of runs, as data."""

from __future__ import annotations

import csv
import html
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STATES = ("x", "theta1", "theta2", "x_dot", "theta1_dot", "theta2_dot")


class EarlyEnd(NamedTuple):
    """When and how a run ended before its time."""

    #: When, in s.
    time: float
    #: The link that fell, 1 or 2; None where none did.
    link: int | None


class Command(NamedTuple):
    """What a controller answered in a control period."""

    #: The force in N, within the limit.
    force: float
    #: The sliding variable, and in N s.
    sigma: float
    s: float
    #: The law's own numbers by name.
    columns: dict[str, float]


@final
@dataclass(frozen=True)
class Rate:
    """A share of runs with its interval."""

    #: Runs of which it holds.
    count: int
    #: Their share, 0 to 1.
    rate: float
    #: Wilson's interval of 95 %.
    interval: tuple[float, float]


class Gain(NamedTuple):
    """A gain that a search may change."""

    #: The gain within the controller: ``switching_gain``, ``surface.poles.real``.
    path: str
    #: The scenario's own.
    start: float
    #: Bounds between which it is searched.
    min: float
    max: float
    #: How a point's coordinate from 0 to 1 is spread between them: ``linear`` or ``log``.
    scale: str
    #: Whether it is a whole number.
    whole: bool


def cell(number: float) -> str:
    """A number as the program's files have it: it reads back to the same bits; empty where it is not finite."""
    return repr(float(number)) if math.isfinite(number) else ""


@contextmanager
def whole(path: str | os.PathLike[str]) -> Iterator[str]:
    """A file beside ``path`` that takes its place once it is written, and goes where it is not."""
    part = f"{os.fspath(path)}.{os.getpid()}.part"
    try:
        yield part
        os.replace(part, path)
    finally:
        if os.path.exists(part):
            os.remove(part)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Writes a text whole or not at all."""
    with whole(path) as part, open(part, "w", encoding="utf-8") as file:
        file.write(text)


def write_csv(path: str | os.PathLike[str], header: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Writes a table whole or not at all."""
    with whole(path) as part, open(part, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def need(module: str, extra: str) -> Any:
    """A package that is not required, or an error that says how to have it."""
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as error:
        message = f"{module} is not installed; pip install 'upright[{extra}]' brings it"
        raise ImportError(message, name=module) from error


@final
class Run:
    """A finished run: verdict, metrics, and its record as arrays.

    Examples
    --------
    >>> import upright
    >>> run = upright.simulate()
    >>> run.verdict
    'settled'
    >>> run.states.shape
    (10001, 6)
    """

    __slots__ = (
        "columns",
        "complete",
        "data",
        "early_end",
        "final_state",
        "metrics",
        "periods",
        "sliding_poles",
        "surface",
        "verdict",
    )

    verdict: str
    complete: bool
    periods: int
    early_end: EarlyEnd | None
    metrics: dict[str, float | None]
    surface: Floats
    sliding_poles: NDArray[np.complex128]
    final_state: Floats
    columns: tuple[str, ...]
    data: Floats

    def __init__(self, found: Mapping[str, Any]) -> None:
        for name in self.__slots__:
            setattr(self, name, found[name])
        end = found["early_end"]
        self.early_end = None if end is None else EarlyEnd(*end)

    def __reduce__(self) -> tuple[Any, ...]:
        return _pickled_run, ({name: getattr(self, name) for name in self.__slots__},)

    def __getitem__(self, column: str) -> Floats:
        """The column of this name over time, as a view."""
        try:
            index = self.columns.index(column)
        except ValueError:
            allowed = ", ".join(self.columns) or "none, since the run was not recorded"
            raise KeyError(f"there is no column {column!r}; there are {allowed}") from None
        return self.data[:, index]

    @property
    def t(self) -> Floats:
        """Time in s, as a view."""
        return self["t"]

    @property
    def states(self) -> Floats:
        """The true state over time in state order, as a view of shape (rows, 6)."""
        first = self.columns.index("x") if self.columns else 0
        return self.data[:, first : first + 6]

    @property
    def u(self) -> Floats:
        """The force in N that the controller chose, as a view."""
        return self["u"]

    @property
    def sigma(self) -> Floats:
        """The sliding variable, as a view."""
        return self["sigma"]

    def summary(self) -> dict[str, Any]:
        """What a run is judged by, as plain values."""
        end = self.early_end
        return {
            "verdict": self.verdict,
            "complete": self.complete,
            "periods": self.periods,
            "early_end": None if end is None else end._asdict(),
            "metrics": dict(self.metrics),
            "surface": self.surface.tolist(),
            "sliding_poles": [[pole.real, pole.imag] for pole in self.sliding_poles.tolist()],
            "final_state": self.final_state.tolist(),
        }

    def to_pandas(self) -> Any:
        """The record as a pandas data frame that shares its memory."""
        return need("pandas", "frames").DataFrame(self.data, columns=list(self.columns), copy=False)

    def to_polars(self) -> Any:
        """The record as a polars data frame."""
        return need("polars", "frames").from_numpy(self.data, schema=list(self.columns), orient="row")

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Writes the record as CSV; every number reads back to the same bits."""
        write_csv(path, self.columns, ([cell(number) for number in row] for row in self.data.tolist()))

    def plot(self, axes: Any = None) -> Any:
        """Draws angles, cart, force and sliding variable with matplotlib; returns the figure."""
        from .plot import run as draw

        return draw(self, axes)

    def __repr__(self) -> str:
        early = "" if self.early_end is None else f", ended at {self.early_end.time:g} s"
        return f"<Run: {self.verdict}, {self.periods} periods{early}, {len(self.data)} rows>"

    def _repr_html_(self) -> str:
        from .plot import svg

        rows = "".join(
            f"<tr><td>{html.escape(name)}</td><td>{'' if value is None else format(value, '.6g')}</td></tr>"
            for name, value in self.metrics.items()
        )
        return f"<table><caption>{html.escape(self.verdict)}</caption>{rows}</table>{svg(self)}"


@final
class Design:
    """A design and what it tolerates.

    Examples
    --------
    >>> import upright
    >>> d = upright.design(upright.Scenario())
    >>> d.a.shape, d.b.shape, len(d.sliding_poles)
    ((6, 6), (6, 1), 5)
    """

    def __init__(self, found: Mapping[str, Any]) -> None:
        self._found = dict(found)
        #: The linear model about upright: ``x' = a x + b u``, ``y = c x + d u`` with the whole state measured.
        self.a: Floats = np.array(found["a"])
        self.b: Floats = np.array(found["b"]).reshape(6, 1)
        self.c: Floats = np.eye(6)
        self.d: Floats = np.zeros((6, 1))
        #: Poles in 1/s, rightmost first.
        self.open_loop_poles = _poles(found["open_loop_poles"])
        self.sliding_poles = _poles(found["sliding_poles"])
        #: The coefficients of the sliding surface in state order.
        self.surface: Floats = np.array(found["surface"])
        #: The input gain seen through the surface at upright.
        self.beta: float = found["beta"]
        lqr = found["lqr"]
        #: Gains of LQR in state order, and the poles of its closed loop; None where it has no design.
        self.lqr_gains: Floats | None = None if lqr is None else np.array(lqr["gains"])
        self.lqr_poles: NDArray[np.complex128] | None = None if lqr is None else _poles(lqr["poles"])
        #: Rank and condition of the controllability matrix.
        self.controllability: dict[str, float] = found["controllability"]
        #: The true over the modelled input gain, and the bound above which the sampled law rings.
        self.gain_ratio: dict[str, Any] = found["gain_ratio"]
        #: The largest disturbance in N that the law rejects; None where no constant force defeats it.
        self.tolerated_disturbance: float | None = found["tolerated_disturbance"]
        #: What to know before trusting the design.
        self.warnings: list[str] = found["warnings"]

    @property
    def ss(self) -> tuple[Floats, Floats, Floats, Floats]:
        """``(a, b, c, d)``, for ``control.ss(*design.ss)`` and ``scipy.signal.StateSpace``."""
        return self.a, self.b, self.c, self.d

    def to_dict(self) -> dict[str, Any]:
        """All that the program's ``design --json`` says."""
        return dict(self._found)

    def __reduce__(self) -> tuple[Any, ...]:
        return _pickled_design, (self._found,)

    def __repr__(self) -> str:
        return f"<Design: {self._found['controller']}, {len(self.warnings)} warnings>"


def altered(what: str, place: str, found: object, allowed: str) -> ValueError:
    """The exception that says what is wrong with a pickle."""
    return ValueError(f"pickled {what}: {place} = {found}: allowed is {allowed}; it was altered, or is of another version")


def _pickled_run(found: Any) -> Run:
    """A run as a pickle holds it; one that was altered is refused with the place."""
    if not isinstance(found, dict) or found.keys() != set(Run.__slots__):
        raise altered("run", "fields", sorted(found) if isinstance(found, dict) else found, ", ".join(Run.__slots__))
    data, columns = found["data"], found["columns"]
    if not isinstance(columns, tuple) or not all(isinstance(name, str) for name in columns):
        raise altered("run", "columns", columns, "a tuple of names")
    for name, kind, shape in (
        ("data", "f", (len(data) if isinstance(data, np.ndarray) and data.ndim else 0, len(columns))),
        ("surface", "f", (6,)),
        ("final_state", "f", (6,)),
        ("sliding_poles", "c", None),
    ):
        array = found[name]
        if not isinstance(array, np.ndarray) or array.dtype.kind != kind:
            raise altered("run", name, type(array).__name__, "an array of numbers")
        if shape is not None and array.shape != shape:
            raise altered("run", f"{name}.shape", array.shape, str(shape))
    for name, kinds, allowed in (
        ("verdict", str, "a word"),
        ("metrics", dict, "a mapping"),
        ("periods", int, "a whole number"),
        ("complete", bool, "True or False"),
        ("early_end", (tuple, type(None)), "a time and a link, or None"),
    ):
        if not isinstance(found[name], kinds):
            raise altered("run", name, repr(found[name]), allowed)
    return Run(found)


def _pickled_design(found: Any) -> Design:
    """A design as a pickle holds it; one that was altered is refused with the place."""
    if not isinstance(found, dict):
        raise altered("design", "fields", repr(found), "a mapping")
    for name, shape in (("a", (6, 6)), ("b", (6,)), ("surface", (6,))):
        try:
            shaped = np.array(found.get(name), dtype=np.float64).shape
        except (TypeError, ValueError):
            shaped = ()
        if shaped != shape:
            raise altered("design", f"{name}.shape", shaped, str(shape))
    try:
        return Design(found)
    except KeyError as error:
        raise altered("design", str(error.args[0]), "nothing", "what design() finds") from None


def _poles(roots: Iterable[Iterable[float]]) -> NDArray[np.complex128]:
    return np.array([complex(*root) for root in roots], dtype=np.complex128)
