//! Texts of YAML as dictionaries.

use crate::{convert, errors};
use pyo3::prelude::*;
use upright_sim::scenario::document::Document;

type LineAndColumn = Option<(usize, usize)>;

/// A text as dictionaries, the places of the paths asked for, and the paths of fields that stand more than once.
type Read<'py> = (Bound<'py, PyAny>, Vec<LineAndColumn>, Vec<String>);

/// A text of YAML or JSON as dictionaries, and where the values of some paths stand: line and column, from one. Of a
/// field that stands more than once the last counts; which they are comes last.
#[pyfunction]
#[pyo3(signature = (text, *, name, paths = Vec::new()))]
pub(crate) fn _document<'py>(
    py: Python<'py>,
    text: &str,
    name: &str,
    paths: Vec<String>,
) -> PyResult<Read<'py>> {
    let document =
        Document::parse_repeated(name, text).map_err(|error| errors::scenario(py, &error))?;
    let places = paths.iter().map(|path| document.place_of(path));
    let places = places.map(|place| place.map(|at| (at.line, at.column))).collect();
    Ok((convert::object(py, &document.value)?, places, document.repeated().to_vec()))
}
