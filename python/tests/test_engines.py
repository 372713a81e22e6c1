"""Executors of others, really run, where they are installed."""

from __future__ import annotations

import pytest

import upright
from conftest import REPOSITORY
from test_promises import SHORT, same


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_of_dask_gives_the_same_bits() -> None:
    distributed = pytest.importorskip("distributed")
    whole = upright.batch(SHORT, 60)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    ) as cluster, distributed.Client(cluster) as client:
        assert same(upright.batch(SHORT, 60, executor=client, shards=8), whole)
        # The cluster shrinks on the way: a worker is retired, not killed.
        cluster.scale(1)
        assert same(upright.batch(SHORT, 60, executor=client, shards=8), whole)


@pytest.mark.filterwarnings("ignore")
def test_ray_gives_the_same_bits() -> None:
    ray = pytest.importorskip("ray")
    from upright import executors

    whole = upright.batch(SHORT, 60)
    try:
        executor = executors.ray(num_cpus=2, include_dashboard=False, log_to_driver=False)
        assert same(upright.batch(SHORT, 60, executor=executor, shards=8), whole)
    finally:
        ray.shutdown()


def test_joblib_sends_the_function_itself() -> None:
    joblib = pytest.importorskip("joblib")
    from upright import executors

    parts = joblib.Parallel(n_jobs=2)(joblib.delayed(executors.shard)(SHORT, first, 10) for first in (0, 10, 20))
    assert same(parts[0] + parts[1] + parts[2], upright.batch(SHORT, 30))


def test_the_script_that_runs_them_all_compares_bytes() -> None:
    import runpy

    script = runpy.run_path(str(REPOSITORY / "examples" / "schedulers" / "engines.py"))
    whole = script["written"](upright.batch(SHORT, 24))
    assert script["written"](script["processes"](SHORT, 24)) == whole
    assert script["written"](upright.batch(SHORT, 23)) != whole
