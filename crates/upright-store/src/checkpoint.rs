//! How far a file in the making is known to be good, for work that goes on after a kill.

use crate::directory::Directory;
use crate::error::StoreError;
use crate::file_error::FileError;
use crate::manifest::{hash_of, seal, unseal};
use crate::stage::files_of;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// In a stage: the last checkpoint.
const CHECKPOINT: &str = "checkpoint.json";
/// The next one in the making.
const DRAFT: &str = "checkpoint.new";

/// The beginning of a file that is on disk, and what the program was about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// What made it.
    pub command: String,
    /// The file, relative to the results; none where the state says all.
    pub file: Option<PathBuf>,
    /// How many of its bytes are good.
    pub bytes: u64,
    /// The SHA-256 of these.
    pub sha256: String,
    /// What the program has to know to go on.
    pub state: Value,
}

impl Checkpoint {
    /// Puts it in the place of the one before, whole or not at all.
    pub(crate) fn save(&self, stage: &Directory) -> io::Result<()> {
        let (_, text) = seal(serde_json::to_value(self)?);
        let draft = OsStr::new(DRAFT);
        if stage.kind(draft)?.is_some() {
            stage.remove_file(draft)?;
        }
        let mut file = stage.create(draft, true)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        drop(file);
        stage.rename(draft, stage, OsStr::new(CHECKPOINT))?;
        stage.sync()
    }
}

/// What a process that was killed has left, up to its last checkpoint.
#[derive(Debug)]
pub struct Left {
    /// Its last checkpoint.
    pub checkpoint: Checkpoint,
    file: Option<File>,
}

impl Left {
    /// What the stage called `name` holds; nothing where its process came to no checkpoint.
    pub(crate) fn find(
        folder: &Directory,
        path: &Path,
        name: &OsString,
    ) -> Result<Option<Self>, StoreError> {
        let at = path.join(name).join(CHECKPOINT);
        let stage = folder.folder(name).map_err(FileError::reading(&at))?;
        let mut file = match stage.read(OsStr::new(CHECKPOINT)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(FileError::reading(&at)(error).into()),
        };
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(FileError::reading(&at))?;
        let altered = |what: &Path| StoreError::Altered {
            folder: path.to_path_buf(),
            reason: format!(
                "{} was altered after it was written, so nothing can go on from it",
                what.display()
            ),
        };
        let checkpoint = unseal(&text).ok().and_then(|value| serde_json::from_value(value).ok());
        let checkpoint: Checkpoint = checkpoint.ok_or_else(|| altered(&at))?;
        let Some(file) = &checkpoint.file else { return Ok(Some(Self { checkpoint, file: None })) };
        let held = path.join(name).join(file);
        let read = || {
            let mut file = files_of(folder, name)?.read_at(file)?;
            let sum = hash_of((&mut file).take(checkpoint.bytes))?;
            file.rewind()?;
            Ok((file, sum))
        };
        let (file, sum) = read().map_err(FileError::reading(&held))?;
        if sum != checkpoint.sha256 {
            return Err(altered(&held));
        }
        Ok(Some(Self { checkpoint, file: Some(file) }))
    }

    /// What is needed to go on, and the good bytes of the file; none where there is no file.
    pub fn into_parts(self) -> (Value, Box<dyn Read>) {
        let Self { checkpoint: Checkpoint { state, bytes, .. }, file } = self;
        match file {
            Some(file) => (state, Box::new(file.take(bytes))),
            None => (state, Box::new(io::empty())),
        }
    }
}
