# %% [markdown]
# # Stand it up
# A double pendulum on a cart, a controller, a picture.

# %%
import upright

run = upright.simulate()
print(run.verdict, run.metrics["settling_time"])
run.plot()

# %% [markdown]
# Everything about a run is its scenario. Push the cart with 10 N from 3 s on, and have another controller meet it.

# %%
pushed = upright.Scenario(
    controller="super_twisting",
    disturbances=[{"kind": "step", "amplitude": 10, "start": 3}],
)
run = upright.simulate(pushed)
print(run.verdict, "largest distance of the cart", round(run.metrics["max_cart"], 3), "m")
run.plot()

# %% [markdown]
# All controllers side by side, on the same push.

# %%
comparison = upright.compare(pushed)
print(comparison)
comparison.plot()
assert comparison.runs["super_twisting"].verdict == "settled"
