//! Scenarios.

use crate::{convert, errors};
use numpy::PyArray1;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use serde_json::{Map, Value};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use upright_sim::Scenario;
use upright_sim::realization::{COLUMNS, Realization};
use upright_sim::scenario::{Overrides, schema};

/// Everything about a run: plant, simulation, actuator, sensors, controller, disturbances, uncertainty.
#[pyclass(frozen, module = "upright", name = "Scenario")]
pub(crate) struct PyScenario {
    pub(crate) inner: Scenario,
}

/// A scenario of values with overrides, or the exception that says what is wrong with it.
fn read(py: Python<'_>, name: &str, tree: Value, over: &Overrides) -> PyResult<PyScenario> {
    let read = Scenario::read_value(name, tree, over);
    read.map(|inner| PyScenario { inner }).map_err(|error| errors::scenario(py, &error))
}

/// From where scenarios made here name files.
fn here() -> Option<PathBuf> {
    Some(PathBuf::from("."))
}

/// What the program's `--controller`, `--set` and `--seed` say.
fn overrides(controller: Option<String>, set: Option<&Bound<'_, PyAny>>) -> PyResult<Overrides> {
    let mut over =
        Overrides { controller, unrecorded: true, folder: here(), ..Overrides::default() };
    if let Some(set) = set {
        let Value::Object(fields) = convert::tree(set)? else {
            let message =
                "set: allowed is a mapping of paths, such as {\"plant.link1.mass\": 0.25}";
            return Err(pyo3::exceptions::PyTypeError::new_err(message));
        };
        // JSON is YAML.
        over.set = fields.into_iter().map(|(path, value)| (path, value.to_string())).collect();
    }
    Ok(over)
}

/// Puts a seed into a tree, as its author would have; what is no seed is refused by its check.
fn seeded(tree: &mut Value, seed: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    if let (Some(seed), Some(fields)) = (seed, tree.as_object_mut()) {
        fields.insert("seed".to_owned(), convert::tree(seed)?);
    }
    Ok(())
}

impl PyScenario {
    fn of_text(
        py: Python<'_>,
        text: &str,
        name: &str,
        mut over: Overrides,
        seed: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        if let Some(seed) = seed {
            // What is no seed is refused by its check, with its name.
            over.set.push(("seed".to_owned(), convert::tree(seed)?.to_string()));
        }
        let read = Scenario::read(name, text, &over);
        read.map(|inner| Self { inner }).map_err(|error| errors::scenario(py, &error))
    }
}

#[pymethods]
impl PyScenario {
    #[new]
    #[pyo3(signature = (spec = None, /, *, controller = None, seed = None, **sections))]
    fn new(
        py: Python<'_>,
        spec: Option<&Bound<'_, PyAny>>,
        controller: Option<&Bound<'_, PyAny>>,
        seed: Option<&Bound<'_, PyAny>>,
        sections: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let mut tree = spec.map_or(Ok(Value::Object(Map::new())), convert::tree)?;
        if let Some(sections) = sections {
            convert::merge(&mut tree, convert::tree(sections)?);
        }
        let mut over = Overrides { unrecorded: true, folder: here(), ..Overrides::default() };
        match controller {
            Some(word) if word.is_instance_of::<PyString>() => {
                over.controller = Some(word.extract()?);
            }
            Some(section) => {
                let mut under = Map::new();
                under.insert("controller".to_owned(), convert::tree(section)?);
                convert::merge(&mut tree, Value::Object(under));
            }
            None => {}
        }
        seeded(&mut tree, seed)?;
        read(py, "scenario", tree, &over)
    }

    /// Reads a file of YAML or JSON.
    #[staticmethod]
    #[pyo3(signature = (path, *, controller = None, seed = None, set = None))]
    fn load(
        py: Python<'_>,
        path: &Bound<'_, PyAny>,
        controller: Option<String>,
        seed: Option<&Bound<'_, PyAny>>,
        set: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let path = py.import("pathlib")?.getattr("Path")?.call1((path,))?;
        let name = path.str()?.to_string();
        // Its errors are those of Python, with the file's name.
        let bytes: Vec<u8> = path.call_method0("read_bytes")?.extract()?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let place = error.utf8_error().valid_up_to();
            let message =
                format!("{name} is no UTF-8 text: byte {place} is not part of a character");
            errors::no_text(py, &message)
        })?;
        let folder = Path::new(&name).parent().map(Path::to_path_buf);
        Self::of_text(py, &text, &name, Overrides { folder, ..overrides(controller, set)? }, seed)
    }

    /// Reads YAML or JSON text; `name` is what errors call it.
    #[staticmethod]
    #[pyo3(signature = (text, *, name = "<string>", controller = None, seed = None, set = None))]
    fn from_yaml(
        py: Python<'_>,
        text: &Bound<'_, PyAny>,
        name: &str,
        controller: Option<String>,
        seed: Option<&Bound<'_, PyAny>>,
        set: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let text = convert::word(text, "text")?;
        Self::of_text(py, &text, name, overrides(controller, set)?, seed)
    }

    /// Returns the scenario with other values at some paths, under another kind of controller, or with another seed.
    #[pyo3(signature = (set = None, /, *, controller = None, seed = None))]
    fn replace(
        &self,
        py: Python<'_>,
        set: Option<&Bound<'_, PyAny>>,
        controller: Option<String>,
        seed: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mut tree = self.inner.to_value();
        seeded(&mut tree, seed)?;
        read(py, "scenario", tree, &overrides(controller, set)?)
    }

    /// Returns it under another kind of controller with that kind's defaults; its own kind keeps its settings.
    fn _under(&self, py: Python<'_>, kind: &str) -> PyResult<Self> {
        let under = self.inner.under(kind);
        under.map(|inner| Self { inner }).map_err(|error| errors::scenario(py, &error))
    }

    /// Returns the resolved scenario as dictionaries, every default filled in.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::object(py, &self.inner.to_value())
    }

    /// Returns the resolved scenario as YAML; reading it again gives the same scenario.
    fn to_yaml(&self) -> String {
        self.inner.to_yaml()
    }

    /// Writes it as YAML, whole or not at all.
    fn save(&self, py: Python<'_>, path: &Bound<'_, PyAny>) -> PyResult<()> {
        let write = py.import("upright._results")?.getattr("write_text")?;
        write.call1((path, self.to_yaml())).map(drop)
    }

    /// Returns plant and initial state of run `run` of its study, by name.
    fn draw<'py>(&self, py: Python<'py>, run: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
        let run = convert::whole(run, "run", 0, u64::MAX)?;
        let draw = drawn(&self.inner, run)?;
        convert::named(py, COLUMNS.into_iter().zip(draw.values().map(Some)))
    }

    /// Returns the JSON Schema of scenarios (draft 2020-12).
    #[staticmethod]
    fn schema(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        convert::object(py, &schema::scenario_schema())
    }

    /// The kind of controller.
    #[getter]
    fn kind(&self) -> &'static str {
        self.inner.controller.settings.kind()
    }

    /// The seed of every random number.
    #[getter]
    fn seed(&self) -> u64 {
        self.inner.seed
    }

    /// The control period in s.
    #[getter]
    fn control_period(&self) -> f64 {
        self.inner.simulation.control_period
    }

    /// How many control periods a run has.
    #[getter]
    fn periods(&self) -> u64 {
        self.inner.periods()
    }

    /// The initial state in m, rad, m/s and rad/s.
    #[getter]
    fn initial_state<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, &self.inner.simulation.initial_state)
    }

    /// The largest force of the actuator in N.
    #[getter]
    fn max_force(&self) -> f64 {
        self.inner.actuator.max_force
    }

    fn __getitem__<'py>(
        &self,
        py: Python<'py>,
        path: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let path = convert::word(path, "path")?;
        let tree = self.inner.to_value();
        let found = tree.pointer(&format!("/{}", path.replace('.', "/")));
        convert::object(py, found.ok_or_else(|| PyKeyError::new_err(path))?)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().inner == self.inner)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        let plant = &self.inner.plant;
        (self.inner.seed, self.kind(), self.inner.periods()).hash(&mut hasher);
        // Equal scenarios hash alike, whatever the sign of a zero.
        for number in [plant.cart_mass, plant.link1.mass, plant.link2.mass, self.max_force()] {
            (number + 0.0).to_bits().hash(&mut hasher);
        }
        hasher.finish()
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        let load = py.import("upright._native")?.getattr("_scenario_of_json")?;
        Ok((load, (self.inner.to_value().to_string(),)))
    }

    fn __repr__(&self) -> String {
        let Scenario { simulation, seed, .. } = &self.inner;
        let duration = simulation.duration;
        format!("<Scenario: {}, {duration} s, seed {seed}>", self.kind())
    }
}

/// The draw of a run, or the exception that says why there is none.
pub(crate) fn drawn(scenario: &Scenario, run: u64) -> PyResult<Realization> {
    Realization::new(scenario, run)
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))
}

/// A scenario as a pickle holds it; one that was altered is refused with the field that is wrong.
#[pyfunction]
pub(crate) fn _scenario_of_json(py: Python<'_>, text: &str) -> PyResult<PyScenario> {
    let tree = serde_json::from_str(text).map_err(|error| {
        pyo3::exceptions::PyValueError::new_err(format!("a pickled scenario is no JSON: {error}"))
    })?;
    read(py, "pickled scenario", tree, &Overrides { unrecorded: true, ..Overrides::default() })
}

/// The names of all kinds of controllers, and of those that are compared.
#[pyfunction]
pub(crate) fn _kinds(py: Python<'_>) -> PyResult<(Bound<'_, PyTuple>, Bound<'_, PyTuple>)> {
    use upright_sim::scenario::kinds::{KINDS, compared};
    let all = KINDS.iter().map(|kind| kind.name);
    Ok((PyTuple::new(py, all.collect::<Vec<_>>())?, PyTuple::new(py, compared())?))
}
