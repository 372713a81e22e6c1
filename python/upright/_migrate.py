"""Configurations of ``dip-smc-pso`` as scenarios."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from . import _native
from ._native import Scenario
from .errors import FieldError, ScenarioError


class Unmatched(NamedTuple):
    """What a configuration says and a scenario does not."""

    #: The field there, outermost name first: ``pso.n_particles``.
    path: str
    #: Its value there.
    value: Any
    #: Why, and what to do instead.
    reason: str


class Migration(NamedTuple):
    """A scenario, and what of its configuration has no counterpart in it."""

    scenario: Scenario
    unmatched: list[Unmatched]


#: Numbers that mean the same in the same unit.
_NUMBERS = {
    "physics.cart_mass": "plant.cart_mass",
    "physics.gravity": "plant.gravity",
    **{
        f"physics.pendulum{i}_{name}": f"plant.link{i}.{name}"
        for i in (1, 2)
        for name in ("mass", "length", "com", "inertia")
    },
    "physics.cart_friction": "plant.damping.cart",
    "physics.joint1_friction": "plant.damping.joint1",
    "physics.joint2_friction": "plant.damping.joint2",
    "simulation.duration": "simulation.duration",
    "simulation.dt": "simulation.control_period",
    "sensors.angle_noise_std": "sensors.angle_noise",
    "sensors.position_noise_std": "sensors.position_noise",
    "sensors.quantization_angle": "sensors.angle_quantum",
    "sensors.quantization_position": "sensors.position_quantum",
    "pso.w": "tuning.swarm.inertia",
    "pso.c1": "tuning.swarm.cognitive",
    "pso.c2": "tuning.swarm.social",
    "cost_function.combine_weights.mean": "tuning.mean",
    "cost_function.combine_weights.max": "tuning.worst",
}
_NUMBERS |= {
    "physics_uncertainty." + there.removeprefix("physics."): "uncertainty.parameters." + here.removeprefix("plant.")
    for there, here in _NUMBERS.items()
    if there.startswith("physics.") and there != "physics.gravity"
}

#: Whole numbers.
_COUNTS = {"global_seed": "seed", "physics_uncertainty.n_evals": "tuning.draws"}

#: Times in s that are whole control periods here.
_LATENCIES = {"simulation.sensor_latency": "sensors.delay", "simulation.actuator_latency": "actuator.delay"}

#: What every configuration says; a scenario would be of another plant without.
_REQUIRED = [name for name in _NUMBERS if name.startswith("physics.")] + ["simulation.duration"]

_KINDS = {
    "classical_smc": "classical",
    "sta_smc": "super_twisting",
    "adaptive_smc": "adaptive",
    "hybrid_adaptive_sta_smc": "hybrid",
    "swing_up_smc": "swing_up",
    "mpc_controller": "mpc",
}
#: Kinds whose gains can be found from the sampled loop.
_BY_ITSELF = ("classical_smc", "sta_smc", "adaptive_smc", "hybrid_adaptive_sta_smc")

_GAINS = (
    "no vector of positive gains gives a stable surface; the surface is designed from controller.surface.poles, and "
    "gains: auto finds the law's"
)
_REPEATED = "stands more than once, and the last one counts, as it does there"
_NUMERICS = "a matter of their solver; the equations here are solved exactly"

_SECTIONS = (
    "controller_defaults", "controllers", "cost_function", "physics", "physics_uncertainty", "pso", "sensors", "simulation"
)

#: Why what is left has no counterpart, the innermost name first.
_REASONS = {
    "physics": _NUMERICS,
    "physics.include_coriolis_effects": "the equations are always whole",
    "physics.include_centrifugal_effects": "the equations are always whole",
    "physics.include_gyroscopic_effects": "links that move in a plane have none",
    "physics_uncertainty.gravity": "gravity is not drawn",
    "simulation.real_time": "a run takes the time that it takes; Simulator steps as fast as it is called",
    "simulation.raise_on_warning": "design(scenario).warnings has what should make a user wary",
    "pso.n_particles": "an argument: tune(scenario, candidates=...)",
    "pso.iters": "an argument: tune(scenario, iterations=...)",
    "pso.bounds": "bounds of a vector of gains; tuning.gains bounds gains by name",
    "pso.tune": "ranges of a plant; uncertainty.parameters draws it",
    "pso.robustness": "starts are drawn by uncertainty.initial_state, and tuning.worst weighs the worst of them",
    "pso.seed": "the scenario's seed is that of its searches",
    "pso": "the swarm has inertia, cognitive and social weights",
    "cost_function.weights": "other terms: tuning.weights weighs settling, angle, cart, effort, variation and saturation",
    "cost_function.baseline": "the scenario's own gains are what a search is compared with",
    "cost_function.instability_penalty": "tuning.weights.falls weighs a fall",
    "cost_function": "every term has its scale (tuning.scales)",
    "verification": "scenarios of their own; compare() and batch() run them",
    "hil": "Controller.step is the half of a loop that a rig needs",
    "fdi": "nothing here watches for faults",
    "fault_detection": "nothing here watches for faults",
    "stability_monitoring": "nothing watches a run on its way; its verdict and metrics say how it ended",
    "streamlit": "figures and pages have a style of their own",
    "controllers.mpc_controller": "another prediction; kind mpc has weights and a horizon of its own",
    "controllers.swing_up_smc": "a swing-up by energy; kind swing_up plans it",
    "controllers": "a setting of another form of the law, or in units of a surface that is not stable",
    "controller_defaults": "gains of another controller, of which none are taken over",
}


#: Sections that are named as a whole.
_WHOLE = {
    "cost_function.baseline",
    "cost_function.norms",
    "cost_function.weights",
    "fault_detection",
    "fdi",
    "hil",
    "pso.bounds",
    "pso.robustness",
    "pso.tune",
    "stability_monitoring",
    "streamlit",
    "verification",
}


def _leaves(tree: Any, controller: str, path: str = "") -> Iterator[tuple[str, Any]]:
    """Fields that hold something; sections of one reason as a whole."""
    section, _, kind = path.partition(".")
    other = section in ("controllers", "controller_defaults") and kind not in ("", controller)
    if not isinstance(tree, dict) or path in _WHOLE or other:
        if tree is not None:
            yield path, tree
        return
    for name, below in tree.items():
        yield from _leaves(below, controller, f"{path}.{name}" if path else name)


def _outwards(path: str) -> Iterator[str]:
    """A path, and those of the sections that it is in, the innermost first."""
    names = path.split(".")
    return (".".join(names[:count]) for count in range(len(names), 0, -1))


def _reason(path: str, value: Any) -> str:
    if path.endswith(".gains"):
        return _GAINS
    if path.startswith("controllers.") and isinstance(value, dict):
        return f"another controller: migrate(path, controller={path.removeprefix('controllers.')!r})"
    return next((_REASONS[name] for name in _outwards(path) if name in _REASONS), "not known to upright")


class _Config:
    """A configuration that is taken field by field; what is wrong is kept until all is known."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.name = os.fspath(path)
        try:
            self.text = Path(path).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise ScenarioError(f"{self.name} is no UTF-8 text: byte {error.start} is not part of a character") from None
        tree, _, self.repeated = _native._document(self.text, name=self.name)
        self.tree: dict[str, Any] = tree if isinstance(tree, dict) else {}
        self.taken: set[str] = set()
        self.wrong: list[tuple[str, str, str]] = []
        #: The scenario's sections, and which field there each field here is of.
        self.made: dict[str, Any] = {}
        self.sources: dict[str, str] = {}
        for section in _SECTIONS:
            if section in self.tree and not isinstance(self.tree[section], (dict, type(None))):
                self.refuse(section, self.tree[section], "must be a mapping of fields")
        if not isinstance(tree, dict) or not {"physics", "simulation", "controllers"} & tree.keys():
            self.refuse("", None, "this is no configuration of dip-smc-pso: it has none of physics, simulation, controllers")
            raise self.error()

    def find(self, path: str) -> Any:
        """The value at a path; None where there is none."""
        found: Any = self.tree
        for name in path.split("."):
            if not isinstance(found, dict):
                return None
            found = found.get(name)
        return found

    def get(self, path: str) -> Any:
        """The value at a path, taken; None where there is none."""
        self.taken.add(path)
        return self.find(path)

    def refuse(self, path: str, value: Any, problem: str) -> None:
        """Keeps what is wrong with a field; None is a value that is not there."""
        shown = "" if value is None else json.dumps(value, ensure_ascii=False)
        self.wrong.append((path, shown, problem))

    def number(self, path: str, *, whole: bool = False) -> float | None:
        value = self.get(path)
        if value is None:
            return None
        allowed = isinstance(value, int) if whole else isinstance(value, (int, float)) and math.isfinite(value)
        if isinstance(value, bool) or not allowed:
            self.refuse(path, value, f"must be a {'whole ' if whole else ''}number")
            return None
        return float(value) if not whole else value

    def truth(self, path: str) -> bool | None:
        value = self.get(path)
        if value is not None and not isinstance(value, bool):
            self.refuse(path, value, "must be true or false")
            return None
        return value

    def put(self, path: str, value: Any, source: str) -> None:
        """Sets a field of the scenario."""
        *sections, name = path.split(".")
        section = self.made
        for outer in sections:
            section = section.setdefault(outer, {})
        section[name] = value
        self.sources[path] = source

    def error(self) -> ScenarioError:
        _, places, _ = _native._document(self.text, name=self.name, paths=[path for path, _, _ in self.wrong])
        lines, fields = [], []
        for (path, value, problem), place in zip(self.wrong, places, strict=True):
            line, column = place if place and path else (None, None)
            where = f"line {line}, column {column}: " if line else ""
            what = f"{path} = {value}: " if value else f"{path}: " if path else ""
            lines.append(f"{self.name}: {where}{what}{problem}")
            fields.append(FieldError(path, value, problem, line, column))
        return ScenarioError("\n".join(lines), fields)


def _plant(config: _Config) -> None:
    for path in _REQUIRED:
        if config.get(path) is None:
            config.refuse(path, None, "is missing; every configuration of dip-smc-pso has it")
    for numbers, whole in ((_NUMBERS, False), (_COUNTS, True)):
        for there, here in numbers.items():
            value = config.number(there, whole=whole)
            if value is not None:
                config.put(here, value, there)
    if config.get("simulation.dt") is None:
        # What it is there where nobody says.
        config.put("simulation.control_period", 0.01, "simulation.dt")
    full = config.truth("simulation.use_full_dynamics")
    if full is not None:
        config.put("plant.model", "full" if full else "simplified", "simulation.use_full_dynamics")
    state = config.get("simulation.initial_state")
    if state is not None:
        config.put("simulation.initial_state", state, "simulation.initial_state")
    if config.get("physics_uncertainty") is not None:
        # There every run starts at the same state.
        config.put("uncertainty.initial_state", [0.0] * 6, "physics_uncertainty")
        if config.number("physics_uncertainty.gravity"):
            config.taken.discard("physics_uncertainty.gravity")


def _delays(config: _Config) -> list[Unmatched]:
    rounded = []
    period = config.made["simulation"].get("control_period", 0.0)
    for there, here in _LATENCIES.items():
        latency = config.number(there)
        # A period that is none is refused by its own check.
        if latency is None or period <= 0:
            continue
        periods = round(latency / period)
        config.put(here, periods, there)
        if abs(periods * period - latency) > 1e-9 * period:
            rounded.append(Unmatched(there, latency, f"rounded to whole control periods: {here} = {periods}"))
    return rounded


def _law(config: _Config, kind: str) -> list[Unmatched]:
    section = f"controllers.{kind}"
    config.put("controller.kind", _KINDS[kind], section)
    if kind in _BY_ITSELF:
        config.put("controller.gains", "auto", section)
    force = config.number(f"{section}.max_force")
    if force is not None:
        config.put("actuator.max_force", force, f"{section}.max_force")
    if kind == "swing_up_smc":
        balance = config.get(f"{section}.stabilizing_controller")
        if balance is not None:
            config.put("controller.balance.kind", balance, f"{section}.stabilizing_controller")
    if kind == "adaptive_smc":
        smooth = config.truth(f"{section}.smooth_switch")
        if smooth is not None:
            config.put("controller.smoothing", "tanh" if smooth else "linear", f"{section}.smooth_switch")
    tick = config.number(f"{section}.dt")
    period = config.made["simulation"].get("control_period")
    if tick is not None and tick != period:
        reason = f"a controller ticks at simulation.control_period, which is {period} s"
        return [Unmatched(f"{section}.dt", tick, reason)]
    return []


def migrate(path: str | os.PathLike[str], *, controller: str = "classical_smc") -> Migration:
    """Reads a ``config.yaml`` of `dip-smc-pso` as a scenario, and says what has no counterpart.

    Plant, duration, period, start, sensors, delays, uncertainty, limit of the force, seed and the weights of the swarm are
    taken over. Gains are not: no vector of positive gains gives a stable surface, so the surface is that of the default
    poles and ``gains: auto`` finds the law's from plant, sensors and period.

    Parameters
    ----------
    path
        The file.
    controller
        Which of its controllers: ``classical_smc``, ``sta_smc``, ``adaptive_smc``, ``hybrid_adaptive_sta_smc``,
        ``swing_up_smc`` or ``mpc_controller``.

    Returns
    -------
    Migration
        ``scenario``, and ``unmatched``: path, value and reason of each field that is not in it.

    Raises
    ------
    ScenarioError
        Where a value is not allowed, or one is missing without which the plant would be another; ``errors`` names the
        fields as the file does.

    Examples
    --------
    >>> import upright
    >>> scenario, unmatched = upright.migrate("config.yaml")  # doctest: +SKIP
    """
    if controller not in _KINDS:
        allowed = ", ".join(_KINDS)
        raise ValueError(f"controller = {controller!r}: allowed is one of {allowed}")
    config = _Config(path)
    _plant(config)
    notes = _delays(config) + _law(config, controller)
    if config.wrong:
        raise config.error()
    try:
        scenario = Scenario(config.made)
    except ScenarioError as error:
        for field in error.errors:
            source = next((config.sources[name] for name in _outwards(field.path) if name in config.sources), None)
            # What stands in no field there is named as it is here.
            config.wrong.append((source or field.path, field.value, field.problem))
        if not config.wrong:
            raise
        raise config.error() from error
    notes += [Unmatched(path, config.find(path), _REPEATED) for path in config.repeated]
    left = (field for field in _leaves(config.tree, controller) if field[0] not in config.taken)
    return Migration(scenario, notes + [Unmatched(path, value, _reason(path, value)) for path, value in left])

