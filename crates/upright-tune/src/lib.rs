//! Gains that are searched for instead of guessed: on drawn plants, and judged on others.
//!
//! A [`Space`] says which gains of a scenario are searched between which bounds. An
//! [`Optimizer`](optimizer::Optimizer) asks for points of it and is told what they cost; a
//! [`Judge`] makes a cost of the runs of a study. [`Search`] turns these step by step, for the least cost ([`Tuning`]) or for a front between two
//! objectives ([`pareto`]); it, can be
//! written to a [`checkpoint`] after each of them and goes on from there to the same bits.
//! [`validate`] runs what was found and what there was before on draws that the search has not seen.
//!
//! Nothing depends on the clock, on the number of threads or on the vector unit: a step's random
//! numbers come from the scenario's seed and the step's number alone.

pub mod checkpoint;
mod cost;
mod error;
mod evaluate;
pub mod front;
mod least_cost;
pub mod optimizer;
pub mod pareto;
mod resume_check;
mod search;
mod space;
mod validation;

pub use cost::{Cost, Judge, TERMS};
pub use error::TuneError;
pub use evaluate::{Evaluator, Judged, Outcome, Raced};
pub use least_cost::{Best, Iteration, LeastCost, Tuning};
pub use search::{Goal, Opening, Options, Progress, Resume, Search, State, Step};
pub use space::{Dimension, Space};
pub use validation::{Difference, Side, Validation, Warning, validate};
