//! Growth that slows down, as of a cache that fills or a program that warms up: no leak, and not known to end.

use super::judgement::{InconclusiveReason, Verdict};
use crate::statistics::{Series, Warming, slowing_curve};

/// The verdict on what follows a curve.
pub(super) fn of_curve(curve: Warming) -> Verdict {
    let Warming { level, horizon, settled_by } = curve;
    Verdict::Inconclusive { doubt: InconclusiveReason::Warming { level, horizon }, settled_by }
}

/// A verdict left open for what a curve explains says so, and what it heads for.
pub(super) fn named(verdict: Verdict, series: &Series, steady_from: usize) -> Verdict {
    let Verdict::Inconclusive { doubt, .. } = &verdict else { return verdict };
    let explained = matches!(
        doubt,
        InconclusiveReason::Slowing { .. }
            | InconclusiveReason::Rough { .. }
            | InconclusiveReason::FewRises { .. }
            | InconclusiveReason::Uneven { .. }
            | InconclusiveReason::NotStillLongEnough { .. }
    );
    let curve = explained.then(|| slowing_curve(series, steady_from)).flatten();
    curve.map_or(verdict, of_curve)
}
