//! Many runs of a scenario, over its uncertainty or from a grid of initial states: in vector lanes, on many threads,
//! in run order.
//!
//! A run is drawn from the seed and its index alone and computed by the same mathematics as a single
//! run, lane by lane, so a row has the same bits on any number of threads, in any vector unit, and
//! when it is replayed alone.
//!
//! `lanes` computes a vector of runs and puts the next run in the place of one that has ended; `chunk` does
//! so for some runs of a study; `engine` spreads chunks over threads, and `ordered_queue` brings what comes
//! back into order; `table` and `statistics` are what comes of the rows.

mod chunk;
mod definition;
mod engine;
mod lanes;
mod ordered_queue;
#[cfg(feature = "parquet")]
mod parquet;
mod record;
mod shard;
mod statistics;
#[cfg(feature = "csv")]
mod table;

#[cfg(feature = "parquet")]
pub use self::parquet::Parquet;
pub use crate::row::Row;
pub use definition::{Source, Study, StudyError, Tally};
pub use engine::{
    SerialStudy, bound_bytes, run_serial, run_study, run_study_of_kind, run_study_with_controller,
};
pub use record::Record;
pub use shard::{Shard, ShardError};
pub use statistics::{Rate, Spread, Statistics, Summary};
#[cfg(feature = "csv")]
pub use table::CsvTable;
