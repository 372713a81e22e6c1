//! The estimator section: which estimator stands between sensors and controller, and its settings.

use crate::context::believed;
use crate::error::Problem;
use crate::path::join;
use crate::scenario::Scenario;
use crate::sections::VelocitySource;
use crate::validate::{Errors, section, typed};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use upright_core::estimator::{
    DifferenceSettings, EsoSettings, ExactSettings, FilterSettings, Friction, KalmanSettings,
    LevantSettings, LuenbergerSettings, MAX_AHEAD, Timing,
};
use upright_core::settings::{Field, Invalid, Path, Settings as _};
use upright_core::{BuildError, Plant};
use upright_design::DesignError;
use upright_design::observer::{Noise, luenberger, noise_model, steady_kalman};

/// Declares the kinds of estimators: what each is called, and its settings.
macro_rules! estimators {
    ($($(#[$doc:meta])* $kind:ident $name:literal $settings:ident;)+) => {
        /// The estimator of a scenario, with its settings.
        #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind")]
        pub enum EstimatorSettings {
            $($(#[$doc])* #[serde(rename = $name)] $kind($settings),)+
        }

        /// The kinds of estimators and the tables of their settings.
        pub(crate) const ESTIMATORS: &[(&str, &[Field])] = &[$(($name, $settings::FIELDS)),+];

        impl EstimatorSettings {
            /// The name of its kind.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$kind(_) => $name,)+ }
            }

            /// Whether it moves the state over the known delay.
            pub fn predicts(&self) -> bool {
                match self { $(Self::$kind(settings) => settings.predict,)+ }
            }

            fn check_ranges(&self) -> Result<(), Invalid> {
                match self { $(Self::$kind(settings) => settings.check_ranges(),)+ }
            }

            /// The default settings of every kind.
            pub(crate) fn defaults() -> Vec<Self> {
                vec![$(Self::$kind($settings::default())),+]
            }
        }
    };
}

estimators! {
    /// The measured state.
    Exact "exact" ExactSettings;
    /// Velocities as differences.
    Difference "difference" DifferenceSettings;
    /// Differences behind a low-pass filter.
    Filter "filter" FilterSettings;
    /// Luenberger's observer.
    Luenberger "luenberger" LuenbergerSettings;
    /// The steady Kalman filter.
    Kalman "kalman" KalmanSettings;
    /// The extended Kalman filter.
    ExtendedKalman "extended_kalman" KalmanSettings;
    /// The linear extended state observer.
    Eso "eso" EsoSettings;
    /// Levant's differentiator.
    Levant "levant" LevantSettings;
}

/// Checks the section as it was written and fills in its defaults, where there is one.
pub(crate) fn read(value: &mut Value, errors: &mut Errors) -> Option<EstimatorSettings> {
    if value.is_null() {
        return None;
    }
    let path = "estimator";
    let Some(map) = value.as_object() else {
        errors.push(path, value, Problem::Type { expected: "a map".to_owned() });
        return None;
    };
    let kind = map.get("kind").cloned().unwrap_or(Value::Null);
    let known = ESTIMATORS.iter().find(|(name, _)| Some(*name) == kind.as_str());
    let Some((_, fields)) = known else {
        let allowed = ESTIMATORS.iter().map(|(name, _)| (*name).to_owned()).collect();
        errors.push(&join(path, "kind"), &kind, Problem::Choice { allowed });
        return None;
    };
    let mut own = map.clone();
    own.remove("kind");
    // A field that was named and left empty keeps its default.
    own.retain(|_, value| !value.is_null());
    let before = errors.0.len();
    section(&Value::Object(own.clone()), fields, path, errors);
    for name in ["predict", "compensate"] {
        if let Some(written) = own.get(name).filter(|written| !written.is_boolean()) {
            let expected = "`true` or `false`".to_owned();
            errors.push(&join(path, name), written, Problem::Type { expected });
        }
    }
    if errors.0.len() > before {
        return None;
    }
    own.insert("kind".to_owned(), kind);
    typed(&Value::Object(own), path, errors)
}

/// A setting that was refused, with its reason.
fn refused(field: &'static str, reason: &'static str) -> DesignError {
    DesignError::Estimator(BuildError { field, reason })
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
            Some(EstimatorSettings::Kalman(KalmanSettings { friction: Friction::Model, .. }))
        );
        believed(&self.controller.model, rubs)
    }

    /// What a Kalman filter is made of.
    ///
    /// # Errors
    /// Where a sensor has neither quantum nor noise and no resolution is given.
    pub fn estimator_noise(&self, settings: &KalmanSettings) -> Result<Noise, DesignError> {
        let model = &self.controller.model;
        let sensors = &self.sensors;
        let h1 = model.link1.mass * model.link1.com + model.link2.mass * model.link1.length;
        let h2 = model.link2.mass * model.link2.com;
        let variance = |quantum: f64, noise: f64, resolution: Option<f64>| {
            let quantum = if quantum == 0.0 && noise == 0.0 { resolution? } else { quantum };
            Some(quantum * quantum / 12.0 + noise * noise)
        };
        let Some((position, angle)) = variance(
            sensors.position_quantum,
            sensors.position_noise,
            settings.resolution.position,
        )
        .zip(variance(
            sensors.angle_quantum,
            sensors.angle_noise,
            settings.resolution.angle,
        )) else {
            return Err(refused(
                "resolution",
                "R is zero: a sensor has neither quantum nor noise; give the resolution (position, angle), \
                 or take `exact`",
            ));
        };
        let max_force = self.actuator.max_force;
        Ok(Noise {
            force: settings.force_noise * max_force,
            torques: [
                settings.torque_noise[0] * h1 * model.gravity,
                settings.torque_noise[1] * h2 * model.gravity,
            ],
            wander: settings.force_state * max_force,
            measurement: [position, angle, angle],
        })
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
            EstimatorSettings::Luenberger(settings) => {
                luenberger(&model, period, settings.poles, false).is_some()
            }
            EstimatorSettings::Kalman(settings) => {
                let coulomb = self.controller.model.coulomb;
                if settings.friction == Friction::Model && coulomb.cart == 0.0 {
                    return Err(refused(
                        "friction",
                        "controller.model has no Coulomb friction of the cart (coulomb.cart)",
                    ));
                }
                let noise = self.estimator_noise(settings)?;
                steady_kalman(&model, period, &noise, false).is_some()
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
