//! One long life, its live bytes and the process's resident memory sampled side by side. Counted bytes
//! decide; resident memory can only make it inconclusive.

use super::footprint::histories;
use super::{Context, KB, MB, Making, finding, growth, points};
use crate::evidence::{Figure, HistoryEvidence, Outcome, PhaseEvidence, PhaseName, VerdictName};
use heapwatch::verdict::{Noise, judge_sampled};
use heapwatch::{AuditError, Plan, Run, Subject, Verdict};
use upright_report::size;

/// Steps after which the figures stand beside the reference audit's.
const MARKS: [u64; 4] = [1000, 2000, 5000, 10_000];
/// From one sample of the short run to the next.
const EVERY: u64 = 100;
/// Growth of resident memory over the whole run below which nothing is made of it: some pages.
const RESIDENT_FLOOR: f64 = 64.0 * 1024.0;

/// Answers the evidence, and the histories after the long run.
pub(crate) fn stress<S: Subject>(
    subject: &mut S,
    context: &Context<'_>,
) -> Result<(PhaseEvidence, Vec<HistoryEvidence>), AuditError> {
    let mut making = Making::begin(PhaseName::Stress);
    let (step, extent) = (context.step, &context.extent);
    let short = Plan::of(extent.stress_short).every(EVERY).of_process().with_resident();
    let short = heapwatch::steady(subject, &short)?;
    let plan = Plan::of(extent.stress_long).of_process().with_resident().with_sites();
    let long = heapwatch::steady(subject, &plan)?;

    making.evidence.figures = figures(&short, &long, context);
    making.evidence.short_series = points(&short);
    making.evidence.series = points(&long);

    let found = finding(&long.judgement, &long, step);
    match found.verdict {
        VerdictName::Leak => making.come_out(Outcome::Failed, found.statement.clone()),
        VerdictName::Inconclusive => {
            making.come_out(Outcome::Inconclusive, found.statement.clone());
        }
        _ => {
            let statement = format!("{} over {} {step}s", found.statement, extent.stress_long);
            making.come_out(Outcome::Passed, statement);
            if let Some(doubt) = unseen(&long, step) {
                making.come_out(Outcome::Inconclusive, doubt);
            }
        }
    }
    making.evidence.finding = Some(found);
    making.ask_for_events(&long);
    Ok((making.finish(), histories(&long.components)))
}

fn figures(short: &Run, long: &Run, context: &Context<'_>) -> Vec<Figure> {
    let (step, extent) = (context.step, &context.extent);
    let mut figures = Vec::new();
    for mark in MARKS.into_iter().filter(|&mark| mark <= extent.stress_short) {
        let reference = match mark {
            1000 => context.reference(|r| r.a_step_of_1000 * KB * 1000.0),
            10_000 => context.reference(|r| r.over_10_000 * MB),
            _ => None,
        };
        let grown = growth(short, 0, mark);
        figures.push(Figure::new(format!("growth at {step} {mark}"), grown, "B").beside(reference));
    }
    let resident = |run: &Run| {
        let series = run.resident_series();
        match series.bytes() {
            [first, .., last] => last - first,
            _ => f64::NAN,
        }
    };
    let steps = extent.stress_short as f64;
    figures.extend([
        Figure::new(
            format!("growth a {step} over {}", extent.stress_short),
            growth(short, 0, extent.stress_short) / steps / KB,
            "KB",
        )
        .beside(context.reference(|r| r.a_step_of_10_000)),
        Figure::new(
            format!("growth over {}", extent.stress_long),
            growth(long, 0, extent.stress_long),
            "B",
        ),
        Figure::new(
            format!("growth of resident memory over {}", extent.stress_short),
            resident(short),
            "B",
        )
        .beside(context.reference(|r| r.over_10_000 * MB)),
        Figure::new(
            format!("growth of resident memory over {}", extent.stress_long),
            resident(long),
            "B",
        ),
    ]);
    // JSON has no word for what is not known.
    figures.retain(|figure| figure.value.is_finite());
    figures
}

/// Growth of resident memory that no counted byte stands for, in words.
fn unseen(run: &Run, step: &str) -> Option<String> {
    let resident = run.resident_series();
    let noise = Noise { floor: RESIDENT_FLOOR / resident.span().max(1.0), ..Noise::default() };
    match judge_sampled(&resident, &noise).verdict {
        Verdict::Leak { rate, interval, .. } => Some(format!(
            "resident memory grows by {rate:.3} bytes a {step} ({:.3} to {:.3}, {} in all), and no \
             counted byte stands for it: memory that the Rust allocator does not see, such as C code's; \
             watch the whole process with `upright audit exec` to settle it",
            interval.low,
            interval.high,
            size(rate * resident.span())
        )),
        _ => None,
    }
}
