//! A scenario under another kind of controller.

use crate::check::UNNAMED;
use crate::error::{Problem, ScenarioError};
use crate::kinds;
use crate::scenario::Scenario;
use crate::validate::Errors;
use serde_json::Value;

impl Scenario {
    /// The same scenario under another kind of controller with that kind's default settings;
    /// surface and model stay. The scenario's own kind keeps its settings.
    ///
    /// # Errors
    /// An unknown kind.
    pub fn under(&self, kind: &str) -> Result<Self, ScenarioError> {
        let mut scenario = self.clone();
        if self.controller.settings.kind() != kind {
            let Some(settings) = kinds::default_settings(kind) else {
                let mut errors = Errors::default();
                push_unknown_kind(&Value::String(kind.to_owned()), &mut errors);
                return Err(errors.into_error(UNNAMED));
            };
            scenario.controller.settings = settings;
        }
        Ok(scenario)
    }
}

/// Reports a kind that there is not.
pub(crate) fn push_unknown_kind(kind: &Value, errors: &mut Errors) {
    let allowed = kinds::KINDS.iter().map(|kind| kind.name.to_owned()).collect();
    errors.push("controller.kind", kind, Problem::Choice { allowed });
}
