//! What a user can change: settings, alone and together.

use upright_sim::Scenario;
use upright_sim::scenario::sampled::auto_gains;
use upright_sim::scenario::{EstimatorSettings, Pole, SurfaceSpec, VelocitySource};

/// A setting that a user can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Knob {
    /// Where velocities come from.
    Estimator,
    /// How steep the law is next to the surface.
    Slope,
    /// How fast the sliding motion is.
    Poles,
    /// How long the control period is.
    Period,
}

/// In the order in which they are turned: gains follow from all the rest.
const ORDER: [Knob; 4] = [Knob::Estimator, Knob::Poles, Knob::Period, Knob::Slope];

/// The sets that are tried: each alone, each pair, and what may be needed together.
pub(crate) const SETS: [&[Knob]; 11] = [
    &[Knob::Estimator],
    &[Knob::Slope],
    &[Knob::Poles],
    &[Knob::Period],
    &[Knob::Estimator, Knob::Slope],
    &[Knob::Estimator, Knob::Poles],
    &[Knob::Estimator, Knob::Period],
    &[Knob::Slope, Knob::Poles],
    &[Knob::Slope, Knob::Period],
    &[Knob::Poles, Knob::Period],
    &[Knob::Estimator, Knob::Slope, Knob::Poles],
];

impl Knob {
    /// Its name in results.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Estimator => "estimator",
            Self::Slope => "slope",
            Self::Poles => "poles",
            Self::Period => "period",
        }
    }

    /// What it is, for people, under a kind of controller.
    pub(crate) fn text(self, kind: &str) -> &'static str {
        match self {
            Self::Slope if kind == "lqr" => "the weights",
            Self::Slope if kind == "super_twisting" => {
                "the gains, which are its slope at the surface"
            }
            Self::Slope if kind == "hybrid" => "the slope in the boundary layer with the gains",
            Self::Estimator => "the velocity estimate",
            Self::Slope => "the slope in the boundary layer",
            Self::Poles => "the poles of the sliding motion",
            Self::Period => "the control period",
        }
    }

    /// The scenario with it turned; nothing where it is so already, or cannot be.
    fn turned(self, scenario: &Scenario) -> Option<Scenario> {
        let mut other = scenario.clone();
        match self {
            Self::Estimator => {
                let usual = scenario.sensors.usual_estimator()?;
                other.sensors.velocity = VelocitySource::Exact;
                (other.sensors.velocity_noise, other.sensors.rate_noise) = (0.0, 0.0);
                other.estimator = Some(usual);
                if let Some(EstimatorSettings::Kalman(own)) = &scenario.estimator
                    && own.predict
                    && own.compensate
                    && own.force_state > 0.0
                {
                    return None;
                }
            }
            Self::Slope => other.controller.settings = auto_gains(scenario).ok()?,
            Self::Poles => match &mut other.controller.surface {
                SurfaceSpec::Poles(poles) => {
                    for pole in poles {
                        match pole {
                            Pole::Real(re) => *re = faster(*re),
                            Pole::Pair(parts) => *parts = parts.map(faster),
                        }
                    }
                }
                SurfaceSpec::Coefficients(_) => return None,
            },
            Self::Period => {
                other.simulation.control_period *= 0.5;
                // Delays last as long as before.
                other.actuator.delay *= 2;
                other.sensors.delay *= 2;
            }
        }
        (other != *scenario && other.check().is_ok()).then_some(other)
    }
}

/// How much faster poles are tried.
const FASTER: f64 = 1.5;

/// A part of a pole that is so much faster, without the digits that a computer adds to a product.
fn faster(part: f64) -> f64 {
    const DIGITS: f64 = 1e9;
    (part * FASTER * DIGITS).round() / DIGITS
}

/// The scenario with all of `knobs` turned; nothing where one of them cannot be.
pub(crate) fn turned(scenario: &Scenario, knobs: &[Knob]) -> Option<Scenario> {
    let mut other = scenario.clone();
    for knob in ORDER.into_iter().filter(|knob| knobs.contains(knob)) {
        other = knob.turned(&other)?;
    }
    Some(other)
}
