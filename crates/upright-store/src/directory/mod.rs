//! Open folders: names are looked up in them one at a time, and no link is followed.

mod kind;
#[cfg(not(unix))]
mod portable;
#[cfg(unix)]
mod unix;

pub(crate) use kind::EntryKind;
#[cfg(not(unix))]
pub(crate) use portable::Directory;
#[cfg(unix)]
pub(crate) use unix::Directory;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::{Component, Path};

/// The parts of a relative path that stays inside its folder; `None` for any other.
pub(crate) fn parts(path: &Path) -> Option<Vec<&OsStr>> {
    let parts: Option<Vec<&OsStr>> = path
        .components()
        .map(|part| if let Component::Normal(name) = part { Some(name) } else { None })
        .collect();
    parts.filter(|parts| !parts.is_empty())
}

fn outside(path: &Path) -> io::Error {
    let reason = format!("{} is no path inside the folder", path.display());
    io::Error::new(io::ErrorKind::InvalidInput, reason)
}

impl Directory {
    /// The folder that holds the last part of `path`, and that part.
    ///
    /// # Errors
    /// Where a part is missing, or is a link or a file.
    pub(crate) fn parent(&self, path: &Path) -> io::Result<(Self, OsString)> {
        self.walk(path, Self::folder)
    }

    /// The same; folders that are missing are made.
    pub(crate) fn make_parent(&self, path: &Path) -> io::Result<(Self, OsString)> {
        self.walk(path, Self::make)
    }

    fn walk(
        &self,
        path: &Path,
        mut down: impl FnMut(&Self, &OsStr) -> io::Result<Self>,
    ) -> io::Result<(Self, OsString)> {
        let parts = parts(path).ok_or_else(|| outside(path))?;
        let (name, folders) = parts.split_last().ok_or_else(|| outside(path))?;
        let mut folder = self.same()?;
        for part in folders {
            folder = down(&folder, part)?;
        }
        Ok((folder, (*name).to_owned()))
    }

    /// What stands at a path, if anything, without following links on the way.
    pub(crate) fn kind_at(&self, path: &Path) -> io::Result<Option<EntryKind>> {
        match self.parent(path) {
            Ok((folder, name)) => folder.kind(&name),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A file at a path, without following links.
    pub(crate) fn read_at(&self, path: &Path) -> io::Result<File> {
        let (folder, name) = self.parent(path)?;
        folder.read(&name)
    }

    /// Takes away a folder and all that is in it.
    pub(crate) fn remove_tree(&self, name: &OsStr) -> io::Result<()> {
        let inside = self.folder(name)?;
        for entry in inside.names()? {
            match inside.kind(&entry)? {
                Some(EntryKind::Folder) => inside.remove_tree(&entry)?,
                Some(_) => inside.remove_file(&entry)?,
                None => {}
            }
        }
        drop(inside);
        self.remove_folder(name)
    }
}

/// Whether a name or a folder on the way to it does not exist, or the way leads through what is no folder.
pub(crate) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
