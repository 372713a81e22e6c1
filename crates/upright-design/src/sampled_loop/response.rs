//! Frequency responses of the broken loop.
//!
//! The matrix is brought to Hessenberg form once; each frequency then costs a square of its size.

use super::SampledLoop;
use nalgebra::{Complex, DMatrix, DVector, Hessenberg, RowDVector};

/// The broken loop at one frequency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Angular frequency in rad/s.
    pub frequency: f64,
    /// The loop `L`: what leaves the delay line, turned round, by the force that enters the actuator.
    pub open: Complex<f64>,
}

impl Point {
    /// The sensitivity `1 / (1 + L)`.
    pub fn sensitivity(&self) -> Complex<f64> {
        Complex::new(1.0, 0.0) / (self.open + 1.0)
    }
}

/// A loop made ready for many frequencies.
#[derive(Debug, Clone)]
pub struct Response {
    period: f64,
    matrix: DMatrix<f64>,
    input: DVector<f64>,
    output: RowDVector<f64>,
}

impl Response {
    /// The response of a loop that is broken between delay line and actuator.
    pub fn new(of: &SampledLoop) -> Self {
        let (q, matrix) = Hessenberg::new(of.a.clone()).unpack();
        Self {
            period: of.period,
            input: q.transpose() * &of.force,
            output: &of.leaves * &q,
            matrix,
        }
    }

    /// The loop at an angular frequency in rad/s, up to half the control frequency.
    pub fn at(&self, frequency: f64) -> Point {
        let (sin, cos) = upright_core::elementary::sin_cos(frequency * self.period);
        let z = Complex::new(cos, sin);
        let n = self.matrix.nrows();
        let mut rows: Vec<Vec<Complex<f64>>> = (0..n)
            .map(|i| {
                let first = i.saturating_sub(1);
                let entry = |j: usize| {
                    let own = if i == j { z } else { Complex::new(0.0, 0.0) };
                    if j < first { Complex::new(0.0, 0.0) } else { own - self.matrix[(i, j)] }
                };
                (0..n).map(entry).collect()
            })
            .collect();
        let mut right: Vec<Complex<f64>> =
            self.input.iter().map(|&x| Complex::new(x, 0.0)).collect();
        for k in 0..n.saturating_sub(1) {
            if rows[k + 1][k].norm_sqr() > rows[k][k].norm_sqr() {
                rows.swap(k, k + 1);
                right.swap(k, k + 1);
            }
            let (above, below) = rows.split_at_mut(k + 1);
            let (pivot, row) = (&above[k], &mut below[0]);
            if row[k].norm_sqr() == 0.0 {
                continue;
            }
            let factor = row[k] / pivot[k];
            for (entry, above) in row[k..].iter_mut().zip(&pivot[k..]) {
                *entry -= factor * above;
            }
            right[k + 1] = right[k + 1] - factor * right[k];
        }
        for i in (0..n).rev() {
            let mut rest = right[i];
            for j in i + 1..n {
                rest -= rows[i][j] * right[j];
            }
            right[i] = rest / rows[i][i];
        }
        let through: Complex<f64> = self
            .output
            .iter()
            .zip(&right)
            .map(|(&c, x)| *x * c)
            .fold(Complex::new(0.0, 0.0), |s, x| s + x);
        Point { frequency, open: -through }
    }

    /// The loop at `count` frequencies up to half the control frequency, evenly spaced in their logarithms over
    /// four decades.
    pub fn sweep(&self, count: usize) -> Vec<Point> {
        let top = std::f64::consts::PI / self.period;
        let decades = 4.0 * std::f64::consts::LN_10;
        (0..count)
            .map(|i| {
                let share = (i + 1) as f64 / count as f64;
                self.at(top * libm::exp(decades * (share - 1.0)))
            })
            .collect()
    }
}
