//! `upright verify`: whether results are what was written.

use crate::console::{print, say};
use crate::failure::{Outcome, Result};
use serde_json::{Value, json};
use std::path::PathBuf;
use upright_store::{Kept, StoreError, pretty};

/// What was found of a folder.
struct Found {
    files: usize,
    complete: bool,
    faults: Vec<String>,
}

pub(crate) fn run(folders: &[PathBuf], quiet: bool, json: bool) -> Result {
    let mut rows: Vec<Value> = Vec::new();
    let mut text = Vec::new();
    let mut whole = true;
    let mut unread = None;
    for folder in folders {
        let found = match look(folder) {
            Ok(found) => found,
            Err(failure) => {
                // The others are looked at all the same. The first that cannot be read is told at the end.
                let reason = format!("could not be read: {failure}");
                unread.get_or_insert(failure);
                Found { files: 0, complete: false, faults: vec![reason] }
            }
        };
        let state = match (&found.faults[..], found.complete) {
            ([], true) => format!("whole, {} files", found.files),
            ([], false) => format!("whole, {} files; the work was interrupted", found.files),
            (faults, _) => faults.join("; "),
        };
        text.push(format!("{}: {state}\n", folder.display()));
        whole &= found.faults.is_empty();
        rows.push(json!({
            "folder": folder,
            "whole": found.faults.is_empty(),
            "complete": found.complete,
            "files": found.files,
            "faults": found.faults,
        }));
    }
    if json {
        print(&pretty(&json!({ "command": "verify", "whole": whole, "folders": rows })))?;
    } else if !quiet {
        print(&text.concat())?;
    }
    if let Some(failure) = unread {
        return Err(failure);
    }
    Ok(if whole { Outcome::Done } else { Outcome::Bad })
}

fn look(folder: &std::path::Path) -> Result<Found> {
    match Kept::open(folder) {
        Ok(kept) => {
            for note in kept.notes() {
                say!("note: {note}");
            }
            let faults = kept.faults().iter().map(ToString::to_string).collect();
            // The summary is a file too.
            let files = kept.files().count() + 1;
            Ok(Found { files, complete: kept.summary()["complete"] == true, faults })
        }
        Err(StoreError::Altered { reason, .. }) => {
            Ok(Found { files: 0, complete: false, faults: vec![reason] })
        }
        Err(error) => Err(error.into()),
    }
}
