//! What a subject is made of: its own account beside what the allocator counted.

use super::{Context, PhaseBuilder, site_evidence};
use crate::evidence::{
    ComponentEvidence, Figure, HistoryEvidence, PhaseEvidence, PhaseName, PhaseOutcome,
    SnapshotEvidence,
};
use heapwatch::{AuditError, Component, Footprint, Subject};
use upright_report::size;

/// Steps before it is walked, so that what is made at first use is there.
const STEPS: u64 = 10;

pub(crate) fn footprint<S: Subject>(
    subject: &mut S,
    context: &Context<'_>,
) -> Result<PhaseEvidence, AuditError> {
    let builder = PhaseBuilder::begin(PhaseName::Footprint);
    let found = heapwatch::footprint(subject, STEPS, context.scope)?;
    Ok(evidence(builder, &found))
}

fn evidence(mut builder: PhaseBuilder, found: &Footprint) -> PhaseEvidence {
    let (declared, counted) =
        (found.declared_heap_bytes() as f64, found.counted.live_bytes() as f64);
    let inline: u64 = found.components.iter().map(|component| component.inline_bytes).sum();
    builder.evidence.figures = vec![
        Figure::new("in place", inline as f64, "B"),
        Figure::new("on the heap, by its own account", declared, "B"),
        Figure::new("on the heap, as counted", counted, "B"),
    ];
    if !found.sites.is_empty() {
        let sites = found.sites.iter().map(site_evidence).collect();
        let live_bytes = found.counted.live_bytes();
        builder.evidence.snapshots = vec![SnapshotEvidence { at: STEPS, live_bytes, sites }];
    }
    if found.components.is_empty() {
        builder.come_out(
            PhaseOutcome::Reported,
            format!("{} on the heap; it gives no account of itself", size(counted)),
        );
    } else if let Some(history) = endless(&found.components) {
        builder
            .come_out(PhaseOutcome::Failed, format!("{history} holds entries and has no capacity"));
    } else if found.accounts_match() {
        builder.come_out(
            PhaseOutcome::Passed,
            format!(
                "{} in place and {} on the heap, as counted; every history has a capacity",
                size(inline as f64),
                size(counted)
            ),
        );
    } else {
        builder.come_out(
            PhaseOutcome::Failed,
            format!("{} by its own account, {} counted", size(declared), size(counted)),
        );
    }
    builder.finish()
}

/// A history that can grow without end.
fn endless(components: &[Component]) -> Option<&'static str> {
    let mut endless =
        components.iter().filter(|part| part.length.is_some() && part.capacity.is_none());
    endless.next().map(|part| part.name)
}

/// The components that are no histories.
pub(crate) fn parts(components: &[Component]) -> Vec<ComponentEvidence> {
    components.iter().filter(|part| part.capacity.is_none()).map(component).collect()
}

fn component(component: &Component) -> ComponentEvidence {
    ComponentEvidence {
        name: component.name.to_owned(),
        inline_bytes: component.inline_bytes,
        heap_bytes: component.heap_bytes,
        bound_bytes: component.bound_bytes,
    }
}

/// The histories among components.
pub(crate) fn histories(components: &[Component]) -> Vec<HistoryEvidence> {
    let history = |component: &Component| {
        Some(HistoryEvidence {
            name: component.name.to_owned(),
            capacity: component.capacity?,
            length: component.length.unwrap_or(0),
        })
    };
    components.iter().filter_map(history).collect()
}
