# %% [markdown]
# # Learning a policy
# Sixty-four policies at once, each on eight episodes: a linear policy is found by the cross-entropy method in well under
# a minute, exported as a file, and put beside LQR and the sliding mode laws on the same draws.

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
best_of = []
middle, spread = np.zeros(6), np.array([0.5, 6.0, 6.0, 0.5, 1.0, 1.0])
for generation in range(25):
    weights = middle + spread * random.standard_normal((policies, 6))
    reward = returns(weights)
    elite = weights[np.argsort(reward)[-10:]]
    middle, spread = elite.mean(axis=0), elite.std(axis=0) + 0.02 * 0.85**generation
    best_of.append((reward.max(), np.median(reward)))
    if generation % 6 == 0:
        print(f"generation {generation:2}: best {reward.max():.1f} of 150")

# %% [markdown]
# The policy as a file: its layers, what it observes, and the force in N that 1 stands for. `kind: external` runs it as
# any other controller, in vector lanes too; here it acts every control period.

# %%
import json
import pathlib

policy = {
    "observation": "angles",
    "force": scenario.max_force,
    "layers": [{"weights": [middle.tolist()], "bias": [0.0], "activation": "linear"}],
}
pathlib.Path("policy.json").write_text(json.dumps(policy))
learned = scenario.replace(controller="external").replace({"controller.policy": "policy.json"})
print(upright.compare(learned))

# %% [markdown]
# On the same 1000 draws, each as the program would give it:

# %%
up = {}
for kind in ("external", "classical", "super_twisting", "adaptive", "hybrid", "lqr"):
    under = learned if kind == "external" else learned.replace(controller=kind)
    up[kind] = upright.batch(under, 1000).upright().count
    print(f"{kind:15} holds up {up[kind]} of 1000")
assert up["external"] > 500

# %%
import matplotlib.pyplot as plt

figure, axis = plt.subplots(figsize=(7, 3), layout="constrained")
axis.plot(best_of, label=["best policy", "median policy"])
axis.set_xlabel("generation")
axis.set_ylabel("mean return, of 150")
axis.legend()
