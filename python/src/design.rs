//! Designs.

use crate::scenario::PyScenario;
use crate::{convert, errors};
use pyo3::prelude::*;
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
