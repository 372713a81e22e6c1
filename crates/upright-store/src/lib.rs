//! Folders of results that are whole or not there.
//!
//! A program that leaves files in a folder can be killed at any moment, run twice at once, or share the
//! folder with other machines; and somebody may have changed what it left. This crate takes that over:
//!
//! - **Lock**: one process at a time writes a folder ([`StoreError::Busy`] names the other one).
//! - **Stage**: files are made in a hidden folder inside the target ([`Results::begin`],
//!   [`Results::write`]). What a killed process left is taken away where a lock proves that it is dead.
//! - **Journal**: [`Results::finish`] writes down what it is about to move before it moves it. A swap that was
//!   cut short is completed by whoever opens the folder next: there is the old result or the new one, whole.
//! - **Manifest**: `summary.json` names every file with its SHA-256, and has one of itself.
//! - **Verify**: [`Kept::open`] reads a folder back and refuses what was altered.
//! - **Checkpoints**: [`Checkpoint`] says how far a file of a stage is known to be good, so that work can go on
//!   after a kill ([`Results::left`]).
//!
//! A single file outside of such a folder is whole or not there too: [`create_whole`], [`replace_whole`].
//!
//! Other files in the folder stay: what stands where a result has to go is renamed, never replaced. The folder
//! itself may be a symbolic link; links inside it are not followed.
//!
//! ```
//! use serde_json::json;
//! use upright_store::{Kept, Results};
//!
//! let folder = tempfile::tempdir()?;
//! let out = folder.path().join("study");
//! let results = Results::begin(&out, "measure")?;
//! results.write_bytes("rows.csv", b"t,x\n0,1\n")?;
//! results.finish(&json!({ "complete": true }))?;
//!
//! let kept = Kept::open(&out)?;
//! assert_eq!(kept.summary()["command"], "measure");
//! assert!(kept.faults().is_empty());
//!
//! std::fs::write(out.join("rows.csv"), "t,x\n0,2\n")?;
//! assert_eq!(Kept::open(&out)?.faults()[0].to_string(), "rows.csv was altered");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod checkpoint;
mod directory;
mod error;
mod file_error;
mod journal;
mod kept;
mod lock;
mod manifest;
mod owner;
mod results;
mod stage;
mod step;
mod whole;

pub use checkpoint::{Checkpoint, Left};
pub use error::StoreError;
pub use file_error::FileError;
pub use kept::{Fault, FaultKind, Kept};
pub use manifest::{SUMMARY, labelled, pretty};
pub use results::{Finished, Growing, Results};
pub use whole::{create_whole, replace_whole};
