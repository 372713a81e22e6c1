//! How a command that did its work ended.

use crate::interrupt;
use std::process::ExitCode;

/// How a command that did its work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// Done, and the answer is bad.
    Bad,
    /// Done, and there is no answer yet.
    Inconclusive,
    /// Interrupted, or out of time; what was done is kept.
    Interrupted,
}

impl Outcome {
    /// 0, 1, 3; and of an interruption 128 and the number of the signal, or 3 where the time was over.
    pub fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Done => 0,
            Self::Bad => 1,
            Self::Inconclusive => 3,
            Self::Interrupted => interrupt::code(),
        })
    }
}
