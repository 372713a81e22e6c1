//! From anywhere to upright: a plan that is followed, a catch, and another try.
//!
//! A [planner](crate::planner) finds forces that carry the plant up within a force limit and a track; a [`Tracker`] or
//! a [`PredictiveTracker`] holds the plant on them, a [`Guard`] keeps the cart on its track, and a [`Supervisor`] goes
//! from phase to phase, with any balance law at the top. All are values of fixed size that never allocate.

mod cart;
mod counts;
mod followed;
mod guard;
mod plan;
mod predictive_tracker;
mod pursuit;
mod push;
mod regulator;
mod replanner;
pub mod settings;
mod start;
mod supervisor;
mod tracker;

pub use cart::{CartResponse, brake};
pub use counts::Counts;
pub use followed::{DrawnError, Follower, Score};
pub use guard::{Guard, Guarded};
pub use plan::Plan;
pub use predictive_tracker::PredictiveTracker;
pub use pursuit::Wanted;
pub use push::CartPush;
pub use regulator::{Input, Regulator, Weights};
pub use replanner::Replanner;
pub use start::{Chance, END_ERROR, MAX_ITERATIONS, ON_TRACK, Start, Swing, counts, target};
pub use supervisor::{Phase, Request, Supervisor};
pub use tracker::Tracker;
