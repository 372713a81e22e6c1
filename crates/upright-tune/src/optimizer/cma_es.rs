//! CMA-ES: points drawn from a normal distribution whose mean, width and shape follow the better ones
//! (N. Hansen, The CMA Evolution Strategy: A Tutorial, arXiv:1604.00772, with the constants of its
//! appendix A and negative weights).
//!
//! The distribution knows no bounds: a point outside the unit cube is folded back into it at its
//! faces, as light is by mirrors, and the search learns from where it was drawn.

use super::ask_tell::{Optimizer, stream};
use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

/// Width of the first draws, as a share of the distance between the bounds.
const FIRST_WIDTH: f64 = 0.3;
/// Widths beyond these say nothing any more: the points are one, or the mirrors make them even.
const WIDTHS: (f64, f64) = (1e-14, 10.0);
/// Eigenvalues of the shape below this, over the largest, are rounding.
const FLATTEST: f64 = 1e-14;

/// A search distribution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CmaEs {
    seed: u64,
    step: u64,
    points: usize,
    mean: Vec<f64>,
    width: f64,
    /// The covariance matrix by columns.
    shape: Vec<f64>,
    path_width: Vec<f64>,
    path_shape: Vec<f64>,
}

/// The constants of the tutorial's table 1 for a dimension and a number of points.
struct Constants {
    weights: Vec<f64>,
    parents: usize,
    mu_eff: f64,
    c_c: f64,
    c_sigma: f64,
    c_1: f64,
    c_mu: f64,
    d_sigma: f64,
    /// Mean length of a standard normal vector.
    chi: f64,
}

impl Constants {
    fn new(n: f64, points: usize) -> Self {
        let half = libm::log(0.5 * (points as f64 + 1.0));
        let raw: Vec<f64> = (1..=points).map(|i| half - libm::log(i as f64)).collect();
        let parents = (points / 2).max(1);
        let effective = |weights: &[f64]| {
            let sum: f64 = weights.iter().sum();
            let squares: f64 = weights.iter().map(|w| w * w).sum();
            if squares > 0.0 { sum * sum / squares } else { 1.0 }
        };
        let mu_eff = effective(&raw[..parents]);
        let mu_eff_minus = effective(&raw[parents..]);
        let c_c = (4.0 + mu_eff / n) / (n + 4.0 + 2.0 * mu_eff / n);
        let c_sigma = (mu_eff + 2.0) / (n + mu_eff + 5.0);
        let c_1 = 2.0 / ((n + 1.3) * (n + 1.3) + mu_eff);
        let c_mu = 2.0 * (0.25 + mu_eff + 1.0 / mu_eff - 2.0) / ((n + 2.0) * (n + 2.0) + mu_eff);
        let c_mu = c_mu.clamp(0.0, 1.0 - c_1);
        let d_sigma = 1.0 + 2.0 * (((mu_eff - 1.0) / (n + 1.0)).sqrt() - 1.0).max(0.0) + c_sigma;
        let chi = n.sqrt() * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n));

        let positive: f64 = raw.iter().filter(|w| **w > 0.0).sum();
        let negative: f64 = raw.iter().filter(|w| **w < 0.0).sum::<f64>().abs();
        let least = if c_mu > 0.0 {
            let alpha_mu = 1.0 + c_1 / c_mu;
            let alpha_eff = 1.0 + 2.0 * mu_eff_minus / (mu_eff + 2.0);
            let alpha_definite = (1.0 - c_1 - c_mu) / (n * c_mu);
            alpha_mu.min(alpha_eff).min(alpha_definite)
        } else {
            0.0
        };
        let scaled = |w: f64| {
            if w > 0.0 {
                w / positive
            } else if w < 0.0 {
                least * w / negative
            } else {
                0.0
            }
        };
        let weights = raw.into_iter().map(scaled).collect();
        Self { weights, parents, mu_eff, c_c, c_sigma, c_1, c_mu, d_sigma, chi }
    }
}

/// The shape's axes, the lengths along them, and the deviations of the points of a step.
struct Draw {
    axes: DMatrix<f64>,
    lengths: DVector<f64>,
    /// `y = (x - mean) / width` of each point.
    deviations: Vec<DVector<f64>>,
}

/// `x` folded into 0 to 1 by mirrors at both.
fn folded(x: f64) -> f64 {
    let turned = x - 2.0 * libm::floor(0.5 * x);
    if turned > 1.0 { 2.0 - turned } else { turned }
}

impl CmaEs {
    /// From `start` in the unit cube, with so many points a step.
    pub fn new(points: usize, start: &[f64], seed: u64) -> Self {
        let n = start.len();
        Self {
            seed,
            step: 0,
            points,
            mean: start.to_vec(),
            width: FIRST_WIDTH,
            shape: DMatrix::<f64>::identity(n, n).as_slice().to_vec(),
            path_width: vec![0.0; n],
            path_shape: vec![0.0; n],
        }
    }

    /// The points of this step: a function of the state, so nothing of them has to be kept.
    fn draw(&self) -> Draw {
        let n = self.mean.len();
        let eigen = DMatrix::from_column_slice(n, n, &self.shape).symmetric_eigen();
        let largest = eigen.eigenvalues.max();
        let lengths = eigen.eigenvalues.map(|x| x.max(FLATTEST * largest).sqrt());
        let axes = eigen.eigenvectors;
        let mut random = stream(self.seed, self.step);
        let deviations = (0..self.points)
            .map(|_| {
                let along = DVector::from_fn(n, |i, _| lengths[i] * random.normal());
                &axes * along
            })
            .collect();
        Draw { axes, lengths, deviations }
    }
}

impl Optimizer for CmaEs {
    fn ask(&mut self) -> Vec<Vec<f64>> {
        let point = |y: &DVector<f64>| {
            let drawn = self.mean.iter().zip(y.iter()).map(|(m, y)| m + self.width * y);
            drawn.map(folded).collect()
        };
        self.draw().deviations.iter().map(point).collect()
    }

    fn tell(&mut self, costs: &[f64]) {
        let n = self.mean.len();
        let of = Constants::new(n as f64, self.points);
        let Draw { axes, lengths, deviations } = self.draw();
        let mut order: Vec<usize> = (0..self.points.min(costs.len())).collect();
        // Equals stay in the order in which they were drawn.
        order.sort_by(|&a, &b| costs[a].total_cmp(&costs[b]));
        let whitened = |y: &DVector<f64>| {
            let along = axes.tr_mul(y);
            &axes * DVector::from_fn(n, |i, _| along[i] / lengths[i])
        };

        let mut step = DVector::zeros(n);
        for (&i, &weight) in order.iter().zip(&of.weights[..of.parents]) {
            step += &deviations[i] * weight;
        }
        let mean = DVector::from_column_slice(&self.mean) + &step * self.width;

        let keep = 1.0 - of.c_sigma;
        let path_width = DVector::from_column_slice(&self.path_width) * keep
            + whitened(&step) * (of.c_sigma * (2.0 - of.c_sigma) * of.mu_eff).sqrt();
        let length = path_width.norm();
        let warm = 1.0 - libm::pow(keep, 2.0 * (self.step as f64 + 1.0));
        let h = length / warm.sqrt() < (1.4 + 2.0 / (n as f64 + 1.0)) * of.chi;
        let h = if h { 1.0 } else { 0.0 };
        let width = self.width * libm::exp(of.c_sigma / of.d_sigma * (length / of.chi - 1.0));

        let path_shape = DVector::from_column_slice(&self.path_shape) * (1.0 - of.c_c)
            + &step * (h * (of.c_c * (2.0 - of.c_c) * of.mu_eff).sqrt());
        let sum: f64 = of.weights.iter().sum();
        let lost = (1.0 - h) * of.c_c * (2.0 - of.c_c);
        let mut shape = DMatrix::from_column_slice(n, n, &self.shape)
            * (1.0 + of.c_1 * lost - of.c_1 - of.c_mu * sum);
        shape += &path_shape * path_shape.transpose() * of.c_1;
        for (&i, &weight) in order.iter().zip(&of.weights) {
            let y = &deviations[i];
            let weight = if weight < 0.0 {
                // A long step that was bad must not make the matrix indefinite.
                weight * n as f64 / whitened(y).norm_squared().max(f64::MIN_POSITIVE)
            } else {
                weight
            };
            shape += y * y.transpose() * (of.c_mu * weight);
        }
        self.step += 1;
        // What has left the numbers is not followed.
        if width.is_finite() && mean.iter().chain(shape.iter()).all(|x| x.is_finite()) {
            self.mean = mean.iter().copied().collect();
            self.width = width.clamp(WIDTHS.0, WIDTHS.1);
            self.shape = (&shape + shape.transpose()).scale(0.5).as_slice().to_vec();
            self.path_width = path_width.as_slice().to_vec();
            self.path_shape = path_shape.as_slice().to_vec();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constants_are_those_of_pycma() {
        // pycma 4.5.0, `CMAEvolutionStrategy(n * [0], 1, {'popsize': points}).sp`: mu_eff, c_1, c_mu,
        // c_c and the last weight. Its c_sigma is another than the tutorial's.
        for (n, points, expected) in [
            (
                10.0,
                10,
                [
                    3.1672992814107017,
                    0.015283824524751714,
                    0.02355177665041747,
                    0.29499038303562225,
                    -0.5497499176973853,
                ],
            ),
            (
                30.0,
                16,
                [
                    4.840914500901174,
                    0.00203142427580741,
                    0.006410100907772053,
                    0.12124222355358535,
                    -0.2826780188699028,
                ],
            ),
        ] {
            let of = Constants::new(n, points);
            let last = of.weights[points - 1];
            let found = [of.mu_eff, of.c_1, of.c_mu, of.c_c, last];
            for (found, expected) in found.iter().zip(expected) {
                assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
            }
            assert!((of.weights[..of.parents].iter().sum::<f64>() - 1.0).abs() < 1e-14);
        }
        // A population of two, in which a median weight is zero, is no error.
        let of = Constants::new(1.0, 2);
        assert!(of.weights.iter().all(|weight| weight.is_finite()) && of.d_sigma.is_finite());
    }

    #[test]
    fn mirrors_fold_every_number_into_the_cube() {
        let folds =
            [(0.25, 0.25), (-0.25, 0.25), (1.25, 0.75), (2.5, 0.5), (-1.75, 0.25), (1.0, 1.0)];
        for (x, expected) in folds {
            assert_eq!(folded(x), expected, "{x}");
        }
    }
}
