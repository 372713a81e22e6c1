//! Controllers that are stepped a sample at a time.

use crate::run::own_columns;
use crate::scenario::PyScenario;
use crate::{convert, errors, plan};
use numpy::PyArray1;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use upright_core::{Command, Controller, State};
use upright_sim::custom::BoxedController;
use upright_sim::stepped::SteppedController;

/// A scenario's controller behind its estimator, stepped one control period at a time.
#[pyclass(module = "upright", name = "Controller")]
pub(crate) struct PyController {
    scenario: Py<PyScenario>,
    pub(crate) inner: SteppedController,
    last: Option<Command<f64>>,
    /// Whether it has anything to remember.
    pub(crate) begun: bool,
}

#[pymethods]
impl PyController {
    #[new]
    #[pyo3(signature = (scenario, /))]
    fn new(scenario: Bound<'_, PyScenario>) -> PyResult<Self> {
        plan::prepared(scenario.py(), &scenario.get().inner)?;
        let inner = SteppedController::new(&scenario.get().inner)
            .map_err(|error| errors::scenario(scenario.py(), &error))?;
        Ok(Self { scenario: scenario.unbind(), inner, last: None, begun: false })
    }

    /// One control period: what is measured, to the force in N within the limit.
    #[pyo3(signature = (measured, /))]
    fn step(&mut self, measured: &Bound<'_, PyAny>) -> PyResult<f64> {
        let mut state = [f64::NAN; 6];
        if !convert::floats(measured, &mut state) {
            self.read(measured, &mut state)?;
        }
        let command = self.inner.step(&state);
        (self.last, self.begun) = (Some(command), true);
        Ok(command.force)
    }

    /// The same as a law: the time in s is not looked at.
    #[pyo3(signature = (t, measured, /))]
    fn __call__(&mut self, t: &Bound<'_, PyAny>, measured: &Bound<'_, PyAny>) -> PyResult<f64> {
        let _ = t;
        self.step(measured)
    }

    /// Returns it to its start.
    fn reset(&mut self) {
        self.inner.reset();
        (self.last, self.begun) = (None, false);
    }

    /// The scenario that it was made of.
    #[getter]
    fn scenario(&self, py: Python<'_>) -> Py<PyScenario> {
        self.scenario.clone_ref(py)
    }

    /// The control period in s.
    #[getter]
    fn period(&self) -> f64 {
        self.scenario.get().inner.simulation.control_period
    }

    /// The state that the law was given last; not numbers before the first step.
    #[getter]
    fn estimate<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.inner.estimate())
    }

    /// What the last step answered, with the law's own columns; None before the first.
    #[getter]
    fn last<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(Command { force, sigma, s }) = self.last else { return Ok(None) };
        let columns = PyDict::new(py);
        for (name, number) in own_columns(self.inner.controller()) {
            columns.set_item(name, number)?;
        }
        let class = py.import("upright._results")?.getattr("Command")?;
        class.call1((force, sigma, s, columns)).map(Some)
    }

    fn __copy__(&self, py: Python<'_>) -> Self {
        Self {
            scenario: self.scenario.clone_ref(py),
            inner: self.inner.clone(),
            last: self.last,
            begun: self.begun,
        }
    }

    fn __deepcopy__(&self, py: Python<'_>, _memo: &Bound<'_, PyAny>) -> Self {
        self.__copy__(py)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Py<PyScenario>,))> {
        if self.begun {
            let message = "a Controller that has been stepped does not pickle: its memory is not data; \
                           reset() it first, or copy.copy it within the process";
            return Err(PyTypeError::new_err(message));
        }
        let class = py.get_type::<Self>().into_any();
        Ok((class, (self.scenario.clone_ref(py),)))
    }

    fn __repr__(&self) -> String {
        format!(
            "<Controller: {}, {} s>",
            self.scenario.get().inner.controller.settings.kind(),
            self.period()
        )
    }
}

impl PyController {
    /// What is measured, as whatever it comes; refused where a number that counts is not finite.
    #[cold]
    fn read(&self, measured: &Bound<'_, PyAny>, state: &mut [f64; 6]) -> PyResult<()> {
        let rates = self.inner.takes_rates();
        let count = convert::numbers(measured, "measured", (!rates).then_some(3), state)?;
        let counted = if rates { count } else { 3 };
        match state[..counted].iter().position(|number| !number.is_finite()) {
            None => Ok(()),
            Some(wrong) => {
                let message =
                    format!("measured.{wrong} = {}: allowed is a finite number", state[wrong]);
                Err(PyValueError::new_err(message))
            }
        }
    }
}

/// A controller that a run shares with who lent it. A run copies its controller at the start; the copies are one
/// controller here, so that its memory can be had back.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<BoxedController>>);

impl Shared {
    pub(crate) fn new(controller: BoxedController) -> Self {
        Self(Arc::new(Mutex::new(controller)))
    }

    pub(crate) fn into_inner(self) -> BoxedController {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BoxedController> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Controller<f64> for Shared {
    const COLUMNS: &'static [&'static str] = &[];

    fn column_names(&self) -> &'static [&'static str] {
        self.lock().column_names()
    }

    fn control(&mut self, measured: &State<f64>) -> Command<f64> {
        self.lock().control(measured)
    }

    fn control_against(&mut self, measured: &State<f64>, known: f64) -> Command<f64> {
        self.lock().control_against(measured, known)
    }

    fn observe(&self, measured: &State<f64>) -> Command<f64> {
        self.lock().observe(measured)
    }

    fn reset_lanes(&mut self, lanes: bool) {
        self.lock().reset_lanes(lanes);
    }

    fn columns(&self, write: impl FnMut(f64)) {
        self.lock().columns(write);
    }
}
