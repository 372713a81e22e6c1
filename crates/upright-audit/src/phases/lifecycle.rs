//! Many lives: created by the factory, run, dropped.

use super::{Context, KB, PhaseBuilder, finding, growth, run_and_name, snapshots};
use crate::evidence::{Figure, PhaseEvidence, PhaseName, PhaseOutcome, VerdictName};
use heapwatch::{AuditError, Plan, Run, Subject};
use upright_report::size;

/// Lives that are created and dropped without a step.
const STILLBORN: u64 = 10;
/// Lives after which it is looked who holds most.
const MARKS: &[u64] = &[0, 100, 500, 1000];

pub(crate) fn lifecycle<S: Subject>(
    subject: &mut S,
    context: &Context<'_>,
) -> Result<PhaseEvidence, AuditError> {
    let builder = PhaseBuilder::begin(PhaseName::Lifecycle);
    let extent = &context.extent;
    let stillborn = heapwatch::lifecycle(subject, 0, &Plan::of(STILLBORN).counting(context.scope))?;
    let plan = Plan::of(extent.lives).every(1).counting(context.scope).with_marks(MARKS);
    // Where only creation asks for memory, what each life holds is named at little cost.
    let plan = if extent.allocation_free { plan.with_sites() } else { plan };
    let run =
        run_and_name(&plan, &mut |plan| heapwatch::lifecycle(subject, extent.life_steps, plan))?;
    Ok(evidence(builder, &stillborn, &run, context))
}

fn evidence(
    mut builder: PhaseBuilder,
    stillborn: &Run,
    run: &Run,
    context: &Context<'_>,
) -> PhaseEvidence {
    let lives = context.extent.lives;
    let (whole, after_first) = (growth(run, 0, lives), growth(run, 1, lives));
    let a_cycle = whole / lives as f64 / KB;
    let requests = run.samples.last().map_or(0, |sample| sample.counts.requests());
    builder.evidence.figures = vec![
        Figure::new("growth a cycle", a_cycle, "KB").beside(context.reference(|r| r.a_cycle)),
        Figure::new("growth over all cycles", whole, "B")
            .beside(context.reference(|r| r.a_cycle * KB * 1000.0)),
        Figure::new("growth after the first cycle", after_first, "B"),
        Figure::new("growth after cycle 100", growth(run, 100, lives), "B"),
        Figure::new("growth of ten cycles without a step", growth(stillborn, 0, STILLBORN), "B"),
        Figure::new("requests for memory a cycle", requests as f64 / lives as f64, "1"),
    ];
    builder.evidence.snapshots = snapshots(run);
    let found = finding(&run.judgement, run, "life");
    if after_first == 0.0 {
        builder.come_out(
            PhaseOutcome::Passed,
            format!("{lives} lives leave {} behind, all of it after the first", size(whole)),
        );
        if whole == 0.0 {
            builder.evidence.statement = format!("{lives} lives leave nothing behind");
        }
    } else if found.verdict == VerdictName::Inconclusive {
        builder.come_out(PhaseOutcome::Inconclusive, found.statement.clone());
    } else {
        builder.come_out(
            PhaseOutcome::Failed,
            format!(
                "{} more after the last life than after the first: {}",
                size(after_first),
                found.statement
            ),
        );
    }
    builder.evidence.finding = Some(found);
    builder.ask_for_events(run);
    builder.finish()
}
