//! A figure as a chart that can be pointed at, zoomed and searched: the data and the layout that the page's
//! script (`assets/charts.js`) draws.

use crate::downsample::downsampled as downsampled_indices;
use crate::figure::{Bar, Block, Figure, Guide, PanelRow, is_finite};
use crate::scale::Scale;
use crate::style::{Dash, Style};
use serde_json::{Map, Value, json};

/// Height of a row of panels, as a multiple of that on paper.
const ROW: f64 = 1.35;
/// Height in px of the gap between rows, of the heading of a block, and of what stands above and below.
const GAP: f64 = 22.0;
const HEADING: f64 = 30.0;
const MARGINS: [f64; 2] = [44.0, 56.0];
/// The same where no heading stands above and no label below.
const BARE: [f64; 2] = [14.0, 30.0];
/// Width in px of what stands left of the panels: a label and values, or the names of bars.
const LABEL: f64 = 76.0;
const NAMES: f64 = 150.0;
/// Share of the width between two columns.
const BETWEEN: f64 = 0.02;
/// Digits of a number: more could not be seen.
const DIGITS: i32 = 7;
/// Points of a curve at most.
const MAX_POINTS: usize = 6000;

/// Data and layout of the chart of a figure. Where its horizontal axis is a time, pointing anywhere tells
/// the values of all curves.
pub(super) fn chart(figure: &Figure, over_time: bool) -> Value {
    let columns = figure.column_count().max(1);
    let rows: Vec<(&Block, &PanelRow, bool)> = figure
        .blocks
        .iter()
        .flat_map(|block| block.rows.iter().enumerate().map(move |(i, row)| (block, row, i == 0)))
        .collect();
    let tall = ROW * figure.panel_height;
    let tops = tops(figure, &rows);
    let inner = tops.last().map_or(tall, |top| top + tall);
    let mut chart = Chart::default();
    for (r, (block, row, first)) in rows.iter().enumerate() {
        let bottom = 1.0 - (tops[r] + tall) / inner;
        let top = 1.0 - tops[r] / inner;
        for c in 0..columns {
            let panel = row.panels.get(c);
            let width = (1.0 - BETWEEN * (columns - 1) as f64) / columns as f64;
            let left = c as f64 * (width + BETWEEN);
            let index = r * columns + c + 1;
            let last = r + 1 == rows.len();
            chart.axes(figure, row, index, c, columns, [left, left + width], [bottom, top], last);
            for curve in panel.iter().flat_map(|panel| &panel.curves) {
                chart.curve(figure, row.scale, curve, index);
            }
            if let Some(panel) = panel.filter(|panel| !panel.bars.is_empty()) {
                chart.bars(row, &panel.bars, index);
            }
            if panel.is_some_and(|panel| panel.is_bare([figure.x_scale, row.scale])) {
                chart.text("no data", left + width / 2.0, bottom, "center", 12);
            }
            for guide in panel.iter().flat_map(|panel| &panel.guides) {
                chart.guide(*guide, index);
            }
            let heading = figure.column_headings.get(c).filter(|text| r == 0 && !text.is_empty());
            if let Some(text) = heading {
                chart.text(text, left + width / 2.0, top, "center", 13);
            }
            if *first && c == 0 && !block.heading.is_empty() {
                let above = top + if heading.is_some() { GAP / inner } else { 0.0 };
                chart.text(&block.heading, 0.0, above, "left", 14);
            }
        }
    }
    for (name, style) in &figure.legend {
        if !chart.named.contains(name) {
            chart.entry(name, *style);
        }
    }
    let headed = figure.column_headings.iter().any(|text| !text.is_empty())
        || figure.blocks.first().is_some_and(|block| !block.heading.is_empty());
    let above = if headed { MARGINS[0] } else { BARE[0] };
    let below = if figure.x_label.is_empty() { BARE[1] } else { MARGINS[1] };
    let height = inner + above + below;
    let named = rows.iter().any(|(_, row, _)| !row.names.is_empty());
    let mut layout = json!({
        "height": height,
        "margin": {"l": if named { NAMES } else { LABEL }, "r": 40, "t": above, "b": below},
        "hovermode": if over_time { "x unified" } else { "closest" },
        "showlegend": !figure.legend.is_empty(),
        "shapes": chart.shapes,
        "annotations": chart.texts,
    });
    if figure.equal_units {
        layout["equal"] = true.into();
    }
    if let Some(layout) = layout.as_object_mut() {
        layout.append(&mut chart.layout);
    }
    json!({"data": chart.data, "layout": layout})
}

/// Where the rows begin, in px below the first.
fn tops(figure: &Figure, rows: &[(&Block, &PanelRow, bool)]) -> Vec<f64> {
    let mut at = 0.0;
    let mut tops = Vec::new();
    for (r, (block, _, first)) in rows.iter().enumerate() {
        if *first && (r > 0 || !block.heading.is_empty() && !figure.column_headings.is_empty()) {
            at += HEADING;
        }
        tops.push(at);
        at += ROW * figure.panel_height + GAP;
    }
    tops
}

/// The name of an axis in a trace.
fn names_of(letter: char, index: usize) -> String {
    let [name, _] = names(letter, index);
    name
}

/// A chart in the making.
#[derive(Default)]
struct Chart {
    data: Vec<Value>,
    layout: Map<String, Value>,
    shapes: Vec<Value>,
    texts: Vec<Value>,
    /// Names that the legend has.
    named: Vec<String>,
}

/// The name of an axis in a trace, and in the layout.
fn names(letter: char, index: usize) -> [String; 2] {
    let number = if index == 1 { String::new() } else { index.to_string() };
    [format!("{letter}{number}"), format!("{letter}axis{number}")]
}

impl Chart {
    #[expect(clippy::too_many_arguments, reason = "the place of a panel")]
    fn axes(
        &mut self,
        figure: &Figure,
        row: &PanelRow,
        index: usize,
        column: usize,
        columns: usize,
        across: [f64; 2],
        down: [f64; 2],
        last: bool,
    ) {
        let ([_, x_axis], [_, y_axis]) = (names('x', index), names('y', index));
        let mut across = json!({"domain": across, "showticklabels": last});
        let mut down = json!({"domain": down});
        for (axis, scale) in [(&mut across, figure.x_scale), (&mut down, row.scale)] {
            match scale {
                Scale::Linear => {}
                Scale::Whole => axis["whole"] = true.into(),
                Scale::Log => axis["type"] = "log".into(),
            }
        }
        if !row.names.is_empty() {
            let places: Vec<usize> = (0..row.names.len()).rev().collect();
            let names: Vec<String> = row.names.clone();
            down["tickvals"] = json!(places);
            down["ticktext"] = json!(names);
            down["range"] = json!([-0.6, row.names.len() as f64 - 0.4]);
        } else if let Some(reach) = row.reach {
            // What curves do beyond it is still seen.
            let curves = row.panels.iter().flat_map(|panel| &panel.curves);
            let values = curves.flat_map(|curve| &curve.points).map(|point| point[1]);
            let [low, high] = values
                .filter(|value| value.is_finite())
                .fold([reach[0].min(reach[1]), reach[0].max(reach[1])], |[low, high], value| {
                    [low.min(value), high.max(value)]
                });
            let room = 0.05 * (high - low);
            down["range"] = json!([low - room, high + room]);
        }
        if index > 1 {
            across["matches"] = "x".into();
        }
        if last {
            across["title"] = json!({"text": figure.x_label});
        }
        if column == 0 {
            down["title"] = json!({"text": row.label});
        } else {
            down["matches"] = names('y', index - column)[0].clone().into();
            down["showticklabels"] = false.into();
        }
        debug_assert!(column < columns);
        self.layout.insert(x_axis, across);
        self.layout.insert(y_axis, down);
    }

    fn curve(&mut self, figure: &Figure, scale: Scale, curve: &crate::figure::Curve, index: usize) {
        // A legend that was written by hand says what the lines mean; else their names do.
        let first = !curve.name.is_empty() && !self.named.contains(&curve.name);
        if first {
            self.named.push(curve.name.clone());
        }
        // Thinning measures along the axes as they are divided.
        let downsampled: Vec<[f64; 2]>;
        let points = if curve.filled || curve.turns_back() {
            curve.points.as_slice()
        } else {
            let [x, y] = [figure.x_scale, scale];
            let places = curve.points.iter().map(|point| [x.of(point[0]), y.of(point[1])]);
            let kept = downsampled_indices(&places.collect::<Vec<_>>(), MAX_POINTS);
            downsampled = kept.into_iter().map(|index| curve.points[index]).collect();
            downsampled.as_slice()
        };
        // Points that nothing joins are dots, as in the picture.
        let dots = points.chunk_by(|a, b| is_finite(*a) && is_finite(*b)).all(|run| run.len() == 1);
        let number = |value: f64| if value.is_finite() { json!(short(value)) } else { Value::Null };
        let [x, y] = [0, 1]
            .map(|axis| -> Vec<Value> { points.iter().map(|point| number(point[axis])).collect() });
        let listed = first && figure.legend.iter().any(|(name, _)| *name == curve.name);
        let mut trace = json!({
            "type": "scatter",
            "mode": if dots { "markers" } else { "lines" },
            "marker": {"color": curve.style.color.hex(), "size": curve.style.drawn_width() + 2.4},
            "name": curve.name,
            "legendgroup": curve.name,
            "showlegend": listed,
            "line": line(curve.style),
            "x": x,
            "y": y,
            "xaxis": names_of('x', index),
            "yaxis": names_of('y', index),
        });
        if curve.filled {
            trace["fill"] = "toself".into();
            trace["fillcolor"] = curve.style.color.hex().into();
        }
        self.data.push(trace);
    }

    /// Bars at the names of their row, the first name on top.
    fn bars(&mut self, row: &PanelRow, bars: &[Bar], index: usize) {
        let number = |value: f64| if value.is_finite() { json!(short(value)) } else { Value::Null };
        let places: Vec<f64> =
            (0..bars.len()).map(|i| row.names.len() as f64 - 1.0 - i as f64).collect();
        let colors: Vec<String> = bars.iter().map(|bar| bar.color.hex()).collect();
        let values: Vec<Value> = bars.iter().map(|bar| number(bar.value)).collect();
        let names: Vec<String> = row.names.clone();
        let reach = |side: usize| -> Vec<Value> {
            let length =
                |bar: &Bar| bar.interval.map_or(0.0, |ends| (ends[side] - bar.value).abs());
            bars.iter().map(|bar| number(length(bar))).collect()
        };
        let mut trace = json!({
            "type": "bar", "orientation": "h", "showlegend": false, "name": "",
            "x": values, "y": places, "text": names,
            "marker": {"color": colors},
            "xaxis": names_of('x', index), "yaxis": names_of('y', index),
        });
        if bars.iter().any(|bar| bar.interval.is_some()) {
            trace["error_x"] = json!({
                "arrayminus": reach(0), "array": reach(1),
            });
        }
        self.data.push(trace);
        for (bar, place) in bars.iter().zip(places).filter(|(bar, _)| !bar.value.is_finite()) {
            self.texts.push(json!({
                "text": bar.note, "x": 0, "y": place, "xref": names_of('x', index),
                "yref": names_of('y', index), "xanchor": "left", "xshift": 4,
            }));
        }
    }

    /// An entry of the legend that no curve has.
    fn entry(&mut self, name: &str, style: Style) {
        self.data.push(json!({
            "type": "scatter", "mode": "lines", "name": name, "line": line(style),
            "x": [], "y": [],
        }));
    }

    fn guide(&mut self, guide: Guide, index: usize) {
        let ([x, _], [y, _]) = (names('x', index), names('y', index));
        let downsample = json!({"color": Style::guide().color.hex(), "width": 1, "dash": "dash"});
        let shade = Style::band().color.hex();
        let none = json!({"width": 0});
        let (x_reference, y_reference) = (format!("{x} domain"), format!("{y} domain"));
        self.shapes.push(match guide {
            Guide::Horizontal { y: at } => json!({"type": "line", "xref": x_reference, "yref": y,
                "x0": 0, "x1": 1, "y0": at, "y1": at, "line": downsample}),
            Guide::Vertical { x: at } => json!({"type": "line", "xref": x, "yref": y_reference,
                "x0": at, "x1": at, "y0": 0, "y1": 1, "line": downsample}),
            Guide::Band { from, to } => json!({"type": "rect", "xref": x_reference, "yref": y,
                "x0": 0, "x1": 1, "y0": from, "y1": to, "fillcolor": shade, "line": none}),
            Guide::Span { from, to } => json!({"type": "rect", "xref": x, "yref": y_reference,
                "x0": from, "x1": to, "y0": 0, "y1": 1, "fillcolor": shade, "line": none}),
        });
    }

    fn text(&mut self, text: &str, x: f64, y: f64, anchor: &str, size: u32) {
        self.texts.push(json!({
            "text": text, "x": x, "y": y, "xref": "paper", "yref": "paper", "showarrow": false,
            "xanchor": anchor, "yanchor": "bottom", "yshift": 4, "font": {"size": size},
        }));
    }
}

fn line(style: Style) -> Value {
    let dash = match style.dash {
        Dash::Solid => "solid",
        Dash::Dashed => "dash",
        Dash::Dotted => "dot",
    };
    json!({"color": style.color.hex(), "width": style.drawn_width(), "dash": dash})
}

/// A number with as many digits as can be seen.
fn short(value: f64) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let scale = 10_f64.powi(DIGITS - 1 - value.abs().log10().floor() as i32);
    let short = (value * scale).round() / scale;
    // Beyond the range of a scale the number stays as it is.
    if short.is_finite() { short } else { value }
}
