//! A search step by step, whatever it looks for.

use crate::scenario::PyScenario;
use crate::{errors, interrupt, plan, study};
use pyo3::exceptions::{PyTypeError, PyValueError};
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

/// Candidates a step, and the step at which a search ends, unless told otherwise.
const USUAL: (u64, u64) = (40, 50);

/// What a search was asked for, which begins or goes on.
pub(crate) struct Asked<'a> {
    pub(crate) scenario: Option<&'a Bound<'a, PyScenario>>,
    /// A search that was written, to go on with; what is asked for besides must be what it began with, but for the
    /// iterations.
    pub(crate) written: Option<&'a str>,
    pub(crate) candidates: Option<u64>,
    pub(crate) iterations: Option<u64>,
    pub(crate) patience: Option<u64>,
    pub(crate) threads: Option<usize>,
}

impl Asked<'_> {
    fn scenario(&self) -> Option<&Scenario> {
        self.scenario.map(|scenario| &scenario.get().inner)
    }

    /// The same where each number is one that a search may have.
    fn checked(self) -> PyResult<Self> {
        for (name, number, least) in [
            ("candidates", self.candidates, 2),
            ("iterations", self.iterations, 1),
            ("patience", self.patience, 1),
        ] {
            number.map_or(Ok(least), |number| at_least(name, number, least))?;
        }
        Ok(self)
    }

    /// How long to search and how widely where it begins.
    fn options(&self) -> SearchOptions {
        SearchOptions {
            candidates: self.candidates.unwrap_or(USUAL.0) as usize,
            iterations: self.iterations.unwrap_or(USUAL.1),
            patience: self.patience,
        }
    }
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
    /// Begins a search for what `goal` makes of the scenario whose scales were fitted, or goes on with one that was
    /// written, which must have what `given` says besides.
    pub(crate) fn open(
        py: Python<'_>,
        asked: Asked<'_>,
        goal: impl Fn(&Scenario) -> Result<G, TuneError> + Send + Sync,
        given: Resume<'_>,
    ) -> PyResult<Self> {
        let asked = asked.checked()?;
        match (asked.written, asked.scenario()) {
            (Some(text), _) => Self::resume(py, text, &asked, given),
            (None, Some(scenario)) => Self::begin(py, scenario, &asked, goal),
            (None, None) => {
                let message = "a search needs a scenario, or a search to resume";
                Err(PyTypeError::new_err(message))
            }
        }
    }

    fn begin(
        py: Python<'_>,
        scenario: &Scenario,
        asked: &Asked<'_>,
        goal: impl Fn(&Scenario) -> Result<G, TuneError> + Send + Sync,
    ) -> PyResult<Self> {
        let (threads, unit) = (study::threads(asked.threads)?, study::unit()?);
        plan::prepared(py, scenario)?;
        let options = asked.options();
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

    fn resume(py: Python<'_>, text: &str, asked: &Asked<'_>, given: Resume<'_>) -> PyResult<Self> {
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
        let (threads, unit) = (study::threads(asked.threads)?, study::unit()?);
        let judge = |scenario: &Scenario| Evaluator::new(scenario, threads, unit);
        let again = match asked.scenario() {
            None => None,
            Some(scenario) => {
                plan::prepared(py, scenario)?;
                let work =
                    |stop: &interrupt::Stop<'_>| fitted(scenario, &judge(scenario), judge, stop);
                let (found, broken) = interrupt::attended(py, work, |_| Ok(()))?;
                Some(done(py, found, broken)?.ok_or_else(stopped)?.0)
            }
        };
        let given = Resume {
            scenario: again.as_ref(),
            candidates: asked.candidates.map(|count| count as usize),
            iterations: asked.iterations,
            patience: asked.patience,
            ..given
        };
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
        plan::prepared(py, search.scenario())?;
        let evaluator = &*evaluator;
        let step = move |stop: &interrupt::Stop<'_>| search.step(evaluator, &|| stop());
        let (found, broken) = interrupt::attended(py, step, |_| Ok(()))?;
        Ok(match done(py, found, broken)? {
            Step::Done(row) => Some(row),
            Step::Interrupted | Step::Ended => None,
        })
    }
}
