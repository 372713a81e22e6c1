//! The search for a front between two terms of the cost.

use crate::scenario::PyScenario;
use crate::search::{self, Asked, UnderWay};
use crate::{convert, interrupt, plan};
use pyo3::prelude::*;
use upright_sim::Scenario;
use upright_sim::scenario::Term;
use upright_tune::pareto::{Front, Objectives, validate};
use upright_tune::{Resume, TuneError};

/// A search for a front, a step at a time, as the program's `tune --objectives` does it.
#[pyclass(module = "upright._native", name = "_FrontSearch")]
pub(crate) struct PyFrontSearch(UnderWay<Front>);

/// Whether it has the gains of the start, what it came to, its scenario and its gains.
type Member<'py> = (bool, Bound<'py, PyAny>, PyScenario, Vec<f64>);

type Words = (&'static str, &'static str);

fn goal(scenario: &Scenario) -> Result<Front, TuneError> {
    let objectives = Objectives::of(scenario).ok_or(TuneError::NoObjectives)?;
    Ok(Front { objectives })
}

#[pymethods]
impl PyFrontSearch {
    /// Begins with a scenario, which has its objectives, or goes on with a search that was written and must have these.
    #[new]
    #[pyo3(signature = (scenario = None, *, written = None, objectives = None, candidates = None, iterations = None, patience = None, threads = None))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        scenario: Option<&Bound<'_, PyScenario>>,
        written: Option<&str>,
        objectives: Option<&str>,
        candidates: Option<u64>,
        iterations: Option<u64>,
        patience: Option<u64>,
        threads: Option<usize>,
    ) -> PyResult<Self> {
        let asked = Asked { scenario, written, candidates, iterations, patience, threads };
        UnderWay::open(py, asked, goal, Resume { objectives, ..Resume::default() }).map(Self)
    }

    /// The search as text, to go on with.
    fn state(&self) -> PyResult<String> {
        self.0.state()
    }

    /// One step: its row of the history; None where the search has ended. Where it is stopped, the search is where
    /// it was before.
    fn step<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let row = self.0.step(py)?;
        row.map(|row| convert::object(py, &serde_json::to_value(row).unwrap_or_default()))
            .transpose()
    }

    /// The front and the start on fresh draws.
    fn validate<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let UnderWay { search, evaluator } = &self.0;
        plan::prepared(py, search.scenario())?;
        let work = |stop: &interrupt::Stop<'_>| validate(search, evaluator, &|| stop());
        let (validation, broken) = interrupt::attended(py, work, |_| Ok(()))?;
        let validation = search::done(py, validation.map_err(TuneError::from), broken)?;
        let mut tree = serde_json::to_value(&validation).unwrap_or_default();
        if let Some(validation) = validation {
            tree["warnings"] = validation.warnings.iter().map(ToString::to_string).collect();
        }
        convert::object(py, &tree)
    }

    /// The scenario that the search began with.
    #[getter]
    fn scenario(&self) -> PyScenario {
        PyScenario { inner: self.0.search.scenario().clone() }
    }

    /// The names of the two terms, and the units of their medians.
    #[getter]
    fn objectives(&self) -> (Words, Words) {
        let terms = self.0.search.objectives().terms();
        (terms.map(Term::name).into(), terms.map(Term::unit).into())
    }

    /// The gains that are searched.
    #[getter]
    fn space<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        search::gains(py, self.0.search.space())
    }

    /// What the scenario's own gains came to on the draws of the search.
    #[getter]
    fn start<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let figures = self.0.search.start();
        convert::object(py, &serde_json::to_value(figures).unwrap_or_default())
    }

    /// The area between the front and the costs of (1, 1).
    #[getter]
    fn hypervolume(&self) -> f64 {
        self.0.search.archive().hypervolume()
    }

    /// Of each member of the front, in ascending order of the first objective: whether it has the gains of the start,
    /// what it came to, its scenario and its gains.
    #[getter]
    fn members<'py>(&self, py: Python<'py>) -> PyResult<Vec<Member<'py>>> {
        let search = &self.0.search;
        let members = search.archive().members().iter().zip(search.scenarios());
        members
            .map(|(member, scenario)| {
                let tree = serde_json::to_value(member.figures).unwrap_or_default();
                let point = member.point.as_deref();
                let values = search.space().values(point, &scenario);
                let start = point.is_none();
                Ok((start, convert::object(py, &tree)?, PyScenario { inner: scenario }, values))
            })
            .collect()
    }
}
