//! A column of a table as texts, for whoever writes it.

/// A column of a table with its cells as texts.
pub(crate) struct Column {
    pub(crate) text: String,
    pub(crate) unit: String,
    pub(crate) cells: Vec<String>,
    /// Whether the column holds numbers only, apart from missing values.
    pub(crate) numeric: bool,
}
