//! Heaps that are collected: from outside one sees the room that they have taken, not what is in it.
//!
//! Until it is first collected such a heap grows by its garbage, and again whenever the collector enlarges
//! it. Where it gives back what it freed, its valleys show what is alive, and memory is judged as any other.
//! Where it gives nothing back, growth is no evidence, and stillness only of what would have filled the room.

use super::judgement::{InconclusiveReason, Verdict};
use super::noise::Noise;
use crate::statistics::{Interval, Series, Slope, last_rise};

/// At least this part of what rose falls again where a heap gives back what it freed.
const GIVEN_BACK: f64 = 0.5;

/// What is said of a heap that gave nothing back; nothing where it did.
pub(super) fn kept(
    series: &Series,
    steady: &Series,
    growth: Slope,
    noise: &Noise,
) -> Option<(Slope, Verdict)> {
    if gives_back(steady) {
        return None;
    }
    let quiet = last_rise(series).map_or(series.span(), |rise| rise.quiet);
    // A leak would have filled the room in the time in which it did not grow.
    let hidden = series.peak() / quiet.max(f64::MIN_POSITIVE);
    let most = growth.interval.high.max(hidden);
    if most <= noise.floor {
        return None;
    }
    let interval = Interval { low: growth.interval.low.min(0.0), high: most };
    let doubt = InconclusiveReason::Collected { room: series.peak() };
    let settled_by = series.span() - quiet + series.peak() / noise.floor.max(1.0);
    Some((Slope { interval, ..growth }, Verdict::Inconclusive { doubt, settled_by }))
}

fn gives_back(steady: &Series) -> bool {
    let (mut rises, mut falls) = (0.0, 0.0);
    for pair in steady.bytes().windows(2) {
        rises += (pair[1] - pair[0]).max(0.0);
        falls += (pair[0] - pair[1]).max(0.0);
    }
    falls > 0.0 && falls >= GIVEN_BACK * rises
}
