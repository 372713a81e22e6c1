"""The notebooks, which are texts, run from their first cell to their last."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from conftest import REPOSITORY

NOTEBOOKS = sorted((REPOSITORY / "python" / "notebooks").glob("*.py"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    for package in ("gymnasium", "pandas", "control"):
        pytest.importorskip(package)
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(path))
    matplotlib.pyplot.close("all")


def test_there_are_some() -> None:
    assert len(NOTEBOOKS) == 8
