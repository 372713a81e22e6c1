//! Metrics over one field of a scenario, as curves, or over two, as maps.

use super::common::height;
use super::tones::{Levels, TONES};
use crate::flags::Over;
use crate::points::{Metric, Point};
use upright_report::{Block, Color, Curve, Drawing, Figure, Panel, PanelRow, Style, Target};

const LINE: Color = Color::new(0, 114, 178);

/// The figures of a sweep and their files.
pub(crate) fn figures(
    name: &str,
    over: &[Over],
    metrics: &[Metric],
    found: &[Point],
    target: Target,
) -> Vec<(String, Drawing)> {
    match over {
        [x] => vec![("sweep".to_owned(), curves(name, x, metrics, found, target))],
        [x, y] => metrics
            .iter()
            .enumerate()
            .map(|(i, metric)| {
                let file = if metrics.len() == 1 {
                    "sweep".to_owned()
                } else {
                    format!("sweep-{}", metric.0.replace('_', "-"))
                };
                (file, map(name, [x, y], *metric, i, found, target))
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn label((name, unit): Metric) -> String {
    let name = name.replace('_', " ");
    if unit.is_empty() || unit == "1" { name } else { format!("{name} ({unit})") }
}

/// How the values of a sweep are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spread {
    /// Evenly.
    Even,
    /// Evenly, all of them whole numbers: what is counted.
    Whole,
    /// By factors.
    ByFactors,
}

impl Spread {
    fn of(values: &[f64]) -> Self {
        match values {
            [a, b, c, ..] if *a > 0.0 && *c > 0.0 && ((c - b) / (b - a) - 1.0).abs() > 1e-6 => {
                Self::ByFactors
            }
            _ if values.iter().all(|value| value.fract() == 0.0) => Self::Whole,
            _ => Self::Even,
        }
    }
}

fn curves(name: &str, x: &Over, metrics: &[Metric], found: &[Point], target: Target) -> Drawing {
    let style = Style::solid(LINE);
    let mut block = Block::new(name);
    for (i, metric) in metrics.iter().enumerate() {
        let points = found.iter().map(|point| [point.at[0], point.metrics[i].unwrap_or(f64::NAN)]);
        let panel = Panel::new().with_curve(Curve::new(metric.0, style, points));
        block = block.with_row(PanelRow::new(label(*metric)).with_panel(panel));
    }
    let figure = Figure::new(format!("Metrics over {}", x.path))
        .with_x_label(x.path.as_str())
        .with_size(600.0, height(target, 120.0))
        .with_block(block);
    divided(figure, x).on(target).into()
}

/// The figure with its horizontal axis divided as the values are.
fn divided(figure: Figure, x: &Over) -> Figure {
    match Spread::of(&x.values) {
        Spread::Even => figure,
        Spread::Whole => figure.with_whole_x(),
        Spread::ByFactors => figure.with_log_x(),
    }
}

/// Where each cell of an axis begins and ends: half way to its neighbours, as the axis is divided.
fn edges(values: &[f64]) -> Vec<[f64; 2]> {
    if Spread::of(values) == Spread::ByFactors {
        let logarithms: Vec<f64> = values.iter().map(|value| value.ln()).collect();
        return halfway(&logarithms).into_iter().map(|edges| edges.map(f64::exp)).collect();
    }
    halfway(values)
}

fn halfway(values: &[f64]) -> Vec<[f64; 2]> {
    let step = |i: usize, j: usize| 0.5 * (values[j] - values[i]);
    let last = values.len() - 1;
    (0..=last)
        .map(|i| {
            let before = if i == 0 { step(0, 1) } else { step(i - 1, i) };
            let after = if i == last { step(last - 1, last) } else { step(i, i + 1) };
            [values[i] - before, values[i] + after]
        })
        .collect()
}

fn map(
    name: &str,
    [x, y]: [&Over; 2],
    metric: Metric,
    index: usize,
    found: &[Point],
    target: Target,
) -> Drawing {
    let value = |point: &Point| point.metrics[index].filter(|value| value.is_finite());
    let levels = Levels::of(found.iter().filter_map(value));
    let (columns, rows) = (edges(&x.values), edges(&y.values));
    let mut outlines: Vec<Vec<[f64; 2]>> = vec![Vec::new(); TONES.len()];
    for (at, point) in found.iter().enumerate() {
        let Some(value) = value(point) else { continue };
        let ([left, right], [low, high]) = (columns[at % columns.len()], rows[at / columns.len()]);
        let corners = [[left, low], [right, low], [right, high], [left, high], [left, low]];
        outlines[levels.tone(value)].extend(corners.into_iter().chain([[f64::NAN; 2]]));
    }
    // These make the panel as wide and high as the grid, white on white: what has no value stays so.
    let ends = |cells: &[[f64; 2]]| [cells[0], cells[cells.len() - 1]].concat();
    let (across, along) = (ends(&columns), ends(&rows));
    let unseen = Style::solid(Color::new(255, 255, 255)).with_width(0.1);
    let corners = [[across[0], along[0]], [f64::NAN; 2], [across[3], along[3]]];
    let mut panel = Panel::new().with_curve(Curve::new("", unseen, corners));
    let figure = Figure::new(format!("{} over two fields", label(metric)))
        .with_x_label(x.path.as_str())
        .with_size(460.0, height(target, 300.0));
    let mut figure = divided(figure, x);
    let row = match Spread::of(&y.values) {
        Spread::Even => PanelRow::new(y.path.as_str()),
        Spread::Whole => PanelRow::new(y.path.as_str()).with_whole_y(),
        Spread::ByFactors => PanelRow::new(y.path.as_str()).with_log_y(),
    };
    for ((outline, color), entry) in outlines.into_iter().zip(TONES).zip(levels.names()) {
        if outline.is_empty() {
            continue;
        }
        let downsample = Style::solid(color).with_width(0.5);
        panel = panel.with_curve(Curve::new(entry.as_str(), downsample, outline).filled());
        figure = figure.with_legend_entry(entry, Style::solid(color).with_width(8.0));
    }
    figure
        .with_block(
            Block::new(format!("{name}: {}", label(metric))).with_row(row.with_panel(panel)),
        )
        .on(target)
        .into()
}

#[cfg(test)]
mod tests {
    use super::{Spread, edges};

    #[test]
    fn cells_of_values_spread_by_factors_end_between_them_by_factors_too() {
        let values = [0.01, 0.1, 1.0];
        assert_eq!(Spread::of(&values), Spread::ByFactors);
        for (value, [low, high]) in values.into_iter().zip(edges(&values)) {
            assert!((low * high / (value * value) - 1.0).abs() < 1e-12 && low > 0.0, "{value}");
        }
        assert_eq!(Spread::of(&[0.0, 1.0, 2.0]), Spread::Whole);
        assert_eq!(Spread::of(&[0.0, 0.5, 1.0]), Spread::Even);
        assert_eq!(edges(&[0.0, 1.0, 2.0])[0], [-0.5, 0.5]);
    }
}
