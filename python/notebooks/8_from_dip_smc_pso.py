# %% [markdown]
# # From `dip-smc-pso`
# What was done there, done here. The order of the state is the same: cart, two angles, then their rates.

# %% [markdown]
# `config = load_config("config.yaml")` is a scenario; its sections are in docs/scenario.md.

# %%
import upright

scenario = upright.Scenario(plant={"cart_mass": 1.5}, simulation={"duration": 5})

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
faster = scenario.replace({"controller.surface.poles": [-4, -5, -6, [-3, 2]]})
print(upright.simulate(faster))
