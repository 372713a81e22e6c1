//! A file that could not be read or written.

use std::io;
use std::path::{Path, PathBuf};

/// A file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{} could not be {action}: {error}", path.display())]
#[non_exhaustive]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// `read` or `written`.
    pub action: &'static str,
    /// What the system says.
    pub error: io::Error,
}

impl FileError {
    /// What becomes of the system's error where `path` was to be read.
    pub fn reading(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |error| Self { path, action: "read", error }
    }

    /// What becomes of the system's error where `path` was to be written.
    pub fn writing(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |error| Self { path, action: "written", error }
    }
}
