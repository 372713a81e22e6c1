//! Several figures on one sheet, each with axes of its own, under a common title and legend.

use crate::describe::describe;
use crate::draw::{body, open};
use crate::figure::Figure;
use crate::layout::{Layout, left_of};
use crate::measure::Measure;
use crate::style::Style;
use crate::svg::Element;
use crate::target::{Sizes, Target};

/// Figures in rows of equal widths.
///
/// All panels of a [`Figure`] share their horizontal axis; what has axes of its own is a part of a
/// sheet. Parts are as wide as their share of the sheet, whatever their own width, and take its sizes.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// The common title and legend: a figure without blocks, whose width is that of the sheet.
    head: Figure,
    /// From left to right, then from top to bottom.
    parts: Vec<Figure>,
    /// How many stand side by side; at least one.
    across: usize,
}

impl Sheet {
    /// A sheet of the given title with `across` parts side by side (at least one), each as wide as
    /// `part_width` px at 96 dpi.
    pub fn new(title: impl Into<String>, across: usize, part_width: f64) -> Self {
        let across = across.max(1);
        let head = Figure::new(title).with_size(across as f64 * part_width, Figure::PANEL_HEIGHT);
        Self { head, parts: Vec::new(), across }
    }

    /// Fits the sheet to where it is shown, as [`Figure::on`] does.
    #[must_use]
    pub fn on(mut self, target: Target) -> Self {
        self.head = self.head.on(target);
        self
    }

    /// Appends a part. Its title is not drawn.
    #[must_use]
    pub fn with_part(mut self, part: Figure) -> Self {
        self.parts.push(part);
        self
    }

    /// Appends an entry to the common legend.
    #[must_use]
    pub fn with_legend_entry(mut self, name: impl Into<String>, style: Style) -> Self {
        self.head = self.head.with_legend_entry(name, style);
        self
    }

    /// Its title.
    pub fn title(&self) -> &str {
        &self.head.title
    }

    /// The entries of the common legend.
    pub fn legend(&self) -> &[(String, Style)] {
        &self.head.legend
    }

    /// Its parts, and how many stand side by side.
    pub fn parts(&self) -> (&[Figure], usize) {
        (&self.parts, self.across)
    }

    /// Draws the sheet as an SVG document, as [`Figure::to_svg`] does.
    pub fn to_svg(&self) -> String {
        let measure = Measure::new();
        let mut head = Layout::new(&self.head, 0.0, &measure);
        let mut cursor = head.height - head.sizes.margin;
        if self.head.legend.is_empty() && (self.head.captioned || self.head.title.is_empty()) {
            cursor = 0.0;
        }
        let width = self.head.width / self.across as f64;
        let parts: Vec<Figure> = self.parts.iter().map(|part| self.fitted(part, width)).collect();
        // Panels below each other begin at the same place.
        let left: Vec<f64> = (0..self.across)
            .map(|column| {
                let parts = parts.iter().skip(column).step_by(self.across);
                parts.map(|part| left_of(part, &measure)).fold(0.0, f64::max)
            })
            .collect();
        let mut placed = Vec::new();
        for row in parts.chunks(self.across) {
            let mut height = 0.0_f64;
            for (column, (part, left)) in row.iter().zip(&left).enumerate() {
                let layout = Layout::new(part, *left, &measure);
                height = height.max(layout.height);
                head.width = head.width.max(column as f64 * width + layout.width);
                placed.push((part, layout, [column as f64 * width, cursor]));
            }
            cursor += height;
        }
        let descriptions: Vec<String> =
            std::iter::once(&self.head).chain(&parts).map(describe).collect();
        let description = descriptions.join(" ");
        let words = [self.head.title.as_str(), description.trim(), &self.head.language];
        let mut writer = open([head.width, cursor.max(head.height)], words);
        body(&self.head, &head, &mut writer);
        for (part, layout, [x, y]) in &placed {
            writer.open(&Element::new("g").attr("transform", &format!("translate({x:.2} {y:.2})")));
            body(part, layout, &mut writer);
            writer.close();
        }
        writer.finish()
    }

    fn fitted(&self, part: &Figure, width: f64) -> Figure {
        let sizes: Sizes = self.head.sizes;
        Figure { width, sizes, captioned: true, ..part.clone() }
    }
}
