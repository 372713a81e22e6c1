//! The rows of a study, written as they come, with what is needed to go on after a kill.

use crate::failure::Result;
use serde_json::Value;
use std::cell::RefCell;
use std::io::Write;
use std::time::{Duration, Instant};
use upright_sim::study::{CsvTable, Parquet, Record};
use upright_store::{Growing, Results};

/// The file of the rows.
pub(in crate::commands) const ROWS: &str = "batch.csv";

/// From one checkpoint of a study to the next, at least.
const CHECKPOINT_EVERY: Duration = Duration::from_millis(500);

/// Writes `batch.csv`, and `batch.parquet` where it is wanted, of the rows that `fill` adds. `state` says on
/// the way what is needed to go on after a kill.
pub(in crate::commands) fn write_rows(
    output: &Results,
    parquet: bool,
    state: Option<&dyn Fn() -> Value>,
    fill: impl FnOnce(&mut dyn FnMut(&Record) -> std::io::Result<()>) -> std::io::Result<()>,
) -> Result<()> {
    let written = output.write_with_checkpoints(ROWS, |file| {
        let file = RefCell::new(file);
        let mut table = CsvTable::new(Through(&file))?;
        let mut last: Option<Instant> = None;
        let mut add_row = |row: Option<&Record>| {
            if let Some(row) = row {
                table.add(row)?;
            }
            if let Some(state) = state
                && last.is_none_or(|last| last.elapsed() >= CHECKPOINT_EVERY)
            {
                table.flush()?;
                file.borrow_mut().checkpoint(state())?;
                last = Some(Instant::now());
            }
            Ok(())
        };
        // What was asked for is known from the start.
        add_row(None)?;
        if !parquet {
            fill(&mut |row| add_row(Some(row)))?;
            return table.finish();
        }
        // Both files are filled at once, since rows are not kept.
        let filled = output.write("batch.parquet", |writer| {
            let mut columns = Parquet::new(writer)?;
            fill(&mut |row| {
                add_row(Some(row))?;
                columns.add(*row)
            })?;
            columns.finish()
        });
        filled.map_err(|failure| std::io::Error::other(failure.to_string()))?;
        table.finish()
    });
    Ok(written?)
}

/// A file that is written here and has its checkpoints made there.
struct Through<'a, 'b, 'c>(&'a RefCell<&'b mut Growing<'c>>);

impl Write for Through<'_, '_, '_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.borrow_mut().flush()
    }
}
