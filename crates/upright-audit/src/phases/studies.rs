//! What is special of studies, which live on threads of their own and only while they run: what they hold
//! at a time, and whether their control periods ask for memory.

use super::{Context, PhaseBuilder};
use crate::evidence::{ComponentEvidence, Figure, PhaseEvidence, PhaseName, PhaseOutcome};
use heapwatch::{AuditError, Subject, peak_bytes, process_counts, reset_peak};
use upright_report::size;

/// What a study holds at a time, few runs beside many. `bound` is what it promises never to exceed.
pub(crate) fn peak<S: Subject>(
    few: &mut S,
    many: &mut S,
    bound: u64,
) -> Result<(PhaseEvidence, Vec<ComponentEvidence>), AuditError> {
    let mut builder = PhaseBuilder::begin(PhaseName::Footprint);
    if !heapwatch::installed() {
        return Err(AuditError::NotInstalled);
    }
    let [first, second] = [held_at_most(few), held_at_most(many)];
    builder.evidence.figures = vec![
        Figure::new("most held at a time by a study", first as f64, "B"),
        Figure::new("most held at a time by one of four times as many runs", second as f64, "B"),
        Figure::new("bound by its threads and lanes", bound as f64, "B"),
    ];
    let most = first.max(second);
    let statement = format!(
        "a study holds {}, one of four times as many runs {}; the bound is {}",
        size(first as f64),
        size(second as f64),
        size(bound as f64)
    );
    builder.come_out(
        if most <= bound { PhaseOutcome::Passed } else { PhaseOutcome::Failed },
        statement,
    );
    let part = ComponentEvidence {
        name: "study under way".to_owned(),
        inline_bytes: 0,
        heap_bytes: most,
        bound_bytes: Some(bound),
    };
    Ok((builder.finish(), vec![part]))
}

/// The most that the process holds during a step, above what it held before.
fn held_at_most<S: Subject>(subject: &mut S) -> u64 {
    let mut instance = subject.create();
    reset_peak();
    let before = peak_bytes();
    subject.step(&mut instance, 0);
    peak_bytes().saturating_sub(before)
}

/// Name of the figure that says whether control periods ask for memory.
pub(crate) const REQUESTS_A_PERIOD: &str = "requests for memory a further control period";

/// Steps over which requests are compared.
const COMPARED: u64 = 50;
/// Requests a further control period from which it is taken to ask for memory: how threads meet at the
/// desk differs from study to study, and so do some requests.
const NOTHING: f64 = 1e-3;

/// Whether control periods ask for memory: studies whose runs are `further` control periods longer must
/// not ask for more. `short` and `long` differ in nothing else.
pub(crate) fn periods_ask_for_nothing<S: Subject>(
    phase: &mut PhaseEvidence,
    short: &mut S,
    long: &mut S,
    further: u64,
    context: &Context<'_>,
) {
    let [few, many] = [requests(short), requests(long)];
    let a_period = (many - few) / (COMPARED * further) as f64;
    phase.figures.push(Figure::new(REQUESTS_A_PERIOD, a_period, "1"));
    if a_period.abs() < NOTHING {
        phase.statement = format!(
            "{}; {few} and {many} in {COMPARED} {}s of short and long runs: none in their control periods",
            phase.statement, context.step
        );
    } else {
        phase.outcome = PhaseOutcome::Failed;
        phase.statement = format!("a further control period asks for memory {a_period:.4} times");
    }
}

fn requests<S: Subject>(subject: &mut S) -> f64 {
    let mut instance = subject.create();
    subject.step(&mut instance, 0);
    let before = process_counts();
    (1..=COMPARED).for_each(|step| subject.step(&mut instance, step));
    process_counts().since(&before).requests() as f64
}
