"""Gymnasium environments: one pendulum, or thousands in vector lanes.

Importing this module registers ``upright/DoubleInvertedPendulum-v0``.

Examples
--------
>>> import gymnasium, upright.gym
>>> env = gymnasium.make("upright/DoubleInvertedPendulum-v0")
>>> observation, info = env.reset(seed=1)
>>> observation.shape, info["run"], info["seed"]
((6,), 0, 1)
>>> envs = gymnasium.make_vec(
...     "upright/DoubleInvertedPendulum-v0", num_envs=8, vectorization_mode="vector_entry_point"
... )
>>> envs.reset(seed=1)[0].shape
(8, 6)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from . import _arguments, _native
from ._native import Scenario

ID = "upright/DoubleInvertedPendulum-v0"

#: Control periods that an action is held, unless told otherwise: a hundredth of a second with the default period.
PERIODS = 10
#: No observation is larger.
_BOUND = 1e6

#: A reward of your own: states that were reached (n, 6), actions (n,), terminated (n,) to rewards (n,).
Reward = Callable[[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]], Any]


def _scenario(given: Scenario | str | os.PathLike[str] | Mapping[str, Any] | None) -> Scenario:
    if given is None:
        return Scenario()
    if isinstance(given, Scenario):
        return given
    if isinstance(given, Mapping):
        return Scenario(given)
    if isinstance(given, (str, os.PathLike)):
        return Scenario.load(given)
    kind = type(given).__name__
    raise TypeError(f"scenario: a {kind}; allowed is a Scenario, a dict of its fields, or the path of a file")


def _spaces(width: int, dtype: Any) -> tuple[Any, Any]:
    observation = spaces.Box(-_BOUND, _BOUND, (width,), dtype)
    return observation, spaces.Box(-1.0, 1.0, (1,), np.float32)


def _checked(periods: int, dtype: Any) -> Any:
    _arguments.whole_number("periods", periods, 1, 2**32 - 1)
    dtype = np.dtype(dtype)
    if dtype not in (np.dtype(np.float64), np.dtype(np.float32)):
        raise ValueError(f"dtype = {dtype}: allowed is one of float64, float32")
    return dtype.type


def _no_action(name: str, given: Any, shape: str) -> Exception:
    """The exception that says what is no action of an environment."""
    found = f"of shape {given.shape}" if isinstance(given, np.ndarray) and given.dtype.kind in "fiub" else " ".join(repr(given).split())
    error = TypeError if given is None else ValueError
    return error(f"{name}: {found}; allowed are numbers of shape {shape}, from -1 to 1")


class DoubleInvertedPendulumEnv(gymnasium.Env[NDArray[Any], NDArray[np.float32]]):
    """One pendulum on its cart.

    Parameters
    ----------
    scenario
        A ``Scenario``, a path or a dictionary; sensors, actuator, disturbances and uncertainty are its own. Episode
        ``k`` is run ``k`` of its study.
    periods
        Control periods that an action is held.
    observation
        ``"angles"`` (the state as the scenario's estimator has it), ``"sincos"`` (eight numbers) or ``"gymnasium"``
        (the nine of ``InvertedDoublePendulum-v5``).
    reward
        ``"quadratic"``, ``"gymnasium"`` (that of v5), ``"tuning"`` (what ``tune`` minimises, at the end), or a
        function of arrays: states reached, actions, terminated.
    dtype
        Of observations: ``float64`` or ``float32``.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 50}

    def __init__(
        self,
        scenario: Scenario | str | os.PathLike[str] | Mapping[str, Any] | None = None,
        *,
        periods: int = PERIODS,
        observation: str = "angles",
        reward: str | Reward = "quadratic",
        dtype: Any = np.float64,
        render_mode: str | None = None,
    ) -> None:
        self.scenario = _scenario(scenario)
        self.periods = periods
        self._dtype = _checked(periods, dtype)
        self._reward = None if isinstance(reward, str) else reward
        name = reward if isinstance(reward, str) else "none"
        self._plant = _native._Plant(self.scenario, observation=observation, reward=name)
        self.observation_space, self.action_space = _spaces(self._plant.width, self._dtype)
        if render_mode not in (None, "rgb_array"):
            raise ValueError(f"render_mode = {render_mode}: allowed is rgb_array")
        self.render_mode = render_mode
        self._seed = self.scenario.seed
        self._run = -1

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[Any], dict[str, Any]]:
        """Begins the next episode; with a seed the first one of its study, with ``options={"run": i}`` run ``i``."""
        super().reset(seed=seed)
        if seed is not None:
            self._seed, self._run = seed, -1
        run = _arguments.options(options, ("run",)).get("run", self._run + 1)
        self._run = _arguments.whole_number('options["run"]', run)
        observed = self._plant.reset(self._seed, self._run)
        return observed.astype(self._dtype, copy=False), {"run": self._run, "seed": self._seed}

    def step(self, action: Any) -> tuple[NDArray[Any], float, bool, bool, dict[str, Any]]:
        """Holds an action from -1 to 1 times the largest force for some control periods."""
        try:
            value, one = float(action[0]), len(action) == 1
        except (TypeError, ValueError, LookupError):
            one = False
        if not one:
            raise _no_action("action", action, "(1,)")
        observed, reward, terminated, truncated = self._plant.step(value, self.periods)
        if self._reward is not None:
            states, ends = self._plant.seen[None], np.array([terminated])
            reward = float(np.asarray(self._reward(states, np.array([value]), ends))[0])
        info: dict[str, Any] = {}
        if terminated or truncated:
            info = {
                "run": self._run,
                "seed": self._seed,
                "verdict": self._plant.verdict,
                "metrics": self._plant.metrics,
            }
        if self._dtype is not np.float64:
            observed = observed.astype(self._dtype)
        return observed, reward, terminated, truncated, info

    def render(self) -> Any:
        """The pendulum as an image of 300 by 400 pixels."""
        if self.render_mode is None:
            return None
        lengths = self.scenario["plant.link1.length"], self.scenario["plant.link2.length"]
        return _picture(self._plant.state, lengths)


class DoubleInvertedPendulumVectorEnv(VectorEnv[NDArray[Any], NDArray[np.float32], NDArray[Any]]):
    """Many pendulums, moved together in vector lanes and on threads.

    Episode ``k`` of environment ``i`` is run ``i + k * num_envs`` of the scenario's study, to the bits that it has by
    itself. Parameters are those of the single environment, and:

    Parameters
    ----------
    num_envs
        How many.
    autoreset_mode
        When an environment whose episode has ended begins the next one: in the step after, in which it does not
        move (``AutoresetMode.NEXT_STEP``); in the same step (``SAME_STEP``: ``info["final_obs"]`` has what it ended
        with); or when it is told to (``DISABLED``: ``reset(options={"reset_mask": ...})``).
    threads
        How many threads compute; as many as the process may use where None.
    """

    def __init__(
        self,
        num_envs: int = 1,
        scenario: Scenario | str | os.PathLike[str] | Mapping[str, Any] | None = None,
        *,
        periods: int = PERIODS,
        observation: str = "angles",
        reward: str | Reward = "quadratic",
        dtype: Any = np.float64,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        threads: int | None = None,
        render_mode: str | None = None,
    ) -> None:
        self.scenario = _scenario(scenario)
        num_envs = _arguments.whole_number("num_envs", num_envs, 1, 2**32 - 1)
        self.num_envs = num_envs
        self.periods = periods
        self._dtype = _checked(periods, dtype)
        self._reward = None if isinstance(reward, str) else reward
        name = reward if isinstance(reward, str) else "none"
        self._fleet = _native._Fleet(
            self.scenario, num_envs, observation=observation, reward=name, threads=_arguments.threads(threads)
        )
        self._mode = AutoresetMode(autoreset_mode)
        self._word = self._mode.name.lower()
        self.metadata = {"render_modes": [], "autoreset_mode": self._mode}
        self.single_observation_space, self.single_action_space = _spaces(self._fleet.width, self._dtype)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        if render_mode is not None:
            raise ValueError(f"render_mode = {render_mode}: many are not drawn; allowed is None")
        self.render_mode = None
        self._seed = self.scenario.seed
        self._begun = False

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[Any], dict[str, Any]]:
        """Begins the next episode of every environment, or of those in ``options["reset_mask"]``.

        With a seed, environments begin with the first runs of its study.
        """
        if isinstance(seed, list):
            raise ValueError("seed: a list; allowed is one whole number, the seed of the study of all environments")
        mask = _arguments.options(options, ("reset_mask",)).get("reset_mask")
        if mask is not None and self._mode is not AutoresetMode.DISABLED:
            raise ValueError(f"reset_mask: allowed where autoreset_mode is disabled, and it is {self._word}")
        if seed is not None:
            seed = _arguments.whole_number("seed", seed)
            if mask is not None:
                raise ValueError("reset_mask: not together with a seed, which begins all environments anew")
            self._seed = seed
            self._fleet.seed(seed)
        elif mask is not None:
            self._fleet.restart(np.ascontiguousarray(mask, dtype=np.bool_))
        elif self._begun:
            self._fleet.restart(np.ones(self.num_envs, dtype=np.bool_))
        self._begun = True
        observed = np.empty((self.num_envs, self._fleet.width))
        self._fleet.observe(observed)
        return observed.astype(self._dtype, copy=False), self._info()

    def _info(self) -> dict[str, Any]:
        every = np.ones(self.num_envs, dtype=np.bool_)
        seeds = np.full(self.num_envs, self._seed, dtype=np.uint64)
        return {"run": self._fleet.runs, "_run": every, "seed": seeds, "_seed": every}

    def step(
        self, actions: Any, out: tuple[NDArray[Any], ...] | None = None
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """Moves all environments; writes into ``out`` (observations, rewards, terminated, truncated) where given."""
        number = self.num_envs
        try:
            given = np.asarray(actions)
            fits = given.dtype.kind in "fiub" and given.shape in ((len(given),), (len(given), 1))
        except (TypeError, ValueError):
            fits = False
        if not fits:
            raise _no_action("actions", actions, f"({number}, 1)")
        taken = np.ascontiguousarray(given, dtype=np.float64).reshape(-1)
        if out is None:
            out = (
                np.empty((number, self._fleet.width)),
                np.empty(number),
                np.empty(number, dtype=np.bool_),
                np.empty(number, dtype=np.bool_),
            )
        if not isinstance(out, (tuple, list)) or len(out) != 4:
            kind = type(out).__name__
            raise TypeError(f"out: a {kind}; allowed are four arrays: observations, rewards, terminated, truncated")
        observed, rewards, terminated, truncated = out
        any_ended = self._fleet.step(taken, self.periods, self._word, (observed, rewards, terminated, truncated))
        if self._reward is not None:
            own = np.asarray(self._reward(self._fleet.reached, taken, terminated), dtype=np.float64)
            rewards[:] = np.where(self._fleet.moved, own, 0.0)
        info = self._ends() if any_ended else {}
        return observed.astype(self._dtype, copy=False), rewards, terminated, truncated, info

    def _ends(self) -> dict[str, Any]:
        ended = self._fleet.ended()
        at = ended.pop("index")
        mask = np.zeros(self.num_envs, dtype=np.bool_)
        mask[at] = True
        runs = np.zeros(self.num_envs, dtype=np.uint64)
        runs[at] = ended.pop("run")
        verdicts = np.full(self.num_envs, None, dtype=object)
        verdicts[at] = ended.pop("verdict")
        metrics: dict[str, Any] = {}
        for name, column in ended.items():
            metrics[name] = np.full(self.num_envs, np.nan)
            metrics[name][at] = column
            metrics[f"_{name}"] = mask
        info: dict[str, Any] = {"run": runs, "verdict": verdicts, "metrics": metrics}
        info["seed"] = np.full(self.num_envs, self._seed, dtype=np.uint64)
        info |= {f"_{name}": mask for name in ("run", "seed", "verdict", "metrics")}
        if self._mode is AutoresetMode.SAME_STEP:
            finals = np.empty((self.num_envs, self._fleet.width))
            self._fleet.observe_finals(finals)
            observed = np.full(self.num_envs, None, dtype=object)
            for index in at:
                observed[index] = finals[index].astype(self._dtype, copy=False)
            final = {name: info.pop(name) for name in list(info)}
            info = {"final_obs": observed, "_final_obs": mask, "final_info": final, "_final_info": mask}
        return info


def _picture(state: NDArray[np.float64], lengths: tuple[float, float]) -> NDArray[np.uint8]:
    """The pendulum as pixels: cart, links, track."""
    height, width = 300, 400
    reach = 1.25 * sum(lengths)
    scale = height / (2 * reach)
    # The picture follows a cart that leaves it.
    middle = float(state[0]) if np.isfinite(state[0]) else 0.0
    middle = np.floor(middle / reach + 0.5) * reach
    rows, columns = np.mgrid[0:height, 0:width]
    x, y = (columns - width / 2) / scale + middle, (height / 2 - rows) / scale
    picture = np.full((height, width, 3), 255, dtype=np.uint8)
    picture[np.abs(y) < 1.2 / scale] = (200, 200, 200)
    joints = [(float(state[0]), 0.0)]
    for angle, length in zip(state[1:3], lengths, strict=True):
        joints.append((joints[-1][0] + length * float(np.sin(angle)), joints[-1][1] + length * float(np.cos(angle))))
    if not np.isfinite(joints).all():
        return picture
    picture[(np.abs(x - joints[0][0]) < 0.12 * reach) & (np.abs(y) < 0.05 * reach)] = (60, 60, 70)
    for (x0, y0), (x1, y1), colour in zip(joints, joints[1:], ((204, 78, 56), (44, 110, 173)), strict=False):
        dx, dy = x1 - x0, y1 - y0
        along = np.clip(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy), 0.0, 1.0)
        distance = np.hypot(x - x0 - along * dx, y - y0 - along * dy)
        picture[distance < 0.03 * reach] = colour
    return picture


gymnasium.register(
    id=ID,
    entry_point=f"{__name__}:DoubleInvertedPendulumEnv",
    vector_entry_point=f"{__name__}:DoubleInvertedPendulumVectorEnv",
)
