//! The estimator section: which estimator stands between sensors and controller, and its settings.

use crate::error::Problem;
use crate::path::join;
use crate::sections::Sensors;
use crate::validate::{Errors, section, typed};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use upright_core::estimator::{
    DifferenceSettings, EsoSettings, ExactSettings, FilterSettings, KalmanSettings, LevantSettings,
    LuenbergerSettings, Resolution,
};
use upright_core::settings::{Field, Invalid, Settings as _};

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

            /// Checks each setting against its range.
            pub(crate) fn check_ranges(&self) -> Result<(), Invalid> {
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

/// What an exact sensor is taken to resolve beside a coarse one: 1 um, or 1 urad.
const FINE: f64 = 1e-6;

impl Sensors {
    /// The estimator for sensors of which nothing is said but how coarse they show positions and angles, by quantum
    /// or noise: the steady Kalman filter, since no rig measures velocities. Nothing where they are exact.
    pub fn usual_estimator(&self) -> Option<EstimatorSettings> {
        let (quanta, noises) = (self.quanta(), self.noises());
        let coarse = |i: usize| quanta[i] > 0.0 || noises[i] > 0.0;
        let (position, angle) = (coarse(0), coarse(1) && coarse(2));
        let resolution =
            Resolution { position: (!position).then_some(FINE), angle: (!angle).then_some(FINE) };
        let settings = KalmanSettings { resolution, ..KalmanSettings::default() };
        (0..3).any(coarse).then_some(EstimatorSettings::Kalman(settings))
    }
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
