//! The swap of an old result for a new one, written down before it begins.
//!
//! The journal is renamed into the folder once every new file is on disk; from then on the new result is what
//! the folder holds, and whoever finds a journal completes it. Each step may be done again: what was moved is
//! no longer in the stage.

use crate::directory::{Directory, EntryKind, is_missing};
use crate::error::StoreError;
use crate::file_error::FileError;
use crate::manifest::{SUMMARY, seal, unseal};
use crate::stage::files_of;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// The name of a journal in the folder.
pub(crate) const JOURNAL: &str = ".upright-journal";
/// Its name in the stage, before the swap begins.
const DRAFT: &str = "journal";

/// What is to be moved and what goes.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Journal {
    /// The stage that holds the new files.
    stage: String,
    /// The files of the old result.
    old: Vec<PathBuf>,
    /// The files of the new one; the summary is the last.
    new: Vec<PathBuf>,
}

/// Files of the user's that stood in the way, and what they are called now.
pub(crate) type SetAside = Vec<(PathBuf, PathBuf)>;

impl Journal {
    pub(crate) fn new(stage: &OsStr, old: Vec<PathBuf>, mut new: Vec<PathBuf>) -> Self {
        new.retain(|file| file != Path::new(SUMMARY));
        new.push(SUMMARY.into());
        Self { stage: stage.to_string_lossy().into_owned(), old, new }
    }

    /// Begins the swap: after this, it will be completed.
    pub(crate) fn commit(&self, stage: &Directory, folder: &Directory) -> io::Result<()> {
        let (_, text) = seal(serde_json::to_value(self)?);
        let mut draft = stage.create(OsStr::new(DRAFT), true)?;
        draft.write_all(text.as_bytes())?;
        draft.sync_all()?;
        stage.sync()?;
        folder.sync()?;
        stage.rename(OsStr::new(DRAFT), folder, OsStr::new(JOURNAL))?;
        folder.sync()
    }

    /// The journal of a swap that was cut short, if there is one.
    pub(crate) fn find(folder: &Directory, path: &Path) -> Result<Option<Self>, StoreError> {
        let at = path.join(JOURNAL);
        let mut file = match folder.read(OsStr::new(JOURNAL)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(FileError::reading(&at)(error).into()),
        };
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(FileError::reading(&at))?;
        // The checksum is a field that the journal itself does not have, and is passed over.
        let journal = unseal(&text).ok().and_then(|value| serde_json::from_value(value).ok());
        journal.map(Some).ok_or_else(|| StoreError::Altered {
            folder: path.to_path_buf(),
            reason: format!("{JOURNAL} was altered, so a swap of results cannot be completed"),
        })
    }

    /// Completes the swap, from wherever it was cut short.
    pub(crate) fn complete(&self, folder: &Directory) -> io::Result<SetAside> {
        let mut set_aside = Vec::new();
        let new: BTreeSet<&Path> = self.new.iter().map(PathBuf::as_path).collect();
        let old: BTreeSet<&Path> = self.old.iter().map(PathBuf::as_path).collect();
        for file in old.iter().filter(|file| !new.contains(*file)) {
            remove(folder, file)?;
        }
        // Where the stage is gone, all was moved and the journal alone is left.
        if let Some(stage) = there(files_of(folder, OsStr::new(&self.stage)))? {
            for file in &self.new {
                if stage.kind_at(file)? == Some(EntryKind::File) {
                    place(folder, &stage, file, &old, &mut set_aside)?;
                }
            }
        }
        folder.sync()?;
        match folder.remove_file(OsStr::new(JOURNAL)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        folder.sync()?;
        // A stage that stays is swept by the next run.
        let _ = folder.remove_tree(OsStr::new(&self.stage));
        Ok(set_aside)
    }
}

fn there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Takes away a file of the old result, and the folders that are empty without it. Nothing outside of the
/// folder is reached through a link, and no folder in a file's place is touched.
fn remove(folder: &Directory, file: &Path) -> io::Result<()> {
    let Some((parent, name)) = there(folder.parent(file))? else { return Ok(()) };
    match parent.kind(&name)? {
        Some(EntryKind::Folder) | None => {}
        Some(_) => parent.remove_file(&name)?,
    }
    drop(parent);
    for above in file.ancestors().skip(1).filter(|above| !above.as_os_str().is_empty()) {
        let Some((parent, name)) = there(folder.parent(above))? else { continue };
        // Only an empty one goes; others hold something of somebody's.
        if parent.kind(&name)? == Some(EntryKind::Folder) && parent.remove_folder(&name).is_err() {
            break;
        }
    }
    Ok(())
}

/// Moves a new file to its place; what stands there and is not of the old result gets another name.
fn place(
    folder: &Directory,
    stage: &Directory,
    file: &Path,
    old: &BTreeSet<&Path>,
    set_aside: &mut SetAside,
) -> io::Result<()> {
    let above: Vec<&Path> =
        file.ancestors().skip(1).filter(|p| !p.as_os_str().is_empty()).collect();
    for path in above.into_iter().rev() {
        let (parent, name) = folder.make_parent(path)?;
        if !matches!(parent.kind(&name)?, None | Some(EntryKind::Folder)) {
            set_aside.push((path.to_path_buf(), give_way(&parent, path, &name)?));
        }
    }
    let (parent, name) = folder.make_parent(file)?;
    let ours = old.contains(file) || file == Path::new(SUMMARY);
    match parent.kind(&name)? {
        None => {}
        // A link in the place of a file of ours is replaced itself; what it leads to stays.
        Some(EntryKind::File | EntryKind::Other) if ours => {}
        Some(_) => set_aside.push((file.to_path_buf(), give_way(&parent, file, &name)?)),
    }
    let (from, staged) = stage.parent(file)?;
    from.rename(&staged, &parent, &name)?;
    parent.sync()
}

/// Gives what stands in the way another name beside it; returns the new path.
fn give_way(parent: &Directory, path: &Path, name: &OsStr) -> io::Result<PathBuf> {
    for number in 1.. {
        let mut other = OsString::from(name);
        other.push(if number == 1 { ".yours".to_owned() } else { format!(".yours-{number}") });
        if parent.kind(&other)?.is_none() {
            parent.rename(name, parent, &other)?;
            return Ok(path.with_file_name(other));
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
