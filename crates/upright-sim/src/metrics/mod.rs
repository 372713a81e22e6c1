//! What a run is judged by: the verdict and the metrics, each defined once.
//!
//! They are summed as the run goes, over a number or a vector of lanes, so a run of any length
//! needs no record of itself.

mod accumulator;
mod band;
mod definition;
mod high_pass;
mod rules;
mod verdict;

pub use accumulator::MetricsAccumulator;
pub use band::{CHATTERING_LIMITED, CHATTERING_TURNS, CHATTERING_VARIATION, LAST, UP};
pub use definition::{Metrics, SwingUp};
pub use high_pass::CHATTER_CORNER;
pub use upright_scenario::design_report::is_upright;
pub use verdict::{EarlyEnd, Verdict};
