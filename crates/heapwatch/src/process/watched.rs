//! What is seen of a process, and why it may not be.

use crate::statistics::Series;
use crate::verdict::Judgement;
use std::time::Duration;

/// Memory of a process and its children at a moment, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Pages that belong to one process alone, those swapped out included.
    pub private: u64,
    /// Private pages and each process's share of shared ones.
    pub proportional: u64,
    /// Of the proportional ones, those that no file stands behind (anonymous and shared memory), swapped
    /// ones included: what a leak is made of, and what is judged. Where the kernel gives no such
    /// account, private written pages; else resident pages that are not of files.
    pub written: u64,
    /// How many processes.
    pub processes: usize,
}

/// How a watch came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Its duration was over.
    Duration,
    /// The process ended by itself, with this code unless a signal ended it or it was not a child.
    Exited(Option<i32>),
    /// [`Options::stop`](super::Options::stop) became true.
    Stopped,
}

/// What a watch saw. Positions are in seconds since the watch began.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// Written memory: what is judged.
    pub written: Series,
    /// Private memory.
    pub private: Series,
    /// Proportional memory.
    pub proportional: Series,
    /// Verdict on the written memory, with its evidence; inconclusive below 20 samples.
    pub judgement: Judgement,
    /// How it ended.
    pub end: End,
}

/// Why a process is not watched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WatchError {
    /// The kernel's accounts are read on Linux only.
    #[error("processes can be watched on Linux only")]
    NotSupported,
    /// The command did not start.
    #[error("`{program}` did not start")]
    Start {
        /// Its program.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// There is no such process, or it has ended.
    #[error("there is no process {pid}")]
    NoSuchProcess {
        /// Its number.
        pid: u32,
    },
    /// The interval is below 1 ms or above the duration.
    #[error("an interval of {interval:?} is not between 1 ms and the duration of {duration:?}")]
    Interval {
        /// Asked for.
        interval: Duration,
        /// Asked for.
        duration: Duration,
    },
}
