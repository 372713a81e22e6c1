//! A row of a study as its files have it, and the names of its columns.

use crate::cells::number;
use crate::metrics::{Metrics, Verdict};
use crate::realization;
use crate::row::Row;

/// The components of the final state.
const FINAL: [&str; 6] =
    ["x_end", "theta1_end", "theta2_end", "x_dot_end", "theta1_dot_end", "theta2_dot_end"];

/// What files keep of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Record {
    /// The run's index.
    pub run: u64,
    /// Every drawn value, in the order of [`realization::COLUMNS`].
    pub drawn: [f64; realization::COLUMNS.len()],
    /// How it ended.
    pub verdict: Verdict,
    /// Every metric, in the order of [`Metrics::KEYS`]; absent where the run does not have it.
    pub metrics: [Option<f64>; Metrics::KEYS.len()],
    /// The state at its end, in SI units and radians.
    pub final_state: [f64; 6],
}

impl From<&Row> for Record {
    fn from(row: &Row) -> Self {
        Self {
            run: row.realization.run,
            drawn: row.realization.values(),
            verdict: row.verdict,
            metrics: row.metrics.values(),
            final_state: row.final_state,
        }
    }
}

impl Record {
    /// The names of the columns, in order.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let names = ["run"].into_iter().chain(realization::COLUMNS).chain(["verdict"]);
        names.chain(Metrics::KEYS.map(|(key, _)| key)).chain(FINAL)
    }

    /// Reads a line of a table of such rows; nothing where it is none.
    pub fn read(line: &str) -> Option<Self> {
        // No value holds a comma.
        let mut cells = line.split(',');
        let mut record = Self {
            run: cells.next()?.parse().ok()?,
            drawn: [0.0; realization::COLUMNS.len()],
            verdict: Verdict::Free,
            metrics: [None; Metrics::KEYS.len()],
            final_state: [0.0; 6],
        };
        for value in &mut record.drawn {
            *value = cells.next()?.parse().ok()?;
        }
        record.verdict = Verdict::of_word(cells.next()?)?;
        for value in &mut record.metrics {
            let cell = cells.next()?;
            *value = if cell.is_empty() { None } else { Some(cell.parse().ok()?) };
        }
        for value in &mut record.final_state {
            *value = number(cells.next()?)?;
        }
        cells.next().is_none().then_some(record)
    }
}
