//! Drawing of one pair of axes.

use crate::axes::Axis;
use crate::decimate::{apart, decimate};
use crate::digits::three_digits;
use crate::figure::{Bar, Curve, Guide, Panel, is_finite};
use crate::path::PathData;
use crate::style::{Color, Style};
use crate::svg::{Element, Writer};

/// Pixel columns to a px at 96 dpi when curves are reduced: enough for print at 200 dpi.
const COLUMNS_PER_PX: f64 = 2.0;
/// Distance in px within which a point of a line that turns back may be left out: below half a px,
/// also with what the path leaves out.
const THIN: f64 = 0.25;
/// Share of the distance between two names that a bar takes.
const BAR: f64 = 0.64;
/// Height of the end of a whisker as a share of the bar's.
const WHISKER: f64 = 0.45;
/// Colour of the grid.
const GRID: &str = "#d4d4d4";
/// Colour of the frame.
const FRAME: &str = "#606060";
/// Bars that are shorter, in px, are not seen: their values are written.
const VISIBLE: f64 = 3.0;
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
    /// Font size of notes in px.
    pub(crate) font: f64,
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
        for (bar, place) in panel.bars.iter().zip(self.y_axis.ticks.values.iter()) {
            self.bar(bar, *place, writer);
        }
        for curve in &panel.curves {
            self.curve(curve, writer);
        }
        if panel.is_bare([self.x_axis.scale, self.y_axis.scale]) {
            let [x, y] = [self.left + 0.5 * self.width, self.top + 0.5 * self.height];
            writer.text(&self.note([x, y]).attr("text-anchor", "middle"), "no data");
        }
        let frame = Self::rect([self.left, self.width], [self.top, self.height]);
        let frame = frame.attr("fill", "none").attr("stroke", FRAME);
        writer.leaf(&frame);
    }

    /// px from the left of a place on the axis, within the panel.
    pub(crate) fn x(&self, place: f64) -> f64 {
        self.left + self.width * self.x_axis.range.position(place)
    }

    /// px from the top of a place on the axis, within the panel.
    pub(crate) fn y(&self, place: f64) -> f64 {
        self.top + self.height * (1.0 - self.y_axis.range.position(place))
    }

    /// A note, centred about a height.
    fn note(&self, [x, y]: [f64; 2]) -> Element {
        Element::new("text")
            .num("x", x)
            .num("y", y + 0.36 * self.font)
            .num("font-size", self.font)
            .attr("fill", NOTE)
    }

    /// Draws a bar about a place of the vertical axis.
    fn bar(&self, bar: &Bar, place: f64, writer: &mut Writer) {
        let place = self.y(place);
        let thickness = BAR * self.height / self.y_axis.range.span();
        let zero = self.x(0.0);
        if bar.value.is_finite() {
            let end = self.x(bar.value);
            let rect = Self::rect(
                [zero.min(end), (end - zero).abs()],
                [place - 0.5 * thickness, thickness],
            );
            writer.leaf(&rect.attr("fill", &bar.color.hex()));
            if (end - zero).abs() < VISIBLE && bar.interval.is_none() {
                let beside = zero.max(end) + 4.0;
                writer.text(&self.note([beside, place]), &three_digits(bar.value));
            }
        } else {
            writer.text(&self.note([zero + 4.0, place]), &bar.note);
        }
        let Some(ends) = bar.interval.filter(|ends| is_finite(*ends)) else { return };
        let [low, high] = ends.map(|end| self.x(end));
        let half = 0.5 * WHISKER * thickness;
        let mut path = PathData::default();
        path.polyline(&[[low, place], [high, place]]);
        for end in [low, high] {
            path.polyline(&[[end, place - half], [end, place + half]]);
        }
        let whisker = Style::solid(Color::BLACK).with_width(1.2);
        writer.leaf(&stroked(Element::new("path"), whisker).attr("d", path.as_str()));
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
        let (from, to, axis) = match *guide {
            Guide::Band { from, to } => (from, to, self.y_axis),
            Guide::Span { from, to } => (from, to, self.x_axis),
            Guide::Horizontal { .. } | Guide::Vertical { .. } => return,
        };
        let (from, to, range) = (axis.scale.of(from), axis.scale.of(to), axis.range);
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
            Guide::Horizontal { y } if self.y_axis.contains(y) => {
                self.horizontal(&mut path, self.y_axis.scale.of(y));
            }
            Guide::Vertical { x } if self.x_axis.contains(x) => {
                self.vertical(&mut path, self.x_axis.scale.of(x));
            }
            _ => {}
        }
        if !path.is_empty() {
            writer.leaf(&stroked(Element::new("path"), Style::guide()).attr("d", path.as_str()));
        }
    }

    fn curve(&self, curve: &Curve, writer: &mut Writer) {
        let mut path = PathData::default();
        let mut dots = Vec::new();
        let [x, y] = [self.x_axis.scale, self.y_axis.scale];
        let places: Vec<[f64; 2]> =
            curve.points.iter().map(|point| [x.of(point[0]), y.of(point[1])]).collect();
        for run in places.split(|place| !is_finite(*place)) {
            let Some(first) = run.first() else { continue };
            if !path.polyline(&self.reduced(run)) {
                dots.push([self.x(first[0]), self.y(first[1])]);
            }
        }
        let style = curve.style;
        if !path.is_empty() {
            let mut element = stroked(Element::new("path"), style).attr("d", path.as_str());
            if curve.filled {
                element = element.attr("fill", &style.color.hex());
            }
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

    /// Places of an uninterrupted line in px, reduced to what can be seen.
    fn reduced(&self, run: &[[f64; 2]]) -> Vec<[f64; 2]> {
        let place = |point: &[f64; 2]| [self.x(point[0]), self.y(point[1])];
        if run.len() as f64 <= COLUMNS_PER_PX * self.width {
            return run.iter().map(place).collect();
        }
        if run.is_sorted_by(|a, b| a[0] <= b[0]) {
            let column = |x: f64| (COLUMNS_PER_PX * self.x(x)).floor() as i64;
            return decimate(run, column).iter().map(place).collect();
        }
        // A line that turns back crosses a pixel column many times, and what it looks like within one
        // is not told by its extremes.
        let places: Vec<[f64; 2]> = run.iter().map(place).collect();
        apart(&places, THIN).into_iter().map(|index| places[index]).collect()
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

#[cfg(test)]
mod tests {
    use super::{Frame, Style, Writer};
    use crate::axes::Axis;
    use crate::axis::Ticks;
    use crate::decimate::tests::from_line;
    use crate::figure::Curve;
    use crate::range::Range;
    use crate::scale::Scale;
    use proptest::prelude::prop;
    use proptest::{prop_assert, proptest};

    fn axis(scale: Scale, low: f64, high: f64) -> Axis {
        let range = Range { low, high };
        Axis { scale, range, ticks: Ticks::of(scale, range, 3) }
    }

    /// The points of a path that is one line.
    fn drawn(svg: &str) -> Vec<[f64; 2]> {
        let document = resvg::usvg::roxmltree::Document::parse(svg).expect("valid XML");
        let path = document.root_element().attribute("d").expect("a path").to_owned();
        let spaced = path.replace('-', " -").replace(['M', 'l'], " ");
        let numbers: Vec<f64> = spaced.split_whitespace().filter_map(|n| n.parse().ok()).collect();
        let mut at = [0.0, 0.0];
        let steps = numbers.chunks_exact(2).map(|step| {
            at = [at[0] + step[0], at[1] + step[1]];
            at
        });
        steps.collect()
    }

    proptest! {
        #[test]
        fn no_point_of_a_phase_portrait_is_half_a_px_from_the_line_drawn(
            steps in prop::collection::vec((-1.0..1.0_f64, -1.0..1.0_f64), 700..1500), size in 0.001..0.03_f64,
        ) {
            let (x_axis, y_axis) = (axis(Scale::Linear, -1.0, 1.0), axis(Scale::Linear, -1.0, 1.0));
            let frame = Frame {
                left: 10.0, top: 5.0, width: 300.0, height: 200.0, x_axis: &x_axis, y_axis: &y_axis, font: 9.0,
            };
            let mut at = [0.0_f64, 0.0];
            let walk = steps.into_iter().map(|(dx, dy)| {
                at = [(at[0] + size * dx).clamp(-1.0, 1.0), (at[1] + size * dy).clamp(-1.0, 1.0)];
                at
            });
            let curve = Curve::new("", Style::default(), walk);
            let mut writer = Writer::default();
            frame.curve(&curve, &mut writer);
            let line = drawn(&writer.finish());
            for point in &curve.points {
                let place = [frame.x(point[0]), frame.y(point[1])];
                prop_assert!(from_line(place, &line) <= 0.5);
            }
        }
    }

    #[test]
    fn a_logarithmic_axis_shows_equal_ratios_as_equal_lengths() {
        let (x_axis, y_axis) = (axis(Scale::Log, 0.0, 3.0), axis(Scale::Log, -2.0, 2.0));
        let frame = Frame {
            left: 0.0,
            top: 0.0,
            width: 300.0,
            height: 400.0,
            x_axis: &x_axis,
            y_axis: &y_axis,
            font: 9.0,
        };
        let points = [[1.0, 0.01], [10.0, 1.0], [1000.0, 100.0]];
        let mut writer = Writer::default();
        frame.curve(&Curve::new("", Style::default(), points), &mut writer);
        assert_eq!(drawn(&writer.finish()), [[0.0, 400.0], [100.0, 200.0], [300.0, 0.0]]);
    }
}
