//! A study as data: which runs of which scenario, on how many threads, in which vector unit.

use crate::grid::Grid;
use crate::realization::{Realization, RealizationError};
use std::num::NonZero;
use std::ops::Range;
use upright_design::DesignError;
use upright_lanes::{Unit, UnitError};
use upright_scenario::{Scenario, ScenarioError};

/// What to run.
#[derive(Debug, Clone)]
pub struct Study<'a> {
    /// The scenario over whose uncertainty the runs are drawn.
    pub scenario: &'a Scenario,
    /// The indices of the runs.
    pub runs: Range<u64>,
    /// How many threads compute; no more than have something to do.
    pub threads: NonZero<usize>,
    /// In which vector unit.
    pub unit: Unit,
    /// Where the runs come from.
    pub source: Source,
}

/// Where the runs of a study come from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Source {
    /// Drawn from the scenario's uncertainty.
    Uncertainty,
    /// The scenario's own plant, from the points of a grid.
    Grid(Grid),
}

impl Study<'_> {
    /// Plant and initial state of a run.
    pub(super) fn realization(&self, run: u64) -> Result<Realization, RealizationError> {
        match &self.source {
            Source::Uncertainty => Realization::new(self.scenario, run),
            Source::Grid(grid) => Ok(grid.realization(self.scenario, run)),
        }
    }
}

/// What a study took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tally {
    /// Rows that came out.
    pub runs: u64,
    /// Control periods of those rows.
    pub steps: u64,
    /// Wall time in s.
    pub seconds: f64,
    /// False where it was stopped before its end.
    pub complete: bool,
}

/// Why a study did not take place.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StudyError {
    /// The scenario is not allowed, which includes that its controller does not exist.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The machine lacks the vector unit.
    #[error(transparent)]
    Unit(#[from] UnitError),
    /// A run could not be drawn.
    #[error(transparent)]
    Realization(#[from] RealizationError),
    /// The system gives no thread.
    #[error("no thread could be started: {kind}")]
    Thread {
        /// What the system says.
        kind: std::io::ErrorKind,
    },
}

impl From<DesignError> for StudyError {
    fn from(error: DesignError) -> Self {
        Self::Scenario(error.into())
    }
}
