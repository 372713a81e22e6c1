//! Drawing of one pair of axes.

use crate::axes::Axis;
use crate::decimate::decimate;
use crate::figure::{Curve, Guide, Panel, is_finite};
use crate::layout::LABEL;
use crate::path::PathData;
use crate::style::Style;
use crate::svg::{Element, Writer};

/// Pixel columns to a px at 96 dpi when curves are reduced: enough for print at 200 dpi.
const COLUMNS_PER_PX: f64 = 2.0;
/// Colour of the grid.
const GRID: &str = "#d4d4d4";
/// Colour of the frame.
const FRAME: &str = "#606060";
/// Colour of the note on missing data.
const NOTE: &str = "#707070";

/// Place of a panel and its axes.
pub(crate) struct Frame<'a> {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) x_axis: &'a Axis,
    pub(crate) y_axis: &'a Axis,
}

impl Frame<'_> {
    /// Draws the panel with all it holds.
    pub(crate) fn draw(&self, panel: &Panel, writer: &mut Writer) {
        for guide in &panel.guides {
            self.shade(guide, writer);
        }
        self.grid(writer);
        for guide in &panel.guides {
            self.guide_line(guide, writer);
        }
        for curve in &panel.curves {
            self.curve(curve, writer);
        }
        if panel.curves.iter().all(|curve| curve.finite_points().next().is_none()) {
            let note = Element::new("text")
                .num("x", self.left + 0.5 * self.width)
                .num("y", self.top + 0.5 * self.height + 0.36 * LABEL)
                .num("font-size", LABEL)
                .attr("text-anchor", "middle")
                .attr("fill", NOTE);
            writer.text(&note, "no data");
        }
        let frame = Self::rect([self.left, self.width], [self.top, self.height]);
        let frame = frame.attr("fill", "none").attr("stroke", FRAME);
        writer.leaf(&frame);
    }

    /// Horizontal place of a value of the axis, within the panel.
    pub(crate) fn x(&self, value: f64) -> f64 {
        self.left + self.width * self.x_axis.range.position(value)
    }

    /// Vertical place of a value of the axis, within the panel.
    pub(crate) fn y(&self, value: f64) -> f64 {
        self.top + self.height * (1.0 - self.y_axis.range.position(value))
    }

    /// A rectangle from its left edge and width, its top and height, in px.
    fn rect([left, width]: [f64; 2], [top, height]: [f64; 2]) -> Element {
        Element::new("rect").num("x", left).num("y", top).num("width", width).num("height", height)
    }

    fn vertical(&self, path: &mut PathData, value: f64) {
        let x = self.x(value);
        path.polyline(&[[x, self.top], [x, self.top + self.height]]);
    }

    fn horizontal(&self, path: &mut PathData, value: f64) {
        let y = self.y(value);
        path.polyline(&[[self.left, y], [self.left + self.width, y]]);
    }

    fn grid(&self, writer: &mut Writer) {
        let mut path = PathData::default();
        for value in &self.x_axis.ticks.values {
            self.vertical(&mut path, *value);
        }
        for value in &self.y_axis.ticks.values {
            self.horizontal(&mut path, *value);
        }
        if !path.is_empty() {
            let grid = Element::new("path").attr("stroke", GRID).num("stroke-width", 0.7);
            writer.leaf(&grid.attr("d", path.as_str()));
        }
    }

    /// Draws what a guide shades, if it shades anything within the panel.
    fn shade(&self, guide: &Guide, writer: &mut Writer) {
        let (from, to, range) = match *guide {
            Guide::Band { from, to } => (from, to, self.y_axis.range),
            Guide::Span { from, to } => (from, to, self.x_axis.range),
            Guide::Horizontal { .. } | Guide::Vertical { .. } => return,
        };
        let (low, high) = (from.min(to), from.max(to));
        // Written so that not a number fails the test.
        if low <= range.high && high >= range.low && !from.is_nan() && !to.is_nan() {
            // What is narrower than a line could not be seen.
            let extent = |near: f64, far: f64| [near, (far - near).max(1.0)];
            let (whole_width, whole_height) = ([self.left, self.width], [self.top, self.height]);
            let rect = if matches!(guide, Guide::Band { .. }) {
                Self::rect(whole_width, extent(self.y(high), self.y(low)))
            } else {
                Self::rect(extent(self.x(low), self.x(high)), whole_height)
            };
            writer.leaf(&rect.attr("fill", &Style::band().color.hex()));
        }
    }

    fn guide_line(&self, guide: &Guide, writer: &mut Writer) {
        let mut path = PathData::default();
        match *guide {
            Guide::Horizontal { y } if self.y_axis.range.contains(y) => {
                self.horizontal(&mut path, y);
            }
            Guide::Vertical { x } if self.x_axis.range.contains(x) => self.vertical(&mut path, x),
            _ => {}
        }
        if !path.is_empty() {
            writer.leaf(&stroked(Element::new("path"), Style::guide()).attr("d", path.as_str()));
        }
    }

    fn curve(&self, curve: &Curve, writer: &mut Writer) {
        let mut path = PathData::default();
        let mut dots = Vec::new();
        for run in curve.points.split(|point| !is_finite(*point)) {
            let Some(first) = run.first() else { continue };
            if !path.polyline(&self.reduced(run)) {
                dots.push([self.x(first[0]), self.y(first[1])]);
            }
        }
        let style = curve.style;
        if !path.is_empty() {
            let element = stroked(Element::new("path"), style).attr("d", path.as_str());
            if curve.name.is_empty() {
                writer.leaf(&element);
            } else {
                writer.open(&element);
                writer.text(&Element::new("title"), &curve.name);
                writer.close();
            }
        }
        for [x, y] in dots {
            let dot = Element::new("circle").num("cx", x).num("cy", y);
            let radius = 0.5 * style.drawn_width() + 1.2;
            writer.leaf(&dot.num("r", radius).attr("fill", &style.color.hex()));
        }
    }

    /// Points of an uninterrupted line in px, reduced to what can be seen.
    fn reduced(&self, run: &[[f64; 2]]) -> Vec<[f64; 2]> {
        let place = |point: &[f64; 2]| [self.x(point[0]), self.y(point[1])];
        if run.len() as f64 <= COLUMNS_PER_PX * self.width {
            return run.iter().map(place).collect();
        }
        let column = |x: f64| (COLUMNS_PER_PX * self.x(x)).floor() as i64;
        decimate(run, column).iter().map(place).collect()
    }
}

/// Adds the attributes of a line.
pub(crate) fn stroked(element: Element, style: Style) -> Element {
    let width = style.drawn_width();
    let element = element.attr("stroke", &style.color.hex()).num("stroke-width", width);
    match style.dash.array(width) {
        Some([on, off]) => element.attr("stroke-dasharray", &format!("{on:.2} {off:.2}")),
        None => element,
    }
}
