//! A policy from a tree of values, checked with the place of every number.

use super::kind::{FORCE, NUMBER};
use super::policy::{Activation, MAX_LAYERS, MAX_WIDTH, Observation, Policy};
use crate::error::Problem;
use crate::path::join;
use crate::validate::{Errors, number, unknown};
use serde_json::{Map, Value};

/// Where a policy stands in a scenario.
pub(crate) const PLACE: &str = "controller.policy";

/// Puts the policy that was `written` into `settings`, whole, and checks it.
pub(crate) fn own(settings: &mut Value, written: &Map<String, Value>, errors: &mut Errors) {
    let Some(policy) = written.get("policy").filter(|value| !value.is_null()) else { return };
    check(policy, errors);
    // One replaces the other: layers of two policies are none.
    settings["policy"] = policy.clone();
}

fn check(policy: &Value, errors: &mut Errors) {
    let Some(map) = fields(policy, &["observation", "force", "layers"], PLACE, errors) else {
        return;
    };
    if let Some(force) = map.get("force") {
        number(force, &FORCE, "N", false, &join(PLACE, "force"), errors);
    }
    let observation = map.get("observation");
    if let Some(word) = observation {
        choice(word, &Observation::OPTIONS, &join(PLACE, "observation"), errors);
    }
    let observation: Option<Observation> =
        observation.and_then(|word| serde_json::from_value(word.clone()).ok());
    let path = join(PLACE, "layers");
    let Some(value) = map.get("layers") else { return };
    let Some(layers) = list(value, MAX_LAYERS, "layers", &path, errors) else { return };
    // How many numbers the next layer is given, where that is known.
    let mut given = observation.map(Observation::width);
    for (index, value) in layers.iter().enumerate() {
        given = layer(value, given, &join(&path, &index.to_string()), errors);
    }
    if let Some(width) = given.filter(|width| *width != 1) {
        let path = join(&path, &format!("{}.bias", layers.len() - 1));
        let expected = "a list of 1 number: the last layer outputs the force".to_owned();
        errors.push_text(&path, format!("{width} numbers"), Problem::Type { expected });
    }
}

/// Checks a layer that is given so many numbers; how many it outputs, where it says so.
fn layer(value: &Value, given: Option<usize>, path: &str, errors: &mut Errors) -> Option<usize> {
    let map = fields(value, &["weights", "bias", "activation"], path, errors)?;
    if let Some(word) = map.get("activation") {
        choice(word, &Activation::OPTIONS, &join(path, "activation"), errors);
    }
    let at = join(path, "weights");
    let rows = list(map.get("weights")?, MAX_WIDTH, "rows", &at, errors)?;
    for (index, row) in rows.iter().enumerate() {
        let at = join(&at, &index.to_string());
        let wanted = given.or_else(|| rows[0].as_array().map(Vec::len));
        numbers(row, wanted, "what the layer is given", &at, errors);
    }
    numbers(
        map.get("bias")?,
        Some(rows.len()),
        "the rows of the weights",
        &join(path, "bias"),
        errors,
    );
    Some(rows.len())
}

/// A map that has all of these entries and no others.
fn fields<'a>(
    value: &'a Value,
    names: &[&str],
    path: &str,
    errors: &mut Errors,
) -> Option<&'a Map<String, Value>> {
    let Some(map) = value.as_object() else {
        let expected = format!("a map of {}", names.join(", "));
        errors.push(path, value, Problem::Type { expected });
        return None;
    };
    unknown(map, names, path, errors);
    for name in names {
        if !map.contains_key(*name) {
            let required_by = "a policy".to_owned();
            errors.push(&join(path, name), &Value::Null, Problem::Missing { required_by });
        }
    }
    Some(map)
}

fn choice(value: &Value, options: &[&str], path: &str, errors: &mut Errors) {
    if !value.as_str().is_some_and(|word| options.contains(&word)) {
        let allowed = options.iter().map(ToString::to_string).collect();
        errors.push(path, value, Problem::Choice { allowed });
    }
}

/// A list of one to `most` values.
fn list<'a>(
    value: &'a Value,
    most: usize,
    what: &str,
    path: &str,
    errors: &mut Errors,
) -> Option<&'a Vec<Value>> {
    let found = value.as_array().filter(|list| (1..=most).contains(&list.len()));
    if found.is_none() {
        let expected = format!("a list of 1 to {most} {what}");
        errors.push(path, value, Problem::Type { expected });
    }
    found
}

/// Checks a list of numbers, as many as `why` says.
fn numbers(value: &Value, count: Option<usize>, why: &str, path: &str, errors: &mut Errors) {
    let list = value.as_array().filter(|list| count.is_none_or(|count| list.len() == count));
    let Some(list) = list else {
        let count = count.map_or_else(String::new, |count| format!("{count} "));
        let expected = format!("a list of {count}numbers, as many as {why}");
        errors.push(path, value, Problem::Type { expected });
        return;
    };
    for (index, value) in list.iter().enumerate() {
        number(value, &NUMBER, "1", false, &join(path, &index.to_string()), errors);
    }
}

impl Policy {
    /// Checks that its layers fit each other.
    ///
    /// # Errors
    /// Why they do not.
    pub(super) fn check_shape(&self) -> Result<(), &'static str> {
        if !(1..=MAX_LAYERS).contains(&self.layers.len()) {
            return Err("a policy has 1 to 8 layers");
        }
        let mut given = self.observation.width();
        for layer in &*self.layers {
            if !(1..=MAX_WIDTH).contains(&layer.bias.len()) {
                return Err("a layer outputs 1 to 256 numbers");
            }
            if layer.weights.len() != layer.bias.len()
                || layer.weights.iter().any(|row| row.len() != given)
            {
                return Err("the weights of a layer do not fit its bias and what it is given");
            }
            given = layer.bias.len();
        }
        if given == 1 { Ok(()) } else { Err("the last layer outputs one number") }
    }
}
