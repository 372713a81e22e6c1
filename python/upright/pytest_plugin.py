"""A fixture and a marker of pytest for leaks.

``memory_audit(create, step, ...)`` audits a subject as ``upright.audit`` does and fails the test where it leaks; a test
with the marker ``leak_free(cycles=200, allowed=0)`` has its body run so many times and fails where that leaves more
and more behind. ``--upright-audit=report.html`` writes what was found.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .memory import Audit

_FOUND: pytest.StashKey[list[tuple[str, Audit]]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option of the report."""
    group = parser.getgroup("upright", "memory audit")
    group.addoption("--upright-audit", metavar="FILE", help="write what memory audits have found as a page of HTML")


def pytest_configure(config: pytest.Config) -> None:
    """Names the marker."""
    line = "leak_free(cycles=200, allowed=0): run the test so many times and fail where memory grows on"
    config.addinivalue_line("markers", line)
    config.stash[_FOUND] = []


def _judge(config: pytest.Config, name: str, found: Audit) -> None:
    config.stash[_FOUND].append((name, found))
    if found.leaks:
        pytest.fail(str(found), pytrace=False)


@pytest.fixture
def memory_audit(request: pytest.FixtureRequest) -> Callable[..., Audit]:
    """Audits a subject, and fails the test where it leaks."""
    from .memory import audit

    def run(*arguments: Any, **options: Any) -> Audit:
        found = audit(*arguments, **options)
        _judge(request.config, request.node.nodeid, found)
        return found

    return run


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs the body of a marked test in cycles."""
    marker = pyfuncitem.get_closest_marker("leak_free")
    if marker is None:
        return None
    from .memory import audit

    options: dict[str, Any] = {"cycles": 200, **marker.kwargs}
    wanted = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in wanted}

    def body() -> None:
        pyfuncitem.obj(**arguments)

    # What the first call imports and caches is no leak, and need not be looked at.
    body()
    _judge(pyfuncitem.config, pyfuncitem.nodeid, audit(body, resident=False, **options))
    return True


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Writes the report."""
    path = session.config.getoption("--upright-audit")
    if not path:
        return
    from ._results import write_text

    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{found.verdict}</td><td>{html.escape(found.reason)}</td>"
        f"<td>{'<br>'.join(html.escape(str(site)) for site in found.sites)}</td></tr>"
        for name, found in session.config.stash[_FOUND]
    )
    head = "<tr><th>subject</th><th>verdict</th><th>why</th><th>lines that grew</th></tr>"
    title = "<!doctype html><meta charset=utf-8><title>Memory audit</title><h1>Memory audit</h1>"
    write_text(path, f"{title}<table>{head}{rows}</table>\n")
