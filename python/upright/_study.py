"""Studies: many runs as columns, on this machine or on any executor."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from . import _arguments, _native
from ._native import Scenario
from ._results import Rate, Run, altered, cell, need, whole, write_csv

#: Runs whose table would fit into no machine: half a kilobyte each.
_MOST_RUNS = 2**36
#: The words of verdicts by their codes, and which of them stand upright.
_VERDICTS = _native._verdicts()
_WORDS = np.array([word for word, _ in _VERDICTS])
_CODES = {word: code for code, (word, _) in enumerate(_VERDICTS)}
_UPRIGHT = np.array([upright for _, upright in _VERDICTS])
METRICS = (
    "settling_time",
    "max_angle",
    "max_cart",
    "peak_force",
    "rms_force",
    "effort",
    "total_variation",
    "chatter_power",
    "ise",
    "itae",
    "saturation",
    "steady_sigma",
)

Progress = bool | Callable[[int, int], object]


@final
class Study:
    """Runs of a scenario's study, a column a number: what was drawn, the verdict, every metric, the final state.

    Metrics that a run does not have are NaN. Row ``i`` has the bits of ``simulate(scenario, run=first + i)``.

    Examples
    --------
    >>> import upright
    >>> study = upright.batch(upright.Scenario(simulation={"duration": 2}), 20)
    >>> len(study), study.columns["max_angle"].shape
    (20, (20,))
    """

    def __init__(self, scenario: Scenario, first: int, found: Mapping[str, Any]) -> None:
        #: The scenario over whose uncertainty was drawn.
        self.scenario = scenario
        #: The index of the first run.
        self.first = first
        columns = dict(found["columns"])
        self._codes: NDArray[np.uint8] = columns["verdict"]
        columns["verdict"] = _WORDS[self._codes]
        #: The columns by name, in the order of the program's ``batch.csv``.
        self.columns: dict[str, NDArray[Any]] = columns
        #: False where the study was stopped before its end.
        self.complete: bool = found["complete"]
        #: Wall time in s.
        self.seconds: float = found["seconds"]
        #: Control periods simulated.
        self.steps: int = found["steps"]

    @property
    def verdicts(self) -> NDArray[np.str_]:
        """How each run ended."""
        return self.columns["verdict"]

    def _rate(self, holds: NDArray[np.bool_]) -> Rate:
        return Rate(*_native._rate(int(holds.sum()), len(holds)))

    def settled(self) -> Rate:
        """How many runs settled."""
        return self._rate(self._codes == _CODES["settled"])

    def upright(self) -> Rate:
        """How many runs stayed upright and on the track."""
        return self._rate(_UPRIGHT[self._codes])

    def quantiles(self) -> dict[str, dict[str, float]]:
        """The spread of every metric over the runs that have it: how many do, and its quantiles by name."""
        found: dict[str, dict[str, float]] = _native._quantiles(
            self._codes, [np.ascontiguousarray(self.columns[name]) for name in METRICS]
        )
        return found

    def to_pandas(self) -> Any:
        """The study as a pandas data frame whose numbers share the study's memory."""
        return need("pandas", "frames").DataFrame(self.columns, copy=False)

    def to_polars(self) -> Any:
        """The study as a polars data frame."""
        return need("polars", "frames").DataFrame(self.columns)

    def to_arrow(self) -> Any:
        """The study as a pyarrow table whose numbers share the study's memory; what is NaN stays so."""
        arrow = need("pyarrow", "frames")
        return arrow.table({name: arrow.array(column) for name, column in self.columns.items()})

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def to_parquet(self, path: str | os.PathLike[str]) -> None:
        """Writes the study as Parquet, whole or not at all."""
        parquet = need("pyarrow.parquet", "frames")
        with whole(path) as part:
            parquet.write_table(self.to_arrow(), part)

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Writes the study as CSV; every number reads back to the same bits."""
        write_csv(path, self.columns, self._cells())

    def _cells(self) -> Iterator[list[str]]:
        for row in self:
            yield [cell(value) if isinstance(value, float) else str(value) for value in row.values()]

    def replay(self, run: int) -> Run:
        """The run of this index by itself, with its trajectory, to the same bits."""
        run = _arguments.whole_number("run", run, -(2**63))
        if not self.first <= run < self.first + len(self):
            last = self.first + len(self) - 1
            raise IndexError(f"run {run}: allowed is from {self.first} to {last}")
        return Run(_native._simulate(self.scenario, run=run))

    def __len__(self) -> int:
        return len(self._codes)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        lists = [column.tolist() for column in self.columns.values()]
        for row in zip(*lists, strict=True):
            yield dict(zip(self.columns, row, strict=True))

    def __add__(self, other: Study) -> Study:
        """Two neighbouring parts of one study as one."""
        if not isinstance(other, Study):
            return NotImplemented
        if other.scenario != self.scenario:
            raise ValueError("these are studies of two scenarios, and no study is of both")
        if other.first != self.first + len(self):
            missing = f"{self.first + len(self)} to {other.first}"
            raise ValueError(f"these parts are no neighbours: the runs from {missing} are not in both once")
        return join([self, other])

    def __reduce__(self) -> tuple[Any, ...]:
        return _pickled_study, (self.scenario, self.first, self._state())

    def _state(self) -> dict[str, Any]:
        return {
            "columns": {**self.columns, "verdict": self._codes},
            "complete": self.complete,
            "seconds": self.seconds,
            "steps": self.steps,
        }

    def __repr__(self) -> str:
        stopped = "" if self.complete else ", stopped before its end"
        settled = self.settled()
        return f"<Study: {len(self)} runs from {self.first}, {settled.count} settled{stopped}>"

    @staticmethod
    def shards(runs: int, count: int) -> list[range]:
        """The runs of a study in parts whose lengths differ by one at most, as the program's ``--shard`` has them."""
        runs, count = _arguments.whole_number("runs", runs), _arguments.whole_number("count", count, 1)
        return [range(runs * i // count, runs * (i + 1) // count) for i in range(count)]


def join(parts: list[Study]) -> Study:
    """Consecutive parts of one study as one."""
    first = parts[0]
    names = first.columns
    states = [part._state()["columns"] for part in parts]
    found = {
        "columns": {name: np.concatenate([columns[name] for columns in states]) for name in names},
        "complete": parts[-1].complete,
        "seconds": sum(part.seconds for part in parts),
        "steps": sum(part.steps for part in parts),
    }
    return Study(first.scenario, first.first, found)


def _pickled_study(scenario: Any, first: Any, found: Any) -> Study:
    """A study as a pickle holds it; one that was altered is refused with the place."""
    if not isinstance(scenario, Scenario):
        raise altered("study", "scenario", repr(scenario), "a Scenario")
    columns = found.get("columns") if isinstance(found, dict) else None
    if not isinstance(columns, dict) or not {"run", "verdict", *METRICS} <= columns.keys():
        raise altered("study", "columns", sorted(columns or ()), "what batch() finds")
    rows = len(columns["run"])
    for name, column in columns.items():
        kind = {"run": "u", "verdict": "u"}.get(name, "f")
        if not isinstance(column, np.ndarray) or column.dtype.kind != kind or column.shape != (rows,):
            shown = f"{column.dtype} of shape {column.shape}" if isinstance(column, np.ndarray) else type(column).__name__
            raise altered("study", f"columns.{name}", shown, f"numbers of shape ({rows},)")
    if (columns["verdict"] >= len(_WORDS)).any():
        raise altered("study", "columns.verdict", columns["verdict"].max(), f"from 0 to {len(_WORDS) - 1}")
    if not isinstance(first, int) or (columns["run"] != np.arange(rows, dtype=np.uint64) + np.uint64(max(first, 0))).any():
        raise altered("study", "columns.run", columns["run"], f"whole numbers from {first}")
    for name, kinds in (("complete", bool), ("seconds", (int, float)), ("steps", int)):
        if not isinstance(found.get(name), kinds):
            raise altered("study", name, repr(found.get(name)), "what batch() finds")
    return Study(scenario, first, found)


def _reporter(progress: Progress) -> Callable[[int, int], object] | None:
    if progress is True:
        return _print_progress
    if progress is False or progress is None:
        return None
    _arguments.function("progress", progress)
    return progress


def _print_progress(done: int, runs: int) -> None:
    import sys

    end = "\n" if done >= runs else ""
    print(f"\r{done} of {runs} runs", end=end, file=sys.stderr, flush=True)


def batch(
    scenario: Scenario,
    runs: int,
    *,
    first: int = 0,
    threads: int | None = None,
    executor: Any = None,
    shards: int | None = None,
    progress: Progress = False,
) -> Study:
    """Runs a study over the scenario's uncertainty.

    Parameters
    ----------
    scenario
        What is drawn from, and how each run is simulated.
    runs
        How many runs.
    first
        The index of the first of them.
    threads
        How many threads compute; as many as the process may use where None. The rows are the same on any number.
    executor
        Anything with ``submit`` or ``map``, which then computes the study in ``shards`` parts.
    progress
        True for a line on standard error, or a function of how many runs are done and how many there are, called
        some twenty times a second.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C; its attribute ``partial`` is the study of the runs that were done. So it is of what ``progress``
        raises.

    Examples
    --------
    >>> import upright
    >>> study = upright.batch(upright.Scenario(simulation={"duration": 3}), 50)
    >>> study.settled().count > 20
    True
    """
    scenario = _arguments.scenario(scenario)
    runs, first = _arguments.whole_number("runs", runs, 0, _MOST_RUNS), _arguments.whole_number("first", first)
    if shards is not None and executor is None:
        raise ValueError(f"shards = {shards}: allowed with an executor, which computes them")
    if executor is not None:
        from .executors import spread

        return spread(executor, scenario, runs, first=first, shards=shards, progress=_reporter(progress))
    threads = _arguments.threads(threads)
    found = _native._study(scenario, first, runs, threads=threads, progress=_reporter(progress))
    study = Study(scenario, first, found)
    error: BaseException | None = found["error"]
    if error is not None:
        error.partial = study  # type: ignore[attr-defined]
        raise error
    return study
