//! Why there is no plan.

use upright_core::planner::PlanError;
use upright_lanes::UnitError;

/// There is no plan.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NoPlan {
    /// No start led to a plan that counts.
    #[error(
        "no plan: of {starts} starts with horizons from {shortest:.2} s on and up to {max_force} N the best ends \
         {end_error:.2} from upright and goes {travel:.2} m; limits 0.03 and {limit:.2} m"
    )]
    NotFound {
        /// Starts that were tried.
        starts: usize,
        /// The shortest horizon of them in s.
        shortest: f64,
        /// The force that they were allowed in N.
        max_force: f64,
        /// How far from upright the best one ends, in the worst of its states.
        end_error: f64,
        /// How far its cart goes in m.
        travel: f64,
        /// How far it may go in m.
        limit: f64,
    },
    /// What is asked for is not allowed.
    #[error(transparent)]
    Refused(#[from] PlanError),
    /// The vector unit that the environment asks for is not there.
    #[error(transparent)]
    Unit(#[from] UnitError),
    /// The search was ended before it had come to a plan.
    #[error("no plan: the search was stopped")]
    Stopped,
}
