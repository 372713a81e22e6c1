//! Stages: hidden folders in which results are made, and what becomes of those that were left behind.

use crate::directory::{Directory, EntryKind};
use crate::error::StoreError;
use crate::file_error::FileError;
use crate::owner::Owner;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Read, Write};
use std::path::Path;

/// How the names of all that a store keeps for itself begin.
pub(crate) const HIDDEN: &str = ".upright-";
/// How the names of stages begin; random digits follow.
const STAGE: &str = ".upright-stage-";
/// In a stage: who made it. Locked while that process lives.
const OWNER: &str = "owner.json";
/// In a stage: the files that will be moved.
const FILES: &str = "files";

/// A stage of this process.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) name: OsString,
    pub(crate) own: Directory,
    /// The folder of the files that will be moved.
    pub(crate) files: Directory,
    /// Locked until this process ends, or drops it.
    _owner: File,
}

impl Stage {
    /// Makes a stage in a folder that this process has locked.
    pub(crate) fn make(folder: &Directory) -> io::Result<Self> {
        let name = loop {
            // Two processes of one number, in containers or on machines that share a folder, differ here.
            let random = RandomState::new().build_hasher().finish();
            let name = OsString::from(format!("{STAGE}{random:016x}"));
            if folder.kind(&name)?.is_none() {
                break name;
            }
        };
        let own = folder.make_private(&name)?;
        let mut owner = own.create(OsStr::new(OWNER), true)?;
        match owner.try_lock() {
            // Where there are no locks, nobody will take it for dead.
            Ok(()) | Err(_) => {}
        }
        owner.write_all(&serde_json::to_vec(&Owner::this())?)?;
        let files = own.make(OsStr::new(FILES))?;
        Ok(Self { name, own, files, _owner: owner })
    }
}

/// The folder of files in a stage by its name.
pub(crate) fn files_of(folder: &Directory, stage: &OsStr) -> io::Result<Directory> {
    folder.folder(stage)?.folder(OsStr::new(FILES))
}

/// What was found in a folder of stages that this process did not make.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Those of processes that are dead for certain.
    pub(crate) dead: Vec<OsString>,
    /// Sentences on those that may be alive.
    pub(crate) notes: Vec<String>,
}

/// Looks at the stages in a folder that this process has locked; `locks` says whether locks work there.
pub(crate) fn find(folder: &Directory, path: &Path, locks: bool) -> Result<Found, StoreError> {
    let mut found = Found::default();
    for name in folder.names().map_err(FileError::reading(path))? {
        let Some(text) = name.to_str() else { continue };
        let kind = folder.kind(&name).map_err(FileError::reading(&path.join(&name)))?;
        if !text.starts_with(STAGE) || kind != Some(EntryKind::Folder) {
            continue;
        }
        match owner_alive(folder, &name) {
            // A stage without an owner is one whose process was killed as it made it, since another could
            // not be making one now.
            Ok(Alive::No | Alive::NoOwner) if locks => found.dead.push(name),
            Ok(Alive::Elsewhere(owner)) => found.notes.push(format!(
                "{} was left by {owner}, which cannot be seen to have ended; delete it if it has",
                path.join(&name).display()
            )),
            Ok(Alive::Yes | Alive::No | Alive::NoOwner) | Err(_) => {
                found
                    .notes
                    .push(format!("{} may be in use, and stays", path.join(&name).display()));
            }
        }
    }
    Ok(found)
}

enum Alive {
    Yes,
    No,
    NoOwner,
    /// Locks of another machine, or of the system before it was restarted, may not be seen.
    Elsewhere(Owner),
}

fn owner_alive(folder: &Directory, stage: &OsStr) -> io::Result<Alive> {
    let mut file = match folder.folder(stage)?.read(OsStr::new(OWNER)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Alive::NoOwner),
        Err(error) => return Err(error),
    };
    if file.try_lock().is_err() {
        return Ok(Alive::Yes);
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(match serde_json::from_str::<Owner>(&text) {
        Ok(owner) if owner.is_of_this_system() => Alive::No,
        Ok(owner) => Alive::Elsewhere(owner),
        // It was killed between making the file and filling it.
        Err(_) if text.is_empty() => Alive::No,
        Err(_) => Alive::Yes,
    })
}
