"""Ctrl-C, executors, forks, pickles, errors: what is promised of every call."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import upright
from upright import Scenario, executors

SHORT = Scenario(simulation={"duration": 0.3})
LONG = Scenario(simulation={"duration": 1000})


def interrupted(work: Callable[[], object]) -> KeyboardInterrupt:
    """What a call raises that Ctrl-C comes into."""

    def press() -> None:
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt) as caught:
            work()
    finally:
        thread.join()
    return caught.value


@pytest.mark.skipif(sys.platform == "win32", reason="there it is another signal")
def test_every_long_call_stops_and_keeps_what_is_done() -> None:
    tuned = Scenario(simulation={"duration": 3}, tuning={"draws": 4, "confirm": 8})
    error = interrupted(lambda: upright.batch(Scenario(), 10_000_000, threads=2))
    study = error.partial  # type: ignore[attr-defined]
    assert not study.complete
    if len(study):
        assert study.columns["max_angle"][0] == upright.simulate(Scenario(), run=0).metrics["max_angle"]
    assert not interrupted(lambda: upright.tune(tuned, iterations=10_000)).partial.complete  # type: ignore[attr-defined]
    interrupted(lambda: upright.simulate(LONG.replace({"simulation.duration": 1e5}), record=False))
    interrupted(lambda: upright.roa(LONG))


@pytest.mark.skipif(sys.platform == "win32", reason="there it is another signal")
def test_a_plan_is_not_waited_for() -> None:
    hanging = {"initial_state": [0, np.pi, np.pi, 0, 0, 0]}
    planned = Scenario(controller={"kind": "swing_up", "plan": {"candidates": 5000}}, simulation=hanging)
    calls: list[Callable[[Scenario], object]] = [
        upright.simulate,
        upright.Controller,
        upright.Tuner,
        upright.roa,
        upright.tune,
        lambda scenario: upright.batch(scenario, 10),
        lambda scenario: upright.compare(scenario, ["swing_up"]),
    ]
    for seed, call in enumerate(calls):
        begun = time.monotonic()
        error = interrupted(lambda: call(planned.replace(seed=seed)))
        # The whole plan takes minutes.
        assert time.monotonic() - begun < 20, call
        partial = getattr(error, "partial", None)
        assert not isinstance(partial, upright.Study) or (len(partial), partial.complete) == (0, False)


def test_a_progress_that_raises_stops_with_its_own_exception() -> None:
    def enough(done: int, runs: int) -> None:
        raise LookupError(f"{runs} are too many")

    with pytest.raises(LookupError, match="100000 are too many") as caught:
        upright.batch(Scenario(), 100_000, progress=enough)
    assert isinstance(caught.value.partial, upright.Study)  # type: ignore[attr-defined]


def test_other_threads_go_on_meanwhile() -> None:
    seen: list[int] = []
    done = threading.Event()

    def count() -> None:
        while not done.is_set():
            seen.append(len(seen))
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    upright.batch(Scenario(), 300)
    done.set()
    thread.join()
    assert len(seen) > 1


def same(one: upright.Study, other: upright.Study) -> bool:
    return all(column.tobytes() == other.columns[name].tobytes() for name, column in one.columns.items())


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_processes_give_the_same_bits(method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"there is no {method} here")
    # The parent has computed before, on threads of its own.
    whole = upright.batch(SHORT, 40)
    context = multiprocessing.get_context(method)
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as executor:
        assert same(upright.batch(SHORT, 40, executor=executor, shards=3), whole)
        refused = executor.submit(_make, {"plant": {"cart_mass": -1}})
        with pytest.raises(upright.ScenarioError) as caught:
            refused.result()
        assert caught.value.errors[0].path == "plant.cart_mass"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_killed_worker_loses_nothing(method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"there is no {method} here")
    whole = upright.batch(SHORT, 60)
    context = multiprocessing.get_context(method)
    killed: list[int] = []
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as executor:

        def kill(done: int, runs: int) -> None:
            # In the middle of the study, once: each process of the pool, so that the rest cannot be done by it.
            if not killed:
                killed.extend(executor._processes)
                for process in killed:
                    os.kill(process, signal.SIGKILL)

        # So many parts that some are never under way before the first is done.
        study = upright.batch(SHORT, 60, executor=executor, shards=30, progress=kill)
    assert len(killed) == 2
    assert same(study, whole)


_shard = executors.shard


def _dies(scenario: Scenario, first: int, count: int) -> upright.Study:
    if first == 10:
        os._exit(1)
    return _shard(scenario, first, count)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_parts_that_kill_every_worker_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = upright.batch(SHORT, 20)
    monkeypatch.setattr(executors, "shard", _dies)
    with concurrent.futures.ProcessPoolExecutor(1) as executor, pytest.raises(upright.ExecutorError) as caught:
        executors.spread(executor, SHORT, 20, shards=4)
    assert "runs 10 to 14" in str(caught.value) and "tried twice" in str(caught.value)
    assert range(10, 15) in caught.value.shards
    for part in caught.value.partial:  # type: ignore[attr-defined]
        name = "max_angle"
        assert part.columns[name].tobytes() == whole.columns[name][part.first : part.first + 5].tobytes()


def _make(spec: dict[str, Any]) -> Scenario:
    return Scenario(spec)


def test_threads_and_map_are_executors() -> None:
    whole = upright.batch(SHORT, 30)
    with concurrent.futures.ThreadPoolExecutor(2) as executor:
        told: list[tuple[int, int]] = []
        study = upright.batch(SHORT, 30, executor=executor, progress=lambda done, runs: told.append((done, runs)))
        assert same(study, whole)
        assert told[-1] == (30, 30)

    class OnlyMap:
        map = staticmethod(map)

    assert same(upright.batch(SHORT, 30, executor=OnlyMap(), shards=4), whole)
    with pytest.raises(TypeError, match="executor: a int has neither submit nor map"):
        upright.batch(SHORT, 30, executor=3, shards=2)


class Flaky:
    """An executor that loses some parts, once or for ever."""

    def __init__(self, loses: Callable[[int, int], bool]) -> None:
        self.loses = loses
        self.tries: dict[int, int] = {}

    def submit(self, function: Any, scenario: Scenario, first: int, count: int) -> Any:
        tried = self.tries[first] = self.tries.get(first, 0) + 1
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        if self.loses(first, tried):
            future.set_exception(ConnectionError("the worker has gone"))
        else:
            future.set_result(function(scenario, first, count))
        return future


def test_lost_parts_are_run_again_and_named_where_they_are_lost_twice() -> None:
    whole = upright.batch(SHORT, 20)
    once = Flaky(lambda first, tried: first == 5 and tried == 1)
    assert same(upright.batch(SHORT, 20, executor=once, shards=4), whole)
    assert once.tries == {0: 1, 5: 2, 10: 1, 15: 1}
    with pytest.raises(upright.ExecutorError, match="runs 5 to 9 were not brought back, tried twice") as caught:
        upright.batch(SHORT, 20, executor=Flaky(lambda first, tried: first == 5), shards=4)
    assert caught.value.shards == (range(5, 10),)
    assert [part.first for part in caught.value.partial] == [0, 10, 15]  # type: ignore[attr-defined]
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.shards) == (str(caught.value), caught.value.shards)


def test_parts_of_two_studies_are_not_joined() -> None:
    study = upright.batch(SHORT, 4)
    assert len(study + upright.batch(SHORT, 2, first=4)) == 6
    with pytest.raises(ValueError, match="no neighbours"):
        study + upright.batch(SHORT, 2, first=5)
    with pytest.raises(ValueError, match="two scenarios"):
        study + upright.batch(SHORT.replace(seed=1), 2, first=4)
    assert [len(part) for part in upright.Study.shards(10, 4)] == [2, 3, 2, 3]
    again = pickle.loads(pickle.dumps(study))
    assert same(again, study) and again.settled() == study.settled() and again.scenario == SHORT


def test_frames_share_the_studys_memory() -> None:
    study = upright.batch(SHORT, 10)
    pandas = pytest.importorskip("pandas")
    frame = study.to_pandas()
    assert isinstance(frame, pandas.DataFrame) and list(frame.columns) == list(study.columns)
    assert np.shares_memory(frame["max_angle"].to_numpy(), study.columns["max_angle"])
    run = study.replay(3)
    assert np.shares_memory(run.to_pandas()["theta1"].to_numpy(), run.data)
    quantiles = study.quantiles()["max_angle"]
    assert quantiles["max"] == study.columns["max_angle"].max() and quantiles["count"] == 10


def test_arrow_and_parquet_read_back(tmp_path: Any) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    study = upright.batch(SHORT, 10)
    study.to_parquet(tmp_path / "study.parquet")
    table = parquet.read_table(tmp_path / "study.parquet")
    assert table["max_angle"].to_numpy().tobytes() == study.columns["max_angle"].tobytes()
    assert pyarrow.table(study).num_rows == 10
    polars = pytest.importorskip("polars")
    assert polars.DataFrame(study).shape == (10, len(study.columns))


def test_bad_numbers_are_refused() -> None:
    for call, problem in [
        (lambda: upright.batch(SHORT, -1), "runs = -1"),
        (lambda: upright.batch(SHORT, 5, threads=0), "threads = 0: allowed are whole numbers from 1"),
        (lambda: upright.batch(SHORT, 5, first=2**64 - 2), "first = 18446744073709551614"),
        (lambda: upright.roa(SHORT, ("height", 0, 1, 3)), "x.0 = height: allowed is one of x, theta1"),
        (lambda: upright.roa(SHORT, ("theta1", 1, 0, 3)), "x: from 1 to 0"),
        (lambda: upright.roa(SHORT, ("theta2", 0, 1, 3)), "y.0 = theta2: allowed is another state"),
        (lambda: upright.tune(SHORT, method="annealing"), "method = annealing: allowed is one of pso, cma-es, de"),
        (lambda: upright.tune(SHORT, candidates=1), "candidates = 1: allowed are whole numbers from 2"),
        (lambda: upright.tune(SHORT.replace(controller="none")), "this kind has nothing to tune"),
    ]:
        with pytest.raises(ValueError, match=problem):
            call()
    with pytest.raises(IndexError, match="run 5: allowed is from 0 to 4"):
        upright.batch(SHORT, 5).replay(5)


def test_a_vector_unit_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPRIGHT_SIMD", "mmx")
    with pytest.raises(ValueError, match="UPRIGHT_SIMD=mmx: there is no such vector unit"):
        upright.batch(SHORT, 5)


def test_units_are_the_same_bits() -> None:
    code = (
        "import upright, hashlib; s = upright.Scenario(simulation={'duration': 0.3}); b = upright.batch(s, 20);"
        "print(hashlib.sha256(b''.join(c.tobytes() for c in b.columns.values())).hexdigest())"
    )
    found = set()
    for unit in ("scalar", "sse2", ""):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "UPRIGHT_SIMD": unit},
            capture_output=True,
            text=True,
            check=False,
        )
        # A machine may lack a unit, but not all of them.
        if done.returncode == 0:
            found.add(done.stdout)
    assert len(found) == 1


def test_a_search_goes_on_to_the_same_bits(tmp_path: Any) -> None:
    scenario = SHORT.replace({"tuning.draws": 2, "tuning.confirm": 2, "tuning.validation": 2})
    whole = upright.tune(scenario, candidates=4, iterations=5, method="cma-es")
    path = tmp_path / "search.json"
    part = upright.tune(
        scenario, candidates=4, iterations=5, method="cma-es", out=path, callback=lambda step: step.iteration < 2
    )
    assert len(part.history) == 2 and not part.complete
    rest = upright.tune(resume=path)
    assert part.history + rest.history == whole.history
    assert rest.scenario == whole.scenario
    with pytest.raises(ValueError, match="candidates was 4 when the search began, and is 5 now"):
        upright.tune(resume=path, candidates=5)
    assert whole.validate()["runs"] == 2
    assert pickle.loads(pickle.dumps(whole)).cost_after == whole.cost_after


def test_ask_and_tell_is_the_search() -> None:
    tuner = upright.Tuner(SHORT.replace({"tuning.draws": 2, "tuning.confirm": 2}), candidates=5, method="de")
    points = tuner.ask()
    assert points.shape == (5, len(tuner.space)) and points.tobytes() == tuner.ask().tobytes()
    assert points[0].tolist() == tuner.start.tolist()
    costs = tuner.judge(points)
    assert costs.tobytes() == tuner.judge(points, threads=1).tobytes()
    tuner.tell(costs)
    assert tuner.ask().tobytes() != points.tobytes()
    assert isinstance(tuner.scenario(points[1]), Scenario)
    for call, problem in [
        (lambda: tuner.tell([1.0]), "costs: 1 numbers; allowed are 5"),
        (lambda: tuner.tell([float("nan")] * 5), "costs.0 = NaN"),
        (lambda: tuner.judge(points + 2), "point.0 = "),
        (lambda: tuner.scenario([0.5]), "a point of 1 numbers"),
    ]:
        with pytest.raises(ValueError, match=problem):
            call()


def test_importing_brings_nothing_but_numpy() -> None:
    code = "import sys, upright; print([m for m in ('pandas','polars','pyarrow','gymnasium','matplotlib','control','scipy','tracemalloc') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_python_control_has_our_systems() -> None:
    control = pytest.importorskip("control")
    import upright.control

    scenario = Scenario()
    design = upright.design(scenario)
    linear = control.ss(*design.ss)
    assert np.allclose(np.sort_complex(linear.poles()), np.sort_complex(design.open_loop_poles), rtol=0, atol=1e-12)
    gains, _, poles = control.lqr(linear, np.diag([10.0, 100, 100, 1, 1, 1]), 0.01)
    assert np.allclose(gains[0], design.lqr_gains, rtol=1e-9)
    about = control.linearize(upright.control.plant(scenario), [0] * 6, [0])
    # Differences of 1e-6 of a function whose second derivatives are up to some hundreds.
    assert np.abs(about.A - design.a).max() < 1e-3 and np.abs(about.B - design.b).max() < 1e-3


def test_figures_are_drawn(tmp_path: Any) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    upright.simulate(SHORT).plot().savefig(tmp_path / "run.png")
    upright.compare(SHORT, ["classical", "lqr"]).plot().savefig(tmp_path / "compared.png")
    region = upright.roa(SHORT, ("theta1", -1, 1, 3), ("theta2", -1, 1, 4), controllers=["lqr"])
    region.plot().savefig(tmp_path / "region.png")
    assert all((tmp_path / name).stat().st_size > 1000 for name in ("run.png", "compared.png", "region.png"))
    assert region.verdicts["lqr"].shape == (4, 3) and region.area["lqr"] >= 0.0


def test_typed_uses_run() -> None:
    import typed

    typed.main()


def test_versions_agree() -> None:
    from importlib.metadata import version

    try:
        installed = version("upright")
    except Exception:
        pytest.skip("the package is not installed, it is in the path")
    assert installed == upright.__version__


def test_a_panic_is_an_exception_and_the_interpreter_lives() -> None:
    from upright import _native

    with pytest.raises(BaseException, match="a panic that was asked for") as caught:
        _native._panic()
    assert caught.type.__name__ == "PanicException"
    assert upright.simulate(SHORT).periods == 300


def test_a_seed_that_is_none_is_named() -> None:
    for seed in (-1, 2**64, "a"):
        with pytest.raises(upright.ScenarioError, match="seed = "):
            Scenario.from_yaml("", seed=seed)  # type: ignore[arg-type]
