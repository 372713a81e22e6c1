//! Single files that are whole or not there, outside of any folder of results.

use crate::directory::Directory;
use crate::stage::HIDDEN;
use std::ffi::{OsStr, OsString};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Write};
use std::path::Path;

/// Makes a file at `path` that holds `bytes`, all of them or, where the process ends on the way, none: there is no file
/// then, at most a hidden draft beside its place.
///
/// # Errors
/// Where something is there already ([`io::ErrorKind::AlreadyExists`]), which stays as it is, and what the system
/// reports.
pub fn create_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (folder, name) = place(path)?;
    let taken = || io::Error::from(io::ErrorKind::AlreadyExists);
    if folder.kind(&name)?.is_some() {
        return Err(taken());
    }
    draft(&folder, bytes, |draft| {
        // A second name for what is whole never takes the place of a file; a new name would.
        match folder.link(draft, &name) {
            Ok(()) => folder.remove_file(draft),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
            // A file system that knows no second names: what came in this moment would be replaced.
            Err(_) if folder.kind(&name)?.is_none() => folder.rename(draft, &folder, &name),
            Err(_) => Err(taken()),
        }
    })
}

/// Replaces the file at `path`, or makes it: whoever reads it sees the old one or the new one, whole.
///
/// # Errors
/// What the system reports; the old file is there then.
pub fn replace_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (folder, name) = place(path)?;
    draft(&folder, bytes, |draft| folder.rename(draft, &folder, &name))
}

/// The folder of a path and the last part of it.
fn place(path: &Path) -> io::Result<(Directory, OsString)> {
    let name = path.file_name().ok_or_else(|| io::Error::other("it names no file"))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    Ok((Directory::open(folder.unwrap_or(Path::new(".")))?, name.to_owned()))
}

/// Writes a draft into a folder and has `put` bring it to its place; it goes where that fails.
fn draft(
    folder: &Directory,
    bytes: &[u8],
    put: impl FnOnce(&OsStr) -> io::Result<()>,
) -> io::Result<()> {
    // Another process may write the same file, with the same number in another container.
    let random = RandomState::new().build_hasher().finish();
    let name = OsString::from(format!("{HIDDEN}draft-{random:016x}"));
    let mut file = folder.create(&name, false)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| put(&name));
    if let Err(error) = written {
        // What cannot be taken away is in nobody's way.
        let _ = folder.remove_file(&name);
        return Err(error);
    }
    folder.sync()
}
