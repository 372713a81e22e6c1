"""The blocks of Python in the documents run, one after the other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conftest import REPOSITORY


@pytest.mark.parametrize("page", ["docs/python.md", "python/README.md"])
def test_blocks_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("gymnasium", "pandas"):
        pytest.importorskip(package)
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    blocks = list(re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    assert blocks
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in blocks:
        line = text[: block.start(1)].count("\n")
        # Lines of a traceback are those of the page.
        exec(compile("\n" * line + block[1], page, "exec"), names)
