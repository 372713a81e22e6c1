//! Folders by path, where the system has no descriptors of folders.

use super::kind::EntryKind;
use crate::step;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// A folder.
#[derive(Debug)]
pub(crate) struct Directory(PathBuf);

impl Directory {
    /// The folder at a path, which may be a link to one.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        fs::read_dir(path)?;
        Ok(Self(path.to_path_buf()))
    }

    /// Another handle of the same folder.
    pub(crate) fn same(&self) -> io::Result<Self> {
        Ok(Self(self.0.clone()))
    }

    /// A folder in this one.
    pub(crate) fn folder(&self, name: &OsStr) -> io::Result<Self> {
        match self.kind(name)? {
            Some(EntryKind::Folder) => Ok(Self(self.0.join(name))),
            Some(_) => Err(io::ErrorKind::NotADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// What a name stands for; nothing where there is none.
    pub(crate) fn kind(&self, name: &OsStr) -> io::Result<Option<EntryKind>> {
        match fs::symlink_metadata(self.0.join(name)) {
            Ok(entry) if entry.is_file() => Ok(Some(EntryKind::File)),
            Ok(entry) if entry.is_dir() => Ok(Some(EntryKind::Folder)),
            Ok(_) => Ok(Some(EntryKind::Other)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn make(&self, name: &OsStr) -> io::Result<Self> {
        if self.kind(name)?.is_none() {
            step::before("mkdir", name);
            fs::create_dir(self.0.join(name))?;
        }
        self.folder(name)
    }

    /// A new folder in this one.
    pub(crate) fn make_private(&self, name: &OsStr) -> io::Result<Self> {
        self.make(name)
    }

    /// A new file.
    pub(crate) fn create(&self, name: &OsStr, _private: bool) -> io::Result<File> {
        step::before("create", name);
        OpenOptions::new().read(true).write(true).create_new(true).open(self.0.join(name))
    }

    /// A file to be locked, which is made where there is none.
    pub(crate) fn lock_file(&self, name: &OsStr) -> io::Result<File> {
        step::before("create", name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).open(self.0.join(name))
    }

    /// A file to be read.
    pub(crate) fn read(&self, name: &OsStr) -> io::Result<File> {
        match self.kind(name)? {
            Some(EntryKind::File) => File::open(self.0.join(name)),
            Some(_) => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file")),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Whether `file` is still what `name` stands for: a file that is open keeps its name here.
    pub(crate) fn is_same(&self, name: &OsStr, _file: &File) -> io::Result<bool> {
        Ok(self.kind(name)? == Some(EntryKind::File))
    }

    /// Gives what is called `name` a second name in this folder, which must be free.
    pub(crate) fn link(&self, name: &OsStr, other: &OsStr) -> io::Result<()> {
        step::before("link", name);
        fs::hard_link(self.0.join(name), self.0.join(other))
    }

    /// Gives what is called `name` another name, in another folder.
    pub(crate) fn rename(&self, name: &OsStr, to: &Self, other: &OsStr) -> io::Result<()> {
        step::before("rename", name);
        fs::rename(self.0.join(name), to.0.join(other))
    }

    pub(crate) fn remove_file(&self, name: &OsStr) -> io::Result<()> {
        step::before("unlink", name);
        fs::remove_file(self.0.join(name))
    }

    /// Takes away an empty folder.
    pub(crate) fn remove_folder(&self, name: &OsStr) -> io::Result<()> {
        step::before("rmdir", name);
        fs::remove_dir(self.0.join(name))
    }

    /// Nothing can be synced by path.
    pub(crate) fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn names(&self) -> io::Result<Vec<OsString>> {
        fs::read_dir(&self.0)?.map(|entry| Ok(entry?.file_name())).collect()
    }
}
