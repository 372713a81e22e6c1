"""Configurations of dip-smc-pso: what becomes of each field, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import upright

# Written for these tests, in the layout of that project.
CONFIG = """\
global_seed: 7
controller_defaults:
  classical_smc: {gains: [6.0, 5.0, 4.0, 0.6, 0.5, 0.4]}
  sta_smc: {gains: [3.0, 3.0, 3.0, 0.3, 0.3, 0.3]}
controllers:
  classical_smc:
    max_force: 120.0
    boundary_layer: 0.03
  sta_smc: {max_force: 90.0, damping_gain: 0.5, dt: 0.002}
  adaptive_smc: {max_force: 80.0, smooth_switch: true, K_max: 60.0, dt: 0.005}
  swing_up_smc: {stabilizing_controller: sta_smc, energy_gain: 40.0, max_force: 140.0}
pso:
  n_particles: 12
  iters: 30
  w: 0.6
  c1: 1.6
  c2: 1.7
  bounds: {min: [1.0, 1.0], max: [9.0, 9.0]}
physics:
  cart_mass: 1.4
  pendulum1_mass: 0.22
  pendulum2_mass: 0.16
  pendulum1_length: 0.42
  pendulum2_length: 0.31
  pendulum1_com: 0.21
  pendulum2_com: 0.155
  pendulum1_inertia: 0.0031
  pendulum2_inertia: 0.0013
  gravity: 9.8
  cart_friction: 0.18
  joint1_friction: 0.004
  joint2_friction: 0.003
  singularity_cond_threshold: 1.0e+8
physics_uncertainty:
  n_evals: 6
  cart_mass: 0.04
  pendulum1_mass: 0.03
  pendulum2_inertia: 0.02
  joint1_friction: 0.1
  gravity: 0.0
simulation:
  duration: 6.0
  dt: 0.005
  initial_state: [0.0, 0.06, -0.02, 0.0, 0.0, 0.0]
  use_full_dynamics: true
  sensor_latency: 0.01
  actuator_latency: 0.012
sensors:
  angle_noise_std: 0.001
  position_noise_std: 0.0005
  quantization_angle: 0.002
  quantization_position: 0.0001
cost_function:
  weights: {state_error: 40.0}
  combine_weights: {mean: 0.6, max: 0.4}
verification:
  integrators: [rk4]
stability_monitoring: {enabled: true}
telemetry: {enabled: true}
"""

# Every key of that project's own file of 2025, newest and oldest, with values of our own: comments, lists in both
# forms, a field that stands twice, one that holds nothing.
WHOLE = """\
global_seed: 11
fault_detection: {residual_threshold: 0.2, hysteresis_enabled: true, hysteresis_upper: 0.22, hysteresis_lower: 0.18,
  persistence_counter: 8, adaptive: false, window_size: 40, threshold_factor: 2.5}
controller_defaults:
  classical_smc:
    gains:
    - 7.0   # of the first angle
    - 6.0
    - 5.0
    - 0.7
    - 0.6
    - 0.5
  sta_smc: {gains: [6.0, 3.0, 9.0, 5.0, 4.0, 3.0]}

  # Lines between, and words of other alphabets: super\u2011twisting \u2265 0\u3010a\u2020b\u3011
  adaptive_smc: {gains: [9.0, 7.0, 4.0, 3.0, 0.9]}
  hybrid_adaptive_sta_smc: {gains: [6.0, 4.0, 3.0, 0.6]}
controllers:
  classical_smc:
    gains:
    # of the defaults
    - 7.0
    - 6.0
    - 5.0
    - 0.7
    - 0.6
    - 0.5
    max_force: 140.0
    boundary_layer: 0.04
    dt: 0.01
    rate_weight: null
  sta_smc: {gains: [6.0, 3.0, 9.0, 5.0, 4.0, 3.0], damping_gain: 0.1, max_force: 140.0, dt: 0.01, boundary_layer: 0.06}
  adaptive_smc: {gains: [9.0, 7.0, 4.0, 3.0, 0.9], max_force: 140.0, leak_rate: 0.02, dead_zone: 0.04, adapt_rate_limit: 9.0,
    K_min: 0.2, K_max: 90.0, dt: 0.01, smooth_switch: true, boundary_layer: 0.2}
  swing_up_smc: {stabilizing_controller: classical_smc, energy_gain: 45.0, switch_energy_factor: 0.9,
    switch_angle_tolerance: 0.3, exit_energy_factor: 0.85, reentry_angle_tolerance: 0.38, max_force: 140.0}
  mpc_controller: {horizon: 12, q_x: 2.0, q_theta: 3.0, r_u: 0.2, max_force: 140.0}
  hybrid_adaptive_sta_smc: {gains: [6.0, 4.0, 3.0, 0.6], max_force: 140.0, dt: 0.01, k1_init: 3.0, k2_init: 0.3, gamma1: 1.5,
    gamma2: 0.4, dead_zone: 0.04, enable_equivalent: false, damping_gain: 2.0, adapt_rate_limit: 4.0, sat_soft_width: 0.3,
    cart_gain: 0.4, cart_lambda: 0.9, cart_p_gain: 70.0, cart_p_lambda: 1.8}
pso:
  n_particles: 24
  iters: 60
  bounds:
    min: [1.0, 1.0, 1.0, 0.1, 1.0, 0.1]
    max: [20.0, 20.0, 8.0, 4.0, 40.0, 2.0]
    sta_smc: {min: [1.0, 1.0], max: [9.0, 9.0]}
  w: 0.8
  c1: 1.4
  c2: 1.9
  velocity_clamp: [0.2, 0.4]
  iters: 70
  seed: 11
  robustness: {enabled: false, n_scenarios: 9, worst_case_weight: 0.2, nominal_range: 0.04, seed: null,
    scenario_distribution: {nominal_fraction: 0.3, moderate_fraction: 0.3, large_fraction: 0.4}}
  tune:
    cart_mass: {min: 1.1, max: 1.9}
    boundary_layer: {min: 0.02, max: 0.06}
physics:
  cart_mass: 1.45
  pendulum1_mass: 0.21
  pendulum2_mass: 0.14
  pendulum1_length: 0.41
  pendulum2_length: 0.29
  pendulum1_com: 0.205
  pendulum2_com: 0.145
  pendulum1_inertia: 0.0079
  pendulum2_inertia: 0.0033
  gravity: 9.81
  cart_friction: 0.21
  joint1_friction: 0.0049
  joint2_friction: 0.0039
  singularity_cond_threshold: 100000000.0
  include_coriolis_effects: true
  include_centrifugal_effects: true
  include_gyroscopic_effects: true
physics_uncertainty: {n_evals: 8, cart_mass: 0.04, pendulum1_mass: 0.04, pendulum2_mass: 0.04, pendulum1_length: 0.04,
  pendulum2_length: 0.04, pendulum1_com: 0.04, pendulum2_com: 0.04, pendulum1_inertia: 0.04, pendulum2_inertia: 0.04,
  gravity: 0.0, cart_friction: 0.09, joint1_friction: 0.09, joint2_friction: 0.09}
simulation:
  duration: 6.0
  dt: 0.01
  initial_state:
  - 0.0
  - 0.04
  - -0.02
  - 0.0
  - 0.0
  - 0.0
  use_full_dynamics: false
verification:
  test_conditions:
  - name: nominal
    initial_state: [0.0, 0.1, 0.05, 0.0, 0.0, 0.0]
    disturbance: false
  integrators: [euler, rk4, rk45]
  criteria: {max_angle: 0.4, settling_time: 4.0, steady_error: 0.02}
cost_function:
  weights: {state_error: 2.0, control_effort: 0.2, control_rate: 0.02, stability: 0.2, sliding: 0.2}
  norms: {state_error: 9.0, control_effort: 90.0, control_rate: 900.0, sliding: 2.0}
  baseline: {gains: [50, 100, 10, 8, 5, 4]}
  min_cost_floor: 1.0e-6
  instability_penalty: 900.0
  combine_weights: {mean: 0.6, max: 0.4}
  normalization_threshold: 0.000000000001
sensors: {angle_noise_std: 0.004, position_noise_std: 0.0009, quantization_angle: 0.008, quantization_position: 0.0004}
hil: {plant_ip: 127.0.0.1, plant_port: 9000, controller_ip: 127.0.0.1, controller_port: 9001, extra_latency_ms: 0.0,
  sensor_noise_std: 0.0}
stability_monitoring:
  enabled: true
  ldr: {threshold: 0.9, window_ms: 250.0, transient_time: 1.0}
  diagnostics: {auto_classify: true, store_history: true, max_history: 900}
streamlit: {enable_dip_theme: true, theme_version: "2.0.0"}
"""


def written(tmp_path: Path, text: str = CONFIG) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_field_is_in_the_scenario_or_named(tmp_path: Path) -> None:
    scenario, unmatched = upright.migrate(written(tmp_path))
    wanted: dict[str, Any] = {
        "seed": 7,
        "plant.cart_mass": 1.4,
        "plant.gravity": 9.8,
        "plant.model": "full",
        "plant.link1": {"mass": 0.22, "length": 0.42, "com": 0.21, "inertia": 0.0031},
        "plant.link2": {"mass": 0.16, "length": 0.31, "com": 0.155, "inertia": 0.0013},
        "plant.damping": {"cart": 0.18, "joint1": 0.004, "joint2": 0.003},
        "simulation.duration": 6.0,
        "simulation.control_period": 0.005,
        "simulation.initial_state": [0.0, 0.06, -0.02, 0.0, 0.0, 0.0],
        "sensors.angle_noise": 0.001,
        "sensors.position_noise": 0.0005,
        "sensors.angle_quantum": 0.002,
        "sensors.position_quantum": 0.0001,
        "sensors.delay": 2,
        "actuator.delay": 2,
        "actuator.max_force": 120.0,
        "uncertainty.initial_state": [0.0] * 6,
        "uncertainty.distribution": "uniform",
        "controller.kind": "classical",
        "tuning.draws": 6,
        "tuning.mean": 0.6,
        "tuning.worst": 0.4,
        "tuning.swarm.inertia": 0.6,
        "tuning.swarm.cognitive": 1.6,
        "tuning.swarm.social": 1.7,
    }
    assert {path: scenario[path] for path in wanted} == wanted
    spread = scenario["uncertainty.parameters"]
    assert (spread["cart_mass"], spread["link1"]["mass"], spread["link2"]["inertia"]) == (0.04, 0.03, 0.02)
    assert spread["damping"]["joint1"] == 0.1
    named = {field.path: field for field in unmatched}
    assert named.keys() == {
        "controller_defaults.classical_smc.gains",
        "controller_defaults.sta_smc",
        "controllers.classical_smc.boundary_layer",
        "controllers.sta_smc",
        "controllers.adaptive_smc",
        "controllers.swing_up_smc",
        "pso.n_particles",
        "pso.iters",
        "pso.bounds",
        "physics.singularity_cond_threshold",
        "simulation.actuator_latency",
        "cost_function.weights",
        "verification",
        "stability_monitoring",
        "telemetry.enabled",
    }
    assert named["pso.n_particles"].value == 12 and "candidates=" in named["pso.n_particles"].reason
    assert named["controller_defaults.classical_smc.gains"].value == [6.0, 5.0, 4.0, 0.6, 0.5, 0.4]
    assert "no vector of positive gains" in named["controller_defaults.classical_smc.gains"].reason
    assert named["simulation.actuator_latency"].reason.endswith("actuator.delay = 2")
    assert "controller='sta_smc'" in named["controllers.sta_smc"].reason
    assert named["telemetry.enabled"].reason == "not known to upright"


@pytest.mark.parametrize("controller", ["classical_smc", "sta_smc", "adaptive_smc", "hybrid_adaptive_sta_smc", "swing_up_smc", "mpc_controller"])
def test_a_file_with_every_key_of_theirs_is_read_and_each_has_its_reason(controller: str, tmp_path: Path) -> None:
    scenario, unmatched = upright.migrate(written(tmp_path, WHOLE), controller=controller)
    assert scenario.max_force == 140.0 and scenario["plant.link1.inertia"] == 0.0079
    assert [field for field in unmatched if field.reason == "not known to upright"] == []
    # What holds nothing says nothing.
    assert all(field.value is not None for field in unmatched)
    repeated = [field for field in unmatched if "stands more than once" in field.reason]
    assert [(field.path, field.value) for field in repeated] == [("pso.iters", 70)]
    assert upright.design(scenario).sliding_poles.size > 0
    upright.simulate(scenario, record=False)


@pytest.mark.parametrize(
    ("controller", "kind", "force"),
    [
        ("classical_smc", "classical", 120.0),
        ("sta_smc", "super_twisting", 90.0),
        ("adaptive_smc", "adaptive", 80.0),
        ("hybrid_adaptive_sta_smc", "hybrid", 150.0),
        ("swing_up_smc", "swing_up", 140.0),
        ("mpc_controller", "mpc", 150.0),
    ],
)
def test_each_controller_has_its_counterpart(controller: str, kind: str, force: float, tmp_path: Path) -> None:
    scenario, unmatched = upright.migrate(written(tmp_path), controller=controller)
    assert (scenario.kind, scenario.max_force) == (kind, force)
    named = {field.path for field in unmatched}
    if controller == "sta_smc":
        assert {"controllers.sta_smc.dt", "controllers.sta_smc.damping_gain"} <= named
    if controller == "adaptive_smc":
        assert scenario["controller.smoothing"] == "tanh" and "controllers.adaptive_smc.K_max" in named
        # It is the period.
        assert "controllers.adaptive_smc.dt" not in named
    if controller == "swing_up_smc":
        assert scenario["controller.balance.kind"] == "super_twisting"
        assert "controllers.swing_up_smc.energy_gain" in named


def test_what_it_gives_stands_up(tmp_path: Path) -> None:
    for controller in ("classical_smc", "sta_smc", "adaptive_smc", "hybrid_adaptive_sta_smc"):
        scenario, _ = upright.migrate(written(tmp_path), controller=controller)
        assert upright.simulate(scenario, record=False).verdict in ("settled", "balanced"), controller
    # Without sensors' noise, and at the period that is meant where none is written.
    quiet = CONFIG[: CONFIG.index("sensors:")].replace("  dt: 0.005\n", "")
    scenario, _ = upright.migrate(written(tmp_path, quiet))
    assert scenario.control_period == 0.01
    assert upright.simulate(scenario, record=False).verdict in ("settled", "balanced")


@pytest.mark.parametrize(
    ("old", "new", "path", "value", "problem"),
    [
        ("cart_mass: 1.4", "cart_mass: -1.4", "physics.cart_mass", "-1.4", "allowed is from 1e-9 to 1e6 kg"),
        ("cart_mass: 1.4", "cart_mass: heavy", "physics.cart_mass", '"heavy"', "must be a number"),
        ("cart_mass: 1.4", "cart_mass: .nan", "physics.cart_mass", '".nan"', "must be a number"),
        ("cart_mass: 1.4", "cart_mass: true", "physics.cart_mass", "true", "must be a number"),
        ("cart_mass: 1.4", "cart_mass: [1.4]", "physics.cart_mass", "[1.4]", "must be a number"),
        ("  gravity: 9.8\n", "", "physics.gravity", "", "is missing"),
        ("  duration: 6.0\n", "", "simulation.duration", "", "is missing"),
        ("pendulum1_com: 0.21", "pendulum1_com: 0.5", "physics.pendulum1_com", "0.5", ""),
        ("dt: 0.005\n  init", "dt: 0\n  init", "simulation.dt", "0.0", "allowed is from 1e-6"),
        ("0.06, -0.02", "0.06, ab", "simulation.initial_state", "", ""),
        ("[0.0, 0.06, -0.02, 0.0, 0.0, 0.0]", "[0.0, 0.06]", "simulation.initial_state", "", "6 numbers"),
        ("n_evals: 6", "n_evals: 6.5", "physics_uncertainty.n_evals", "6.5", "must be a whole number"),
        ("n_evals: 6", "n_evals: 0", "physics_uncertainty.n_evals", "0", "allowed is"),
        ("global_seed: 7", "global_seed: -7", "global_seed", "-7", ""),
        ("use_full_dynamics: true", "use_full_dynamics: 1", "simulation.use_full_dynamics", "1", "must be true or false"),
        ("max_force: 120.0", "max_force: 0", "controllers.classical_smc.max_force", "0", "allowed is above 0"),
        ("w: 0.6", "w: 1.6", "pso.w", "1.6", "allowed is from 0 to 1"),
    ],
)
def test_what_is_wrong_is_named_as_the_file_has_it(
    old: str, new: str, path: str, value: str, problem: str, tmp_path: Path
) -> None:
    assert CONFIG.count(old) == 1
    file = written(tmp_path, CONFIG.replace(old, new))
    with pytest.raises(upright.ScenarioError) as caught:
        upright.migrate(file)
    (error,) = caught.value.errors
    assert error.path == path
    assert value in error.value and problem in error.problem
    # What is missing stands nowhere.
    assert error.line == (CONFIG[: CONFIG.index(old)].count("\n") + 1 if new else None)
    assert str(caught.value).startswith(f"{file}: ") and path in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  dt: 0.01\n  initial", "  dt: 0.02s\n  initial", r'simulation.dt = "0.02s": must be a number'),
        ("  gravity: 9.81\n", "  gravity: 9.81\n  gravity: heavy\n", r'physics.gravity = "heavy": must be a number'),
        ("angle_noise_std: 0.004", "angle_noise_std: 0.004, angle_noise_std: -1", "sensors.angle_noise_std = -1"),
        ("hil: {", "hil: [", "line 1[0-9][0-9], column"),
        ("use_full_dynamics: false", "use_full_dynamics: no way", r"must be true or false"),
        ("physics:\n", "physics: none\nrest:\n", r'physics = "none": must be a mapping of fields'),
        ("  - -0.02\n", "", r"simulation.initial_state = .*6 numbers"),
        ("  - -0.02\n", "  - .inf\n", r"simulation.initial_state"),
        ("global_seed: 11", "global_seed: 1.5", r"global_seed = 1.5: must be a whole number"),
        ("\nsimulation:", "\n\tsimulation:", r"config\.yaml: .*line"),
    ],
)
def test_a_damaged_file_is_refused_with_its_place(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert WHOLE.count(old) == 1
    with pytest.raises(upright.ScenarioError, match=said):
        upright.migrate(written(tmp_path, WHOLE.replace(old, new)))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"physics: \xff\xfe\n")
    with pytest.raises(upright.ScenarioError, match=r"config\.yaml is no UTF-8 text: byte 9 is not part of a character"):
        upright.migrate(path)


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    text = CONFIG.replace("w: 0.6", "w: 1.6").replace("cart_mass: 1.4", "cart_mass: -1")
    with pytest.raises(upright.ScenarioError) as caught:
        upright.migrate(written(tmp_path, text))
    assert {error.path for error in caught.value.errors} == {"physics.cart_mass", "pso.w"}
    assert len(str(caught.value).splitlines()) == 2


def test_what_is_no_configuration_is_refused(tmp_path: Path) -> None:
    for text in ("", "[1, 2]", "plant: {cart_mass: 1}", "3"):
        with pytest.raises(upright.ScenarioError, match=r"config\.yaml: this is no configuration of dip-smc-pso"):
            upright.migrate(written(tmp_path, text))
    with pytest.raises(upright.ScenarioError, match=r"config\.yaml: unclosed bracket .* line 1, column"):
        upright.migrate(written(tmp_path, "physics: [1"))
    with pytest.raises(upright.ScenarioError, match=r"physics = \[1\]: must be a mapping of fields"):
        upright.migrate(written(tmp_path, "physics: [1]"))
    with pytest.raises(FileNotFoundError, match="nowhere"):
        upright.migrate(tmp_path / "nowhere.yaml")
    with pytest.raises(ValueError, match="controller = 'pid': allowed is one of classical_smc, sta_smc"):
        upright.migrate(written(tmp_path), controller="pid")
