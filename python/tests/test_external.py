"""A policy from outside, as a file or a dictionary: the same in every call, and refused with its place."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import upright
from upright import Scenario


def policy(observation: str = "angles") -> dict[str, Any]:
    """LQR behind a wide layer: each hidden number is a part of its force."""
    found = upright.design(Scenario()).lqr_gains
    assert found is not None
    gains = -found / 100
    if observation == "sincos":
        gains = np.array([gains[0], gains[1], 0, gains[2], 0, *gains[3:]])
    rows = [(gains / 20).tolist() for _ in range(20)]
    return {
        "observation": observation,
        "force": 100.0,
        "layers": [
            {"weights": rows, "bias": [0.0] * 20, "activation": "tanh"},
            {"weights": [[1.0] * 20], "bias": [0.0], "activation": "linear"},
        ],
    }


def external(observation: str = "angles", **sections: Any) -> Scenario:
    return Scenario(controller={"kind": "external", "policy": policy(observation)}, **sections)


@pytest.mark.parametrize("observation", ["angles", "sincos"])
def test_a_row_of_its_study_is_its_run_to_the_bit(observation: str) -> None:
    scenario = external(observation, simulation={"duration": 2})
    study = upright.batch(scenario, 40)
    assert study.upright().count > 30
    for run in (0, 7, 39):
        alone = upright.simulate(scenario, run=run)
        assert alone.verdict == study.verdicts[run]
        assert alone.metrics["max_angle"] == study.columns["max_angle"][run]


def test_it_answers_what_the_layers_say() -> None:
    scenario = external("sincos")
    controller = upright.Controller(scenario)
    own = policy("sincos")
    hidden, last = own["layers"]
    state = (0.1, 0.05, -0.03, 0.2, 0.1, -0.1)
    x, a, b, *rates = state
    seen = np.array([x, np.sin(a), np.cos(a), np.sin(b), np.cos(b), *rates])
    answer = np.tanh(np.array(hidden["weights"]) @ seen + hidden["bias"]) @ np.array(last["weights"][0])
    assert controller.step(state) == pytest.approx(100 * answer, rel=1e-12)


def test_files_dictionaries_and_pickles_are_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "policy.json").write_text(json.dumps(policy()))
    (tmp_path / "s.yaml").write_text("controller: {kind: external, policy: policy.json}")
    # A scenario's file names it from where it stands, everything else from the folder that is worked in.
    loaded = Scenario.load(tmp_path / "s.yaml")
    assert loaded == external()
    assert pickle.loads(pickle.dumps(loaded)) == loaded
    assert loaded["controller.policy.layers.1.activation"] == "linear"
    monkeypatch.chdir(tmp_path)
    assert Scenario(controller={"kind": "external", "policy": "policy.json"}) == loaded
    assert Scenario().replace({"controller.policy": "policy.json"}, controller="external") == loaded


def test_it_is_compared_and_audited_where_a_scenario_has_one() -> None:
    scenario = external(simulation={"duration": 2})
    compared = upright.compare(scenario)
    assert list(compared.runs)[-1] == "external"
    assert list(compared.runs)[:-1] == list(upright.compare(Scenario(simulation={"duration": 1})).runs)
    assert compared.runs["external"].verdict in ("settled", "balanced")
    axes = [("theta1", -0.1, 0.1, 3), ("theta2", -0.1, 0.1, 3)]
    region = upright.roa(scenario, *axes, controllers=["external", "lqr"])
    assert set(region.verdicts) == {"external", "lqr"}
    found = upright.audit(
        lambda: upright.Controller(scenario), lambda own, i: own.step((0, 0.01, 0, 0, 0, 0)), cycles=100, steps=5
    )
    assert found.verdict in ("clean", "one_time")


def test_what_is_no_policy_is_refused_with_its_place(tmp_path: Path) -> None:
    wrong = policy()
    wrong["layers"][0]["weights"][3] = [1.0, float("inf")]
    with pytest.raises(upright.ScenarioError):
        Scenario(controller={"kind": "external", "policy": wrong})
    wrong["layers"][0]["weights"][3] = [1.0, 2.0]
    with pytest.raises(upright.ScenarioError, match="must be a list of 6 numbers") as caught:
        Scenario(controller={"kind": "external", "policy": wrong})
    assert caught.value.errors[0].path == "controller.policy.layers.0.weights.3"
    with pytest.raises(upright.ScenarioError, match="cannot be read"):
        Scenario(controller={"kind": "external", "policy": str(tmp_path / "absent.json")})
    (tmp_path / "text.json").write_text("import os")
    with pytest.raises(upright.ScenarioError, match="the file is no JSON"):
        Scenario(controller={"kind": "external", "policy": str(tmp_path / "text.json")})
