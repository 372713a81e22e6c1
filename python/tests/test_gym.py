"""Environments: one is many, and both are runs of the study."""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np
import pytest

gymnasium = pytest.importorskip("gymnasium")

from gymnasium.utils.env_checker import check_env  # noqa: E402
from gymnasium.vector import AutoresetMode  # noqa: E402

import upright  # noqa: E402
import upright.gym  # noqa: E402
from upright.gym import DoubleInvertedPendulumEnv, DoubleInvertedPendulumVectorEnv  # noqa: E402

SCENARIO = upright.Scenario(
    simulation={"duration": 0.4},
    uncertainty={"initial_state": [0.1, 0.6, 0.6, 0.1, 2, 2]},
    sensors={"angle_noise": 1e-3, "delay": 1},
)


def policy(observed: Any) -> Any:
    """Some action, told by the observation alone."""
    return np.clip(0.4 * observed[..., 1:2] - 0.3 * observed[..., 2:3] + 0.05, -1, 1)


@pytest.mark.parametrize("observation", ["angles", "sincos", "gymnasium"])
@pytest.mark.parametrize("reward", ["quadratic", "gymnasium", "tuning"])
def test_gymnasiums_own_check_passes_without_a_warning(observation: str, reward: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gymnasium.make(upright.gym.ID, observation=observation, reward=reward, dtype=np.float32)
        check_env(env.unwrapped, skip_render_check=True)
        check_env(gymnasium.make(upright.gym.ID, observation=observation, reward=reward, periods=3).unwrapped)


@pytest.mark.parametrize("periods", [1, 20])
@pytest.mark.parametrize("reward", ["quadratic", "gymnasium", "tuning"])
def test_many_have_the_bits_of_one(periods: int, reward: str) -> None:
    count = 37
    envs = DoubleInvertedPendulumVectorEnv(count, SCENARIO, periods=periods, reward=reward, observation="sincos")
    ones = [DoubleInvertedPendulumEnv(SCENARIO, periods=periods, reward=reward, observation="sincos") for _ in range(count)]
    observed, info = envs.reset(seed=3)
    assert info["run"].tolist() == list(range(count))
    for i, one in enumerate(ones):
        assert one.reset(seed=3, options={"run": i})[0].tobytes() == observed[i].tobytes()
    waiting = [False] * count
    run = list(range(count))
    ends = 0
    for _ in range(max(60, 900 // periods)):
        actions = policy(observed)
        observed, rewards, terminated, truncated, info = envs.step(actions)
        for i, one in enumerate(ones):
            if waiting[i]:
                run[i] += count
                own = one.reset(options={"run": run[i]})[0]
                assert (rewards[i], terminated[i], truncated[i]) == (0.0, False, False)
                waiting[i] = False
            else:
                own, reward, *done, told = one.step(actions[i])
                assert (reward, *done) == (rewards[i], terminated[i], truncated[i])
                waiting[i] = any(done)
                if waiting[i]:
                    ends += 1
                    assert told["verdict"] == info["verdict"][i]
                    assert told["run"] == info["run"][i] == run[i]
                    for name, value in told["metrics"].items():
                        assert np.array_equal(info["metrics"][name][i], np.nan if value is None else value, equal_nan=True)
            assert own.tobytes() == observed[i].tobytes()
    assert ends > count


def test_same_step_keeps_what_was_ended_with() -> None:
    envs = DoubleInvertedPendulumVectorEnv(8, SCENARIO, periods=20, autoreset_mode="SameStep")
    assert envs.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    one = DoubleInvertedPendulumEnv(SCENARIO, periods=20)
    envs.reset(seed=1)
    one.reset(seed=1)
    for step in range(100):
        observed, _, terminated, truncated, info = envs.step(np.full((8, 1), 0.1))
        own, _, ends, late, _ = one.step(np.array([0.1]))
        if ends or late:
            assert info["final_obs"][0].tobytes() == own.tobytes()
            assert info["final_info"]["run"][0] == 0
            assert observed[0].tobytes() == one.reset(options={"run": 8})[0].tobytes()
            return
        assert observed[0].tobytes() == own.tobytes()
    pytest.fail("no episode has ended")


def test_disabled_begins_when_it_is_told() -> None:
    envs = DoubleInvertedPendulumVectorEnv(6, SCENARIO, periods=50, autoreset_mode="Disabled")
    envs.reset(seed=1)
    for _ in range(8):
        before = envs.step(np.zeros((6, 1)))[0]
    mask = np.array([True, False, True, False, False, False])
    observed, info = envs.reset(options={"reset_mask": mask})
    assert info["run"].tolist() == [6, 1, 8, 3, 4, 5]
    assert observed[~mask].tobytes() == before[~mask].tobytes()
    with pytest.raises(ValueError, match="reset_mask: 2 truths; allowed are 6"):
        envs.reset(options={"reset_mask": mask[:2]})
    with pytest.raises(ValueError, match="allowed where autoreset_mode is disabled"):
        DoubleInvertedPendulumVectorEnv(6).reset(options={"reset_mask": mask})


def test_an_episode_is_a_run_of_the_study() -> None:
    # An action that a law gives: its run is the one that the law has.
    env = DoubleInvertedPendulumEnv(SCENARIO.replace(controller="lqr"), periods=1)
    env.reset(seed=9, options={"run": 4})
    scenario = SCENARIO.replace(controller="lqr", seed=9)
    simulator, law = upright.Simulator(scenario, run=4), upright.Controller(scenario)
    while not simulator.over:
        action = law.step(simulator.measured) / scenario.max_force
        simulator.step(action * scenario.max_force)
        observed, _, terminated, truncated, info = env.step(np.array([action]))
        assert observed.tobytes() == simulator.estimate.tobytes()
    assert info["verdict"] == simulator.verdict and info["metrics"] == simulator.metrics


def test_made_by_its_name() -> None:
    envs = gymnasium.make_vec(upright.gym.ID, num_envs=5, vectorization_mode="vector_entry_point", scenario=SCENARIO)
    observed, _ = envs.reset(seed=2)
    assert observed in envs.observation_space
    out = (np.empty((5, 6)), np.empty(5), np.empty(5, dtype=bool), np.empty(5, dtype=bool))
    found = envs.unwrapped.step(envs.action_space.sample(), out=out)
    assert all(a is b for a, b in zip(found, out, strict=False))
    one, two = envs.step(np.zeros((5, 1)))[0], envs.step(np.zeros((5, 1)))[0]
    assert not np.shares_memory(one, two)
    envs.close()


def test_a_reward_of_your_own_is_of_arrays() -> None:
    def reward(states: Any, actions: Any, terminated: Any) -> Any:
        return -np.abs(states[:, 1]) - 10.0 * terminated + 0.0 * actions

    envs = DoubleInvertedPendulumVectorEnv(3, SCENARIO, reward=reward, periods=5)
    one = DoubleInvertedPendulumEnv(SCENARIO, reward=reward, periods=5)
    envs.reset(seed=1)
    one.reset(seed=1)
    for _ in range(10):
        rewards = envs.step(np.zeros((3, 1)))[1]
        assert rewards[0] == one.step(np.zeros(1))[1] < 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_one_that_was_stepped_on_threads_goes_on_in_a_forked_child() -> None:
    import forked

    assert forked.unlike() == 0


def test_arrays_that_do_not_fit_are_refused_before_anything_moves() -> None:
    envs, twin = (DoubleInvertedPendulumVectorEnv(4, SCENARIO) for _ in range(2))
    actions = np.zeros((4, 1))
    for env in (envs, twin):
        env.reset(seed=1)
    fits = [np.empty((4, 6)), np.empty(4), np.empty(4, bool), np.empty(4, bool)]
    for place, wrong, said in [
        (0, np.empty((3, 6)), "out: observations of 18; allowed are 24"),
        (1, np.empty(5), "out: rewards of 5; allowed are 4"),
        (2, np.empty(3, bool), "out: terminated of 3; allowed are 4"),
        (3, np.empty(3, bool), "out: truncated of 3; allowed are 4"),
    ]:
        out: list[Any] = [*fits]
        out[place] = wrong
        with pytest.raises(ValueError, match=said):
            envs.step(actions, out=tuple(out))
    assert envs.step(actions)[0].tobytes() == twin.step(actions)[0].tobytes()


def test_bad_input_is_refused() -> None:
    envs = DoubleInvertedPendulumVectorEnv(4)
    envs.reset()
    for actions, problem in [
        (np.zeros((3, 1)), "actions: 3 numbers; allowed are 4"),
        (np.array([[0.0], [np.nan], [0.0], [0.0]]), "actions.1 = NaN"),
        ([["a"]] * 4, r"actions: \[\['a'\], .* of shape \(4, 1\)"),
        (np.zeros((4, 2)), r"actions: of shape \(4, 2\); allowed are numbers of shape \(4, 1\)"),
        (np.zeros((2, 2)), r"actions: of shape \(2, 2\)"),
        (np.zeros((4, 1), complex) + 1j, "actions: "),
    ]:
        with pytest.raises(ValueError, match=problem):
            envs.step(actions)
    one = DoubleInvertedPendulumEnv()
    one.reset(seed=1)
    for action, problem in [
        (np.zeros(2), r"action: of shape \(2,\); allowed are numbers of shape \(1,\)"),
        (np.zeros((1, 1)), r"action: of shape \(1, 1\)"),
        (["a"], r"action: \['a'\]"),
        ([], r"action: \[\]"),
        ([np.nan], "action = NaN: allowed is from -1 to 1"),
    ]:
        with pytest.raises(ValueError, match=problem):
            one.step(action)
    with pytest.raises(TypeError, match="action: None"):
        one.step(None)
    with pytest.raises(ValueError, match="observation = pixels: allowed is one of angles"):
        DoubleInvertedPendulumEnv(observation="pixels")
    with pytest.raises(ValueError, match="reward = much"):
        DoubleInvertedPendulumEnv(reward="much")
    with pytest.raises(ValueError, match="periods = 0"):
        DoubleInvertedPendulumEnv(periods=0)
    with pytest.raises(ValueError, match="num_envs = 0"):
        DoubleInvertedPendulumVectorEnv(0)
    with pytest.raises(ValueError, match="plants that move together take fixed steps"):
        DoubleInvertedPendulumVectorEnv(2, {"simulation": {"integrator": "rk45"}})


def test_it_is_drawn() -> None:
    env = DoubleInvertedPendulumEnv(render_mode="rgb_array")
    env.reset(seed=1)
    picture = env.render()
    assert picture.shape == (300, 400, 3) and picture.dtype == np.uint8
    # Cart, both links and the ground are there.
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) == 5


def test_options_that_are_misspelt_are_refused() -> None:
    one, many = DoubleInvertedPendulumEnv(), DoubleInvertedPendulumVectorEnv(2)
    with pytest.raises(ValueError, match="options: there is no 'runs'; allowed is 'run'"):
        one.reset(options={"runs": 3})
    with pytest.raises(ValueError, match=r'options\["run"\] = -1: allowed are whole numbers from 0'):
        one.reset(options={"run": -1})
    with pytest.raises(ValueError, match="options: there is no 'mask'; allowed is 'reset_mask'"):
        many.reset(options={"mask": [True, False]})
    with pytest.raises(TypeError, match="out: a int; allowed are four arrays"):
        many.step(np.zeros((2, 1)), out=5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="scenario: a int; allowed is a Scenario, a dict"):
        DoubleInvertedPendulumEnv(5)  # type: ignore[arg-type]
