//! Numbers as cells of a table: what is not finite is not there, and so is empty.

#[cfg(feature = "csv")]
use serde::{Serialize, Serializer};

/// Numbers in a row.
#[cfg(feature = "csv")]
pub(crate) struct Cells<'a>(pub(crate) &'a [f64]);

#[cfg(feature = "csv")]
impl Serialize for Cells<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|number| number.is_finite().then_some(number)))
    }
}

/// Reads a cell back; an empty one is not a number.
pub(crate) fn number(cell: &str) -> Option<f64> {
    if cell.is_empty() { Some(f64::NAN) } else { cell.parse().ok() }
}
