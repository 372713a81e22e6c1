//! A policy's file in place of its name. It is data: read as JSON, no larger than a bound, and nothing else.

use super::kind::External;
use super::read::PLACE;
use crate::error::Problem;
use crate::named_file;
use crate::validate::Errors;
use serde_json::Value;
use std::path::Path;
use upright_core::Kind;

/// Bytes of a policy's file at most.
const MAX_BYTES: u64 = 4_000_000;

/// Puts what stands in the file that `controller.policy` names in its place. Without a `folder` no file is read.
pub(crate) fn inline(root: &mut Value, folder: Option<&Path>, errors: &mut Errors) {
    if root.pointer("/controller/kind").and_then(Value::as_str) != Some(External::NAME) {
        return;
    }
    let Some(policy) = root.pointer_mut("/controller/policy") else { return };
    let Value::String(name) = &*policy else { return };
    let read = match folder {
        Some(folder) => read(&folder.join(name)),
        None => Err(named_file::NO_FOLDER.to_owned()),
    };
    match read {
        Ok(value) => *policy = value,
        Err(reason) => errors.push(PLACE, &*policy, Problem::Design { reason }),
    }
}

fn read(path: &Path) -> Result<Value, String> {
    let text = named_file::bytes(path, MAX_BYTES)?;
    serde_json::from_slice(&text).map_err(|error| format!("the file is no JSON: {error}"))
}
