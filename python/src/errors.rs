//! Errors of Rust as the exceptions of the package, which are classes of Python, so that they pickle.

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyType};
use upright_sim::design::DesignError;
use upright_sim::scenario::{FieldError, ScenarioError};
use upright_sim::study::StudyError;
use upright_tune::TuneError;

fn class<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("upright.errors")?.getattr(name)
}

/// What a failing construction of an exception leaves is raised in its place.
fn raised(made: PyResult<Bound<'_, PyAny>>) -> PyErr {
    made.map_or_else(|error| error, PyErr::from_value)
}

pub(crate) fn scenario(py: Python<'_>, error: &ScenarioError) -> PyErr {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    raised((|| {
        let class = CLASS.import(py, "upright.errors", "ScenarioError")?;
        let (lines, fields) = match error {
            ScenarioError::Fields { source_name, errors } => {
                let lines = errors.iter().map(|error| format!("{source_name}: {error}")).collect();
                let fields: PyResult<Vec<_>> =
                    errors.iter().map(|error| field(py, error)).collect();
                (lines, fields?)
            }
            ScenarioError::Syntax { place, message, .. } => {
                let place = place.map_or((None, None), |at| (Some(at.line), Some(at.column)));
                let arguments = ("", "", message, place.0, place.1);
                (vec![error.to_string()], vec![self::class(py, "FieldError")?.call1(arguments)?])
            }
            other => (vec![other.to_string()], Vec::new()),
        };
        class.call1((lines.join("\n"), PyList::new(py, fields)?))
    })())
}

fn field<'py>(py: Python<'py>, error: &FieldError) -> PyResult<Bound<'py, PyAny>> {
    let line = error.place.map(|place| place.line);
    let column = error.place.map(|place| place.column);
    let problem = error.problem.to_string();
    class(py, "FieldError")?.call1((&error.path, &error.value, problem, line, column))
}

/// A scenario's file that cannot be read for what it holds.
pub(crate) fn no_text(py: Python<'_>, message: &str) -> PyErr {
    raised(class(py, "ScenarioError").and_then(|class| class.call1((message,))))
}

pub(crate) fn design(py: Python<'_>, error: &DesignError) -> PyErr {
    raised(
        class(py, "DesignError").and_then(|class| class.call1((error.to_string(), error.field()))),
    )
}

pub(crate) fn study(py: Python<'_>, error: &StudyError) -> PyErr {
    match error {
        StudyError::Scenario(error) => scenario(py, error),
        StudyError::Thread { .. } => PyOSError::new_err(error.to_string()),
        StudyError::Unit(_) | StudyError::Realization(_) => {
            PyValueError::new_err(error.to_string())
        }
        other => plain(py, &other.to_string()),
    }
}

pub(crate) fn tune(py: Python<'_>, error: &TuneError) -> PyErr {
    match error {
        TuneError::Batch(error) => study(py, error),
        other => PyValueError::new_err(other.to_string()),
    }
}

fn plain(py: Python<'_>, message: &str) -> PyErr {
    raised(class(py, "UprightError").and_then(|class| class.call1((message,))))
}
