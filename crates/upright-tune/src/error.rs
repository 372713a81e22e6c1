//! What can go wrong with a search, as data.

use crate::checkpoint::CheckpointError;
use upright_sim::study::StudyError;

/// Why a search did not take place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TuneError {
    /// The kind of controller has no gains.
    #[error("controller.kind = {kind}: this kind has nothing to tune")]
    NothingToTune {
        /// The kind.
        kind: &'static str,
    },
    /// A search for a front has no objectives.
    #[error(
        "tuning.objectives: a front is searched between two terms of the cost, and none are named"
    )]
    NoObjectives,
    /// The law allows none of the first candidates.
    #[error(
        "none of the first {count} candidates is a controller; look at the bounds in tuning.gains"
    )]
    NothingAllowed {
        /// How many there were.
        count: usize,
    },
    /// Every candidate of the first step costs the same.
    #[error(
        "all of the first {count} candidates cost {cost}: nothing can be learnt from them; look at \
         tuning.weights, at the bounds in tuning.gains and at whether the runs get anywhere \
         (simulation.duration, uncertainty)"
    )]
    NothingMoves {
        /// How many there were.
        count: usize,
        /// What each of them costs.
        cost: String,
    },
    /// The runs could not be computed.
    #[error(transparent)]
    Batch(#[from] StudyError),
    /// A checkpoint could not be used.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl TuneError {
    /// Whether it is about a file that could not be read or written.
    pub fn is_of_a_file(&self) -> bool {
        matches!(self, Self::Checkpoint(CheckpointError::File { .. }))
    }
}
