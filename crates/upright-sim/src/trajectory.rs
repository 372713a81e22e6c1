//! The record of a run: rows of numbers, at most as many as were asked for.

#[cfg(feature = "csv")]
use crate::cells::Cells;
use upright_core::{Command, Controller, State};
use upright_scenario::record::COMMON_COLUMNS;
use upright_scenario::{Scenario, ScenarioError, record};

/// Rows of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Trajectory {
    columns: Vec<&'static str>,
    /// Row after row; once full, a ring.
    numbers: Vec<f64>,
    capacity: usize,
    /// The row that is the oldest once the ring is full.
    oldest: usize,
    every: u64,
}

impl Trajectory {
    /// An empty record of a scenario's run under a controller whose own columns are `own`, with room for all
    /// that it records.
    ///
    /// # Errors
    /// Where it would keep too much.
    pub fn new(scenario: &Scenario, own: &[&'static str]) -> Result<Self, ScenarioError> {
        let columns: Vec<&'static str> = COMMON_COLUMNS.iter().chain(own).copied().collect();
        scenario.check_record(columns.len())?;
        let capacity = record::rows(scenario) as usize;
        Ok(Self {
            numbers: Vec::with_capacity(capacity * columns.len()),
            columns,
            capacity,
            oldest: 0,
            every: u64::from(scenario.simulation.record_every),
        })
    }

    /// A record that keeps nothing.
    pub fn nothing() -> Self {
        Self { columns: vec![], numbers: vec![], capacity: 0, oldest: 0, every: 1 }
    }

    /// Has the system give all the room now that it has promised: it does so page by page, as they are
    /// first written, which looks like growth.
    pub(crate) fn take_room(&mut self) {
        self.numbers.resize(self.capacity * self.columns.len(), f64::NAN);
        std::hint::black_box(&mut self.numbers).clear();
    }

    /// Whether period `index` has its turn.
    pub(crate) fn wants(&self, index: u64) -> bool {
        self.capacity > 0 && index.is_multiple_of(self.every)
    }

    /// Adds a row.
    pub(crate) fn push<C: Controller<f64>>(
        &mut self,
        time: f64,
        state: &State<f64>,
        command: &Command<f64>,
        controller: &C,
    ) {
        let width = self.columns.len();
        if self.capacity == 0 || width == 0 {
            return;
        }
        if self.numbers.len() < self.capacity * width {
            self.numbers.push(time);
            self.numbers.extend_from_slice(state);
            self.numbers.extend_from_slice(&[command.force, command.sigma, command.s]);
            let numbers = &mut self.numbers;
            controller.columns(|number| numbers.push(number));
            return;
        }
        let row = &mut self.numbers[self.oldest * width..(self.oldest + 1) * width];
        row[0] = time;
        row[1..7].copy_from_slice(state);
        row[7..10].copy_from_slice(&[command.force, command.sigma, command.s]);
        let mut own = row[10..].iter_mut();
        controller.columns(|number| {
            if let Some(place) = own.next() {
                *place = number;
            }
        });
        self.oldest = (self.oldest + 1) % self.capacity;
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[&'static str] {
        &self.columns
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.numbers.len().checked_div(self.columns.len()).unwrap_or(0)
    }

    /// How many rows it can hold.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Bytes that it holds on the heap, whether filled or not.
    pub fn heap_bytes(&self) -> usize {
        self.numbers.capacity() * size_of::<f64>() + self.columns.capacity() * size_of::<&str>()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// The rows, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &[f64]> {
        let width = self.columns.len().max(1);
        let (new, old) = self.numbers.split_at(self.oldest * width);
        old.chunks_exact(width).chain(new.chunks_exact(width))
    }

    /// The numbers of the column `name` over time, as `[t, value]`; empty where there is no such
    /// column.
    pub fn series(&self, name: &str) -> Vec<[f64; 2]> {
        let column = self.columns.iter().position(|column| *column == name);
        column
            .map_or_else(Vec::new, |column| self.iter().map(|row| [row[0], row[column]]).collect())
    }

    /// Writes the record as CSV; every number reads back to the same bits. What is not finite is empty.
    ///
    /// # Errors
    /// What `writer` reports.
    #[cfg(feature = "csv")]
    pub fn write_csv(&self, writer: impl std::io::Write) -> Result<(), csv::Error> {
        let mut writer = csv::Writer::from_writer(writer);
        writer.write_record(&self.columns)?;
        for row in self.iter() {
            writer.serialize(Cells(row))?;
        }
        writer.flush()?;
        Ok(())
    }
}
