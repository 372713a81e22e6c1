"""The same plant as a model of MuJoCo: its speed beside ours, and our controllers on it."""

from __future__ import annotations

from typing import Any

import numpy as np

import upright

KINDS = ("classical", "super_twisting", "adaptive", "hybrid", "lqr")


def model(scenario: upright.Scenario) -> Any:
    """A scenario's plant: hinges measure from link to link, friction acts on their rates as it does here."""
    import mujoco

    plant = scenario["plant"]
    one, two, damping = plant["link1"], plant["link2"], plant["damping"]

    def link(what: dict[str, float]) -> str:
        inertia = " ".join([str(what["inertia"])] * 3)
        return f'<inertial pos="0 0 {what["com"]}" mass="{what["mass"]}" diaginertia="{inertia}"/>'

    text = f"""
    <mujoco>
      <option timestep="{scenario.control_period}" integrator="RK4" gravity="0 0 -{plant["gravity"]}">
        <flag contact="disable" constraint="disable"/>
      </option>
      <worldbody>
        <body>
          <inertial pos="0 0 0" mass="{plant["cart_mass"]}" diaginertia="1 1 1"/>
          <joint name="x" type="slide" axis="1 0 0" damping="{damping["cart"]}"/>
          <body>
            {link(one)}
            <joint type="hinge" axis="0 1 0" damping="{damping["joint1"]}"/>
            <body pos="0 0 {one["length"]}">
              {link(two)}
              <joint type="hinge" axis="0 1 0" damping="{damping["joint2"]}"/>
            </body>
          </body>
        </body>
      </worldbody>
      <actuator><motor joint="x" gear="1"/></actuator>
    </mujoco>"""
    return mujoco.MjModel.from_xml_string(text)


def difference(kind: str) -> float:
    """The largest difference of any state over 10 s between a controller on our plant and the same on MuJoCo's."""
    import mujoco

    scenario = upright.Scenario(controller=kind)
    run = upright.simulate(scenario)
    plant = model(scenario)
    data = mujoco.MjData(plant)
    controller = upright.Controller(scenario)
    x, one, two, v, rate1, rate2 = scenario.initial_state
    data.qpos[:], data.qvel[:] = (x, one, two - one), (v, rate1, rate2 - rate1)
    found = np.empty_like(run.states)
    for row in range(len(found)):
        (x, one, two), (v, rate1, rate2) = data.qpos, data.qvel
        found[row] = x, one, one + two, v, rate1, rate1 + rate2
        data.ctrl[0] = controller.step(found[row])
        mujoco.mj_step(plant, data)
    return float(np.abs(found - run.states).max())


def rollout(number: int, steps: int) -> Any:
    """What turns ``number`` plants through ``steps`` steps of integration on one thread."""
    import mujoco
    import mujoco.rollout

    plant = model(upright.Scenario())
    data = mujoco.MjData(plant)
    first = np.zeros((number, mujoco.mj_stateSize(plant, mujoco.mjtState.mjSTATE_FULLPHYSICS)))
    first[:, 2], first[:, 3] = 0.05, -0.08
    controls = np.zeros((number, steps, 1))
    # It writes every state; where it does is made once.
    state = np.empty((number, steps, first.shape[1]))
    return lambda: mujoco.rollout.rollout(plant, data, first, controls, state=state)
