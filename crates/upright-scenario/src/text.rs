//! From text to a scenario, with the place of what is wrong.

use crate::document::Document;
use crate::error::{FieldError, Problem, ScenarioError};
use crate::external;
use crate::kinds::{External, Kind};
use crate::overlay::set;
use crate::read::{Demands, ROOT, resolve};
use crate::scenario::Scenario;
use crate::sections::{Parameters, Uncertainty};
use crate::swing_up;
use crate::validate::Errors;
use serde_json::{Map, Value};
use std::path::PathBuf;

/// What the command line lays over a scenario's text.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// Another kind of controller, with that kind's default settings; surface and model stay.
    pub controller: Option<String>,
    /// Fields and their values as YAML: `("plant.link1.mass", "0.25")`.
    pub set: Vec<(String, String)>,
    /// Another seed.
    pub seed: Option<u64>,
    /// That the run will not be recorded, so what it would record is not limited.
    pub unrecorded: bool,
    /// That the scenario is looked at under several kinds of controller, or only looked at: that its own kind has no
    /// design is no error then.
    pub undesigned: bool,
    /// Where the files stand that the scenario names; without one it names none.
    pub folder: Option<PathBuf>,
}

/// Where a scenario may name a file in place of what stands in it.
const NAMED: [&str; 2] = [external::PLACE, swing_up::FILE];

/// The text at a path, as errors show it.
fn string_at(root: &Value, path: &str) -> Option<String> {
    let value = root.pointer(&format!("/{}", path.replace('.', "/")))?;
    value.is_string().then(|| value.to_string())
}

/// What stays when the kind of controller changes.
const KIND_INDEPENDENT: [&str; 5] = ["surface", "model", "beta_min", "friction", "gains"];
impl Scenario {
    /// Reads a scenario from YAML (or JSON) and merges `overrides` into it. `name` is what errors
    /// call the text.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place, field, value and what is allowed.
    pub fn read(name: &str, text: &str, overrides: &Overrides) -> Result<Self, ScenarioError> {
        read(name, text, overrides)
    }

    /// The scenario that a tree of values means, with `overrides` merged into it. `name` is what errors call the
    /// tree; they have no place.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its field, value and what is allowed.
    pub fn read_value(
        name: &str,
        value: Value,
        overrides: &Overrides,
    ) -> Result<Self, ScenarioError> {
        let document = Document::of_value(value);
        read_document(name, document, overrides)
    }
}

fn read(name: &str, text: &str, overrides: &Overrides) -> Result<Scenario, ScenarioError> {
    read_document(name, Document::parse(name, text)?, overrides)
}

fn read_document(
    name: &str,
    mut document: Document,
    overrides: &Overrides,
) -> Result<Scenario, ScenarioError> {
    let mut errors = Errors::default();
    apply(overrides, &mut document.value, &mut errors);
    let folder = overrides.folder.as_deref();
    let named = NAMED.map(|path| (path, string_at(&document.value, path)));
    external::inline(&mut document.value, folder, &mut errors);
    // What a plan was made for is a scenario that was read before.
    let before = |name: &str, value: Value| {
        let over = Overrides { unrecorded: true, undesigned: true, ..Overrides::default() };
        Scenario::read_value(name, value, &over)
    };
    swing_up::inline(&mut document.value, folder, &before, &mut errors);
    let scenario = if errors.0.is_empty() {
        let demands = Demands { record: !overrides.unrecorded, design: !overrides.undesigned };
        resolve(&document.value, demands, &mut errors)
    } else {
        None
    };
    let scenario = scenario.filter(|_| errors.0.is_empty());
    if let Some(scenario) = scenario {
        return Ok(scenario);
    }
    let set_paths: Vec<&str> = overrides.set.iter().map(|(path, _)| path.as_str()).collect();
    let errors = errors.0.into_iter().map(|mut error| {
        // What stands in a file is long: its name was written.
        if let Some((_, Some(name))) = named.iter().find(|(path, _)| *path == error.path) {
            error.value.clone_from(name);
        }
        located(error, &document, &set_paths)
    });
    let errors = errors.collect();
    Err(ScenarioError::Fields { source_name: name.to_owned(), errors })
}

/// Adds the place to an error: that of the value, of the name where the name is wrong, or of what
/// holds it where it is not in the text. What came from the command line has none.
fn located(mut error: FieldError, document: &Document, set_paths: &[&str]) -> FieldError {
    let within = |path: &str| {
        error.path == path
            || error.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'))
    };
    if set_paths.iter().any(|path| within(path)) {
        return error;
    }
    error.place = if error.path == ROOT {
        document.place_of("")
    } else if matches!(error.problem, Problem::Unknown { .. }) {
        document.place_of_key(&error.path)
    } else {
        document.place_of(&error.path)
    };
    let mut path = error.path.as_str();
    while error.place.is_none() {
        let Some((outer, _)) = path.rsplit_once('.') else { break };
        path = outer;
        error.place = document.place_of_key(path);
    }
    error
}

/// Lays the command line over the document, as if its author had written so.
fn apply(overrides: &Overrides, root: &mut Value, errors: &mut Errors) {
    if let Some(kind) = &overrides.controller
        && let Some(root) = root.as_object_mut()
    {
        let mut controller = Map::new();
        if let Some(Value::Object(old)) = root.get("controller") {
            // A policy is no setting that has a default worth going back to.
            let policy = kind == External::NAME;
            let stays =
                |name: &str| KIND_INDEPENDENT.contains(&name) || (policy && name == "policy");
            let stays = old.iter().filter(|(name, _)| stays(name));
            controller.extend(stays.map(|(name, value)| (name.clone(), value.clone())));
        }
        controller.insert("kind".to_owned(), Value::String(kind.clone()));
        root.insert("controller".to_owned(), Value::Object(controller));
    }
    for (path, text) in &overrides.set {
        let refuse = |errors: &mut Errors, reason: String| {
            errors.push(path, &Value::String(text.clone()), Problem::Design { reason });
        };
        let value = match Document::parse(path, text) {
            // Nothing written is nothing, not an empty map.
            Ok(_) if text.trim().is_empty() => Value::Null,
            Ok(document) => document.value,
            Err(error) => {
                refuse(errors, error.to_string());
                continue;
            }
        };
        // The two ways to give a surface replace each other.
        for (way, other) in [("poles", "coefficients"), ("coefficients", "poles")] {
            if path.starts_with(&format!("controller.surface.{way}"))
                && let Some(surface) = root.pointer_mut("/controller/surface")
                && let Some(surface) = surface.as_object_mut()
            {
                surface.remove(other);
            }
        }
        if path.starts_with("uncertainty.parameters.") {
            one_spread_for_each(root);
        }
        if let Err(reason) = set(root, path, value) {
            refuse(errors, reason);
        }
    }
    if let (Some(seed), Some(root)) = (overrides.seed, root.as_object_mut()) {
        root.insert("seed".to_owned(), seed.into());
    }
}

/// Where one number stands for the spread of all parameters, a map of them all with that number: one of them can
/// be set, and the others keep theirs. What stands nowhere is the default's.
fn one_spread_for_each(root: &mut Value) {
    let written = root.pointer("/uncertainty/parameters").cloned().unwrap_or_default();
    let spread = match written {
        Value::Null => match Uncertainty::default().parameters {
            Parameters::All(spread) => spread,
            Parameters::Each(_) => return,
        },
        Value::Number(number) => match number.as_f64() {
            Some(spread) => spread,
            None => return,
        },
        _ => return,
    };
    // Numbers that were read, or are the default's, are finite.
    let each = serde_json::to_value(Parameters::All(spread).each()).unwrap_or_default();
    // What stands in the way is refused where the value is set.
    let _ = set(root, "uncertainty.parameters", each);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_of_one_parameter_leaves_the_others_theirs_where_one_number_stood_for_all() {
        let one = Overrides {
            set: vec![("uncertainty.parameters.link1.mass".to_owned(), "0.5".to_owned())],
            ..Overrides::default()
        };
        for (text, others) in [
            ("", 0.05),
            ("uncertainty:", 0.05),
            ("uncertainty: {parameters: 0.1}", 0.1),
            ("uncertainty: {parameters: }", 0.05),
        ] {
            let scenario = Scenario::read("spread", text, &one).expect("valid");
            let each = scenario.uncertainty.parameters.each();
            assert_eq!((each.link1.mass, each.link1.length), (0.5, others), "{text}");
            assert_eq!((each.cart_mass, each.link2.mass), (others, others), "{text}");
        }
        let map = "uncertainty: {parameters: {link2: {mass: 0.2}}}";
        let each = Scenario::read("map", map, &one).expect("valid").uncertainty.parameters.each();
        let alone = Scenario::read("map", map, &Overrides::default()).expect("valid");
        let before = alone.uncertainty.parameters.each();
        assert_eq!((each.link1.mass, each.link2.mass), (0.5, 0.2));
        assert_eq!(each.cart_mass, before.cart_mass);
        let wrong = "uncertainty: {parameters: many}";
        assert!(Scenario::read("wrong", wrong, &one).is_err());
    }
}
