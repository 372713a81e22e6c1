//! One process at a time writes a folder.

use crate::directory::Directory;
use crate::error::StoreError;
use crate::file_error::FileError;
use crate::owner::Owner;
use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

/// How often, and how long apart, a folder is asked for that is taken: a holder that was killed a moment ago may still
/// be going.
const TRIES: u32 = 20;
const APART: Duration = Duration::from_millis(50);

/// The name of the file that is locked.
const LOCK: &str = ".upright-lock";

/// A folder that no other process writes until this is dropped. The file goes with it.
#[derive(Debug)]
pub(crate) struct Lock {
    folder: Directory,
    /// Nothing where the file system knows no locks.
    file: Option<File>,
}

impl Lock {
    /// Takes the folder at `path`.
    pub(crate) fn take(folder: &Directory, path: &Path) -> Result<Self, StoreError> {
        let name = OsStr::new(LOCK);
        let failed = |error| FileError::writing(&path.join(LOCK))(error);
        let mut tries = 1;
        loop {
            let mut file = folder.lock_file(name).map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) if tries < TRIES => {
                    tries += 1;
                    std::thread::sleep(APART);
                    continue;
                }
                Err(TryLockError::WouldBlock) => {
                    let mut text = String::new();
                    // Without its words the holder is not known, and holds it all the same.
                    let _ = file.read_to_string(&mut text);
                    let holder = serde_json::from_str::<Owner>(&text);
                    let holder = holder
                        .map_or_else(|_| "not known which".to_owned(), |owner| owner.to_string());
                    return Err(StoreError::Busy { folder: path.to_path_buf(), holder });
                }
                Err(TryLockError::Error(_)) => {
                    // Where the file system has no locks, one that stays would say nothing.
                    let _ = folder.remove_file(name);
                    return Ok(Self { folder: folder.same().map_err(failed)?, file: None });
                }
            }
            // The one before may have taken the name away between opening and locking.
            if !folder.is_same(name, &file).map_err(failed)? {
                continue;
            }
            let mut words = || {
                file.set_len(0)?;
                file.write_all(&serde_json::to_vec(&Owner::this())?)
            };
            words().map_err(failed)?;
            let folder = folder.same().map_err(failed)?;
            return Ok(Self { folder, file: Some(file) });
        }
    }

    /// Whether locks say here who is alive.
    pub(crate) fn tells(&self) -> bool {
        self.file.is_some()
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let Some(file) = &self.file else { return };
        // It is still held, so nobody else's name goes; one that stays is taken by the next.
        if self.folder.is_same(OsStr::new(LOCK), file).is_ok_and(|same| same) {
            let _ = self.folder.remove_file(OsStr::new(LOCK));
        }
    }
}
