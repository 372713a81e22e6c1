//! The tuning section: which gains are searched, between which bounds, and what a run costs.

use super::Scenario;
use super::document::join;
use super::error::Problem;
use super::objectives::{self, Term};
use super::overlay::lay;
use super::validate::{Errors, section as check_section, unknown};
use crate::tunable::{self, Bounds, Scale, Tunable};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use upright_core::settings::{Choice, Field, FieldKind, Range, Settings as _};

/// Which particles of a swarm inform a particle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topology {
    /// All of them: quick to agree.
    #[default]
    Global,
    /// The one before and the one after it: slower, and harder to fool.
    Ring,
}

impl Choice for Topology {
    const OPTIONS: &'static [&'static str] = &["global", "ring"];
}

upright_core::settings! {
    /// Weights of the terms of a run's cost; each term lies between 0 and 1, a fall's between 1 and 2.
    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct CostWeights {
        numbers {
            /// Weight of the time until the run has settled.
            settling: f64 = 1.0, "1", Range::new(0.0, 1e6);
            /// Weight of the largest angle.
            angle: f64 = 0.25, "1", Range::new(0.0, 1e6);
            /// Weight of the cart's largest distance from its place.
            cart: f64 = 0.5, "1", Range::new(0.0, 1e6);
            /// Weight of the integral of the squared force.
            effort: f64 = 0.25, "1", Range::new(0.0, 1e6);
            /// Weight of the total variation of the force.
            variation: f64 = 0.5, "1", Range::new(0.0, 1e6);
            /// Weight of the share of periods with the force at its limit.
            saturation: f64 = 0.25, "1", Range::new(0.0, 1e6);
            /// Weight of a fall, of leaving the track and of diverging.
            falls: f64 = 5.0, "1", Range::new(0.0, 1e6);
        }
    }
}

upright_core::settings! {
    /// The value of each quantity at which its term is one half.
    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct CostScales {
        numbers {
            /// Settling time.
            settling: f64 = 3.0, "s", Range::positive(1e9);
            /// Largest angle.
            angle: f64 = 0.2, "rad", Range::positive(1e9);
            /// Largest distance of the cart.
            cart: f64 = 0.5, "m", Range::positive(1e9);
            /// Integral of the squared force.
            effort: f64 = 500.0, "N^2 s", Range::positive(1e12);
            /// Total variation of the force.
            variation: f64 = 100.0, "N", Range::positive(1e12);
            /// Share of periods with the force at its limit.
            saturation: f64 = 0.1, "1", Range::positive(1.0);
        }
    }
}

upright_core::settings! {
    /// How the particles of a swarm move.
    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct Swarm {
        numbers {
            /// What is kept of the velocity; by default 1 / (2 ln 2).
            inertia: f64 = 0.721_347_520_444_481_7, "1", Range::new(0.0, 1.0);
            /// Pull of the particle's own best place; by default 1/2 + ln 2.
            cognitive: f64 = 1.193_147_180_559_945_4, "1", Range::new(0.0, 4.0);
            /// Pull of the best place that it is told of; by default 1/2 + ln 2.
            social: f64 = 1.193_147_180_559_945_4, "1", Range::new(0.0, 4.0);
            /// Largest step along a gain, as a share of the distance between its bounds.
            max_velocity: f64 = 0.5, "1", Range::positive(1.0);
        }
        choices {
            /// Which particles inform a particle.
            topology: Topology;
        }
    }
}

upright_core::settings! {
    /// How gains are judged and searched.
    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct TuningSettings {
        numbers {
            /// Runs of the study (0, 1, ...) on which every candidate is judged.
            draws: u32 = 20, "runs", Range::new(1.0, 1e5);
            /// Runs (0, 1, ...) on which a candidate must be better than the best so far to take its
            /// place; no more than `draws` where it is not above them.
            confirm: u32 = 200, "runs", Range::new(1.0, 1e5);
            /// Runs after those, which the search never sees, on which its answer is judged.
            validation: u32 = 200, "runs", Range::new(2.0, 1e5);
            /// Weight of the mean over the runs.
            mean: f64 = 0.8, "1", Range::new(0.0, 1e6);
            /// Weight of the worst run.
            worst: f64 = 0.2, "1", Range::new(0.0, 1e6);
        }
        groups {
            /// Weights of the terms of a run's cost.
            weights: CostWeights = CostWeights::default();
            /// The value of each quantity at which its term is one half.
            scales: CostScales = CostScales::default();
            /// How the particles move.
            swarm: Swarm = Swarm::default();
        }
    }
}

/// The tuning section as resolved.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Tuning {
    /// How gains are judged and searched.
    #[serde(flatten)]
    pub settings: TuningSettings,
    /// The gains to search, by their own names or the names of their groups, each with what was
    /// said of its bounds; all gains where absent.
    pub gains: Option<BTreeMap<String, WrittenBounds>>,
    /// The two terms of the cost whose front is searched; one cost is where absent.
    pub objectives: Option<[Term; 2]>,
}

/// What a scenario says of the bounds of a gain; the rest is the gain's own.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenBounds {
    /// Lower bound.
    pub min: Option<f64>,
    /// Upper bound.
    pub max: Option<f64>,
    /// How the gain is searched between them.
    pub scale: Option<Scale>,
}

/// What `gains` may be, as a JSON Schema.
const GAINS_SCHEMA: &str = r#"{"type": ["object", "null"], "minProperties": 1, "additionalProperties": {"anyOf": [
    {"type": "null"},
    {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    {"type": "object"}]}}"#;

const SECTION: &str = "tuning";

/// The table of the whole section.
pub(super) fn fields() -> Vec<Field> {
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
        kind: FieldKind::Other(objectives::SCHEMA),
    };
    TuningSettings::FIELDS.iter().copied().chain([gains, objectives]).collect()
}

/// Checks the section as far as it says nothing of gains, and fills in its defaults.
pub(super) fn section(value: &mut Value, errors: &mut Errors) {
    if value.is_null() {
        return;
    }
    check_section(value, &fields(), SECTION, errors);
    // The settings are finite numbers and words.
    let mut whole = serde_json::to_value(TuningSettings::default()).unwrap_or_default();
    lay(&mut whole, value);
    *value = whole;
}

/// Reads the section, whose numbers have been checked, for a scenario that is whole but for it.
pub(super) fn read(value: &Value, scenario: &Scenario, errors: &mut Errors) -> Option<Tuning> {
    let mut own = value.as_object()?.clone();
    let gains = own.remove("gains").unwrap_or(Value::Null);
    let objectives = own.remove("objectives").unwrap_or(Value::Null);
    let objectives = objectives::read(&objectives, SECTION, errors);
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
            let tunables = tunable::tunables(scenario);
            for (name, bounds) in map {
                gain(&tunables, name, bounds, &mut flat, errors);
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
    tunables: &[Tunable],
    name: &str,
    value: &Value,
    flat: &mut BTreeMap<String, WrittenBounds>,
    errors: &mut Errors,
) {
    let path = join("tuning.gains", name);
    let meant: Vec<&Tunable> = tunables.iter().filter(|tunable| tunable.is_within(name)).collect();
    if meant.is_empty() {
        let allowed = tunables.iter().map(|tunable| tunable.path.clone()).collect();
        errors.push(&path, value, Problem::Unknown { allowed });
        return;
    }
    let known = ["min", "max", "scale"];
    let Some(bounds) = (match value {
        Value::Null => Some(WrittenBounds::default()),
        Value::Array(pair) if pair.len() == 2 => {
            numbers(&pair[0], &pair[1], &path, ["0", "1"], errors)
        }
        // A map of maps: gains of a group, each by its own name.
        Value::Object(map) if !map.keys().any(|key| known.contains(&key.as_str())) => {
            for (inner, value) in map {
                gain(tunables, &join(name, inner), value, flat, errors);
            }
            return;
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
    for tunable in meant {
        if let Err(problem) = check(tunable, &bounds, alone) {
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

/// Checks what is said of the bounds of a gain; `alone` where it was named itself.
fn check(tunable: &Tunable, written: &WrittenBounds, alone: bool) -> Result<(), Problem> {
    for bound in [written.min, written.max].into_iter().flatten() {
        if !tunable.range.contains(bound) {
            return Err(Problem::Range { range: tunable.range, unit: tunable.unit });
        }
    }
    let reason = match Bounds::of(tunable, written) {
        Some(Bounds { min, max, .. }) if min > max => {
            format!("the bounds of {} are inverted: {min} is above {max}", tunable.path)
        }
        Some(Bounds { min, max, .. }) if min == max => {
            format!("there is nothing to search between {min} and {max}")
        }
        Some(Bounds { min, scale: Scale::Log, .. }) if min <= 0.0 => {
            format!("a logarithmic scale needs a lower bound above zero, which {min} is not")
        }
        None if alone => format!(
            "{} is 0, which says nothing of its size: name its bounds, [min, max]",
            tunable.path
        ),
        _ => return Ok(()),
    };
    Err(Problem::Design { reason })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Overrides, ScenarioError};

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
