//! The linear extended state observer: each axis is a double integrator under an acceleration that is not known.
//!
//! J. Han, IEEE Trans. Ind. Electron. 56 (2009) 900-906; one pole for all, after Z. Gao, Proc. Amer. Control Conf.
//! (2003) 4989-4996, placed in the sampled observer itself.

use super::commands::Commands;
use super::{Estimator, Timing};
use crate::elementary::exp_m1;
use crate::plant::{Angles, Plant, Rigid, State, Vector};
use crate::real::{Kernel, Mask, Real};

/// Positions, velocities and unknown accelerations of three axes.
///
/// Its first state is the first measurement at rest.
#[derive(Debug, Clone, Copy)]
pub struct ExtendedState<R: Real> {
    period: R,
    half_square: R,
    /// Corrections of position, velocity and acceleration.
    gains: [R; 3],
    /// Acceleration of each axis by the force on the cart, at upright.
    input: Vector<R>,
    max_force: R,
    ahead: usize,
    commands: Commands<R>,
    acceleration: Vector<R>,
    estimated: State<R>,
    fresh: R::Mask,
}

impl<R: Real> ExtendedState<R> {
    /// With all poles at `exp(-bandwidth T)`, `bandwidth` in 1/s; `model` is what is believed of the plant.
    pub fn new(model: &Plant, timing: &Timing, bandwidth: f64) -> Self {
        let period = timing.period;
        let less = -exp_m1(-bandwidth * period);
        let b = 1.0 - less;
        let upright = Angles::new(0.0, 0.0);
        let input = Rigid::<f64>::new(model).mass_matrix(&upright).solve(&[1.0, 0.0, 0.0]);
        Self {
            period: R::of(period),
            half_square: R::of(0.5 * period * period),
            gains: [
                R::of(1.0 - b * b * b),
                R::of(1.5 * less * less * (1.0 + b) / period),
                R::of(less * less * less / (period * period)),
            ],
            input: input.map(R::of),
            max_force: R::of(timing.max_force),
            ahead: timing.ahead(),
            commands: Commands::new(),
            acceleration: [R::zero(); 3],
            estimated: [R::zero(); 6],
            fresh: Mask::splat(true),
        }
    }
}

impl<R: Real> Estimator<R> for ExtendedState<R> {
    #[inline(always)]
    fn estimate<'a>(&'a mut self, measured: &'a State<R>) -> &'a State<R> {
        self.estimated = R::run(Step { observer: self, measured });
        &self.estimated
    }

    #[inline(always)]
    fn commanded(&mut self, force: R) {
        self.commands.push(force.clamp(-self.max_force, self.max_force));
    }

    fn reset_lanes(&mut self, lanes: R::Mask) {
        self.fresh = self.fresh | lanes;
        self.commands.reset_lanes(lanes);
    }
}

struct Step<'a, R: Real> {
    observer: &'a mut ExtendedState<R>,
    measured: &'a State<R>,
}

impl<R: Real> Kernel for Step<'_, R> {
    type Output = State<R>;
    #[inline(always)]
    fn run(self) -> State<R> {
        let Self { observer, measured } = self;
        let fresh = observer.fresh;
        let force = observer.commands.past(observer.ahead);
        let mut state = *measured;
        let mut i = 0;
        while i < 3 {
            let unknown = R::select(fresh, R::zero(), observer.acceleration[i]);
            let velocity = observer.estimated[3 + i];
            let acceleration = unknown + observer.input[i] * force;
            let position = observer.estimated[i]
                + observer.period * velocity
                + observer.half_square * acceleration;
            let position = R::select(fresh, measured[i], position);
            let velocity = R::select(fresh, R::zero(), velocity + observer.period * acceleration);
            let e = measured[i] - position;
            state[i] = position + observer.gains[0] * e;
            state[3 + i] = velocity + observer.gains[1] * e;
            observer.acceleration[i] = unknown + observer.gains[2] * e;
            i += 1;
        }
        observer.fresh = Mask::splat(false);
        state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_die_with_the_three_poles_at_one_place() {
        let (period, bandwidth) = (0.002, 30.0);
        let timing = Timing { period, delay: 0, late: 0, max_force: 10.0 };
        let mut estimator = ExtendedState::<f64>::new(&Plant::default(), &timing, bandwidth);
        estimator.estimate(&[0.0; 6]);
        // A step of the position: with three poles at b the error is b^k times a polynomial of degree two, so
        // its third backward difference over b vanishes.
        let b = (-bandwidth * period).exp();
        let e: std::vec::Vec<f64> =
            (0..12).map(|_| 1.0 - estimator.estimate(&[1.0, 0.0, 0.0, 0.0, 0.0, 0.0])[0]).collect();
        for w in e.windows(4) {
            let left = w[3] - 3.0 * b * w[2] + 3.0 * b * b * w[1] - b * b * b * w[0];
            assert!(left.abs() < 1e-12, "{left}");
        }
    }
}
