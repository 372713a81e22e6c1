//! What a fresh process pays once, apart from what its controller then costs.

use super::PhaseBuilder;
use crate::evidence::{Figure, PhaseEvidence, PhaseName, PhaseOutcome};
use crate::protocol::{FreshStart, Held};
use upright_report::size;

/// From fresh processes: what each showed, and the time from its start to its first control as seen
/// from outside, in s.
pub(crate) fn warm_up(starts: &[(FreshStart, f64)]) -> PhaseEvidence {
    let mut builder = PhaseBuilder::begin(PhaseName::WarmUp);
    let times = |of: fn(&(FreshStart, f64)) -> f64| {
        let mut times: Vec<f64> = starts.iter().map(|start| 1e3 * of(start)).collect();
        times.sort_by(f64::total_cmp);
        let at = |part: f64| {
            let place = part * times.len().saturating_sub(1) as f64;
            times.get(place.round() as usize).copied().unwrap_or(0.0)
        };
        [at(0.5), at(1.0)]
    };
    let most = |of: fn(&FreshStart) -> i64| starts.iter().map(|(start, _)| of(start)).max();
    let resident = |held: Held| held.resident_bytes.unwrap_or(0) as i64;
    let whole = most(|start| start.after_first.live_bytes - start.start.live_bytes).unwrap_or(0);
    let first = most(|start| start.after_first.live_bytes - start.before.live_bytes).unwrap_or(0);
    let more =
        most(|start| start.after_more.live_bytes - start.after_first.live_bytes).unwrap_or(0);
    let resident_first = starts
        .iter()
        .map(|(start, _)| resident(start.after_first) - resident(start.start))
        .max()
        .unwrap_or(0);
    let resident_more = starts
        .iter()
        .map(|(start, _)| resident(start.after_more) - resident(start.after_first))
        .max()
        .unwrap_or(0);
    let [outside, slowest] = times(|(_, seconds)| *seconds);
    let [inside, _] = times(|(start, _)| start.first_control_ns as f64 / 1e9);
    builder.evidence.figures = vec![
        Figure::new("fresh processes", starts.len() as f64, "1"),
        Figure::new("start of the process to the first control, median", outside, "ms"),
        Figure::new("start of the process to the first control, slowest", slowest, "ms"),
        Figure::new("of it in the program itself, median", inside, "ms"),
        Figure::new("live bytes taken from the start to the first control", whole as f64, "B"),
        Figure::new("of it by the subject, created and asked once", first as f64, "B"),
        Figure::new("live bytes taken by 1000 more", more as f64, "B"),
        Figure::new(
            "resident memory taken from the start to the first control",
            resident_first as f64,
            "B",
        ),
        Figure::new("resident memory taken by 1000 more", resident_more as f64, "B"),
    ];
    if starts.is_empty() {
        builder.come_out(PhaseOutcome::Inconclusive, "no fresh process was measured");
    } else {
        builder.come_out(
            PhaseOutcome::Reported,
            format!(
                "{outside:.1} ms to the first control; {} of heap paid once up to it, {} of them by the \
                 subject itself; {} by 1000 more controls",
                size(whole as f64),
                size(first as f64),
                size(more as f64)
            ),
        );
    }
    builder.finish()
}
