# %% [markdown]
# # A law of your own in ten lines
# A law is a function of the time and the state, and returns a force.

# %%
import upright

scenario = upright.Scenario()
design = upright.design(scenario)


def feedback(t, state):
    return -sum(gain * x for gain, x in zip(design.lqr_gains, state))


print(upright.simulate(scenario, controller=feedback).verdict)

# %% [markdown]
# With memory it is an object: here an integral of the cart's position, which takes the cart back under a push. What it
# puts into `columns` is recorded.


# %%
class WithIntegral:
    def __init__(self, rate):
        self.rate, self.columns = rate, {"integral": 0.0}

    def reset(self):
        self.columns["integral"] = 0.0

    def step(self, state):
        self.columns["integral"] += state[0] * scenario.control_period
        return feedback(0.0, state) - self.rate * self.columns["integral"]


pushed = scenario.replace({"disturbances": [{"kind": "step", "amplitude": 5, "start": 1}], "simulation.duration": 20})
plain = upright.simulate(pushed, controller=feedback)
better = upright.simulate(pushed, controller=WithIntegral(15.0))
print("the cart ends at", plain.final_state[0], "and at", better.final_state[0], "m")
assert abs(better.final_state[0]) < abs(plain.final_state[0])

# %% [markdown]
# Side by side: the integral takes the cart back.

# %%
import matplotlib.pyplot as plt

figure, axis = plt.subplots(figsize=(7, 3), layout="constrained")
for name, run in (("state feedback", plain), ("with an integral", better)):
    axis.plot(run.t, run["x"], label=name)
axis.set_xlabel("time in s")
axis.set_ylabel("cart in m")
axis.legend()
