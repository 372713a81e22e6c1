//! What came of one run of a study.

use crate::metrics::{EarlyEnd, Metrics, MetricsAccumulator, Verdict};
use crate::realization::Realization;
use crate::tracking::TrackingMetrics;
use crate::world::World;
use upright_core::Real;
use upright_core::swing_up::Counts;

/// What came of one run of a study.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The run's index, plant and initial state.
    pub realization: Realization,
    /// How it ended.
    pub verdict: Verdict,
    /// When and how it ended before its time, if it did.
    pub early_end: Option<EarlyEnd>,
    /// What it is judged by.
    pub metrics: Metrics,
    /// First time in s after which both angles stay within 0.1 rad to the end of the run; absent where they do not,
    /// or the run ended early.
    pub upright_time: Option<f64>,
    /// The true state at its end.
    pub final_state: [f64; 6],
    /// Control periods simulated.
    pub periods: u64,
}

impl Row {
    /// What came of lane `lane`; `swing_up` is what its controller counted of a swing-up,
    /// `tracking` how well it followed its reference.
    pub(crate) fn of_lane<R: Real>(
        realization: &Realization,
        world: &World<R>,
        accumulator: &MetricsAccumulator<R>,
        (swing_up, tracking): (Option<Counts>, Option<TrackingMetrics>),
        lane: usize,
    ) -> Self {
        Self {
            realization: *realization,
            verdict: accumulator.verdict(lane),
            early_end: accumulator.early_end(lane),
            metrics: Metrics { tracking, ..accumulator.metrics(lane, swing_up) },
            upright_time: accumulator.upright_time(lane),
            final_state: world.state().map(|x| x.lane(lane)),
            periods: accumulator.periods(lane),
        }
    }
}
