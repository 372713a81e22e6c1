"""Rows of the acceptance table: what was measured, what is asked for, what was found here."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from typing import NamedTuple


class Row(NamedTuple):
    """A figure; of ``most`` and ``least`` at most one is asked for."""

    what: str
    here: float
    most: float | None = None
    least: float | None = None
    #: What else has to be known to read it.
    note: str = ""

    @property
    def asked(self) -> str:
        """What is asked for, in words."""
        if self.most is not None:
            return f"at most {self.most:g}" if self.most else "0"
        return "" if self.least is None else f"at least {self.least:g}"

    @property
    def missed(self) -> bool:
        """Whether it is not what is asked for; a figure that is none is not."""
        most, least = self.most, self.least
        return (most is not None and not self.here <= most) or (least is not None and not self.here >= least)


def machine() -> str:
    """Where the table was made, and how busy that is."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = f", load {os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else ""
    return f"{platform.machine()}, {cores} cores, Python {platform.python_version()}{load}"


def number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) and abs(value) < 1e9 else f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def text(rows: Iterable[Row], left_out: Iterable[str]) -> str:
    """The table as Markdown, which is read as text too; what could not be measured below it."""
    lines = ["| | asked | here | |", "|---|---|---|---|"]
    for row in rows:
        note = "; ".join(filter(None, ["**missed**" if row.missed else "", row.note]))
        lines.append(f"| {row.what} | {row.asked} | {number(row.here)} | {note} |")
    left = [f"- left out: {why}" for why in left_out]
    return "\n".join([*lines, "", machine(), *left])


def data(rows: Iterable[Row], left_out: Iterable[str]) -> str:
    """The table as JSON."""
    found = [{**row._asdict(), "missed": row.missed} for row in rows]
    return json.dumps({"machine": machine(), "rows": found, "left_out": list(left_out)}, indent=1)
