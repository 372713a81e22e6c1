"""What the tests share."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

# A shell that starts the tests in the background has them ignore Ctrl-C, and with them whatever is interrupted here.
signal.signal(signal.SIGINT, signal.default_int_handler)

REPOSITORY = Path(os.environ.get("UPRIGHT_REPOSITORY", Path(__file__).resolve().parents[2])).resolve()

Program = Callable[[Sequence[str]], None]


@pytest.fixture(scope="session")
def program() -> Program:
    """The program, whose bits are compared: that of UPRIGHT_PROGRAM, or the one that was built last."""
    given = os.environ.get("UPRIGHT_PROGRAM")
    built = [REPOSITORY / "target" / profile / "upright" for profile in ("release", "debug")]
    found = [Path(given)] if given else sorted(filter(Path.exists, built), key=lambda path: -path.stat().st_mtime)
    if not found:
        if os.environ.get("CI"):
            pytest.fail("there is no program to compare with; build it, or name it in UPRIGHT_PROGRAM")
        pytest.skip("there is no program to compare with")

    def run(arguments: Sequence[str]) -> None:
        subprocess.run([found[0], *arguments, "--quiet"], check=True, cwd=REPOSITORY, timeout=300)

    return run
