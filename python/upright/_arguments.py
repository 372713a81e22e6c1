"""Arguments of this package's functions, refused by their names where they are none."""

from __future__ import annotations

import operator
from typing import Any

from ._native import Scenario


def scenario(value: Any) -> Scenario:
    """A scenario, or an error that says how to make one."""
    if isinstance(value, Scenario):
        return value
    kind = type(value).__name__
    raise TypeError(f"scenario: a {kind}; allowed is a Scenario, made of a dict or read by Scenario.load(path)")


def whole_number(name: str, value: Any, least: int = 0, most: int = 2**64 - 1) -> int:
    """A whole number within bounds, or an error that names it."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} = {value!r}: allowed is a whole number from {least}") from None
    if not least <= number <= most:
        to = "" if most == 2**64 - 1 else f" to {most}"
        raise ValueError(f"{name} = {number}: allowed are whole numbers from {least}{to}")
    return number


def truth(name: str, value: Any) -> bool:
    """True or False, or an error that names it."""
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return bool(value)
    raise TypeError(f"{name} = {value!r}: allowed is True or False")


def options(given: Any, known: tuple[str, ...]) -> dict[str, Any]:
    """Options of an environment's reset; one that it does not know would be without effect, so it is refused."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise TypeError(f"options = {given!r}: allowed is a dict")
    unknown = next((name for name in given if name not in known), None)
    if unknown is not None:
        raise ValueError(f"options: there is no {unknown!r}; allowed is {', '.join(map(repr, known))}")
    return given


def threads(value: Any) -> int | None:
    """How many threads; None for as many as the process may use."""
    return None if value is None else whole_number("threads", value, 1, 4096)


def function(name: str, value: Any) -> None:
    """That something is a function, or None."""
    if value is not None and not callable(value):
        raise TypeError(f"{name} = {value!r}: allowed is a function")


def kinds(name: str, value: Any) -> tuple[str, ...]:
    """Kinds of controllers, at least one; a word alone is none, though it is made of words."""
    if isinstance(value, str):
        raise TypeError(f"{name} = {value!r}: allowed is a list of kinds, such as [{value!r}]")
    found = tuple(value)
    wrong = next((kind for kind in found if not isinstance(kind, str)), None)
    if wrong is not None:
        raise TypeError(f"{name}: {wrong!r} is no kind; allowed are those of upright.kinds()")
    if not found:
        raise ValueError(f"{name}: an empty list; allowed is at least one kind")
    return found
