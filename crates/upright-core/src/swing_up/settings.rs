//! What can be set of a swing-up: how plans are made, tracked and watched over.

use crate::settings::{Choice, Invalid, Path, Range, Settings as _};

/// The most steps of a plan.
pub const MAX_STEPS: usize = 400;

/// The shortest horizon of a plan in s.
pub const MIN_HORIZON: f64 = 0.3;

crate::settings! {
    /// Weights of what a plan costs; what is not named costs nothing.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
    pub struct PlanWeights {
        numbers {
            /// Weight of the square of the force.
            force: f64 = 0.001, "1/(N^2 s)", Range::positive(1e6);
            /// Weight of the squares of the three velocities on the way.
            rates: f64 = 0.01, "SI", Range::new(0.0, 1e9);
            /// Weight of the square of the cart's position on the way.
            cart: f64 = 0.3, "1/(m^2 s)", Range::new(0.0, 1e9);
            /// Weights of the squares of the last state's distance from upright, in state order.
            terminal: [f64; 6] = [1e4, 1e4, 1e4, 1e3, 1e3, 1e3], "SI", Range::new(0.0, 1e9);
        }
    }
}

crate::settings! {
    /// How plans are compared: each is followed under the same drawn errors and pushes.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
    pub struct Ranking {
        numbers {
            /// Runs that each plan is followed in; the cheapest plan is taken where it is zero.
            draws: u32 = 16, "1", Range::new(0.0, 10000.0);
            /// Relative half-width of the errors of masses, lengths, centres of mass, inertias and friction.
            parameters: f64 = 0.1, "1", Range::new(0.0, 0.9);
            /// Half-width of the errors of the start's angles.
            angles: f64 = 0.05, "rad", Range::new(0.0, 10.0);
            /// Size of a push on the cart, of random sign, from a random moment of the plan on.
            push: f64 = 10.0, "N", Range::new(0.0, 1e6);
        }
    }
}

crate::settings! {
    /// How plans are made.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
    pub struct PlanSettings {
        numbers {
            /// For how long a force is held: a multiple of the control period.
            step: f64 = 0.01, "s", Range::positive(0.02);
            /// How long plans are: the shortest and the longest that are drawn.
            horizon: [f64; 2] = [1.25, 3.5], "s", Range::new(MIN_HORIZON, 8.0);
            /// Share of the actuator's largest force that a plan uses; the rest is the tracker's.
            force_share: f64 = 0.8, "1", Range::positive(1.0);
            /// Share of the track that a plan uses for free.
            track_share: f64 = 0.8, "1", Range::positive(1.0);
            /// Starts that are tried for the plan before a run.
            candidates: u32 = 100, "1", Range::new(1.0, 100_000.0);
        }
        groups {
            /// How plans are compared.
            ranking: Ranking = Ranking::default();
            /// What plans cost.
            weights: PlanWeights = PlanWeights::default();
        }
    }
}

impl PlanSettings {
    /// How many control periods of `period` s a force is held for, where that is a whole number.
    pub fn periods_a_step(&self, period: f64) -> Option<u32> {
        let ratio = self.step / period;
        let whole = libm::round(ratio);
        // Both are decimal fractions, and their quotient is not.
        (whole >= 1.0 && (ratio - whole).abs() <= 1e-9 * whole).then_some(whole as u32)
    }

    /// Checks the settings against each other.
    ///
    /// # Errors
    /// The first that is not allowed.
    pub fn check(&self) -> Result<(), Invalid> {
        self.check_ranges()?;
        let [shortest, longest] = self.horizon;
        let out = |value, range| {
            Err(Invalid::OutOfRange { path: Path::of("horizon"), value, range, unit: "s" })
        };
        let most = MAX_STEPS as f64 * self.step;
        if longest > most * (1.0 + 1e-9) {
            return out(longest, Range::new(MIN_HORIZON, most));
        }
        if shortest > longest {
            return out(shortest, Range::new(MIN_HORIZON, longest));
        }
        Ok(())
    }
}

/// By what a plan is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum TrackingKind {
    /// Gains along the plan choose the cart's acceleration.
    #[default]
    Acceleration,
    /// The rest of the plan is planned anew in every step of it, near the plan, within the force limit and the track.
    Predictive,
}

impl Choice for TrackingKind {
    const OPTIONS: &'static [&'static str] = &["acceleration", "predictive"];
}

/// What makes the cart have the acceleration that was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Inner {
    /// A super-twisting law makes the cart have the acceleration that was chosen.
    #[default]
    SuperTwisting,
    /// The force for that acceleration is computed by the model alone.
    None,
}

impl Choice for Inner {
    const OPTIONS: &'static [&'static str] = &["super_twisting", "none"];
}

crate::settings! {
    /// Weights behind the gains with which a plan is followed.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
    pub struct TrackingWeights {
        numbers {
            /// Weights of the squares of the state's distance from the plan, in state order.
            state: [f64; 6] = [100.0, 50.0, 50.0, 1.0, 1.0, 1.0], "SI", Range::new(0.0, 1e9);
            /// Weight of the square of the change of the cart's acceleration.
            acceleration: f64 = 0.02, "s^4/m^2", Range::new(1e-9, 1e9);
            /// Weight of the square of the change of the force, where the plan is followed by prediction.
            force: f64 = 0.01, "1/(N^2 s)", Range::new(1e-9, 1e6);
        }
    }
}

crate::settings! {
    /// How a plan is followed.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
    pub struct Tracking {
        numbers {
            /// Slope of the disturbance that the inner law beats: its gains are `1.5 sqrt(L)` and `1.1 L`.
            slope_bound: f64 = 200.0, "N/s", Range::positive(1e8);
        }
        choices {
            /// By what a plan is followed.
            kind: TrackingKind;
            /// What makes the cart have the acceleration.
            inner: Inner;
        }
        groups {
            /// Weights behind the gains.
            weights: TrackingWeights = TrackingWeights::default();
        }
    }
}

crate::settings! {
    /// Beyond what a plan or the balance is given up.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
    pub struct Lost {
        numbers {
            /// Distance of an angle from the plan.
            tracking: f64 = 1.0, "rad", Range::positive(100.0);
            /// Angle of link 1 while it is balanced.
            theta1: f64 = 0.7, "rad", Range::positive(1.5);
            /// Angle of link 2 while it is balanced.
            theta2: f64 = 0.9, "rad", Range::positive(1.5);
        }
    }
}

crate::settings! {
    /// What watches over a swing-up.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
    pub struct Supervision {
        numbers {
            /// Share of the track that the guard defends.
            guard: f64 = 0.97, "1", Range::positive(1.0);
            /// From the start of planning to the first force of the new plan.
            planning_time: f64 = 0.05, "s", Range::new(0.0, 10.0);
            /// Starts that are tried for a new plan.
            retries: u32 = 12, "1", Range::new(1.0, 10000.0);
        }
        groups {
            /// Beyond what a plan or the balance is given up.
            lost: Lost = Lost::default();
        }
        others {
            /// Whether there is a second try.
            replan: bool = true, r#"{"type": "boolean"}"#;
        }
    }
}
