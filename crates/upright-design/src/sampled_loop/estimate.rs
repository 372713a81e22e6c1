//! Estimators as linear systems about upright.

use crate::linear_model::LinearModel;
use crate::observer::measured;
use nalgebra::{DMatrix, DVector, RowDVector};
use upright_core::Plant;
use upright_core::elementary::exp_m1;
use upright_core::estimator::ObserverGain;

/// How an estimator makes a state of what is measured, as a linear system.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Observation {
    /// The state is measured, velocities included.
    State,
    /// Velocities are differences, of which a filter goes the share `share` (1 without a filter) in a period.
    Differences {
        /// The share.
        share: f64,
    },
    /// An observer with a constant gain: a Kalman filter or Luenberger's.
    Gain {
        /// The gain.
        gain: ObserverGain,
        /// Whether it estimates a force on the cart.
        force: bool,
        /// Whether the law acts against that force.
        compensate: bool,
    },
    /// The extended state observer.
    ExtendedState {
        /// How fast its poles are, in 1/s.
        bandwidth: f64,
    },
}

/// What an estimator is given, each as lines over the loop's state and noise.
pub(super) struct Estimating<'a> {
    /// What it believes of the plant.
    pub(super) model: &'a Plant,
    /// The control period in s.
    pub(super) period: f64,
    /// Whether the second encoder sits between the links.
    pub(super) relative: bool,
    /// What arrives of the measurement.
    pub(super) y: &'a DMatrix<f64>,
    /// The same with both angles absolute.
    pub(super) absolute: &'a DMatrix<f64>,
    /// What a period does to the model, its unknown force included where there is one.
    pub(super) a: &'a DMatrix<f64>,
    /// By a force that is held.
    pub(super) b: &'a DVector<f64>,
    /// The force that has acted until now.
    pub(super) arrived: &'a RowDVector<f64>,
    /// Where its own numbers begin in the loop's state.
    pub(super) own: usize,
}

impl Estimating<'_> {
    /// The first `count` of its own numbers as they were.
    fn before(&self, count: usize) -> DMatrix<f64> {
        let mut rows = DMatrix::zeros(count, self.y.ncols());
        rows.view_mut((0, self.own), (count, count)).fill_with_identity();
        rows
    }

    /// The estimate, and what the estimator keeps of it.
    pub(super) fn estimate(&self, observation: &Observation) -> (DMatrix<f64>, DMatrix<f64>) {
        match observation {
            Observation::State => (self.y.clone(), DMatrix::zeros(0, self.y.ncols())),
            Observation::Differences { share } => {
                let before = self.before(6);
                let mut z = DMatrix::zeros(6, self.y.ncols());
                z.rows_mut(0, 3).copy_from(self.absolute);
                let old = before.rows(3, 3);
                let difference = (self.absolute - before.rows(0, 3)) / self.period;
                z.rows_mut(3, 3).copy_from(&(old + (difference - old) * *share));
                (z.clone(), z)
            }
            Observation::Gain { gain, .. } => {
                let size = self.a.nrows();
                let expected = self.a * self.before(size) + self.b * self.arrived;
                let h = measured(size, self.relative);
                let l = DMatrix::from_fn(size, 3, |i, j| gain[i][j]);
                let z = &expected + l * (self.y - h * &expected);
                (z.clone(), z)
            }
            Observation::ExtendedState { bandwidth } => self.extended_state(*bandwidth),
        }
    }

    fn extended_state(&self, bandwidth: f64) -> (DMatrix<f64>, DMatrix<f64>) {
        let period = self.period;
        let less = -exp_m1(-bandwidth * period);
        let b = 1.0 - less;
        let gains = [
            1.0 - b * b * b,
            1.5 * less * less * (1.0 + b) / period,
            less * less * less / (period * period),
        ];
        let input = LinearModel::new(self.model).b;
        let before = self.before(9);
        let mut keep = DMatrix::zeros(9, self.y.ncols());
        for i in 0..3 {
            // Positions, velocities, unknown accelerations.
            let unknown = before.row(6 + i).into_owned();
            let a = &unknown + self.arrived * input[3 + i];
            let v = before.row(3 + i) + &a * period;
            let q = before.row(i) + before.row(3 + i) * period + &a * (0.5 * period * period);
            let e = self.absolute.row(i) - &q;
            keep.row_mut(i).copy_from(&(q + &e * gains[0]));
            keep.row_mut(3 + i).copy_from(&(v + &e * gains[1]));
            keep.row_mut(6 + i).copy_from(&(unknown + &e * gains[2]));
        }
        (keep.rows(0, 6).into_owned(), keep)
    }
}
