//! What stays after a subject was dropped, and whether a reset makes it fresh.

use super::{Context, PhaseBuilder};
use crate::evidence::{Figure, Finding, PhaseEvidence, PhaseName, PhaseOutcome, VerdictName};
use heapwatch::{AuditError, Cleanup, Subject};
use upright_report::size;

/// Answers after a reset that are compared with a fresh instance's.
const COMPARED: u64 = 1000;

pub(crate) fn cleanup<S: Subject>(
    subject: &mut S,
    context: &Context<'_>,
) -> Result<PhaseEvidence, AuditError> {
    let builder = PhaseBuilder::begin(PhaseName::Cleanup);
    let found = heapwatch::cleanup(subject, context.extent.cleanup, COMPARED, context.scope)?;
    Ok(evidence(builder, &found))
}

fn evidence(mut builder: PhaseBuilder, found: &Cleanup) -> PhaseEvidence {
    builder.evidence.figures = vec![
        Figure::new("left after it was dropped", found.after_drop as f64, "B"),
        Figure::new("answers compared after a reset", found.compared as f64, "1"),
        Figure::new("answers that differ from a fresh one's", found.different as f64, "1"),
    ];
    if let Some(bytes) = found.after_reset {
        let figure = Figure::new("more after a reset than when fresh", bytes as f64, "B");
        builder.evidence.figures.insert(1, figure);
    }
    if found.is_clean() {
        let reset = match (found.after_reset, found.compared) {
            (None, _) => "; it cannot be reset".to_owned(),
            (_, 0) => "; a reset brings it back to its first size".to_owned(),
            (_, n) => {
                format!("; after a reset its next {n} answers are those of a fresh one, to the bit")
            }
        };
        builder
            .come_out(PhaseOutcome::Passed, format!("nothing stays after it was dropped{reset}"));
        if found.after_reset.is_none() {
            builder.evidence.outcome = PhaseOutcome::Reported;
        }
    } else {
        // What stays after every life or reset is a leak, whatever a long life does.
        let stays = [(found.after_drop, "life"), (found.after_reset.unwrap_or(0), "reset")];
        if let Some((bytes, unit)) = stays.into_iter().find(|(bytes, _)| *bytes > 0) {
            let rate = bytes as f64;
            builder.evidence.finding = Some(Finding {
                verdict: VerdictName::Leak,
                statement: format!("{} stay after each {unit}", size(rate)),
                bytes: 0.0,
                unit: unit.to_owned(),
                rate,
                interval: [rate, rate],
                steady_from: 0.0,
                site: None,
                settled_by: None,
            });
        }
        builder.come_out(
            PhaseOutcome::Failed,
            format!(
                "{} stay after it was dropped, {} more after a reset, {} of {} answers differ",
                size(found.after_drop as f64),
                size(found.after_reset.unwrap_or(0) as f64),
                found.different,
                found.compared
            ),
        );
    }
    builder.finish()
}
