//! What can be tuned: every number among a kind's own settings, and the poles of its surface.
//!
//! The list comes from the tables of the settings, so a new law can be tuned without a word about it
//! here; `poles` describes the poles of a surface so that every candidate is stable, and `named` finds what else of a
//! scenario a search may be told to include.

mod bounds;
pub(crate) mod named;
pub(crate) mod poles;

pub use bounds::{Bounds, Tunable};

use crate::kinds::{self, KindSettings};
use crate::scenario::Scenario;
use bounds::number;
use serde_json::Value;
use upright_core::Family;
use upright_core::settings::{Field, FieldKind};

/// What can be tuned in a scenario, poles first. Settings that are absent (`null`) are not in it.
pub fn tunables(scenario: &Scenario) -> Vec<Tunable> {
    let settings = &scenario.controller.settings;
    let mut list = Vec::new();
    // Where there is a reaching law, there is a surface that it reaches.
    if settings.margins(scenario.simulation.control_period).is_some() {
        list.extend(poles::poles(scenario));
    }
    let own = settings.to_value();
    if let Some(kind) = kinds::find(settings.kind()) {
        let default = kinds::default_settings(kind.name).map(|default| default.to_value());
        let default = default.unwrap_or_default();
        fields(kind.fields, &own, &default, "", &mut list);
    }
    if kind_plans(settings) {
        // With another plan every run would begin with seconds of planning; and shares and times of the supervisor
        // are what the rest of the plant allows.
        // A force is weighed where plans are followed by prediction.
        let weighs_force = own["tracking"]["kind"] == "predictive";
        list.retain(|tunable| {
            let tracks = tunable.is_within("tracking")
                && (weighs_force || tunable.path != "tracking.weights.force");
            tracks || tunable.is_within("supervisor.lost")
        });
    }
    if settings.info().family == Family::Predictive {
        // How far and how often is a question of the machine, and how steep a push is one of the rig.
        list.retain(|tunable| tunable.is_within("weights"));
    }
    list
}

/// The same with the numbers elsewhere in the scenario that its tuning section names, last.
pub fn searched(scenario: &Scenario) -> Vec<Tunable> {
    let mut list = tunables(scenario);
    let gains = scenario.tuning.as_ref().and_then(|tuning| tuning.gains.as_ref());
    for name in gains.into_iter().flat_map(|gains| gains.keys()) {
        if !list.iter().any(|tunable| tunable.is_within(name)) {
            list.extend(named::named(scenario, name));
        }
    }
    list
}

/// What `name` means: a gain, the gains of a group, or a number elsewhere in the scenario. `tunables` are those of the
/// scenario.
pub(crate) fn meant(scenario: &Scenario, tunables: &[Tunable], name: &str) -> Vec<Tunable> {
    let gains: Vec<Tunable> =
        tunables.iter().filter(|tunable| tunable.is_within(name)).cloned().collect();
    if gains.is_empty() { named::named(scenario, name).into_iter().collect() } else { gains }
}

/// Whether a kind makes plans before its runs.
fn kind_plans(settings: &KindSettings) -> bool {
    settings.info().family == Family::SwingUp
}

/// Every number among `fields`, groups included.
fn fields(table: &[Field], own: &Value, default: &Value, within: &str, list: &mut Vec<Tunable>) {
    for field in table {
        let path = if within.is_empty() {
            field.name.to_owned()
        } else {
            format!("{within}.{}", field.name)
        };
        let (own, default) = (&own[field.name], &default[field.name]);
        match field.kind {
            FieldKind::Group(inner) => fields(inner, own, default, &path, list),
            FieldKind::Number { unit, range, whole, count, .. } => {
                let one = |path: &str, own: &Value, default: &Value| {
                    Some(number(field, path, unit, range, whole, own.as_f64()?, default.as_f64()))
                };
                if count == 1 {
                    list.extend(one(&path, own, default));
                } else {
                    let each = |i: usize| one(&format!("{path}.{i}"), &own[i], &default[i]);
                    list.extend((0..count).filter_map(each));
                }
            }
            FieldKind::Choice(_) | FieldKind::Other(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Overrides;
    use crate::tuning::{Scale, WrittenBounds};

    fn scenario(text: &str) -> Scenario {
        Scenario::read("tunable", text, &Overrides::default()).expect("valid")
    }

    #[test]
    fn every_kind_but_none_can_be_tuned_and_lqr_has_no_surface() {
        for kind in kinds::KINDS {
            let list = tunables(&Scenario::default().under(kind.name).expect("a kind"));
            let poles = list.iter().filter(|tunable| tunable.is_within("surface.poles")).count();
            match kind.name {
                // A policy is what was learned.
                "none" | "external" => assert!(list.is_empty(), "{}: {list:?}", kind.name),
                "lqr" => assert_eq!((poles, list.len()), (0, 7)),
                "mpc" => assert_eq!((poles, list.len()), (0, 8)),
                // Bound and weights of the tracking, and what counts as lost.
                "swing_up" => {
                    assert_eq!((poles, list.len()), (0, 11));
                    let foresees =
                        scenario("controller: {kind: swing_up, tracking: {kind: predictive}}");
                    let list = tunables(&foresees);
                    assert_eq!(list.len(), 12);
                    assert!(list.iter().any(|one| one.path == "tracking.weights.force"));
                }
                _ => assert!(poles == 5 && list.len() > 7, "{}", kind.name),
            }
        }
    }

    #[test]
    fn bounds_are_a_decade_about_the_default_and_hold_the_start() {
        let list = tunables(&scenario("controller: {switching_gain: 900, dead_band: 0}"));
        let find = |path: &str| list.iter().find(|tunable| tunable.path == path).expect("a gain");
        let bounds = |path| Bounds::of(find(path), &WrittenBounds::default());
        let expected = Bounds { min: 2.0, max: 900.0, scale: Scale::Log };
        assert_eq!(bounds("switching_gain"), Some(expected));
        let expected = Bounds { min: 0.4, max: 1.4, scale: Scale::Linear };
        assert_eq!(bounds("surface.poles.damping1"), Some(expected));
        assert_eq!(bounds("dead_band"), None);
        let written = WrittenBounds { max: Some(15.0), ..WrittenBounds::default() };
        let expected = Bounds { min: 2.0, max: 15.0, scale: Scale::Linear };
        assert_eq!(Bounds::of(find("switching_gain"), &written), Some(expected));
    }
}
