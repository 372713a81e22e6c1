//! What the estimator of a scenario is made of, and whether it can be made.

use crate::context::believed;
use crate::estimator::EstimatorSettings;
use crate::scenario::Scenario;
use crate::sections::VelocitySource;
use std::sync::{Mutex, PoisonError};
use upright_core::estimator::{
    Friction, KalmanSettings, MAX_AHEAD, ObserverGain, Resolution, Timing,
};
use upright_core::settings::{Invalid, Path};
use upright_core::{BuildError, Plant};
use upright_design::DesignError;
use upright_design::observer::{Noise, luenberger, noise_model, steady_kalman};

/// Gains that are remembered, the last ones.
const REMEMBERED: usize = 8;

/// In place, so that what is remembered takes no memory of those who ask.
struct Known {
    answers: [Option<(GainQuestion, Option<ObserverGain>)>; REMEMBERED],
    oldest: usize,
}

static KNOWN: Mutex<Known> = Mutex::new(Known { answers: [None; REMEMBERED], oldest: 0 });

/// What the constant gain of an observer follows from.
#[derive(Debug, Clone, Copy, PartialEq)]
struct GainQuestion {
    model: Plant,
    period: f64,
    relative: bool,
    /// How fast Luenberger's poles are, in 1/s.
    speed: Option<f64>,
    /// What a Kalman filter is told of noise.
    noise: Option<Noise>,
}

impl GainQuestion {
    /// The gain. The last few are remembered: runs, the threads of a study and the candidates of a search ask the
    /// same again and again, and a Riccati equation takes as long as hundreds of control periods.
    fn answer(self) -> Option<ObserverGain> {
        let find =
            |known: &Known| known.answers.iter().flatten().find(|known| known.0 == self).copied();
        let lock = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, gain)) = find(&lock()) {
            return gain;
        }
        // Not under the lock: who asks something else does not wait.
        let gain = self.design();
        let mut known = lock();
        if find(&known).is_none() {
            let oldest = known.oldest;
            known.answers[oldest] = Some((self, gain));
            known.oldest = (oldest + 1) % REMEMBERED;
        }
        gain
    }

    fn design(&self) -> Option<ObserverGain> {
        let Self { model, period, relative, speed, noise } = self;
        match (speed, noise) {
            (Some(speed), _) => luenberger(model, *period, *speed, *relative),
            (None, Some(noise)) => steady_kalman(model, *period, noise, *relative),
            (None, None) => None,
        }
    }
}

/// A setting that was refused, with its reason.
fn refused(field: &'static str, reason: &'static str) -> DesignError {
    DesignError::Estimator(BuildError::new(field, reason))
}

impl Scenario {
    /// Checks the estimator's own settings and what it requires of the others.
    pub(crate) fn check_estimator(&self) -> Result<(), Invalid> {
        let Some(estimator) = &self.estimator else { return Ok(()) };
        estimator.check_ranges()?;
        if let EstimatorSettings::Filter(settings) = estimator {
            settings.check(self.simulation.control_period)?;
        }
        Ok(())
    }

    /// Checks that the sensors give nothing that the estimator would not look at.
    pub(crate) fn check_measured(&self) -> Result<(), Invalid> {
        let conflict = |name, with| Err(Invalid::Conflict { path: Path::of(name), with });
        match &self.estimator {
            None | Some(EstimatorSettings::Exact(_)) => Ok(()),
            Some(_) if self.sensors.velocity_noise > 0.0 => {
                conflict("velocity_noise", "an estimator that measures no velocity")
            }
            Some(_) if self.sensors.rate_noise > 0.0 => {
                conflict("rate_noise", "an estimator that measures no velocity")
            }
            Some(_) => Ok(()),
        }
        .and_then(|()| {
            if self.estimator.is_some() && self.sensors.velocity != VelocitySource::Exact {
                return conflict("velocity", "a section `estimator`, which says the same");
            }
            Ok(())
        })
    }

    /// Clock and delays as an estimator knows them.
    pub fn timing(&self) -> Timing {
        Timing {
            period: self.simulation.control_period,
            delay: self.actuator.delay as usize,
            late: self.sensors.delay as usize,
            max_force: self.actuator.max_force,
        }
    }

    /// What the estimator believes of the plant: the controller's model, its Coulomb friction only where it is
    /// asked for, and no drag.
    pub fn estimator_model(&self) -> Plant {
        let rubs = matches!(
            &self.estimator,
            Some(EstimatorSettings::Kalman(settings)) if self.feeds_friction(settings)
        );
        believed(&self.controller.model, rubs)
    }

    /// Whether a Kalman filter predicts with Coulomb friction and feeds it forward: where the filter's own settings
    /// say so, or the controller's.
    pub fn feeds_friction(&self, settings: &KalmanSettings) -> bool {
        Friction::Model == settings.friction || Friction::Model == self.controller.common.friction
    }

    /// Whether the cart's Coulomb friction is fed forward, by the estimator or the controller.
    pub(crate) fn feeds_any_friction(&self) -> bool {
        match &self.estimator {
            Some(EstimatorSettings::Kalman(settings)) => self.feeds_friction(settings),
            _ => self.controller.common.friction == Friction::Model,
        }
    }

    /// Whether the controller is told of a force on the cart to act against: a Kalman filter's unknown force, or
    /// friction that is fed forward.
    pub(crate) fn acts_against_a_force(&self) -> bool {
        let unknown = match &self.estimator {
            Some(EstimatorSettings::Kalman(own) | EstimatorSettings::ExtendedKalman(own)) => {
                own.compensate && own.force_state > 0.0
            }
            _ => false,
        };
        unknown || self.feeds_any_friction()
    }

    /// Checks that there is friction to be fed forward, where it is.
    pub(crate) fn check_friction(&self) -> Result<(), Invalid> {
        let controller = &self.controller;
        if controller.common.friction == Friction::None || controller.model.coulomb.cart > 0.0 {
            return Ok(());
        }
        let with = "a model without Coulomb friction of the cart (coulomb.cart)";
        Err(Invalid::Conflict { path: Path::of("friction"), with })
    }

    /// What a Kalman filter is made of.
    ///
    /// # Errors
    /// Where a sensor has neither quantum nor noise and no resolution is given.
    pub fn estimator_noise(&self, settings: &KalmanSettings) -> Result<Noise, DesignError> {
        let model = &self.controller.model;
        let (quanta, noises) = (self.sensors.quanta(), self.sensors.noises());
        let h1 = model.link1.mass * model.link1.com + model.link2.mass * model.link1.length;
        let h2 = model.link2.mass * model.link2.com;
        let variance = |quantum: f64, noise: f64, resolution: Option<f64>| {
            let quantum = if quantum == 0.0 && noise == 0.0 { resolution? } else { quantum };
            Some(quantum * quantum / 12.0 + noise * noise)
        };
        let Resolution { position, angle } = settings.resolution;
        let resolutions = [position, angle, angle];
        let mut measurement = [0.0; 3];
        let known = measurement.iter_mut().enumerate().all(|(i, place)| {
            variance(quanta[i], noises[i], resolutions[i]).map(|value| *place = value).is_some()
        });
        if !known {
            return Err(refused(
                "resolution",
                "R is zero: a sensor has neither quantum nor noise; give the resolution (position, angle), \
                 or take `exact`",
            ));
        }
        let max_force = self.actuator.max_force;
        Ok(Noise {
            force: settings.force_noise * max_force,
            torques: [
                settings.torque_noise[0] * h1 * model.gravity,
                settings.torque_noise[1] * h2 * model.gravity,
            ],
            wander: settings.force_state * max_force,
            measurement,
        })
    }

    /// The constant gain of the estimator: Luenberger's, or the steady Kalman filter's, which the extended one
    /// settles to next to upright. Nothing where the estimator has none, or it does not exist.
    pub fn observer_gain(&self) -> Option<ObserverGain> {
        let (speed, noise) = match self.estimator.as_ref()? {
            EstimatorSettings::Luenberger(own) => (Some(own.poles), None),
            EstimatorSettings::Kalman(own) | EstimatorSettings::ExtendedKalman(own) => {
                (None, Some(self.estimator_noise(own).ok()?))
            }
            _ => return None,
        };
        GainQuestion {
            model: self.estimator_model(),
            period: self.simulation.control_period,
            relative: self.sensors.is_relative(),
            speed,
            noise,
        }
        .answer()
    }

    /// Checks that the estimator can be built.
    pub(crate) fn check_estimator_design(&self) -> Result<(), DesignError> {
        let Some(estimator) = &self.estimator else { return Ok(()) };
        let (model, period) = (self.estimator_model(), self.simulation.control_period);
        let models = !matches!(
            estimator,
            EstimatorSettings::Exact(_)
                | EstimatorSettings::Difference(_)
                | EstimatorSettings::Filter(_)
                | EstimatorSettings::Levant(_)
        );
        let delays = self.actuator.delay as usize + self.sensors.delay as usize;
        if (models || estimator.predicts()) && delays > MAX_AHEAD {
            return Err(refused(
                "predict",
                "the delays of actuator and sensors together are more than 31 periods, over which no \
                 estimator with a model goes",
            ));
        }
        let exists = match estimator {
            EstimatorSettings::Luenberger(_) => self.observer_gain().is_some(),
            EstimatorSettings::Kalman(settings) => {
                let coulomb = self.controller.model.coulomb;
                if settings.friction == Friction::Model && coulomb.cart == 0.0 {
                    return Err(refused(
                        "friction",
                        "controller.model has no Coulomb friction of the cart (coulomb.cart)",
                    ));
                }
                self.estimator_noise(settings)?;
                self.observer_gain().is_some()
            }
            EstimatorSettings::ExtendedKalman(settings) => {
                if settings.friction == Friction::Model {
                    return Err(refused("friction", "friction in the model is for `kalman` only"));
                }
                noise_model(&model, period, &self.estimator_noise(settings)?).is_some()
            }
            _ => true,
        };
        if exists {
            return Ok(());
        }
        Err(refused(
            "kind",
            "no gain makes the errors of this estimator die: look at its settings and the control period",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PerAngle;

    #[test]
    fn a_gain_that_was_kept_is_the_gain_that_is_designed() {
        let settings =
            |force_state: f64| KalmanSettings { force_state, ..KalmanSettings::default() };
        let mut scenario = Scenario::default();
        scenario.sensors.position_quantum = 2e-5;
        scenario.sensors.angle_quantum = PerAngle::both(1e-3);
        // Another question in between, so that each is both designed and remembered.
        for force_state in [0.1, 0.1, 0.0, 0.1, 0.0, 0.0] {
            let own = settings(force_state);
            scenario.estimator = Some(EstimatorSettings::Kalman(own));
            let noise = scenario.estimator_noise(&own).expect("sensors have quanta");
            let (model, period) = (scenario.estimator_model(), scenario.simulation.control_period);
            let designed = steady_kalman(&model, period, &noise, scenario.sensors.is_relative());
            assert!(designed.is_some());
            assert_eq!(scenario.observer_gain(), designed, "force state {force_state}");
        }
        scenario.estimator = None;
        assert_eq!(scenario.observer_gain(), None);
    }
}
