//! Scales of the cost that the start's own figures call for.
//!
//! A term is `r / (1 + r)` of a metric over its scale. Where that is near 0 or 1 it hardly changes with the metric, and the
//! search is blind to it. So a scale that nobody has written is set to what the start's runs have, where the term would be
//! far from one half; and a term that is saturated all the same is told.

use crate::{Cost, Evaluator, TERMS};
use serde_json::Value;
use upright_sim::Scenario;
use upright_sim::metrics::Metrics;
use upright_sim::scenario::{CostScales, Term, Tuning};
use upright_sim::settings::{FieldKind, Settings as _};
use upright_sim::study::{Row, StudyError};

/// A term of a run below this, or above one less it, is far from one half.
const FAR: f64 = 0.1;
/// A term of which the mean over the runs is above this is saturated.
const SATURATED: f64 = 0.95;
/// Where so many runs end early, every term is at one for that reason.
const FALLEN: f64 = 0.5;

/// A scale that was set to the start's own figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rescaled {
    /// The term.
    pub term: Term,
    /// The value at which it was one half.
    pub from: f64,
    /// The value at which it is one half now.
    pub to: f64,
}

/// The scenario with scales that suit its own figures on the draws of the search, and which were changed; nothing where
/// `stop` returned true. Scales that differ from the defaults were meant, and stay.
///
/// # Errors
/// Where its runs could not be computed.
pub fn fitted(
    scenario: &Scenario,
    evaluator: &Evaluator,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Option<(Scenario, Vec<Rescaled>)>, StudyError> {
    let Some(rows) = evaluator.seen_by(scenario, stop)? else { return Ok(None) };
    let mut fitted = scenario.clone();
    let tuning = fitted.tuning.get_or_insert_with(Tuning::default);
    let mut changed = Vec::new();
    for term in Term::ALL {
        let weight = weight(&tuning.settings, term);
        let Some(from) = scale(&mut tuning.settings.scales, term) else { continue };
        let meant = scale(&mut CostScales::default(), term).is_none_or(|usual| *usual != *from);
        if meant || weight == 0.0 {
            continue;
        }
        let share = |value: f64| value / (value + *from);
        if let Some(value) = median(&rows, term).filter(|value| far(share(*value))) {
            // Two digits: what is written into files should be readable.
            let to = in_range(term, two_digits(value));
            if to != *from {
                changed.push(Rescaled { term, from: *from, to });
                *from = to;
            }
        }
    }
    // A scenario that fits stays as it was written.
    Ok(Some(if changed.is_empty() { (scenario.clone(), changed) } else { (fitted, changed) }))
}

fn far(term: f64) -> bool {
    !(FAR..=1.0 - FAR).contains(&term)
}

/// The terms that are saturated in a cost, though most runs stand.
pub fn saturated(scenario: &Scenario, cost: &Cost) -> Vec<&'static str> {
    let settings = scenario.tuning.as_ref().map(|tuning| tuning.settings).unwrap_or_default();
    let falls = Term::ALL.len() - 1;
    let mean = |i: usize| {
        let weight = weight(&settings, Term::ALL[i]);
        if weight > 0.0 { cost.terms[i] / weight } else { 0.0 }
    };
    // A fall costs between one and two.
    if mean(falls) > FALLEN {
        return Vec::new();
    }
    let measured = (0..falls).filter(|&i| Term::ALL[i].metric().is_some());
    measured.filter(|&i| mean(i) > SATURATED).map(|i| TERMS[i]).collect()
}

fn weight(settings: &upright_sim::scenario::TuningSettings, term: Term) -> f64 {
    // Weights are finite numbers by the names of the terms.
    let weights = serde_json::to_value(settings.weights).unwrap_or_default();
    weights.get(term.name()).and_then(Value::as_f64).unwrap_or(0.0)
}

/// The scale of a term; a fall has none, nor has an unstable loop.
fn scale(scales: &mut CostScales, term: Term) -> Option<&mut f64> {
    Some(match term {
        Term::Settling => &mut scales.settling,
        Term::Angle => &mut scales.angle,
        Term::Cart => &mut scales.cart,
        Term::Effort => &mut scales.effort,
        Term::Variation => &mut scales.variation,
        Term::Saturation => &mut scales.saturation,
        Term::Tracking => &mut scales.tracking,
        Term::Stability | Term::Falls => return None,
    })
}

/// The median of a term's metric over the runs that did not end early and have it, where it says how large it is.
fn median(rows: &[Row], term: Term) -> Option<f64> {
    let key = term.metric()?;
    let place = Metrics::KEYS.iter().position(|(name, _)| *name == key)?;
    let stand = rows.iter().filter(|row| row.early_end.is_none());
    let mut values: Vec<f64> =
        stand.filter_map(|row| row.metrics.values()[place]).filter(|x| x.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().filter(|value| *value > 0.0)
}

fn two_digits(value: f64) -> f64 {
    // By the text, so that the number is the nearest to what is shown.
    format!("{value:.1e}").parse().unwrap_or(value)
}

fn in_range(term: Term, value: f64) -> f64 {
    let field = CostScales::FIELDS.iter().find(|field| field.name == term.name());
    match field.map(|field| field.kind) {
        Some(FieldKind::Number { range, .. }) => {
            value.clamp(range.min.max(f64::MIN_POSITIVE), range.max)
        }
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CostFunction;
    use std::num::NonZero;
    use upright_lanes::Unit;
    use upright_sim::scenario::Overrides;

    const SHORT: &str = "simulation: {duration: 3}\ntuning: {draws: 4, confirm: 6";

    fn of(text: &str) -> (Scenario, Vec<Rescaled>, Cost) {
        let scenario = Scenario::read("scales", text, &Overrides::default()).expect("valid");
        let evaluator =
            |scenario: &Scenario| Evaluator::new(scenario, NonZero::<usize>::MIN, Unit::Scalar);
        let found = fitted(&scenario, &evaluator(&scenario), &|| false).expect("runs");
        let (fitted, changed) = found.expect("not stopped");
        let rows = evaluator(&fitted).seen_by(&fitted, &|| false).expect("runs").expect("runs");
        let cost = CostFunction::of(&fitted).study(&rows).expect("a cost");
        (fitted, changed, cost)
    }

    #[test]
    fn figures_near_the_scales_leave_the_scenario_as_it_is() {
        let (fitted, changed, cost) = of(&format!("{SHORT}}}"));
        assert_eq!(changed, []);
        assert_eq!(saturated(&fitted, &cost), Vec::<&str>::new());
        let written = Scenario::read("scales", &format!("{SHORT}}}"), &Overrides::default());
        assert_eq!(written.as_ref(), Ok(&fitted));
    }

    #[test]
    fn a_force_that_bangs_is_measured_by_its_own_variation() {
        // Two periods of delay make the default gains bang.
        let (fitted, changed, cost) = of(&format!("{SHORT}}}\nactuator: {{delay: 2}}"));
        let variation = changed.iter().find(|change| change.term == Term::Variation);
        assert!(variation.is_some_and(|change| change.to > 9.0 * change.from), "{changed:?}");
        // Weight one half, term about one half.
        assert!((0.1..0.4).contains(&cost.terms[4]), "{:?}", cost.terms);
        assert_eq!(saturated(&fitted, &cost), Vec::<&str>::new());
        // The file that a search leaves says so, and fits.
        assert_eq!(of(&fitted.to_yaml()).1, []);
    }

    #[test]
    fn a_scale_that_was_written_stays_and_its_saturated_term_is_told() {
        let text = format!("{SHORT}, scales: {{variation: 1}}}}\nactuator: {{delay: 2}}");
        let (fitted, changed, cost) = of(&text);
        assert!(!changed.iter().any(|change| change.term == Term::Variation), "{changed:?}");
        assert!(saturated(&fitted, &cost).contains(&"variation"), "{:?}", cost.terms);
    }
}
