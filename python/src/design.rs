//! Designs.

use crate::scenario::PyScenario;
use crate::{convert, errors};
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use upright_core::Dynamics;
use upright_core::plant::{Full, Linear, Model, Rigid};
use upright_sim::scenario::design_report::design;

/// What the program's `design` says of a scenario, as dictionaries.
#[pyfunction]
pub(crate) fn _design<'py>(
    py: Python<'py>,
    scenario: &Bound<'py, PyScenario>,
) -> PyResult<Bound<'py, PyAny>> {
    let design = design(&scenario.get().inner).map_err(|error| errors::design(py, &error))?;
    let mut tree = serde_json::to_value(&design).unwrap_or_default();
    tree["warnings"] = design.warnings.iter().map(ToString::to_string).collect();
    convert::object(py, &tree)
}

/// The derivative of a state under a force on the cart in N, as the simulation has it: without disturbances.
#[pyfunction]
pub(crate) fn _derivative<'py>(
    py: Python<'py>,
    scenario: &Bound<'py, PyScenario>,
    state: &Bound<'py, PyAny>,
    force: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let plant = &scenario.get().inner.plant;
    let state = convert::state(state, "state")?;
    let force = [force, 0.0, 0.0];
    let of_all = |_| *plant;
    let [x, theta1, theta2] = match plant.model {
        Model::Full => Full::<f64>::of_lanes(of_all).acceleration(&state, &force),
        Model::Simplified => Rigid::<f64>::of_lanes(of_all).acceleration(&state, &force),
        Model::Linear => Linear::<f64>::of_lanes(of_all).acceleration(&state, &force),
    };
    let [_, _, _, x_dot, theta1_dot, theta2_dot] = state;
    Ok(vec![x_dot, theta1_dot, theta2_dot, x, theta1, theta2].into_pyarray(py))
}
