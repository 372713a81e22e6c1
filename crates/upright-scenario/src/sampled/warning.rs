//! What to know of a loop before a run, a comparison or a search starts from it.

use super::law::{self, Near};
use super::row::LoopRow;
use super::{near_upright, open_loop};
use crate::scenario::Scenario;
use serde::Serialize;
use std::fmt;
use upright_design::sampled_loop::{
    LimitCycle, SampledLoop, SlopeLimit, slope_limit, super_twisting_cycle, switching_cycle,
};

/// A gain margin below this, either way, is near to instability for a run that is about to start.
const NEAR: f64 = 1.1;
/// Laws without a slope bang that are predicted to shake by more than this share of the limit.
pub(super) const SHAKES: f64 = 0.2;

/// What to know of a loop.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "loop", rename_all = "snake_case")]
#[non_exhaustive]
pub enum LoopWarning {
    /// The loop is not stable at upright: a law with a slope.
    Unstable {
        /// At which of its gains, where the law adapts.
        at: Option<&'static str>,
        /// Its slope in 1/s; absent for LQR.
        slope: Option<f64>,
        /// The largest slope that the loop bears in 1/s; absent where it bears none.
        limit: Option<f64>,
        /// The oscillation that comes of it; absent where nothing but the actuator's limit ends it.
        cycle: Option<LimitCycle>,
    },
    /// A law without a slope is predicted to shake.
    Shakes {
        /// How.
        cycle: LimitCycle,
        /// By what share of the actuator's limit.
        share: f64,
    },
    /// A tenth more or less of the input gain makes the loop unstable.
    Near {
        /// The slope in 1/s; absent for LQR.
        slope: Option<f64>,
    },
    /// The largest sensitivity is above 2.
    Sensitive {
        /// It.
        max_sensitivity: f64,
    },
    /// The input gain may be hardly larger, or smaller.
    GainMargin {
        /// What it may be multiplied by: above or below 1.
        margin: f64,
    },
    /// Two more periods of delay are too many.
    DelayMargin {
        /// How many are bearable.
        periods: f64,
    },
    /// The sensors' noise takes much of the force.
    Noise {
        /// The force's standard deviation in N.
        deviation: f64,
        /// By what share of the limit.
        share: f64,
    },
}

impl fmt::Display for LoopWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unstable { at, slope, limit, cycle } => {
                match at {
                    Some(at) => write!(f, "the force will bang at the {at}: ")?,
                    None => write!(f, "the force will bang: ")?,
                }
                match (slope, limit) {
                    (Some(slope), Some(limit)) => write!(
                        f,
                        "a slope of {slope:.0} 1/s in the boundary layer, where this sampled loop bears {limit:.0}"
                    )?,
                    (Some(slope), None) => {
                        write!(
                            f,
                            "this sampled loop bears no slope in the boundary layer, {slope:.0} 1/s or other"
                        )?;
                    }
                    _ => write!(f, "the sampled loop is not stable")?,
                }
                if let Some(cycle) = cycle {
                    write!(f, "; {:.1} N at {:.1} Hz", cycle.force, cycle.frequency)?;
                }
                match slope {
                    Some(_) => write!(f, " (boundary_layer, estimator, or gains: auto)"),
                    None => write!(f, " (weights.force, estimator, or a shorter period)"),
                }
            }
            Self::Shakes { cycle, share } => write!(
                f,
                "the force will bang: {:.1} N at {:.1} Hz, {:.0} % of the limit (smaller gains, estimator, or \
                 gains: auto)",
                cycle.force,
                cycle.frequency,
                100.0 * share
            ),
            Self::Near { .. } => write!(
                f,
                "the sampled loop is near instability: a tenth more or less of the input gain and it bangs"
            ),
            Self::Sensitive { max_sensitivity } => write!(
                f,
                "the largest sensitivity is {max_sensitivity:.2}, above 2 (boundary_layer, estimator)"
            ),
            Self::GainMargin { margin } => write!(
                f,
                "an input gain of {margin:.2} times this one is not stable (boundary_layer, estimator)"
            ),
            Self::DelayMargin { periods } => write!(
                f,
                "{periods:.2} more periods of delay are not stable (boundary_layer, estimator.predict, control_period)"
            ),
            Self::Noise { deviation, share } => write!(
                f,
                "the noise of the sensors makes a force of {deviation:.2} N, {:.0} % of the limit (estimator, \
                 boundary_layer)",
                100.0 * share
            ),
        }
    }
}

/// What is to be said of a row of the report.
pub(super) fn of_row(scenario: &Scenario, row: &LoopRow) -> Vec<LoopWarning> {
    let limit = scenario.actuator.max_force;
    let mut warnings = Vec::new();
    let Some(radius) = row.spectral_radius else {
        let shakes = row.cycle.map(|cycle| (cycle, cycle.force / limit));
        let shakes = shakes.filter(|(_, share)| *share > SHAKES);
        warnings.extend(shakes.map(|(cycle, share)| LoopWarning::Shakes { cycle, share }));
        return warnings;
    };
    // Written so that not a number is told too.
    let stable = radius < 1.0;
    if !stable {
        let (slope, cycle) = (row.slope, row.cycle);
        let (at, limit) = (row.at, row.slope_limit);
        warnings.push(LoopWarning::Unstable { at, slope, limit, cycle });
    }
    if let Some(margins) = &row.margins {
        if margins.max_sensitivity > 2.0 {
            warnings.push(LoopWarning::Sensitive { max_sensitivity: margins.max_sensitivity });
        }
        let up = margins.gain_up.filter(|gain| *gain < 1.5);
        let down = margins.gain_down.filter(|gain| *gain > 1.0 / 1.5);
        let margin = up.into_iter().chain(down);
        warnings.extend(margin.map(|margin| LoopWarning::GainMargin { margin }));
        let periods = margins.delay.map(|delay| delay / scenario.simulation.control_period);
        let periods = periods.filter(|periods| *periods < 2.0);
        warnings.extend(periods.map(|periods| LoopWarning::DelayMargin { periods }));
    }
    if let Some(noise) = &row.noise {
        let (deviation, share) = (noise.deviation, noise.deviation / limit);
        if share > 0.05 {
            warnings.push(LoopWarning::Noise { deviation, share });
        }
    }
    warnings
}

/// What to know before a run, a comparison or a search starts from the scenario's loop: that it is unstable on its
/// own plant, or near. Nothing where the loop is not analysed.
pub fn warnings(scenario: &Scenario) -> Vec<LoopWarning> {
    let Ok(open) = open_loop(scenario, &scenario.driven(scenario.plant)) else { return Vec::new() };
    let Some(surface) = law::of_surface(scenario) else { return Vec::new() };
    let max_force = scenario.actuator.max_force;
    let mut limit: Option<Option<SlopeLimit>> = None;
    let mut limit = || *limit.get_or_insert_with(|| slope_limit(&open, &surface));
    let mut told = |near: Near| -> Option<LoopWarning> {
        let (law, slope) = match near {
            Near::Linear(law) => (*law, None),
            Near::Switching(switching) => (surface(switching.slope()), Some(switching)),
            Near::Twisting { k1, .. } => {
                let cycle = super_twisting_cycle(k1, &limit()?);
                let share = cycle.force / max_force;
                return (share > SHAKES).then_some(LoopWarning::Shakes { cycle, share });
            }
        };
        let stability = Stability::of(&open.under(&law));
        if stability == Stability::Unstable {
            let limit = slope.and_then(|_| limit());
            let cycle = slope.zip(limit).and_then(|(law, limit)| switching_cycle(&law, &limit));
            let slope = slope.map(|law| law.slope());
            let limit = limit.map(|limit| limit.kappa);
            return Some(LoopWarning::Unstable { at: None, slope, limit, cycle });
        }
        (stability == Stability::Near)
            .then(|| LoopWarning::Near { slope: slope.map(|law| law.slope()) })
    };
    // A law that adapts starts with its first gain; what its largest would do, a design says.
    near_upright(scenario).into_iter().take(1).filter_map(|(_, near)| told(near)).collect()
}

/// How the sampled loop of a law that has a slope stands next to upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stability {
    /// Stable, with a tenth more or less of the input gain too.
    Stable,
    /// Stable, and not with a tenth more or less of the input gain.
    Near,
    /// Not stable.
    Unstable,
}

impl Stability {
    fn of(closed: &SampledLoop) -> Self {
        if !closed.is_stable(1.0) {
            Self::Unstable
        } else if closed.is_stable(NEAR) && closed.is_stable(1.0 / NEAR) {
            Self::Stable
        } else {
            Self::Near
        }
    }
}

/// How the loop of the scenario's own law stands on its own plant, at its first gain where it adapts; nothing of a law
/// without a slope, or where the loop is not analysed.
pub fn stability(scenario: &Scenario) -> Option<Stability> {
    let open = open_loop(scenario, &scenario.driven(scenario.plant)).ok()?;
    let (_, near) = near_upright(scenario).into_iter().next()?;
    let law = match near {
        Near::Linear(law) => *law,
        Near::Switching(switching) => law::of_surface(scenario)?(switching.slope()),
        Near::Twisting { .. } => return None,
    };
    Some(Stability::of(&open.under(&law)))
}
