//! From text to a scenario.

use super::Scenario;
use super::controller::{Common, ControllerSection, Pole, SurfaceSpec};
use super::document::{Document, join};
use super::error::{FieldError, Problem, ScenarioError};
use super::overlay::{lay, set};
use super::sections::{
    Actuator, Disturbance, DisturbanceKind, Monitoring, ParameterSpread, Sensors, Simulation,
    Uncertainty,
};
use super::validate::{Errors, number, section, unknown};
use crate::registry;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use upright_core::Plant;
use upright_core::settings::{Field, FieldKind, Invalid, Range, Settings};

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
}

/// What errors call the document itself.
const ROOT: &str = "scenario";
/// What stays when the kind of controller changes.
const KIND_INDEPENDENT: [&str; 3] = ["surface", "model", "beta_min"];
/// Fields of the plant that are no belief of a controller.
pub(super) const NOT_IN_MODEL: [&str; 2] = ["model", "track"];
/// The most control periods of a run.
const MOST_PERIODS: u64 = 100_000_000_000;
/// The most bytes that a run records.
const MOST_RECORDED: u64 = 4_000_000_000;

pub(super) fn read(
    name: &str,
    text: &str,
    overrides: &Overrides,
) -> Result<Scenario, ScenarioError> {
    let mut document = Document::parse(name, text)?;
    let mut errors = Errors::default();
    apply(overrides, &mut document.value, &mut errors);
    let scenario = if errors.0.is_empty() {
        resolve(&document.value, !overrides.unrecorded, &mut errors)
    } else {
        None
    };
    let scenario = scenario.filter(|_| errors.0.is_empty());
    if let Some(scenario) = scenario {
        return Ok(scenario);
    }
    let set_paths: Vec<&str> = overrides.set.iter().map(|(path, _)| path.as_str()).collect();
    let errors = errors.0.into_iter().map(|error| located(error, &document, &set_paths)).collect();
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
            let stays = old.iter().filter(|(name, _)| KIND_INDEPENDENT.contains(&name.as_str()));
            controller.extend(stays.map(|(name, value)| (name.clone(), value.clone())));
        }
        controller.insert("kind".to_owned(), Value::String(kind.clone()));
        root.insert("controller".to_owned(), Value::Object(controller));
    }
    for (path, text) in &overrides.set {
        let refuse = |errors: &mut Errors, reason: String| {
            errors.push(path, &Value::String(text.clone()), Problem::Design { reason });
        };
        let value = match Document::parse("--set", text) {
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
        if let Err(reason) = set(root, path, value) {
            refuse(errors, reason);
        }
    }
    if let (Some(seed), Some(root)) = (overrides.seed, root.as_object_mut()) {
        root.insert("seed".to_owned(), seed.into());
    }
}

/// Sections that the tables describe alone.
const SECTIONS: [(&str, &[Field]); 5] = [
    ("plant", Plant::FIELDS),
    ("simulation", Simulation::FIELDS),
    ("actuator", Actuator::FIELDS),
    ("sensors", Sensors::FIELDS),
    ("uncertainty", Uncertainty::FIELDS),
];

fn resolve(written: &Value, record: bool, errors: &mut Errors) -> Option<Scenario> {
    let Some(written) = written.as_object() else {
        errors.push(ROOT, written, Problem::Type { expected: "a map".to_owned() });
        return None;
    };
    let mut names: Vec<&str> = SECTIONS.iter().map(|(name, _)| *name).collect();
    names.extend(["controller", "disturbances", "monitor", "tuning", "seed"]);
    unknown(written, &names, "", errors);

    let mut whole = Scenario::default().to_value();
    for (name, value) in written.iter().filter(|(name, _)| *name != "controller") {
        if let Some(below) = whole.get_mut(name) {
            lay(below, value);
        }
    }
    for (name, fields) in SECTIONS {
        section(&whole[name], fields, name, errors);
    }
    parameters(&whole["uncertainty"]["parameters"], errors);
    disturbances(&whole["disturbances"], errors);
    if !whole["seed"].is_u64() {
        let expected = "a whole number from 0 to 18446744073709551615".to_owned();
        errors.push("seed", &whole["seed"], Problem::Type { expected });
    }
    velocity(&whole["sensors"]["velocity"], errors);
    monitor(&mut whole["monitor"], errors);
    super::tuning::section(&mut whole["tuning"], errors);
    let controller = controller(written.get("controller"), &whole["plant"], errors)?;
    if !errors.0.is_empty() {
        return None;
    }

    let mut scenario = Scenario {
        plant: typed(&whole["plant"], "plant", errors)?,
        simulation: typed(&whole["simulation"], "simulation", errors)?,
        actuator: typed(&whole["actuator"], "actuator", errors)?,
        sensors: typed(&whole["sensors"], "sensors", errors)?,
        controller,
        disturbances: typed(&whole["disturbances"], "disturbances", errors)?,
        uncertainty: typed(&whole["uncertainty"], "uncertainty", errors)?,
        monitor: typed(&whole["monitor"], "monitor", errors)?,
        tuning: None,
        seed: typed(&whole["seed"], "seed", errors)?,
    };
    check(&scenario, record, &whole, errors);
    scenario.controller.settings = scenario.controller.settings.resolved();
    if errors.0.is_empty() {
        scenario.tuning = super::tuning::read(&whole["tuning"], &scenario, errors);
    }
    Some(scenario)
}

/// Reads what the tables have passed. They say all that the types say, so an error here is a gap
/// in them; it is still an error and no panic.
fn typed<T: DeserializeOwned>(value: &Value, path: &str, errors: &mut Errors) -> Option<T> {
    match T::deserialize(value) {
        Ok(typed) => Some(typed),
        Err(error) => {
            errors.push(path, value, Problem::Type { expected: error.to_string() });
            None
        }
    }
}

/// What concerns more than one field.
fn check(scenario: &Scenario, record: bool, whole: &Value, errors: &mut Errors) {
    let mut report = |prefix: &'static str, whole: &Value, result: Result<(), Invalid>| {
        if let Err(invalid) = result {
            errors.push_invalid(prefix, whole, &invalid);
        }
    };
    report("plant", whole, scenario.plant.check());
    report("sensors", whole, scenario.sensors.check());
    let controller = serde_json::json!({"controller": &scenario.controller});
    report("controller", &controller, scenario.controller.settings.check());
    report("controller", &controller, scenario.controller.check_common());
    report("controller.model", &controller, scenario.controller.model.check());
    if !errors.0.is_empty() {
        return;
    }
    limits(scenario, record, whole, errors);
    if let Err(error) = crate::design::check(scenario) {
        let path = error.field();
        let value = controller.pointer(&format!("/{}", path.replace('.', "/")));
        let value = value.or_else(|| whole.get(path)).unwrap_or(&Value::Null);
        errors.push(path, value, Problem::Design { reason: error.to_string() });
    }
}

impl Errors {
    fn push_invalid(&mut self, prefix: &str, whole: &Value, invalid: &Invalid) {
        let path = join(prefix, &invalid.path().to_string());
        let value = whole.pointer(&format!("/{}", path.replace('.', "/"))).cloned();
        let problem = match *invalid {
            Invalid::OutOfRange { range, unit, .. } => Problem::Range { range, unit },
            Invalid::Conflict { with, .. } => Problem::Conflict { with: with.to_owned() },
        };
        self.push(&path, &value.unwrap_or(Value::Null), problem);
    }
}

/// What would take too long or too much room is refused before it starts.
fn limits(scenario: &Scenario, record: bool, whole: &Value, errors: &mut Errors) {
    let simulation = &scenario.simulation;
    let periods = simulation.duration / simulation.control_period;
    if periods > MOST_PERIODS as f64 {
        let range = Range::positive(MOST_PERIODS as f64 * simulation.control_period);
        let problem = Problem::Range { range, unit: "s, 1e11 control periods" };
        errors.push("simulation.duration", &whole["simulation"]["duration"], problem);
        return;
    }
    if periods < 1.0 - 1e-9 {
        let range = Range::new(simulation.control_period, 1e9);
        let problem = Problem::Range { range, unit: "s, at least one control period" };
        errors.push("simulation.duration", &whole["simulation"]["duration"], problem);
    }
    if !record {
        return;
    }
    let rows = crate::trajectory::rows(scenario);
    let columns = crate::trajectory::columns(scenario).len() as u64;
    let bytes = rows.saturating_mul(columns * 8);
    if bytes > MOST_RECORDED {
        let least = scenario.periods() * columns * 8 / MOST_RECORDED + 1;
        let reason = format!(
            "the run would record {rows} rows of {columns} numbers, {:.1} GB; allowed is up to 4 GB: \
             record every {least} periods, or keep the last rows only (record_last)",
            bytes as f64 / 1e9
        );
        let value = &whole["simulation"]["record_every"];
        errors.push("simulation.record_every", value, Problem::Design { reason });
    }
}

fn parameters(value: &Value, errors: &mut Errors) {
    let path = "uncertainty.parameters";
    if value.is_object() {
        section(value, ParameterSpread::FIELDS, path, errors);
    } else {
        number(value, &Range::new(0.0, 0.9), "1", false, path, errors);
    }
}

fn velocity(value: &Value, errors: &mut Errors) {
    let path = "sensors.velocity";
    let word = value.as_str().is_some_and(|word| ["exact", "difference"].contains(&word));
    match value.as_object() {
        Some(map) if map.len() == 1 && map.contains_key("filter_hz") => {
            let path = join(path, "filter_hz");
            number(&map["filter_hz"], &Range::positive(1e6), "Hz", false, &path, errors);
        }
        _ if word => {}
        _ => {
            let expected = "`exact`, `difference` or `{filter_hz: F}`".to_owned();
            errors.push(path, value, Problem::Type { expected });
        }
    }
}

/// Checks the monitoring and fills in its defaults, where there is any.
fn monitor(value: &mut Value, errors: &mut Errors) {
    if value.is_null() {
        return;
    }
    section(value, Monitoring::FIELDS, "monitor", errors);
    // The settings are finite numbers.
    let mut whole = serde_json::to_value(Monitoring::default()).unwrap_or_default();
    lay(&mut whole, value);
    *value = whole;
}

fn disturbances(value: &Value, errors: &mut Errors) {
    let Some(list) = value.as_array() else {
        let expected = "a list of disturbances".to_owned();
        errors.push("disturbances", value, Problem::Type { expected });
        return;
    };
    for (i, disturbance) in list.iter().enumerate() {
        let path = join("disturbances", &i.to_string());
        let before = errors.0.len();
        section(disturbance, Disturbance::FIELDS, &path, errors);
        if errors.0.len() > before {
            continue;
        }
        let has = |name: &str| disturbance.get(name).is_some_and(|value| !value.is_null());
        for name in ["kind", "amplitude"] {
            if !has(name) {
                let required_by = "every disturbance".to_owned();
                errors.push(&join(&path, name), &Value::Null, Problem::Missing { required_by });
            }
        }
        let kind = DisturbanceKind::deserialize_word(disturbance.get("kind"));
        let needs = match kind {
            DisturbanceKind::Pulse => Some("duration"),
            DisturbanceKind::Sine => Some("frequency"),
            DisturbanceKind::Step | DisturbanceKind::Noise => None,
        };
        if let Some(name) = needs.filter(|name| !has(name)) {
            let required_by = format!("kind: {}", disturbance["kind"].as_str().unwrap_or("?"));
            errors.push(&join(&path, name), &Value::Null, Problem::Missing { required_by });
        }
        for name in ["frequency", "phase"] {
            let idle = kind != DisturbanceKind::Sine && has(name);
            if idle && disturbance[name].as_f64() != Some(0.0) {
                let with = "a kind other than sine".to_owned();
                errors.push(&join(&path, name), &disturbance[name], Problem::Conflict { with });
            }
        }
    }
}

impl DisturbanceKind {
    fn deserialize_word(word: Option<&Value>) -> Self {
        word.and_then(|word| serde_json::from_value(word.clone()).ok()).unwrap_or_default()
    }
}

/// The error of a kind that is not in the registry.
pub(super) fn unknown_kind(kind: &str) -> ScenarioError {
    let mut errors = Errors::default();
    push_unknown_kind(&Value::String(kind.to_owned()), &mut errors);
    ScenarioError::Fields { source_name: "--controller".to_owned(), errors: errors.0 }
}

fn push_unknown_kind(kind: &Value, errors: &mut Errors) {
    let allowed = registry::KINDS.iter().map(|kind| kind.name.to_owned()).collect();
    errors.push("controller.kind", kind, Problem::Choice { allowed });
}

fn controller(
    written: Option<&Value>,
    plant: &Value,
    errors: &mut Errors,
) -> Option<ControllerSection> {
    let empty = Map::new();
    let map = match written {
        None | Some(Value::Null) => &empty,
        Some(Value::Object(map)) => map,
        Some(other) => {
            errors.push("controller", other, Problem::Type { expected: "a map".to_owned() });
            return None;
        }
    };
    let kind = map.get("kind").cloned().unwrap_or_else(|| "classical".into());
    let Some(info) = kind.as_str().and_then(registry::find) else {
        push_unknown_kind(&kind, errors);
        return None;
    };

    let mut settings = info.default_value();
    let mut common = serde_json::json!({ "beta_min": Common::default().beta_min });
    let mut own = map.clone();
    own.remove("kind");
    let surface = own.remove("surface");
    let overrides = own.remove("model");
    if let Some(value) = own.remove("beta_min") {
        common["beta_min"] = value;
    }
    lay(&mut settings, &Value::Object(own));
    let mut fields = vec![];
    fields.extend_from_slice(info.fields);
    fields.extend(Common::FIELDS);
    // Known, and checked below; listed so that an unknown name is told of them.
    for name in ["kind", "surface", "model"] {
        fields.push(Field { name, doc: "", kind: FieldKind::Other("{}") });
    }
    section(&settings, &fields, "controller", errors);
    section(&common, Common::FIELDS, "controller", errors);

    let surface = surface_spec(surface.as_ref(), errors);
    let overrides = match overrides {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(map)) => map,
        Some(other) => {
            let expected = "a map of plant parameters".to_owned();
            errors.push("controller.model", &other, Problem::Type { expected });
            return None;
        }
    };
    let belief: Vec<Field> =
        Plant::FIELDS.iter().filter(|field| !NOT_IN_MODEL.contains(&field.name)).copied().collect();
    let mut model = plant.clone();
    lay(&mut model, &Value::Object(overrides.clone()));
    section(&Value::Object(overrides.clone()), &belief, "controller.model", errors);
    if !errors.0.is_empty() {
        return None;
    }
    let settings = match info.read(settings.clone()) {
        Ok(settings) => settings,
        Err(error) => {
            let expected = error.to_string();
            errors.push("controller", &settings, Problem::Type { expected });
            return None;
        }
    };
    Some(ControllerSection {
        settings,
        surface: surface?,
        model: typed(&model, "controller.model", errors)?,
        overrides,
        common: typed(&common, "controller", errors)?,
    })
}

/// What a pole or a coefficient may be.
const FINITE: Range = Range::new(-1e6, 1e6);

fn surface_spec(written: Option<&Value>, errors: &mut Errors) -> Option<SurfaceSpec> {
    let path = "controller.surface";
    let Some(value) = written.filter(|value| !value.is_null()) else {
        return Some(SurfaceSpec::default());
    };
    let map = value.as_object().filter(|map| !map.is_empty());
    let Some(map) = map else {
        let expected = "a map with `poles` or `coefficients`".to_owned();
        errors.push(path, value, Problem::Type { expected });
        return None;
    };
    let before = errors.0.len();
    unknown(map, &["poles", "coefficients"], path, errors);
    if map.contains_key("poles") && map.contains_key("coefficients") {
        let with = "coefficients".to_owned();
        errors.push(&join(path, "poles"), &map["poles"], Problem::Conflict { with });
    }
    if let Some(value) = map.get("poles") {
        poles(value, &join(path, "poles"), errors);
    }
    if let Some(value) = map.get("coefficients") {
        let path = join(path, "coefficients");
        let list = value.as_array().filter(|list| list.len() == 6);
        match list {
            None => {
                let expected = "a list of 6 numbers, in state order".to_owned();
                errors.push(&path, value, Problem::Type { expected });
            }
            Some(list) => {
                for (i, value) in list.iter().enumerate() {
                    number(value, &FINITE, "1", false, &join(&path, &i.to_string()), errors);
                }
            }
        }
    }
    if errors.0.len() > before {
        return None;
    }
    typed(value, path, errors)
}

fn poles(value: &Value, path: &str, errors: &mut Errors) {
    let Some(list) = value.as_array() else {
        let expected = "a list of poles: numbers, and pairs [re, im]".to_owned();
        errors.push(path, value, Problem::Type { expected });
        return;
    };
    let mut count = 0;
    for (i, pole) in list.iter().enumerate() {
        let path = join(path, &i.to_string());
        match pole.as_array() {
            Some(pair) if pair.len() == 2 => {
                for (part, value) in pair.iter().enumerate() {
                    number(value, &FINITE, "1/s", false, &join(&path, &part.to_string()), errors);
                }
                count += 2;
            }
            Some(_) => {
                let expected = "a number or a pair [re, im]".to_owned();
                errors.push(&path, pole, Problem::Type { expected });
                count += 2;
            }
            None => {
                number(pole, &FINITE, "1/s", false, &path, errors);
                count += 1;
            }
        }
    }
    if count != 5 {
        let reason = format!("the sliding motion has 5 poles (a pair counts as two), not {count}");
        errors.push(path, value, Problem::Design { reason });
    }
}

impl Pole {
    /// The poles that this stands for, as `(re, im)`.
    pub fn roots(&self) -> impl Iterator<Item = (f64, f64)> {
        let (first, second) = match *self {
            Self::Real(re) => ((re, 0.0), None),
            Self::Pair([re, im]) => ((re, im), Some((re, -im))),
        };
        std::iter::once(first).chain(second)
    }
}
