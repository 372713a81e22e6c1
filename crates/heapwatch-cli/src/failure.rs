//! Why a command did not do its work, and the exit code of each reason.

use serde_json::{Value, json};
use std::process::ExitCode;
use upright_console::{Outcome, with_source};
use upright_store::{FileError, StoreError};

/// What a command returns.
pub type Result<T = Outcome> = std::result::Result<T, Failure>;

/// Why a command did not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// A flag or an argument is not allowed.
    #[error("{flag} {value}: {allowed}")]
    Flag {
        /// Its name.
        flag: &'static str,
        /// What was typed.
        value: String,
        /// What is allowed.
        allowed: String,
    },
    /// There is nowhere to show a watch as it goes.
    #[error("--live: standard output is no terminal, and the live view needs one")]
    NoTerminal,
    /// A folder of results could not be written.
    #[error("{}", of_folder(.0))]
    Store(#[from] StoreError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A process cannot be watched.
    #[error("{}", with_source(.0))]
    Watch(#[from] heapwatch::process::WatchError),
    /// Standard output took no more.
    #[error(transparent)]
    Output(#[from] upright_console::console::Unwritten),
    /// A picture could not be made.
    #[cfg(feature = "pages")]
    #[error("a picture could not be made: {0}")]
    Picture(#[from] upright_report::ReportError),
}

impl Failure {
    /// 2 where what was asked for is wrong, 4 where the system refused.
    pub fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Flag { .. } | Self::NoTerminal | Self::Watch(_) => 2,
            // What is there is not what was asked for.
            Self::Store(error) if !matches!(error, StoreError::File(_)) => 2,
            _ => 4,
        })
    }

    /// What is wrong as data: its `message`, and of a flag its name, value and what is allowed.
    pub fn to_json(&self) -> Value {
        let message = self.to_string();
        match self {
            Self::Flag { flag, value, allowed } => {
                json!({ "message": message, "flag": flag, "value": value, "allowed": allowed })
            }
            _ => json!({ "message": message }),
        }
    }
}

/// Why a folder that was named by its flag could not be written.
pub fn of_folder(error: &StoreError) -> String {
    match error {
        StoreError::Occupied { .. } | StoreError::Busy { .. } => format!("--out {error}"),
        _ => error.to_string(),
    }
}
