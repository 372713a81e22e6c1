//! Numbers outside of the kind's own settings that a search includes where it is told to by name, such as
//! `sensors.velocity.filter_hz`: every number of the sections that describe the loop.

use super::bounds::{Tunable, number};
use crate::controller::Common;
use crate::estimator::ESTIMATORS;
use crate::scenario::Scenario;
use crate::sections::{Actuator, Sensors, Simulation};
use serde_json::Value;
use upright_core::Plant;
use upright_core::settings::{Field, FieldKind, Range, Settings as _};

/// The corner frequency of the velocity filter, which is a word or a number in the tables.
const FILTER: &str = "sensors.velocity.filter_hz";
/// What says how long and from where, and not how: to search it would change the question.
const ASKED: [&str; 4] = ["duration", "initial_state", "record_every", "record_last"];

/// The fields of a section, and the rest of the path behind its name.
fn section<'a>(scenario: &Scenario, path: &'a str) -> Option<(&'static [Field], &'a str)> {
    let (first, rest) = path.split_once('.')?;
    let fields = match first {
        "plant" => Plant::FIELDS,
        "simulation" if !ASKED.iter().any(|name| rest.starts_with(name)) => Simulation::FIELDS,
        "actuator" => Actuator::FIELDS,
        "sensors" => Sensors::FIELDS,
        "estimator" => {
            let kind = scenario.estimator.as_ref()?.kind();
            ESTIMATORS.iter().find(|(name, _)| *name == kind)?.1
        }
        "controller" => match rest.split_once('.') {
            Some(("model", rest)) => return Some((Plant::FIELDS, rest)),
            _ => Common::FIELDS,
        },
        _ => return None,
    };
    Some((fields, rest))
}

/// The field at the end of a path, and its place in a list where it is one of several numbers.
fn field<'a>(mut fields: &'a [Field], path: &str) -> Option<(&'a Field, Option<usize>)> {
    let mut names = path.split('.');
    loop {
        let name = names.next()?;
        let field = fields.iter().find(|field| field.name == name)?;
        match field.kind {
            FieldKind::Group(inner) => fields = inner,
            FieldKind::Number { count, .. } => {
                let place = names.next().map(str::parse::<usize>).transpose().ok()?;
                let fits = place.map_or(count == 1, |place| place < count && count > 1);
                return (fits && names.next().is_none()).then_some((field, place));
            }
            FieldKind::Choice(_) | FieldKind::Other(_) => return None,
        }
    }
}

/// The number of a tree at a path.
fn at<'a>(tree: &'a Value, path: &str) -> Option<&'a Value> {
    tree.pointer(&format!("/{}", path.replace('.', "/")))
}

/// The number of this name; nothing where the scenario has none.
pub(crate) fn named(scenario: &Scenario, path: &str) -> Option<Tunable> {
    let tree = scenario.to_value();
    let default = at(&Scenario::default().to_value(), path).and_then(Value::as_f64);
    if path == FILTER {
        let range = Range::positive(1e6);
        let doc = "Corner frequency of the low-pass filter behind the differences.";
        let field = Field { name: "filter_hz", doc, kind: FieldKind::Other("") };
        let start = at(&tree, path)?.as_f64()?;
        return Some(number(&field, path, "Hz", range, false, start, default));
    }
    let (fields, rest) = section(scenario, path)?;
    let (field, _) = field(fields, rest)?;
    let FieldKind::Number { unit, range, whole, .. } = field.kind else { return None };
    let start = at(&tree, path)?.as_f64()?;
    Some(number(field, path, unit, range, whole, start, default))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Overrides;
    use crate::gains::with_gains;
    use crate::tunable::searched;

    fn scenario(text: &str) -> Scenario {
        Scenario::read("named", text, &Overrides::default()).expect("valid")
    }

    const RIG: &str = "
sensors: {velocity: {filter_hz: 40}, angle_quantum: 1e-3}
actuator: {lag: 0.01}
tuning: {gains: {switching_gain: , sensors.velocity.filter_hz: [5, 200], actuator: {lag: [0.001, 0.1]}}}
";

    #[test]
    fn a_number_of_the_loop_is_searched_where_it_is_named_and_only_there() {
        let rig = scenario(RIG);
        let names: Vec<String> = searched(&rig).into_iter().map(|gain| gain.path).collect();
        assert!(names.contains(&FILTER.to_owned()) && names.contains(&"actuator.lag".to_owned()));
        assert!(!names.iter().any(|name| name == "sensors.angle_quantum"));
        let found =
            with_gains(&rig, &[(FILTER, 12.5), ("actuator.lag", 0.02), ("switching_gain", 30.0)]);
        let found = found.expect("a scenario").to_value();
        assert_eq!(found["sensors"]["velocity"]["filter_hz"], 12.5);
        assert_eq!(found["actuator"]["lag"], 0.02);
        assert_eq!(found["controller"]["switching_gain"], 30.0);
        assert_eq!(found["sensors"]["angle_quantum"], 1e-3);
        assert!(with_gains(&rig, &[("actuator.lag", -1.0)]).is_err());
        assert_eq!(scenario(&rig.to_yaml()), rig);
    }

    #[test]
    fn estimators_and_what_the_controller_believes_are_numbers_of_the_loop() {
        let text = "
sensors: {angle_quantum: 1e-3, position_quantum: 1e-4}
estimator: {kind: kalman, force_noise: 0.05}
controller: {model: {cart_mass: 1.4}}
tuning: {gains: {estimator.force_noise: [0.001, 1], controller.model.cart_mass: [1, 2], simulation.control_period: [5e-4, 2e-3]}}
";
        let rig = scenario(text);
        let list = searched(&rig);
        let start = |path: &str| list.iter().find(|gain| gain.path == path).map(|gain| gain.start);
        assert_eq!(start("estimator.force_noise"), Some(0.05));
        assert_eq!(start("controller.model.cart_mass"), Some(1.4));
        let found = with_gains(&rig, &[("estimator.force_noise", 0.2)]).expect("a scenario");
        assert_eq!(found.to_value()["estimator"]["force_noise"], 0.2);
    }

    #[test]
    fn what_is_asked_is_no_number_to_search() {
        for name in [
            "simulation.duration",
            "seed",
            "uncertainty.parameters",
            "plant.model",
            "sensors.velocity",
        ] {
            let text = format!("tuning: {{gains: {{{name}: [1, 2]}}}}");
            assert!(Scenario::read("asked", &text, &Overrides::default()).is_err(), "{name}");
        }
        // Without a filter there is no corner.
        let text = format!("tuning: {{gains: {{{FILTER}: [1, 2]}}}}");
        let error = Scenario::read("filter", &text, &Overrides::default()).expect_err("no filter");
        assert!(error.to_string().contains(FILTER), "{error}");
    }
}
