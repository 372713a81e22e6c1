//! What a store refuses.

use std::io;
use std::path::{Path, PathBuf};

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
    #[error("{} could not be {action}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        action: &'static str,
        /// What the system says.
        error: io::Error,
    },
}

impl StoreError {
    pub(crate) fn reading(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |error| Self::File { path, action: "read", error }
    }

    pub(crate) fn writing(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |error| Self::File { path, action: "written", error }
    }
}
