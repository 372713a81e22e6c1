//! A scenario's plant under whatever force it is given.

use crate::scenario::{PyScenario, drawn};
use crate::{convert, errors, law, run};
use numpy::PyArray1;
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use upright_core::State;
use upright_sim::realization::Realization;
use upright_sim::stepped::SteppedPlant;

/// A scenario's plant with its sensors, actuator and disturbances, one control period a step.
#[pyclass(module = "upright", name = "Simulator")]
pub(crate) struct PySimulator {
    scenario: Py<PyScenario>,
    plant: SteppedPlant,
}

type Numbers<'py> = Bound<'py, PyArray1<f64>>;

fn array<'py>(py: Python<'py>, state: &State<f64>) -> Numbers<'py> {
    PyArray1::from_slice(py, state)
}

fn begin(
    scenario: &Bound<'_, PyScenario>,
    run: Option<&Bound<'_, PyAny>>,
    state: Option<&Bound<'_, PyAny>>,
) -> PyResult<SteppedPlant> {
    let inner = &scenario.get().inner;
    let run = run.map(|run| convert::whole(run, "run", 0, u64::MAX)).transpose()?;
    let mut draw = run.map_or_else(|| Ok(Realization::nominal(inner)), |run| drawn(inner, run))?;
    if let Some(state) = state {
        draw.initial_state = convert::state(state, "state")?;
        for (index, number) in draw.initial_state.into_iter().enumerate() {
            convert::finite(number, &format!("state.{index}"))?;
        }
    }
    SteppedPlant::new(inner, &draw).map_err(|error| errors::scenario(scenario.py(), &error))
}

/// From one look for signals to the next, in control periods: some milliseconds.
const LOOK: u32 = 1 << 12;
/// Control periods that take no longer than it does to unlock the interpreter and to wait for it again.
const FEW: u32 = 1 << 7;

/// Applies a force for some control periods, fewer where the run ends; with the interpreter unlocked where they are many.
/// Ctrl-C stops it between two of them.
pub(crate) fn hold(
    py: Python<'_>,
    plant: &mut SteppedPlant,
    force: f64,
    periods: u32,
) -> PyResult<()> {
    let mut left = periods;
    loop {
        let now = left.min(LOOK);
        let mut turn = || (0..now).all(|_| plant.step(force));
        let goes_on = if now <= FEW { turn() } else { py.detach(turn) };
        left -= now;
        if !goes_on || left == 0 {
            return Ok(());
        }
        py.check_signals()?;
    }
}

#[pymethods]
impl PySimulator {
    #[new]
    #[pyo3(signature = (scenario, *, run = None))]
    fn new(scenario: Bound<'_, PyScenario>, run: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        Ok(Self { plant: begin(&scenario, run, None)?, scenario: scenario.unbind() })
    }

    /// Begins anew: the scenario's own run, run `run` of its study, or either from another state. Returns what is
    /// measured.
    #[pyo3(signature = (*, run = None, state = None))]
    fn reset<'py>(
        &mut self,
        py: Python<'py>,
        run: Option<&Bound<'py, PyAny>>,
        state: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Numbers<'py>> {
        self.plant = begin(self.scenario.bind(py), run, state)?;
        Ok(array(py, self.plant.measured()))
    }

    /// Applies a force in N for some control periods, fewer where the run ends. Returns what is measured afterwards.
    #[pyo3(signature = (force, periods = None), text_signature = "($self, force, periods=1)")]
    fn step<'py>(
        &mut self,
        py: Python<'py>,
        force: &Bound<'py, PyAny>,
        periods: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Numbers<'py>> {
        let force = law::force(convert::number(force, "force")?)?;
        let most = u64::from(u32::MAX);
        let periods = periods.map_or(Ok(1), |given| convert::whole(given, "periods", 1, most))?;
        if self.plant.is_over() {
            let message = "the run is over; reset() begins another";
            return Err(PyRuntimeError::new_err(message));
        }
        hold(py, &mut self.plant, force, periods as u32)?;
        Ok(array(py, self.plant.measured()))
    }

    /// Pushes the cart with a force in N for a time in s; returns whether it could.
    fn push(&mut self, force: &Bound<'_, PyAny>, duration: &Bound<'_, PyAny>) -> PyResult<bool> {
        let force = law::force(convert::number(force, "force")?)?;
        let duration = convert::finite(convert::number(duration, "duration")?, "duration")?;
        if duration < 0.0 {
            let message = format!("duration = {duration}: allowed is from 0 s");
            return Err(PyValueError::new_err(message));
        }
        Ok(self.plant.push(force, duration))
    }

    /// What the sensors say now; velocities that they do not measure are NaN.
    #[getter]
    fn measured<'py>(&self, py: Python<'py>) -> Numbers<'py> {
        array(py, self.plant.measured())
    }

    /// What the scenario's estimator makes of it.
    #[getter]
    fn estimate<'py>(&self, py: Python<'py>) -> Numbers<'py> {
        array(py, self.plant.estimate())
    }

    /// The true state.
    #[getter]
    fn state<'py>(&self, py: Python<'py>) -> Numbers<'py> {
        array(py, self.plant.world().state())
    }

    /// The force on the cart in the last period in N.
    #[getter]
    fn applied(&self) -> f64 {
        self.plant.applied()
    }

    /// Simulated time in s.
    #[getter]
    fn t(&self) -> f64 {
        self.plant.time()
    }

    /// Whether the run has come to its end.
    #[getter]
    fn over(&self) -> bool {
        self.plant.is_over()
    }

    /// Control periods done.
    #[getter]
    fn periods(&self) -> u64 {
        self.plant.done()
    }

    /// What the run would be judged if it ended now.
    #[getter]
    fn verdict(&self) -> &'static str {
        self.plant.verdict().word()
    }

    /// When in s, and which link fell, where it ended before its time.
    #[getter]
    fn early_end(&self) -> Option<(f64, Option<u8>)> {
        run::early_end(self.plant.early_end())
    }

    /// What it is judged by.
    #[getter]
    fn metrics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        run::metrics(py, &self.plant.metrics())
    }

    /// The scenario.
    #[getter]
    fn scenario(&self, py: Python<'_>) -> Py<PyScenario> {
        self.scenario.clone_ref(py)
    }

    fn __copy__(&self, py: Python<'_>) -> Self {
        Self { scenario: self.scenario.clone_ref(py), plant: self.plant.clone() }
    }

    fn __deepcopy__(&self, py: Python<'_>, _memo: &Bound<'_, PyAny>) -> Self {
        self.__copy__(py)
    }

    fn __reduce__(&self) -> PyResult<()> {
        let message = "a Simulator does not pickle: a run under way is not data; copy.copy it within the process";
        Err(PyTypeError::new_err(message))
    }

    fn __repr__(&self) -> String {
        format!("<Simulator: t = {} s, {}>", self.plant.time(), self.plant.verdict().word())
    }
}
