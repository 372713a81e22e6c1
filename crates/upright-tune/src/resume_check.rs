//! A search that goes on is the one that began: what is given again must be the same.

use crate::TuneError;
use crate::checkpoint::{CheckpointError, Damage};
use serde_json::Value;
use std::fmt::Display;
use std::path::Path;
use upright_sim::scenario::{Overrides, Scenario};

/// What a search that goes on began with; refuses what differs from it.
pub(crate) struct ResumeCheck<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) scenario: &'a Value,
}

impl ResumeCheck<'_> {
    fn other(&self, field: &str, found: String, given: String) -> TuneError {
        let (folder, field) = (self.folder.to_path_buf(), field.to_owned());
        CheckpointError::Other { folder, field, found, given }.into()
    }

    /// Refuses a setting that is given again and differs.
    pub(crate) fn same<T: PartialEq + Display + ?Sized>(
        &self,
        name: &str,
        found: &T,
        given: Option<&T>,
    ) -> Result<(), TuneError> {
        match given {
            Some(given) if given != found => {
                Err(self.other(name, found.to_string(), given.to_string()))
            }
            _ => Ok(()),
        }
    }

    /// Refuses another patience.
    pub(crate) fn same_patience(
        &self,
        found: Option<u64>,
        given: Option<u64>,
    ) -> Result<(), TuneError> {
        let word = |patience: Option<u64>| patience.map_or("none".to_owned(), |x| x.to_string());
        self.same("patience", &word(found), given.map(|given| word(Some(given))).as_ref())
    }

    /// Refuses a scenario that is given again and differs.
    pub(crate) fn same_scenario(&self, given: Option<&Scenario>) -> Result<(), TuneError> {
        let Some(given) = given else { return Ok(()) };
        match difference(self.scenario, &given.to_value(), "") {
            Some((field, found, given)) => Err(self.other(&field, found, given)),
            None => Ok(()),
        }
    }

    /// The scenario that the search began with.
    pub(crate) fn scenario(&self) -> Result<Scenario, TuneError> {
        let overrides = Overrides { unrecorded: true, ..Overrides::default() };
        let text = self.scenario.to_string();
        Scenario::read("the checkpoint's scenario", &text, &overrides).map_err(|error| {
            let folder = self.folder.to_path_buf();
            CheckpointError::Damaged { folder, reason: Damage::Content(error.to_string()) }.into()
        })
    }
}

/// The first field in which two trees differ, and what it is in each.
fn difference(a: &Value, b: &Value, path: &str) -> Option<(String, String, String)> {
    if a == b {
        return None;
    }
    let within = |name: &str| {
        if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
    };
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => a.keys().chain(b.keys()).find_map(|key| {
            let get = |map: &serde_json::Map<String, Value>| map.get(key).cloned();
            let (a, b) = (get(a).unwrap_or_default(), get(b).unwrap_or_default());
            difference(&a, &b, &within(key))
        }),
        _ => Some((path.to_owned(), a.to_string(), b.to_string())),
    }
}
