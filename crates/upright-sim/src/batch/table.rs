//! The rows of a study as CSV: run, every drawn value, verdict, every metric, the final state.

use super::Row;
use crate::draw;
use crate::metrics::Metrics;
use std::io::Write;

/// The components of the final state.
const FINAL: [&str; 6] =
    ["x_end", "theta1_end", "theta2_end", "x_dot_end", "theta1_dot_end", "theta2_dot_end"];

/// A table of rows in the making. Every number reads back to the same bits; what a run does not have
/// is empty.
pub struct Table<W: Write>(csv::Writer<W>);

impl<W: Write> Table<W> {
    /// With its header.
    ///
    /// # Errors
    /// What `writer` reports.
    pub fn new(writer: W) -> std::io::Result<Self> {
        let mut writer = csv::Writer::from_writer(writer);
        let names = ["run"].into_iter().chain(draw::COLUMNS).chain(["verdict"]);
        writer.write_record(names.chain(Metrics::KEYS.map(|(key, _)| key)).chain(FINAL))?;
        Ok(Self(writer))
    }

    /// Adds a row.
    ///
    /// # Errors
    /// What the writer reports.
    pub fn add(&mut self, row: &Row) -> std::io::Result<()> {
        let (drawn, metrics) = (row.draw.values(), row.metrics.values());
        let row = (row.draw.run, &drawn[..], row.verdict.word(), metrics, row.final_state);
        Ok(self.0.serialize(row)?)
    }

    /// Writes out what is still held back.
    ///
    /// # Errors
    /// What the writer reports.
    pub fn finish(mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}
