//! The rows of a study as CSV: run, every drawn value, verdict, every metric, the final state.

use super::Row;
use crate::draw;
use crate::metrics::{Metrics, Verdict};
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

/// Run, verdict and metrics of a line of such a table under its header `head`; nothing where the line is
/// not of it.
pub fn read_row(
    head: &str,
    line: &str,
) -> Option<(u64, Verdict, [Option<f64>; Metrics::KEYS.len()])> {
    // No name and no value of a table holds a comma.
    let names = head.split(',');
    let mut run = None;
    let mut verdict = None;
    let mut metrics = [None; Metrics::KEYS.len()];
    let mut cells = line.split(',');
    for name in names {
        let cell = cells.next()?;
        if name == "run" {
            run = Some(cell.parse().ok()?);
        } else if name == "verdict" {
            verdict = Some(Verdict::of_word(cell)?);
        } else if let Some(place) = Metrics::KEYS.iter().position(|(key, _)| *key == name)
            && !cell.is_empty()
        {
            metrics[place] = Some(cell.parse().ok()?);
        }
    }
    cells.next().is_none().then_some((run?, verdict?, metrics))
}
