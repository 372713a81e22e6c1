//! Texts of YAML as dictionaries.

use crate::{convert, errors};
use pyo3::prelude::*;
use upright_sim::scenario::document::Document;

type LineAndColumn = Option<(usize, usize)>;

/// A text of YAML or JSON as dictionaries, and where the values of some paths stand: line and column, from one.
#[pyfunction]
#[pyo3(signature = (text, *, name, paths = Vec::new()))]
pub(crate) fn _document<'py>(
    py: Python<'py>,
    text: &str,
    name: &str,
    paths: Vec<String>,
) -> PyResult<(Bound<'py, PyAny>, Vec<LineAndColumn>)> {
    let document = Document::parse(name, text).map_err(|error| errors::scenario(py, &error))?;
    let places = paths.iter().map(|path| document.place_of(path));
    let places = places.map(|place| place.map(|at| (at.line, at.column))).collect();
    Ok((convert::object(py, &document.value)?, places))
}
