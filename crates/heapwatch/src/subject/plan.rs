//! How a subject is run, and whose allocations are counted.

use crate::allocator::{Counts, RecordError, process_counts, thread_counts};
use std::fmt;

/// Whose allocations are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// Those of the calling thread: exact beside other tests.
    #[default]
    Thread,
    /// Those of the whole process: for subjects with threads of their own.
    Process,
}

impl Scope {
    pub(super) fn counts(self) -> Counts {
        match self {
            Self::Thread => thread_counts(),
            Self::Process => process_counts(),
        }
    }
}

/// The most samples that a run keeps.
pub const MAX_SAMPLES: u64 = 1 << 24;

/// How a subject is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Whose allocations are counted.
    pub scope: Scope,
    /// Lives, or steps of one life.
    pub count: u64,
    /// A sample is taken every so many of them; from 1.
    pub every: u64,
    /// Whether call sites are recorded, so that a leak is named. Slows allocation down to
    /// microseconds; only one run of a process at a time can do it.
    pub sites: bool,
    /// Lives or steps after which a [`Snapshot`](super::Snapshot) is taken, in rising order.
    pub marks: &'static [u64],
    /// Whether each sample holds the process's resident memory too (Linux).
    pub resident: bool,
}

impl Plan {
    /// So many lives or steps, sampled 1000 times or at each, without call sites.
    pub fn of(count: u64) -> Self {
        Self {
            scope: Scope::Thread,
            count,
            every: (count / 1000).max(1),
            sites: false,
            marks: &[],
            resident: false,
        }
    }

    /// With call sites recorded.
    #[must_use]
    pub fn with_sites(self) -> Self {
        Self { sites: true, ..self }
    }

    /// With snapshots after so many lives or steps.
    #[must_use]
    pub fn with_marks(self, marks: &'static [u64]) -> Self {
        Self { marks, ..self }
    }

    /// With resident memory beside the counted bytes.
    #[must_use]
    pub fn with_resident(self) -> Self {
        Self { resident: true, ..self }
    }

    /// Sampled every so many lives or steps.
    #[must_use]
    pub fn every(self, every: u64) -> Self {
        Self { every, ..self }
    }

    /// With the allocations of these threads counted.
    #[must_use]
    pub fn counting(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }
}

/// Why a subject was not audited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditError {
    /// Nothing would be counted.
    NotInstalled,
    /// Call sites were asked for and cannot be recorded.
    Sites(RecordError),
    /// More samples than are kept.
    TooManySamples {
        /// Asked for.
        samples: u64,
    },
    /// There is no such plan.
    EveryIsZero,
}

impl fmt::Display for AuditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled => f.write_str("the counting allocator is not installed"),
            Self::Sites(error) => error.fmt(f),
            Self::TooManySamples { samples } => write!(
                f,
                "{samples} samples; at most {MAX_SAMPLES} are kept, so `every` must be larger"
            ),
            Self::EveryIsZero => f.write_str(
                "`every` is zero: a sample is taken every so many lives or steps, from 1",
            ),
        }
    }
}

impl std::error::Error for AuditError {}

impl From<RecordError> for AuditError {
    fn from(error: RecordError) -> Self {
        Self::Sites(error)
    }
}
