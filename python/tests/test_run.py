"""Runs: their record, laws of Python, and what goes wrong."""

from __future__ import annotations

import copy
import importlib.util
import pickle
from pathlib import Path

import numpy as np
import pytest

import upright
from upright import Controller, Scenario, Simulator

SHORT = Scenario(simulation={"duration": 0.5})
GAINS = (31.62, -633.60, 945.12, 46.97, -8.54, 131.23)


def law(t: float, state: tuple[float, ...]) -> float:
    return -sum(gain * x for gain, x in zip(GAINS, state, strict=True))


def matplotlib_is_there() -> bool:
    return importlib.util.find_spec("matplotlib") is not None


def test_a_record_is_views_of_one_array(tmp_path: Path) -> None:
    run = upright.simulate(SHORT)
    assert run.data.shape == (501, len(run.columns))
    assert run.data.flags.owndata or run.data.base is not None
    for view in (run.t, run.states, run.u, run.sigma, run["u_applied"]):
        assert np.shares_memory(view, run.data)
    assert run.states.shape == (501, 6)
    assert run.states[-1].tolist() == run.final_state.tolist()
    assert run.sliding_poles.dtype == np.complex128
    with pytest.raises(KeyError, match="there is no column 'nothing'; there are t, x, "):
        run["nothing"]
    again = pickle.loads(pickle.dumps(run))
    assert again.data.tobytes() == run.data.tobytes()
    assert again.summary() == run.summary()
    run.to_csv(tmp_path / "run.csv")
    header, *rows = (tmp_path / "run.csv").read_text().splitlines()
    assert header.split(",") == list(run.columns)
    assert [float(row.split(",")[7]) for row in rows] == run.u.tolist()
    assert "settling_time" in run._repr_html_()
    assert run._repr_html_().endswith("</table>") is not matplotlib_is_there()
    assert upright.simulate(SHORT, record=False)._repr_html_().endswith("</table>")
    bare = upright.simulate(SHORT, record=False)
    assert bare.metrics == run.metrics and bare.columns == ()
    with pytest.raises(KeyError, match="the run was not recorded"):
        _ = bare.u


def test_an_early_end_is_told() -> None:
    run = upright.simulate(Scenario(simulation={"initial_state": [0, 1.2, -1.2, 0, 0, 0]}))
    assert run.verdict == "fell"
    assert run.early_end is not None
    assert run.early_end.link in (1, 2) and run.early_end.time == run.t[-1]
    assert run.metrics["settling_time"] is None


def test_a_function_and_an_object_are_laws() -> None:
    class Stateful:
        def __init__(self) -> None:
            self.resets = 0
            self.seen: list[tuple[float, ...]] = []
            self.columns = {"gain_used": 0.0}

        def reset(self) -> None:
            self.resets += 1

        def step(self, measured: tuple[float, ...], /) -> float:
            self.seen.append(measured)
            self.columns["gain_used"] = float(len(self.seen))
            return law(0.0, measured)

    stateful = Stateful()
    one = upright.simulate(SHORT, controller=law)
    two = upright.simulate(SHORT, controller=stateful)
    assert one.states.tobytes() == two.states.tobytes()
    assert stateful.resets == 1
    assert len(stateful.seen) == 500 and type(stateful.seen[0]) is tuple
    assert two.columns[10] == "gain_used"
    assert two["gain_used"][:3].tolist() == [1.0, 2.0, 3.0]
    assert upright.simulate(controller=law).verdict == "settled"
    # A scenario that nothing controls is judged under a law.
    assert upright.simulate(Scenario(controller="none"), controller=law).verdict == "settled"
    times: list[float] = []
    upright.simulate(SHORT, controller=lambda t, state: times.append(t) or 0.0)  # type: ignore[func-returns-value]
    assert times == [i * 0.001 for i in range(len(times))]


def test_a_law_that_fails_stops_the_run_with_its_own_exception() -> None:
    def raises(t: float, state: tuple[float, ...]) -> float:
        if t > 0.1:
            raise RuntimeError("no more")
        return 0.0

    with pytest.raises(RuntimeError, match="no more") as caught:
        upright.simulate(SHORT, controller=raises)
    assert caught.traceback[-1].name == "raises"
    for answer, problem in [
        (np.zeros(1), "the law returned a ndarray"),
        ("1", "the law returned a str"),
        (None, "the law returned a NoneType"),
        (float("nan"), "the law returned NaN at t = 0"),
        (float("inf"), "the law returned inf at t = 0"),
    ]:
        with pytest.raises((TypeError, ValueError), match=problem):
            upright.simulate(SHORT, controller=lambda t, state, answer=answer: answer)  # type: ignore[misc]
    with pytest.raises(TypeError, match="controller: a int is no law"):
        upright.simulate(SHORT, controller=3)  # type: ignore[arg-type]

    class Named:
        columns = {"u": 1.0}

        def step(self, measured: tuple[float, ...], /) -> float:
            return 0.0

    with pytest.raises(ValueError, match="columns: u is a column of every trajectory"):
        upright.simulate(SHORT, controller=Named())  # type: ignore[arg-type]


def test_numbers_of_numpy_are_forces() -> None:
    run = upright.simulate(SHORT, controller=lambda t, state: np.float64(law(t, state)))
    assert run.states.tobytes() == upright.simulate(SHORT, controller=law).states.tobytes()
    assert upright.simulate(SHORT, controller=lambda t, state: np.array(1.0)).u[0] == 1.0  # type: ignore[arg-type, return-value]
    assert upright.simulate(SHORT, controller=lambda t, state: 1000).u[0] == 150.0


def test_a_callback_is_told_the_time_and_stops_the_run() -> None:
    long = Scenario(simulation={"duration": 2000})
    seen: list[float] = []

    def enough(t: float) -> None:
        seen.append(t)
        if len(seen) == 2:
            raise StopIteration("enough")

    with pytest.raises(StopIteration, match="enough"):
        upright.simulate(long, record=False, callback=enough)
    assert 0.0 <= seen[0] <= seen[1] < 2000.0


def test_measurements_that_are_none_are_refused() -> None:
    controller = Controller(SHORT)
    force = controller.step((0.0, 0.05, -0.03, 0.0, 0.0, 0.0))
    for same in ([0, 0.05, -0.03, 0, 0, 0], np.array([0, 0.05, -0.03, 0, 0, 0]), np.array([0, 0.05, -0.03, 0, 0, 0])[::1]):
        controller.reset()
        assert controller.step(same) == force
    controller.reset()
    assert controller.step(np.array([0, 9, 0.05, 9, -0.03, 9, 0, 9, 0, 9, 0, 9.0])[::2]) == force
    for wrong, problem in [
        ((1.0, 2.0), "measured: a tuple of length 2; allowed are 6 numbers"),
        (np.zeros(3), "of shape \\(3,\\)"),
        (np.zeros((6, 1)), "measured"),
        ("abcdef", "measured: a str"),
        (["0"] * 6, "'0' is no number"),
        (3.0, "measured: a float"),
        ((0.0, float("nan"), 0.0, 0.0, 0.0, 0.0), "measured.1 = NaN: allowed is a finite number"),
    ]:
        with pytest.raises((TypeError, ValueError), match=problem):
            controller.step(wrong)


def test_a_controller_is_copied_with_its_memory() -> None:
    scenario = SHORT.replace(controller="hybrid")
    run = upright.simulate(scenario)
    controller = Controller(scenario)
    assert controller.last is None
    for state in run.states[:100].tolist():
        controller.step(tuple(state))
    other = copy.copy(controller)
    state = tuple(run.states[100].tolist())
    assert controller.step(state) == other.step(state) == run.u[100]
    assert controller.last is not None and controller.last.force == run.u[100]
    assert set(controller.last.columns) <= set(run.columns)
    with pytest.raises(TypeError, match="has been stepped does not pickle"):
        pickle.dumps(controller)
    controller.reset()
    assert pickle.loads(pickle.dumps(controller)).step(tuple(run.states[0].tolist())) == run.u[0]
    assert controller.period == 0.001


def test_a_simulator_is_pushed_reset_and_over() -> None:
    plant = Simulator(SHORT)
    assert plant.reset(state=[0, 0, 0, 0, 0, 0]).tolist() == [0.0] * 6
    assert plant.push(10.0, 0.1)
    plant.step(0.0, periods=10)
    assert plant.state[3] > 0 and plant.periods == 10 and plant.t == pytest.approx(0.01)
    with pytest.raises(ValueError, match="force = NaN"):
        plant.step(float("nan"))
    with pytest.raises(ValueError, match="periods = 0"):
        plant.step(0.0, periods=0)
    with pytest.raises(ValueError, match="state: a list of length 2"):
        plant.reset(state=[1, 2])
    first = plant.reset(run=3)
    assert first.tolist() != plant.reset(run=4).tolist()
    plant.step(0.0, periods=100_000)
    assert plant.over and plant.verdict in ("fell", "off_track", "balanced", "down")
    with pytest.raises(RuntimeError, match="the run is over"):
        plant.step(0.0)
    twin = copy.copy(plant)
    assert twin.state.tobytes() == plant.state.tobytes()
    with pytest.raises(TypeError, match="does not pickle"):
        pickle.dumps(plant)
