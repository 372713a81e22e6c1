//! How the subject is used: one long session, the simulations of a tuning run in one process, and a
//! fresh process for each.

use super::{Context, PhaseBuilder, finding, growth, run_and_name};
use crate::evidence::{Figure, PhaseEvidence, PhaseName, PhaseOutcome, VerdictName};
use crate::protocol::FreshStart;
use heapwatch::{AuditError, Plan, Run, Subject};
use upright_report::size;

/// `session` is one subject for one long life, `tuning` lives that differ from each other.
pub(crate) fn scenarios<S: Subject, T: Subject>(
    session: &mut S,
    tuning: &mut T,
    context: &Context<'_>,
) -> Result<PhaseEvidence, AuditError> {
    let builder = PhaseBuilder::begin(PhaseName::Scenarios);
    let extent = &context.extent;
    let plan = Plan::of(extent.session).counting(context.scope);
    let one = run_and_name(&plan, &mut |plan| heapwatch::steady(session, plan))?;
    let plan = Plan::of(extent.simulations).every(1).counting(context.scope);
    let many =
        run_and_name(&plan, &mut |plan| heapwatch::lifecycle(tuning, extent.life_steps, plan))?;
    Ok(evidence(builder, &one, &many, context))
}

fn evidence(
    mut builder: PhaseBuilder,
    one: &Run,
    many: &Run,
    context: &Context<'_>,
) -> PhaseEvidence {
    let (step, extent) = (context.step, &context.extent);
    let after_first = growth(many, 1, extent.simulations);
    let requests = one.requests_after_creation();
    builder.evidence.figures = vec![
        Figure::new(
            format!("growth over one session of {} {step}s", extent.session),
            growth(one, 0, extent.session),
            "B",
        ),
        Figure::new(format!("requests for memory in that session's {step}s"), requests as f64, "1"),
        Figure::new(
            format!(
                "growth over {} simulations of a tuning run, after the first",
                extent.simulations
            ),
            after_first,
            "B",
        ),
    ];
    let session = finding(&one.judgement, one, step);
    let tuning = finding(&many.judgement, many, "simulation");
    if after_first != 0.0 {
        let more = size(after_first);
        let statement = format!("{more} more after the last simulation than after the first");
        builder.come_out(PhaseOutcome::Failed, statement);
    } else if extent.allocation_free && requests > 0 {
        let statement = format!("{requests} requests for memory in the {step}s of one session");
        builder.come_out(PhaseOutcome::Failed, statement);
    } else {
        builder.come_out(
            PhaseOutcome::Passed,
            format!(
                "one session of {} {step}s: {}; {} simulations of a tuning run leave nothing behind",
                extent.session, session.statement, extent.simulations
            ),
        );
    }
    for found in [session, tuning] {
        match found.verdict {
            VerdictName::Leak => builder.come_out(PhaseOutcome::Failed, found.statement.clone()),
            VerdictName::Inconclusive => {
                builder.come_out(PhaseOutcome::Inconclusive, found.statement.clone());
            }
            _ => builder.come_out(PhaseOutcome::Passed, found.statement.clone()),
        }
        let worse = builder.evidence.finding.as_ref().is_none_or(|old| found.verdict > old.verdict);
        if worse {
            builder.evidence.finding = Some(found);
        }
    }
    builder.ask_for_events(many);
    builder.ask_for_events(one);
    builder.finish()
}

/// Adds what fresh processes showed that did one simulation each.
pub(crate) fn add_fresh_starts(phase: &mut PhaseEvidence, starts: &[FreshStart]) {
    let held = || starts.iter().map(|start| start.after_simulation.live_bytes);
    let (Some(least), Some(most)) = (held().min(), held().max()) else { return };
    let figure = |name: &str, value: f64| Figure::new(name, value, "B");
    phase.figures.extend([
        figure("live bytes after one simulation in a fresh process, least", least as f64),
        figure("live bytes after one simulation in a fresh process, most", most as f64),
    ]);
    // Processes share nothing, so that nothing can add up from one to the next.
    let end = if least == most {
        "the same live bytes".to_owned()
    } else {
        format!("{least} to {most} live bytes")
    };
    phase.statement = format!("{}; {} restarts end with {end}", phase.statement, starts.len());
}
