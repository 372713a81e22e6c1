"""How fast: ratios of processor times within this process, so that a busy machine changes them little."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import upright
from table import Row
from upright import _native

State = tuple[float, float, float, float, float, float]
STATE: State = (0.0, 0.05, -0.03, 0.0, 0.0, 0.0)
PERIODS = 10_000
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

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


def in_turn(calls: list[Callable[[], object]], times: int = 7) -> list[float]:
    """The least time of each of some calls, which are tried in turn, so that a load comes over all of them."""
    found = [float("inf")] * len(calls)
    for _ in range(times):
        for index, call in enumerate(calls):
            found[index] = min(found[index], seconds(call, times=1))
    return found


def controller_step() -> list[Row]:
    """A step against functions of Python that multiply six numbers, all called by nothing but a loop. Beside them a
    controller and a function that do nothing, and Python's own sum of the same tuple: below these no call comes."""
    step = upright.Controller(upright.Scenario()).step
    # What such a function computes and no more.
    linear = upright.Controller(upright.Scenario(controller="lqr")).step
    idle = upright.Controller(upright.Scenario(controller="none")).step
    gains = k0, k1, k2, k3, k4, k5 = (31.62, -633.60, 945.12, 46.97, -8.54, 131.23)

    def written_out(s: State) -> float:
        return -(k0 * s[0] + k1 * s[1] + k2 * s[2] + k3 * s[3] + k4 * s[4] + k5 * s[5])

    def summed(s: State) -> float:
        return -sum(gain * x for gain, x in zip(gains, s))

    def nothing(s: State) -> None:
        pass

    count = 100_000

    def calls(function: Callable[[State], object]) -> Callable[[], None]:
        def work() -> None:
            state = STATE
            for _ in range(count):
                function(state)

        return work

    functions: tuple[Callable[[State], object], ...] = (step, linear, idle, written_out, summed, nothing, sum)
    ours, feedback, least, out, over_zip, empty, of_c = (found / count * 1e9 for found in in_turn([calls(each) for each in functions]))
    what = "`Controller.step(tuple)` over a Python function that multiplies six numbers"
    note = (
        f"{ours:.0f} to {out:.0f} ns; `kind: none`, which computes nothing, {least:.0f} ns, an empty function {empty:.0f} ns, "
        f"Python's own `sum` of the tuple {of_c:.0f} ns"
    )
    return [
        Row(f"{what}, written out", ours / out, most=0.5, note=note),
        Row("the same under `kind: lqr`, which is such a function", feedback / out, most=0.5, note=f"{feedback:.0f} ns"),
        Row(f"{what}, by `sum` and `zip` as the laws on this page", ours / over_zip, most=0.5, note=f"to {over_zip:.0f} ns"),
    ]


def requests() -> Row:
    """What the heap of Rust is asked for by steps of a controller."""
    controller = upright.Controller(upright.Scenario())
    controller.step(STATE)
    before = _native._rust_requests()
    repeat(lambda: controller.step(STATE), 1000)()
    return Row("allocations on the Rust heap a `Controller.step`", (_native._rust_requests() - before) / 1000, most=0)


def recorded() -> list[Row]:
    """A recorded run, as arrays, against the same run in Rust and against one that is not recorded."""
    scenario = upright.Scenario()
    count = 10
    ours, rust, bare = in_turn(
        [
            repeat(lambda: upright.simulate(scenario), count),
            lambda: _native._run_in_rust(scenario, count),
            repeat(lambda: upright.simulate(scenario, record=False), count),
        ],
        15,
    )
    note = f"{ours / count * 1e3:.2f} ms for {PERIODS} periods"
    return [
        Row("`simulate` of 10 s, recorded, over the same run in Rust", ours / rust, most=1.05, note=note),
        Row("`simulate`, recorded over unrecorded", ours / bare),
    ]


def loop_in_python() -> list[Row]:
    """Our law on our plant in a loop of Python, a period in us."""
    scenario = upright.Scenario()
    controller, plant = upright.Controller(scenario), upright.Simulator(scenario)

    def work() -> None:
        controller.reset()
        measured = plant.reset()
        while not plant.over:
            measured = plant.step(controller.step(measured))

    ours, bare = in_turn([work, lambda: upright.simulate(scenario, record=False)])
    what = "our law on our plant in a Python loop, a period in us"
    return [
        Row(what, ours / PERIODS * 1e6, most=0.5, note=f"{bare / PERIODS * 1e6:.2f} us of them are the run itself"),
    ]


def batch_engine() -> Row:
    """A study in all against the time inside of its engine."""
    scenario = upright.Scenario()
    begin = time.perf_counter()
    study = upright.batch(scenario, 2000)
    took = time.perf_counter() - begin
    return Row("`batch`, total over time inside the engine", took / study.seconds, most=1.02)


def step_rate(envs: Any, actions: Any, steps: int) -> float:
    """Steps of an environment a second of processor time."""
    envs.reset(seed=1)

    def work() -> None:
        for _ in range(steps):
            envs.step(actions)

    return steps / seconds(work)


def environments() -> list[Row]:
    """The vector environment against vectorised numpy with the same work: five RK4 steps a step."""
    import upright.gym

    number, steps = 4096, 40
    actions = np.zeros((number, 1), np.float32)
    vector = upright.gym.DoubleInvertedPendulumVectorEnv(number, periods=5, threads=1)

    def ours() -> None:
        for _ in range(steps):
            vector.step(actions)

    theirs = numpy_steps(number, steps // 4)
    least = [float("inf")] * 2
    for _ in range(7):
        # From the start, so that each try is of the same plants.
        vector.reset(seed=1)
        least[0] = min(least[0], seconds(ours, times=1) / steps)
        least[1] = min(least[1], seconds(theirs, times=1) / (steps // 4))
    own, other = least
    return [
        Row("steps a second of 4096 environments on one thread", number / own),
        Row("the same over numpy's vectorised code", other / own, least=20),
    ]


def on_mujoco() -> list[Row]:
    """The same against MuJoCo: its environment, single and in a vector, and ``mujoco.rollout`` of the same plant; and our
    controllers on its plant."""
    import gymnasium
    import on_mujoco

    import upright.gym

    number = 4096
    actions = np.zeros((number, 1), np.float32)
    vector = upright.gym.DoubleInvertedPendulumVectorEnv(number, periods=5, threads=1)
    ours = step_rate(vector, actions, 40) * number
    steps = 50
    rollout = number * steps / 5 / seconds(on_mujoco.rollout(number, steps))

    def episode(env: Any, action: Any) -> Callable[[], None]:
        def work() -> None:
            env.reset(seed=1)
            for _ in range(3000):
                if any(env.step(action)[2:4]):
                    env.reset()

        return work

    theirs = gymnasium.make("InvertedDoublePendulum-v5").unwrapped
    action = np.zeros(1, np.float32)
    own, other = in_turn([episode(upright.gym.DoubleInvertedPendulumEnv(periods=5), action), episode(theirs, action)], 3)
    sync = gymnasium.make_vec("InvertedDoublePendulum-v5", num_envs=64, vectorization_mode="sync")
    of_sync = step_rate(sync, actions[:64], 40) * 64
    largest = max(map(on_mujoco.difference, on_mujoco.KINDS))
    return [
        Row("single environment over `InvertedDoublePendulum-v5`, five RK4 steps each", other / own, least=40),
        Row("4096 environments, one thread, over `SyncVectorEnv` of v5", ours / of_sync, least=300),
        Row("the same over `mujoco.rollout` on one thread", ours / rollout, least=100),
        Row("our controllers on MuJoCo's plant, 10 s: largest difference of any state", largest, most=1e-12),
    ]


def threads() -> list[Row]:
    """As many threads as cores against one, on 65 536 environments: in wall time, which a busy machine makes less of; and
    what a step takes of processor time on one thread over all, which it makes little of."""
    import upright.gym

    number = 65_536
    actions = np.zeros((number, 1), np.float32)
    taken: list[tuple[float, float]] = []
    for count in (1, CORES):
        envs = upright.gym.DoubleInvertedPendulumVectorEnv(number, periods=5, threads=count)
        envs.reset(seed=1)
        envs.step(actions)
        work = repeat(lambda envs=envs: envs.step(actions), 10)  # type: ignore[misc]
        taken.append((seconds(work, time.perf_counter, 5), seconds(work, times=5)))
        envs.close()
    (wall, used), (wall_all, used_all) = taken
    busy = f"on idle cores; load {os.getloadavg()[0]:.1f} here" if hasattr(os, "getloadavg") else "on idle cores"
    what = f"65 536 environments, {CORES} threads over one, wall time"
    return [
        Row(what, wall / wall_all, least=0.85 * CORES, note=busy),
        Row(f"the same, processor time of one thread over {CORES}", used / used_all, least=0.85),
    ]


def numpy_steps(number: int, steps: int) -> Callable[[], None]:
    """As many steps of the same plant and work in vectorised numpy."""
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
        for _ in range(5 * steps):
            one = slope(s, 0.0)
            two = slope(s + h / 2 * one, 0.0)
            three = slope(s + h / 2 * two, 0.0)
            s = s + h / 6 * (one + 2 * two + 2 * three + slope(s + h * three, 0.0))

    return work


#: Steps of 4096 environments in the unit that UPRIGHT_SIMD names, asked for by lines of standard input: what each
#: took of processor time.
_STEPS = """
import sys, time, numpy as np, upright.gym
envs = upright.gym.DoubleInvertedPendulumVectorEnv(4096, periods=5, threads=1)
envs.reset(seed=1)
actions = np.zeros((4096, 1))
envs.step(actions)
print("ready", flush=True)
for line in sys.stdin:
    begin = time.process_time()
    for _ in range(20):
        envs.step(actions)
    print(time.process_time() - begin, flush=True)
"""


def units() -> list[Row]:
    """The vector environment in vector units against plain arrays, each in a process of its own, in turn."""
    running: dict[str, subprocess.Popen[str]] = {}
    for unit in ("scalar", "sse2", "avx2", "avx512"):
        command, environment = [sys.executable, "-c", _STEPS], {**os.environ, "UPRIGHT_SIMD": unit}
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert process.stdout is not None
        if process.stdout.readline() == "ready\n":
            running[unit] = process
    least = dict.fromkeys(running, float("inf"))
    for _ in range(7):
        for unit, process in running.items():
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write("\n")
            process.stdin.flush()
            least[unit] = min(least[unit], float(process.stdout.readline()))
    for process in running.values():
        process.communicate()
    plain = least.pop("scalar")
    asked = {"avx2": 2.0}
    return [
        Row(f"4096 environments, one thread, {unit} over plain arrays", plain / found, least=asked.get(unit))
        for unit, found in least.items()
    ]


def import_time() -> Row:
    """What importing the package takes over importing numpy, in ms."""

    def took(module: str) -> float:
        code = f"import time; t = time.process_time(); import {module}; print(time.process_time() - t)"
        return min(float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(9))

    return Row("import over numpy's, in ms", (took("upright") - took("numpy")) * 1e3, most=30)


def small_calls() -> list[Row]:
    """Making, changing and reading back a scenario, in us."""
    scenario = upright.Scenario()
    data = pickle.dumps(scenario)
    calls: dict[str, Callable[[], object]] = {
        "Scenario()": upright.Scenario,
        "replace": lambda: scenario.replace({"plant.link1.mass": 0.25}),
        "pickle.loads": lambda: pickle.loads(data),
    }
    return [Row(f"`{name}`, in us", seconds(repeat(call, 200)) / 200 * 1e6, most=100) for name, call in calls.items()]


MEASURED = (
    controller_step,
    requests,
    recorded,
    loop_in_python,
    batch_engine,
    environments,
    on_mujoco,
    units,
    threads,
    small_calls,
    import_time,
)
