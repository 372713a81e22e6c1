//! How fast friction acts, and how many steps of integration that takes.
//!
//! Near rest, Coulomb friction `c tanh(v / v0)` is viscous friction of `c / v0`, which can be far faster than the
//! motion. A step that is too long for it leaves the region of stability of its method: the velocity changes sign from
//! step to step, and the plant creeps at a speed that has nothing to do with friction.

use crate::linear_model::mass_matrix;
use nalgebra::Matrix3;
use std::f64::consts::PI;
use upright_core::Plant;
use upright_core::plant::Model;

/// Angles looked at over half a turn of link 1 and a whole one of link 2: the mass matrix depends on them by first
/// harmonics only, and is the same at both angles negated.
const GRID: u32 = 12;

/// How far beyond its limit a step may be where the rate is that of smoothed Coulomb friction. What oscillates there
/// cannot grow, since the hyperbolic tangent saturates, and changes the speed at which the plant creeps by less than 4 %
/// of the speed over which the friction changes sign; 3 % with RK4.
const SATURATED: f64 = 1.1;

/// Bound of the product of step and rate within which an explicit method damps a decay: the real interval of its
/// region of stability (E. Hairer, G. Wanner, Solving Ordinary Differential Equations II (1996), IV.2).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StabilityLimit(f64);

impl StabilityLimit {
    /// Explicit Euler: `|1 - z| <= 1`.
    pub const EULER: Self = Self(2.0);
    /// The classical Runge-Kutta method: `|1 - z + z^2/2 - z^3/6 + z^4/24| <= 1`.
    pub const RK4: Self = Self(2.785_293_563_405_282);
}

/// What friction needs more steps, and how many.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TooStiff {
    /// The rate in 1/s with which friction takes away the fastest velocity.
    pub rate: f64,
    /// Whether viscous friction alone is too fast; else it is smoothed Coulomb friction.
    pub viscous: bool,
    /// How many steps the period needs.
    pub steps: f64,
}

/// Checks that `steps` steps of integration a period of `period` s follow the friction of a plant.
///
/// # Errors
/// What friction is too fast for them.
pub fn check(
    plant: &Plant,
    period: f64,
    steps: u32,
    limit: StabilityLimit,
) -> Result<(), TooStiff> {
    let damping = &plant.damping;
    let viscous = [damping.cart, damping.joint1, damping.joint2];
    judged(plant, viscous, period, steps, limit.0).map_err(|(rate, steps)| TooStiff {
        rate,
        viscous: true,
        steps,
    })?;
    let coulomb = &plant.coulomb;
    // What sticks is solved for in each step and has no rate.
    if plant.model != Model::Full || plant.sticks() || !coulomb.is_some() {
        return Ok(());
    }
    let near_rest = [
        viscous[0] + coulomb.cart / coulomb.cart_speed,
        viscous[1] + coulomb.joint1 / coulomb.joint_speed,
        viscous[2] + coulomb.joint2 / coulomb.joint_speed,
    ];
    judged(plant, near_rest, period, steps, limit.0 * SATURATED).map_err(|(rate, steps)| TooStiff {
        rate,
        viscous: false,
        steps,
    })
}

/// The rate of friction with these coefficients and the steps that it needs, where they are more than `steps`.
fn judged(
    plant: &Plant,
    friction: [f64; 3],
    period: f64,
    steps: u32,
    limit: f64,
) -> Result<(), (f64, f64)> {
    let allowed = limit * f64::from(steps) / period;
    // The trace bounds the largest eigenvalue, and costs little.
    if over_angles(plant, |mass| inverse(mass).component_mul(&matrix(friction)).sum()) <= allowed {
        return Ok(());
    }
    let rate = fastest_rate(plant, friction);
    if rate <= allowed { Ok(()) } else { Err((rate, (rate * period / limit).ceil())) }
}

/// The largest eigenvalue of `M(q)^-1 D` in 1/s over all angles, for viscous friction with the coefficients `friction`
/// of cart, joint 1 and joint 2 in N s/m and N m s/rad.
fn fastest_rate(plant: &Plant, friction: [f64; 3]) -> f64 {
    let friction = matrix(friction);
    over_angles(plant, |mass| {
        // `L^-1 D L^-T` is symmetric and has the same eigenvalues.
        let factor =
            mass.cholesky().map(|cholesky| cholesky.l()).and_then(nalgebra::Matrix::try_inverse);
        let similar = factor.map(|inverse| inverse * friction * inverse.transpose());
        similar.map_or(f64::INFINITY, |matrix| matrix.symmetric_eigenvalues().max())
    })
}

fn inverse(mass: Matrix3<f64>) -> Matrix3<f64> {
    mass.try_inverse().unwrap_or_else(|| Matrix3::from_element(f64::INFINITY))
}

/// The largest value over the circle of angles.
fn over_angles(plant: &Plant, value: impl Fn(Matrix3<f64>) -> f64) -> f64 {
    let angle = |i: u32| 2.0 * PI * f64::from(i) / f64::from(GRID);
    (0..=GRID / 2)
        .flat_map(|i| (0..GRID).map(move |j| (i, j)))
        .map(|(i, j)| value(mass_matrix(plant, angle(i), angle(j))))
        // Written so that not a number is kept.
        .fold(0.0, |largest, value| if value <= largest { largest } else { value })
}

/// Viscous friction as a matrix over the velocities of cart and links; joint 2 feels their difference.
fn matrix([cart, joint1, joint2]: [f64; 3]) -> Matrix3<f64> {
    Matrix3::new(cart, 0.0, 0.0, 0.0, joint1 + joint2, -joint2, 0.0, -joint2, joint2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use upright_core::integrate::{euler, rk4};
    use upright_core::plant::Full;

    /// A cart with 2 N of friction over 1e-5 m/s, its links hanging.
    fn sticky() -> Plant {
        let mut plant = Plant { cart_mass: 1.0, ..Plant::default() };
        plant.damping.cart = 0.0;
        (plant.coulomb.cart, plant.coulomb.cart_speed) = (2.0, 1e-5);
        plant
    }

    /// How far the cart creeps in a second under `push` N, in metres, with `steps` steps a millisecond.
    fn creep(steps: u32, push: f64, method: StabilityLimit) -> f64 {
        let motion = Full::<f64>::new(&sticky());
        let mut state = [0.0, PI, PI, 0.0, 0.0, 0.0];
        let h = 1e-3 / f64::from(steps);
        for _ in 0..1000 * steps {
            let force = |_| [push, 0.0, 0.0];
            state = if method == StabilityLimit::EULER {
                euler(&motion, &state, h, force)
            } else {
                rk4(&motion, &state, h, force)
            };
        }
        state[0]
    }

    #[test]
    fn the_steps_that_are_named_hold_the_friction_and_far_fewer_do_not() {
        for method in [StabilityLimit::RK4, StabilityLimit::EULER] {
            let error = check(&sticky(), 1e-3, 1, method).expect_err("stiff");
            let steps = error.steps as u32;
            assert!(!error.viscous && check(&sticky(), 1e-3, steps, method).is_ok());
            assert!(check(&sticky(), 1e-3, steps - 1, method).is_err());
            for push in [0.1, 0.4, 1.0, 1.8] {
                let right = 1e-5 * libm::atanh(push / 2.0);
                let held = (creep(steps, push, method) - right).abs();
                assert!(held < 0.04e-5, "{push} N: off by {held:e} m in {steps} steps");
            }
            let lost = (creep(steps / 2, 1.0, method) - 1e-5 * libm::atanh(0.5)).abs();
            assert!(lost > 0.1e-5, "half the steps are off by {lost:e} m only");
        }
        assert_eq!(check(&sticky(), 1e-3, 59, StabilityLimit::RK4).map_err(|e| e.steps), Err(60.0));
    }

    #[test]
    fn viscous_friction_that_grows_in_such_steps_is_told() {
        let mut plant = Plant::default();
        assert!(check(&plant, 1e-3, 1, StabilityLimit::EULER).is_ok());
        plant.damping.joint2 = 20.0;
        let error = check(&plant, 1e-3, 1, StabilityLimit::RK4).expect_err("stiff");
        assert!(error.viscous && error.steps > 1.0);
        let steps = error.steps as u32;
        let largest = |steps: u32| {
            let motion = Full::<f64>::new(&plant);
            let mut state = [0.0, PI, PI, 0.0, 0.1, -0.1];
            for _ in 0..200 * steps {
                state = rk4(&motion, &state, 1e-3 / f64::from(steps), |_| [0.0; 3]);
            }
            state[5].abs()
        };
        let grown = largest(steps - 1);
        assert!(largest(steps) < 1.0 && (grown.is_nan() || grown >= 1.0));
    }

    #[test]
    fn the_rate_is_the_decay_of_a_cart_alone() {
        let mut plant = Plant { cart_mass: 1e3, ..Plant::default() };
        plant.link1.mass = 1e-9;
        plant.link2.mass = 1e-9;
        let rate = fastest_rate(&plant, [5e5, 0.0, 0.0]);
        assert!((rate - 500.0).abs() < 1e-3, "{rate}");
    }
}
