"""A vector environment that was stepped on threads, then forked and stepped in the child; and a study there."""

from __future__ import annotations

import multiprocessing
import warnings

import numpy as np

import upright

SCENARIO = upright.Scenario(simulation={"duration": 0.3})
#: From how many on there is work for two threads.
COUNT = 600


def unlike() -> int:
    """How many of environment and study are other bits in the child, or never come."""
    from upright.gym import DoubleInvertedPendulumVectorEnv

    envs, twin = (DoubleInvertedPendulumVectorEnv(COUNT, SCENARIO, threads=2) for _ in range(2))
    actions = np.zeros((COUNT, 1))
    for env in (envs, twin):
        env.reset(seed=1)
        env.step(actions)

    def found(env: DoubleInvertedPendulumVectorEnv) -> tuple[bytes, bytes]:
        study = upright.batch(SCENARIO, 20, threads=2)
        return env.step(actions)[0].tobytes(), study.columns["max_angle"].tobytes()

    wanted = found(twin)
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        process = context.Process(target=lambda: sender.send(found(envs)))
        process.start()
    # So long that only a child that hangs does not come back.
    came = receiver.recv() if receiver.poll(120) else (None, None)
    process.kill()
    process.join()
    return sum(a != b for a, b in zip(came, wanted, strict=True))
