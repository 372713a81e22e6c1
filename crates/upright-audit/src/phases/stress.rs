//! One long life, its live bytes and the process's resident memory sampled side by side. Counted bytes
//! decide; resident memory can only make it inconclusive.

use super::footprint::{histories, parts};
use super::{Context, KB, MB, PhaseBuilder, finding, growth, points, run_and_name};
use crate::evidence::{
    ComponentEvidence, Figure, HistoryEvidence, PhaseEvidence, PhaseName, PhaseOutcome, VerdictName,
};
use heapwatch::verdict::{Noise, judge_sampled};
use heapwatch::{AuditError, Plan, Run, Subject, Verdict};
use upright_report::size;

/// Steps after which the figures stand beside the reference audit's.
const MARKS: [u64; 5] = [1000, 2000, 5000, 10_000, 100_000];
/// Steps of the reference audit's long run.
const REFERENCE: u64 = 10_000;
/// From one sample of the short run to the next.
const EVERY: u64 = 100;
/// Growth of resident memory over the whole run below which nothing is made of it: some pages.
const RESIDENT_FLOOR: f64 = 64.0 * 1024.0;

/// Further runs that a doubt about resident memory must outlive. Arenas of threads and a late touch of pages
/// make it grow once, at a moment that the load of the machine chooses; what leaks grows in every run.
const RUNS_OF_DOUBT: usize = 3;

/// What a subject is made of after its longest run.
pub(crate) struct Worn {
    pub(crate) components: Vec<ComponentEvidence>,
    pub(crate) histories: Vec<HistoryEvidence>,
}

/// Returns the evidence, and what the subject is made of after the long run. The long run comes first,
/// while the process has no freed pages in which growth could hide.
pub(crate) fn stress<S: Subject>(
    subject: &mut S,
    context: &Context<'_>,
) -> Result<(PhaseEvidence, Worn), AuditError> {
    let builder = PhaseBuilder::begin(PhaseName::Stress);
    let extent = &context.extent;
    let plan = Plan::of(extent.stress_long).counting(context.scope).with_resident();
    let long = run_and_name(&plan, &mut |plan| heapwatch::steady(subject, plan))?;
    let short = Plan::of(extent.stress_short).every(EVERY).counting(context.scope).with_resident();
    let short = heapwatch::steady(subject, &short)?;
    let again = Plan::of(extent.stress_long).counting(context.scope).with_resident();
    evidence(builder, &short, &long, context, &mut || heapwatch::steady(subject, &again))
}

/// `again` is the long run once more.
fn evidence(
    mut builder: PhaseBuilder,
    short: &Run,
    long: &Run,
    context: &Context<'_>,
    again: &mut dyn FnMut() -> Result<Run, AuditError>,
) -> Result<(PhaseEvidence, Worn), AuditError> {
    let (step, extent) = (context.step, &context.extent);
    builder.evidence.figures = figures(short, long, context);
    builder.evidence.short_series = points(short);
    builder.evidence.series = points(long);

    let found = finding(&long.judgement, long, step);
    match found.verdict {
        VerdictName::Leak => builder.come_out(PhaseOutcome::Failed, found.statement.clone()),
        VerdictName::Inconclusive => {
            builder.come_out(PhaseOutcome::Inconclusive, found.statement.clone());
        }
        _ => {
            let statement = format!("{} over {} {step}s", found.statement, extent.stress_long);
            builder.come_out(PhaseOutcome::Passed, statement);
            if let Some(doubt) = lasting_doubt(long, context.step, again)? {
                builder.come_out(PhaseOutcome::Inconclusive, doubt);
            }
        }
    }
    builder.evidence.finding = Some(found);
    builder.ask_for_events(long);
    let worn = Worn { components: parts(&long.components), histories: histories(&long.components) };
    Ok((builder.finish(), worn))
}

fn figures(short: &Run, long: &Run, context: &Context<'_>) -> Vec<Figure> {
    let (step, extent) = (context.step, &context.extent);
    let mut figures = Vec::new();
    for mark in MARKS.into_iter().filter(|&mark| mark <= extent.stress_short) {
        let reference = match mark {
            1000 => context.reference(|r| r.a_step_of_1000 * KB * 1000.0),
            REFERENCE => context.reference(|r| r.over_10_000 * MB),
            _ => None,
        };
        let grown = growth(short, 0, mark);
        figures.push(Figure::new(format!("growth at {step} {mark}"), grown, "B").beside(reference));
    }
    let resident = |run: &Run, to: u64| {
        let until = run.samples.iter().rfind(|sample| sample.at <= to);
        let of = |sample: Option<&heapwatch::Sample>| Some(sample?.resident? as f64);
        of(until).zip(of(run.samples.first())).map_or(f64::NAN, |(last, first)| last - first)
    };
    let reference = extent.stress_short.min(REFERENCE);
    let (of_short, of_long) = (extent.stress_short, extent.stress_long);
    figures.extend([
        Figure::new(
            format!("growth a {step} over {reference}"),
            growth(short, 0, reference) / reference as f64 / KB,
            "KB",
        )
        .beside(context.reference(|r| r.a_step_of_10_000)),
        Figure::new(format!("growth over {of_long}"), growth(long, 0, of_long), "B"),
        Figure::new(
            format!("growth of resident memory over {reference}"),
            resident(short, reference),
            "B",
        )
        .beside(context.reference(|r| r.over_10_000 * MB)),
        Figure::new(
            format!("growth of resident memory over {of_short}"),
            resident(short, of_short),
            "B",
        ),
        Figure::new(
            format!("growth of resident memory over {of_long}"),
            resident(long, of_long),
            "B",
        ),
    ]);
    // JSON has no word for what is not known.
    figures.retain(|figure| figure.value.is_finite());
    figures
}

/// A doubt about resident memory in the long run that as many steps more, again and again, do not lift.
fn lasting_doubt(
    long: &Run,
    step: &str,
    again: &mut dyn FnMut() -> Result<Run, AuditError>,
) -> Result<Option<String>, AuditError> {
    let mut doubt = unseen(long, step);
    for _ in 0..RUNS_OF_DOUBT {
        if doubt.is_none() {
            break;
        }
        doubt = unseen(&again()?, step);
    }
    Ok(doubt)
}

/// Growth of resident memory that no counted byte stands for, in words. What is not known to have
/// stopped is growth.
fn unseen(run: &Run, step: &str) -> Option<String> {
    let resident = run.resident_series();
    let noise = Noise { floor: RESIDENT_FLOOR / resident.span().max(1.0), ..Noise::default() };
    let judgement = judge_sampled(&resident, &noise);
    // What a process pays once comes in the first half, whenever its pages are first touched.
    let (Some(&last), Some(&middle)) =
        (resident.bytes().last(), resident.bytes().get(resident.len() / 2))
    else {
        return None;
    };
    let explained = growth(run, run.samples.last()?.at / 2, run.samples.last()?.at);
    let grown = last - middle;
    let grows = match judgement.verdict {
        Verdict::Leak { .. } => true,
        Verdict::Inconclusive { .. } => grown > explained + RESIDENT_FLOOR,
        _ => false,
    };
    grows.then(|| {
        format!(
            "resident memory grows by {:.3} bytes a {step} ({} in the second half of the run), and no \
             counted byte stands for it: memory that the Rust allocator does not see, such as C code's; \
             watch the whole process with `upright audit exec` to settle it",
            2.0 * grown / resident.span().max(1.0),
            size(grown)
        )
    })
}
