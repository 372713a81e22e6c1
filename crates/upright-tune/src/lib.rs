//! Gains that are searched for instead of guessed: on drawn plants, and judged on others.
//!
//! A [`Space`] says which gains of a scenario are searched between which bounds. An
//! [`Optimizer`](optimizer::Optimizer) asks for points of it and is told what they cost; a
//! [`Judge`] makes a cost of the runs of a study. [`Tuning`] turns these step by step, can be
//! written to a [`checkpoint`] after each of them and goes on from there to the same bits.
//! [`validate`] runs what was found and what there was before on draws that the search has not seen.
//! [`pareto`] does the same for a front between two objectives.
//!
//! Nothing depends on the clock, on the number of threads or on the vector unit: a step's random
//! numbers come from the scenario's seed and the step's number alone.

mod begun;
pub mod checkpoint;
mod cost;
mod error;
mod evaluate;
pub mod front;
pub mod optimizer;
pub mod pareto;
mod space;
mod tuning;
mod validation;

pub use cost::{Cost, Judge, TERMS};
pub use error::TuneError;
pub use evaluate::{Evaluator, Judged, Outcome, Raced};
pub use space::{Dimension, Space};
pub use tuning::{Best, Iteration, Options, Resume, State, Step, Tuning};
pub use validation::{Difference, Side, Validation, Warning, validate};
