//! Statistics on series of bytes, as pure functions: nothing here knows where a series came from.

mod change;
mod curve;
mod normal;
mod series;
mod shape;
mod slope;
mod theil_sen;
mod trend;

pub use change::change_point;
pub use curve::{Warming, slowing_curve, warming};
pub use series::Series;
pub use shape::{LastRise, SawTooth, filling_rate, last_rise, one_time_cost, saw_tooth};
pub use slope::{Interval, Slope, slope};
pub use theil_sen::theil_sen;
pub use trend::{Trend, mann_kendall, mann_kendall_hamed_rao};

pub(crate) use series::{mean, median};

#[cfg(test)]
mod tests;
