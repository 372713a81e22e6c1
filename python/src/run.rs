//! One run of a scenario.

use crate::controller::PyController;
use crate::law::Law;
use crate::scenario::{PyScenario, drawn};
use crate::{convert, errors, interrupt, plan};
use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use upright_core::{Controller, ControllerContext};
use upright_sim::Scenario;
use upright_sim::closed_loop::Tick;
use upright_sim::metrics::{EarlyEnd, Metrics};
use upright_sim::realization::Realization;
use upright_sim::run::{Run, RunOptions, replay, replay_with_controller};
use upright_sim::scenario::{Integrator, ScenarioError};

/// Integration steps up to which a run is over before anybody would interrupt it.
const SHORT: u64 = 1 << 15;
/// From one look at whether to stop to the next, in control periods.
const LOOK: u64 = 1 << 6;
/// From one call of a callback to the next.
const CALLBACK_EVERY: Duration = Duration::from_millis(50);

/// Runs a scenario, or run `run` of its study, under its own controller or a law.
#[pyfunction]
#[pyo3(signature = (scenario, *, run = None, law = None, record = true, callback = None))]
pub(crate) fn _simulate<'py>(
    py: Python<'py>,
    scenario: &Bound<'py, PyScenario>,
    run: Option<u64>,
    law: Option<&Bound<'py, PyAny>>,
    record: bool,
    callback: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let scenario = &scenario.get().inner;
    let draw =
        run.map_or_else(|| Ok(Realization::nominal(scenario)), |run| drawn(scenario, run))?;
    let job = Job { scenario, draw, record, callback };
    let found = match law {
        None => job.own(py)?,
        Some(law) => match law.cast::<PyController>() {
            Ok(controller) => {
                let mut controller = controller.try_borrow_mut()?;
                job.controller(py, &mut controller)?
            }
            Err(_) => job.law(py, law)?,
        },
    };
    outcome(py, found)
}

/// Runs a scenario some times and keeps nothing: what its runs take in Rust alone, for who measures the way to Python.
#[pyfunction]
pub(crate) fn _run_in_rust(
    py: Python<'_>,
    scenario: &Bound<'_, PyScenario>,
    times: u32,
) -> PyResult<()> {
    let scenario = &scenario.get().inner;
    let draw = Realization::nominal(scenario);
    let once = || replay(scenario, &draw, RunOptions { record: true, hook: None });
    let runs = || (0..times).try_for_each(|_| once().map(|run| drop(std::hint::black_box(run))));
    py.detach(runs).map_err(|error| errors::scenario(py, &error))
}

struct Job<'a, 'py> {
    scenario: &'a Scenario,
    draw: Realization,
    record: bool,
    callback: Option<&'a Bound<'py, PyAny>>,
}

impl<'py> Job<'_, 'py> {
    /// Under the scenario's own controller.
    fn own(&self, py: Python<'py>) -> PyResult<Run> {
        let (scenario, draw) = (self.scenario, &self.draw);
        plan::prepared(py, scenario)?;
        self.unlocked(py, |options| replay(scenario, draw, options))
    }

    /// Under a `Controller`, reset first, whose memory is then that of the end of the run.
    fn controller(&self, py: Python<'py>, controller: &mut PyController) -> PyResult<Run> {
        controller.inner.reset();
        let (scenario, draw) = (judged(self.scenario, py)?, &self.draw);
        let context = context(&scenario, py)?;
        let handle = crate::controller::Shared::new(controller.inner.controller().clone());
        let run = self.unlocked(py, |options| {
            replay_with_controller(&scenario, draw, &context, handle.clone(), options)
        })?;
        controller.inner.set_controller(handle.into_inner());
        controller.begun = true;
        Ok(run)
    }

    /// With the interpreter unlocked; on a thread of its own where it is long.
    fn unlocked(
        &self,
        py: Python<'py>,
        turn: impl Fn(RunOptions<'_>) -> Result<Run, ScenarioError> + Sync,
    ) -> PyResult<Run> {
        let simulation = &self.scenario.simulation;
        let steps = self.scenario.periods().saturating_mul(u64::from(simulation.substeps));
        let record = self.record;
        let fixed = simulation.integrator != Integrator::Rk45;
        let short = steps <= SHORT && fixed && plan::is_quick(self.scenario);
        let (run, broken) = if short && self.callback.is_none() {
            (py.detach(|| turn(RunOptions { record, hook: None })), None)
        } else {
            let done = AtomicU64::new(0);
            let period = simulation.control_period;
            let work = |stop: &interrupt::Stop<'_>| {
                let mut hook = |tick: &Tick| {
                    if !tick.index.is_multiple_of(LOOK) {
                        return true;
                    }
                    done.store(tick.index, Ordering::Relaxed);
                    !stop()
                };
                turn(RunOptions { record, hook: Some(&mut hook) })
            };
            interrupt::attended(py, work, |_| {
                let time = done.load(Ordering::Relaxed) as f64 * period;
                self.callback.map_or(Ok(()), |callback| callback.call1((time,)).map(drop))
            })?
        };
        match broken {
            Some(error) => Err(error),
            None => run.map_err(|error| errors::scenario(py, &error)),
        }
    }

    /// Under a law of Python's, with the interpreter locked.
    fn law(&self, py: Python<'py>, law: &Bound<'py, PyAny>) -> PyResult<Run> {
        let scenario = judged(self.scenario, py)?;
        let context = context(&scenario, py)?;
        let law = Law::new(law, &context)?;
        let mut called = Instant::now();
        let mut broken = None;
        let mut hook = |tick: &Tick| {
            if tick.index.is_multiple_of(LOOK) {
                // A law that is no function of Python's own looks for no signals.
                broken = py.check_signals().err();
                if let Some(callback) = self.callback
                    && broken.is_none()
                    && called.elapsed() >= CALLBACK_EVERY
                {
                    called = Instant::now();
                    let time = tick.index as f64 * context.period;
                    broken = callback.call1((time,)).err();
                }
            }
            broken.is_none() && !law.has_failed()
        };
        let options = RunOptions { record: self.record, hook: Some(&mut hook) };
        let run = replay_with_controller(&scenario, &self.draw, &context, law.clone(), options);
        match law.error().or(broken) {
            Some(error) => Err(error),
            None => run.map_err(|error| errors::scenario(py, &error)),
        }
    }
}

/// The scenario as a law of the caller's is judged under it: a run that nothing controls is not.
fn judged(scenario: &Scenario, py: Python<'_>) -> PyResult<Scenario> {
    if scenario.controller.settings.kind() == "none" {
        scenario.under("classical").map_err(|error| errors::scenario(py, &error))
    } else {
        Ok(scenario.clone())
    }
}

fn context(scenario: &Scenario, py: Python<'_>) -> PyResult<ControllerContext> {
    scenario.context().map_err(|error| errors::design(py, &error))
}

/// What came of a run, by name.
fn outcome(py: Python<'_>, found: Run) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("verdict", found.verdict.word())?;
    dict.set_item("complete", found.complete)?;
    dict.set_item("periods", found.periods)?;
    dict.set_item("early_end", early_end(found.early_end))?;
    dict.set_item("metrics", metrics(py, &found.metrics)?)?;
    dict.set_item("surface", found.surface.to_vec().into_pyarray(py))?;
    dict.set_item("sliding_poles", convert::poles(py, &found.sliding_poles))?;
    dict.set_item("final_state", found.final_state.to_vec().into_pyarray(py))?;
    let (columns, numbers) = found.trajectory.into_parts();
    let width = columns.len();
    dict.set_item("columns", PyTuple::new(py, columns)?)?;
    let shape = (numbers.len().checked_div(width).unwrap_or(0), width);
    // Rows are whole, so the shape fits.
    let data = Array2::from_shape_vec(shape, numbers).unwrap_or_default();
    dict.set_item("data", PyArray2::from_owned_array(py, data))?;
    Ok(dict)
}

/// Metrics by their names, as a summary has them: those of swing-ups and of references where they belong.
pub(crate) fn metrics<'py>(py: Python<'py>, metrics: &Metrics) -> PyResult<Bound<'py, PyDict>> {
    let values = metrics.values();
    let places = Metrics::places(metrics.swing_up.is_some(), metrics.tracking.is_some());
    convert::named(py, places.map(|place| (Metrics::KEYS[place].0, values[place])))
}

/// Time in s and link of an early end.
pub(crate) fn early_end(end: Option<EarlyEnd>) -> Option<(f64, Option<u8>)> {
    end.map(|EarlyEnd { time, link }| (time, link))
}

/// What a controller has as columns of its own, by name.
pub(crate) fn own_columns<C: Controller<f64>>(controller: &C) -> Vec<(&'static str, f64)> {
    let mut names = controller.column_names().iter();
    let mut found = Vec::new();
    controller.columns(|number| found.extend(names.next().map(|name| (*name, number))));
    found
}
