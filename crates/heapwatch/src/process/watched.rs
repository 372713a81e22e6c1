//! What is seen of a process, and why it may not be.

use crate::statistics::Series;
use crate::verdict::Judgement;
use std::fmt;
use std::time::Duration;

/// Memory of a process and its children at a moment, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Pages that belong to one process alone, those swapped out included.
    pub private: u64,
    /// Private pages and each process's share of shared ones.
    pub proportional: u64,
    /// Proportional bytes that no file stands behind (anonymous and shared memory), swapped
    /// ones included: what a leak is made of, and what is judged. Where the kernel gives no such
    /// account, private written pages; else resident pages that are not of files.
    pub written: u64,
    /// Pages that were given back (`MADV_FREE`) and that the kernel has not taken yet. Not among the written.
    pub given_back: u64,
    /// How many processes.
    pub processes: usize,
}

impl Usage {
    #[cfg(target_os = "linux")]
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            private: self.private.saturating_add(other.private),
            proportional: self.proportional.saturating_add(other.proportional),
            written: self.written.saturating_add(other.written),
            given_back: self.given_back.saturating_add(other.given_back),
            processes: self.processes + other.processes,
        }
    }
}

/// What the kernel counts of one process, in bytes. It may lag behind by some pages a processor (before
/// Linux 6.17), and what processes share counts in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Anonymous and shared memory, and what of it is swapped out: what no file stands behind.
    pub written: u64,
    /// Pages in memory, those of files included.
    pub resident: u64,
    /// Address space, written or not.
    pub address_space: u64,
    /// Threads.
    pub threads: u64,
    /// Open file descriptors; zero where they may not be seen.
    pub descriptors: u64,
    /// Processes that were counted.
    pub processes: usize,
}

/// What watching cost. Shares are of the time of the processes that were watched.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cost {
    /// Time spent reading accounts, as a part of the time watched (of each process, where there are
    /// several). Kept below 0.001 by reading less often.
    pub share: f64,
    /// How often the kernel's counters were read, which stops nobody.
    pub reads: u64,
    /// How often maps were walked, under the memory lock of the process.
    pub walks: u64,
    /// The longest that one walk held that lock.
    pub longest_walk: Duration,
    /// Whether walks were left out because a process was too large or had threads of real time, or the
    /// machine so busy that a walk was interrupted.
    pub spared: bool,
}

/// The memory of a control group, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Group {
    /// All that is charged to it, cached files included.
    pub used: u64,
    /// Shared memory and files in memory, mapped by somebody or not.
    pub shared: u64,
    /// What the kernel holds for it: pipes, sockets, tables.
    pub kernel: u64,
    /// The most that it may use; nothing where there is no limit.
    pub limit: Option<u64>,
    /// Whether all who are in it are watched.
    pub alone: bool,
}

/// What was read at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// In seconds since the watch began.
    pub at: f64,
    /// The kernel's counters, summed over the processes.
    pub counters: Counters,
    /// A walk of the maps of all processes, where one was taken.
    pub walk: Option<Usage>,
    /// The control group of the processes, where the system shows one; read twice a second.
    pub group: Option<Group>,
}

/// Which account was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// The kernel's counters, which every reading has.
    Counters,
    /// Walks of the maps: taken throughout, and often enough.
    Walks,
}

impl Account {
    /// `counters` or `walks`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Counters => "counters",
            Self::Walks => "walks",
        }
    }
}

/// What is looked at beside written memory: it may hold what no page table of a process shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// Open file descriptors (their number): pipes, sockets, files in memory.
    Descriptors,
    /// Shared memory of the control group beyond what the processes have mapped, in bytes.
    GroupShared,
    /// Memory of the kernel for the control group, in bytes; only where all in it are watched.
    GroupKernel,
    /// Address space beyond what is written, in bytes.
    AddressSpace,
}

impl Beside {
    /// `descriptors`, `group_shared`, `group_kernel` or `address_space`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Descriptors => "descriptors",
            Self::GroupShared => "group_shared",
            Self::GroupKernel => "group_kernel",
            Self::AddressSpace => "address_space",
        }
    }
}

/// How something beside written memory grows.
#[derive(Debug, Clone, PartialEq)]
pub struct Opinion {
    /// What.
    pub of: Beside,
    /// What its series says, in bytes (or descriptors) and seconds.
    pub judgement: Judgement,
}

/// How a watch came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It goes on.
    Running,
    /// Its duration was over.
    Duration,
    /// The process ended by itself, with this code unless a signal ended it or it was not a child.
    Exited(Option<i32>),
    /// [`Options::stop`](super::Options::stop) became true.
    Stopped,
}

impl Watched {
    /// Seconds until a limit is reached, at the upper end of the interval of its growth: `limit` bytes of
    /// written memory, or without one the limit of the control group, of what is charged to it. Nothing
    /// where there is no limit, or it does not grow.
    pub fn full_in(&self, limit: Option<u64>) -> Option<f64> {
        let last = self.readings.last()?;
        let group = self.readings.iter().rev().find_map(|reading| reading.group);
        let room = match limit {
            Some(limit) => limit as f64 - last.counters.written as f64,
            None => group.and_then(|group| Some(group.limit? as f64 - group.used as f64))?,
        };
        let most = self.judgement.growth.interval.high;
        (most > 0.0).then(|| room.max(0.0) / most)
    }
}

/// What a watch saw. Positions are in seconds since the watch began.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// Written memory by one account: what is judged.
    pub written: Series,
    /// Which account that is.
    pub account: Account,
    /// All that was read.
    pub readings: Vec<Reading>,
    /// What watching cost.
    pub cost: Cost,
    /// Verdict on the written memory, with its evidence; inconclusive below 20 samples, and where a second
    /// opinion sees growth that it does not.
    pub judgement: Judgement,
    /// What else was looked at, and how it grows.
    pub opinions: Vec<Opinion>,
    /// Whether the heap of a process is collected (Java, Node, Go and the like).
    pub collected: bool,
    /// How it ended.
    pub end: End,
}

/// Why a process is not watched.
#[derive(Debug)]
#[non_exhaustive]
pub enum WatchError {
    /// The kernel's accounts are read on Linux only.
    NotSupported,
    /// The command did not start.
    Start {
        /// Its program.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// There is no such process, or it has ended.
    NoSuchProcess {
        /// Its number.
        pid: u32,
    },
    /// There is no such process, but some have that number in a PID namespace of their own, as in a container.
    InContainer {
        /// The number asked for.
        pid: u32,
        /// Their numbers here.
        here: Vec<u32>,
    },
    /// A thread of the kernel has no memory of its own to be watched.
    NoMemory {
        /// Its number.
        pid: u32,
    },
    /// The interval is below 1 ms or above the duration.
    Interval {
        /// Asked for.
        interval: Duration,
        /// Asked for.
        duration: Duration,
    },
}

impl fmt::Display for WatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSupported => f.write_str("processes can be watched on Linux only"),
            Self::Start { program, .. } => write!(f, "`{program}` did not start"),
            Self::NoSuchProcess { pid } => write!(f, "there is no process {pid}"),
            Self::InContainer { pid, here } => {
                let here: Vec<String> = here.iter().map(u32::to_string).collect();
                write!(
                    f,
                    "there is no process {pid} here; in a container (a PID namespace of its own) that is the number \
                     of process {}",
                    here.join(", of process ")
                )
            }
            Self::NoMemory { pid } => write!(
                f,
                "process {pid} has no memory of its own: it is a thread of the kernel, or is ending"
            ),
            Self::Interval { interval, duration } => write!(
                f,
                "an interval of {interval:?} is not between 1 ms and the duration of {duration:?}"
            ),
        }
    }
}

impl std::error::Error for WatchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Start { source, .. } => Some(source),
            _ => None,
        }
    }
}
