//! The whole sampled loop of a scenario: what it tolerates, what its noise costs, and gains that follow from it.

mod auto;
mod law;
mod report;
mod row;
mod warning;

pub use auto::auto_gains;
pub(crate) use auto::set_by_auto;
pub use law::{Near, near_upright};
pub use report::{LoopReport, report, sweeps};
pub use row::LoopRow;
pub use warning::{LoopWarning, Stability, stability, warnings};

use crate::estimator::EstimatorSettings;
use crate::scenario::Scenario;
use crate::sections::VelocitySource;
use upright_core::Plant;
use upright_core::elementary::exp_m1;
use upright_design::sampled_loop::{Observation, OpenLoop, Parts};

/// Why a loop is not analysed.
const NONLINEAR: &str =
    "Levant's differentiator has no linear form that means anything between samples";
const TOO_LONG: &str = "the delays are too long to be looked at";

/// The loop of a scenario around `plant`, but for its law.
///
/// # Errors
/// Why it is not analysed.
pub fn open_loop(scenario: &Scenario, plant: &Plant) -> Result<OpenLoop, &'static str> {
    let (model, period) = (scenario.estimator_model(), scenario.simulation.control_period);
    // Both angles are measured from upright.
    let relative = scenario.sensors.is_relative();
    let filtered = |corner: f64| Observation::Differences {
        share: -exp_m1(-2.0 * std::f64::consts::PI * corner * period),
    };
    let no_gain = "the estimator has no gain";
    let observation = match &scenario.estimator {
        None => match scenario.sensors.velocity {
            VelocitySource::Exact => Observation::State,
            VelocitySource::Difference => Observation::Differences { share: 1.0 },
            VelocitySource::FilterHz(corner) => filtered(corner),
        },
        Some(EstimatorSettings::Exact(_)) => Observation::State,
        Some(EstimatorSettings::Difference(_)) => Observation::Differences { share: 1.0 },
        Some(EstimatorSettings::Filter(own)) => filtered(own.corner_hz),
        Some(EstimatorSettings::Luenberger(_)) => {
            let gain = scenario.observer_gain().ok_or(no_gain)?;
            Observation::Gain { gain, force: false, compensate: false }
        }
        // The extended filter settles to the steady one near upright.
        Some(EstimatorSettings::Kalman(own) | EstimatorSettings::ExtendedKalman(own)) => {
            let gain = scenario.observer_gain().ok_or(no_gain)?;
            let force = own.force_state > 0.0;
            Observation::Gain { gain, force, compensate: force && own.compensate }
        }
        Some(EstimatorSettings::Eso(own)) => {
            Observation::ExtendedState { bandwidth: own.bandwidth }
        }
        Some(EstimatorSettings::Levant(_)) => return Err(NONLINEAR),
    };
    let sensors = &scenario.sensors;
    let (quanta, noises) = (sensors.quanta(), sensors.noises());
    let rate = sensors.rate_noise;
    let rates = [sensors.velocity_noise, rate, rate].map(|noise| noise * noise);
    let variances = std::array::from_fn(|i| match i {
        0..3 => quanta[i] * quanta[i] / 12.0 + noises[i] * noises[i],
        _ => rates[i - 3],
    });
    let parts = Parts {
        plant,
        model: &model,
        timing: scenario.timing(),
        lag: scenario.actuator.lag,
        relative,
        observation,
        predict: scenario.estimator.as_ref().is_some_and(EstimatorSettings::predicts),
        variances,
    };
    OpenLoop::new(&parts).ok_or(TOO_LONG)
}
