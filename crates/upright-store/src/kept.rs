//! Results that are in their place, read back.

use crate::directory::Directory;
use crate::error::StoreError;
use crate::file_error::FileError;
use crate::journal::JOURNAL;
use crate::lock::Lock;
use crate::manifest::{FILES, SHA256, SUMMARY, Unsealed, hash_of, unseal};
use crate::results::recover;
use serde_json::Value;
use std::ffi::OsStr;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

/// A folder of results that is there.
#[derive(Debug)]
pub struct Kept {
    path: PathBuf,
    folder: Directory,
    summary: Value,
    notes: Vec<String>,
}

/// What is wrong with a file of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, relative to the folder.
    pub file: String,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What can be wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// It is not there, or is no file.
    Missing,
    /// It is another one than was written.
    Altered,
    /// The summary has no checksum of it.
    NoChecksum,
    /// It cannot be read.
    Unreadable(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, kind } = self;
        match kind {
            FaultKind::Missing => write!(f, "{file} is missing"),
            FaultKind::Altered => write!(f, "{file} was altered"),
            FaultKind::NoChecksum => write!(f, "{file} has no checksum in {SUMMARY}"),
            FaultKind::Unreadable(error) => write!(f, "{file} could not be read: {error}"),
        }
    }
}

impl Kept {
    /// Opens the folder at `path`. A swap of results that was cut short is completed first.
    ///
    /// # Errors
    /// Where there is no summary that a store wrote, or it was altered since.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let folder = Directory::open(path).map_err(FileError::reading(path))?;
        let mut notes = Vec::new();
        if folder.kind(OsStr::new(JOURNAL)).map_err(FileError::reading(path))?.is_some() {
            let _lock = Lock::take(&folder, path)?;
            notes.extend(recover(&folder, path)?);
        }
        let at = path.join(SUMMARY);
        let mut bytes = Vec::new();
        folder
            .read(OsStr::new(SUMMARY))
            .and_then(|mut file| file.read_to_end(&mut bytes))
            .map_err(FileError::reading(&at))?;
        let refused = |reason: &str| StoreError::Altered {
            folder: path.to_path_buf(),
            reason: format!("its {SUMMARY} {reason}"),
        };
        let text = String::from_utf8(bytes).map_err(|_| refused("was altered: it is no text"))?;
        let summary = unseal(&text).map_err(|error| {
            refused(match error {
                Unsealed::NotJson => "was altered: it is no JSON",
                Unsealed::NoChecksum => {
                    "has no checksum, so it is not known whether it was altered"
                }
                Unsealed::Altered => "was altered after it was written",
            })
        })?;
        Ok(Self { path: path.to_path_buf(), folder, summary, notes })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The summary.
    pub fn summary(&self) -> &Value {
        &self.summary
    }

    /// Sentences on what was found in the folder.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The names of the files, without the summary.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.summary[FILES].as_array().into_iter().flatten().filter_map(Value::as_str)
    }

    /// Reads every file; returns what is wrong with which.
    pub fn faults(&self) -> Vec<Fault> {
        self.files().filter_map(|file| self.check(file).err()).collect()
    }

    /// A file as it was written.
    ///
    /// # Errors
    /// Where it is missing or was altered.
    pub fn read(&self, file: &str) -> Result<File, StoreError> {
        self.check(file).map_err(|fault| StoreError::Altered {
            folder: self.path.clone(),
            reason: fault.to_string(),
        })
    }

    fn check(&self, name: &str) -> Result<File, Fault> {
        let fault = |kind| Fault { file: name.to_owned(), kind };
        let Some(wanted) = self.summary[SHA256][name].as_str() else {
            return Err(fault(FaultKind::NoChecksum));
        };
        let read = || -> io::Result<(File, String)> {
            let mut file = self.folder.read_at(Path::new(name))?;
            let sum = hash_of(&mut file)?;
            file.rewind()?;
            Ok((file, sum))
        };
        match read() {
            Ok((file, sum)) if sum == wanted => Ok(file),
            Ok(_) => Err(fault(FaultKind::Altered)),
            Err(error) if crate::directory::is_missing(&error) => Err(fault(FaultKind::Missing)),
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                Err(fault(FaultKind::Missing))
            }
            Err(error) => Err(fault(FaultKind::Unreadable(error.to_string()))),
        }
    }
}
