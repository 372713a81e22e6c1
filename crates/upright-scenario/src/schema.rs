//! The JSON Schema of a scenario, for editors, made from the tables of the settings.

use crate::controller::Common;
use crate::estimator::{ESTIMATORS, EstimatorSettings};
use crate::kinds::{KINDS, KindInfo, default_settings};
use crate::read::{NOT_IN_MODEL, STARTS, tuning_fields};
use crate::reference::ReferenceSettings;
use crate::scenario::Scenario;
use crate::sections::{
    Actuator, Disturbance, Monitoring, ParameterSpread, Sensors, Simulation, Uncertainty,
};
use crate::tuning::TuningSettings;
use serde_json::{Map, Value, json};
use upright_core::Plant;
use upright_core::settings::{Field, FieldKind, Settings};

/// The schema (draft 2020-12).
pub fn scenario_schema() -> Value {
    let default = Scenario::default().to_value();
    let section = |name: &str, fields: &[Field]| object(fields, default.get(name));
    let mut simulation = section("simulation", Simulation::FIELDS);
    let start = simulation["properties"]["initial_state"].take();
    let names: Vec<&str> = STARTS.iter().map(|(name, _)| *name).collect();
    simulation["properties"]["initial_state"] = json!({
        "description": start["description"],
        "default": start["default"],
        "oneOf": [start, {"enum": names}],
    });
    let mut uncertainty = section("uncertainty", Uncertainty::FIELDS);
    uncertainty["properties"]["parameters"]["oneOf"][1] = object(ParameterSpread::FIELDS, None);
    // A disturbance has plain fields only, so this cannot fail.
    let own = serde_json::to_value(Disturbance::default()).unwrap_or_default();
    let mut disturbance = object(Disturbance::FIELDS, Some(&own));
    disturbance["type"] = "object".into();
    for required in ["kind", "amplitude"] {
        if let Some(field) = disturbance["properties"][required].as_object_mut() {
            field.remove("default");
        }
    }
    disturbance["required"] = json!(["kind", "amplitude"]);
    disturbance["allOf"] = json!([needs("pulse", "duration"), needs("sine", "frequency"),]);
    let monitoring = serde_json::to_value(Monitoring::default()).unwrap_or_default();
    let mut monitor = object(Monitoring::FIELDS, Some(&monitoring));
    // Numbers and words only.
    let settings = serde_json::to_value(TuningSettings::default()).unwrap_or_default();
    let mut tuning = object(&tuning_fields(), Some(&settings));
    tuning["description"] = "How gains are searched (`upright tune`).".into();
    monitor["description"] = "How memory is watched; an empty section turns it on.".into();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Scenario of upright",
        "description": "A run of the double inverted pendulum on a cart. Every field has a default.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "plant": section("plant", Plant::FIELDS),
            "simulation": simulation,
            "actuator": section("actuator", Actuator::FIELDS),
            "sensors": section("sensors", Sensors::FIELDS),
            "estimator": estimator(),
            "controller": controller(),
            "reference": reference(),
            "disturbances": {
                "type": "array",
                "items": disturbance,
                "description": "What disturbs the plant: forces on the cart, torques on the joints.",
                "default": [],
            },
            "uncertainty": uncertainty,
            "monitor": monitor,
            "tuning": tuning,
            "seed": {
                "type": "integer",
                "minimum": 0,
                "maximum": u64::MAX,
                "description": "Seed of every random number.",
                "default": default["seed"],
            },
        },
    })
}

/// The schema of the reference.
fn reference() -> Value {
    // Numbers and words only.
    let own = serde_json::to_value(ReferenceSettings::default()).unwrap_or_default();
    let mut reference = object(ReferenceSettings::FIELDS, Some(&own));
    reference["description"] = "What the cart is to follow.".into();
    let pair = json!({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2});
    reference["properties"]["points"] = json!({
        "type": ["array", "null"],
        "items": pair,
        "minItems": 2,
        "description": "Times in s and places in m, of a `recorded` reference.",
    });
    reference
}

/// The schema of the estimator: one of the kinds, each with its own settings.
fn estimator() -> Value {
    let mut kinds: Vec<Value> = EstimatorSettings::defaults()
        .iter()
        .zip(ESTIMATORS)
        .map(|(settings, (name, fields))| {
            // Numbers, words and truth values only.
            let own = serde_json::to_value(settings).unwrap_or_default();
            let mut kind = object(fields, Some(&own));
            kind["type"] = "object".into();
            kind["properties"]["kind"] = json!({"const": name});
            kind["required"] = json!(["kind"]);
            kind
        })
        .collect();
    kinds.push(json!({"type": "null"}));
    json!({
        "oneOf": kinds,
        "description": "What makes a state of the measurements; without it, what sensors.velocity says.",
        "default": null,
    })
}

fn needs(kind: &str, field: &str) -> Value {
    json!({
        "if": {"properties": {"kind": {"const": kind}}},
        "then": {"required": [field]},
    })
}

/// The schema of a section.
fn object(fields: &[Field], default: Option<&Value>) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| {
            let default = default.and_then(|default| default.get(field.name));
            (field.name.to_owned(), property(field, default))
        })
        .collect();
    // A section may be named and left empty.
    json!({"type": ["object", "null"], "additionalProperties": false, "properties": properties})
}

fn property(field: &Field, default: Option<&Value>) -> Value {
    let mut schema = match field.kind {
        FieldKind::Group(fields) => object(fields, default),
        FieldKind::Choice(options) => json!({ "enum": options }),
        // A schema that the declaration gives as text; a test reads each of them.
        FieldKind::Other(schema) => serde_json::from_str(schema).unwrap_or_else(|_| json!({})),
        FieldKind::Number { range, whole, optional, count, .. } => {
            let lower = if range.above_min { "exclusiveMinimum" } else { "minimum" };
            let kind = if whole { "integer" } else { "number" };
            let number = json!({"type": kind, lower: range.min, "maximum": range.max});
            match count {
                1 if optional => json!({"oneOf": [number, {"type": "null"}]}),
                1 => number,
                n => {
                    let list =
                        json!({"type": "array", "items": number, "minItems": n, "maxItems": n});
                    if optional { json!({"oneOf": [list, {"type": "null"}]}) } else { list }
                }
            }
        }
    };
    let unit = match field.kind {
        FieldKind::Number { unit, .. } if !["1", "SI"].contains(&unit) => format!(" In {unit}."),
        _ => String::new(),
    };
    schema["description"] = format!("{}{unit}", field.doc.trim()).into();
    if let Some(default) = default
        && !matches!(field.kind, FieldKind::Group(_))
    {
        schema["default"] = default.clone();
    }
    schema
}

fn controller() -> Value {
    let number = json!({"type": "number", "minimum": -1e6, "maximum": 1e6});
    let surface = json!({
        "description": "The sliding surface: five poles of the sliding motion (a pair [re, im] \
                        counts as two), or six coefficients in state order.",
        "type": ["object", "null"],
        "additionalProperties": false,
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {
            "poles": {"type": "array", "minItems": 3, "maxItems": 5, "items": {"oneOf": [
                number.clone(),
                {"type": "array", "items": number.clone(), "minItems": 2, "maxItems": 2},
            ]}},
            "coefficients": {"type": "array", "items": number, "minItems": 6, "maxItems": 6},
        },
    });
    let belief: Vec<Field> =
        Plant::FIELDS.iter().filter(|field| !NOT_IN_MODEL.contains(&field.name)).copied().collect();
    let mut model = object(&belief, None);
    model["description"] = "What the controller believes of the plant, where it differs.".into();
    let common = serde_json::to_value(Common::default()).unwrap_or_default();
    let kind = |info: &KindInfo| {
        let default = default_settings(info.name).map(|settings| settings.to_value());
        let mut schema = object(info.fields, default.as_ref());
        let names: Vec<&str> =
            std::iter::once(info.name).chain(info.aliases.iter().copied()).collect();
        schema["title"] = info.name.into();
        schema["description"] = info.summary.into();
        schema["properties"]["kind"] = json!({ "enum": names });
        schema["properties"]["surface"] = surface.clone();
        schema["properties"]["model"] = model.clone();
        schema["properties"]["gains"] = json!({
            "enum": ["auto", null],
            "description": "auto: gains from the margins of the sampled loop, in place of numbers.",
            "default": null,
        });
        for field in Common::FIELDS {
            schema["properties"][field.name] = property(field, common.get(field.name));
        }
        // Without a kind it is the first of the registry.
        if info.name != KINDS[0].name {
            schema["required"] = json!(["kind"]);
        }
        schema
    };
    let kinds: Vec<Value> = KINDS.iter().map(kind).collect();
    let mut kinds = kinds;
    kinds.push(json!({"type": "null"}));
    json!({"description": "The controller and what it believes of the plant.", "anyOf": kinds})
}
