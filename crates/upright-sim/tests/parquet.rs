//! A study's Parquet file says what its CSV says, to the bit, and is read by a reader that is not ours.

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use upright_sim::metrics::{Metrics, Verdict};
use upright_sim::study::{CsvTable, Parquet, Record};

fn record(run: u64) -> Record {
    let x = run as f64 / 3.0;
    let mut metrics = [Some(x); Metrics::KEYS.len()];
    metrics[0] = (!run.is_multiple_of(3)).then_some(-x);
    let verdict = if run.is_multiple_of(2) { Verdict::Settled } else { Verdict::OffTrack };
    Record { run, drawn: [x * 1e-300; 23], verdict, metrics, final_state: [x.sqrt(); 6] }
}

#[test]
fn every_cell_is_that_of_the_table() {
    // Two groups and a part of one.
    let rows = 2 * 8192 + 100;
    let (mut columns, mut table) = (Vec::new(), Vec::new());
    let mut parquet = Parquet::new(&mut columns).expect("a file");
    let mut csv = CsvTable::new(&mut table).expect("a table");
    for run in 0..rows {
        parquet.add(record(run)).expect("written");
        csv.add(&record(run)).expect("written");
    }
    parquet.finish().expect("written");
    csv.finish().expect("written");

    let reader = SerializedFileReader::new(bytes::Bytes::from(columns)).expect("a Parquet file");
    let mut lines = std::str::from_utf8(&table).expect("text").lines();
    assert_eq!(lines.next().map(|head| head.split(',').count()), Some(54));
    let mut read = 0;
    for (row, line) in reader.get_row_iter(None).expect("rows").zip(lines) {
        let row = row.expect("a row");
        for ((name, field), cell) in row.get_column_iter().zip(line.split(',')) {
            match field {
                Field::Long(value) => assert_eq!(value.to_string(), cell, "{name}"),
                Field::Str(value) => assert_eq!(value, cell, "{name}"),
                Field::Null => assert_eq!(cell, "", "{name}"),
                Field::Double(value) => {
                    let same = cell.parse::<f64>().map(f64::to_bits) == Ok(value.to_bits());
                    assert!(same, "{name}: {value} and {cell}");
                }
                other => panic!("{name}: {other}"),
            }
        }
        assert_eq!(Record::read(line), Some(record(read)));
        read += 1;
    }
    assert_eq!(read, rows);
    assert_eq!(Record::read("1,2,3"), None);
}

#[test]
fn a_study_without_runs_is_a_file_without_rows() {
    let mut columns = Vec::new();
    Parquet::new(&mut columns).and_then(Parquet::finish).expect("written");
    let reader = SerializedFileReader::new(bytes::Bytes::from(columns)).expect("a Parquet file");
    assert_eq!(reader.metadata().file_metadata().num_rows(), 0);
}
