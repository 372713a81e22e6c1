//! Gains of observers on the sampled linear model: the steady Kalman filter, and Luenberger's.
//!
//! The model is held: `z' = A z + G (u + d)` over a period, with forces on the coordinates that are constant
//! within it. Compare G. Franklin, J. Powell, M. Workman, Digital Control of Dynamic Systems (1998).

use crate::discrete_riccati;
use crate::linear_model::{LinearModel, mass_matrix};
use nalgebra::{DMatrix, Matrix3};
use upright_core::Plant;
use upright_core::estimator::{NoiseModel, ObserverGain};

/// What a period does to the state, held: 6x6, and 6x3 by generalised forces in N and N m.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// What becomes of a state.
    pub a: DMatrix<f64>,
    /// What becomes of forces on the three coordinates.
    pub g: DMatrix<f64>,
}

/// The exponential of a matrix, by its series on a fraction of it that is squared again.
pub(crate) fn exponential(matrix: &DMatrix<f64>) -> DMatrix<f64> {
    let n = matrix.nrows();
    let mut squarings = 0;
    let mut small = matrix.clone();
    while small.norm() > 0.25 && squarings < 60 {
        small *= 0.5;
        squarings += 1;
    }
    let mut sum = DMatrix::identity(n, n);
    let mut term = DMatrix::identity(n, n);
    // 0.25^16 / 16! is far below the last digit.
    for k in 1..=16 {
        term = &term * &small / f64::from(k);
        sum += &term;
    }
    for _ in 0..squarings {
        sum = &sum * &sum;
    }
    sum
}

impl Held {
    /// The linear model of `plant` about upright over a period in s.
    pub fn new(plant: &Plant, period: f64) -> Option<Self> {
        let model = LinearModel::new(plant);
        let inverse: Matrix3<f64> = mass_matrix(plant, 0.0, 0.0).try_inverse()?;
        let mut whole = DMatrix::zeros(9, 9);
        whole.view_mut((0, 0), (6, 6)).copy_from(&(model.a * period));
        whole.view_mut((3, 6), (3, 3)).copy_from(&(inverse * period));
        let held = exponential(&whole);
        Some(Self {
            a: held.view((0, 0), (6, 6)).into_owned(),
            g: held.view((0, 6), (6, 3)).into_owned(),
        })
    }
}

/// Which numbers are measured: `x`, `theta1`, and the angle of the upper link, absolute or from the lower one;
/// of `n` states, of which the first are those of the plant.
pub(crate) fn measured(n: usize, relative: bool) -> DMatrix<f64> {
    let mut h = DMatrix::zeros(3, n);
    h[(0, 0)] = 1.0;
    h[(1, 1)] = 1.0;
    h[(2, 2)] = 1.0;
    if relative {
        h[(2, 1)] = -1.0;
    }
    h
}

/// Standard deviations that a Kalman filter is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// Standard deviation of a force on the cart that is held a period, in N.
    pub force: f64,
    /// Standard deviations of torques on the links, in N m.
    pub torques: [f64; 2],
    /// How fast the unknown force wanders, in N/s^(1/2); there is none where zero.
    pub wander: f64,
    /// Variances of the measured position in m^2 and of both angles in rad^2.
    pub measurement: [f64; 3],
}

/// What an extended Kalman filter assumes over a period in s.
///
/// Nothing where the mass matrix cannot be solved.
pub fn noise_model(plant: &Plant, period: f64, noise: &Noise) -> Option<NoiseModel> {
    let held = Held::new(plant, period)?;
    let q = process(&held, period, noise, 7);
    Some(NoiseModel {
        process: std::array::from_fn(|i| std::array::from_fn(|j| q[(i, j)])),
        measurement: noise.measurement,
        force: noise.wander > 0.0,
    })
}

fn process(held: &Held, period: f64, noise: &Noise, n: usize) -> DMatrix<f64> {
    let [a, b] = noise.torques;
    let deviations = [noise.force, a, b].map(|deviation| deviation * deviation);
    let forces = DMatrix::from_diagonal(&nalgebra::DVector::from_row_slice(&deviations));
    let mut q = DMatrix::zeros(n, n);
    q.view_mut((0, 0), (6, 6)).copy_from(&(&held.g * forces * held.g.transpose()));
    if n == 7 && noise.wander > 0.0 {
        q[(6, 6)] = noise.wander * noise.wander * period;
    }
    for i in 0..n {
        // So that no direction is without noise at all. A force that is not there has none.
        if i < 6 || noise.wander > 0.0 {
            q[(i, i)] += 1e-16;
        }
    }
    q
}

/// The gain of the steady Kalman filter on `plant` over a period in s; `relative` is whether the second encoder
/// sits between the links. Nothing where there is none.
///
/// The covariance before a measurement solves `P = A (P - P H' (H P H' + R)^-1 H P) A' + Q`, found by the
/// structure-preserving doubling algorithm (E. K.-W. Chu, H.-Y. Fan, W.-W. Lin, C.-S. Wang, Int. J. Control 77
/// (2004) 767-788).
pub fn steady_kalman(
    plant: &Plant,
    period: f64,
    noise: &Noise,
    relative: bool,
) -> Option<ObserverGain> {
    let held = Held::new(plant, period)?;
    let n = if noise.wander > 0.0 { 7 } else { 6 };
    let mut a = DMatrix::identity(n, n);
    a.view_mut((0, 0), (6, 6)).copy_from(&held.a);
    if n == 7 {
        a.view_mut((0, 6), (6, 1)).copy_from(&held.g.column(0));
    }
    let h = measured(n, relative);
    let q = process(&held, period, noise, n);
    // In units of the sensors' own noise, which has R = 1 and numbers of moderate size.
    let weigh = DMatrix::from_diagonal(&nalgebra::DVector::from_iterator(
        3,
        noise.measurement.iter().map(|variance| 1.0 / variance),
    ));
    let p = discrete_riccati::doubled(a.transpose(), h.transpose() * weigh * &h, q)?;
    let r = DMatrix::from_diagonal(&nalgebra::DVector::from_row_slice(&noise.measurement));
    let s = (&h * &p * h.transpose() + r).try_inverse()?;
    stable(&a, &h, &(&p * h.transpose() * s))
}

/// The gain of Luenberger's observer on `plant` over a period in s: poles at `exp(-T w c)`, where `c` are 1, 1.05,
/// up to 1.25, and `w` is `speed` in 1/s. Of the many such gains it is the one in which two poles are each
/// output's own (the observer's Sylvester equation has a diagonal solution by poles). Nothing where there is none.
pub fn luenberger(plant: &Plant, period: f64, speed: f64, relative: bool) -> Option<ObserverGain> {
    let held = Held::new(plant, period)?;
    let a = &held.a;
    let h = measured(6, relative);
    let mut x = DMatrix::zeros(6, 6);
    let mut weights = DMatrix::zeros(6, 3);
    // Row i of X times (A - p) is the row of H that the pole sees; then X (A - K H) = F X with K = X^-1 weights.
    for i in 0..6 {
        let output = i % 3;
        let pole = libm::exp(-period * speed * (1.0 + 0.05 * i as f64));
        let shifted = (a - DMatrix::identity(6, 6) * pole).try_inverse()?;
        x.row_mut(i).copy_from(&(h.row(output) * shifted));
        weights[(i, output)] = 1.0;
    }
    let predicted = x.try_inverse()? * weights;
    // K corrects the prediction; the correction itself is A^-1 K.
    stable(a, &h, &(a.clone().try_inverse()? * predicted))
}

/// The gain, if errors die under it.
fn stable(a: &DMatrix<f64>, h: &DMatrix<f64>, gain: &DMatrix<f64>) -> Option<ObserverGain> {
    let n = a.nrows();
    let errors = (DMatrix::identity(n, n) - gain * h) * a;
    if !gain.iter().all(|x| x.is_finite()) {
        return None;
    }
    let size = errors
        .complex_eigenvalues()
        .iter()
        .map(|pole| libm::hypot(pole.re, pole.im))
        .fold(0.0, f64::max);
    let row = |i| std::array::from_fn(|j| if i < n { gain[(i, j)] } else { 0.0 });
    (size < 1.0).then(|| std::array::from_fn(row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use upright_core::plant::{Coulomb, Damping, Link};

    fn laboratory() -> Plant {
        Plant {
            cart_mass: 0.57,
            link1: Link { mass: 0.127, length: 0.2, com: 0.1, inertia: 4.2e-4 },
            link2: Link { mass: 0.097, length: 0.34, com: 0.17, inertia: 9.3e-4 },
            damping: Damping { cart: 4.3, joint1: 0.0024, joint2: 0.0024 },
            coulomb: Coulomb::default(),
            ..Plant::default()
        }
    }

    const ENCODERS: [f64; 3] =
        [3.333333333333334e-11, 1.9609142146685438e-07, 1.9609142146685438e-07];

    #[test]
    fn the_steady_gain_is_that_of_an_independent_solver() {
        let noise =
            Noise { force: 0.5, torques: [0.003, 0.001], wander: 3.0, measurement: ENCODERS };
        let gain = steady_kalman(&laboratory(), 0.002, &noise, true).expect("a gain");
        let expected = [
            [0.7138554634276585, -0.0006308041515247928, 0.0006787592308444909],
            [-3.7108584821906825, 0.08041131140350997, -0.06217888352818777],
            [0.28210739011071634, 0.018232427875322154, 0.10300148728296482],
            [220.87295395402407, -0.23651590984408655, 0.2797919690167207],
            [-1400.2986664424554, 4.0386361796919, -5.625574025738728],
            [257.49407888404875, -1.5897979941977602, 4.563841217152894],
            [12134.323495716846, -12.499902701277447, 14.613596910743862],
        ];
        for (row, expected) in gain.iter().zip(&expected) {
            for (j, (found, expected)) in row.iter().zip(expected).enumerate() {
                // Each column by the size of its largest number.
                let scale = [12134.0, 12.5, 14.6][j];
                assert!((found - expected).abs() < 1e-7 * scale, "{found} is not {expected}");
            }
        }
        let noise = Noise { wander: 0.0, ..noise };
        let gain = steady_kalman(&Plant::default(), 0.001, &noise, true).expect("a gain");
        assert!((gain[4][0] / -113.18954299903254 - 1.0).abs() < 1e-7, "{}", gain[4][0]);
        assert!((gain[5][2] / 0.5651736673966941 - 1.0).abs() < 1e-7, "{}", gain[5][2]);
        assert_eq!(gain[6], [0.0; 3]);
    }

    #[test]
    fn the_poles_of_luenbergers_observer_are_where_they_were_wanted() {
        for relative in [false, true] {
            let (period, speed) = (0.002, 45.0);
            let gain = luenberger(&laboratory(), period, speed, relative).expect("a gain");
            let held = Held::new(&laboratory(), period).expect("a model");
            let gain = DMatrix::from_fn(6, 3, |i, j| gain[i][j]);
            let errors = (DMatrix::identity(6, 6) - gain * measured(6, relative)) * held.a;
            let mut found: Vec<f64> = errors.complex_eigenvalues().iter().map(|p| p.re).collect();
            found.sort_by(|a, b| b.total_cmp(a));
            for (i, found) in found.iter().enumerate() {
                let wanted = (-period * speed * (1.0 + 0.05 * i as f64)).exp();
                // Six poles within a tenth of each other are known to fewer digits.
                assert!((found - wanted).abs() < 1e-6, "{found} is not {wanted}");
            }
        }
    }
}
