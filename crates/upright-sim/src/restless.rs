//! Forces that no motor bears: at the limit, or from side to side.
//!
//! Judged by the metrics of a whole run alone, so that every row of a study can be.

use crate::metrics::Metrics;
use serde::{Deserialize, Serialize};
use std::fmt;
use upright_scenario::Scenario;

/// Share of the periods at the limit from which a run is restless.
const AT_LIMIT: f64 = 0.2;
/// Total variation a second from which a run chatters, in multiples of the largest force.
const VARIATION: f64 = 20.0;
/// Shorter runs, in s, are judged by their share at the limit alone: in them the first force says more than how it
/// goes on.
const SHORT: f64 = 0.5;
/// The mean change from period to period, over the root mean square, from which a force goes from side to side: 2 where it
/// changes sign at every period, 1.13 for white noise, below 0.7 for a sine of ten periods or more.
const SIDE_TO_SIDE: f64 = 1.0;

/// What is to be said of the force of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Restless {
    /// It is at its limit in this share of the periods.
    AtLimit {
        /// 0 to 1.
        share: f64,
    },
    /// It changes by its own size at about every period.
    SideToSide {
        /// The mean change from period to period in N.
        change: f64,
        /// Its root mean square in N.
        rms: f64,
    },
    /// It varies by a large multiple of its limit a second.
    Chatters {
        /// Total variation a second in N/s.
        variation: f64,
        /// The largest force in N.
        max_force: f64,
    },
}

impl Restless {
    /// What is to be said of a run of `scenario` whose metrics are `values`, in the order of [`Metrics::KEYS`]; nothing of
    /// one that is quiet.
    pub fn of(scenario: &Scenario, values: [Option<f64>; Metrics::KEYS.len()]) -> Option<Self> {
        let value = |key| {
            let place = Metrics::KEYS.iter().position(|(name, _)| *name == key)?;
            values[place]
        };
        let saturation = value("saturation")?;
        if saturation >= AT_LIMIT {
            return Some(Self::AtLimit { share: saturation });
        }
        let (rms_force, total_variation) = (value("rms_force")?, value("total_variation")?);
        let effort = value("effort")?;
        // How long it was, since both are of the same sum of squares. Without a force there is nothing to say.
        let seconds =
            Some(effort / (rms_force * rms_force)).filter(|s| s.is_finite() && *s > SHORT)?;
        let change = total_variation * scenario.simulation.control_period / seconds;
        let (variation, max_force) = (total_variation / seconds, scenario.actuator.max_force);
        if change >= SIDE_TO_SIDE * rms_force {
            Some(Self::SideToSide { change, rms: rms_force })
        } else if variation >= VARIATION * max_force {
            Some(Self::Chatters { variation, max_force })
        } else {
            None
        }
    }
}

/// How many runs of a study are restless, and the first of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct RestlessRuns {
    /// How many.
    pub count: u64,
    /// The index of the first that was taken in, and what is to be said of it.
    pub first: Option<(u64, Restless)>,
}

impl RestlessRuns {
    /// Takes in the run of index `run`, whose metrics are `values`, in the order of [`Metrics::KEYS`].
    pub fn note(
        &mut self,
        scenario: &Scenario,
        run: u64,
        values: &[Option<f64>; Metrics::KEYS.len()],
    ) {
        if let Some(restless) = Restless::of(scenario, *values) {
            self.count += 1;
            self.first.get_or_insert((run, restless));
        }
    }
}

impl fmt::Display for Restless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLimit { share } => {
                write!(f, "the force is at its limit in {:.0} % of the periods", 100.0 * share)
            }
            Self::SideToSide { change, rms } => write!(
                f,
                "the force goes from side to side: it changes by {change:.3} N from one period to the next, \
                 and is {rms:.3} N in the root mean square"
            ),
            Self::Chatters { variation, max_force } => write!(
                f,
                "the force chatters: it varies by {variation:.0} N a second, {:.0} times its limit",
                variation / max_force
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::MetricsAccumulator;

    /// What is said of a second under the forces `force(period)`.
    fn said(force: impl Fn(u32) -> f64) -> Option<Restless> {
        let mut scenario = Scenario::default();
        scenario.simulation.duration = 1.0;
        scenario.actuator.max_force = 50.0;
        let mut sums = MetricsAccumulator::<f64>::new(&scenario);
        for period in 0..1000 {
            let force = force(period).clamp(-50.0, 50.0);
            sums.period(&[0.0; 6], force, 0.0);
        }
        Restless::of(&scenario, sums.metrics(0, None).values())
    }

    #[test]
    fn forces_at_the_limit_or_from_side_to_side_are_told_apart_from_quiet_ones() {
        let sine = |size: f64, periods: f64| {
            move |period: u32| {
                size * libm::sin(2.0 * std::f64::consts::PI * f64::from(period) / periods)
            }
        };
        assert_eq!(said(|_| 0.0), None);
        assert_eq!(said(|_| 30.0), None);
        assert_eq!(said(sine(40.0, 500.0)), None);
        assert!(matches!(said(sine(80.0, 500.0)), Some(Restless::AtLimit { .. })));
        let flip = |period: u32| if period.is_multiple_of(2) { 1e-3 } else { -1e-3 };
        assert!(matches!(said(flip), Some(Restless::SideToSide { .. })));
        assert!(matches!(said(sine(40.0, 10.0)), Some(Restless::Chatters { .. })));
    }
}
