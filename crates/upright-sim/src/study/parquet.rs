//! The rows of a study as Parquet: the columns of `batch.csv`, typed.

use super::record::Record;
use crate::metrics::Metrics;
use crate::realization;
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use std::io::{Error, Write};
use std::sync::Arc;

/// Rows that are held back and written together: this bounds the memory.
const GROUP: usize = 8192;

/// A Parquet file of rows in the making. What a run does not have is null.
pub struct Parquet<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    held: Vec<Record>,
}

impl<W: Write + Send> Parquet<W> {
    /// With its schema.
    ///
    /// # Errors
    /// What `writer` reports.
    pub fn new(writer: W) -> std::io::Result<Self> {
        let writer = schema()
            .and_then(|schema| {
                let properties = Arc::new(WriterProperties::builder().build());
                SerializedFileWriter::new(writer, Arc::new(schema), properties)
            })
            .map_err(Error::other)?;
        Ok(Self { writer, held: Vec::with_capacity(GROUP) })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// What the writer reports.
    pub fn add(&mut self, row: Record) -> std::io::Result<()> {
        self.held.push(row);
        if self.held.len() == GROUP { self.group().map_err(Error::other) } else { Ok(()) }
    }

    /// Writes out what is still held back, and the end of the file.
    ///
    /// # Errors
    /// What the writer reports.
    pub fn finish(mut self) -> std::io::Result<()> {
        self.group().and_then(|()| self.writer.close().map(drop)).map_err(Error::other)
    }

    /// Writes the rows held back, column by column.
    fn group(&mut self) -> Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let rows = &self.held;
        let mut group = self.writer.next_row_group()?;
        let mut index = 0;
        while let Some(mut column) = group.next_column()? {
            if index == 0 {
                let runs: Vec<i64> = rows.iter().map(|row| row.run as i64).collect();
                column.typed::<Int64Type>().write_batch(&runs, None, None)?;
            } else if index == VERDICT {
                let word = |row: &Record| ByteArray::from(row.verdict.word());
                let words: Vec<ByteArray> = rows.iter().map(word).collect();
                column.typed::<ByteArrayType>().write_batch(&words, None, None)?;
            } else if let Some(metric) =
                index.checked_sub(METRICS).filter(|&i| i < Metrics::KEYS.len())
            {
                let known = |row: &Record| row.metrics[metric];
                let values: Vec<f64> = rows.iter().filter_map(known).collect();
                let levels: Vec<i16> =
                    rows.iter().map(|row| i16::from(known(row).is_some())).collect();
                column.typed::<DoubleType>().write_batch(&values, Some(&levels), None)?;
            } else {
                let value = |row: &Record| match index.checked_sub(FINAL) {
                    Some(state) => row.final_state[state],
                    None => row.drawn[index - DRAWN],
                };
                let values: Vec<f64> = rows.iter().map(value).collect();
                column.typed::<DoubleType>().write_batch(&values, None, None)?;
            }
            column.close()?;
            index += 1;
        }
        group.close()?;
        self.held.clear();
        Ok(())
    }
}

/// Where the columns stand: run, drawn values, verdict, metrics, final state.
const DRAWN: usize = 1;
const VERDICT: usize = DRAWN + realization::COLUMNS.len();
const METRICS: usize = VERDICT + 1;
const FINAL: usize = METRICS + Metrics::KEYS.len();

fn schema() -> Result<Type> {
    let of = |(index, name): (usize, &str)| {
        let metric = (METRICS..FINAL).contains(&index);
        let column = match index {
            0 => Type::primitive_type_builder(name, Physical::INT64),
            VERDICT => Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
                .with_logical_type(Some(LogicalType::String)),
            _ => Type::primitive_type_builder(name, Physical::DOUBLE),
        };
        let repetition = if metric { Repetition::OPTIONAL } else { Repetition::REQUIRED };
        column.with_repetition(repetition).build().map(Arc::new)
    };
    let columns = Record::names().enumerate().map(of).collect::<Result<Vec<_>>>()?;
    Type::group_type_builder("runs").with_fields(columns).build()
}
