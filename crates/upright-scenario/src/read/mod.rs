//! From a tree of values to a scenario: merged into the defaults, checked by the tables of the settings, typed,
//! and checked as a whole.

mod controller;
mod start;
mod tuning;

use crate::check;
use crate::controller::ControllerSection;
use crate::error::Problem;
use crate::motor::driven;
use crate::overlay::merge;
use crate::path::join;
use crate::record;
use crate::sampled::auto_gains;
use crate::scenario::Scenario;
use crate::sections::{
    Actuator, Disturbance, Monitoring, ParameterSpread, SPREAD, Sensors, Simulation, Uncertainty,
};
use crate::validate::{Errors, number, section, typed, unknown};
use serde::Deserialize as _;
use serde_json::Value;
use upright_core::Plant;
use upright_core::settings::{Field, Range, Settings};

pub(crate) use controller::NOT_IN_MODEL;
pub(crate) use start::STARTS;
pub(crate) use tuning::tuning_fields;

/// What errors call the document itself.
pub(crate) const ROOT: &str = "scenario";

/// Sections that the tables describe alone.
const SECTIONS: [(&str, &[Field]); 5] = [
    ("plant", Plant::FIELDS),
    ("simulation", Simulation::FIELDS),
    ("actuator", Actuator::FIELDS),
    ("sensors", Sensors::FIELDS),
    ("uncertainty", Uncertainty::FIELDS),
];

/// What is asked of a scenario besides that its fields are allowed.
#[derive(Clone, Copy)]
pub(crate) struct Demands {
    /// That its run can be recorded, which is limited.
    pub(crate) record: bool,
    /// That its own kind of controller has a design.
    pub(crate) design: bool,
}

/// The scenario that a tree of values means. Nothing where there are errors.
pub(crate) fn resolve(written: &Value, demands: Demands, errors: &mut Errors) -> Option<Scenario> {
    let Some(written) = written.as_object() else {
        errors.push(ROOT, written, Problem::Type { expected: "a map".to_owned() });
        return None;
    };
    let mut names: Vec<&str> = SECTIONS.iter().map(|(name, _)| *name).collect();
    names.extend([
        "estimator",
        "controller",
        "reference",
        "disturbances",
        "monitor",
        "tuning",
        "seed",
    ]);
    unknown(written, &names, "", errors);

    let mut whole = Scenario::default().to_value();
    for (name, value) in written.iter().filter(|(name, _)| *name != "controller") {
        if let Some(below) = whole.get_mut(name) {
            merge(below, value);
        }
    }
    if let Some(start) = whole["simulation"].get_mut("initial_state") {
        start::named(start, errors);
    }
    friction(written.get("plant"), &mut whole);
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
    crate::encoders::read(&whole["sensors"], errors);
    let estimator = crate::estimator::read(&mut whole["estimator"], errors);
    let reference = crate::reference::read(&whole["reference"], errors);
    monitor(&mut whole["monitor"], errors);
    tuning::section(&mut whole["tuning"], errors);
    let controller = controller::controller(written.get("controller"), &whole["plant"], errors)?;
    if !errors.0.is_empty() {
        return None;
    }

    let sensors: Sensors = typed(&whole["sensors"], "sensors", errors)?;
    let said = ["velocity", "velocity_noise", "rate_noise"];
    let said =
        said.iter().any(|name| !written.get("sensors").unwrap_or(&Value::Null)[name].is_null());
    let estimator = estimator.or_else(|| if said { None } else { sensors.usual_estimator() });
    let mut actuator: Actuator = typed(&whole["actuator"], "actuator", errors)?;
    let limit = written.get("actuator").and_then(|own| own.get("max_force"));
    if let Some(motor) = actuator.motor()
        && limit.is_none_or(Value::is_null)
    {
        actuator.max_force = motor.max_force();
    }
    let model = driven(&actuator, controller.model);
    let mut scenario = Scenario {
        plant: typed(&whole["plant"], "plant", errors)?,
        simulation: typed(&whole["simulation"], "simulation", errors)?,
        actuator,
        sensors,
        estimator,
        controller: ControllerSection { model, ..controller },
        reference,
        disturbances: typed(&whole["disturbances"], "disturbances", errors)?,
        uncertainty: typed(&whole["uncertainty"], "uncertainty", errors)?,
        monitor: typed(&whole["monitor"], "monitor", errors)?,
        tuning: None,
        seed: typed(&whole["seed"], "seed", errors)?,
    };
    // Of the controller what was written, since its own section is no part of the defaults.
    whole["controller"] = written.get("controller").cloned().unwrap_or_default();
    check::fields(&scenario, errors);
    if !errors.0.is_empty() {
        errors.show_as_written(0, &whole);
        return None;
    }
    if demands.record {
        check::recorded(&scenario, record::columns(&scenario).len(), errors);
    }
    if demands.design {
        check::design(&scenario, errors);
    } else {
        check::design_of_any(&scenario, errors);
    }
    errors.show_as_written(0, &whole);
    scenario.controller.settings = scenario.controller.settings.resolved();
    if errors.0.is_empty() && scenario.controller.auto_gains {
        match auto_gains(&scenario) {
            Ok(settings) => scenario.controller.settings = settings,
            Err(reason) => {
                errors.push("controller.gains", &"auto".into(), Problem::Design { reason });
            }
        }
    }
    if errors.0.is_empty() {
        scenario.tuning = tuning::read(&whole["tuning"], &scenario, errors);
    }
    Some(scenario).filter(|_| errors.0.is_empty())
}

/// Friction whose speeds are written is smoothed, also where they are the default ones; any other sticks, and so does
/// what would be smoothed over so little that the steps cannot follow it.
fn friction(written: Option<&Value>, whole: &mut Value) {
    let speeds = ["cart_speed", "joint_speed"];
    let written = written.and_then(|plant| plant.get("coulomb"));
    let given =
        |name: &str| written.and_then(|own| own.get(name)).is_some_and(|own| !own.is_null());
    let coulomb = &whole["plant"]["coulomb"];
    let rubs = ["cart", "joint1", "joint2"]
        .iter()
        .any(|name| coulomb[name].as_f64().is_some_and(|size| size != 0.0));
    if whole["plant"]["friction"] == "auto" && (rubs || !coulomb["static"].is_null()) {
        let smoothed = speeds.into_iter().any(given) && !too_little_smoothed(whole);
        whole["plant"]["friction"] = if smoothed { "smoothed" } else { "set_valued" }.into();
    }
}

/// Whether the steps cannot follow the friction smoothed as it is written; not where a number is none that is allowed,
/// which is told later.
fn too_little_smoothed(whole: &Value) -> bool {
    let plant = Plant::deserialize(&whole["plant"]).ok().filter(|plant| plant.check().is_ok());
    let simulation = Simulation::deserialize(&whole["simulation"])
        .ok()
        .filter(|simulation| simulation.check_ranges().is_ok());
    let (Some(plant), Some(simulation)) = (plant, simulation) else { return false };
    check::too_little_smoothed(&plant, &simulation).is_some()
}

fn parameters(value: &Value, errors: &mut Errors) {
    let path = "uncertainty.parameters";
    if value.is_object() {
        section(value, ParameterSpread::FIELDS, path, errors);
    } else {
        number(value, &SPREAD, "1", false, path, errors);
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
    merge(&mut whole, value);
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
        for name in ["kind", "amplitude"] {
            if disturbance.get(name).is_none_or(Value::is_null) {
                let required_by = "every disturbance".to_owned();
                errors.push(&join(&path, name), &Value::Null, Problem::Missing { required_by });
            }
        }
        let typed: Option<Disturbance> = typed(disturbance, &path, errors);
        if let Some(Err(invalid)) = typed.map(|typed| typed.check()) {
            let prefix = join("disturbances", &i.to_string());
            errors.push_invalid(&prefix, &serde_json::json!({"disturbances": value}), &invalid);
        }
    }
}
