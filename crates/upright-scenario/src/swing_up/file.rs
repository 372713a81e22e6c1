//! A plan's file in place of its name: the table that `upright plan` leaves, and for what it was made.

use super::kind::SwingUp;
use super::read::FILE;
use super::stored::{MadeFor, Planned};
use super::table::plan_of_table;
use crate::error::{Problem, ScenarioError};
use crate::named_file;
use crate::scenario::Scenario;
use crate::validate::Errors;
use serde_json::Value;
use std::path::Path;
use upright_core::Kind;

/// Bytes of a plan's table, and of the summary beside it, at most.
const MAX_BYTES: u64 = 4_000_000;

/// What stands beside a plan's table and says what it was made for.
const SUMMARY: &str = "summary.json";

/// What reads a scenario, whose name comes first, from a tree of values.
pub(crate) type Reader<'a> = &'a dyn Fn(&str, Value) -> Result<Scenario, ScenarioError>;

/// Puts what stands in the file that `controller.plan.file` names in its place. Without a `folder` no file is read.
/// `scenario` reads that for which the plan was made.
pub(crate) fn inline(
    root: &mut Value,
    folder: Option<&Path>,
    scenario: Reader<'_>,
    errors: &mut Errors,
) {
    let kind = root.pointer("/controller/kind").and_then(Value::as_str);
    if !kind.is_some_and(|kind| kind == SwingUp::NAME || SwingUp::ALIASES.contains(&kind)) {
        return;
    }
    let Some(file) = root.pointer_mut("/controller/plan/file") else { return };
    let Value::String(name) = &*file else { return };
    let read = match folder {
        Some(folder) => read(&folder.join(name), scenario),
        None => Err(named_file::NO_FOLDER.to_owned()),
    };
    match read {
        // Finite numbers.
        Ok(planned) => *file = serde_json::to_value(planned).unwrap_or_default(),
        Err(reason) => errors.push(FILE, &*file, Problem::Design { reason }),
    }
}

fn read(path: &Path, scenario: Reader<'_>) -> Result<Planned, String> {
    let text = named_file::bytes(path, MAX_BYTES)?;
    let text = String::from_utf8(text).map_err(|_| "the file is no text".to_owned())?;
    let planned = plan_of_table(&text)?;
    Ok(Planned { made_for: made_for(&path.with_file_name(SUMMARY), scenario)?, ..planned })
}

/// What the plan beside a summary was made for; nothing where there is no summary of a plan.
fn made_for(path: &Path, scenario: Reader<'_>) -> Result<Option<MadeFor>, String> {
    if !path.is_file() {
        return Ok(None);
    }
    let beside = |error: String| format!("{SUMMARY} beside it says for what it was made: {error}");
    let text = named_file::bytes(path, MAX_BYTES).map_err(beside)?;
    let summary: Value =
        serde_json::from_slice(&text).map_err(|error| beside(format!("no JSON: {error}")))?;
    // Summaries of other commands have a scenario too.
    if summary.get("time_optimal").is_none() {
        return Ok(None);
    }
    let scenario = scenario(SUMMARY, summary["scenario"].clone())
        .map_err(|error| beside(error.to_string()))?;
    let (plant, max_force) = (scenario.controller.model, scenario.actuator.max_force);
    Ok(Some(MadeFor { plant, max_force }))
}
