//! The physical parameters of the plant, their units, ranges and defaults.

use crate::settings::{Choice, Invalid, Path, Range, Settings};

/// Which equations of motion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Model {
    /// Rigid bodies, viscous and Coulomb friction, air drag.
    #[default]
    Full,
    /// Rigid bodies and viscous friction.
    Simplified,
    /// The linearisation of `simplified` about upright.
    #[cfg_attr(feature = "serde", serde(alias = "lowrank"))]
    Linear,
}

impl Choice for Model {
    const OPTIONS: &'static [&'static str] = &["full", "simplified", "linear", "lowrank"];
}

crate::settings! {
    /// One rigid link.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
    pub struct Link {
        numbers {
            /// Mass.
            mass: f64 = 0.2, "kg", Range::new(1e-9, 1e6);
            /// Distance from the link's joint to its far end.
            length: f64 = 0.4, "m", Range::new(1e-6, 1e4);
            /// Distance from the link's joint to its centre of mass; at most the length.
            com: f64 = 0.2, "m", Range::new(0.0, 1e4);
            /// Moment of inertia about the centre of mass.
            inertia: f64 = 0.0081, "kg m^2", Range::new(0.0, 1e6);
        }
    }
}

crate::settings! {
    /// Viscous friction.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
    pub struct Damping {
        numbers {
            /// Friction of the cart on its track.
            cart: f64 = 0.2, "N s/m", Range::new(0.0, 1e6);
            /// Friction of the pin between cart and link 1.
            joint1: f64 = 0.005, "N m s/rad", Range::new(0.0, 1e6);
            /// Friction of the pin between the links; acts on their relative rate.
            joint2: f64 = 0.004, "N m s/rad", Range::new(0.0, 1e6);
        }
    }
}

/// What Coulomb friction is at rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum FrictionModel {
    /// `SetValued`, unless a speed over which the friction changes sign is given.
    #[default]
    Auto,
    /// A hyperbolic tangent of the speed: nothing sticks, and what should stay creeps.
    Smoothed,
    /// It sticks: at rest it is whatever keeps the rest, up to its bound.
    SetValued,
}

impl Choice for FrictionModel {
    const OPTIONS: &'static [&'static str] = &["auto", "smoothed", "set_valued"];
}

crate::settings! {
    /// Coulomb friction. Acts in the `full` model.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
    pub struct Coulomb {
        numbers {
            /// Friction force of the cart.
            cart: f64 = 0.0, "N", Range::new(0.0, 1e6);
            /// Friction torque of joint 1.
            joint1: f64 = 0.0, "N m", Range::new(0.0, 1e6);
            /// Friction torque of joint 2.
            joint2: f64 = 0.0, "N m", Range::new(0.0, 1e6);
            /// Static friction of cart, joint 1 and joint 2: what holds while nothing slips, where that is more
            /// than the sliding friction (`set_valued` only).
            r#static: Option<[f64; 3]> = None, "N, N m, N m", Range::new(0.0, 1e6);
            /// Speed of the cart over which its friction changes sign (`smoothed` only).
            cart_speed: f64 = 0.01, "m/s", Range::positive(1e3);
            /// Rate of a joint over which its friction changes sign (`smoothed` only).
            joint_speed: f64 = 0.01, "rad/s", Range::positive(1e3);
        }
    }
}

crate::settings! {
    /// Air drag at each link's centre of mass. Acts in the `full` model.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
    pub struct Drag {
        numbers {
            /// Density of the air.
            air_density: f64 = 1.2, "kg/m^3", Range::new(0.0, 1e4);
            /// Drag coefficient.
            coefficient: f64 = 1.1, "1", Range::new(0.0, 100.0);
            /// Area that link 1 shows to the air.
            link1_area: f64 = 0.0, "m^2", Range::new(0.0, 1e4);
            /// Area that link 2 shows to the air.
            link2_area: f64 = 0.0, "m^2", Range::new(0.0, 1e4);
            /// Horizontal wind, positive to the right.
            wind: f64 = 0.0, "m/s", Range::new(-100.0, 100.0);
        }
    }
}

crate::settings! {
    /// The physical parameters of the plant; the default is the reference plant.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
    pub struct Plant {
        numbers {
            /// Mass of the cart.
            cart_mass: f64 = 1.5, "kg", Range::new(1e-9, 1e6);
            /// Acceleration of gravity.
            gravity: f64 = 9.81, "m/s^2", Range::positive(1e3);
            /// Half the length of the track; a run that leaves it ends there.
            track: Option<f64> = None, "m", Range::positive(1e6);
        }
        choices {
            /// Which equations of motion.
            model: Model;
            /// What Coulomb friction is at rest: `set_valued` sticks, `smoothed` is a hyperbolic tangent of the
            /// speed; `auto` is `smoothed` where `coulomb.cart_speed` or `coulomb.joint_speed` is given and the steps
            /// can follow it.
            friction: FrictionModel;
        }
        groups {
            /// The lower link, pinned to the cart.
            link1: Link = Link { mass: 0.2, length: 0.4, com: 0.2, inertia: 0.0081 };
            /// The upper link, pinned to the lower one.
            link2: Link = Link { mass: 0.15, length: 0.3, com: 0.15, inertia: 0.0034 };
            /// Viscous friction.
            damping: Damping = Damping::default();
            /// Coulomb friction, in the `full` model.
            coulomb: Coulomb = Coulomb::default();
            /// Air drag, in the `full` model.
            drag: Drag = Drag::default();
        }
    }
}

impl Plant {
    /// Checks every range, and that each centre of mass lies within its link.
    ///
    /// # Errors
    /// The first parameter that is not allowed.
    pub fn check(&self) -> Result<(), Invalid> {
        self.check_ranges()?;
        for (name, link) in [("link1", &self.link1), ("link2", &self.link2)] {
            let range = Range::new(0.0, link.length);
            if !range.contains(link.com) {
                let path = Path::of("com").within(name);
                return Err(Invalid::OutOfRange { path, value: link.com, range, unit: "m" });
            }
        }
        Ok(())
    }
}

impl Drag {
    /// `rho C A / 2` in kg/m, for an area in m^2.
    pub(super) fn factor(&self, area: f64) -> f64 {
        0.5 * self.air_density * self.coefficient * area
    }
}

impl Coulomb {
    /// Whether there is any.
    pub fn is_some(&self) -> bool {
        self.cart != 0.0 || self.joint1 != 0.0 || self.joint2 != 0.0
    }
}

impl Plant {
    /// Whether its Coulomb friction sticks. `auto` friction does where the speeds of smoothed friction are the
    /// default ones.
    pub fn sticks(&self) -> bool {
        let smoothed = match self.friction {
            FrictionModel::Smoothed => true,
            FrictionModel::SetValued => false,
            FrictionModel::Auto => {
                let (own, default) = (&self.coulomb, Coulomb::default());
                own.cart_speed != default.cart_speed || own.joint_speed != default.joint_speed
            }
        };
        let rests = self.coulomb.r#static.is_some_and(|bounds| bounds.iter().any(|&c| c > 0.0));
        self.model == Model::Full && !smoothed && (self.coulomb.is_some() || rests)
    }

    /// The same plant without Coulomb friction.
    #[must_use]
    pub fn without_coulomb(mut self) -> Self {
        self.coulomb = Coulomb::default();
        self
    }
}
