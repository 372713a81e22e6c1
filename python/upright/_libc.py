"""What the library of C tells of its heap: how much it has handed out, and giving back what is free. Of glibc."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable


class _Counts(ctypes.Structure):
    """``struct mallinfo2`` of malloc.h."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    )


# Once, since to load a library takes memory that only the collector gives back.
@functools.cache
def _function(name: str) -> Callable[..., object] | None:
    # Another system, another library of C, or an older glibc: it is not there, and cannot be asked for.
    try:
        return getattr(ctypes.CDLL(None), name)  # type: ignore[no-any-return]
    except (AttributeError, OSError, TypeError):
        return None


def counter() -> Callable[[], int] | None:
    """A function that counts what is handed out now, in bytes; None where the library does not tell.

    Every ``malloc`` and ``free`` counts, on all threads, whatever pages hold it: unlike resident memory, which stands
    still while a hole is filled, or a huge page.
    """
    counts = _function("mallinfo2")
    if counts is None:
        return None
    counts.restype = _Counts  # type: ignore[attr-defined]

    def handed_out() -> int:
        now = counts()
        return int(now.uordblks + now.hblkhd)  # type: ignore[attr-defined]

    return handed_out


def give_back() -> None:
    """Has the library give pages back that are free, which a leak would fill at first without resident memory rising."""
    trim = _function("malloc_trim")
    if trim is not None:
        trim(0)
