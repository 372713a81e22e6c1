"""The package as it is installed: its size, how long that takes, and whether all checks of it pass."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from table import Row

PYTHON = Path(__file__).resolve().parents[1]


def wheel() -> list[Row]:
    """The size of the wheel: what is installed, packed as a wheel is."""
    try:
        installed = [path for path in files("upright") or [] if path.suffix != ".pyc" and ".." not in path.parts]
    except PackageNotFoundError:
        raise ImportError("the package is in the path and not installed; pip install it") from None
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in installed:
            archive.write(str(path.locate()), str(path))
    library = sum(Path(str(path.locate())).stat().st_size for path in installed if "_native" in path.name and path.suffix != ".pyi")
    return [Row("wheel, in MB", packed.tell() / 1e6, most=4, note=f"the extension in it {library / 1e6:.1f} MB")]


def install() -> list[Row]:
    """`pip install` of a clean checkout into a fresh environment, in minutes; crates are downloaded before."""
    with tempfile.TemporaryDirectory() as folder:
        clone, environment = Path(folder, "clone"), Path(folder, "environment")
        subprocess.run(["git", "clone", "--quiet", PYTHON.parent, clone], check=True)
        subprocess.run(["cargo", "fetch", "--quiet", "--locked", "--manifest-path", clone / "python" / "Cargo.toml"], check=True)
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        pip = str(environment / "bin" / "pip")
        command = [pip, "install", "--quiet", "--disable-pip-version-check", str(clone / "python")]
        begin, before = time.perf_counter(), os.times()
        subprocess.run(command, check=True, env={**os.environ, "CARGO_TARGET_DIR": str(Path(folder, "target"))})
        wall, after = (time.perf_counter() - begin) / 60, os.times()
        used = (after.children_user + after.children_system - before.children_user - before.children_system) / 60
    note = f"on two free cores; load {os.getloadavg()[0]:.1f} here, {used:.1f} minutes of processor time"
    return [Row("`pip install .` of a clean checkout, crates downloaded, in minutes", wall, most=5, note=note)]


def checks() -> list[Row]:
    """What `python/test.sh` runs besides the tests: types, stubs, doctests and notebooks; how many of them fail."""
    commands = {
        "mypy --strict": ["mypy", "--strict", "--package", "upright"],
        "pyright": ["pyright", "--project", "pyproject.toml", "tests/typed.py"],
        "stubtest": ["mypy.stubtest", "upright._native"],
        "doctests": ["pytest", "-q", "--doctest-modules", "--pyargs", "upright"],
        "notebooks": ["pytest", "-q", "tests/test_notebooks.py"],
    }
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        # From a folder of its own, so that the package is the one that is installed.
        for name in ("tests", "pyproject.toml"):
            Path(folder, name).symlink_to(PYTHON / name)
        environment = {**os.environ, "UPRIGHT_REPOSITORY": str(PYTHON.parent)}
        for name, command in commands.items():
            done = subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, check=False, env=environment)
            if done.returncode != 0:
                failed.append(name)
    note = "; ".join([f"of {', '.join(commands)}", *(f"{name} fails" for name in failed)])
    return [Row("checks that fail", len(failed), most=0, note=note)]


MEASURED = (wheel,)
SLOW = (checks, install)
