//! One plant for who learns policies.

use crate::scenario::{PyScenario, drawn};
use crate::view::{self, View};
use crate::{errors, run, simulator};
use numpy::PyArray1;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use upright_sim::Scenario;
use upright_sim::fleet::Progress;
use upright_sim::stepped::SteppedPlant;

/// A plant that goes through runs of a scenario's study, seen and rewarded.
#[pyclass(module = "upright._native", name = "_Plant")]
pub(crate) struct PyPlant {
    scenario: Scenario,
    view: View,
    plant: SteppedPlant,
}

type Observation<'py> = Bound<'py, PyArray1<f64>>;

fn begin(py: Python<'_>, scenario: &Scenario, run: u64) -> PyResult<SteppedPlant> {
    let draw = drawn(scenario, run)?;
    SteppedPlant::new(scenario, &draw).map_err(|error| errors::scenario(py, &error))
}

#[pymethods]
impl PyPlant {
    #[new]
    #[pyo3(signature = (scenario, *, observation, reward))]
    fn new(
        py: Python<'_>,
        scenario: &Bound<'_, PyScenario>,
        observation: &str,
        reward: &str,
    ) -> PyResult<Self> {
        let scenario = scenario.get().inner.clone();
        let view = View::new(&scenario, observation, reward)?;
        Ok(Self { plant: begin(py, &scenario, 0)?, view, scenario })
    }

    /// How many numbers an observation has.
    #[getter]
    fn width(&self) -> usize {
        self.view.width()
    }

    /// Puts it at the start of a run of the study with this seed; returns what is observed.
    fn reset<'py>(&mut self, py: Python<'py>, seed: u64, run: u64) -> PyResult<Observation<'py>> {
        self.scenario.seed = seed;
        self.plant.restart(&self.scenario, &drawn(&self.scenario, run)?);
        Ok(self.observed(py))
    }

    /// Moves it under an action from -1 to 1 times the largest force, up to the end of its run; returns what is
    /// observed, the reward, and whether the run has been terminated or truncated.
    fn step<'py>(
        &mut self,
        py: Python<'py>,
        action: f64,
        periods: u32,
    ) -> PyResult<(Observation<'py>, f64, bool, bool)> {
        if action.is_nan() {
            return Err(PyValueError::new_err("action = NaN: allowed is from -1 to 1"));
        }
        let action = action.clamp(-1.0, 1.0);
        let force = action * self.scenario.actuator.max_force;
        simulator::hold(py, &mut self.plant, force, periods)?;
        let progress = match (self.plant.is_over(), self.plant.early_end()) {
            (false, _) => Progress::Running,
            (true, Some(_)) => Progress::Terminated,
            (true, None) => Progress::Truncated,
        };
        let row = (progress != Progress::Running).then(|| self.plant.row());
        let reward = self.view.reward(self.plant.estimate(), action, progress, row.as_ref());
        let terminated = progress == Progress::Terminated;
        Ok((self.observed(py), reward, terminated, progress == Progress::Truncated))
    }

    /// The state as it is seen.
    #[getter]
    fn seen<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.plant.estimate())
    }

    /// The true state.
    #[getter]
    fn state<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.plant.world().state())
    }

    /// What the run would be judged if it ended now.
    #[getter]
    fn verdict(&self) -> &'static str {
        self.plant.verdict().word()
    }

    /// What it is judged by.
    #[getter]
    fn metrics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        run::metrics(py, &self.plant.metrics())
    }
}

impl PyPlant {
    fn observed<'py>(&self, py: Python<'py>) -> Observation<'py> {
        let mut numbers = [0.0; view::WIDEST];
        let numbers = &mut numbers[..self.view.width()];
        self.view.observe(std::slice::from_ref(self.plant.estimate()), numbers);
        PyArray1::from_slice(py, numbers)
    }
}
