"""Steps a second of MuJoCo on the double inverted pendulum on a cart: RK4, 1 ms, one thread.

Run by compare.sh, which installs MuJoCo. Two figures: the engine's own rollout without any controller, and
the same plant stepped from Python under a linear state feedback, as most scripts do it.
"""

import time

import mujoco
import numpy as np
from mujoco import rollout

# The default plant of upright: masses in kg, lengths in m, inertias about the centres of mass in kg m^2.
MODEL = """
<mujoco>
  <option timestep="0.001" integrator="RK4" gravity="0 0 -9.81"/>
  <worldbody>
    <body>
      <joint name="cart" type="slide" axis="1 0 0" damping="0.2"/>
      <inertial pos="0 0 0" mass="1.5" diaginertia="1 1 1"/>
      <body>
        <joint name="joint1" type="hinge" axis="0 1 0" damping="0.005"/>
        <inertial pos="0 0 0.2" mass="0.2" diaginertia="0.0081 0.0081 0.0081"/>
        <body pos="0 0 0.4">
          <joint name="joint2" type="hinge" axis="0 1 0" damping="0.004"/>
          <inertial pos="0 0 0.15" mass="0.15" diaginertia="0.0034 0.0034 0.0034"/>
        </body>
      </body>
    </body>
  </worldbody>
  <actuator><motor joint="cart"/></actuator>
</mujoco>
"""
STEPS = 20_000
REPEATS = 5

model = mujoco.MjModel.from_xml_string(MODEL)
data = mujoco.MjData(model)
state = np.zeros((1, mujoco.mj_stateSize(model, mujoco.mjtState.mjSTATE_FULLPHYSICS)))
state[0, 2] = 0.05

free = 0.0
for _ in range(REPEATS):
    begin = time.perf_counter()
    rollout.rollout(model, data, state, nstep=STEPS)
    free = max(free, STEPS / (time.perf_counter() - begin))

# LQR of upright's default plant, its angles made relative as MuJoCo has them.
gains = np.array([31.62, -633.60 + 945.12, 945.12, 46.97, -8.54 + 131.23, 131.23])
controlled = 0.0
for _ in range(REPEATS):
    mujoco.mj_resetData(model, data)
    data.qpos[1] = 0.05
    begin = time.perf_counter()
    for _ in range(STEPS):
        data.ctrl[0] = -gains @ np.concatenate([data.qpos, data.qvel])
        mujoco.mj_step(model, data)
    controlled = max(controlled, STEPS / (time.perf_counter() - begin))
stands = abs(data.qpos[1]) < 0.02

print(f"MuJoCo {mujoco.__version__}, rollout without a controller: {free / 1e6:.3f} million steps a second")
print(f"MuJoCo {mujoco.__version__}, stepped from Python under LQR: {controlled / 1e6:.3f} million"
      f" ({'stands' if stands else 'fell'})")
