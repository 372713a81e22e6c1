//! A folder of results, with what is said about it on standard error.

use crate::console::say;
use serde_json::Value;
use std::path::Path;
use upright_store::{Results, StoreError};

/// A folder for the results of `command`; says what was found there.
///
/// # Errors
/// Where it holds anything else, another process writes it, or the system refuses.
pub fn begin(folder: &Path, command: &str) -> Result<Results, StoreError> {
    let output = Results::begin(folder, command)?;
    for note in output.notes() {
        say!("note: {note}");
    }
    Ok(output)
}

/// Moves results to their place; returns the summary as written, and says what stood in the way.
///
/// # Errors
/// Where the system refuses.
pub fn finish(output: Results, summary: &Value) -> Result<Value, StoreError> {
    let folder = output.path().to_path_buf();
    let finished = output.finish(summary)?;
    for (from, to) in &finished.set_aside {
        let (from, to) = (folder.join(from), folder.join(to));
        say!("note: {} was no result, and is called {} now", from.display(), to.display());
    }
    Ok(finished.summary)
}
