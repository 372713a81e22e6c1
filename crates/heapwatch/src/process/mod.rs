//! Watching a process and its children from outside: memory that they have written, by the kernel's
//! own accounts; and the resident memory of the calling process. Linux only; on other systems every
//! watch answers [`WatchError::NotSupported`].

#[cfg(target_os = "linux")]
mod accounts;
#[cfg(target_os = "linux")]
mod started;
#[cfg(target_os = "linux")]
mod tree;
#[cfg(target_os = "linux")]
mod watch;

#[cfg(target_os = "linux")]
pub use accounts::resident;
#[cfg(target_os = "linux")]
pub use watch::{attach, exec, usage};

use crate::statistics::Series;
use crate::verdict::{Judgement, Noise};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
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

/// How long and how closely a process is watched, and by what it is judged.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long, at most.
    pub duration: Duration,
    /// From one sample to the next; at least 1 ms.
    pub interval: Duration,
    /// Floor and confidence of a leak.
    pub noise: Noise,
    /// How long a command that was asked to end may take before it is killed.
    pub grace: Duration,
    /// Watching ends early once this is true: for a program that is interrupted.
    pub stop: Option<Arc<AtomicBool>>,
}

impl Default for Options {
    /// 60 s, every 100 ms, 500 B/s at 99.9 %, 2 s of grace.
    fn default() -> Self {
        Self {
            duration: Duration::from_mins(1),
            interval: Duration::from_millis(100),
            noise: Noise::default(),
            grace: Duration::from_secs(2),
            stop: None,
        }
    }
}

/// How a watch came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Its duration was over.
    Duration,
    /// The process ended by itself, with this code unless a signal ended it or it was not a child.
    Exited(Option<i32>),
    /// [`Options::stop`] became true.
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

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use super::{Options, Usage, WatchError, Watched};
    use std::process::Command;

    /// Memory of a process and its children.
    ///
    /// # Errors
    /// Always: this is not Linux.
    pub fn usage(_pid: u32) -> Result<Usage, WatchError> {
        Err(WatchError::NotSupported)
    }

    /// Nothing: the system does not say.
    pub fn resident() -> Option<u64> {
        None
    }

    /// Runs a command and watches it.
    ///
    /// # Errors
    /// Always: this is not Linux.
    pub fn exec(_command: &mut Command, _options: &Options) -> Result<Watched, WatchError> {
        Err(WatchError::NotSupported)
    }

    /// Watches a running process.
    ///
    /// # Errors
    /// Always: this is not Linux.
    pub fn attach(_pid: u32, _options: &Options) -> Result<Watched, WatchError> {
        Err(WatchError::NotSupported)
    }
}
#[cfg(not(target_os = "linux"))]
pub use elsewhere::{attach, exec, resident, usage};
