"""What is promised and is no speed: bits, memory, Ctrl-C, executors; each as a number beside what is wanted."""

from __future__ import annotations

import concurrent.futures
import contextlib
import csv
import io
import json
import math
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import upright
from table import Row
from upright import Scenario, _native

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "python" / "tests"))
KINDS = ("classical", "super_twisting", "adaptive", "hybrid", "lqr")
SHORT = Scenario(simulation={"duration": 0.3})


def program() -> Path | None:
    """The program whose bits are compared: that of UPRIGHT_PROGRAM, or the one that was built last."""
    given = os.environ.get("UPRIGHT_PROGRAM")
    built = [ROOT / "target" / profile / "upright" for profile in ("release", "debug")]
    found = [Path(given)] if given else sorted(filter(Path.exists, built), key=lambda path: -path.stat().st_mtime)
    return found[0] if found else None


def table(path: Path) -> list[list[str]]:
    with open(path, newline="") as file:
        return list(csv.reader(file))[1:]


def different(written: Any, found: Any) -> Iterator[bool]:
    """Whether each number, word or field of two trees differs in a bit."""
    if isinstance(written, dict):
        for name, value in written.items():
            yield from different(value, found[name])
    elif isinstance(written, list):
        yield len(written) != len(found)
        for a, b in zip(written, found, strict=False):
            yield from different(a, b)
    elif isinstance(found, float) and isinstance(written, str):
        yield (written != "") if not math.isfinite(found) else float(written).hex() != found.hex()
    else:
        yield str(written) != str(found) if isinstance(written, str) else written != found


def bits() -> list[Row]:
    """The table of bits: how many values of the program's files and of ours were compared, and how many differ."""
    binary = program()
    if binary is None:
        raise ImportError("there is no program to compare with; build it, or name it in UPRIGHT_PROGRAM")
    folder = Path(tempfile.mkdtemp(prefix="upright-bits-"))
    rows: list[Row] = []

    def run(*words: str) -> Path:
        out = folder / str(len(list(folder.iterdir())))
        subprocess.run([binary, *words, "--out", out, "--quiet"], check=True, cwd=ROOT, stderr=subprocess.DEVNULL)
        return out

    def told(what: str, flags: list[bool]) -> None:
        rows.append(Row(f"values of {what} that differ from the program's", sum(flags), most=0, note=f"of {len(flags)}"))

    flags: list[bool] = []
    paths = [path for path in sorted((ROOT / "scenarios").glob("*.yaml")) if path.stem not in ("long-watch", "memory-audit")]
    for path in paths:
        for kind in KINDS:
            out = run("simulate", str(path), "--controller", kind, "--set", "simulation.duration=1", "--figures", "svg")
            found = upright.simulate(Scenario.load(path, controller=kind, set={"simulation.duration": 1}))
            flags += different(table(out / "trajectory.csv"), found.data.tolist())
            flags += different(json.loads((out / "summary.json").read_text())["metrics"], found.metrics)
    told(f"`simulate` ({len(KINDS)} kinds, {len(paths)} scenarios)", flags)
    sets = {"simulation.duration": 1, "tuning.draws": 2, "tuning.confirm": 4, "tuning.validation": 4}
    words = [word for name, value in sets.items() for word in ("--set", f"{name}={value}")]
    nominal = str(ROOT / "scenarios" / "nominal.yaml")
    scenario = Scenario.load(nominal, set=sets)
    out = run("batch", nominal, "--runs", "40", *words)
    told("`batch`", list(different(table(out / "batch.csv"), [list(row.values()) for row in upright.batch(scenario, 40)])))
    axes = ("theta1", -0.6, 0.6, 9), ("theta2", -0.6, 0.6, 7)
    flags = []
    out = run("roa", nominal, *words, "--x", "theta1:-0.6:0.6:9", "--y", "theta2:-0.6:0.6:7", "--controller", "lqr,hybrid")
    region = upright.roa(scenario, *axes, controllers=["lqr", "hybrid"])
    verdicts = [[region.words[code] for code in codes.ravel()] for codes in region.verdicts.values()]
    found_columns = verdicts + [times.ravel().tolist() for times in region.upright_times.values()]
    flags = list(different([row[2:] for row in table(out / "roa.csv")], [list(row) for row in zip(*found_columns, strict=True)]))
    told("`roa`", flags)
    flags = []
    for kind in KINDS:
        out = run("design", nominal, "--controller", kind)
        found_design = upright.design(Scenario.load(nominal, controller=kind)).to_dict()
        written = json.loads((out / "summary.json").read_text())
        flags += different({name: written[name] for name in found_design if name in written and name != "warnings"}, found_design)
    told("`design`", flags)
    size = ["--particles", "5", "--iterations", "3"]
    out = run("tune", nominal, *words, *size)
    tuned = upright.tune(scenario, candidates=5, iterations=3)
    told("`tune`", list(different(table(out / "history.csv"), [[float(x or 0) for x in step] for step in tuned.history])))
    out = run("tune", nominal, *words, *size, "--objectives", "settling,variation")
    front = upright.front(scenario, ("settling", "variation"), candidates=5, iterations=3)
    members = json.loads((out / "summary.json").read_text())["members"]
    ours = [{"gains": member.gains, "cost": list(member.costs)} for member in front]
    told("`front`", list(different([{"gains": m["gains"], "cost": m["search"]["cost"]} for m in members], ours)))
    return rows


def stops() -> list[Row]:
    """What passes between Ctrl-C and its exception, in ms."""
    long = Scenario(simulation={"duration": 1000})
    search = Scenario(simulation={"duration": 3}, tuning={"draws": 4, "confirm": 8})
    # Its plan takes minutes.
    planned = Scenario(
        controller={"kind": "swing_up", "plan": {"candidates": 5000}},
        simulation={"initial_state": [0, math.pi, math.pi, 0, 0, 0]},
    )
    calls: dict[str, Callable[[], object]] = {
        "`simulate`": lambda: upright.simulate(long.replace({"simulation.duration": 1e5}), record=False),
        # A law that lets the links fall: nothing ends its run.
        "a Python law": lambda: upright.simulate(
            long.replace({"simulation.fall_angle": 1e4, "simulation.duration": 1e5}),
            controller=lambda t, state: 0.0,
            record=False,
        ),
        "`batch`": lambda: upright.batch(Scenario(), 10_000_000),
        "`roa`": lambda: upright.roa(long),
        "`tune`": lambda: upright.tune(search, iterations=10_000),
        "`front`": lambda: upright.front(search, ("settling", "variation"), iterations=10_000),
        "the plan of a swing-up": lambda: upright.Controller(planned),
    }

    def taken(call: Callable[[], object]) -> float:
        pressed: list[float] = []

        def press() -> None:
            time.sleep(0.3)
            pressed.append(time.perf_counter())
            os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=press)
        thread.start()
        try:
            call()
            # Too short to be stopped.
            thread.join()
        except KeyboardInterrupt:
            return (time.perf_counter() - pressed[0]) * 1e3 if pressed else float("nan")
        finally:
            thread.join()
        return float("nan")

    return [Row(f"Ctrl-C in {name}, in ms, the most of three", max(taken(call) for _ in range(3)), most=100) for name, call in calls.items()]


def memory() -> list[Row]:
    """Live bytes of the Rust heap after 300 of each class, and what is copied on the way to numpy and pandas."""

    def some() -> None:
        controller, plant = upright.Controller(SHORT), upright.Simulator(SHORT)
        plant.step(controller.step(plant.measured))
        plant.reset(run=1)
        pickle.loads(pickle.dumps(SHORT))
        upright.simulate(SHORT)
        upright.batch(SHORT, 2, threads=1)
        upright.design(SHORT)

    some()
    before = _native._rust_bytes()
    for _ in range(300):
        some()
    rows = [Row("live Rust heap after 300 of each class and call, in bytes", _native._rust_bytes() - before, most=0)]
    run = upright.simulate(SHORT)
    copied = [not np.shares_memory(run.data, view) for view in (run.t, run.states, run.u, run["sigma"])]
    try:
        copied.append(not np.shares_memory(run.data, run.to_pandas()["u"].to_numpy()))
        study = upright.batch(SHORT, 4)
        frame = study.to_pandas()
        numbers = [name for name, column in study.columns.items() if column.dtype.kind == "f"]
        copied += [not np.shares_memory(study.columns[name], frame[name].to_numpy()) for name in numbers]
    except ImportError:
        pass
    rows.append(Row("arrays copied between run, numpy and pandas", sum(copied), most=0, note=f"of {len(copied)}"))
    return rows


def law_overhead() -> Row:
    """What a law in Python adds to a period, in us."""
    scenario = Scenario(controller="lqr")
    gains = upright.design(scenario).lqr_gains
    assert gains is not None
    a, b, c, d, e, f = gains.tolist()

    def law(t: float, s: tuple[float, float, float, float, float, float]) -> float:
        return float(-(a * s[0] + b * s[1] + c * s[2] + d * s[3] + e * s[4] + f * s[5]))

    def took(controller: Any) -> float:
        best = float("inf")
        for _ in range(5):
            begin = time.process_time()
            upright.simulate(scenario, controller=controller, record=False)
            best = min(best, time.process_time() - begin)
        return best

    return Row("a Python law, overhead a period in us", (took(law) - took(None)) / 10_000 * 1e6, most=1)


def _refused(spec: dict[str, Any]) -> Scenario:
    return Scenario(spec)


def executors() -> list[Row]:
    """Columns of a study that differ between executors, and what a refused scenario is on its way back."""
    from upright.executors import shard

    whole = upright.batch(SHORT, 20)

    def row(name: str, study: upright.Study) -> Row:
        differ = sum(study.columns[name].tobytes() != column.tobytes() for name, column in whole.columns.items())
        return Row(f"columns of a study that differ on {name}", differ, most=0, note=f"of {len(whole.columns)}")

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        rows = [row("threads", upright.batch(SHORT, 20, executor=pool))]
    lost = 0
    for method in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context(method)
        with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as processes:
            rows.append(row(f"processes by {method}", upright.batch(SHORT, 20, executor=processes)))
            error = processes.submit(_refused, {"plant": {"cart_mass": -1}}).exception()
            lost += not isinstance(error, upright.ScenarioError) or error.errors[0].path != "plant.cart_mass"
    rows.append(Row("scenarios refused in a worker that are no `ScenarioError` with its fields", lost, most=0))
    with contextlib.suppress(ImportError):
        import joblib

        parts = joblib.Parallel(n_jobs=2)(joblib.delayed(shard)(SHORT, first, 10) for first in (0, 10))
        rows.append(row("joblib", parts[0] + parts[1]))
    with contextlib.suppress(ImportError):
        import distributed

        cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1")
        with cluster, distributed.Client(cluster) as client:
            rows.append(row("Dask's client", upright.batch(SHORT, 20, executor=client)))
            rows.append(row("Dask's `get_executor`", upright.batch(SHORT, 20, executor=client.get_executor())))
    with contextlib.suppress(ImportError):
        import ray

        own = upright.executors.ray(num_cpus=2, include_dashboard=False, log_to_driver=False)
        rows.append(row("Ray", upright.batch(SHORT, 20, executor=own)))
        ray.shutdown()
    return rows


def other_threads() -> list[Row]:
    """How far another thread of Python comes while a study computes on all cores, over how far it comes alone. Both ask
    for all of the processor; the scheduler leaves it a share."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    counted = [0]
    over = threading.Event()

    def count() -> None:
        while not over.is_set():
            counted[0] += 1

    def rate(work: Callable[[], object]) -> float:
        before, begin = counted[0], time.perf_counter()
        work()
        return (counted[0] - before) / (time.perf_counter() - begin)

    thread = threading.Thread(target=count)
    thread.start()
    try:
        alone = rate(lambda: time.sleep(0.5))
        beside = rate(lambda: upright.batch(Scenario(), 3000))
    finally:
        over.set()
        thread.join()
    share = cores / (cores + 1)
    note = f"of the {share:.2f} that a fair scheduler leaves it, half: others compute here too"
    return [Row("another Python thread while `batch` computes on all cores, its speed over that alone", beside / alone, least=share / 2, note=note)]


def forks() -> list[Row]:
    """A vector environment that was stepped on two threads, then forked and stepped in the child; and a study there."""
    if not hasattr(os, "fork"):
        return []
    import forked

    what = "of a stepped vector environment and a study in a forked child: hang, or other bits"
    return [Row(what, forked.unlike(), most=0, note="of 2")]


def same_as_single() -> list[Row]:
    """Gymnasium's own check, and a vector environment against single ones over resets."""
    from gymnasium.utils.env_checker import check_env

    from upright.gym import DoubleInvertedPendulumEnv, DoubleInvertedPendulumVectorEnv

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_env(DoubleInvertedPendulumEnv(), skip_render_check=True)
    rows = [Row("warnings of `check_env`, which passes", len(caught), most=0)]
    number, steps = 37, 900
    random = np.random.default_rng(0)
    for periods in (1, 20):
        envs = DoubleInvertedPendulumVectorEnv(number, SHORT, periods=periods)
        envs.reset(seed=3)
        ends = 0
        unlike = 0
        runs = [DoubleInvertedPendulumEnv(SHORT, periods=periods) for _ in range(number)]
        for index, env in enumerate(runs):
            env.reset(seed=3, options={"run": index})
        over = np.zeros(number, bool)
        for _ in range(steps):
            actions = random.uniform(-1, 1, (number, 1))
            observed, rewards, terminated, truncated, _info = envs.step(actions)
            for index, env in enumerate(runs):
                if over[index]:
                    ends += 1
                    alone, reward = env.reset(options={"run": env._run + number})[0], 0.0
                else:
                    alone, reward, *_ = env.step(actions[index])
                unlike += alone.tobytes() != observed[index].tobytes() or reward != rewards[index]
            over = terminated | truncated
        what = f"steps of {number} environments that differ from single ones, {periods} periods a step"
        rows.append(Row(what, unlike, most=0, note=f"of {number * steps}, {ends} resets included"))
    return rows


def linear_systems() -> Row:
    """The largest relative difference of LQR's gains and the plant's poles from python-control's."""
    import control

    design = upright.design(Scenario(controller="lqr"))
    system = control.ss(*design.ss)
    gains, _, _ = control.lqr(system, np.diag([10.0, 100, 100, 1, 1, 1]), 0.01)
    assert design.lqr_gains is not None
    by_gains = np.abs(gains[0] / design.lqr_gains - 1).max()
    poles = np.abs(np.sort_complex(system.poles()) - np.sort_complex(design.open_loop_poles)).max()
    return Row("`control.ss(*design(s).ss)`: poles, `control.lqr` gains; largest difference", float(max(by_gains, poles)), most=1e-12)


def policy() -> Row:
    """The notebook that learns a policy, wall time in s."""
    import runpy

    import matplotlib

    matplotlib.use("Agg")
    before, begin = Path.cwd(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                runpy.run_path(str(ROOT / "python" / "notebooks" / "6_learning_a_policy.py"))
        finally:
            os.chdir(before)
    return Row("a policy learned in the notebook, wall time in s", time.perf_counter() - begin, most=60)


def panics() -> Row:
    """Whether a panic of Rust is an exception, and the interpreter lives."""
    try:
        _native._panic()
    except BaseException as error:
        return Row("panics of Rust that were no exception", type(error).__name__ != "PanicException", most=0)
    return Row("panics of Rust that were no exception", 1, most=0)


MEASURED = (
    law_overhead,
    memory,
    stops,
    other_threads,
    executors,
    forks,
    same_as_single,
    linear_systems,
    policy,
    panics,
    bits,
)
