"""Each notebook's picture for the book: its last figure, as NAME.svg beside this file.

    python docs/notebooks/pictures.py            all of them; needs what the notebooks need
    python docs/notebooks/pictures.py 5_tuning   one
"""

from __future__ import annotations

import os
import runpy
import sys
import tempfile
from pathlib import Path

import matplotlib

ROOT = Path(__file__).resolve().parents[2]

#: The same figure is the same file: no date, no random names; text stays text.
SETTINGS = {"svg.hashsalt": "upright", "svg.fonttype": "none", "path.simplify_threshold": 0.5, "figure.dpi": 72}


def picture(notebook: Path, into: Path) -> None:
    """Runs a notebook in a folder of its own, and writes its last figure."""
    from matplotlib import pyplot

    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder, matplotlib.rc_context(SETTINGS):
        os.chdir(folder)
        try:
            runpy.run_path(str(notebook))
        finally:
            os.chdir(before)
        numbers = pyplot.get_fignums()
        if not numbers:
            raise SystemExit(f"{notebook} draws no figure")
        pyplot.figure(numbers[-1]).savefig(into, format="svg", metadata={"Date": None, "Creator": None})
    pyplot.close("all")


def main(names: list[str]) -> None:
    """Makes the pictures of the notebooks of these names, of all where there are none."""
    matplotlib.use("Agg")
    folder = Path(__file__).resolve().parent
    notebooks = sorted((ROOT / "python" / "notebooks").glob("*.py"))
    for notebook in notebooks:
        if not names or notebook.stem in names:
            picture(notebook, folder / f"{notebook.stem}.svg")
            print(folder / f"{notebook.stem}.svg")


if __name__ == "__main__":
    main(sys.argv[1:])
