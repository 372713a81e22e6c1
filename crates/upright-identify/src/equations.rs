//! The normal equations of least squares over segments: the parameters, which all have in common, and the initial values of
//! each, which are eliminated.

use crate::log::Log;
use crate::parameters::{Parameter, Parameters};
use crate::segments::{Segment, cut};
use nalgebra::{DMatrix, DVector, Matrix6, Vector6};

/// Segments of all logs, each with the place of its log.
pub(crate) fn segments(logs: &[Log], length: Option<f64>) -> Vec<(usize, Segment)> {
    logs.iter()
        .enumerate()
        .flat_map(|(place, log)| cut(log, length).into_iter().map(move |segment| (place, segment)))
        .collect()
}

pub(crate) fn squares(all: &[(usize, Segment)], parameters: &Parameters, quanta: &[f64; 3]) -> f64 {
    let sum = |(_, segment): &(usize, Segment)| {
        segment.residuals(parameters, &segment.start, quanta).norm_squared()
    };
    all.iter().map(sum).sum()
}

/// How far initial values may be off what was guessed of them, about: x, angles, rates. What sticks at its start tells
/// nothing of its speed, and is held by this.
const SPREAD: [f64; 6] = [0.01, 0.05, 0.05, 0.5, 5.0, 5.0];

/// The normal equations: those of the parameters, and of each segment's initial values with what couples them.
pub(crate) struct Normal {
    pub(crate) matrix: DMatrix<f64>,
    pub(crate) right: DVector<f64>,
    pub(crate) segments: Vec<(Matrix6<f64>, DMatrix<f64>, Vector6<f64>)>,
    pub(crate) squares: f64,
}

pub(crate) fn normal(
    all: &[(usize, Segment)],
    parameters: &Parameters,
    free: &[Parameter],
    quanta: &[f64; 3],
) -> Option<Normal> {
    let n = free.len();
    let mut equations = Normal {
        matrix: DMatrix::zeros(n, n),
        right: DVector::zeros(n),
        segments: Vec::with_capacity(all.len()),
        squares: 0.0,
    };
    for (_, segment) in all {
        let linear = segment.linearise(parameters, free, quanta);
        let (p, z) = (&linear.by_parameters, &linear.by_start);
        equations.squares += linear.residuals.norm_squared();
        equations.matrix += p.transpose() * p;
        equations.right += p.transpose() * &linear.residuals;
        let (own, right) = (z.transpose() * z, z.transpose() * &linear.residuals);
        equations.segments.push((
            Matrix6::from_fn(|i, j| own[(i, j)]),
            z.transpose() * p,
            Vector6::from_fn(|i, _| right[i]),
        ));
    }
    equations.squares.is_finite().then_some(equations)
}

/// The inverse of a segment's own equations, damped.
pub(crate) fn inverse(own: &Matrix6<f64>, damping: f64) -> Option<Matrix6<f64>> {
    let mut own = *own;
    for i in 0..6 {
        own[(i, i)] += damping * own[(i, i)] + 1.0 / (SPREAD[i] * SPREAD[i]);
    }
    own.try_inverse()
}

impl Normal {
    /// The equations of the parameters, the initial values eliminated.
    pub(crate) fn reduced(&self, damping: f64) -> Option<(DMatrix<f64>, DVector<f64>)> {
        let (mut matrix, mut right) = (self.matrix.clone(), self.right.clone());
        for (own, coupling, own_right) in &self.segments {
            let inverse = inverse(own, damping)?;
            let wide = DMatrix::from_fn(6, 6, |i, j| inverse[(i, j)]);
            let moved = inverse * own_right;
            matrix -= coupling.transpose() * &wide * coupling;
            right -= coupling.transpose() * DVector::from_fn(6, |i, _| moved[i]);
        }
        for i in 0..matrix.nrows() {
            matrix[(i, i)] += damping * self.matrix[(i, i)] + 1e-12;
        }
        Some((matrix, right))
    }
}

/// Fits the initial values alone.
pub(crate) fn refine(
    all: &mut [(usize, Segment)],
    parameters: &Parameters,
    quanta: &[f64; 3],
    rounds: usize,
) {
    for (_, segment) in all {
        let mut damping = 1e-3;
        for _ in 0..rounds {
            let linear = segment.linearise(parameters, &[], quanta);
            let square = linear.residuals.norm_squared();
            let own = linear.by_start.transpose() * &linear.by_start;
            let own = Matrix6::from_fn(|i, j| own[(i, j)]);
            let Some(inverse) = inverse(&own, damping) else { break };
            let right = linear.by_start.transpose() * &linear.residuals;
            let change = inverse * Vector6::from_fn(|i, _| right[i]);
            let mut moved = segment.start;
            for i in 0..6 {
                moved[i] -= change[i];
            }
            if segment.residuals(parameters, &moved, quanta).norm_squared() < square {
                segment.start = moved;
                damping *= 0.1;
            } else {
                damping *= 10.0;
            }
        }
    }
}
