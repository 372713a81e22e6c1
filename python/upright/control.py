"""Systems for python-control: the plant as it moves, and a controller as it is stepped."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _native
from ._native import Controller, Scenario
from ._results import STATES, need


def plant(scenario: Scenario) -> Any:
    """The plant as a continuous nonlinear system: force in N to the state, without sensors and actuator.

    The right-hand side is that of the simulation, so ``control.linearize`` and ``control.phase_plane_plot`` work.

    Examples
    --------
    >>> import control, upright
    >>> import upright.control
    >>> s = upright.Scenario()
    >>> linear = control.linearize(upright.control.plant(s), [0] * 6, [0])
    >>> bool(abs(linear.A - upright.design(s).a).max() < 1e-4)
    True
    """
    control = need("control", "control")

    def update(t: float, x: Any, u: Any, params: Any) -> Any:
        del t, params
        return _native._derivative(scenario, x, float(np.ravel(u)[0]))

    return control.nlsys(update, None, states=STATES, inputs="u", outputs=STATES, dt=0, name="plant")


def controller(scenario: Scenario) -> Any:
    """The controller as a system in discrete time: state to force in N.

    Its memory is inside, so it is to be run from its start to its end once, as ``input_output_response`` does where
    it is given no plant in continuous time beside it; make a new one for each run.
    """
    control = need("control", "control")
    law = Controller(scenario)
    last: dict[float, float] = {}

    def output(t: float, x: Any, u: Any, params: Any) -> Any:
        del x, params
        # The output of an instant is asked for more than once, and a controller is stepped once.
        if t not in last:
            last.clear()
            last[t] = law.step(np.asarray(u, dtype=np.float64))
        return last[t]

    return control.nlsys(
        None, output, states=0, inputs=STATES, outputs="u", dt=scenario.control_period, name=scenario.kind
    )
