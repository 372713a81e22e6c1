"""The notebooks, which are texts, run from their first cell to their last, and each has its picture in the book."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from conftest import REPOSITORY

NOTEBOOKS = sorted((REPOSITORY / "python" / "notebooks").glob("*.py"))
PAGE = REPOSITORY / "docs" / "notebooks.md"


def labels(figure: Any) -> set[str]:
    """The words of a figure: of its axes and legends."""
    words = set()
    for axis in figure.axes:
        words |= {axis.get_xlabel(), axis.get_ylabel(), axis.get_title()}
    legends = [axis.get_legend() for axis in figure.axes] + figure.legends
    words |= {text.get_text() for legend in legends if legend for text in legend.get_texts()}
    # A label of two lines is two texts.
    return {line for word in words for line in word.splitlines()}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_and_ends_with_the_figure_of_its_picture(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    for package in ("gymnasium", "pandas", "control"):
        pytest.importorskip(package)
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(path))
    numbers = matplotlib.pyplot.get_fignums()
    assert numbers, "it draws no figure"
    found = labels(matplotlib.pyplot.figure(numbers[-1]))
    matplotlib.pyplot.close("all")
    text = (PAGE.parent / "notebooks" / f"{path.stem}.svg").read_text(encoding="utf-8")
    shown = {"".join(element.itertext()).strip() for element in ElementTree.fromstring(text).iter()}
    assert found and found <= shown, "docs/notebooks/pictures.py makes the pictures anew"
    # The same on every day and every machine.
    assert not re.search(r"<dc:date>|/home/|/tmp/|\bmatplotlib v?\d", text, re.IGNORECASE)
    assert len(text) < 100_000


def test_each_stands_in_the_book_with_its_picture() -> None:
    text = PAGE.read_text(encoding="utf-8")
    pictures = re.findall(r"^!\[.+\]\(notebooks/(.+)\.svg\)$", text, re.MULTILINE)
    assert pictures == [path.stem for path in NOTEBOOKS]
    assert re.findall(r"\]\(\.\./python/notebooks/(.+)\.py\)", text) == pictures
    assert "(notebooks.md)" in (PAGE.parent / "SUMMARY.md").read_text(encoding="utf-8")
    assert {path.stem for path in (PAGE.parent / "notebooks").glob("*.svg")} == set(pictures)
    assert len(pictures) == 8
