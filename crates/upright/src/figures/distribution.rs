//! How the metrics of a study are spread: each over the share of the runs in which it is at most that.

use super::common::{SHOWN, heading};
use upright_report::{Block, Curve, Drawing, Figure, Panel, PanelRow, Style, Target, color_of};
use upright_sim::study::Summary;

/// Points of a curve: more could not be told apart.
const POINTS: u32 = 500;

/// The quantiles of a study's metrics.
pub(crate) fn figure(name: &str, kind: &str, told: &Summary, target: Target) -> Drawing {
    let mut block = Block::new(format!(
        "{name}, {}: {} of {} runs settled",
        heading(kind),
        told.settled().count,
        told.runs()
    ));
    for (key, _, label) in SHOWN {
        let points = (0..=POINTS).filter_map(|i| {
            let share = f64::from(i) / f64::from(POINTS);
            Some([100.0 * share, told.quantile(key, share)?])
        });
        let curve = Curve::new(key, Style::solid(color_of(kind)), points);
        block = block.with_row(PanelRow::new(label).with_panel(Panel::new().with_curve(curve)));
    }
    Figure::new("Spread of the metrics over the runs that have them")
        .with_x_label("share of runs with at most this (%)")
        .with_size(600.0, if target == Target::Screen { 90.0 } else { 70.0 })
        .with_block(block)
        .on(target)
        .into()
}
