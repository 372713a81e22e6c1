//! Balance by prediction: every few milliseconds the forces of the next second are planned anew, within the force
//! limit and the track, and the first of them is applied.
//!
//! The real-time iteration (M. Diehl, H. G. Bock, J. P. Schlöder, SIAM J. Control Optim. 43 (2005) 1714-1736) on the
//! [`Planner`](crate::planner::Planner)'s search: few iterations a tick, from the last answer one step later. What
//! happens after the horizon is weighed by the Riccati solution at the top.

mod law;
mod observer;
pub mod settings;

pub use law::{Prediction, Predictive};
