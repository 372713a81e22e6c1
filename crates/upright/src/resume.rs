//! Work that goes on where an earlier process was killed or interrupted.

use crate::console::say;
use crate::failure::{Failure, Result};
use serde_json::Value;
use std::io::Read;
use std::path::Path;
use upright_sim::scenario::{Overrides, Scenario};
use upright_store::{Kept, Results, SUMMARY};

/// What a folder holds of the work that is to go on.
pub(crate) enum Earlier {
    /// Nothing was begun there.
    Nothing(Results),
    /// It is done; this is its summary.
    Complete(Value),
    /// Some of it is done.
    Unfinished(Box<Unfinished>),
}

/// Work that some of is done.
pub(crate) struct Unfinished {
    /// The folder, to which the whole will be written.
    pub(crate) output: Results,
    /// What the work is, and how far it came.
    pub(crate) state: Value,
    /// The file that grows with the work, as far as it is good.
    pub(crate) file: Box<dyn Read>,
}

pub(crate) fn refuse(folder: &Path, reason: impl Into<String>) -> Failure {
    Failure::Resume { folder: folder.to_path_buf(), reason: reason.into() }
}

/// Opens a folder to go on with the work of `command`, from wherever it came furthest by `progress`. `file` is
/// the one that grows with the work.
///
/// # Errors
/// Where the folder holds something else, what it holds was altered, or another version made it.
pub(crate) fn open(
    folder: &Path,
    command: &str,
    file: Option<&str>,
    progress: impl Fn(&Value) -> u64,
) -> Result<Earlier> {
    let mut output = Results::resume(folder, command)?;
    for note in output.notes() {
        say!("note: {note}");
    }
    let mut found: Vec<(Value, Box<dyn Read>)> =
        output.left().drain(..).map(upright_store::Left::into_parts).collect();
    if folder.join(SUMMARY).exists() {
        let kept = Kept::open(folder)?;
        if kept.summary()["complete"] != true {
            let rows: Box<dyn Read> = match file {
                Some(file) => Box::new(kept.read(file)?),
                None => Box::new(std::io::empty()),
            };
            found.push((kept.summary().clone(), rows));
        } else if found.is_empty() {
            if let Some(fault) = kept.faults().first() {
                return Err(refuse(folder, fault.to_string()));
            }
            return Ok(Earlier::Complete(kept.summary().clone()));
        }
    }
    let Some((state, file)) = found.into_iter().max_by_key(|(state, _)| progress(state)) else {
        return Ok(Earlier::Nothing(output));
    };
    if state["version"] != env!("CARGO_PKG_VERSION") {
        let reason = format!(
            "version {} began it, and this is {}",
            state["version"],
            env!("CARGO_PKG_VERSION")
        );
        return Err(refuse(folder, reason));
    }
    Ok(Earlier::Unfinished(Box::new(Unfinished { output, state, file })))
}

/// The scenario of work that was begun.
pub(crate) fn scenario(state: &Value) -> Result<Scenario> {
    let text = state["scenario"].to_string();
    let overrides = Overrides { unrecorded: true, ..Overrides::default() };
    Scenario::read(SUMMARY, &text, &overrides).map_err(|error| Failure::Scenario { error, text })
}

/// Refuses what was given and is not what the work was begun with.
pub(crate) fn same(folder: &Path, what: &str, given: &Value, begun: &Value) -> Result<()> {
    if given == begun {
        return Ok(());
    }
    let reason = format!(
        "the {what} is not the one that it was begun with; leave it out, or begin anew with --out"
    );
    Err(refuse(folder, reason))
}
