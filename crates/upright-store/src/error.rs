//! What a store refuses.

use crate::file_error::FileError;
use std::path::PathBuf;

/// Why results were not written or not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The folder holds what must not be replaced.
    #[error("{}: {reason}", folder.display())]
    Occupied {
        /// The folder.
        folder: PathBuf,
        /// What it holds.
        reason: String,
    },
    /// Another process writes the folder.
    #[error("{}: another process writes there ({holder})", folder.display())]
    Busy {
        /// The folder.
        folder: PathBuf,
        /// Which process, on which machine.
        holder: String,
    },
    /// What is in the folder is not what was written there.
    #[error("{}: {reason}", folder.display())]
    Altered {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with which file.
        reason: String,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}
