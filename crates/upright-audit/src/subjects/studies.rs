//! The batch engine: whole studies, one after the other, on threads of their own.

use super::Audited;
use heapwatch::{Component, Event, Subject};
use std::num::NonZero;
use std::ops::ControlFlow;
use upright_lanes::{Unit, UnitError};
use upright_sim::scenario::Scenario;
use upright_sim::study::{Row, Source, Study, StudyError, run_study};

/// Runs a study, and control periods a run: enough to fill some vectors and to refill their places.
const RUNS: u64 = 64;
const PERIODS: u64 = 16;
/// A link beyond this angle has fallen: little, so that some runs end early and their places are
/// refilled, in rad.
const FALL: f64 = 0.15;
/// Threads of a study.
const THREADS: NonZero<usize> = NonZero::new(2).unwrap();

/// What came out of studies.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// A digest of the rows of the last study.
    digest: u64,
    early: u64,
    whole: u64,
}

impl Seen {
    fn take(&mut self, row: &Row) {
        for x in row.final_state {
            // Order counts, so that two rows that have changed places are seen.
            self.digest = self.digest.rotate_left(7) ^ x.to_bits();
        }
        if row.early_end.is_some() {
            self.early += 1;
        } else {
            self.whole += 1;
        }
    }
}

/// Studies of a scenario; a step is one of them.
pub(crate) struct Studies {
    scenario: Scenario,
    unit: Unit,
    runs: u64,
    next: u64,
    seen: Seen,
    error: Option<StudyError>,
}

impl Studies {
    /// Studies of the usual size, in the vector unit that the program uses.
    ///
    /// # Errors
    /// Where the machine lacks the unit that the environment asks for.
    pub(crate) fn new(scenario: &Scenario) -> Result<Self, UnitError> {
        Self::of(scenario, RUNS, PERIODS)
    }

    /// Studies of so many runs of so many control periods.
    ///
    /// # Errors
    /// As `new`.
    pub(crate) fn of(scenario: &Scenario, runs: u64, periods: u64) -> Result<Self, UnitError> {
        let mut scenario = scenario.clone();
        scenario.simulation.duration = periods as f64 * scenario.simulation.control_period;
        scenario.simulation.fall_angle = FALL;
        let unit = Unit::of_environment()?;
        Ok(Self { scenario, unit, runs, next: 0, seen: Seen::default(), error: None })
    }

    /// The most that a study holds at a time, in bytes.
    pub(crate) fn bound_bytes() -> u64 {
        upright_sim::study::bound_bytes(THREADS)
    }
}

impl Subject for Studies {
    type Instance = ();

    fn create(&mut self) -> Self::Instance {
        self.next = 0;
    }

    fn step(&mut self, (): &mut (), _step: u64) {
        let runs = self.next..self.next + self.runs;
        self.next = runs.end;
        let Self { scenario, unit, seen, .. } = self;
        seen.digest = 0;
        let study =
            Study { scenario, source: Source::Uncertainty, runs, threads: THREADS, unit: *unit };
        let outcome = run_study(&study, &|| false, &mut |row| {
            seen.take(&row);
            ControlFlow::Continue(())
        });
        if let Err(error) = outcome {
            self.error.get_or_insert(error);
        }
    }

    fn reset(&mut self, (): &mut ()) -> bool {
        self.next = 0;
        true
    }

    fn answer(&self, (): &()) -> Option<u64> {
        Some(self.seen.digest)
    }

    fn components(&self, (): &()) -> Vec<Component> {
        Vec::new()
    }

    fn events(&self, (): &()) -> Vec<Event> {
        vec![
            Event { name: "runs to their end", count: self.seen.whole },
            Event { name: "runs that fell and made way for others", count: self.seen.early },
        ]
    }
}

impl Audited for Studies {
    fn begin_phase(&mut self) {
        self.seen = Seen::default();
    }

    fn standstill(&self) -> Option<String> {
        self.error.as_ref().map(|error| format!("a study does not take place: {error}"))
    }
}
