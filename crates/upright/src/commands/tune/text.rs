//! What a search came to, as tables of 80 columns.

use super::super::simulate::readable;
use upright_report::{Cell, Heading, Table};
use upright_sim::Scenario;
use upright_sim::study::Rate;
use upright_sim::tunable::Bounds;
use upright_tune::{Space, TERMS, Tuning, Validation};

/// A gain before and after.
pub(super) struct Gain {
    pub(super) name: String,
    pub(super) unit: &'static str,
    pub(super) before: f64,
    pub(super) after: f64,
    pub(super) bounds: Bounds,
}

/// The gains of a space, as its own scenario has them and as `found` does, the one at `point`; without
/// one they are the same.
pub(super) fn gains(space: &Space, point: Option<&[f64]>, found: &Scenario) -> Vec<Gain> {
    let values = space.values(point, found);
    let searched = space.dimensions().iter().zip(values);
    searched
        .map(|(gain, after)| Gain {
            name: gain.tunable.path.clone(),
            unit: gain.tunable.unit,
            before: gain.tunable.start,
            after,
            bounds: gain.bounds,
        })
        .collect()
}

pub(super) fn told(
    name: &str,
    tuning: &Tuning,
    best: &Scenario,
    validation: Option<&Validation>,
    seconds: f64,
) -> String {
    let fresh = validation.map_or_else(String::new, |validation| {
        format!("\n{}{}\n", validated(validation).to_text(), difference(validation))
    });
    format!(
        "{}\n\n{}\n{}{fresh}",
        headline(name, tuning, best, validation, seconds),
        found(tuning, best).to_text(),
        cost(tuning).to_text(),
    )
}

/// What was searched and how long it took.
pub(super) fn headline(
    name: &str,
    tuning: &Tuning,
    best: &Scenario,
    validation: Option<&Validation>,
    seconds: f64,
) -> String {
    let kind = best.controller.settings.kind();
    let state = if validation.is_some() { "" } else { ", interrupted" };
    format!(
        "{name} under {kind}: {} steps of {}, {} candidates in {seconds:.1} s{state}",
        tuning.iteration(),
        tuning.goal().method.name(),
        tuning.evaluations(),
    )
}

/// The gains before and after.
pub(super) fn found(tuning: &Tuning, best: &Scenario) -> Table {
    let mut found = Table::new([
        Heading::new("gain", ""),
        Heading::new("unit", ""),
        Heading::new("before", ""),
        Heading::new("after", ""),
    ]);
    for gain in gains(tuning.space(), tuning.best().point.as_deref(), best) {
        found.push([
            Cell::text(gain.name),
            Cell::text(gain.unit),
            Cell::text(readable(gain.before)),
            Cell::text(readable(gain.after)),
        ]);
    }
    found
}

/// What the gains cost before and after, term by term.
pub(super) fn cost(tuning: &Tuning) -> Table {
    let (before, after) = (tuning.start(), &tuning.best().judged.cost);
    let mut cost = Table::new([
        Heading::new("cost on the draws of the search", ""),
        Heading::new("before", ""),
        Heading::new("after", ""),
    ]);
    let mut row = |name: &str, before: f64, after: f64| {
        cost.push([Cell::text(name), Cell::number(before, 4), Cell::number(after, 4)]);
    };
    for (i, term) in TERMS.into_iter().enumerate() {
        row(term, before.terms[i], after.terms[i]);
    }
    row("mean of a run", before.mean, after.mean);
    row("worst run", before.worst, after.worst);
    row("total", before.total, after.total);
    cost
}

/// Before and after on draws that the search has not seen, failures first.
pub(super) fn validated(validation: &Validation) -> Table {
    let Validation { before, after, .. } = validation;
    let mut table = Table::new([
        Heading::new(format!("on {} fresh draws", validation.runs), ""),
        Heading::new("before", ""),
        Heading::new("after", ""),
    ]);
    let rate = |rate: &Rate| {
        let [low, high] = rate.interval.map(|bound| 100.0 * bound);
        Cell::text(format!("{} ({low:.1} to {high:.1} %)", rate.count))
    };
    table.push([Cell::text("failed"), rate(&before.failed), rate(&after.failed)]);
    table.push([Cell::text("settled"), rate(&before.settled), rate(&after.settled)]);
    let cost = |mean: f64| Cell::text(format!("{mean:.4}"));
    table.push([Cell::text("mean cost of a run"), cost(before.mean), cost(after.mean)]);
    table.push([Cell::text("worst run"), cost(before.worst), cost(after.worst)]);
    table
}

/// The paired differences on fresh draws, with their intervals.
pub(super) fn difference(validation: &Validation) -> String {
    let Validation { cost_difference, settled_difference, .. } = validation;
    let [low, high] = cost_difference.interval;
    let [fewer, more] = settled_difference.interval.map(|bound| 100.0 * bound);
    format!(
        "cost of a run: {:+.4} ({low:+.4} to {high:+.4}); settled: {:+.1} % ({fewer:+.1} to {more:+.1} %)",
        cost_difference.mean,
        100.0 * settled_difference.mean
    )
}
