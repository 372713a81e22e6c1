//! Folders by descriptor: what is renamed on the way to one changes nothing.

use super::kind::EntryKind;
use crate::step;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

/// An open folder.
#[derive(Debug)]
pub(crate) struct Directory(OwnedFd);

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

impl Directory {
    /// The folder at a path, which may be a link to one.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(rustix::fs::open(path, FOLDER, Mode::empty())?))
    }

    /// Another handle of the same folder.
    pub(crate) fn same(&self) -> io::Result<Self> {
        Ok(Self(self.0.try_clone()?))
    }

    /// A folder in this one.
    pub(crate) fn folder(&self, name: &OsStr) -> io::Result<Self> {
        match rustix::fs::openat(&self.0, name, FOLDER | OFlags::NOFOLLOW, Mode::empty()) {
            Ok(folder) => Ok(Self(folder)),
            // Some systems say of a link that it is no folder, others that it leads nowhere.
            Err(Errno::LOOP) => Err(io::ErrorKind::NotADirectory.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// What a name stands for; nothing where there is none.
    pub(crate) fn kind(&self, name: &OsStr) -> io::Result<Option<EntryKind>> {
        match rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(match FileType::from_raw_mode(stat.st_mode) {
                FileType::RegularFile => EntryKind::File,
                FileType::Directory => EntryKind::Folder,
                _ => EntryKind::Other,
            })),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A folder in this one, made where there is none.
    fn made(&self, name: &OsStr, mode: u32) -> io::Result<Self> {
        if self.kind(name)?.is_none() {
            step::before("mkdir", name);
            match rustix::fs::mkdirat(&self.0, name, Mode::from_raw_mode(mode as _)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.folder(name)
    }

    pub(crate) fn make(&self, name: &OsStr) -> io::Result<Self> {
        self.made(name, 0o777)
    }

    /// A new folder in this one, its owner's alone.
    pub(crate) fn make_private(&self, name: &OsStr) -> io::Result<Self> {
        self.made(name, 0o700)
    }

    /// A new file, its owner's alone if `private`.
    pub(crate) fn create(&self, name: &OsStr, private: bool) -> io::Result<File> {
        step::before("create", name);
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(if private { 0o600 } else { 0o666 });
        Ok(File::from(rustix::fs::openat(&self.0, name, flags | OFlags::NOFOLLOW, mode)?))
    }

    /// A file to be locked, which is made where there is none.
    pub(crate) fn lock_file(&self, name: &OsStr) -> io::Result<File> {
        step::before("create", name);
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(0o666);
        Ok(File::from(rustix::fs::openat(&self.0, name, flags, mode)?))
    }

    /// A file to be read. What is no file is an error, and is not waited for.
    pub(crate) fn read(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let no_file = || io::Error::new(io::ErrorKind::InvalidInput, "it is no file");
        let file = match rustix::fs::openat(&self.0, name, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::LOOP) => return Err(no_file()),
            Err(error) => return Err(error.into()),
        };
        if file.metadata()?.is_file() { Ok(file) } else { Err(no_file()) }
    }

    /// Whether `file` is still what `name` stands for.
    pub(crate) fn is_same(&self, name: &OsStr, file: &File) -> io::Result<bool> {
        let held = rustix::fs::fstat(file)?;
        match rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok((stat.st_dev, stat.st_ino) == (held.st_dev, held.st_ino)),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives what is called `name` a second name in this folder, which must be free.
    pub(crate) fn link(&self, name: &OsStr, other: &OsStr) -> io::Result<()> {
        step::before("link", name);
        Ok(rustix::fs::linkat(&self.0, name, &self.0, other, AtFlags::empty())?)
    }

    /// Gives what is called `name` another name, in another folder.
    pub(crate) fn rename(&self, name: &OsStr, to: &Self, other: &OsStr) -> io::Result<()> {
        step::before("rename", name);
        Ok(rustix::fs::renameat(&self.0, name, &to.0, other)?)
    }

    pub(crate) fn remove_file(&self, name: &OsStr) -> io::Result<()> {
        step::before("unlink", name);
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// Takes away an empty folder.
    pub(crate) fn remove_folder(&self, name: &OsStr) -> io::Result<()> {
        step::before("rmdir", name);
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::REMOVEDIR)?)
    }

    /// Has the system write down which names there are.
    pub(crate) fn sync(&self) -> io::Result<()> {
        match rustix::fs::fsync(&self.0) {
            // Some file systems have no such thing for folders.
            Ok(()) | Err(Errno::INVAL | Errno::BADF | Errno::NOTSUP) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn names(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.0)? {
            let name = entry?.file_name().to_bytes().to_vec();
            if name != b"." && name != b".." {
                names.push(OsString::from_vec(name));
            }
        }
        Ok(names)
    }
}
