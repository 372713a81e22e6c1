"""Scenarios: made, read, changed, compared, sent."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest

import upright
from upright import FieldError, Scenario, ScenarioError


def test_sections_kinds_and_seeds_are_those_of_a_file() -> None:
    scenario = Scenario(
        {"plant": {"link1": {"mass": 0.25}}},
        controller="hybrid",
        seed=7,
        simulation={"duration": np.float64(3), "initial_state": np.zeros(6)},
    )
    assert (scenario.kind, scenario.seed, scenario.periods, scenario.control_period) == ("hybrid", 7, 3000, 0.001)
    assert scenario["plant.link1.mass"] == 0.25
    assert scenario.initial_state.tolist() == [0.0] * 6
    assert scenario.max_force == 150.0
    own = Scenario(controller={"kind": "super_twisting", "k1": 12, "k2": 30})
    assert own["controller.k1"] == 12.0
    with pytest.raises(KeyError, match="plant.link3"):
        scenario["plant.link3"]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    scenario = Scenario(controller="adaptive", disturbances=[{"kind": "step", "amplitude": 10, "start": 3}], seed=3)
    assert Scenario(scenario.to_dict()) == scenario
    assert Scenario.from_yaml(scenario.to_yaml()) == scenario
    scenario.save(tmp_path / "s.yaml")
    assert Scenario.load(tmp_path / "s.yaml") == scenario
    assert [path.name for path in tmp_path.iterdir()] == ["s.yaml"]
    for again in (pickle.loads(pickle.dumps(scenario)), copy.deepcopy(scenario), copy.copy(scenario)):
        assert again == scenario
        assert hash(again) == hash(scenario)
    assert Scenario() != scenario
    assert Scenario() != 3


def test_replace_sets_paths_and_leaves_the_rest() -> None:
    scenario = Scenario(seed=3)
    other = scenario.replace({"plant.link1.mass": 0.25, "disturbances": []}, controller="lqr", seed=4)
    assert (other.seed, other.kind, other["plant.link1.mass"]) == (4, "lqr", 0.25)
    assert (scenario.seed, scenario["plant.link1.mass"]) == (3, 0.2)


@pytest.mark.parametrize(
    ("arguments", "path", "value"),
    [
        ({"plant": {"cart_mass": -1}}, "plant.cart_mass", "-1"),
        ({"plant": {"cart_mass": float("nan")}}, "plant.cart_mass", '"NaN"'),
        ({"plant": {"cart_mass": 10**30}}, "plant.cart_mass", None),
        ({"plants": {}}, "plants", None),
        ({"controller": "pid"}, "controller.kind", '"pid"'),
        ({"seed": -1}, "seed", "-1"),
        ({"simulation": {"initial_state": ["a"] * 6}}, "simulation.initial_state.0", '"a"'),
        ({"simulation": 3}, "simulation", "3"),
    ],
)
def test_what_is_wrong_is_named(arguments: dict[str, object], path: str, value: str | None) -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario(**arguments)  # type: ignore[arg-type]
    errors = caught.value.errors
    assert path in [error.path for error in errors]
    if value is not None:
        assert value.strip('"') == next(error.value.strip('"') for error in errors if error.path == path)
    assert isinstance(caught.value, ValueError)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.errors) == (str(caught.value), errors)


def test_text_has_places() -> None:
    with pytest.raises(ScenarioError, match="line 1, column 20: plant.cart_mass = -1: allowed is") as caught:
        Scenario.from_yaml("plant: {cart_mass: -1}", name="wrong")
    [error] = caught.value.errors
    assert error == FieldError("plant.cart_mass", "-1", "allowed is from 1e-9 to 1e6 kg", 1, 20)
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_yaml("a: [")
    assert caught.value.errors[0].line is not None
    with pytest.raises(FileNotFoundError, match="no-such-file"):
        Scenario.load("no-such-file.yaml")


def test_what_is_no_value_of_a_scenario_is_refused() -> None:
    with pytest.raises(TypeError, match="plant.cart_mass: a object is no value"):
        Scenario(plant={"cart_mass": object()})
    with pytest.raises(TypeError, match="plant.3: a name must be a str"):
        Scenario(plant={3: 4})
    endless: dict[str, object] = {}
    endless["a"] = endless
    with pytest.raises(ValueError, match="nested more than"):
        Scenario(endless)


def test_an_altered_pickle_is_refused_with_its_field() -> None:
    text = pickle.dumps(Scenario(), protocol=0)
    assert text.count(b'"gravity":9.81') == 1
    with pytest.raises(ScenarioError, match="pickled scenario: plant.gravity = -9.8"):
        pickle.loads(text.replace(b'"gravity":9.81', b'"gravity":-9.8'))
    with pytest.raises(ScenarioError, match="there is no such field"):
        pickle.loads(text.replace(b'"gravity":9.81', b'"gravitas":9.8'))


def test_a_draw_has_its_names() -> None:
    draw = Scenario().draw(5)
    assert draw["link1.mass"] != Scenario()["plant.link1.mass"]
    assert draw == Scenario().draw(5)
    assert upright.kinds() == (
        "classical", "super_twisting", "adaptive", "hybrid", "lqr", "mpc", "swing_up", "external", "none",
    )
    assert Scenario.schema()["properties"]["plant"]
