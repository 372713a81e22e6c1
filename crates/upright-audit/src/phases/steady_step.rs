//! Whether a step asks for memory.

use super::{Context, KB, PhaseBuilder, finding, growth, run_and_name};
use crate::evidence::{Figure, PhaseEvidence, PhaseName, PhaseOutcome, VerdictName};
use heapwatch::{AuditError, Plan, Run, Subject};

/// Steps of the short run, as the reference audit had it.
const SHORT: u64 = 1000;

/// Name of the figure that sums up.
pub(crate) const REQUESTS: &str = "requests for memory a step";

pub(crate) fn steady_step<S: Subject>(
    subject: &mut S,
    context: &Context<'_>,
) -> Result<PhaseEvidence, AuditError> {
    let builder = PhaseBuilder::begin(PhaseName::SteadyStep);
    let short = heapwatch::steady(subject, &Plan::of(SHORT).every(1).counting(context.scope))?;
    let plan = Plan::of(context.extent.steady).counting(context.scope);
    let long = run_and_name(&plan, &mut |plan| heapwatch::steady(subject, plan))?;
    Ok(evidence(builder, &short, &long, context))
}

fn evidence(
    mut builder: PhaseBuilder,
    short: &Run,
    long: &Run,
    context: &Context<'_>,
) -> PhaseEvidence {
    let (step, steps) = (context.step, context.extent.steady);
    let requests = short.requests_after_creation() + long.requests_after_creation();
    builder.evidence.figures = vec![
        Figure::new(
            format!("growth a {step} over {SHORT}"),
            growth(short, 0, SHORT) / SHORT as f64 / KB,
            "KB",
        )
        .beside(context.reference(|r| r.a_step_of_1000)),
        Figure::new(
            format!("growth a {step} over {steps}"),
            growth(long, 0, steps) / steps as f64 / KB,
            "KB",
        ),
        Figure::new(
            format!("requests for memory in {SHORT} {step}s"),
            short.requests_after_creation() as f64,
            "1",
        ),
        Figure::new(
            format!("requests for memory in {steps} {step}s"),
            long.requests_after_creation() as f64,
            "1",
        ),
    ];
    let of_all = requests as f64 / (SHORT + steps) as f64;
    builder.evidence.figures.push(Figure::new(REQUESTS, of_all, "1"));
    let found = finding(&long.judgement, long, step);
    let at_all = format!("{requests} requests for memory in {} {step}s", SHORT + steps);
    match found.verdict {
        VerdictName::Leak => builder.come_out(PhaseOutcome::Failed, found.statement.clone()),
        _ if requests == 0 => builder.come_out(PhaseOutcome::Passed, at_all),
        _ if context.extent.allocation_free => builder.come_out(PhaseOutcome::Failed, at_all),
        VerdictName::Inconclusive => {
            builder.come_out(PhaseOutcome::Inconclusive, found.statement.clone());
        }
        _ => builder.come_out(PhaseOutcome::Passed, format!("{at_all}; {}", found.statement)),
    }
    builder.evidence.finding = Some(found);
    builder.ask_for_events(long);
    builder.finish()
}
