//! Tables of numbers and texts.

use std::fmt::{self, Display, Formatter};

use crate::table_column::Column;
use crate::table_text;

/// What stands for a value that is missing.
const MISSING: &str = "–";
/// Magnitudes from here on are written with a power of ten.
const LARGE: f64 = 1e9;
/// Decimals written at most; a double holds no more.
const MAX_DECIMALS: usize = 15;

/// Heading of a column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heading {
    /// What the column holds.
    pub text: String,
    /// Unit of the values; empty for columns without one.
    pub unit: String,
}

impl Heading {
    /// A heading with a unit, which may be empty.
    pub fn new(text: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { text: text.into(), unit: unit.into() }
    }
}

/// One cell of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A text, aligned left.
    Text(String),
    /// A number, aligned right.
    Number {
        /// The number in the unit of the column. Values that are not finite are written as
        /// `NaN`, `inf` and `-inf`.
        value: f64,
        /// Digits after the point, at most 15.
        decimals: usize,
    },
    /// No value, drawn as an en dash.
    Missing,
}

impl Cell {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A number with a fixed number of digits after the point.
    pub const fn number(value: f64, decimals: usize) -> Self {
        Self::Number { value, decimals }
    }

    /// A number, or [`Cell::Missing`] if there is none.
    pub fn optional(value: Option<f64>, decimals: usize) -> Self {
        value.map_or(Self::Missing, |value| Self::number(value, decimals))
    }

    /// The text of the cell on one line.
    pub(crate) fn content(&self) -> String {
        match self {
            Self::Text(text) => one_line(text),
            Self::Number { value, decimals } => number(*value, (*decimals).min(MAX_DECIMALS)),
            Self::Missing => MISSING.to_owned(),
        }
    }
}

/// A table with headings.
///
/// Rows may be shorter than the headings; what lacks counts as missing. Cells beyond the
/// headings get a column without heading.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Headings from left to right.
    pub headings: Vec<Heading>,
    /// Rows from top to bottom.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Characters to a line of [`Table::to_text`].
    pub const WIDTH: usize = 80;

    /// A table without rows.
    pub fn new(headings: impl IntoIterator<Item = Heading>) -> Self {
        Self { headings: headings.into_iter().collect(), rows: Vec::new() }
    }

    /// Appends a row.
    pub fn push(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table as plain text of at most 80 columns, with a line break after each line.
    ///
    /// Long texts are wrapped. Numbers are never broken; if they do not fit side by side, the
    /// remaining columns follow below with the first column repeated. The text is the same on
    /// every machine and holds no control sequences.
    pub fn to_text(&self) -> String {
        table_text::render(&self.columns(), self.rows.len(), Self::WIDTH)
    }

    /// The table in the Markdown of GitHub and `CommonMark` processors with tables, units after
    /// the headings, with a line break after each line.
    pub fn to_markdown(&self) -> String {
        let columns = self.columns();
        if columns.is_empty() {
            return String::new();
        }
        let headings = columns.iter().map(|column| match column.unit.as_str() {
            "" => escaped(&column.text),
            unit => escaped(&format!("{}, {unit}", column.text)),
        });
        let rules = columns.iter().map(|column| if column.numeric { "---:" } else { ":---" });
        let mut text = markdown_line(headings) + &markdown_line(rules.map(str::to_owned));
        for row in 0..self.rows.len() {
            text += &markdown_line(columns.iter().map(|column| escaped(&column.cells[row])));
        }
        text
    }

    /// The table column by column, each with as many cells as there are rows.
    pub fn columns(&self) -> Vec<Column> {
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0).max(self.headings.len());
        let column = |index: usize| {
            let heading = self.headings.get(index);
            let cells = || self.rows.iter().map(|row| row.get(index).unwrap_or(&Cell::Missing));
            Column {
                text: heading.map(|heading| one_line(&heading.text)).unwrap_or_default(),
                unit: heading.map(|heading| one_line(&heading.unit)).unwrap_or_default(),
                cells: cells().map(Cell::content).collect(),
                numeric: cells().any(|cell| matches!(cell, Cell::Number { .. }))
                    && !cells().any(|cell| matches!(cell, Cell::Text(_))),
            }
        };
        (0..count).map(column).collect()
    }
}

impl Display for Table {
    /// Writes what [`Table::to_text`] gives.
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_text())
    }
}

/// A number as text. The minus sign is the plain hyphen, so that the text can be read back.
fn number(value: f64, decimals: usize) -> String {
    let text = if value.abs() < LARGE || !value.is_finite() {
        format!("{value:.decimals$}")
    } else {
        format!("{value:.decimals$e}")
    };
    // A tiny negative number must not be shown as a negative zero.
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|digit| matches!(digit, '0' | '.')) => rest.to_owned(),
        _ => text,
    }
}

/// A text without line breaks and other control characters.
fn one_line(text: &str) -> String {
    let clean = |character: char| if character.is_control() { ' ' } else { character };
    text.trim().chars().map(clean).collect()
}

/// A text with the characters that would end a Markdown cell or start HTML made harmless.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('\\', "\\\\").replace('|', "\\|")
}

fn markdown_line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

#[cfg(test)]
mod tests {
    use super::{Cell, Heading, Table};

    fn example() -> Table {
        let mut table = Table::new([Heading::new("Controller", ""), Heading::new("Force", "N")]);
        table.push([Cell::text("a|b <c>"), Cell::number(-12.345, 2)]);
        table.push([Cell::text("lqr"), Cell::Missing]);
        table.push([Cell::text("none")]);
        table
    }

    #[test]
    fn markdown_holds_units_and_alignment() {
        let text = "| Controller | Force, N |\n| :--- | ---: |\n| a\\|b &lt;c> | -12.35 |\n\
                    | lqr | – |\n| none | – |\n";
        assert_eq!(example().to_markdown(), text);
        assert_eq!(Table::default().to_markdown(), "");
    }

    #[test]
    fn numbers_are_written_out() {
        let cases = [
            (1.0, 3, "1.000"),
            (-0.0001, 2, "0.00"),
            (-0.4, 0, "0"),
            (1e12, 2, "1.00e12"),
            (-2.5e300, 1, "-2.5e300"),
            (f64::NAN, 2, "NaN"),
            (f64::NEG_INFINITY, 2, "-inf"),
        ];
        for (value, decimals, text) in cases {
            assert_eq!(Cell::number(value, decimals).content(), text);
        }
        assert_eq!(Cell::number(0.1, 1000).content().len(), 17);
        assert_eq!(Cell::optional(None, 2), Cell::Missing);
    }

    #[test]
    fn control_characters_are_dropped() {
        assert_eq!(Cell::text("\u{1b}[1mbold\nnext").content(), " [1mbold next");
    }
}
