# %% [markdown]
# # A sliding surface against LQR
# The surface is designed from the poles of the sliding motion, LQR from weights; both on the same linear model, which
# python-control takes as it is.

# %%
import control
import numpy as np
import upright

scenario = upright.Scenario()
design = upright.design(scenario)
plant = control.ss(*design.ss)
print(np.sort(plant.poles().real))

# %% [markdown]
# python-control finds the gains that ours finds.

# %%
gains, _, poles = control.lqr(plant, np.diag([10.0, 100, 100, 1, 1, 1]), 0.01)
assert np.allclose(gains[0], design.lqr_gains, rtol=1e-9)
print("poles of LQR", np.round(poles, 2))
print("poles of the sliding motion", np.round(design.sliding_poles, 2))

# %% [markdown]
# Faster poles cost force. The surface keeps the poles it was given, whatever the weights.

# %%
runs = {}
for factor in (0.7, 1.0, 1.4):
    wanted = [-3 * factor, -4 * factor, -5 * factor, [-2.2 * factor, 2.0 * factor]]
    faster = scenario.replace({"controller.surface.poles": wanted})
    run = runs[f"poles times {factor}"] = upright.simulate(faster)
    print(f"poles times {factor}: settled after {run.metrics['settling_time']} s with {run.metrics['peak_force']:.0f} N")
runs["LQR"] = upright.simulate(scenario.replace(controller="lqr"))

# %%
import matplotlib.pyplot as plt

figure, axes = plt.subplots(2, 1, sharex=True, figsize=(7, 4), layout="constrained")
for name, run in runs.items():
    axes[0].plot(run.t, run["x"], label=name)
    axes[1].plot(run.t, run["theta1"], label=name)
axes[0].set_ylabel("cart in m")
axes[1].set_ylabel("link 1 in rad")
axes[1].set_xlabel("time in s")
axes[0].legend(fontsize="small")
