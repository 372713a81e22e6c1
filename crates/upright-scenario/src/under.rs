//! A scenario under another kind of controller.

use crate::check::UNNAMED;
use crate::error::{Problem, ScenarioError};
use crate::kinds;
use crate::sampled::auto_gains;
use crate::scenario::Scenario;
use crate::validate::Errors;
use serde_json::Value;

impl Scenario {
    /// The same scenario under another kind of controller with that kind's default settings;
    /// surface and model stay. The scenario's own kind keeps its settings. Where gains were asked for as `auto`,
    /// the other kind gets such gains too.
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
            if scenario.controller.auto_gains {
                // Where there are none, the kind's defaults stay, and the loop's warnings say what they are.
                if let Ok(gains) = auto_gains(&scenario) {
                    scenario.controller.settings = gains;
                }
            }
        }
        Ok(scenario)
    }
}

/// Reports a kind that there is not.
pub(crate) fn push_unknown_kind(kind: &Value, errors: &mut Errors) {
    let allowed = kinds::KINDS.iter().map(|kind| kind.name.to_owned()).collect();
    errors.push("controller.kind", kind, Problem::Choice { allowed });
}
