//! A scenario with other gains, and other numbers of its loop.

use crate::check::UNNAMED;
use crate::kinds::{self, KindSettings};
use crate::read::{Demands, resolve};
use crate::scenario::Scenario;
use crate::tunable::{named, poles};
use crate::validate::Errors;
use serde_json::Value;
use upright_core::settings::Invalid;
use upright_design::DesignError;

/// Why gains make no controller.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The law does not allow them together.
    #[error(transparent)]
    Settings(#[from] Invalid),
    /// The design does not exist.
    #[error(transparent)]
    Design(#[from] DesignError),
    /// Numbers elsewhere in the scenario are not allowed together.
    #[error("{0}")]
    Scenario(String),
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
const MAX_MOVES: usize = 16;

/// The scenario with other gains, by their names in [`searched`](crate::tunable::searched). Where the law ties one gain to
/// others (a gain that starts between its own bounds), the tied one moves to the nearest value that
/// is allowed.
///
/// # Errors
/// Where the gains make no controller.
pub fn with_gains(scenario: &Scenario, gains: &[(&str, f64)]) -> Result<Scenario, Refused> {
    let mut tuned = scenario.clone();
    let kind = scenario.controller.settings.kind();
    let unknown = |path: &str| Refused::Unknown { path: path.to_owned(), kind };
    let (mut numbers, mut elsewhere) = (Vec::new(), Vec::new());
    let mut value = scenario.controller.settings.to_value();
    for &(path, gain) in gains {
        match poles::position(path) {
            Some(i) => numbers.push((i, gain)),
            None if put(&mut value, path, gain).is_some() => {}
            None if named::named(scenario, path).is_some() => elsewhere.push((path, gain)),
            None => return Err(unknown(path)),
        }
    }
    if !numbers.is_empty() {
        let surface = poles::with(scenario, &numbers);
        tuned.controller.surface = surface.ok_or_else(|| unknown("surface.poles"))?;
    }
    tuned.controller.settings = allowed(kind, value)?;
    if !elsewhere.is_empty() {
        // The design is that of the whole.
        return elsewhere_too(&tuned, &elsewhere).map_err(Refused::Scenario);
    }
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
                if moves < MAX_MOVES && range.min <= range.max =>
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

/// The scenario with other numbers in these places; the error is what is wrong with them together.
fn elsewhere_too(scenario: &Scenario, numbers: &[(&str, f64)]) -> Result<Scenario, String> {
    let mut tree = scenario.to_value();
    for (path, value) in numbers {
        put(&mut tree, path, *value)
            .ok_or_else(|| format!("{path} is no number of the scenario"))?;
    }
    let mut errors = Errors::default();
    let demands = Demands { record: false, design: true };
    resolve(&tree, demands, &mut errors).ok_or_else(|| errors.into_error(UNNAMED).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Overrides;

    fn scenario(text: &str) -> Scenario {
        Scenario::read("gains", text, &Overrides::default()).expect("valid")
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
}
