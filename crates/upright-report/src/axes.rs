//! Axes of a figure: the range that covers the data and the ticks that fit.

use crate::axis::Ticks;
use crate::figure::{Bar, Curve, Figure, Guide, Panel, PanelRow};
use crate::measure::{Measure, Weight};
use crate::range::Range;
use crate::scale::Scale;

/// Share of the span left free above and below the curves.
const MARGIN: f64 = 0.06;
/// Least distance of horizontal grid lines in px.
const TICK_DISTANCE: f64 = 26.0;
/// Least gap between two labels of the horizontal axis in px.
const LABEL_GAP: f64 = 16.0;
/// The same where there would be a single label otherwise.
const CLOSE_LABEL_GAP: f64 = 3.0;

/// Range of an axis and its ticks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    /// How it is divided.
    pub(crate) scale: Scale,
    /// The places from one end of the panel to the other.
    pub(crate) range: Range,
    /// Ticks within the range.
    pub(crate) ticks: Ticks,
}

impl Axis {
    /// The vertical axis shared by the panels of a row of the given height in px.
    pub(crate) fn vertical(row: &PanelRow, x_scale: Scale, height: f64) -> Self {
        if !row.names.is_empty() {
            let range = Range { low: -0.5, high: row.names.len() as f64 - 0.5 };
            return Self { scale: Scale::Linear, range, ticks: Ticks::named(&row.names) };
        }
        let scale = row.scale;
        let reach = row.reach.into_iter().flatten().map(|value| scale.of(value));
        let values = coordinates(&row.panels, [x_scale, scale], 1).chain(reach);
        let range = Range::covering(values)
            .or_else(|| {
                let heights = row.panels.iter().flat_map(guide_heights);
                Range::covering(heights.map(|height| scale.of(height)))
            })
            .map_or(Range::unit(), |range| range.padded(MARGIN));
        Self::upwards(scale, range, height)
    }

    /// The vertical axis of a range, with as many ticks as there is room for.
    fn upwards(scale: Scale, range: Range, height: f64) -> Self {
        let intervals = (height / TICK_DISTANCE).floor().clamp(2.0, 10.0) as usize;
        // A single label does not tell the scale. Five steps always give two ticks.
        let mut candidates =
            (intervals..=intervals.max(5)).map(|count| Ticks::of(scale, range, count));
        let ticks = candidates
            .find(|ticks| ticks.values.len() > 1)
            .unwrap_or_else(|| Ticks::of(scale, range, intervals));
        Self { scale, range, ticks }
    }

    /// The same vertical axis about its middle with another span, for a panel of the given height in px.
    pub(crate) fn spanning(self, span: f64, height: f64) -> Self {
        Self::upwards(self.scale, self.range.spanning(span), height)
    }

    /// Ticks of the horizontal axis for a panel width in px, as many as their labels allow.
    pub(crate) fn horizontal(
        (scale, range): (Scale, Range),
        width: f64,
        size: f64,
        measure: &Measure,
    ) -> Self {
        let mut ticks = Ticks::of(scale, range, 1);
        // A single label does not tell the scale, so labels stand closer before only one is left.
        let gaps = [LABEL_GAP, CLOSE_LABEL_GAP];
        for (gap, intervals) in gaps.iter().flat_map(|gap| (2..=10).rev().map(move |n| (gap, n))) {
            let candidate = Ticks::of(scale, range, intervals);
            let widest = widest(&candidate, size, measure);
            let distance =
                candidate.values.windows(2).next().map_or(width, |pair| {
                    (range.position(pair[1]) - range.position(pair[0])) * width
                });
            if candidate.values.len() > 1 && distance >= widest + gap {
                ticks = candidate;
                break;
            }
        }
        Self { scale, range, ticks }
    }

    /// Whether a value has a place within the axis.
    pub(crate) fn contains(&self, value: f64) -> bool {
        self.range.contains(self.scale.of(value))
    }
}

/// The range of the horizontal axis that all panels of a figure share.
pub(crate) fn horizontal_range(figure: &Figure) -> Range {
    let rows = || figure.blocks.iter().flat_map(|block| &block.rows);
    let scale = figure.x_scale;
    let panels = || rows().flat_map(|row| &row.panels);
    let bars = || panels().flat_map(|panel| &panel.bars).flat_map(Bar::ends);
    if let Some(range) = Range::covering(bars()) {
        // Ends of bars are not cut; that of the axis where they begin is zero.
        return Range { high: range.padded(MARGIN).high, ..range };
    }
    let mut curves = panels().flat_map(|panel| &panel.curves);
    // A curve over time begins and ends at the frame; one that turns back is seen to do so, and dots are whole.
    let roomy = |curve: &Curve| curve.turns_back() || curve.is_scattered();
    let margin = if curves.any(roomy) { MARGIN } else { 0.0 };
    Range::covering(rows().flat_map(|row| coordinates(&row.panels, [scale, row.scale], 0)))
        .map(|range| range.padded(margin))
        .or_else(|| Range::covering(panels().flat_map(guide_places).map(|place| scale.of(place))))
        .unwrap_or(Range::unit())
}

/// Width of the widest label in px.
pub(crate) fn widest(ticks: &Ticks, size: f64, measure: &Measure) -> f64 {
    let widths = ticks.labels.iter().map(|label| measure.width(label, size, Weight::Regular));
    widths.fold(0.0, f64::max)
}

/// Horizontal (0) or vertical (1) places of all points that are drawn.
fn coordinates(panels: &[Panel], scales: [Scale; 2], index: usize) -> impl Iterator<Item = f64> {
    let curves = panels.iter().flat_map(|panel| &panel.curves);
    curves.flat_map(move |curve| curve.places(scales)).map(move |place| place[index])
}

/// Positions of the guides on the vertical axis.
fn guide_heights(panel: &Panel) -> Vec<f64> {
    let mut heights = Vec::new();
    for guide in &panel.guides {
        match *guide {
            Guide::Horizontal { y } => heights.push(y),
            Guide::Band { from, to } => heights.extend([from, to]),
            Guide::Vertical { .. } | Guide::Span { .. } => {}
        }
    }
    heights
}

/// Positions of the guides on the horizontal axis.
fn guide_places(panel: &Panel) -> Vec<f64> {
    let mut places = Vec::new();
    for guide in &panel.guides {
        match *guide {
            Guide::Vertical { x } => places.push(x),
            Guide::Span { from, to } => places.extend([from, to]),
            Guide::Horizontal { .. } | Guide::Band { .. } => {}
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::{Axis, horizontal_range, widest};
    use crate::figure::{Block, Curve, Figure, Guide, Panel, PanelRow};
    use crate::measure::Measure;
    use crate::range::Range;
    use crate::scale::Scale;
    use crate::style::Style;

    fn panel(points: &[[f64; 2]]) -> Panel {
        Panel::new().with_curve(Curve::new("", Style::default(), points.iter().copied()))
    }

    #[test]
    fn a_row_covers_all_its_panels() {
        let row = PanelRow::new("")
            .with_panel(panel(&[[0.0, -1.0], [1.0, 2.0]]))
            .with_panel(panel(&[[0.0, 5.0], [f64::NAN, 900.0]]));
        let range = Axis::vertical(&row, Scale::Linear, 110.0).range;
        assert!(range.contains(-1.0) && range.contains(5.0) && !range.contains(5.5));
    }

    #[test]
    fn guides_count_only_without_points() {
        let guides = [Guide::Horizontal { y: 40.0 }, Guide::Vertical { x: 30.0 }];
        let bare = guides.into_iter().fold(Panel::new(), Panel::with_guide);
        let row = PanelRow::new("").with_panel(bare.clone());
        assert!(Axis::vertical(&row, Scale::Linear, 110.0).range.contains(40.0));
        let figure = Figure::new("").with_block(Block::new("").with_row(row));
        assert!(horizontal_range(&figure).contains(30.0));

        let row = PanelRow::new("").with_panel(bare).with_panel(panel(&[[0.0, 0.0], [1.0, 1.0]]));
        assert!(!Axis::vertical(&row, Scale::Linear, 110.0).range.contains(40.0));
        let figure = Figure::new("").with_block(Block::new("").with_row(row));
        assert_eq!(horizontal_range(&figure), Range::unit());
    }

    #[test]
    fn dots_lie_within_the_frame_and_not_on_it() {
        let dots = panel(&[[1.0, 0.0], [f64::NAN; 2], [3.0, 1.0], [f64::NAN; 2]]);
        let row = PanelRow::new("").with_panel(dots);
        let range = horizontal_range(&Figure::new("").with_block(Block::new("").with_row(row)));
        assert!(range.low < 1.0 && range.high > 3.0, "{range:?}");
    }

    #[test]
    fn a_vertical_axis_has_two_labels() {
        for (low, high) in [(0.11, 0.19), (-0.3, 0.7), (2.01, 2.99), (-9.0, 9.0)] {
            let row = PanelRow::new("").with_panel(panel(&[[0.0, low], [1.0, high]]));
            for height in [40.0, 60.0, 110.0, 400.0] {
                assert!(
                    Axis::vertical(&row, Scale::Linear, height).ticks.values.len() >= 2,
                    "{low} {height}"
                );
            }
        }
    }

    #[test]
    fn horizontal_labels_keep_their_distance() {
        let measure = Measure::new();
        for high in [1.0, 7.3, 10.0, 99.9, 123456.0] {
            let range = Range { low: 0.0, high };
            for width in [60.0, 120.0, 250.0, 900.0] {
                let ticks = Axis::horizontal((Scale::Linear, range), width, 11.0, &measure).ticks;
                for pair in ticks.values.windows(2) {
                    let distance = (pair[1] - pair[0]) / high * width;
                    assert!(distance >= widest(&ticks, 11.0, &measure) + 10.0, "{width} {high}");
                }
            }
        }
    }
}
