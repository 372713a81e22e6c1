//! The controller section from a tree of values.

use crate::check::{self, FINITE};
use crate::controller::{Common, ControllerSection, SurfaceSpec};
use crate::error::Problem;
use crate::external;
use crate::kinds::{self, External, Kind, Mpc, SwingUp};
use crate::overlay::merge;
use crate::path::join;
use crate::sampled::set_by_auto;
use crate::swing_up;
use crate::under::push_unknown_kind;
use crate::validate::{Errors, number, section, typed, unknown};
use serde_json::{Map, Value};
use upright_core::Plant;
use upright_core::settings::{Field, FieldKind, Settings};

/// Fields of the plant that are no belief of a controller.
pub(crate) const NOT_IN_MODEL: [&str; 3] = ["model", "track", "friction"];

pub(super) fn controller(
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
    let Some(info) = kind.as_str().and_then(kinds::find) else {
        push_unknown_kind(&kind, errors);
        return None;
    };

    let mut settings = info.default_value();
    // Numbers and words only.
    let mut common = serde_json::to_value(Common::default()).unwrap_or_default();
    let mut own = map.clone();
    own.remove("kind");
    let surface = own.remove("surface");
    let mut overrides = own.remove("model");
    // Of predictions, a word is which model they are made with; a map is what is believed of the plant.
    let word = info.name == Mpc::NAME && overrides.as_ref().is_some_and(Value::is_string);
    if word {
        own.extend(overrides.take().map(|model| ("prediction".to_owned(), model)));
    }
    let auto_gains = gains(own.remove("gains"), info.name, &own, errors);
    for field in Common::FIELDS {
        if let Some(value) = own.remove(field.name).filter(|value| !value.is_null()) {
            common[field.name] = value;
        }
    }
    merge(&mut settings, &Value::Object(own.clone()));
    if info.name == SwingUp::NAME {
        swing_up::own(&mut settings, &own, errors);
    }
    if info.name == External::NAME {
        external::own(&mut settings, &own, errors);
    }
    let mut fields = vec![];
    fields.extend_from_slice(info.fields);
    fields.extend(Common::FIELDS);
    // Known, and checked below; listed so that an unknown name is told of them.
    for name in ["kind", "surface", "model", "gains"] {
        fields.push(Field { name, doc: "", kind: FieldKind::Other("{}") });
    }
    let earlier = errors.0.len();
    section(&settings, &fields, "controller", errors);
    if word {
        // Told by the name that was written.
        for error in errors.0[earlier..].iter_mut().filter(|e| e.path == "controller.prediction") {
            "controller.model".clone_into(&mut error.path);
        }
    }
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
    merge(&mut model, &Value::Object(overrides.clone()));
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
        auto_gains,
    })
}

/// Whether the gains are left to the program; what it would set must then not be set by hand.
fn gains(
    written: Option<Value>,
    kind: &str,
    own: &Map<String, Value>,
    errors: &mut Errors,
) -> bool {
    let Some(value) = written.filter(|value| !value.is_null()) else { return false };
    if value != "auto" {
        let allowed = vec!["auto".to_owned()];
        errors.push("controller.gains", &value, Problem::Choice { allowed });
        return false;
    }
    for name in set_by_auto(kind) {
        if let Some(value) = own.get(*name).filter(|value| !value.is_null()) {
            let with = "gains: auto, which sets it".to_owned();
            errors.push(&join("controller", name), value, Problem::Conflict { with });
        }
    }
    true
}

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
    let spec: SurfaceSpec = typed(value, path, errors)?;
    let count = errors.0.len();
    check::surface(&spec, errors);
    errors.show_as_written(count, &serde_json::json!({"controller": {"surface": value}}));
    Some(spec)
}

fn poles(value: &Value, path: &str, errors: &mut Errors) {
    let Some(list) = value.as_array() else {
        let expected = "a list of poles: numbers, and pairs [re, im]".to_owned();
        errors.push(path, value, Problem::Type { expected });
        return;
    };
    for (i, pole) in list.iter().enumerate() {
        let path = join(path, &i.to_string());
        match pole.as_array() {
            Some(pair) if pair.len() == 2 => {
                for (part, value) in pair.iter().enumerate() {
                    number(value, &FINITE, "1/s", false, &join(&path, &part.to_string()), errors);
                }
            }
            Some(_) => {
                let expected = "a number or a pair [re, im]".to_owned();
                errors.push(&path, pole, Problem::Type { expected });
            }
            None => number(pole, &FINITE, "1/s", false, &path, errors),
        }
    }
}
