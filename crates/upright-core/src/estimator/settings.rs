//! Settings of the estimators, as a scenario writes them.

use crate::settings::{Choice, Range, Settings};

/// Whether an estimator knows of Coulomb friction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Friction {
    /// It does not: what the cart's friction does is part of the unknown force.
    #[default]
    None,
    /// It predicts with the Coulomb friction of `controller.model`, and that of the cart is fed forward.
    Model,
}

impl Choice for Friction {
    const OPTIONS: &'static [&'static str] = &["none", "model"];
}

crate::settings! {
    /// Resolutions that a filter assumes of sensors that have neither quantum nor noise.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
    pub struct Resolution {
        numbers {
            /// Resolution of the cart position; needed where the sensor has neither quantum nor noise.
            position: Option<f64> = None, "m", Range::positive(1e3);
            /// Resolution of both angles; needed where the sensors have neither quantum nor noise.
            angle: Option<f64> = None, "rad", Range::positive(1e3);
        }
    }
}

/// Settings that a scenario may give in part.
macro_rules! estimators {
    ($($(#[$doc:meta])* $name:ident { $($body:tt)* })+) => {
        $(crate::settings! {
            $(#[$doc])*
            #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
            pub struct $name { $($body)* }
        })+
    };
}

estimators! {
    /// The measured state as it is.
    ExactSettings {
        others {
            /// Whether the state is moved over the known delay by the model.
            predict: bool = true, r#"{"type": "boolean"}"#;
        }
    }
    /// Velocities as differences of the positions.
    DifferenceSettings {
        others {
            /// Whether the state is moved over the known delay by the model.
            predict: bool = true, r#"{"type": "boolean"}"#;
        }
    }
    /// Velocities as differences behind a first-order low-pass filter.
    FilterSettings {
        numbers {
            /// Corner frequency of the filter; below half the control frequency.
            corner_hz: f64 = 5.0, "Hz", Range::positive(1e6);
        }
        others {
            /// Whether the state is moved over the known delay by the model.
            predict: bool = true, r#"{"type": "boolean"}"#;
        }
    }
    /// Luenberger's observer: the model, and a gain that places its poles.
    LuenbergerSettings {
        numbers {
            /// How fast its slowest pole is; the others are up to a quarter faster.
            poles: f64 = 45.0, "1/s", Range::positive(1e5);
        }
        others {
            /// Whether the state is moved over the known delay by the model.
            predict: bool = true, r#"{"type": "boolean"}"#;
        }
    }
    /// A Kalman filter, steady or extended: the model, with a force on the cart that is not known.
    KalmanSettings {
        numbers {
            /// Standard deviation of a force on the cart that is held a period, as a share of `max_force`.
            force_noise: f64 = 0.05, "max_force", Range::positive(1e3);
            /// Standard deviations of torques on the links, as shares of the torque of gravity on each
            /// when it is level.
            torque_noise: [f64; 2] = [0.01, 0.01], "h g", Range::new(0.0, 1e3);
            /// How fast the unknown force wanders, as a share of `max_force`; none where zero.
            force_state: f64 = 0.1, "max_force/s^(1/2)", Range::new(0.0, 1e3);
        }
        choices {
            /// Whether the Coulomb friction of `controller.model` is predicted with and fed forward
            /// (`kalman` only).
            friction: Friction;
        }
        groups {
            /// Resolutions of sensors that have neither quantum nor noise.
            resolution: Resolution = Resolution { position: None, angle: None };
        }
        others {
            /// Whether the controller acts against the estimated force.
            compensate: bool = true, r#"{"type": "boolean"}"#;
            /// Whether the state is moved over the known delay by the model.
            predict: bool = true, r#"{"type": "boolean"}"#;
        }
    }
    /// The linear extended state observer.
    EsoSettings {
        numbers {
            /// How fast its three poles are.
            bandwidth: f64 = 60.0, "1/s", Range::positive(1e5);
        }
        others {
            /// Whether the state is moved over the known delay by the model.
            predict: bool = true, r#"{"type": "boolean"}"#;
        }
    }
    /// Levant's robust exact differentiator.
    LevantSettings {
        numbers {
            /// Its order.
            order: u32 = 1, "1", Range::new(1.0, 2.0);
            /// Bounds of the accelerations of cart and links (order 1), or of their rates (order 2; in m/s^3 and
            /// rad/s^3, and some ten times as large).
            slope: [f64; 3] = [20.0, 40.0, 40.0], "m/s^2, rad/s^2", Range::positive(1e6);
        }
        others {
            /// Whether the state is moved over the known delay by the model.
            predict: bool = true, r#"{"type": "boolean"}"#;
        }
    }
}

impl FilterSettings {
    /// Checks every range, and that the corner lies below half the control frequency of a period in s.
    ///
    /// # Errors
    /// The first setting that is not allowed.
    pub fn check(&self, period: f64) -> Result<(), crate::settings::Invalid> {
        use crate::settings::{Invalid, Path};
        self.check_ranges()?;
        let nyquist = 0.5 / period;
        if self.corner_hz < nyquist {
            return Ok(());
        }
        Err(Invalid::OutOfRange {
            path: Path::of("corner_hz"),
            value: self.corner_hz,
            range: Range::positive(nyquist),
            unit: "Hz, below half the control frequency (Nyquist)",
        })
    }
}
