//! The tuner: a search for gains, an iteration of its swarm a step.

use super::Audited;
use heapwatch::{Event, Subject};
use std::num::NonZero;
use upright_lanes::{Unit, UnitError};
use upright_sim::scenario::Scenario;
use upright_tune::optimizer::Method;
use upright_tune::{Evaluator, SearchOptions, Step, TuneError, Tuning};

/// Candidates an iteration.
const CANDIDATES: usize = 4;
/// Threads that judge them.
const THREADS: NonZero<usize> = NonZero::new(2).unwrap();

/// What a scenario is given so that an iteration is short: its length, and the draws that judge.
pub(crate) const SHORT: [(&str, &str); 3] =
    [("simulation.duration", "0.02"), ("tuning.draws", "2"), ("tuning.confirm", "2")];

/// Searches on a scenario.
pub(crate) struct Searches {
    scenario: Scenario,
    evaluator: Evaluator,
    candidates: u64,
    improvements: u64,
    error: Option<TuneError>,
}

impl Searches {
    /// # Errors
    /// Where the machine lacks the vector unit that the environment asks for.
    pub(crate) fn new(scenario: &Scenario) -> Result<Self, UnitError> {
        let evaluator = Evaluator::new(scenario, THREADS, Unit::of_environment()?);
        let scenario = scenario.clone();
        Ok(Self { scenario, evaluator, candidates: 0, improvements: 0, error: None })
    }
}

impl Subject for Searches {
    type Instance = Option<Tuning>;

    fn create(&mut self) -> Self::Instance {
        let options =
            SearchOptions { candidates: CANDIDATES, iterations: u64::MAX, patience: None };
        match Tuning::begin(&self.scenario, Method::default(), options, &self.evaluator, &|| false)
        {
            Ok(tuning) => tuning,
            Err(error) => {
                self.error.get_or_insert(error);
                None
            }
        }
    }

    fn step(&mut self, instance: &mut Self::Instance, _step: u64) {
        let Some(tuning) = instance else { return };
        let before = tuning.best().judged.cost.total;
        match tuning.step(&self.evaluator, &|| false) {
            Ok(Step::Done(_)) => {
                self.candidates += CANDIDATES as u64;
                self.improvements += u64::from(tuning.best().judged.cost.total < before);
            }
            // It has iterations without end, and nobody interrupts it.
            Ok(Step::Interrupted | Step::Ended) => *instance = None,
            Err(error) => {
                self.error.get_or_insert(error);
                *instance = None;
            }
        }
    }

    fn reset(&mut self, instance: &mut Self::Instance) -> bool {
        // A search is put back by beginning it again, from the same seed.
        *instance = self.create();
        true
    }

    fn answer(&self, instance: &Self::Instance) -> Option<u64> {
        instance.as_ref().map(|tuning| tuning.best().judged.cost.total.to_bits())
    }

    fn events(&self, _instance: &Self::Instance) -> Vec<Event> {
        vec![
            Event { name: "candidates judged", count: self.candidates },
            Event { name: "better ones found", count: self.improvements },
        ]
    }
}

impl Audited for Searches {
    fn begin_phase(&mut self) {
        (self.candidates, self.improvements) = (0, 0);
    }

    fn standstill(&self) -> Option<String> {
        self.error.as_ref().map(|error| format!("the search does not take place: {error}"))
    }
}
