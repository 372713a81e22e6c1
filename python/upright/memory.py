"""The memory audit of Python objects: does it leak, what does it cost once, what bounds it?

Examples
--------
>>> from upright.memory import audit
>>> kept = []
>>> found = audit(list, lambda subject, step: kept.append(bytearray(1000)), cycles=200, steps=1, resident=False)
>>> found.verdict, round(found.rate, -2)
('leak', 1100.0)
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, final

from . import _arguments, _libc, _native

T = TypeVar("T")

Mode = Literal["lifecycle", "steady"]

#: Samples of a series, at most.
_SAMPLES = 100
#: Where the audit begins to count.
_FAR = 1 << 20
#: Cycles below which nothing can be judged.
_LEAST = 40


@dataclass(frozen=True)
class Site:
    """A line of Python that holds more at the end than in the middle."""

    #: The file and the line.
    file: str
    line: int
    #: Bytes and blocks more.
    bytes: int
    blocks: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line} (+{self.bytes} B in {self.blocks} blocks)"


@dataclass(frozen=True)
class Account:
    """One way to count memory, over the run, and what its series says."""

    #: ``python`` (bytes of Python's allocators), ``blocks`` (of the object allocator), ``rust`` (bytes of this
    #: package's extension), ``heap`` (bytes that glibc's ``malloc`` has handed out, to Python's larger objects too),
    #: ``resident`` (bytes of the process).
    name: str
    #: Whether it counts every byte or block.
    exact: bool
    #: ``clean``, ``one_time``, ``bounded``, ``leak`` or ``inconclusive``.
    verdict: str
    #: Growth a cycle in the steady state, and where the true one lies; of a leak.
    rate: float
    interval: tuple[float, float] | None
    #: What was paid once, or the most that it held.
    amount: float
    #: Why it is inconclusive, and after how many cycles it would not be.
    reason: str | None
    settled_by: float | None
    #: Cycles and amounts of its samples.
    at: tuple[float, ...] = field(repr=False)
    amounts: tuple[float, ...] = field(repr=False)


@final
@dataclass(frozen=True)
class Audit:
    """The verdict on a subject, with its evidence."""

    #: ``clean``, ``one_time``, ``bounded``, ``leak`` or ``inconclusive``.
    verdict: str
    #: Growth in bytes a cycle; zero where it is no leak.
    rate: float
    #: The account that decided, and what it says in words.
    decided_by: str
    reason: str
    #: The lines that grew between the middle and the end, most first.
    sites: tuple[Site, ...]
    accounts: dict[str, Account]
    cycles: int
    mode: Mode

    @property
    def leaks(self) -> bool:
        """Whether it is a leak."""
        return self.verdict == "leak"

    def __str__(self) -> str:
        lines = [f"{self.verdict}: {self.reason}"]
        lines += [f"  {site}" for site in self.sites]
        return "\n".join(lines)


class _Sampler:
    """Takes all accounts at the same moments, into memory that was taken before."""

    def __init__(self, resident: bool) -> None:
        room = _SAMPLES + 2
        self._resident = resident and _native._resident() is not None
        self._handed_out = _libc.counter() if resident else None
        self.at = array("d", bytes(8 * room))
        self.python = array("d", bytes(8 * room))
        self.blocks = array("d", bytes(8 * room))
        self.rust = array("d", bytes(8 * room))
        self.heap = array("d", bytes(8 * room))
        self.resident = array("d", bytes(8 * room))
        self.count = 0
        # What the audit itself has taken since, which is not in the numbers: bytes, blocks, bytes of the heap of C,
        # resident ones, and these before. In an array, as every number that changes here: a number of Python's own is
        # memory too, and of another size when it grows.
        self.own = array("d", (0.0, 0.0, 0.0, 0.0, 0.0))

    def forget(self) -> None:
        """Forgets what was sampled so far."""
        self.count = 0
        for i in range(len(self.own)):
            self.own[i] = 0.0

    def aside(self, work: Callable[[], T]) -> T:
        """Does something of the audit's own, whose memory is not in the numbers."""
        self.own[4] = self.own[3]
        self._count_as_own(-1.0)
        found = work()
        gc.collect()
        if self._resident:
            # What it freed, a leak of C would fill without being seen. What the subject had freed goes too, and is no
            # memory of the audit's.
            _libc.give_back()
        self._count_as_own(1.0)
        self.own[3] = max(self.own[3], self.own[4])
        return found

    def _count_as_own(self, sign: float) -> None:
        """Adds what there is to what is the audit's own, or takes it away: before and after, as large as each other."""
        gc.collect()
        self.own[0] += sign * tracemalloc.get_traced_memory()[0]
        self.own[1] += sign * sys.getallocatedblocks()
        self.own[2] += sign * self._of_heap()
        self.own[3] += sign * (_native._resident() or 0)

    def take(self, at: float) -> None:
        """Takes a sample."""
        gc.collect()
        i = self.count
        self.at[i] = at
        self.python[i] = tracemalloc.get_traced_memory()[0] - self.own[0]
        self.blocks[i] = sys.getallocatedblocks() - self.own[1]
        self.rust[i] = _native._rust_bytes()
        self.heap[i] = self._of_heap() - self.own[2]
        if self._resident:
            self.resident[i] = (_native._resident() or 0) - self.own[3]
        self.count = i + 1

    def _of_heap(self) -> int:
        """Bytes that the library of C has handed out; nothing where it does not tell."""
        return 0 if self._handed_out is None else self._handed_out()

    def accounts(self) -> dict[str, Account]:
        found = {
            "python": self._account("python", self.python, True),
            "blocks": self._account("blocks", self.blocks, True),
            "rust": self._account("rust", self.rust, True),
        }
        if self._handed_out is not None:
            found["heap"] = self._account("heap", self.heap, False)
        if self._resident:
            found["resident"] = self._account("resident", self.resident, False)
        return found

    def _account(self, name: str, amounts: array[float], exact: bool) -> Account:
        at, values = self.at[: self.count].tolist(), amounts[: self.count].tolist()
        span = at[-1] - at[0] if len(at) > 1 else 1.0
        # Resident memory wanders by pages, the heap of C by what its threads keep at hand: less than a few pages over
        # the run is no growth.
        floor = 64 * 1024 / max(span, 1.0)
        judged = _native._judge(at, values, counted=exact, floor=floor)
        leak = judged["verdict"] == "leak"
        return Account(
            name=name,
            exact=exact,
            verdict=judged["verdict"],
            rate=judged["amount"] if leak else 0.0,
            interval=judged.get("interval"),
            amount=0.0 if leak else judged.get("amount", 0.0),
            reason=judged.get("reason"),
            settled_by=judged.get("settled_by"),
            at=tuple(at),
            amounts=tuple(values),
        )


def audit(
    create: Callable[[], T],
    step: Callable[[T, int], object] | None = None,
    close: Callable[[T], object] | None = None,
    *,
    cycles: int = 1000,
    steps: int = 0,
    mode: Mode = "lifecycle",
    reset: Callable[[T], object] | None = None,
    sites: int = 5,
    frames: int = 1,
    allowed: float = 0.0,
    resident: bool = True,
) -> Audit:
    """Audits the memory of a Python subject.

    Parameters
    ----------
    create
        Makes the subject.
    step
        What is done with it, told how often it was done before.
    close
        What ends it.
    cycles
        How many cycles: of making, stepping and ending it (``lifecycle``), or of steps of one subject (``steady``).
    steps
        Steps a cycle; one where 0 and there is a ``step``.
    mode
        ``lifecycle``: does anything outlive the subject? ``steady``: does it grow as it works?
    reset
        Called after each cycle of ``steady``.
    sites
        How many lines that grew are named.
    frames
        How deep tracemalloc looks.
    allowed
        Growth in bytes a cycle that is not called a leak.
    resident
        Whether the heap of C and resident memory are looked at too: they alone see libraries of C.

    Notes
    -----
    Counted with ``tracemalloc``, which slows the subject down, and is stopped again unless it was tracing before.
    What this process does on other threads meanwhile is counted too.
    """
    for name, function in (("create", create), ("step", step), ("close", close), ("reset", reset)):
        _arguments.function(name, function)
    _arguments.whole_number("cycles", cycles)
    if cycles < _LEAST:
        raise ValueError(f"cycles = {cycles}: allowed is from {_LEAST}, since fewer show nothing")
    if mode not in ("lifecycle", "steady"):
        raise ValueError(f"mode = {mode}: allowed is one of lifecycle, steady")
    steps = _arguments.whole_number("steps", steps)
    frames, sites = _arguments.whole_number("frames", frames, 1, 100), _arguments.whole_number("sites", sites)
    if not isinstance(allowed, (int, float)) or not 0 <= allowed < float("inf"):
        raise ValueError(f"allowed = {allowed!r}: allowed is from 0 B a cycle")
    was_tracing = tracemalloc.is_tracing()
    # What there was before is no part of the subject, and need not be looked through at every sample.
    freezes = gc.get_freeze_count() == 0
    sampler = _Sampler(resident)
    every = max(1, cycles // _SAMPLES)
    turn = _turns(create, step, close, steps, mode, reset)
    middle = None
    if freezes:
        gc.collect()
        gc.freeze()
    if resident:
        _libc.give_back()
    if not was_tracing:
        tracemalloc.start(frames)
    try:
        next(turn)
        # Both twice, since what the first one makes is no growth.
        sampler.aside(_snapshot)
        sampler.take(0.0)
        sampler.forget()
        # All of the numbers that count here are as large as each other.
        for cycle in range(_FAR, _FAR + cycles + 1):
            if (cycle - _FAR) % every == 0 and sampler.count < _SAMPLES + 1:
                sampler.take(float(cycle - _FAR))
            if cycle - _FAR == cycles:
                break
            next(turn)
            if cycle - _FAR == cycles // 2:
                middle = sampler.aside(_snapshot)
        gc.collect()
        end = _snapshot()
    finally:
        turn.close()
        if not was_tracing:
            tracemalloc.stop()
        if freezes:
            gc.unfreeze()
    accounts = sampler.accounts()
    verdict, rate, decided, reason = _verdict(accounts, allowed)
    grown = _grown(middle, end, sites) if verdict == "leak" and middle is not None else ()
    return Audit(verdict, rate, decided, reason, grown, accounts, cycles, mode)


def _snapshot() -> dict[tuple[str, int], tuple[int, int]]:
    """Bytes and blocks by file and line."""
    snapshot = tracemalloc.take_snapshot()
    ours = tracemalloc.Filter(False, __file__)
    ourselves = tracemalloc.Filter(False, tracemalloc.__file__)
    found = snapshot.filter_traces((ours, ourselves)).statistics("lineno")
    return {(entry.traceback[0].filename, entry.traceback[0].lineno): (entry.size, entry.count) for entry in found}


def _grown(
    middle: dict[tuple[str, int], tuple[int, int]], end: dict[tuple[str, int], tuple[int, int]], count: int
) -> tuple[Site, ...]:
    found = []
    for (file, line), (size, blocks) in end.items():
        before = middle.get((file, line), (0, 0))
        if size > before[0]:
            found.append(Site(file, line, size - before[0], blocks - before[1]))
    found.sort(key=lambda site: -site.bytes)
    return tuple(found[:count])


def _turns(
    create: Callable[[], T],
    step: Callable[[T, int], object] | None,
    close: Callable[[T], object] | None,
    steps: int,
    mode: Mode,
    reset: Callable[[T], object] | None,
) -> Any:
    """Yields before the first cycle, and after every one."""
    done = array("q", (0,))
    yield
    if mode == "lifecycle":
        while True:
            subject = create()
            if step is not None:
                for _ in range(max(steps, 1)):
                    step(subject, done[0])
                    done[0] += 1
            if close is not None:
                close(subject)
            del subject
            yield
    subject = create()
    try:
        while True:
            for _ in range(max(steps, 1)):
                if step is not None:
                    step(subject, done[0])
                done[0] += 1
            if reset is not None:
                reset(subject)
            yield
    finally:
        if close is not None:
            close(subject)


#: From the worst on.
_ORDER = ("leak", "inconclusive", "bounded", "one_time", "clean")


def _verdict(accounts: dict[str, Account], allowed: float) -> tuple[str, float, str, str]:
    """The verdict of all accounts: those of the whole process only where they grow by more than what is counted."""
    byte_accounts = [account for account in accounts.values() if account.exact and account.name != "blocks"]
    leaks = [account for account in byte_accounts if account.verdict == "leak" and account.rate > allowed]
    worst = max(leaks, key=lambda account: account.rate, default=None)
    open_ = [account for account in byte_accounts if account.verdict == "inconclusive"]
    counted = sum(_growth(account) for account in byte_accounts)
    # A leak of C may be far larger than one that is counted beside it; what `malloc` takes around a small block, and what
    # tracing remembers of it, is none.
    traced = _TRACE * _growth(accounts["blocks"])
    least = max(allowed, _OUTSIDE, 0.0 if worst is None else _AROUND * worst.rate) + traced
    # The heap before pages: resident memory stands still while a leak fills a hole, or a huge page that numpy asked for.
    for name, words in (("heap", "the heap of C"), ("resident", "resident memory")):
        whole = accounts.get(name)
        if whole is not None and whole.verdict == "leak" and whole.rate - counted > least:
            reason = f"{words} grows by {whole.rate:.0f} B a cycle outside of what is counted: a library of C"
            return "leak", whole.rate, name, reason
    if worst is not None:
        low, high = worst.interval or (worst.rate, worst.rate)
        reason = f"{worst.name} memory grows by {worst.rate:.1f} B a cycle ({low:.1f} to {high:.1f})"
        return "leak", worst.rate, worst.name, reason
    if open_:
        first = open_[0]
        after = "" if first.settled_by is None else f"; {first.settled_by:.0f} cycles would tell"
        return "inconclusive", 0.0, first.name, f"{first.name} memory: {first.reason}{after}"
    held = [account for account in byte_accounts if account.verdict in ("bounded", "one_time")]
    if held:
        most = min(held, key=lambda account: (_ORDER.index(account.verdict), -account.amount))
        words = "was paid once" if most.verdict == "one_time" else "is the most that it held"
        return most.verdict, 0.0, most.name, f"{most.amount:.0f} B of {most.name} memory: {words}"
    return "clean", 0.0, "python", "nothing grows"


def _growth(account: Account) -> float:
    """What an account may add a cycle to those of the whole process: its rate, or, not told yet, its rise of late."""
    if account.verdict != "inconclusive":
        return account.rate
    late = range(len(account.at) // 2, len(account.at) - 1)
    least = min(late, key=lambda i: account.amounts[i])
    return max(account.amounts[-1] - account.amounts[least], 0.0) / (account.at[-1] - account.at[least])


#: A heap or resident memory that grows by less a cycle proves nothing, in bytes.
_OUTSIDE = 256.0
#: What `malloc` takes for a small block, as a multiple of it.
_AROUND = 4.0
#: What tracemalloc remembers a block by, in bytes at most: two nodes and its place in a table.
_TRACE = 128.0
