# %% [markdown]
# # From `dip-smc-pso`
# What was done there, done here. The order of the state is the same: cart, two angles, then their rates.

# %% [markdown]
# `config = load_config("config.yaml")` is a scenario; its sections are in docs/scenario.md. `migrate` reads one, and says what
# has no counterpart. This configuration is an example; put the path of yours in its place.

# %%
import pathlib

import upright

pathlib.Path("config.yaml").write_text(
    """
global_seed: 1
physics: {cart_mass: 1.5, gravity: 9.81, cart_friction: 0.2, joint1_friction: 0.005, joint2_friction: 0.004,
  pendulum1_mass: 0.2, pendulum1_length: 0.4, pendulum1_com: 0.2, pendulum1_inertia: 0.003,
  pendulum2_mass: 0.15, pendulum2_length: 0.3, pendulum2_com: 0.15, pendulum2_inertia: 0.0012}
simulation: {duration: 5.0, dt: 0.005, initial_state: [0.0, 0.05, -0.03, 0.0, 0.0, 0.0]}
controllers: {classical_smc: {max_force: 150.0, boundary_layer: 0.05}}
controller_defaults: {classical_smc: {gains: [5.0, 5.0, 5.0, 0.5, 0.5, 0.5]}}
pso: {n_particles: 20, w: 0.7}
"""
)
migrated, unmatched = upright.migrate("config.yaml")
for field in unmatched:
    print(f"{field.path}: {field.reason}")
scenario = migrated.replace({"controller": {"kind": "classical"}, "simulation.control_period": 0.001})

# %% [markdown]
# `create_controller("sta_smc", config, gains)`, then `u, state, history = controller.compute_control(x, state, history)`:
# memory is inside, and nothing is kept but what the law needs.

# %%
twisting = upright.Controller(scenario.replace(controller="super_twisting"))
u = twisting.step((0.0, 0.05, -0.03, 0.0, 0.0, 0.0))
print(u, twisting.last)

# %% [markdown]
# `run_simulation(controller, dynamics, sim_time, dt, x0)` -> `t, x, u`.

# %%
run = upright.simulate(scenario)
t, x, u = run.t, run.states, run.u
print(t.shape, x.shape, u.shape, run.verdict)

# %% [markdown]
# `SimulationRunner(plant, dt, max_time)`, whose history grows, is a `Simulator`, which keeps nothing.

# %%
plant = upright.Simulator(scenario)
for _ in range(100):
    plant.step(twisting.step(plant.measured))
print(plant.t, plant.state)

# %% [markdown]
# `PSOTuner(factory, config).optimise()` is `tune`; `simulate_system_batch(...)` is `batch`; gains as a vector of positive
# numbers are poles of the sliding motion, since no such vector gives a stable surface.

# %%
small = scenario.replace({"simulation.duration": 1, "tuning.draws": 2, "tuning.confirm": 4})
tuned = upright.tune(small, candidates=6, iterations=3)
print(tuned)
print(upright.batch(small, 50))
faster = migrated.replace({"controller.surface.poles": [-4, -5, -6, [-3, 2]]})
print(upright.simulate(faster))

# %% [markdown]
# The configuration, under the gains that were found from plant and period:

# %%
upright.simulate(migrated).plot()
