//! A search on disk: written whole after every step, the one before kept.
//!
//! A checkpoint is a line (its format, the checksum and the length of the rest) and the search as
//! JSON, in which every number reads back to the same bits. It is written under another name,
//! flushed, and renamed; the one before is renamed out of the way first. So after a kill at any moment
//! one whole checkpoint is there, and one that is not whole is recognised and passed over.

use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// The present checkpoint of a results folder.
const PRESENT: &str = ".upright-tune-checkpoint";
/// The one before it.
const BEFORE: &str = ".upright-tune-checkpoint-before";
const DRAFT: &str = ".upright-tune-checkpoint-draft";
/// The format of the file, first of its line.
const FORMAT: &str = "upright-tune-3";

/// Why there is nothing to go on from.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// There is no checkpoint.
    #[error("{}: the folder holds no search to go on with", folder.display())]
    Missing {
        /// Where it should be.
        folder: PathBuf,
    },
    /// No checkpoint is whole.
    #[error("{}: no checkpoint there is whole: {reason}", folder.display())]
    Damaged {
        /// Where they are.
        folder: PathBuf,
        /// What is wrong with the present one.
        reason: Damage,
    },
    /// Another version wrote it.
    #[error(
        "{}: the search was begun by version {found}, and this is {expected}, whose results \
         need not be the same bits: begin anew, or go on with that version",
        folder.display()
    )]
    OtherVersion {
        /// Where it is.
        folder: PathBuf,
        /// The version that wrote it.
        found: String,
        /// This version.
        expected: &'static str,
    },
    /// It is the search of something else.
    #[error("{}: {field} was {found} when the search began, and is {given} now", folder.display())]
    Other {
        /// Where it is.
        folder: PathBuf,
        /// What differs: a field of the scenario, or one of `objectives`, `optimizer`, `candidates` and `patience`.
        field: String,
        /// What the search began with.
        found: String,
        /// What was given now.
        given: String,
    },
    /// Another process searches there.
    #[error("{}: another process is searching in this folder; wait for it, or choose another", folder.display())]
    Busy {
        /// Where.
        folder: PathBuf,
    },
    /// A file could not be read or written.
    #[error("{} could not be {action}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Read or written.
        action: &'static str,
        /// What the system says.
        error: std::io::Error,
    },
}

/// What is wrong with a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// Its first line is none of a checkpoint.
    #[error("it does not begin as a checkpoint does")]
    Header,
    /// It is cut off.
    #[error("it is cut off: {found} of {expected} bytes are there")]
    Length {
        /// Bytes behind the first line.
        found: usize,
        /// Bytes that should be there.
        expected: usize,
    },
    /// Its bytes are not those that were written.
    #[error("its bytes are not those that were written")]
    Checksum,
    /// It is whole, and no search.
    #[error("it is no search: {0}")]
    Content(String),
    /// The history that it belongs to is shorter than it says, or another.
    #[error("history.csv is cut off or altered")]
    History,
}

/// The checkpoints of a results folder.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

/// What a checkpoint holds.
#[derive(Debug, Serialize, Deserialize)]
pub struct Checkpoint<S> {
    /// The version of the program that wrote it.
    pub version: String,
    /// What belongs to it of the history.
    pub history: Extent,
    /// Wall time of the search so far, in s.
    pub seconds: f64,
    /// The search.
    pub state: S,
}

/// The beginning of a file: how long it is, and its checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// Bytes.
    pub bytes: u64,
    /// Checksum of these bytes, made as that of checkpoints.
    pub checksum: u64,
}

impl Extent {
    /// That of an empty file.
    pub const EMPTY: Self = Self { bytes: 0, checksum: 0xcbf2_9ce4_8422_2325 };

    /// That of the same with `bytes` behind it.
    #[must_use]
    pub fn with(self, bytes: &[u8]) -> Self {
        let sum = bytes.iter().fold(self.checksum, |sum, &byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self { bytes: self.bytes + bytes.len() as u64, checksum: sum }
    }

    /// Whether the file at `path` begins so.
    fn begins(self, path: &Path) -> bool {
        let beginning = |path| {
            let mut bytes = Vec::new();
            fs::File::open(path)?.take(self.bytes).read_to_end(&mut bytes)?;
            std::io::Result::Ok(bytes)
        };
        self == Self::EMPTY || beginning(path).is_ok_and(|bytes| Self::EMPTY.with(&bytes) == self)
    }
}

/// A folder that no other process can search in, until this is dropped.
#[derive(Debug)]
pub struct Lock(
    // The folder itself is locked, so that no file is left. Where the system locks no folders there is none.
    #[expect(dead_code, reason = "closing it unlocks")] Option<fs::File>,
);

/// A search of either kind, as a checkpoint has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Saved<S, F> {
    /// For the least cost.
    Single(S),
    /// For a front.
    Front(F),
}

/// A checkpoint that was read.
#[derive(Debug)]
pub struct Loaded<S> {
    /// It.
    pub checkpoint: Checkpoint<S>,
    /// What is wrong with the present one, where this is the one before it.
    pub passed_over: Option<Damage>,
}

/// The checksum of G. Fowler, L. C. Noll and K.-P. Vo (FNV-1a, 64 bits, RFC 9923).
fn checksum(bytes: &[u8]) -> u64 {
    Extent::EMPTY.with(bytes).checksum
}

/// A text behind a line of its format, its checksum and its length.
pub fn sealed(body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{FORMAT} {:016x} {}\n", checksum(body), body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// The text that was [`sealed`].
///
/// # Errors
/// Where it is not what was written.
pub fn unsealed(bytes: &[u8]) -> Result<&[u8], Damage> {
    let end = bytes.iter().position(|&byte| byte == b'\n').ok_or(Damage::Header)?;
    let (line, body) = (&bytes[..end], &bytes[end + 1..]);
    let line = std::str::from_utf8(line).map_err(|_| Damage::Header)?;
    let [FORMAT, sum, length] = line.split(' ').collect::<Vec<_>>()[..] else {
        return Err(Damage::Header);
    };
    let sum = u64::from_str_radix(sum, 16).map_err(|_| Damage::Header)?;
    let expected = length.parse().map_err(|_| Damage::Header)?;
    if body.len() != expected {
        return Err(Damage::Length { found: body.len(), expected });
    }
    if checksum(body) == sum { Ok(body) } else { Err(Damage::Checksum) }
}

impl Store {
    /// The checkpoints in `folder`, which must exist to be written to.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Where the history of the search is kept while it runs, a row a step.
    pub fn history(&self) -> PathBuf {
        self.path(".upright-tune-history.csv")
    }

    /// Keeps other processes out of the folder.
    ///
    /// # Errors
    /// Where another one has it.
    pub fn lock(&self) -> Result<Lock, CheckpointError> {
        let Ok(folder) = fs::File::open(&self.folder) else { return Ok(Lock(None)) };
        match folder.try_lock() {
            Ok(()) => Ok(Lock(Some(folder))),
            Err(fs::TryLockError::WouldBlock) => {
                Err(CheckpointError::Busy { folder: self.folder.clone() })
            }
            Err(fs::TryLockError::Error(_)) => Ok(Lock(None)),
        }
    }

    /// Writes a checkpoint; the present one becomes the one before.
    ///
    /// # Errors
    /// Where a file could not be written.
    pub fn save<S: Serialize>(&self, checkpoint: &Checkpoint<S>) -> Result<(), CheckpointError> {
        let present = self.path(PRESENT);
        let write = || {
            let body = serde_json::to_vec(checkpoint)?;
            // The folder is this process's, so a draft that a killed one has left is in nobody's way. What
            // stands there is not followed.
            let draft = self.path(DRAFT);
            match fs::remove_file(&draft) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = fs::File::create_new(&draft)?;
            file.write_all(&sealed(&body))?;
            file.sync_data()?;
            match fs::rename(&present, self.path(BEFORE)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            fs::rename(&draft, &present)
        };
        write().map_err(|error| {
            // A draft that is not whole is nobody's; what cannot be taken away is written over.
            let _ = fs::remove_file(self.path(DRAFT));
            CheckpointError::File { path: present.clone(), action: "written", error }
        })
    }

    /// Takes away what an earlier search has left.
    ///
    /// # Errors
    /// Where a file could not be taken away.
    pub fn clear(&self) -> Result<(), CheckpointError> {
        for path in [self.path(PRESENT), self.path(BEFORE), self.path(DRAFT), self.history()] {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(CheckpointError::File { path, action: "written", error });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads the present checkpoint, or the one before where that is not whole; `version` must be
    /// the one that wrote it.
    ///
    /// # Errors
    /// Where neither is whole or there, or another version wrote it.
    pub fn load<S: for<'a> Deserialize<'a>>(
        &self,
        version: &'static str,
    ) -> Result<Loaded<S>, CheckpointError> {
        let folder = || self.folder.clone();
        let mut damage = None;
        for name in [PRESENT, BEFORE] {
            let path = self.path(name);
            let bytes = match fs::read(&path) {
                Ok(bytes) => bytes,
                Err(error)
                    if [std::io::ErrorKind::NotFound, std::io::ErrorKind::NotADirectory]
                        .contains(&error.kind()) =>
                {
                    continue;
                }
                Err(error) => return Err(CheckpointError::File { path, action: "read", error }),
            };
            match self.read(&bytes, version) {
                Ok(Ok(checkpoint)) => return Ok(Loaded { checkpoint, passed_over: damage }),
                Ok(Err(reason)) => {
                    damage.get_or_insert(reason);
                }
                Err(error) => return Err(error),
            }
        }
        Err(damage.map_or_else(
            || CheckpointError::Missing { folder: folder() },
            |reason| CheckpointError::Damaged { folder: folder(), reason },
        ))
    }

    /// What the bytes of a file hold: a checkpoint, or damage to be passed over.
    fn read<S: for<'a> Deserialize<'a>>(
        &self,
        bytes: &[u8],
        version: &'static str,
    ) -> Result<Result<Checkpoint<S>, Damage>, CheckpointError> {
        #[derive(Deserialize)]
        struct Version {
            version: String,
        }
        let body = match unsealed(bytes) {
            Ok(body) => body,
            Err(damage) => return Ok(Err(damage)),
        };
        let content = |error: serde_json::Error| Damage::Content(error.to_string());
        // The version comes first: what another version has written may be of another form.
        match serde_json::from_slice::<Version>(body) {
            Ok(found) if found.version == version => {}
            Ok(Version { version: found }) => {
                let folder = self.folder.clone();
                return Err(CheckpointError::OtherVersion { folder, found, expected: version });
            }
            Err(error) => return Ok(Err(content(error))),
        }
        let checkpoint: Checkpoint<S> = match serde_json::from_slice(body) {
            Ok(checkpoint) => checkpoint,
            Err(error) => return Ok(Err(content(error))),
        };
        let whole = checkpoint.history.begins(&self.history());
        Ok(if whole { Ok(checkpoint) } else { Err(Damage::History) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: &str = "1.2.3";

    fn checkpoint(state: Vec<f64>) -> Checkpoint<Vec<f64>> {
        Checkpoint { version: VERSION.to_owned(), history: Extent::EMPTY, seconds: 0.5, state }
    }

    fn loaded(store: &Store) -> Loaded<Vec<f64>> {
        store.load(VERSION).expect("a checkpoint")
    }

    #[test]
    fn the_last_one_comes_back_to_the_bit() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(folder.path());
        let state = vec![0.1 + 0.2, f64::MAX, f64::MIN_POSITIVE / 8.0, -0.0, 1.0 / 3.0];
        store.save(&checkpoint(vec![1.0])).expect("written");
        store.save(&checkpoint(state.clone())).expect("written");
        let found = loaded(&store);
        let bits = |list: &[f64]| list.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&found.checkpoint.state), bits(&state));
        assert_eq!(found.passed_over, None);
        store.clear().expect("taken away");
        let error = store.load::<Vec<f64>>(VERSION).expect_err("nothing");
        assert!(matches!(error, CheckpointError::Missing { .. }));
    }

    #[test]
    fn one_cut_at_any_byte_is_passed_over_for_the_one_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(folder.path());
        store.save(&checkpoint(vec![1.0])).expect("written");
        store.save(&checkpoint(vec![2.0])).expect("written");
        let path = store.path(PRESENT);
        let whole = fs::read(&path).expect("a file");
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).expect("written");
            let found = loaded(&store);
            assert_eq!(found.checkpoint.state, [1.0]);
            assert!(found.passed_over.is_some(), "{length}");
        }
        for place in 0..whole.len() {
            let mut other = whole.clone();
            other[place] ^= 1;
            fs::write(&path, &other).expect("written");
            // Only a sum in other letters would be as good, and none is one bit away.
            assert_eq!(loaded(&store).checkpoint.state, [1.0], "{place}");
        }
        fs::write(store.path(BEFORE), b"nothing").expect("written");
        let error = store.load::<Vec<f64>>(VERSION).expect_err("damaged").to_string();
        assert!(error.contains("no checkpoint there is whole"), "{error}");
    }

    #[test]
    fn between_the_renames_the_one_before_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(folder.path());
        store.save(&checkpoint(vec![1.0])).expect("written");
        fs::rename(store.path(PRESENT), store.path(BEFORE)).expect("renamed");
        assert_eq!(loaded(&store).checkpoint.state, [1.0]);
    }

    #[test]
    fn another_version_and_a_short_history_are_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(folder.path());
        store.save(&checkpoint(vec![1.0])).expect("written");
        let error = store.load::<Vec<f64>>("1.2.4").expect_err("other").to_string();
        assert!(error.contains("begun by version 1.2.3, and this is 1.2.4"), "{error}");
        let history = Extent::EMPTY.with(b"1,2,3\n").with(b"2,1,0\n");
        store.save(&Checkpoint { history, ..checkpoint(vec![2.0]) }).expect("written");
        for bytes in ["", "1,2,3\n2,1", "1,2,3\n2,1,9\n"] {
            fs::write(store.history(), bytes).expect("written");
            let found = loaded(&store);
            let told = (found.checkpoint.state, found.passed_over);
            assert_eq!(told, (vec![1.0], Some(Damage::History)), "{bytes:?}");
        }
        // What stands behind it belongs to steps that will be done again.
        fs::write(store.history(), "1,2,3\n2,1,0\n3,0,0\n").expect("written");
        assert_eq!(loaded(&store).checkpoint.state, [2.0]);
    }

    #[test]
    fn a_folder_is_one_processs_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(folder.path());
        let lock = store.lock().expect("the first");
        assert!(matches!(store.lock(), Err(CheckpointError::Busy { .. })));
        drop(lock);
        store.lock().expect("unlocked");
    }

    #[test]
    fn the_checksum_is_that_of_its_authors() {
        // RFC 9923, appendix: FNV-1a 64 of "", "a" and "foobar".
        assert_eq!(checksum(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(checksum(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(checksum(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
