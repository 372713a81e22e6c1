//! Geometry of a figure. All lengths are in px at 96 dpi, measured from the top left corner.

use crate::axes::{Axis, horizontal_range, widest};
use crate::figure::{Block, Figure};
use crate::legend::{self, Entry};
use crate::measure::{Measure, Weight};
use crate::range::Range;
use crate::scale::Scale;
use crate::target::{Sizes, TICK_GAP};

/// Height of a line of text relative to its font size.
const LEADING: f64 = 1.3;
/// Gap between the labels of the rows and the values at the ticks.
const LABEL_GAP: f64 = 7.0;
/// Least gap between two columns.
const COLUMN_GAP: f64 = 14.0;
/// Gap between two rows, without and with a power of ten above the lower one.
const ROW_GAP: [f64; 2] = [12.0, 21.0];
/// Gap between the first row and the headings.
const FIRST_ROW_GAP: f64 = 6.0;
/// Space for a power of ten above a panel.
const FACTOR_HEIGHT: f64 = 14.0;
/// Gap between two blocks.
const BLOCK_GAP: f64 = 16.0;
/// Panels are not made narrower than this.
const NARROWEST_PANEL: f64 = 60.0;

/// A line of text at the place of its baseline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) text: String,
}

/// Places of everything in a figure.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) sizes: Sizes,
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// Left edges of the columns.
    pub(crate) columns: Vec<f64>,
    pub(crate) panel_width: f64,
    pub(crate) panel_height: f64,
    /// Right edge of the last column.
    pub(crate) right: f64,
    /// The axis that all panels share.
    pub(crate) x_axis: Axis,
    /// Centred lines of the title.
    pub(crate) title: Vec<Line>,
    pub(crate) legend: Vec<Entry>,
    pub(crate) blocks: Vec<BlockLayout>,
}

/// Places of everything in a block.
#[derive(Debug)]
pub(crate) struct BlockLayout {
    /// Left-aligned lines of the heading.
    pub(crate) heading: Vec<Line>,
    /// Centred lines of the headings of all columns.
    pub(crate) column_headings: Vec<Line>,
    pub(crate) rows: Vec<RowLayout>,
    /// Baseline of the label of the horizontal axis.
    pub(crate) label_baseline: f64,
}

/// Places of everything in a row.
#[derive(Debug)]
pub(crate) struct RowLayout {
    pub(crate) top: f64,
    pub(crate) axis: Axis,
    /// Lines of the label, centred and turned by a quarter to the left.
    pub(crate) label: Vec<Line>,
}

impl Layout {
    /// Lays out a figure, its columns not further left than `least_left`.
    pub(crate) fn new(figure: &Figure, least_left: f64, measure: &Measure) -> Self {
        let sizes = figure.sizes;
        let panel_height = panel_height(figure);
        let (axes, grid) = grid(figure, panel_height, least_left, measure);

        let mut cursor = sizes.margin;
        let span = (grid.columns[0], grid.right);
        let middle = f64::midpoint(span.0, span.1);
        let title_font = (sizes.title, Weight::Bold);
        let room = 2.0 * (middle.min(grid.width - middle) - sizes.margin);
        let title = if figure.captioned { "" } else { figure.title.as_str() };
        let lines = measure.wrap(title, title_font, room, 3);
        let title = stack(lines, middle, sizes.title, &mut cursor);
        if !title.is_empty() {
            cursor += 4.0;
        }
        let (entries, height) = legend::place(&figure.legend, span, cursor, sizes.label, measure);
        cursor += height;

        let mut blocks = Vec::with_capacity(figure.blocks.len());
        for (block, axes) in figure.blocks.iter().zip(axes) {
            cursor += if blocks.is_empty() { 4.0 } else { BLOCK_GAP };
            let place = Place { figure, grid: &grid, panel_height, measure };
            blocks.push(place.block(block, axes, &mut cursor));
        }
        Self {
            sizes,
            width: grid.width,
            height: (cursor + sizes.margin).ceil(),
            columns: grid.columns,
            panel_width: grid.panel_width,
            panel_height,
            right: grid.right,
            x_axis: grid.x_axis,
            title,
            legend: entries,
            blocks,
        }
    }
}

/// The columns and what they share.
struct Grid {
    width: f64,
    columns: Vec<f64>,
    panel_width: f64,
    right: f64,
    x_axis: Axis,
}

impl Grid {
    fn new(figure: &Figure, range: Range, left: f64, measure: &Measure) -> Self {
        let count = figure.column_count().max(1);
        let wanted = bounded(figure.width, Figure::WIDTH, 100.0, 10_000.0);
        let Sizes { tick, margin, .. } = figure.sizes;
        let range = (figure.x_scale, range);
        let panel_width = |gap: f64, end: f64| {
            let inner = wanted - left - end - gap * (count - 1) as f64;
            (inner / count as f64).floor().max(NARROWEST_PANEL)
        };
        // The values at the ends of the axis reach beyond the panel, so the gaps follow from the
        // ticks; the ticks are those of the panels with the least gap.
        let axis = Axis::horizontal(range, panel_width(COLUMN_GAP, margin), tick, measure);
        let overhang = 0.5 * widest(&axis.ticks, tick, measure);
        let gap = COLUMN_GAP.max(2.0 * overhang + 6.0).ceil();
        let end = margin.max(overhang + 0.5 * margin).ceil();
        let panel_width = panel_width(gap, end);
        let x_axis = Axis::horizontal(range, panel_width, tick, measure);
        let columns: Vec<f64> =
            (0..count).map(|index| left + index as f64 * (panel_width + gap)).collect();
        let right = left + count as f64 * (panel_width + gap) - gap;
        Self { width: wanted.max(right + end), columns, panel_width, right, x_axis }
    }
}

/// What is needed to place a block.
struct Place<'a> {
    figure: &'a Figure,
    grid: &'a Grid,
    panel_height: f64,
    measure: &'a Measure,
}

impl Place<'_> {
    fn block(&self, block: &Block, axes: Vec<Axis>, cursor: &mut f64) -> BlockLayout {
        let Grid { columns, right, x_axis, .. } = self.grid;
        let sizes = self.figure.sizes;
        let room = right - columns[0];
        let lines = self.measure.wrap(&block.heading, (sizes.heading, Weight::Bold), room, 2);
        let heading = stack(lines, columns[0], sizes.heading, cursor);
        let column_headings = self.column_headings(cursor);

        let mut rows = Vec::with_capacity(axes.len());
        for (row, axis) in block.rows.iter().zip(axes) {
            let with_factor = axis.ticks.exponent.is_some();
            *cursor += match rows.is_empty() {
                // Headings of columns leave room for the power of ten beside them.
                true if with_factor && column_headings.is_empty() => FACTOR_HEIGHT,
                true => FIRST_ROW_GAP,
                false => ROW_GAP[usize::from(with_factor)],
            };
            let top = cursor.round();
            let middle = top + 0.5 * self.panel_height;
            let lines = label_lines(&row.label, sizes.label, self.panel_height, self.measure);
            let mut x = sizes.margin;
            let label = stack(lines, middle, sizes.label, &mut x);
            // Turned by a quarter, lines run upwards and follow each other to the right.
            let label = label.into_iter().map(|line| Line { x: line.y, y: line.x, ..line });
            rows.push(RowLayout { top, axis, label: label.collect() });
            *cursor = top + self.panel_height;
        }
        *cursor = *cursor + TICK_GAP + sizes.tick;
        let label_baseline = *cursor + 1.2 * sizes.label;
        if !self.figure.x_label.is_empty() || x_axis.ticks.exponent.is_some() {
            *cursor += LEADING * sizes.label + 2.0;
        }
        BlockLayout { heading, column_headings, rows, label_baseline }
    }

    /// Headings of the columns, aligned at their last lines.
    fn column_headings(&self, cursor: &mut f64) -> Vec<Line> {
        let Grid { columns, panel_width, .. } = self.grid;
        let size = self.figure.sizes.label;
        let font = (size, Weight::Regular);
        let wrapped: Vec<Vec<String>> = self
            .figure
            .column_headings
            .iter()
            .map(|heading| self.measure.wrap(heading, font, *panel_width, 3))
            .collect();
        let most = wrapped.iter().map(Vec::len).max().unwrap_or(0);
        let top = *cursor;
        *cursor += most as f64 * LEADING * size;
        let placed = columns.iter().zip(wrapped).flat_map(|(left, lines)| {
            let mut y = top + (most - lines.len()) as f64 * LEADING * size;
            stack(lines, left + 0.5 * panel_width, size, &mut y)
        });
        placed.collect()
    }
}

/// The columns, and the vertical axes of all rows by block.
fn grid(
    figure: &Figure,
    panel_height: f64,
    least_left: f64,
    measure: &Measure,
) -> (Vec<Vec<Axis>>, Grid) {
    let of = |axes: Vec<Vec<Axis>>, range: Range| {
        let left = left_margin(figure, &axes, panel_height, measure).max(least_left);
        (axes, Grid::new(figure, range, left, measure))
    };
    let natural = vertical_axes(figure, panel_height);
    let across = horizontal_range(figure);
    let linear = natural.iter().flatten().all(|axis| axis.scale != Scale::Log);
    let upwards = natural.iter().flatten().map(|axis| axis.range.span()).fold(0.0, f64::max);
    let mut found = of(natural.clone(), across);
    if figure.equal_units && linear && figure.x_scale != Scale::Log {
        // Other values at the ticks take other room, so that the panel's width is found by turns.
        for _ in 0..3 {
            let width = found.1.panel_width;
            let unit = (across.span() / width).max(upwards / panel_height);
            let axes = natural.iter().map(|axes| {
                let wider = |axis: &Axis| axis.clone().spanning(unit * panel_height, panel_height);
                axes.iter().map(wider).collect()
            });
            found = of(axes.collect(), across.spanning(unit * width));
        }
        let (axes, grid) = &mut found;
        // The unit is that of the vertical axes; the width has the last word.
        if let Some(axis) = axes.iter().flatten().next() {
            let span = axis.range.span() / panel_height * grid.panel_width;
            let range = (figure.x_scale, across.spanning(span));
            let tick = figure.sizes.tick;
            grid.x_axis = Axis::horizontal(range, grid.panel_width, tick, measure);
        }
    }
    found
}

/// The vertical axes of all rows, by block.
fn vertical_axes(figure: &Figure, panel_height: f64) -> Vec<Vec<Axis>> {
    let axes = |block: &Block| {
        block.rows.iter().map(|row| Axis::vertical(row, figure.x_scale, panel_height)).collect()
    };
    figure.blocks.iter().map(axes).collect()
}

/// Space that a figure takes to the left of its first column.
pub(crate) fn left_of(figure: &Figure, measure: &Measure) -> f64 {
    grid(figure, panel_height(figure), 0.0, measure).1.columns[0]
}

fn panel_height(figure: &Figure) -> f64 {
    bounded(figure.panel_height, Figure::PANEL_HEIGHT, 12.0, 2000.0).round()
}

/// Space to the left of the first column: labels and values at the ticks.
fn left_margin(figure: &Figure, axes: &[Vec<Axis>], panel_height: f64, measure: &Measure) -> f64 {
    let Sizes { label, tick, margin, .. } = figure.sizes;
    let rows = figure.blocks.iter().flat_map(|block| &block.rows);
    let lines = rows.map(|row| label_lines(&row.label, label, panel_height, measure).len()).max();
    let values = axes.iter().flatten().map(|axis| {
        let factor = axis.ticks.factor().unwrap_or_default();
        let factor = measure.width(&factor, tick, Weight::Regular);
        widest(&axis.ticks, tick, measure).max(factor)
    });
    let labels = LEADING * label * lines.unwrap_or(0) as f64;
    (margin + labels + LABEL_GAP + values.fold(0.0, f64::max) + TICK_GAP).ceil()
}

/// The label of a row in as many lines as it takes, at most two.
fn label_lines(label: &str, size: f64, panel_height: f64, measure: &Measure) -> Vec<String> {
    measure.wrap(label, (size, Weight::Regular), panel_height + ROW_GAP[0], 2)
}

/// Places lines below each other and moves the cursor below them.
fn stack(lines: Vec<String>, x: f64, size: f64, cursor: &mut f64) -> Vec<Line> {
    let placed = lines.into_iter().map(|text| {
        let y = *cursor + size;
        *cursor += LEADING * size;
        Line { x, y, text }
    });
    placed.collect()
}

/// A length brought into bounds; the usual one if it is not finite.
fn bounded(value: f64, usual: f64, least: f64, most: f64) -> f64 {
    if value.is_finite() { value.clamp(least, most) } else { usual }
}
