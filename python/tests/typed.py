"""Uses of the package as programs type them; checked by mypy --strict and pyright, and run by the tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import upright
from upright import Controller, Iteration, Scenario, Simulator, Study


def law(t: float, state: tuple[float, float, float, float, float, float]) -> float:
    return -633.6 * state[1] + 945.1 * state[2] + t * 0.0


class Memory:
    def reset(self) -> None:
        self.steps = 0

    def step(self, measured: tuple[float, ...], /) -> float:
        self.steps += 1
        return -sum(measured)


def main() -> None:
    scenario = Scenario(controller="hybrid", seed=3, simulation={"duration": 0.2})
    changed: Scenario = scenario.replace({"plant.link1.mass": 0.25}, controller="lqr")
    run = upright.simulate(changed, controller=law, callback=print)
    states: NDArray[np.float64] = run.states
    settling: float | None = run.metrics["settling_time"]
    upright.simulate(changed, controller=Memory())
    controller = Controller(scenario)
    plant = Simulator(scenario, run=1)
    force: float = controller.step(plant.measured)
    plant.step(force, periods=2)
    study: Study = upright.batch(scenario, 4, threads=1, progress=lambda done, runs: None)
    low, high = study.settled().interval
    both = study + upright.batch(scenario, 2, first=4)
    a, b, c, d = upright.design(scenario).ss

    def told(step: Iteration) -> bool:
        return step.best > 0.1

    small = {"tuning.draws": 2, "tuning.confirm": 2}
    tuned = upright.tune(scenario.replace(small), candidates=3, iterations=2, callback=told)
    cost: float = tuned.cost_after
    front = upright.front(scenario.replace(small), ("effort", "angle"), candidates=3, iterations=2)
    first: upright.FrontMember = front.members[0]
    lowest: float = first.costs[0]
    region: upright.Region = upright.roa(scenario, ("theta1", -0.1, 0.1, 2), ("theta2", -0.1, 0.1, 2), controllers=["lqr"])
    times: NDArray[np.float64] = region.upright_times["lqr"]
    audited = upright.audit(lambda: [0], lambda subject, i: subject.append(i), cycles=50, steps=2)
    assert times.shape == (2, 2) and states.shape[1] == 6 and lowest >= 0 and low <= high and len(both) == 6 and a.shape == (6, 6)
    assert settling is None and cost > 0 and not audited.leaks and b.shape == d.shape and c.shape == a.shape


if __name__ == "__main__":
    main()
