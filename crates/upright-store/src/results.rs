//! A folder of results in the making.

use crate::checkpoint::{Checkpoint, Left};
use crate::directory::{Directory, EntryKind, parts};
use crate::error::StoreError;
use crate::file_error::FileError;
use crate::journal::{JOURNAL, Journal};
use crate::lock::Lock;
use crate::manifest::{
    COMMAND, FILES, Hashing, SHA256, SUMMARY, Unsealed, hash_of, sealed, unseal,
};
use crate::stage::{self, HIDDEN, Stage};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Results in the making. Nothing of them is seen in the folder until they are finished; where they are
/// dropped before, they leave nothing.
#[derive(Debug)]
pub struct Results {
    path: PathBuf,
    command: String,
    folder: Directory,
    /// What the folder held of an earlier run, to be taken away.
    earlier: Vec<PathBuf>,
    stage: Option<Stage>,
    /// Stages of dead processes, which go when these results are finished.
    dead: Vec<OsString>,
    left: Vec<Left>,
    notes: Vec<String>,
    /// The SHA-256 of each file, by its path.
    files: Mutex<BTreeMap<PathBuf, String>>,
    private: bool,
    /// Whether the folder was made for these results.
    made: bool,
    finished: bool,
    /// The last to go: until then, the folder is this process's.
    lock: Option<Lock>,
}

/// Results that are in their place.
#[derive(Debug)]
pub struct Finished {
    /// The summary as written.
    pub summary: Value,
    /// Files of others that stood in the way, and their new names, relative to the folder.
    pub set_aside: Vec<(PathBuf, PathBuf)>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change is whole before the lock is given back.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Results {
    /// Prepares the folder at `path` for the results of `command`. A swap of results that was cut short is
    /// completed, and what killed processes have left is taken away.
    ///
    /// # Errors
    /// Where the folder holds something else, another process writes it, or it cannot be written.
    pub fn begin(path: &Path, command: &str) -> Result<Self, StoreError> {
        Self::prepare(path, command, false)
    }

    /// The same for work that goes on where an earlier process was killed: [`Results::left`] is what it has
    /// left, which stays until these results are finished.
    ///
    /// # Errors
    /// As of [`Results::begin`]; also where something was altered since.
    pub fn resume(path: &Path, command: &str) -> Result<Self, StoreError> {
        Self::prepare(path, command, true)
    }

    fn prepare(path: &Path, command: &str, resumes: bool) -> Result<Self, StoreError> {
        let made = !path.exists();
        if !made {
            let folder = open(path)?;
            // Between the files of a swap that was cut short, there may be no summary yet.
            if folder.kind(OsStr::new(JOURNAL)).map_err(FileError::reading(path))?.is_none() {
                earlier_files(&folder, path, command)?;
            }
        }
        fs::create_dir_all(path).map_err(FileError::writing(path))?;
        let made_one = MadeFolder { path, made };
        let folder = open(path)?;
        let lock = Lock::take(&folder, path)?;
        let mut notes = Vec::new();
        if let Some(note) = recover(&folder, path)? {
            notes.push(note);
        }
        let earlier = earlier_files(&folder, path, command)?;
        let found = stage::find(&folder, path, lock.tells())?;
        notes.extend(found.notes);
        let mut left = Vec::new();
        for name in &found.dead {
            if resumes {
                left.extend(Left::find(&folder, path, name)?);
            } else {
                // What cannot be taken away stays; it is in nobody's way.
                let _ = folder.remove_tree(name);
            }
        }
        left.retain(|left| left.checkpoint.command == command);
        let stage = Stage::make(&folder).map_err(FileError::writing(path))?;
        made_one.keep();
        Ok(Self {
            path: path.to_path_buf(),
            command: command.to_owned(),
            folder,
            earlier,
            stage: Some(stage),
            dead: if resumes { found.dead } else { Vec::new() },
            left,
            notes,
            files: Mutex::new(BTreeMap::new()),
            private: false,
            made,
            finished: false,
            lock: Some(lock),
        })
    }

    /// Has every file be its owner's alone (mode 600), where the system has such a thing.
    #[must_use]
    pub fn private(mut self) -> Self {
        self.private = true;
        self
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Sentences on what was found in the folder: a swap that was completed, a stage that may be in use.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What killed processes of the same command have left up to their last checkpoints, for work that goes
    /// on.
    pub fn left(&mut self) -> &mut Vec<Left> {
        &mut self.left
    }

    fn stage(&self) -> io::Result<&Stage> {
        self.stage.as_ref().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Writes one file; it appears in the folder when the results are finished.
    ///
    /// # Errors
    /// Where `fill` or the system reports one.
    pub fn write(
        &self,
        name: impl AsRef<Path>,
        fill: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
    ) -> Result<(), StoreError> {
        self.write_with_checkpoints(name, |file| fill(file))
    }

    /// Writes one file of these bytes.
    ///
    /// # Errors
    /// Where the system reports one.
    pub fn write_bytes(&self, name: impl AsRef<Path>, bytes: &[u8]) -> Result<(), StoreError> {
        self.write(name, |writer| writer.write_all(bytes))
    }

    /// Writes one file; on the way, `fill` may say what has come so far, for work that goes on after a kill.
    ///
    /// # Errors
    /// Where `fill` or the system reports one.
    pub fn write_with_checkpoints(
        &self,
        name: impl AsRef<Path>,
        fill: impl FnOnce(&mut Growing<'_>) -> io::Result<()>,
    ) -> Result<(), StoreError> {
        let name = name.as_ref();
        let write = || {
            let stage = self.stage()?;
            let (parent, last) = stage.files.make_parent(name)?;
            let file = parent.create(&last, self.private)?;
            let writer = Hashing::new(BufWriter::new(file));
            let mut growing =
                Growing { writer, stage: &stage.own, command: &self.command, file: name };
            fill(&mut growing)?;
            growing.writer.flush()?;
            growing.writer.inner().get_ref().sync_all()?;
            let (_, sum) = growing.writer.so_far();
            parent.sync()?;
            Ok(sum)
        };
        let sum = write().map_err(FileError::writing(&self.path.join(name)))?;
        lock(&self.files).insert(name.to_path_buf(), sum);
        Ok(())
    }

    /// Says what is needed to go on after a kill, where that is not the beginning of a file. It is on disk when
    /// this returns.
    ///
    /// # Errors
    /// Where the system reports one.
    pub fn checkpoint(&self, state: Value) -> Result<(), StoreError> {
        let save = || {
            let (command, sha256) = (self.command.clone(), hash_of(io::empty())?);
            Checkpoint { command, file: None, bytes: 0, sha256, state }.save(&self.stage()?.own)
        };
        Ok(save().map_err(FileError::writing(&self.path))?)
    }

    /// Moves everything to its place, with `summary` as the last file: its fields, the command that made it,
    /// and the names and checksums of all files.
    ///
    /// # Errors
    /// Where a file could not be moved. The swap is then completed by whoever opens the folder next.
    pub fn finish(mut self, summary: &Value) -> Result<Finished, StoreError> {
        let files = std::mem::take(&mut *lock(&self.files));
        let (whole, text) = sealed(&self.command, summary, &files);
        self.write_bytes(SUMMARY, text.as_bytes())?;
        let failed = FileError::writing(&self.path);
        let swap = || {
            let stage = self.stage()?;
            stage.files.sync()?;
            let earlier = self.earlier.clone();
            let journal = Journal::new(&stage.name, earlier, files.into_keys().collect());
            journal.commit(&stage.own, &self.folder)?;
            Ok(journal)
        };
        let journal = swap().map_err(failed)?;
        // What is written down is done, by this process or by the next one.
        self.finished = true;
        let set_aside = journal.complete(&self.folder).map_err(FileError::writing(&self.path))?;
        for name in std::mem::take(&mut self.dead) {
            let _ = self.folder.remove_tree(&name);
        }
        Ok(Finished { summary: whole, set_aside })
    }
}

impl Drop for Results {
    fn drop(&mut self) {
        if let Some(stage) = self.stage.take() {
            // Where the swap could not be completed, its journal needs the stage.
            let needed =
                self.finished && !matches!(self.folder.kind(OsStr::new(JOURNAL)), Ok(None));
            if !needed {
                // A stage that stays is swept by the next run.
                let _ = self.folder.remove_tree(&stage.name);
            }
        }
        if self.made && !self.finished {
            // The lock first, and only an empty folder goes.
            self.lock = None;
            let _ = fs::remove_dir(&self.path);
        }
    }
}

/// A file that is being written.
#[derive(Debug)]
pub struct Growing<'a> {
    writer: Hashing<BufWriter<File>>,
    stage: &'a Directory,
    command: &'a str,
    file: &'a Path,
}

impl Growing<'_> {
    /// Says that all that was written so far is good, and what is needed to go on behind it. It is on disk when
    /// this returns.
    ///
    /// # Errors
    /// What the system reports.
    pub fn checkpoint(&mut self, state: Value) -> io::Result<()> {
        self.writer.flush()?;
        self.writer.inner().get_ref().sync_data()?;
        let (bytes, sha256) = self.writer.so_far();
        let command = self.command.to_owned();
        let file = Some(self.file.to_path_buf());
        Checkpoint { command, file, bytes, sha256, state }.save(self.stage)
    }
}

impl Write for Growing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// A folder that goes again unless it is kept.
struct MadeFolder<'a> {
    path: &'a Path,
    made: bool,
}

impl MadeFolder<'_> {
    fn keep(mut self) {
        self.made = false;
    }
}

impl Drop for MadeFolder<'_> {
    fn drop(&mut self) {
        if self.made {
            // Only an empty one.
            let _ = fs::remove_dir(self.path);
        }
    }
}

fn open(path: &Path) -> Result<Directory, StoreError> {
    Directory::open(path).map_err(|error| {
        if path.is_file() {
            occupied(path, "is a file".to_owned())
        } else {
            FileError::reading(path)(error).into()
        }
    })
}

fn occupied(path: &Path, reason: String) -> StoreError {
    StoreError::Occupied { folder: path.to_path_buf(), reason }
}

/// Completes a swap that was cut short, in a folder that this process has locked; returns a sentence on it.
pub(crate) fn recover(folder: &Directory, path: &Path) -> Result<Option<String>, StoreError> {
    let Some(journal) = Journal::find(folder, path)? else { return Ok(None) };
    let set_aside = journal.complete(folder).map_err(FileError::writing(path))?;
    let renamed = |(from, to): &(PathBuf, PathBuf)| {
        format!("; {} is called {}", from.display(), to.display())
    };
    let renamed: Vec<String> = set_aside.iter().map(renamed).collect();
    let note = format!(
        "{}: results that an earlier process had begun to move are complete now{}",
        path.display(),
        renamed.concat()
    );
    Ok(Some(note))
}

/// The files that an earlier run of `command` left in a folder.
fn earlier_files(
    folder: &Directory,
    path: &Path,
    command: &str,
) -> Result<Vec<PathBuf>, StoreError> {
    let at = path.join(SUMMARY);
    match folder.kind(OsStr::new(SUMMARY)).map_err(FileError::reading(&at))? {
        Some(EntryKind::File) => {}
        Some(_) => return Err(occupied(path, format!("its {SUMMARY} is no file"))),
        None => {
            let names = folder.names().map_err(FileError::reading(path))?;
            let foreign = names.iter().find(|name| !name.to_string_lossy().starts_with(HIDDEN));
            return match foreign {
                None => Ok(Vec::new()),
                Some(name) => Err(occupied(
                    path,
                    format!(
                        "the folder holds {}, which is no result of `upright {command}`",
                        name.to_string_lossy()
                    ),
                )),
            };
        }
    }
    let mut bytes = Vec::new();
    let mut file = folder.read(OsStr::new(SUMMARY)).map_err(FileError::reading(&at))?;
    file.read_to_end(&mut bytes).map_err(FileError::reading(&at))?;
    let text = String::from_utf8_lossy(&bytes);
    let summary: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    match summary[COMMAND].as_str() {
        Some(earlier) if earlier == command => {}
        Some(earlier) => {
            return Err(occupied(path, format!("the folder holds results of `upright {earlier}`")));
        }
        None => {
            let reason = format!("the folder holds a {SUMMARY} of another program");
            return Err(occupied(path, reason));
        }
    }
    // Results of earlier versions have no checksums. Where there are some, the names are ours for certain or
    // not at all.
    if !summary[SHA256].is_null()
        && matches!(unseal(&text), Err(Unsealed::Altered | Unsealed::NoChecksum))
    {
        let reason = format!(
            "its {SUMMARY} was altered, so that it is not known which files are results; move the folder away"
        );
        return Err(occupied(path, reason));
    }
    let files = summary[FILES].as_array().into_iter().flatten().filter_map(Value::as_str);
    // Only what lies within the folder is ours to take away.
    Ok(files.map(PathBuf::from).filter(|file| parts(file).is_some()).collect())
}
