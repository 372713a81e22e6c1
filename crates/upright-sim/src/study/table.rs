//! The rows of a study as CSV: run, every drawn value, verdict, every metric, the final state.

use super::record::Record;
use crate::cells::Cells;
use std::io::Write;

/// A table of rows in the making. Every number reads back to the same bits; what a run does not have,
/// or is not finite, is empty.
pub struct CsvTable<W: Write>(csv::Writer<W>);

impl<W: Write> CsvTable<W> {
    /// With its header.
    ///
    /// # Errors
    /// What `writer` reports.
    pub fn new(writer: W) -> std::io::Result<Self> {
        let mut writer = csv::Writer::from_writer(writer);
        writer.write_record(Record::names())?;
        Ok(Self(writer))
    }

    /// Adds a row.
    ///
    /// # Errors
    /// What the writer reports.
    pub fn add(&mut self, row: &Record) -> std::io::Result<()> {
        let Record { run, drawn, verdict, metrics, final_state } = row;
        let metrics = metrics.map(|metric| metric.filter(|number| number.is_finite()));
        let row = (run, Cells(drawn), verdict.word(), metrics, Cells(final_state));
        Ok(self.0.serialize(row)?)
    }

    /// Hands all rows so far on to the writer.
    ///
    /// # Errors
    /// What the writer reports.
    pub fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }

    /// Writes out what is still held back.
    ///
    /// # Errors
    /// What the writer reports.
    pub fn finish(mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}
