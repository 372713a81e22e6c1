//! Drawing of a figure as SVG.

use crate::describe::describe;
use crate::figure::{Block, Figure};
use crate::layout::{BlockLayout, Layout, Line, RowLayout};
use crate::legend::SAMPLE;
use crate::measure::Measure;
use crate::panel::{Frame, stroked};
use crate::svg::{Element, Writer, quarter_turn};
use crate::target::TICK_GAP;

impl Figure {
    /// Draws the figure as an SVG document.
    ///
    /// The text holds one `svg` element that can stand alone in a file or inside an HTML page.
    /// Texts stay text. The result is the same for the same figure on every machine.
    pub fn to_svg(&self) -> String {
        svg(self)
    }
}

/// Fonts in order of preference; the ones after the first have about the same widths.
const FONTS: &str = "DejaVu Sans, Bitstream Vera Sans, Verdana, sans-serif";
/// Colour of all texts.
const INK: &str = "#1a1a1a";
/// Share of the font size by which a baseline lies below the middle of digits.
const HALF_HEIGHT: f64 = 0.36;

/// Draws a figure.
pub(crate) fn svg(figure: &Figure) -> String {
    let layout = Layout::new(figure, 0.0, &Measure::new());
    let words = [figure.title.as_str(), &describe(figure), &figure.language];
    let mut writer = open([layout.width, layout.height], words);
    body(figure, &layout, &mut writer);
    writer.finish()
}

/// A document of the given width and height in px; `words` are its title, its description and their
/// language.
pub(crate) fn open([width, height]: [f64; 2], [title, description, language]: [&str; 3]) -> Writer {
    let mut writer = Writer::default();
    let root = Element::new("svg")
        .attr("xmlns", "http://www.w3.org/2000/svg")
        .num("width", width)
        .num("height", height)
        .attr("viewBox", &format!("0 0 {width} {height}"))
        .attr("role", "img")
        .attr("xml:lang", language)
        .attr("lang", language)
        .attr("font-family", FONTS)
        .attr("fill", INK);
    writer.open(&root);
    writer.text(&Element::new("title"), title);
    writer.text(&Element::new("desc"), description);
    let paper = Element::new("rect").num("width", width).num("height", height);
    writer.leaf(&paper.attr("fill", "#ffffff"));
    writer
}

/// Draws all of a figure but its paper.
pub(crate) fn body(figure: &Figure, layout: &Layout, writer: &mut Writer) {
    let sizes = layout.sizes;
    let bold = |size| Element::new("g").num("font-size", size).attr("font-weight", "bold");
    lines(&layout.title, &bold(sizes.title).attr("text-anchor", "middle"), writer);
    legend(layout, writer);
    for (block, place) in figure.blocks.iter().zip(&layout.blocks) {
        lines(&place.heading, &bold(sizes.heading), writer);
        let group = Element::new("g").num("font-size", sizes.label).attr("text-anchor", "middle");
        lines(&place.column_headings, &group, writer);
        panels(block, place, layout, writer);
        vertical_labels(place, layout, writer);
        horizontal_labels(figure, block, place, layout, writer);
    }
}

/// Lines of text in a common group.
fn lines(lines: &[Line], group: &Element, writer: &mut Writer) {
    if lines.is_empty() {
        return;
    }
    writer.open(group);
    for line in lines {
        writer.text(&Element::new("text").num("x", line.x).num("y", line.y), &line.text);
    }
    writer.close();
}

fn legend(layout: &Layout, writer: &mut Writer) {
    if layout.legend.is_empty() {
        return;
    }
    writer.open(&Element::new("g").num("font-size", layout.sizes.label));
    for entry in &layout.legend {
        let sample = Element::new("line")
            .num("x1", entry.x)
            .num("y1", entry.y)
            .num("x2", entry.x + SAMPLE)
            .num("y2", entry.y);
        writer.leaf(&stroked(sample, entry.style));
        let name = Element::new("text").num("x", entry.name_x);
        writer.text(&name.num("y", entry.y + HALF_HEIGHT * layout.sizes.label), &entry.name);
    }
    writer.close();
}

fn panels(block: &Block, place: &BlockLayout, layout: &Layout, writer: &mut Writer) {
    for (row, row_place) in block.rows.iter().zip(&place.rows) {
        writer.open(&Element::new("g").attr("fill", "none").attr("stroke-linejoin", "round"));
        for (index, panel) in row.panels.iter().enumerate() {
            frame(index, row_place, layout).draw(panel, writer);
        }
        writer.close();
    }
}

fn frame<'a>(column: usize, row: &'a RowLayout, layout: &'a Layout) -> Frame<'a> {
    Frame {
        left: layout.columns.get(column).copied().unwrap_or_default(),
        top: row.top,
        width: layout.panel_width,
        height: layout.panel_height,
        x_axis: &layout.x_axis,
        y_axis: &row.axis,
        font: layout.sizes.label,
    }
}

/// Labels of the rows and values at the ticks, to the left of the first column.
fn vertical_labels(place: &BlockLayout, layout: &Layout, writer: &mut Writer) {
    writer.open(
        &Element::new("g").num("font-size", layout.sizes.label).attr("text-anchor", "middle"),
    );
    for line in place.rows.iter().flat_map(|row| &row.label) {
        let element = Element::new("text").num("x", line.x).num("y", line.y);
        writer.text(&element.attr("transform", &quarter_turn(line.x, line.y)), &line.text);
    }
    writer.close();
    writer.open(&Element::new("g").num("font-size", layout.sizes.tick).attr("text-anchor", "end"));
    for row in &place.rows {
        let frame = frame(0, row, layout);
        let text = |y| Element::new("text").num("x", frame.left - TICK_GAP).num("y", y);
        let ticks = &row.axis.ticks;
        for (value, label) in ticks.values.iter().zip(&ticks.labels) {
            writer.text(&text(frame.y(*value) + HALF_HEIGHT * layout.sizes.tick), label);
        }
        if let Some(factor) = ticks.factor() {
            writer.text(&text(row.top - TICK_GAP), &factor);
        }
    }
    writer.close();
}

/// Values at the ticks and the label of the horizontal axis, below the lowest panel of each
/// column.
fn horizontal_labels(
    figure: &Figure,
    block: &Block,
    place: &BlockLayout,
    layout: &Layout,
    writer: &mut Writer,
) {
    let Some(last) = place.rows.last() else { return };
    let ticks = &layout.x_axis.ticks;
    writer
        .open(&Element::new("g").num("font-size", layout.sizes.tick).attr("text-anchor", "middle"));
    for column in 0..layout.columns.len() {
        let mut rows = block.rows.iter().zip(&place.rows);
        let lowest = rows.rfind(|(row, _)| column < row.panels.len());
        let Some((_, row)) = lowest else { continue };
        let frame = frame(column, row, layout);
        for (value, label) in ticks.values.iter().zip(&ticks.labels) {
            let text = Element::new("text").num("x", frame.x(*value));
            writer.text(
                &text.num("y", row.top + layout.panel_height + layout.sizes.tick_drop()),
                label,
            );
        }
    }
    writer.close();
    if let Some(factor) = ticks.factor() {
        let text = Element::new("text").num("x", layout.right).num("y", place.label_baseline);
        writer.text(&text.num("font-size", layout.sizes.tick).attr("text-anchor", "end"), &factor);
    }
    if !figure.x_label.is_empty() {
        let middle = f64::midpoint(frame(0, last, layout).left, layout.right);
        let text = Element::new("text").num("x", middle).num("y", place.label_baseline);
        writer.text(
            &text.num("font-size", layout.sizes.label).attr("text-anchor", "middle"),
            &figure.x_label,
        );
    }
}
