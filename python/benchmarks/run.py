"""The acceptance table: how fast, as ratios of processor times within this process, so that a busy machine changes them
little; and what is promised besides, the table of bits against the program at the end.

    python benchmarks/run.py            # what is not installed (gymnasium[mujoco], mujoco) is left out and said so
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import promises
import upright
from upright import _native

State = tuple[float, float, float, float, float, float]
STATE: State = (0.0, 0.05, -0.03, 0.0, 0.0, 0.0)


def seconds(work: Callable[[], object], clock: Callable[[], float] = time.process_time, times: int = 3) -> float:
    """The least time of some tries."""
    best = float("inf")
    for _ in range(times):
        begin = clock()
        work()
        best = min(best, clock() - begin)
    return best


def repeat(call: Callable[[], object], count: int) -> Callable[[], None]:
    def work() -> None:
        for _ in range(count):
            call()

    return work


def controller_step() -> tuple[str, float, str]:
    """A step against a function of Python that multiplies six numbers."""
    controller = upright.Controller(upright.Scenario())
    gains = (31.62, -633.60, 945.12, 46.97, -8.54, 131.23)

    def law(state: State) -> float:
        return -(
            gains[0] * state[0]
            + gains[1] * state[1]
            + gains[2] * state[2]
            + gains[3] * state[3]
            + gains[4] * state[4]
            + gains[5] * state[5]
        )

    ours = seconds(repeat(lambda: controller.step(STATE), 100_000))
    theirs = seconds(repeat(lambda: law(STATE), 100_000))
    return "Controller.step over a Python function of six products", ours / theirs, "at most 0.5"


def recorded() -> tuple[str, float, str]:
    """A recorded run against an unrecorded one."""
    scenario = upright.Scenario()
    ours = seconds(repeat(lambda: upright.simulate(scenario), 20))
    bare = seconds(repeat(lambda: upright.simulate(scenario, record=False), 20))
    return "simulate recorded over unrecorded", ours / bare, "at most 1.5"


def loop_in_python() -> tuple[str, float, str]:
    """Our law on our plant in a loop of Python, a period in us, less the run itself."""
    scenario = upright.Scenario()
    controller, plant = upright.Controller(scenario), upright.Simulator(scenario)

    def work() -> None:
        controller.reset()
        plant.reset()
        while not plant.over:
            plant.step(controller.step(plant.measured))

    ours = seconds(work)
    bare = seconds(lambda: upright.simulate(scenario, record=False))
    return "our law on our plant in a Python loop, a period in us", (ours - bare) / 10_000 * 1e6, "at most 0.5"


def batch_engine() -> tuple[str, float, str]:
    """A study in all against the time inside of its engine."""
    scenario = upright.Scenario()
    begin = time.perf_counter()
    study = upright.batch(scenario, 2000)
    return "batch, total over time inside the engine", (time.perf_counter() - begin) / study.seconds, "at most 1.02"


def step_rate(envs: Any, actions: Any, steps: int) -> float:
    """Steps of an environment a second of processor time."""
    envs.reset(seed=1)

    def work() -> None:
        for _ in range(steps):
            envs.step(actions)

    return steps / seconds(work)


def environments() -> list[tuple[str, float, str]]:
    """Single and vector environments against MuJoCo's, with the same work: five RK4 steps a step."""
    import gymnasium

    import upright.gym

    single = upright.gym.DoubleInvertedPendulumEnv(periods=5)

    def episode(env: Any, action: Any) -> Callable[[], None]:
        def work() -> None:
            env.reset(seed=1)
            for _ in range(3000):
                if any(env.step(action)[2:4]):
                    env.reset()

        return work

    rows: list[tuple[str, float, str]] = []
    number = 4096
    actions = np.zeros((number, 1), np.float32)
    vector = upright.gym.DoubleInvertedPendulumVectorEnv(number, periods=5, threads=1)
    ours = step_rate(vector, actions, 40) * number
    rows.append(("vector environment, steps a second on one thread (4096)", ours, ""))
    rows.append(("numpy's vectorised code over the vector environment", ours / numpy_rate(number), "at least 20"))
    rows += mujoco_rows(ours, number)
    rows += threads_rows()
    try:
        theirs = gymnasium.make("InvertedDoublePendulum-v5").unwrapped
    except Exception as error:
        print(f"left out: InvertedDoublePendulum-v5 ({error})", file=sys.stderr)
        return rows
    action = np.zeros(1, np.float32)
    ratio = seconds(episode(theirs, action)) / seconds(episode(single, action))
    rows.append(("single environment over InvertedDoublePendulum-v5", ratio, "at least 40"))
    sync = gymnasium.make_vec("InvertedDoublePendulum-v5", num_envs=64, vectorization_mode="sync")
    rows.append(
        ("vector environment over SyncVectorEnv of v5", ours / (step_rate(sync, actions[:64], 40) * 64), "at least 300")
    )
    return rows


def mujoco_rows(ours: float, number: int) -> list[tuple[str, float, str]]:
    """``mujoco.rollout`` of the same plant with the same work on one thread, and our controllers on MuJoCo's plant."""
    try:
        import on_mujoco

        steps = 50
        theirs = number * steps / 5 / seconds(on_mujoco.rollout(number, steps))
    except ImportError as error:
        print(f"left out: mujoco ({error}); pip install mujoco brings it", file=sys.stderr)
        return []
    largest = max(map(on_mujoco.difference, on_mujoco.KINDS))
    return [
        ("vector environment over mujoco.rollout, one thread", ours / theirs, "at least 100"),
        ("our controllers on MuJoCo's plant, largest difference", largest, "at most 1e-12"),
    ]


def threads_rows() -> list[tuple[str, float, str]]:
    """As many threads as cores against one, on 65 536 environments: in wall time, which a busy machine makes less of; and
    what a step takes of processor time on one thread over all, which it makes little of."""
    import os

    import upright.gym

    cores, number = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 65_536
    actions = np.zeros((number, 1), np.float32)
    taken: list[tuple[float, float]] = []
    for threads in (1, cores):
        envs = upright.gym.DoubleInvertedPendulumVectorEnv(number, periods=5, threads=threads)
        envs.reset(seed=1)
        envs.step(actions)
        work = repeat(lambda envs=envs: envs.step(actions), 10)  # type: ignore[misc]
        taken.append((seconds(work, time.perf_counter, 5), seconds(work, times=5)))
        envs.close()
    (wall, used), (wall_all, used_all) = taken
    load = f"; load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    wanted = f"at least {0.85 * cores:.2f} on idle cores{load}"
    return [
        (f"65 536 environments, {cores} threads over one, wall time", wall / wall_all, wanted),
        (f"the same, processor time of one thread over {cores}", used / used_all, "at least 0.85"),
    ]


def numpy_rate(number: int) -> float:
    """Steps a second of the same plant and work in vectorised numpy."""
    scenario = upright.Scenario()
    plant = scenario["plant"]
    m0, g = plant["cart_mass"], plant["gravity"]
    (m1, l1, c1, j1), (m2, c2, j2) = (
        [plant["link1"][name] for name in ("mass", "length", "com", "inertia")],
        [plant["link2"][name] for name in ("mass", "com", "inertia")],
    )
    b = [plant["damping"][name] for name in plant["damping"]]
    h1, h2, h3 = m0 + m1 + m2, m1 * c1 + m2 * l1, m2 * c2
    h4, h5, h6 = m1 * c1 * c1 + m2 * l1 * l1 + j1, m2 * l1 * c2, m2 * c2 * c2 + j2

    def slope(s: Any, u: float) -> Any:
        _, t1, t2, v, w1, w2 = s
        s1, k1, s2, k2 = np.sin(t1), np.cos(t1), np.sin(t2), np.cos(t2)
        sd, cd = s1 * k2 - k1 * s2, k1 * k2 + s1 * s2
        a, bb, c = h2 * k1, h3 * k2, h5 * cd
        r0 = u + h2 * s1 * w1 * w1 + h3 * s2 * w2 * w2 - b[0] * v
        r1 = h2 * g * s1 - h5 * sd * w2 * w2 - b[1] * w1
        r2 = h3 * g * s2 + h5 * sd * w1 * w1 - b[2] * w2
        d = h1 * (h4 * h6 - c * c) - a * (a * h6 - c * bb) + bb * (a * c - h4 * bb)
        x = (r0 * (h4 * h6 - c * c) - a * (r1 * h6 - c * r2) + bb * (r1 * c - h4 * r2)) / d
        y = (h1 * (r1 * h6 - c * r2) - r0 * (a * h6 - c * bb) + bb * (a * r2 - r1 * bb)) / d
        z = (h1 * (h4 * r2 - r1 * c) - a * (a * r2 - r1 * bb) + r0 * (a * c - h4 * bb)) / d
        return np.array((v, w1, w2, x, y, z))

    state = np.tile(np.array(STATE)[:, None], (1, number))

    def work() -> None:
        s, h = state, 0.001
        for _ in range(5 * 10):
            one = slope(s, 0.0)
            two = slope(s + h / 2 * one, 0.0)
            three = slope(s + h / 2 * two, 0.0)
            s = s + h / 6 * (one + 2 * two + 2 * three + slope(s + h * three, 0.0))

    return number * 10 / seconds(work)


def units() -> list[tuple[str, float, str]]:
    """The vector environment in the widest unit against plain arrays, each in a process of its own."""
    code = (
        "import sys, numpy as np, upright.gym, time\n"
        "e = upright.gym.DoubleInvertedPendulumVectorEnv(4096, periods=5, threads=1)\n"
        "e.reset(seed=1); a = np.zeros((4096, 1)); e.step(a)\n"
        "b = []\n"
        "for _ in range(3):\n"
        "    t = time.process_time()\n"
        "    for _ in range(20): e.step(a)\n"
        "    b.append(time.process_time() - t)\n"
        "print(min(b))\n"
    )
    import os

    def took(unit: str) -> float | None:
        environment = {**os.environ, "UPRIGHT_SIMD": unit}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
        return float(done.stdout) if done.returncode == 0 else None

    plain = took("scalar")
    rows = []
    for unit in ("sse2", "avx2", "avx512"):
        found = took(unit)
        if plain is not None and found is not None:
            rows.append((f"vector environment, {unit} over plain arrays", plain / found, "at least 2" if unit == "avx2" else ""))
    return rows


def import_time() -> tuple[str, float, str]:
    """What importing the package takes over importing numpy, in ms."""

    def took(module: str) -> float:
        code = f"import time; t = time.process_time(); import {module}; print(time.process_time() - t)"
        return min(float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(5))

    return "import over numpy's in ms", (took("upright") - took("numpy")) * 1e3, "at most 30"


def small_calls() -> list[tuple[str, float, str]]:
    """Making, changing and reading back a scenario, in us."""
    import pickle

    scenario = upright.Scenario()
    data = pickle.dumps(scenario)
    calls: dict[str, Callable[[], object]] = {
        "Scenario()": upright.Scenario,
        "replace": lambda: scenario.replace({"plant.link1.mass": 0.25}),
        "pickle.loads": lambda: pickle.loads(data),
    }
    return [(f"{name} in us", seconds(repeat(call, 200)) / 200 * 1e6, "at most 100") for name, call in calls.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="as JSON")
    arguments = parser.parse_args()
    rows = [controller_step(), recorded(), loop_in_python(), batch_engine(), import_time()]
    before = _native._rust_requests()
    controller = upright.Controller(upright.Scenario())
    controller.step(STATE)
    before = _native._rust_requests()
    repeat(lambda: controller.step(STATE), 1000)()
    rows.append(("allocations on the Rust heap a Controller.step", (_native._rust_requests() - before) / 1000, "0"))
    rows += small_calls() + environments() + units()
    for promised in (
        promises.law_overhead,
        promises.memory,
        promises.stops,
        promises.executors,
        promises.environments,
        promises.linear_systems,
        promises.policy,
        promises.panics,
        promises.bits,
    ):
        try:
            found = promised()
        except ImportError as error:
            print(f"left out: {promised.__name__} ({error})", file=sys.stderr)
            continue
        rows += found if isinstance(found, list) else [found]
    if arguments.json:
        print(json.dumps([{"what": what, "value": value, "wanted": wanted} for what, value, wanted in rows], indent=1))
        return
    for what, value, wanted in rows:
        print(f"{what:<60} {value:>14.4g}  {wanted}")


if __name__ == "__main__":
    main()
