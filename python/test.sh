#!/usr/bin/env bash
# Builds the wheel, installs it into a fresh environment and tests it there, with no Rust in the path. Needs Python 3.10
# or later with venv, Rust, and PyPI (or what pip is set to). What stands in between is kept in python/target.
#
#   python/test.sh            all of it
#   python/test.sh wheel      the wheel alone, into python/target/test/wheels
#   PROFILE=dev python/test.sh    an extension that builds faster and runs slower; its bits are the same
set -euo pipefail
cd "$(dirname "$0")"
python=${PYTHON:-python3}
work=$PWD/target/test
profile=${PROFILE:-release}

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  echo "$python has no venv; on Debian: apt-get install python3-venv" >&2
  exit 1
fi

# What builds.
[ -x "$work/build/bin/maturin" ] || "$python" -m venv "$work/build"
"$work/build/bin/pip" install --quiet --disable-pip-version-check 'maturin>=1.10,<2'
rm -rf "$work/wheels" "$work/fresh"
"$work/build/bin/maturin" build --quiet --locked --profile "$profile" --interpreter "$python" --out "$work/wheels"
[ "${1:-}" != wheel ] || exit 0

# What tests: the wheel and what its tests need, and no Rust.
"$python" -m venv "$work/fresh"
wheel=$(echo "$work"/wheels/*.whl)
"$work/fresh/bin/pip" install --quiet --disable-pip-version-check "$wheel[test]"
without_rust=""
IFS=: read -ra folders <<<"$PATH"
for folder in "${folders[@]}"; do
  if [ ! -x "$folder/cargo" ] && [ ! -x "$folder/rustc" ]; then
    without_rust+=${without_rust:+:}$folder
  fi
done
export PATH=$work/fresh/bin:$without_rust
if command -v cargo >/dev/null || command -v rustc >/dev/null; then
  echo "Rust is still in the path: $PATH" >&2
  exit 1
fi
# From a folder of its own, so that the package is the one that was installed.
rm -rf "$work/run"
mkdir -p "$work/run"
cp -r tests "$work/run/tests"
cp pyproject.toml "$work/run/"
cd "$work/run"
export UPRIGHT_REPOSITORY=${UPRIGHT_REPOSITORY:-$OLDPWD/..}
python -c 'import upright; assert "site-packages" in upright.__file__, upright.__file__; print("upright", upright.__version__)'
python -m pytest tests
python -m pytest --doctest-modules --pyargs upright
python -m mypy --strict tests/typed.py
python -m mypy --strict --package upright
python -m mypy.stubtest upright._native
if pyright --version >/dev/null 2>&1; then
  pyright --project pyproject.toml tests/typed.py
else
  echo "pyright was left out: it needs Node.js, which it could not download"
fi
