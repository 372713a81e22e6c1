# %% [markdown]
# # Auditing memory
# A simulation that keeps every state it has seen grows for ever. The audit says so, and names the line.

# %%
import upright


class Runner:
    def __init__(self):
        self.plant = upright.Simulator(upright.Scenario(simulation={"duration": 1000}))
        self.law = upright.Controller(self.plant.scenario)
        self.history = []

    def step(self, i):
        state = self.plant.step(self.law.step(self.plant.measured))
        self.history.append(state)


found = upright.audit(Runner, lambda runner, i: runner.step(i), cycles=400, mode="steady")
print(found)
assert found.leaks

# %% [markdown]
# The same with the newest hundred states alone: it fills, and stays.

# %%
from collections import deque


class Bounded(Runner):
    def __init__(self):
        super().__init__()
        self.history = deque(maxlen=100)


found = upright.audit(Bounded, lambda runner, i: runner.step(i), cycles=1500, mode="steady", resident=False)
print(found)
assert not found.leaks

# %% [markdown]
# And whether anything outlives the runner itself.

# %%
found = upright.audit(Runner, lambda runner, i: runner.step(i), cycles=300, steps=10, resident=False)
print(found)
assert not found.leaks
