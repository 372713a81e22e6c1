//! From a scenario to a run: everything between the file that a user writes and the numbers that
//! come out.
//!
//! A [`scenario::Scenario`] says everything about a run. [`registry`] makes its controller with the
//! help of [`design`], [`mod@run`] turns the [`world`] and the controller period by period, [`metrics`]
//! sums as it goes and [`monitor`] watches the memory.

pub mod batch;
mod cells;
pub mod design;
pub mod draw;
pub mod grid;
pub mod live;
pub mod metrics;
pub mod monitor;
pub mod random;
pub mod registry;
pub mod run;
pub mod scenario;
pub mod spectrum;
pub mod trajectory;
pub mod tunable;
pub mod world;

pub use run::{Run, run};
pub use scenario::Scenario;
pub use upright_core::settings;

/// The example of how to add a law, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../CONTRIBUTING.md")]
struct Contributing;
