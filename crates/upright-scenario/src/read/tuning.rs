//! The tuning section from a tree of values.

use crate::check;
use crate::error::Problem;
use crate::overlay::merge;
use crate::path::join;
use crate::scenario::Scenario;
use crate::term::Term;
use crate::tunable::{Tunable, meant, tunables};
use crate::tuning::{Scale, Tuning, TuningSettings, WrittenBounds};
use crate::validate::{Errors, section as check_section, unknown};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use upright_core::settings::{Choice, Field, FieldKind, Settings as _};

/// What `gains` may be, as a JSON Schema.
const GAINS_SCHEMA: &str = r#"{"type": ["object", "null"], "minProperties": 1, "additionalProperties": {"anyOf": [
    {"type": "null"},
    {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    {"type": "object"}]}}"#;

const SECTION: &str = "tuning";

/// The table of the whole section.
pub(crate) fn tuning_fields() -> Vec<Field> {
    let gains = Field {
        name: "gains",
        doc: "The gains to search, by name or by the name of their group (`upright tune --list` \
              shows them), each with `[min, max]`, `{min, max, scale: linear or log}`, or nothing; \
              all of them where absent.",
        kind: FieldKind::Other(GAINS_SCHEMA),
    };
    let objectives = Field {
        name: "objectives",
        doc: "Two terms of the cost, such as `[settling, variation]`: instead of the least cost the \
              front is searched on which neither gets better without the other getting worse.",
        kind: FieldKind::Other(OBJECTIVES_SCHEMA),
    };
    TuningSettings::FIELDS.iter().copied().chain([gains, objectives]).collect()
}

/// Checks the section as far as it says nothing of gains, and fills in its defaults.
pub(super) fn section(value: &mut Value, errors: &mut Errors) {
    if value.is_null() {
        return;
    }
    check_section(value, &tuning_fields(), SECTION, errors);
    // The settings are finite numbers and words.
    let mut whole = serde_json::to_value(TuningSettings::default()).unwrap_or_default();
    merge(&mut whole, value);
    *value = whole;
}

/// Reads the section, whose numbers have been checked, for a scenario that is whole but for it.
pub(super) fn read(value: &Value, scenario: &Scenario, errors: &mut Errors) -> Option<Tuning> {
    let mut own = value.as_object()?.clone();
    let gains = own.remove("gains").unwrap_or(Value::Null);
    let objectives = own.remove("objectives").unwrap_or(Value::Null);
    let objectives = self::objectives(&objectives, SECTION, errors);
    let settings = match serde_json::from_value(Value::Object(own)) {
        Ok(settings) => settings,
        Err(error) => {
            errors.push(SECTION, value, Problem::Type { expected: error.to_string() });
            return None;
        }
    };
    let path = join(SECTION, "gains");
    let gains = match &gains {
        Value::Null => None,
        Value::Object(map) if !map.is_empty() => {
            let mut flat = BTreeMap::new();
            let tunables = tunables(scenario);
            for (name, bounds) in map {
                gain((scenario, &tunables), name, bounds, &mut flat, errors);
            }
            Some(flat)
        }
        other => {
            let expected = "a map with at least one gain, or nothing for all of them".to_owned();
            errors.push(&path, other, Problem::Type { expected });
            None
        }
    };
    Some(Tuning { settings, gains, objectives })
}

/// Reads what is said of the gain or group `name`.
fn gain(
    (scenario, tunables): (&Scenario, &[Tunable]),
    name: &str,
    value: &Value,
    flat: &mut BTreeMap<String, WrittenBounds>,
    errors: &mut Errors,
) {
    let path = join("tuning.gains", name);
    let known = ["min", "max", "scale"];
    let of_group =
        value.as_object().filter(|map| !map.keys().any(|key| known.contains(&key.as_str())));
    let meant = meant(scenario, tunables, name);
    // A section has no gains of its own, and its numbers are named one by one.
    if meant.is_empty() && of_group.is_none_or(Map::is_empty) {
        let allowed = tunables.iter().map(|tunable| tunable.path.clone()).collect();
        errors.push(&path, value, Problem::Unknown { allowed });
        return;
    }
    // A map of maps: gains of a group, each by its own name.
    if let Some(map) = of_group {
        for (inner, value) in map {
            gain((scenario, tunables), &join(name, inner), value, flat, errors);
        }
        return;
    }
    let Some(bounds) = (match value {
        Value::Null => Some(WrittenBounds::default()),
        Value::Array(pair) if pair.len() == 2 => {
            numbers(&pair[0], &pair[1], &path, ["0", "1"], errors)
        }
        Value::Object(map) => of_map(map, &path, errors),
        other => {
            let expected = "`[min, max]`, `{min, max, scale}`, or nothing".to_owned();
            errors.push(&path, other, Problem::Type { expected });
            None
        }
    }) else {
        return;
    };
    let alone = meant.len() == 1;
    for tunable in &meant {
        if let Err(problem) = check::bounds(tunable, &bounds, alone) {
            errors.push(&path, value, problem);
            return;
        }
    }
    flat.insert(name.to_owned(), bounds);
}

fn of_map(map: &Map<String, Value>, path: &str, errors: &mut Errors) -> Option<WrittenBounds> {
    let before = errors.0.len();
    unknown(map, &["min", "max", "scale"], path, errors);
    let get = |name: &str| map.get(name).unwrap_or(&Value::Null);
    let mut bounds = numbers(get("min"), get("max"), path, ["min", "max"], errors)?;
    bounds.scale = match get("scale") {
        Value::Null => None,
        Value::String(word) if word == "linear" => Some(Scale::Linear),
        Value::String(word) if word == "log" => Some(Scale::Log),
        other => {
            let allowed = Scale::OPTIONS.iter().map(ToString::to_string).collect();
            errors.push(&join(path, "scale"), other, Problem::Choice { allowed });
            None
        }
    };
    (errors.0.len() == before).then_some(bounds)
}

/// Two bounds, either of which may be nothing.
fn numbers(
    min: &Value,
    max: &Value,
    path: &str,
    names: [&str; 2],
    errors: &mut Errors,
) -> Option<WrittenBounds> {
    let before = errors.0.len();
    let mut number = |value: &Value, name| {
        if !value.is_null() && !value.is_number() {
            let expected = "a number".to_owned();
            errors.push(&join(path, name), value, Problem::Type { expected });
        }
        value.as_f64()
    };
    let [min, max] = [number(min, names[0]), number(max, names[1])];
    (errors.0.len() == before).then_some(WrittenBounds { min, max, scale: None })
}

/// What `objectives` may be, as a JSON Schema.
const OBJECTIVES_SCHEMA: &str = r#"{"type": ["array", "null"], "minItems": 2, "maxItems": 2, "uniqueItems": true,
    "items": {"enum": ["settling", "angle", "cart", "effort", "variation", "saturation", "tracking", "stability",
    "falls"]}}"#;

/// Reads the objectives of the section `section`; absent where nothing is said of them.
fn objectives(value: &Value, section: &str, errors: &mut Errors) -> Option<[Term; 2]> {
    if value.is_null() {
        return None;
    }
    let path = join(section, "objectives");
    let Some([first, second]) = value.as_array().map(Vec::as_slice) else {
        let expected = format!("a list of two terms of the cost ({})", Term::NAMES.join(", "));
        errors.push(&path, value, Problem::Type { expected });
        return None;
    };
    let mut term = |value: &Value, place: &str| {
        let found = Term::ALL.into_iter().find(|term| value == term.name());
        if found.is_none() {
            let allowed = Term::NAMES.map(str::to_owned).to_vec();
            errors.push(&join(&path, place), value, Problem::Choice { allowed });
        }
        found
    };
    let (first, second) = (term(first, "0"), term(second, "1"));
    let pair = [first?, second?];
    if pair[0] == pair[1] {
        errors.push(&path, value, check::twice(pair[0].name()));
        return None;
    }
    Some(pair)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Overrides;
    use crate::error::ScenarioError;
    use crate::tuning::Topology;

    fn scenario(text: &str) -> Result<Scenario, ScenarioError> {
        Scenario::read("tuning", text, &Overrides::default())
    }

    fn refused(text: &str) -> String {
        scenario(text).expect_err("refused").to_string()
    }

    #[test]
    fn a_section_reads_back_as_it_was_resolved() {
        let text = "
controller: {kind: hybrid}
tuning:
  draws: 7
  weights: {effort: 2}
  swarm: {topology: ring}
  gains:
    supervisor: {leave: [0.3, 1.5], enter: }
    sliding.max_slope: {min: 100, scale: linear}
    surface:
";
        let first = scenario(text).expect("valid");
        let tuning = first.tuning.clone().expect("a section");
        assert_eq!(tuning.settings.draws, 7);
        assert_eq!(tuning.settings.weights.effort, 2.0);
        assert_eq!(tuning.settings.weights.settling, 1.0);
        assert_eq!(tuning.settings.swarm.topology, Topology::Ring);
        let gains = tuning.gains.expect("gains");
        let names: Vec<&str> = gains.keys().map(String::as_str).collect();
        assert_eq!(names, ["sliding.max_slope", "supervisor.enter", "supervisor.leave", "surface"]);
        assert_eq!(gains["supervisor.leave"].max, Some(1.5));
        assert_eq!(gains["sliding.max_slope"].scale, Some(Scale::Linear));
        assert_eq!(scenario(&first.to_yaml()), Ok(first));
    }

    #[test]
    fn what_cannot_be_searched_is_refused_with_its_place() {
        for (text, message) in [
            (
                "tuning:\n  gains:\n    switching_gain: [50, 5]",
                "tuning: line 3, column 21: tuning.gains.switching_gain = [50,5]: the bounds of \
                 switching_gain are inverted: 50 is above 5",
            ),
            (
                "tuning: {gains: {switching_gain: [5, 5]}}",
                "tuning: line 1, column 34: tuning.gains.switching_gain = [5,5]: there is nothing to \
                 search between 5 and 5",
            ),
            (
                "tuning: {gains: {}}",
                "tuning: line 1, column 17: tuning.gains = {}: must be a map with at least one gain, \
                 or nothing for all of them",
            ),
            (
                "tuning: {gains: {boundary_layer: [-1, 1]}}",
                "tuning: line 1, column 34: tuning.gains.boundary_layer = [-1,1]: allowed is above 0 \
                 to 1e6 N s",
            ),
            (
                "tuning: {gains: {dead_band: }}",
                "tuning: line 1, column 27: tuning.gains.dead_band = null: dead_band is 0, which says \
                 nothing of its size: name its bounds, [min, max]",
            ),
            (
                "tuning: {gains: {dead_band: {min: 0, max: 1, scale: log}}}",
                "a logarithmic scale needs a lower bound above zero, which 0 is not",
            ),
            (
                "tuning: {gains: {k1: [1, 2]}}",
                "there is no such field; allowed here: surface.poles",
            ),
            ("tuning: {draws: 0}", "tuning.draws = 0: allowed is from 1 to 1e5 runs"),
            ("tuning: {swarm: {topology: star}}", "allowed is one of global, ring"),
            ("tuning: {weights: {falls: -1}}", "tuning.weights.falls = -1: allowed is from 0"),
            ("tuning: {colour: red}", "tuning.colour = \"red\": there is no such field"),
            ("tuning: 3", "tuning = 3: must be a map"),
        ] {
            let found = refused(text);
            assert!(found.contains(message), "{text}\n{found}\n{message}");
        }
    }
}

#[cfg(test)]
mod objectives_tests {
    use super::*;
    use crate::Overrides;

    fn scenario(text: &str) -> Result<Scenario, String> {
        Scenario::read("front", text, &Overrides::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn two_terms_read_back_as_they_were_written() {
        let first = scenario("tuning: {objectives: [settling, variation]}").expect("valid");
        let tuning = first.tuning.clone().expect("a section");
        assert_eq!(tuning.objectives, Some([Term::Settling, Term::Variation]));
        assert_eq!(scenario(&first.to_yaml()), Ok(first));
        let without = scenario("tuning: {objectives: }").expect("valid");
        assert_eq!(without.tuning.expect("a section").objectives, None);
    }

    #[test]
    fn names_are_those_that_are_written_and_that_the_schema_allows() {
        let schema: Value = serde_json::from_str(OBJECTIVES_SCHEMA).expect("JSON");
        for (i, term) in Term::ALL.into_iter().enumerate() {
            assert_eq!(serde_json::to_value(term).expect("a word"), term.name());
            assert_eq!(schema["items"]["enum"][i], term.name());
        }
    }

    #[test]
    fn anything_but_two_different_terms_is_refused_with_its_place() {
        for (text, message) in [
            (
                "tuning: {objectives: [settling, noise]}",
                "front: line 1, column 33: tuning.objectives.1 = \"noise\": allowed is one of \
                 settling, angle,",
            ),
            (
                "tuning: {objectives: [angle, angle]}",
                "column 22: tuning.objectives = [\"angle\",\"angle\"]: angle stands twice: the two \
                 must differ",
            ),
            (
                "tuning: {objectives: [settling]}",
                "must be a list of two terms of the cost (settling",
            ),
            ("tuning: {objectives: []}", "tuning.objectives = []: must be a list of two terms"),
            ("tuning: {objectives: [settling, angle, cart]}", "must be a list of two terms"),
            ("tuning: {objectives: settling}", "must be a list of two terms"),
            ("tuning: {objectives: [1, 2]}", "tuning.objectives.0 = 1: allowed is one of"),
        ] {
            let found = scenario(text).expect_err("refused");
            assert!(found.contains(message), "{text}\n{found}\n{message}");
        }
    }
}
