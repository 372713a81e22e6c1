//! A column of a table as texts, for whoever writes it.

/// A column of a table with its cells as texts.
pub struct Column {
    /// What it holds, on one line.
    pub text: String,
    /// Unit of the values; empty for columns without one.
    pub unit: String,
    /// A text a row.
    pub cells: Vec<String>,
    /// Whether the column holds numbers only, apart from missing values.
    pub numeric: bool,
}
