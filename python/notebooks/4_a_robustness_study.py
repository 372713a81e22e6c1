# %% [markdown]
# # A robustness study
# A thousand plants that differ from what the controller believes, a thousand starts. Which law settles how often?

# %%
import upright

scenario = upright.Scenario(
    simulation={"duration": 5},
    uncertainty={"parameters": 0.1, "initial_state": [0.0, 0.3, 0.3, 0, 0, 0]},
)
studies = {}
for kind in ("classical", "super_twisting", "lqr"):
    studies[kind] = upright.batch(scenario.replace(controller=kind), 300)
    settled = studies[kind].settled()
    low, high = settled.interval
    print(f"{kind:15} {settled.rate:.0%} of the runs settle ({low:.0%} to {high:.0%})")

# %% [markdown]
# A study is a data frame; its rows are the same plants and starts under every controller, so they compare in pairs.

# %%
frame = studies["classical"].to_pandas()
print(frame.groupby("verdict")["max_angle"].describe()[["count", "mean", "max"]])
both = [study.verdicts == "settled" for study in studies.values()]
print("runs that classical settles and LQR does not:", int((both[0] & ~both[2]).sum()))

# %% [markdown]
# Any run can be looked at by itself, to the bit.

# %%
worst = int(frame["max_angle"].argmax())
run = studies["classical"].replay(worst)
assert run.metrics["max_angle"] == frame["max_angle"][worst]
run.plot()

# %% [markdown]
# All of them: how long it takes until a run has settled.

# %%
import matplotlib.pyplot as plt
import numpy as np

figure, axis = plt.subplots(figsize=(7, 3), layout="constrained")
for kind, study in studies.items():
    times = np.sort(study.columns["settling_time"])
    times = times[np.isfinite(times)]
    axis.step(times, np.arange(1, len(times) + 1) / len(study), where="post", label=kind)
axis.set_xlabel("settling time in s")
axis.set_ylabel("share of the runs")
axis.legend()
