//! A search step by step, whatever it looks for.

use crate::{errors, interrupt, study};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde_json::Value;
use std::fmt::Display;
use upright_sim::Scenario;
use upright_sim::scenario::Scale;
use upright_tune::{
    Dimension, Evaluator, Goal, Resume, Search, SearchOptions, Space, State, Step, TuneError,
    checkpoint, scales,
};

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn unread(why: &dyn Display) -> PyErr {
    PyValueError::new_err(format!("resume: this is no search: {why}"))
}

/// A search, and what judges its candidates.
pub(crate) struct UnderWay<G: Goal> {
    pub(crate) search: Search<G>,
    pub(crate) evaluator: Evaluator,
}

pub(crate) fn at_least(name: &str, number: u64, least: u64) -> PyResult<u64> {
    if number >= least {
        Ok(number)
    } else {
        Err(PyValueError::new_err(format!("{name} = {number}: allowed is from {least}")))
    }
}

/// How long to search and how widely, checked.
pub(crate) fn options(
    candidates: u64,
    iterations: u64,
    patience: Option<u64>,
) -> PyResult<SearchOptions> {
    let patience = patience.map(|steps| at_least("patience", steps, 1)).transpose()?;
    Ok(SearchOptions {
        candidates: at_least("candidates", candidates, 2)? as usize,
        iterations: at_least("iterations", iterations, 1)?,
        patience,
    })
}

/// The gains of a space, in the order of a point's coordinates.
pub(crate) fn gains<'py>(py: Python<'py>, space: &Space) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let class = py.import("upright._results")?.getattr("Gain")?;
    let gain = |dimension: &Dimension| {
        let scale = match dimension.bounds.scale {
            Scale::Linear => "linear",
            Scale::Log => "log",
        };
        let tunable = &dimension.tunable;
        let bounds = (dimension.bounds.min, dimension.bounds.max);
        class.call1((&tunable.path, tunable.start, bounds.0, bounds.1, scale, tunable.whole))
    };
    space.dimensions().iter().map(gain).collect()
}

/// What an attended computation of a search has come to, or the exception that ends it.
pub(crate) fn done<T>(
    py: Python<'_>,
    found: Result<T, TuneError>,
    broken: Option<PyErr>,
) -> PyResult<T> {
    match broken {
        Some(error) => Err(error),
        None => found.map_err(|error| errors::tune(py, &error)),
    }
}

/// A scenario with scales of the cost that suit its own figures, as the program has it before a search, and what judges
/// under them.
fn fitted(
    scenario: &Scenario,
    evaluator: &Evaluator,
    again: impl Fn(&Scenario) -> Evaluator,
    stop: &interrupt::Stop<'_>,
) -> Result<Option<(Scenario, Evaluator)>, TuneError> {
    let found = scales::fitted(scenario, evaluator, &|| stop())?;
    Ok(found.map(|(scenario, _)| {
        let evaluator = again(&scenario);
        (scenario, evaluator)
    }))
}

fn stopped() -> PyErr {
    PyValueError::new_err("the search was stopped")
}

impl<G: Goal + Send + Sync> UnderWay<G>
where
    Search<G>: Send,
    G::Row: Send,
{
    /// Begins a search for what `goal` makes of the scenario whose scales were fitted.
    pub(crate) fn begin(
        py: Python<'_>,
        goal: impl Fn(&Scenario) -> Result<G, TuneError> + Send + Sync,
        scenario: &Scenario,
        options: SearchOptions,
        threads: Option<usize>,
    ) -> PyResult<Self> {
        let (threads, unit) = (study::threads(threads)?, study::unit()?);
        let judge = |scenario: &Scenario| Evaluator::new(scenario, threads, unit);
        // What cannot be searched is refused before anything is run.
        Space::of(scenario)
            .and_then(|_| goal(scenario))
            .map_err(|error| errors::tune(py, &error))?;
        let work = |stop: &interrupt::Stop<'_>| -> Result<Option<Self>, TuneError> {
            let Some((scenario, evaluator)) = fitted(scenario, &judge(scenario), judge, stop)?
            else {
                return Ok(None);
            };
            let goal = goal(&scenario)?;
            let begun = Search::begin_with(goal, &scenario, options, &evaluator, &|| stop())?;
            Ok(begun.map(|search| Self { search, evaluator }))
        };
        let (found, broken) = interrupt::attended(py, work, |_| Ok(()))?;
        // Without an exception nothing has stopped it.
        done(py, found, broken)?.ok_or_else(stopped)
    }

    /// Goes on with a search that was written; what was given again must be what it began with.
    pub(crate) fn resume(
        py: Python<'_>,
        text: &str,
        given: Resume<'_>,
        threads: Option<usize>,
    ) -> PyResult<Self> {
        let body = checkpoint::unsealed(text.as_bytes()).map_err(|damage| unread(&damage))?;
        let mut written: Value = serde_json::from_slice(body).map_err(|error| unread(&error))?;
        let version = written["version"].as_str().unwrap_or("none");
        if version != VERSION {
            let message =
                format!("resume: the search is of version {version}, and this is {VERSION}");
            return Err(PyValueError::new_err(message));
        }
        let state = written["state"].take();
        let state: State<G> = serde_json::from_value(state).map_err(|error| unread(&error))?;
        let (threads, unit) = (study::threads(threads)?, study::unit()?);
        let judge = |scenario: &Scenario| Evaluator::new(scenario, threads, unit);
        let again = match given.scenario {
            None => None,
            Some(scenario) => {
                let work =
                    |stop: &interrupt::Stop<'_>| fitted(scenario, &judge(scenario), judge, stop);
                let (found, broken) = interrupt::attended(py, work, |_| Ok(()))?;
                Some(done(py, found, broken)?.ok_or_else(stopped)?.0)
            }
        };
        let given = Resume { scenario: again.as_ref(), ..given };
        let search = Search::resume("resume".as_ref(), state, &given)
            .map_err(|error| errors::tune(py, &error))?;
        let evaluator = judge(search.scenario());
        Ok(Self { search, evaluator })
    }

    /// The search as text, to go on with.
    pub(crate) fn state(&self) -> PyResult<String> {
        let wrong = |error: serde_json::Error| PyValueError::new_err(error.to_string());
        let state = serde_json::to_value(self.search.state()).map_err(wrong)?;
        // Sealed, so that one that was altered is refused instead of gone on with.
        let body = serde_json::json!({"version": VERSION, "state": state}).to_string().into_bytes();
        Ok(String::from_utf8_lossy(&checkpoint::sealed(&body)).into_owned())
    }

    /// One step: its row of the history; None where the search has ended. Where it is stopped, the search is where
    /// it was before.
    pub(crate) fn step(&mut self, py: Python<'_>) -> PyResult<Option<G::Row>> {
        let Self { search, evaluator } = self;
        let evaluator = &*evaluator;
        let step = move |stop: &interrupt::Stop<'_>| search.step(evaluator, &|| stop());
        let (found, broken) = interrupt::attended(py, step, |_| Ok(()))?;
        Ok(match done(py, found, broken)? {
            Step::Done(row) => Some(row),
            Step::Interrupted | Step::Ended => None,
        })
    }
}
