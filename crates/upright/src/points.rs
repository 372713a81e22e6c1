//! The points of a sweep and what came of each.

use upright_sim::metrics::Verdict;
use upright_sim::restless::Restless;

/// What came of one point.
pub(crate) struct Point {
    /// The values of the fields.
    pub(crate) at: Vec<f64>,
    /// How a single run ended; absent of a study.
    pub(crate) verdict: Option<Verdict>,
    /// In the order of the metrics that were asked for.
    pub(crate) metrics: Vec<Option<f64>>,
    /// Why no motor bears the force of the run, or of the first such run of a study.
    pub(crate) restless: Option<Restless>,
}

/// A metric: its name and its unit.
pub(crate) type Metric = (&'static str, &'static str);
