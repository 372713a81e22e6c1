//! Bars: metrics per controller, and a study's rates and medians with their intervals.

use super::common::{SHOWN, heading};
use upright_report::{Bar, Block, Drawing, Figure, Panel, PanelRow, Sheet, Target, color_of};
use upright_sim::metrics::Metrics;
use upright_sim::study::{Rate, Summary};

/// Height of a panel in px for so many bars: on paper they stand as close as their names allow.
fn bars_height(target: Target, bars: usize) -> f64 {
    let each = if target == Target::Screen { 16.0 } else { 12.0 };
    each * bars as f64 + 4.0
}

/// Height of a panel in px beside which the name of a scenario has room.
const NAMED: f64 = 76.0;

/// The metrics of a scenario's runs.
pub(crate) struct Group<'a> {
    /// What results call the scenario.
    pub(crate) name: &'a str,
    /// Each kind and its metrics.
    pub(crate) runs: Vec<(&'static str, &'a Metrics)>,
}

/// One part a metric, in it one row a scenario and one bar a controller. In one column of a paper,
/// several scenarios leave room for four metrics.
pub(crate) fn comparison(groups: &[Group<'_>], target: Target) -> Drawing {
    let across = if target == Target::OneColumn { 1 } else { 3 };
    let most = if target == Target::OneColumn && groups.len() > 1 { 4 } else { SHOWN.len() };
    let title = "Metrics of every controller";
    let mut sheet = Sheet::new(title, across, 330.0).on(target);
    let bars = groups.iter().map(|group| group.runs.len()).max().unwrap_or(0);
    for (key, label, _) in &SHOWN[..most] {
        let mut block = Block::new(*label);
        for group in groups {
            let names = group.runs.iter().map(|(kind, _)| heading(kind));
            // A single scenario is named by who shows the figure; beside few bars its name would be cut.
            let name = if groups.len() > 1 { group.name } else { "" };
            let mut row = PanelRow::new(name).with_names(names);
            let bars = group.runs.iter().map(|(kind, metrics)| {
                let value = value(metrics, key).unwrap_or(f64::NAN);
                Bar::new(value, color_of(kind)).with_note("none")
            });
            row.panels.push(bars.fold(Panel::new(), Panel::with_bar));
            block = block.with_row(row);
        }
        let size = bars_height(target, bars).max(if groups.len() > 1 { NAMED } else { 0.0 });
        sheet = sheet.with_part(Figure::new("").with_size(330.0, size).with_block(block));
    }
    sheet.into()
}

/// The metric of this key.
fn value(metrics: &Metrics, key: &str) -> Option<f64> {
    let mut all = Metrics::KEYS.iter().zip(metrics.values());
    all.find(|((name, _), _)| *name == key).and_then(|(_, value)| value)
}

/// What share of a study's runs ended how, with Wilson's interval of 95 %, and the median of each
/// metric with its quartiles.
pub(crate) fn study(name: &str, kind: &str, told: &Summary, target: Target) -> Drawing {
    let color = color_of(kind);
    let part = |block: Block, bars: usize| {
        Figure::new("").with_size(600.0, bars_height(target, bars)).with_block(block)
    };
    let rates = [("upright", told.upright()), ("settled", told.settled())].into_iter().chain(
        told.verdicts()
            .iter()
            .filter(|(verdict, _)| **verdict != "settled")
            .map(|(verdict, &count)| (*verdict, Rate::new(count, told.runs()))),
    );
    let (names, rates): (Vec<&str>, Vec<Rate>) = rates.unzip();
    let bars = rates.iter().map(|rate| {
        Bar::new(100.0 * rate.rate, color).with_interval(rate.interval.map(|bound| 100.0 * bound))
    });
    let panel = bars.fold(Panel::new(), Panel::with_bar);
    let count = names.len();
    let row = PanelRow::new("").with_names(names.into_iter().map(|name| name.replace('_', " ")));
    let shares = Block::new("share of runs (%), interval of 95 %").with_row(row.with_panel(panel));
    let title = format!("{name} under {}: {} runs", heading(kind), told.runs());
    let mut sheet = Sheet::new(title, 1, 600.0).on(target).with_part(part(shares, count));
    for (index, (key, label, _)) in SHOWN.into_iter().enumerate() {
        let at = |share| told.quantile(key, share).unwrap_or(f64::NAN);
        let bar = Bar::new(at(0.5), color).with_interval([at(0.25), at(0.75)]).with_note("none");
        let row = PanelRow::new("").with_names([label]).with_panel(Panel::new().with_bar(bar));
        let heading = if index == 0 { "median and quartiles of the runs that have it" } else { "" };
        sheet = sheet.with_part(part(Block::new(heading).with_row(row), 1));
    }
    sheet.into()
}
