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


found = growing = upright.audit(Runner, lambda runner, i: runner.step(i), cycles=400, mode="steady")
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


found = filling = upright.audit(Bounded, lambda runner, i: runner.step(i), cycles=1500, mode="steady", resident=False)
print(found)
assert not found.leaks

# %% [markdown]
# And whether anything outlives the runner itself.

# %%
found = upright.audit(Runner, lambda runner, i: runner.step(i), cycles=300, steps=10, resident=False)
print(found)
assert not found.leaks

# %% [markdown]
# What the verdicts were given on: the bytes of Python's allocators after each cycle.

# %%
import matplotlib.pyplot as plt

figure, axis = plt.subplots(figsize=(7, 3), layout="constrained")
for name, audit in (("keeps all", growing), ("keeps a hundred", filling)):
    account = audit.accounts["python"]
    kilobytes = [amount / 1000 for amount in account.amounts]
    axis.plot(account.at, kilobytes, label=f"{name}: {audit.verdict}")
axis.set_xlabel("cycle")
axis.set_ylabel("memory in kB")
axis.legend()
