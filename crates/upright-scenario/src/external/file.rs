//! A policy's file in place of its name. It is data: read as JSON, no larger than a bound, and nothing else.

use super::kind::External;
use super::read::PLACE;
use crate::error::Problem;
use crate::validate::Errors;
use serde_json::Value;
use std::fs::File;
use std::io::Read;
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
        None => Err("this text has no folder, so that it names no file: the policy itself must \
                     stand here"
            .to_owned()),
    };
    match read {
        Ok(value) => *policy = value,
        Err(reason) => errors.push(PLACE, &*policy, Problem::Design { reason }),
    }
}

fn read(path: &Path) -> Result<Value, String> {
    let failed = |error: std::io::Error| format!("the file cannot be read: {error}");
    // Asked before it is opened, since opening a pipe waits for who writes to it.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err("this is no file".to_owned());
    }
    let mut text = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut text).map_err(failed)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(format!("the file has more than {MAX_BYTES} bytes"));
    }
    serde_json::from_slice(&text).map_err(|error| format!("the file is no JSON: {error}"))
}
