"""The memory audit on its zoo, and the same zoo under pytest-memray, whose `limit_leaks` is asked for a size."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

from table import Row

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path.append(str(TESTS))

#: What a test may leave behind at one place, as pytest-memray is told; and how often a test does what a cycle does.
_LIMIT, _CYCLES = "1 KB", 40

_UNDER_MEMRAY = f"""
import pytest, zoo

@pytest.mark.parametrize("animal", zoo.ANIMALS, ids=lambda animal: animal.name)
@pytest.mark.limit_leaks("{_LIMIT}")
def test(animal):
    for _ in range({_CYCLES}):
        animal.work()
"""


def zoo() -> list[Row]:
    """Verdicts of the audit that are right, the line of each leak among them."""
    import zoo

    wrong = []
    for animal in zoo.ANIMALS:
        found = animal.audit()
        zoo.clear()
        if not animal.right(found):
            wrong.append(f"{animal.name}: {found.verdict}")
    count = len(zoo.ANIMALS)
    lines = sum(animal.line is not None for animal in zoo.ANIMALS)
    note = "; ".join([f"of {count}; {lines} leaks by their line", *wrong])
    return [Row("audit zoo: verdicts that are right", count - len(wrong), least=count, note=note)]


def memray() -> list[Row]:
    """What pytest-memray says of the same zoo, a test each."""
    if importlib.util.find_spec("pytest_memray") is None:
        raise ImportError("pip install pytest-memray")
    import zoo

    with tempfile.TemporaryDirectory() as folder:
        test, report = Path(folder, "test_zoo.py"), Path(folder, "report.xml")
        test.write_text(_UNDER_MEMRAY, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "--memray", "-p", "no:cacheprovider", f"--junit-xml={report}", str(test)]
        subprocess.run(command, cwd=TESTS, capture_output=True, check=False)
        cases = list(xml.parse(report).iter("testcase"))
    failed = {case.attrib["name"].partition("[")[2][:-1] for case in cases if case.find("failure") is not None}
    alarms = [animal.name for animal in zoo.ANIMALS if animal.name in failed and not animal.leaks]
    missed = [animal.name for animal in zoo.ANIMALS if animal.name not in failed and animal.leaks]
    note = f"of {len(cases)}; false alarms: {', '.join(alarms) or 'none'}; leaks not seen: {', '.join(missed) or 'none'}"
    return [Row(f"beside it, pytest-memray's `limit_leaks(\"{_LIMIT}\")`: verdicts that are right", len(cases) - len(alarms) - len(missed), note=note)]


MEASURED = (zoo, memray)
