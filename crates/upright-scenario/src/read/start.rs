//! Starts that have a name.

use crate::error::Problem;
use crate::validate::Errors;
use serde_json::{Value, json};
use std::f64::consts::PI;

/// The names, and the angles that they stand for, at rest in the middle of the track.
pub(crate) const STARTS: [(&str, [f64; 2]); 3] =
    [("hanging", [PI, PI]), ("up_down", [0.0, PI]), ("down_up", [PI, 0.0])];

/// Puts the state in the place of its name.
pub(super) fn named(value: &mut Value, errors: &mut Errors) {
    let Some(name) = value.as_str() else { return };
    if let Some((_, [theta1, theta2])) = STARTS.iter().find(|(known, _)| *known == name) {
        *value = json!([0.0, theta1, theta2, 0.0, 0.0, 0.0]);
        return;
    }
    let names: Vec<String> = STARTS.iter().map(|(known, _)| format!("`{known}`")).collect();
    let expected = format!("a list of 6 numbers, or one of {}", names.join(", "));
    errors.push("simulation.initial_state", value, Problem::Type { expected });
    *value = json!([0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}
