# %% [markdown]
# # Learning a policy
# Sixty-four policies at once, each on eight episodes: a linear policy is found by the cross-entropy method in well under
# a minute, and put beside LQR on the same draws.

# %%
import gymnasium
import numpy as np
import upright
import upright.gym

scenario = upright.Scenario(simulation={"duration": 3})
policies, episodes = 64, 8
envs = gymnasium.make_vec(
    upright.gym.ID,
    num_envs=policies * episodes,
    vectorization_mode="vector_entry_point",
    scenario=scenario,
    periods=20,
)


def returns(weights):
    """The mean return of each policy: a row of six weights a policy."""
    each = np.repeat(weights, episodes, axis=0)
    # Eight environments a policy, each at the start of another run of the study.
    observed, _ = envs.reset(seed=1)
    total, alive = np.zeros(len(each)), np.ones(len(each), bool)
    while alive.any():
        actions = (each * observed).sum(axis=1, keepdims=True)
        observed, rewards, terminated, truncated, _ = envs.step(np.clip(actions, -1, 1))
        total += rewards * alive
        alive &= ~(terminated | truncated)
    return total.reshape(policies, episodes).mean(axis=1)


# %%
random = np.random.default_rng(0)
middle, spread = np.zeros(6), np.array([0.5, 6.0, 6.0, 0.5, 1.0, 1.0])
for generation in range(25):
    weights = middle + spread * random.standard_normal((policies, 6))
    reward = returns(weights)
    elite = weights[np.argsort(reward)[-10:]]
    middle, spread = elite.mean(axis=0), elite.std(axis=0) + 0.02 * 0.85**generation
    if generation % 6 == 0:
        print(f"generation {generation:2}: best {reward.max():.1f} of 150")

# %% [markdown]
# The policy as a law, on our plant, beside LQR on the same draws.


# %%
class Policy:
    def __init__(self, weights, hold):
        self.weights, self.hold = weights.tolist(), hold

    def reset(self):
        self.period = 0

    def step(self, state):
        if self.period % self.hold == 0:
            action = sum(w * x for w, x in zip(self.weights, state))
            self.force = scenario.max_force * max(-1.0, min(1.0, action))
        self.period += 1
        return self.force


stood = [upright.simulate(scenario, run=i, controller=Policy(middle, 20), record=False).verdict for i in range(40)]
up = sum(verdict in ("settled", "balanced") for verdict in stood)
lqr = upright.batch(scenario.replace(controller="lqr"), 40).upright().count
print(f"of the same 40 draws the policy holds up {up}, LQR {lqr}")
assert up > 20
