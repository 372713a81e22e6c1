//! What can be tuned: every number among a kind's own settings, and the poles of its surface.
//!
//! The list comes from the tables of the settings, so a new law can be tuned without a word about it
//! here; `poles` describes the poles of a surface so that every candidate is stable.

mod bounds;
mod poles;

pub use bounds::{Bounds, Tunable};

use crate::kinds::{self, KindSettings};
use crate::scenario::Scenario;
use bounds::AROUND;
use serde_json::Value;
use upright_core::Family;
use upright_core::settings::{Field, FieldKind, Invalid, Range};
use upright_design::DesignError;

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
        list.retain(|tunable| {
            tunable.is_within("tracking") || tunable.is_within("supervisor.lost")
        });
    }
    list
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
                let one = |path, own: &Value, default: &Value| {
                    let (start, default) = (own.as_f64()?, default.as_f64());
                    let usual = usual(start, default, &range);
                    let doc = field.doc.trim();
                    Some(Tunable { path, doc, unit, default, start, range, whole, usual })
                };
                if count == 1 {
                    list.extend(one(path, own, default));
                } else {
                    let each = |i: usize| one(format!("{path}.{i}"), &own[i], &default[i]);
                    list.extend((0..count).filter_map(each));
                }
            }
            FieldKind::Choice(_) | FieldKind::Other(_) => {}
        }
    }
}

/// Bounds about a gain's default, and wide enough for its start.
fn usual(start: f64, default: Option<f64>, range: &Range) -> Option<(f64, f64)> {
    let middle = default.filter(|default| *default > 0.0).unwrap_or(start);
    if middle <= 0.0 {
        return None;
    }
    let mut bounds = ((middle / AROUND).max(range.min), (middle * AROUND).min(range.max));
    if start > 0.0 {
        bounds = (bounds.0.min(start), bounds.1.max(start));
    }
    Some(bounds)
}

/// Why gains make no controller.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refused {
    /// The law does not allow them together.
    #[error(transparent)]
    Settings(#[from] Invalid),
    /// The design does not exist.
    #[error(transparent)]
    Design(#[from] DesignError),
    /// The kind has no such gain.
    #[error("{path} is no gain of {kind}")]
    Unknown {
        /// The gain's name.
        path: String,
        /// The kind.
        kind: &'static str,
    },
}

/// How often one gain is moved to where another allows it.
const MOST_MOVES: usize = 16;

/// The scenario with other gains, by their names in [`tunables`]. Where the law ties one gain to
/// others (a gain that starts between its own bounds), the tied one moves to the nearest value that
/// is allowed.
///
/// # Errors
/// Where the gains make no controller.
pub fn with_gains(scenario: &Scenario, gains: &[(&str, f64)]) -> Result<Scenario, Refused> {
    let mut tuned = scenario.clone();
    let kind = scenario.controller.settings.kind();
    let unknown = |path: &str| Refused::Unknown { path: path.to_owned(), kind };
    let mut numbers = Vec::new();
    let mut value = scenario.controller.settings.to_value();
    for &(path, gain) in gains {
        match poles::position(path) {
            Some(i) => numbers.push((i, gain)),
            None => put(&mut value, path, gain).ok_or_else(|| unknown(path))?,
        }
    }
    if !numbers.is_empty() {
        let surface = poles::with(scenario, &numbers);
        tuned.controller.surface = surface.ok_or_else(|| unknown("surface.poles"))?;
    }
    tuned.controller.settings = allowed(kind, value)?;
    tuned.check_design()?;
    Ok(tuned)
}

/// Puts a number into a tree of settings; nothing where the path leads nowhere.
fn put(value: &mut Value, path: &str, number: f64) -> Option<()> {
    let mut here = value;
    for name in path.split('.') {
        here = match here {
            Value::Object(map) => map.get_mut(name)?,
            Value::Array(list) => list.get_mut(name.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    // What was whole stays whole.
    *here = if here.is_u64() { Value::from(number as u64) } else { Value::from(number) };
    Some(())
}

/// The settings of a kind, with gains moved to where the others allow them.
fn allowed(kind: &'static str, mut value: Value) -> Result<KindSettings, Refused> {
    let unknown = |path: String| Refused::Unknown { path, kind };
    let info = kinds::find(kind).ok_or_else(|| unknown(String::new()))?;
    let mut moves = 0;
    loop {
        let settings = info.read(value.clone()).map_err(|error| unknown(error.to_string()))?;
        match settings.check() {
            Ok(()) => return Ok(settings.resolved()),
            Err(Invalid::OutOfRange { path, value: found, range, .. })
                if moves < MOST_MOVES && range.min <= range.max =>
            {
                let lowest = if range.above_min { range.min.next_up() } else { range.min };
                let path = path.to_string();
                put(&mut value, &path, found.clamp(lowest, range.max))
                    .ok_or_else(|| unknown(path))?;
                moves += 1;
            }
            Err(invalid) => return Err(invalid.into()),
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
                "none" => assert!(list.is_empty()),
                "lqr" => assert_eq!((poles, list.len()), (0, 7)),
                // Bound and weights of the tracking, and what counts as lost.
                "swing_up" => assert_eq!((poles, list.len()), (0, 11)),
                _ => assert!(poles == 5 && list.len() > 7, "{}", kind.name),
            }
        }
    }

    #[test]
    fn a_gain_tied_to_another_moves_to_where_it_is_allowed() {
        let adaptive = scenario("controller: {kind: adaptive}");
        let gains = [("initial_gain", 90.0), ("max_gain", 12.0), ("min_gain", 20.0)];
        let value = with_gains(&adaptive, &gains).expect("settings").controller.settings.to_value();
        assert_eq!(value["max_gain"], 12.0);
        assert_eq!(value["min_gain"], 12.0);
        assert_eq!(value["initial_gain"], 12.0);
        let hybrid = scenario("controller: {kind: hybrid}");
        let gains = [("supervisor.enter", 1.0), ("supervisor.leave", 0.5)];
        let settings = with_gains(&hybrid, &gains).expect("settings").controller.settings;
        assert_eq!(settings.check(), Ok(()));
        assert!(settings.to_value()["supervisor"]["leave"].as_f64() > Some(1.0));
    }

    #[test]
    fn weights_and_whole_numbers_are_put_in_their_places() {
        let lqr = scenario("controller: {kind: lqr}");
        let tuned = with_gains(&lqr, &[("weights.state.2", 7.5), ("weights.force", 0.5)]);
        let value = tuned.expect("a design").controller.settings.to_value();
        assert_eq!(value["weights"]["state"][2], 7.5);
        assert_eq!(value["weights"]["force"], 0.5);
        let hybrid = scenario("controller: {kind: hybrid}");
        let tuned = with_gains(&hybrid, &[("estimator.window", 61.0)]).expect("settings");
        assert_eq!(tuned.controller.settings.to_value()["estimator"]["window"], 61);
        let error = with_gains(&hybrid, &[("window", 61.0)]).expect_err("no such gain");
        assert_eq!(error.to_string(), "window is no gain of hybrid");
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
