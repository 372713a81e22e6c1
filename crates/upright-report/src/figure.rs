//! The model of a figure: what is drawn, without any geometry.

use crate::scale::Scale;
use crate::style::{Color, Style};
use crate::target::{Sizes, Target};

/// A grid of panels with a title, a legend and common axes.
///
/// Blocks are stacked; within a block there is one line of panels for each row and one panel for
/// each column. Every text may hold any characters; those that XML does not allow are replaced.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Heading of the whole figure; left out when empty.
    pub title: String,
    /// Language of the texts as a BCP 47 tag, for screen readers.
    pub language: String,
    /// Groups of rows, from top to bottom.
    pub blocks: Vec<Block>,
    /// Headings of the columns, from left to right, repeated above each block. Missing ones stay
    /// empty.
    pub column_headings: Vec<String>,
    /// Label of the horizontal axis with its unit; left out when empty.
    pub x_label: String,
    /// How the horizontal axis is divided.
    pub x_scale: Scale,
    /// Whether a unit is as long upwards as it is across, so that a circle is round. Of axes that are divided evenly.
    pub equal_units: bool,
    /// Width of the figure in px at 96 dpi, 100 to 10000. A figure whose panels would become
    /// narrower than 60 px is widened.
    pub width: f64,
    /// Height of one panel in px at 96 dpi, 12 to 2000.
    pub panel_height: f64,
    /// Entries of the legend: a name and the line that goes with it. No entries, no legend.
    pub legend: Vec<(String, Style)>,
    /// Sizes of its texts.
    pub sizes: Sizes,
    /// Whether a caption beside the figure says its title, which is then not drawn.
    pub captioned: bool,
}

impl Figure {
    /// Width of a figure unless another is set, in px at 96 dpi.
    pub const WIDTH: f64 = 1000.0;
    /// Height of a panel unless another is set, in px at 96 dpi.
    pub const PANEL_HEIGHT: f64 = 110.0;

    /// A figure without blocks, in English, of the usual size.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            language: "en".to_owned(),
            blocks: Vec::new(),
            column_headings: Vec::new(),
            x_label: String::new(),
            x_scale: Scale::Linear,
            equal_units: false,
            width: Self::WIDTH,
            panel_height: Self::PANEL_HEIGHT,
            legend: Vec::new(),
            sizes: Sizes::SCREEN,
            captioned: false,
        }
    }

    /// Sets the language of the texts, as a BCP 47 tag such as `de` or `en-GB`.
    #[must_use]
    pub fn with_language(mut self, language: impl Into<String>) -> Self {
        self.language = language.into();
        self
    }

    /// Sets the headings of the columns.
    #[must_use]
    pub fn with_columns<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.column_headings = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the label of the horizontal axis.
    #[must_use]
    pub fn with_x_label(mut self, label: impl Into<String>) -> Self {
        self.x_label = label.into();
        self
    }

    /// Divides the horizontal axis by powers of ten.
    #[must_use]
    pub fn with_log_x(mut self) -> Self {
        self.x_scale = Scale::Log;
        self
    }

    /// Makes a unit as long upwards as across: the axis that has room to spare shows more.
    #[must_use]
    pub fn with_equal_units(mut self) -> Self {
        self.equal_units = true;
        self
    }

    /// Labels the horizontal axis at whole numbers only.
    #[must_use]
    pub fn with_whole_x(mut self) -> Self {
        self.x_scale = Scale::Whole;
        self
    }

    /// Fits the figure to where it is shown: on paper it gets the width of its columns, texts of 8 pt,
    /// and its title is left to the caption. On the screen nothing changes.
    #[must_use]
    pub fn on(mut self, target: Target) -> Self {
        if let Some(width) = target.width() {
            self.width = width;
            self.sizes = Sizes::PAPER;
            self.captioned = true;
        }
        self
    }

    /// Sets the width of the figure and the height of a panel, both in px at 96 dpi.
    #[must_use]
    pub fn with_size(mut self, width: f64, panel_height: f64) -> Self {
        self.width = width;
        self.panel_height = panel_height;
        self
    }

    /// Appends a block below the others.
    #[must_use]
    pub fn with_block(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// Appends an entry to the legend.
    #[must_use]
    pub fn with_legend_entry(mut self, name: impl Into<String>, style: Style) -> Self {
        self.legend.push((name.into(), style));
        self
    }

    /// Appends to the legend each curve name that it does not hold yet, in the order of first
    /// use. Curves without a name are left out.
    #[must_use]
    pub fn with_legend_of_curves(mut self) -> Self {
        let rows = self.blocks.iter().flat_map(|block| &block.rows);
        for curve in rows.flat_map(|row| &row.panels).flat_map(|panel| &panel.curves) {
            if !curve.name.is_empty() && self.legend.iter().all(|(name, _)| *name != curve.name) {
                self.legend.push((curve.name.clone(), curve.style));
            }
        }
        self
    }

    /// Number of columns of the grid: that of the longest row or of the headings.
    pub fn column_count(&self) -> usize {
        let rows = self.blocks.iter().flat_map(|block| &block.rows);
        rows.map(|row| row.panels.len()).max().unwrap_or(0).max(self.column_headings.len())
    }
}

/// Rows of panels under a common heading.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Block {
    /// Heading of the block; left out when empty.
    pub heading: String,
    /// Rows from top to bottom.
    pub rows: Vec<PanelRow>,
}

impl Block {
    /// A block without rows.
    pub fn new(heading: impl Into<String>) -> Self {
        Self { heading: heading.into(), rows: Vec::new() }
    }

    /// Appends a row below the others.
    #[must_use]
    pub fn with_row(mut self, row: PanelRow) -> Self {
        self.rows.push(row);
        self
    }
}

/// Panels side by side that share the vertical axis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PanelRow {
    /// Label of the vertical axis with its unit, drawn once at the left.
    pub label: String,
    /// How the vertical axis is divided.
    pub scale: Scale,
    /// Two values that the vertical axis covers whatever the curves do.
    pub reach: Option<[f64; 2]>,
    /// Names on the vertical axis in place of values, from top to bottom: the places of bars. Where
    /// there are any, curves are drawn over the heights 0 for the lowest name, 1 for the next and so
    /// on.
    pub names: Vec<String>,
    /// Panels from left to right. The place of a missing panel stays blank.
    pub panels: Vec<Panel>,
}

impl PanelRow {
    /// A row without panels.
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::default() }
    }

    /// Divides the vertical axis by powers of ten.
    #[must_use]
    pub fn with_log_y(mut self) -> Self {
        self.scale = Scale::Log;
        self
    }

    /// Labels the vertical axis at whole numbers only.
    #[must_use]
    pub fn with_whole_y(mut self) -> Self {
        self.scale = Scale::Whole;
        self
    }

    /// Has the vertical axis cover these values whatever the curves do.
    #[must_use]
    pub fn with_reach(mut self, values: [f64; 2]) -> Self {
        self.reach = Some(values);
        self
    }

    /// Puts names on the vertical axis, from top to bottom.
    #[must_use]
    pub fn with_names<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.names = names.into_iter().map(Into::into).collect();
        self
    }

    /// Appends a panel to the right of the others.
    #[must_use]
    pub fn with_panel(mut self, panel: Panel) -> Self {
        self.panels.push(panel);
        self
    }
}

/// One pair of axes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Panel {
    /// Curves; later ones are drawn over earlier ones.
    pub curves: Vec<Curve>,
    /// Marks drawn below the curves.
    pub guides: Vec<Guide>,
    /// Bars beside the names of the row; the first belongs to the first name.
    pub bars: Vec<Bar>,
}

impl Panel {
    /// A panel without curves and guides.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a curve.
    #[must_use]
    pub fn with_curve(mut self, curve: Curve) -> Self {
        self.curves.push(curve);
        self
    }

    /// Appends a bar, for the next name of the row.
    #[must_use]
    pub fn with_bar(mut self, bar: Bar) -> Self {
        self.bars.push(bar);
        self
    }

    /// Whether there is nothing to be drawn on axes of these scales.
    pub(crate) fn is_bare(&self, [x, y]: [Scale; 2]) -> bool {
        self.bars.is_empty()
            && self
                .curves
                .iter()
                .all(|curve| curve.points.iter().all(|p| !is_finite([x.of(p[0]), y.of(p[1])])))
    }

    /// Appends a guide.
    #[must_use]
    pub fn with_guide(mut self, guide: Guide) -> Self {
        self.guides.push(guide);
        self
    }
}

/// A line through points.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Curve {
    /// Name of the curve, shown by browsers when pointed at.
    pub name: String,
    /// How the line is drawn.
    pub style: Style,
    /// Points `[x, y]` in the units of the axes, usually with rising `x`. A point with a
    /// coordinate that is not finite, or not above zero on a logarithmic axis, interrupts the line.
    pub points: Vec<[f64; 2]>,
    /// Whether each uninterrupted stretch is the outline of an area that is filled.
    pub filled: bool,
}

impl Curve {
    /// A curve through the given points `[x, y]`.
    pub fn new(
        name: impl Into<String>,
        style: Style,
        points: impl IntoIterator<Item = [f64; 2]>,
    ) -> Self {
        Self { name: name.into(), style, points: points.into_iter().collect(), filled: false }
    }

    /// A curve of `y` over `x`. If one slice is longer, its surplus is ignored.
    pub fn of_slices(name: impl Into<String>, style: Style, x: &[f64], y: &[f64]) -> Self {
        Self::new(name, style, x.iter().zip(y).map(|(&x, &y)| [x, y]))
    }

    /// Fills the areas that its stretches go round.
    #[must_use]
    pub fn filled(mut self) -> Self {
        self.filled = true;
        self
    }

    /// Whether `x` falls anywhere, as in a phase portrait.
    pub(crate) fn turns_back(&self) -> bool {
        self.points.windows(2).any(|pair| pair[1][0] < pair[0][0])
    }

    /// Whether it is dots: no two points are joined.
    pub(crate) fn is_scattered(&self) -> bool {
        let joined = |pair: &[[f64; 2]]| pair.iter().all(|point| is_finite(*point));
        self.points.len() > 1 && !self.points.windows(2).any(joined)
    }

    /// The points that are drawn, as places on axes of these scales: those with two finite ones.
    pub(crate) fn places(&self, [x, y]: [Scale; 2]) -> impl Iterator<Item = [f64; 2]> {
        let places = self.points.iter().map(move |point| [x.of(point[0]), y.of(point[1])]);
        places.filter(|place| is_finite(*place))
    }
}

/// A horizontal bar from zero, with an interval.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Where it ends, in the unit of the horizontal axis. One that is not finite is not drawn, and
    /// [`Bar::note`] stands in its place; of one that is too short to be seen the value is written.
    pub value: f64,
    /// The ends of the whisker, in the unit of the horizontal axis.
    pub interval: Option<[f64; 2]>,
    /// Colour of the bar.
    pub color: Color,
    /// What is said where there is no value.
    pub note: String,
}

impl Bar {
    /// A bar without an interval. What has no value is noted as a dash.
    pub fn new(value: f64, color: Color) -> Self {
        Self { value, interval: None, color, note: "–".to_owned() }
    }

    /// Sets the ends of its whisker.
    #[must_use]
    pub fn with_interval(mut self, ends: [f64; 2]) -> Self {
        self.interval = Some(ends);
        self
    }

    /// Sets what is said where there is no value.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// The finite ends of all that is drawn, zero included.
    pub(crate) fn ends(&self) -> impl Iterator<Item = f64> {
        let ends = self.interval.into_iter().flatten().chain([self.value, 0.0]);
        ends.filter(|end| end.is_finite())
    }
}

/// Whether both coordinates are finite.
pub(crate) fn is_finite(point: [f64; 2]) -> bool {
    point.iter().all(|value| value.is_finite())
}

/// A mark at a value of one axis.
///
/// Guides do not widen an axis: one that lies outside the data is not drawn, and a band or span is
/// cut at the edge of the panel. Only where there are no points at all do the guides set the axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Guide {
    /// A thin dashed horizontal line.
    Horizontal {
        /// Position on the vertical axis.
        y: f64,
    },
    /// A shaded horizontal band.
    Band {
        /// One edge on the vertical axis.
        from: f64,
        /// The other edge on the vertical axis.
        to: f64,
    },
    /// A thin dashed vertical line.
    Vertical {
        /// Position on the horizontal axis.
        x: f64,
    },
    /// A shaded span of the horizontal axis, over the whole height.
    Span {
        /// One edge on the horizontal axis.
        from: f64,
        /// The other edge on the horizontal axis.
        to: f64,
    },
}
