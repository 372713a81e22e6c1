//! The search for the least cost, and its parts for a loop of one's own.

use crate::scenario::PyScenario;
use crate::search::{self, Asked, UnderWay};
use crate::{convert, errors, interrupt, plan, study};
use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use upright_sim::scenario::TuningSettings;
use upright_sim::study::StudyError;
use upright_tune::optimizer::{AnyOptimizer, Method, Optimizer, REFUSED};
use upright_tune::{Evaluator, LeastCost, Resume, Space, TuneError, validate};

fn method(name: &str) -> PyResult<Method> {
    Method::ALL.into_iter().find(|method| method.name() == name).ok_or_else(|| {
        let allowed = Method::ALL.map(Method::name).join(", ");
        PyValueError::new_err(format!("method = {name}: allowed is one of {allowed}"))
    })
}

/// A search for the least cost, a step at a time, as the program's `tune` does it.
#[pyclass(module = "upright._native", name = "_Search")]
pub(crate) struct PySearch(UnderWay<LeastCost>);

#[pymethods]
impl PySearch {
    /// Begins with a scenario, or goes on with a search that was written.
    #[new]
    #[pyo3(signature = (scenario = None, *, written = None, method = None, candidates = None, iterations = None, patience = None, threads = None))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        scenario: Option<&Bound<'_, PyScenario>>,
        written: Option<&str>,
        method: Option<&str>,
        candidates: Option<u64>,
        iterations: Option<u64>,
        patience: Option<u64>,
        threads: Option<usize>,
    ) -> PyResult<Self> {
        let asked = Asked { scenario, written, candidates, iterations, patience, threads };
        let goal = LeastCost { method: self::method(method.unwrap_or("pso"))? };
        let given = Resume { optimizer: method, ..Resume::default() };
        UnderWay::open(py, asked, |_| Ok(goal), given).map(Self)
    }

    /// The search as text, to go on with.
    fn state(&self) -> PyResult<String> {
        self.0.state()
    }

    /// One step: its row of the history; None where the search has ended. Where it is stopped, the search is where
    /// it was before.
    fn step<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some(row) = self.0.step(py)? else { return Ok(None) };
        let dict = PyDict::new(py);
        dict.set_item("iteration", row.iteration)?;
        dict.set_item("best", row.best)?;
        dict.set_item("iteration_best", row.iteration_best)?;
        dict.set_item("mean", row.mean)?;
        dict.set_item("worst", row.worst)?;
        dict.set_item("diversity", row.diversity)?;
        dict.set_item("evaluations", row.evaluations)?;
        Ok(Some(dict))
    }

    /// What was found against the start on fresh draws.
    fn validate<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let UnderWay { search: tuning, evaluator } = &self.0;
        let (start, found) = (tuning.scenario(), tuning.best_scenario());
        let training = tuning.best().judged.cost.mean;
        plan::prepared(py, start)?;
        let work =
            |stop: &interrupt::Stop<'_>| validate(start, &found, training, evaluator, &|| stop());
        let (validation, broken) = interrupt::attended(py, work, |_| Ok(()))?;
        let validation = search::done(py, validation.map_err(TuneError::from), broken)?;
        let mut tree = serde_json::to_value(&validation).unwrap_or_default();
        if let Some(validation) = validation {
            tree["warnings"] = validation.warnings.iter().map(ToString::to_string).collect();
        }
        convert::object(py, &tree)
    }

    /// The scenario with the best gains so far.
    #[getter]
    fn scenario(&self) -> PyScenario {
        PyScenario { inner: self.0.search.best_scenario() }
    }

    /// What the scenario's own gains and the best so far cost.
    #[getter]
    fn costs(&self) -> (f64, f64) {
        let tuning = &self.0.search;
        (tuning.start().total, tuning.best().judged.cost.total)
    }

    /// Candidates judged, and those of them that were no controllers.
    #[getter]
    fn evaluations(&self) -> (u64, u64) {
        (self.0.search.evaluations(), self.0.search.refused())
    }

    /// The gains and what they are in the best so far.
    #[getter]
    fn gains<'py>(&self, py: Python<'py>) -> PyResult<Vec<(Bound<'py, PyAny>, f64)>> {
        let tuning = &self.0.search;
        let point = tuning.best().point.as_deref();
        let values = tuning.space().values(point, &tuning.best_scenario());
        Ok(search::gains(py, tuning.space())?.into_iter().zip(values).collect())
    }
}

/// The space of a scenario's gains, an optimiser that is asked for points and told what they cost, and what judges
/// them.
#[pyclass(module = "upright", name = "Tuner")]
pub(crate) struct PyTuner {
    space: Space,
    optimizer: AnyOptimizer,
    candidates: usize,
    evaluator: Evaluator,
}

#[pymethods]
impl PyTuner {
    #[new]
    #[pyo3(signature = (scenario, *, method = "pso", candidates = 40, threads = None))]
    fn new(
        py: Python<'_>,
        scenario: &Bound<'_, PyScenario>,
        method: &str,
        candidates: u64,
        threads: Option<usize>,
    ) -> PyResult<Self> {
        let scenario = &scenario.get().inner;
        let method = self::method(method)?;
        let candidates = search::at_least("candidates", candidates, 2)? as usize;
        let space = Space::of(scenario).map_err(|error| errors::tune(py, &error))?;
        plan::prepared(py, scenario)?;
        let settings = scenario.tuning.as_ref().map(|tuning| tuning.settings);
        let TuningSettings { swarm, .. } = settings.unwrap_or_default();
        let evaluator = Evaluator::new(scenario, study::threads(threads)?, study::unit()?);
        let optimizer = AnyOptimizer::new(method, swarm, candidates, &space.start(), scenario.seed);
        Ok(Self { space, optimizer, candidates, evaluator })
    }

    /// The gains that are searched, in the order of a point's coordinates.
    #[getter]
    fn space<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        search::gains(py, &self.space)
    }

    /// The point of the scenario's own gains.
    #[getter]
    fn start<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.space.start().into_pyarray(py)
    }

    /// The points of the next step, rows of numbers from 0 to 1; the same until it is told what they cost.
    fn ask<'py>(&mut self, py: Python<'py>) -> Bound<'py, PyArray2<f64>> {
        let points = self.optimizer.ask();
        let shape = (points.len(), self.space.dimensions().len());
        // Every point has as many coordinates.
        let rows = Array2::from_shape_vec(shape, points.concat()).unwrap_or_default();
        PyArray2::from_owned_array(py, rows)
    }

    /// Tells what the points asked for cost, in their order; infinity where a point is no controller.
    fn tell(&mut self, costs: &Bound<'_, PyAny>) -> PyResult<()> {
        let costs: Vec<f64> = costs.extract().map_err(|error: PyErr| {
            let wanted = self.candidates;
            let why = error.value(costs.py()).to_string();
            PyTypeError::new_err(format!("costs: allowed are {wanted} numbers, one a point; {why}"))
        })?;
        if costs.len() != self.candidates {
            let (found, wanted) = (costs.len(), self.candidates);
            let message = format!("costs: {found} numbers; allowed are {wanted}, one a point");
            return Err(PyValueError::new_err(message));
        }
        if let Some(index) =
            costs.iter().position(|cost| cost.is_nan() || *cost == f64::NEG_INFINITY)
        {
            let cost = costs[index];
            let message = format!("costs.{index} = {cost}: allowed is a number or infinity");
            return Err(PyValueError::new_err(message));
        }
        let costs: Vec<f64> = costs.into_iter().map(|cost| cost.min(REFUSED)).collect();
        self.optimizer.tell(&costs);
        Ok(())
    }

    /// What points cost on all draws of the search, spread over threads; infinity where one is no controller.
    #[pyo3(signature = (points, *, threads = None))]
    fn judge<'py>(
        &self,
        py: Python<'py>,
        points: &Bound<'py, PyAny>,
        threads: Option<usize>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let gains = self.space.dimensions().len();
        let allowed = format!("rows of {gains} numbers, one a gain");
        let points = convert::rows(points, "points", &allowed)?;
        let points: Vec<Vec<f64>> =
            points.as_array().rows().into_iter().map(|row| row.to_vec()).collect();
        for point in &points {
            self.check(point)?;
        }
        let threads = study::threads(threads)?;
        let work = |stop: &interrupt::Stop<'_>| self.costs(&points, threads, stop);
        let (costs, broken) = interrupt::attended(py, work, |_| Ok(()))?;
        match (broken, costs) {
            (Some(error), _) => Err(error),
            (None, Ok(costs)) => Ok(costs.into_pyarray(py)),
            (None, Err(error)) => Err(errors::study(py, &error)),
        }
    }

    /// The scenario with the gains of a point.
    fn scenario(&self, point: Vec<f64>) -> PyResult<PyScenario> {
        self.check(&point)?;
        let candidate = self.space.candidate(&point);
        candidate
            .map(|inner| PyScenario { inner })
            .map_err(|error| PyValueError::new_err(error.to_string()))
    }

    fn __repr__(&self) -> String {
        let gains = self.space.dimensions().len();
        format!("<Tuner: {} gains, {} candidates>", gains, self.candidates)
    }
}

impl PyTuner {
    /// Checks that a point is one of the space.
    fn check(&self, point: &[f64]) -> PyResult<()> {
        let gains = self.space.dimensions().len();
        if point.len() != gains {
            let found = point.len();
            let message = format!("a point of {found} numbers; allowed are {gains}, one a gain");
            return Err(PyValueError::new_err(message));
        }
        match point.iter().position(|x| !(0.0..=1.0).contains(x)) {
            None => Ok(()),
            Some(index) => {
                let x = point[index];
                Err(PyValueError::new_err(format!("point.{index} = {x}: allowed is from 0 to 1")))
            }
        }
    }

    fn costs(
        &self,
        points: &[Vec<f64>],
        threads: NonZero<usize>,
        stop: &interrupt::Stop<'_>,
    ) -> Result<Vec<f64>, StudyError> {
        let next = AtomicUsize::new(0);
        let costs = Mutex::new(Ok(vec![f64::INFINITY; points.len()]));
        let work = || {
            while !stop() {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(point) = points.get(index) else { break };
                let Ok(candidate) = self.space.candidate(point) else { continue };
                let judged = self.evaluator.judged(&candidate, &|| stop());
                let mut costs = costs.lock().unwrap_or_else(PoisonError::into_inner);
                match (judged, costs.as_mut()) {
                    (Ok(Some(judged)), Ok(costs)) => costs[index] = judged.cost.total,
                    (Ok(None) | Err(StudyError::Scenario(_)), _) | (_, Err(_)) => {}
                    (Err(error), Ok(_)) => *costs = Err(error),
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads.get().min(points.len()) {
                // Fewer helpers than wanted do the same.
                let _ = std::thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        costs.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
