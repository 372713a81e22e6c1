#!/bin/sh
# upright beside MuJoCo on the same plant, in one run on one machine, one thread each.
#   benches/compare.sh
# Installs MuJoCo from PyPI into a folder of its own below target/.
set -eu
cd "$(dirname "$0")/.."
cargo build --release --quiet
venv=target/mujoco
[ -x $venv/bin/python ] || { python3 -m venv $venv && $venv/bin/pip install --quiet mujoco numpy; }
speed() {
    target/release/upright batch scenarios/nominal.yaml --runs 2000 --threads 1 --json \
        --set plant.model=simplified --controller "$1" |
        sed -n 's/.*"steps_per_second": \([0-9.]*\).*/\1/p'
}
$venv/bin/python benches/pendulum_in_mujoco.py
for kind in classical super_twisting adaptive hybrid lqr none; do
    best=$(for _ in 1 2 3 4 5; do speed $kind; done | sort -n | tail -n 1)
    echo "upright, $kind: $(echo "$best" | awk '{printf "%.1f", $1 / 1e6}') million control periods a second"
done
