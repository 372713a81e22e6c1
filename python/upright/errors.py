"""What can go wrong, as exceptions. They pickle with all that they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class FieldError(NamedTuple):
    """One field of a scenario that is not allowed."""

    #: The field, outermost name first: ``plant.link1.mass``.
    path: str
    #: Its value as written; empty where there is nothing to show.
    value: str
    #: What is wrong with it, or what is allowed.
    problem: str
    #: Line and column in the text, from one; None where it is in no text.
    line: int | None
    column: int | None


class UprightError(Exception):
    """What every exception of this package is."""


class ScenarioError(UprightError, ValueError):
    """A scenario is not allowed; ``errors`` has each field that is wrong, ``str`` is what the program prints."""

    def __init__(self, message: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(message, tuple(errors))

    @property
    def errors(self) -> tuple[FieldError, ...]:
        """Each field that is wrong."""
        found: tuple[FieldError, ...] = self.args[1]
        return found

    def __str__(self) -> str:
        return str(self.args[0])


class DesignError(UprightError, ValueError):
    """A design does not exist; ``field`` is the field of the scenario that asks for it."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message, field)

    @property
    def field(self) -> str:
        """The field of the scenario that asks for it."""
        return str(self.args[1])

    def __str__(self) -> str:
        return str(self.args[0])


class ExecutorError(UprightError):
    """Parts of a study that an executor has not brought back, run twice; ``shards`` are their runs."""

    def __init__(self, message: str, shards: Sequence[range] = ()) -> None:
        super().__init__(message, tuple(shards))

    @property
    def shards(self) -> tuple[range, ...]:
        """The runs of each part that is missing."""
        found: tuple[range, ...] = self.args[1]
        return found

    def __str__(self) -> str:
        return str(self.args[0])
