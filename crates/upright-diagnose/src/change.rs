//! What one scenario has that another has not.

use serde::Serialize;
use serde_json::Value;
use upright_sim::Scenario;

/// A field of a scenario that is changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Its path, as in `controller.boundary_layer`.
    pub path: String,
    /// What it was.
    pub from: Value,
    /// What it is to be.
    pub to: Value,
}

/// Sections that are set as a whole, since their fields depend on their kind.
const WHOLE: [&str; 2] = ["estimator", "sensors.velocity"];

/// What must be set in `from` to get `to`, in the order of the fields.
pub(crate) fn changes(from: &Scenario, to: &Scenario) -> Vec<Change> {
    let mut found = Vec::new();
    compare("", &from.to_value(), &to.to_value(), &mut found);
    found
}

fn compare(path: &str, from: &Value, to: &Value, found: &mut Vec<Change>) {
    if from == to {
        return;
    }
    match (from, to) {
        (Value::Object(a), Value::Object(b)) if !WHOLE.contains(&path) => {
            for (name, value) in b {
                let within = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                compare(&within, a.get(name).unwrap_or(&Value::Null), value, found);
            }
        }
        _ => found.push(Change {
            path: path.to_owned(),
            from: from.clone(),
            to: shortened(path, to),
        }),
    }
}

/// A kind with its defaults is its name: what else is in the section, a reader fills in.
fn shortened(path: &str, value: &Value) -> Value {
    let Some(section) = value.as_object().filter(|_| path == "estimator") else {
        return value.clone();
    };
    let Some(kind) = section.get("kind") else { return value.clone() };
    let short = serde_json::json!({ "kind": kind });
    let mut text = serde_json::json!({ "estimator": short });
    // Exact sensors would be refused beside a filter: what matters is what the reader makes of the section.
    text["sensors"] = serde_json::json!({"position_quantum": 1e-3, "angle_quantum": 1e-3});
    let read = Scenario::from_value(&text).map(|scenario| scenario.to_value());
    match read {
        Ok(read) if read["estimator"] == *value => short,
        _ => value.clone(),
    }
}
