# %% [markdown]
# # Tuning
# Gains are searched on drawn plants, and judged on others.

# %%
import upright

scenario = upright.Scenario(
    simulation={"duration": 2},
    tuning={"draws": 4, "confirm": 16, "validation": 32},
)
tuned = upright.tune(scenario, method="cma-es", candidates=8, iterations=8)
print(f"cost {tuned.cost_before:.3f} before, {tuned.cost_after:.3f} after")
for gain, value in tuned.gains:
    print(f"  {gain.path:30} {gain.start:10.4g} -> {value:10.4g}")
assert tuned.cost_after <= tuned.cost_before

# %% [markdown]
# What was found, on draws that the search has not seen.

# %%
validation = tuned.validate()
print(validation["cost_difference"], validation["warnings"])

# %% [markdown]
# The loop can be yours: ask for points of the unit cube, or make them, and have them judged.

# %%
tuner = upright.Tuner(scenario, method="de", candidates=6)
best = float("inf")
for _ in range(3):
    points = tuner.ask()
    costs = tuner.judge(points)
    tuner.tell(costs)
    best = min(best, costs.min())
print("best of 18 candidates", best)

# %% [markdown]
# Often there is no best, only a choice: the front of gains of which none is better in both of two terms of the cost.

# %%
front = upright.front(scenario, ("settling", "variation"), candidates=8, iterations=8)
print(front)
print(front.to_pandas()[["settling_cost", "variation_cost"]])
front.plot()
