"""The same study on engines for Python, each in eight parts, compared to the byte with the study in one piece.

    python examples/schedulers/engines.py [SCENARIO] [RUNS]

Needs the package `upright`; Dask (`distributed`), Ray and joblib are tried where they are installed.
"""

from __future__ import annotations

import concurrent.futures
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import upright
from upright import Scenario, Study, executors

SHARDS = 8


def written(study: Study) -> bytes:
    """The study's file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "batch.csv"
        study.to_csv(path)
        return path.read_bytes()


def processes(scenario: Scenario, runs: int) -> Study:
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        return upright.batch(scenario, runs, executor=pool, shards=SHARDS)


def while_killed(victim: int, work: Callable[[], Study]) -> Study:
    """What work brings while a process that has begun it is killed."""
    over, late = threading.Event(), []

    def kill() -> None:
        time.sleep(0.02)
        late.append(over.is_set())
        os.kill(victim, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    study = work()
    over.set()
    thread.join()
    if late[0]:
        raise RuntimeError("the study was over before its worker was killed; give it more runs")
    return study


def killed(scenario: Scenario, runs: int) -> Study:
    """A pool of which a process is killed in the middle of the study."""
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        victim = pool.submit(os.getpid).result()
        return while_killed(victim, lambda: upright.batch(scenario, runs, executor=pool, shards=SHARDS))


def dask(scenario: Scenario, runs: int) -> Study:
    """Two workers of Dask, of which one is killed in the middle of the study; the cluster begins another."""
    import distributed

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", silence_logs=50
    ) as cluster, distributed.Client(cluster) as client:
        victim = next(iter(client.run(os.getpid).values()))
        return while_killed(victim, lambda: upright.batch(scenario, runs, executor=client, shards=SHARDS))


def ray(scenario: Scenario, runs: int) -> Study:
    import ray

    try:
        executor = executors.ray(num_cpus=2, include_dashboard=False, log_to_driver=False)
        return upright.batch(scenario, runs, executor=executor, shards=SHARDS)
    finally:
        ray.shutdown()


def joblib(scenario: Scenario, runs: int) -> Study:
    """The function that is sent, by whatever spreads functions."""
    import joblib

    parts = Study.shards(runs, SHARDS)
    done = joblib.Parallel(n_jobs=2)(
        joblib.delayed(executors.shard)(scenario, part.start, len(part)) for part in parts
    )
    whole = done[0]
    for part in done[1:]:
        whole = whole + part
    return whole


ENGINES: dict[str, Callable[[Scenario, int], Study]] = {
    "concurrent.futures, processes": processes,
    "the same, a process killed": killed,
    "Dask, a worker killed": dask,
    "Ray": ray,
    "joblib": joblib,
}


def main() -> int:
    path, runs = (sys.argv[1:] + ["scenarios/nominal.yaml", "400"][len(sys.argv) - 1 :])[:2]
    scenario, count = Scenario.load(path), int(runs)
    one = written(upright.batch(scenario, count))
    print(f"{path}: {count} runs, {SHARDS} parts")
    different = 0
    for name, engine in ENGINES.items():
        try:
            same = written(engine(scenario, count)) == one
        except ImportError as error:
            print(f"{name:<30} left out: {error.name} is not installed")
            continue
        different += not same
        print(f"{name:<30} {'the same bytes' if same else 'OTHER BYTES'} as in one piece")
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main())
