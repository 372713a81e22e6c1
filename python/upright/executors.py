"""A study on any executor: a part of it is a scenario and a range of runs, and merging is putting parts in order."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any

from . import _arguments, _native
from ._native import Scenario
from ._results import need
from ._study import Study, join
from .errors import ExecutorError

#: Parts for each worker, unless told otherwise.
_PARTS_A_WORKER = 4
#: A part should be at least so long, in s, or its way there and back counts.
_LEAST = 0.5
#: Runs from whose time the length of a part is told.
_PROBE = 32


def shard(scenario: Scenario, first: int, count: int) -> Study:
    """Computes some runs of a study on one thread. At module level, so that every executor can send it.

    Examples
    --------
    >>> from upright import Scenario, executors
    >>> len(executors.shard(Scenario(simulation={"duration": 1}), 10, 5))
    5
    """
    found = _native._study(scenario, first, count, threads=1)
    error: BaseException | None = found["error"]
    if error is not None:
        raise error
    return Study(scenario, first, found)


def _workers(executor: Any) -> int:
    for name in ("_max_workers", "num_workers", "_num_workers"):
        count = getattr(executor, name, None)
        if isinstance(count, int) and count > 0:
            return count
    ncores: Any = getattr(executor, "ncores", None)
    if ncores is not None:
        return max(1, int(sum(ncores().values())))
    return os.cpu_count() or 1


def parts(runs: int, first: int, count: int) -> list[range]:
    """The ranges of a study's parts; none is empty."""
    shifted = (range(first + part.start, first + part.stop) for part in Study.shards(runs, count))
    return [part for part in shifted if len(part)]


def _gather(executor: Any, scenario: Scenario, wanted: list[range]) -> Iterator[tuple[range, Any]]:
    """Each part with its study, or with what its executor raised."""
    submit = getattr(executor, "submit", None)
    if submit is None:
        if not hasattr(executor, "map"):
            raise TypeError(f"executor: a {type(executor).__name__} has neither submit nor map")
        firsts, counts = [part.start for part in wanted], [len(part) for part in wanted]
        found = executor.map(shard, [scenario] * len(wanted), firsts, counts)
        found = list(found)
        if len(found) != len(wanted):
            raise ExecutorError(f"executor: its map brought {len(found)} of {len(wanted)} parts back", wanted)
        for part, study in zip(wanted, found, strict=True):
            yield part, _brought(part, study)
        return
    futures: list[tuple[range, Any]] = []
    for part in wanted:
        try:
            futures.append((part, submit(shard, scenario, part.start, len(part))))
        except Exception as error:  # An executor that has broken refuses what comes later.
            yield part, error
    for part, future in futures:
        try:
            yield part, _brought(part, future.result())
        except Exception as error:
            yield part, error


def _brought(part: range, found: Any) -> Any:
    """What an executor has brought back for a part: its study, or an error where that is something else."""
    if not isinstance(found, Study):
        return TypeError(f"the executor brought a {type(found).__name__} back, and no Study")
    if (found.first, len(found)) != (part.start, len(part)):
        last = found.first + len(found) - 1
        return RuntimeError(f"the executor brought the runs from {found.first} to {last} back in place of these")
    return found


def _renewed(executor: Any, error: BaseException) -> Any:
    """A pool like one that has broken, or None: a pool of processes that has lost one takes nothing any more."""
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor

    if not isinstance(error, BrokenExecutor) or type(executor) is not ProcessPoolExecutor:
        return None
    # What it was made with has no other name.
    own = vars(executor)
    return ProcessPoolExecutor(
        own["_max_workers"], own["_mp_context"], initializer=own["_initializer"], initargs=own["_initargs"]
    )


def spread(
    executor: Any,
    scenario: Scenario,
    runs: int,
    *,
    first: int = 0,
    shards: int | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Study:
    """Computes a study in parts on an executor; parts that fail are submitted once more.

    A ``ProcessPoolExecutor`` that has lost a process takes nothing any more; what it has not brought back is submitted
    to another one like it, which lives until the study is done.

    Raises
    ------
    ScenarioError
        Where the scenario is not allowed.
    ExecutorError
        Where parts have failed twice. Its attribute ``partial`` has the parts that were done, ``shards`` names
        those that were not.
    """
    if shards is not None:
        shards = _arguments.whole_number("shards", shards, 1)
    if runs == 0:
        return shard(scenario, first, 0)
    if shards is None:
        probe = shard(scenario, first, min(_PROBE, runs))
        a_run = probe.seconds / len(probe)
        most = max(1, int(runs * a_run / _LEAST))
        shards = min(_PARTS_A_WORKER * _workers(executor), most)
    wanted = parts(runs, first, shards)
    done: dict[int, Study] = {}
    failed: dict[int, BaseException] = {}
    counted = 0
    with contextlib.ExitStack() as pools:
        for attempt in range(2):
            missing = [part for part in wanted if part.start not in done]
            for part, found in _gather(executor, scenario, missing):
                if isinstance(found, BaseException):
                    if isinstance(found, ValueError):
                        raise found  # The scenario would be refused again.
                    failed[part.start] = found
                    continue
                failed.pop(part.start, None)
                done[part.start] = found
                counted += len(part)
                if progress is not None:
                    progress(counted, runs)
            if len(done) == len(wanted):
                return join([done[part.start] for part in wanted])
            fresh = _renewed(executor, next(reversed(failed.values()))) if attempt == 0 else None
            if fresh is not None:
                executor = pools.enter_context(fresh)
    lost = [part for part in wanted if part.start not in done]
    reason = failed[lost[0].start]
    named = ", ".join(f"{part.start} to {part.stop - 1}" for part in lost)
    error = ExecutorError(f"runs {named} were not brought back, tried twice: {reason!r}", lost)
    error.partial = [done[start] for start in sorted(done)]  # type: ignore[attr-defined]
    raise error from reason


class _Ray:
    """Ray behind `submit`."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._ray = need("ray", "ray")
        if not self._ray.is_initialized():
            self._ray.init(**options)
        self._shard = self._ray.remote(shard)

    @property
    def num_workers(self) -> int:
        """Cores of the cluster."""
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """A task; its future's result waits for it."""
        del function
        return self._shard.remote(*arguments).future()


def ray(**options: Any) -> Any:
    """Ray as an executor, one task a part, retried by Ray; ``options`` go to ``ray.init`` where it was not called."""
    return _Ray(options)
