//! The points of a sweep and what came of each.

use upright_sim::metrics::Verdict;
use upright_sim::restless::Restless;

/// What came of one point.
pub(crate) struct Point {
    /// The values of the fields.
    pub(crate) at: Vec<f64>,
    /// Of a single run.
    pub(crate) verdict: Option<Verdict>,
    /// In the order of the metrics that were asked for.
    pub(crate) metrics: Vec<Option<f64>>,
    /// Of the run, or of the first run of a study that has a force which no motor bears.
    pub(crate) restless: Option<Restless>,
}

/// A metric: its name and its unit.
pub(crate) type Metric = (&'static str, &'static str);
