//! The extended Kalman filter: the plant's own model, and a gain that follows the state.
//!
//! Compare A. Gelb (ed.), Applied Optimal Estimation (1974). The covariance goes through the derivative of the
//! Runge-Kutta step itself, and is made symmetric at every correction: without that it diverges within seconds on
//! a plant that is not stable.

use super::timing::{Extended, Outlook};
use super::{Compensation, Estimator, Timing};
use crate::plant::{Coulomb, Drag, Dynamics, Full, Plant, Rigid, State, Symmetric, Vector};
use crate::real::{Kernel, Mask, Real};

/// What a Kalman filter assumes of the noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoiseModel {
    /// Covariance of what a period adds to the six states, in state order, and to the unknown force in N.
    pub process: [[f64; 7]; 7],
    /// Variances of the measured `x` in m^2, `theta1` and second angle in rad^2, above zero.
    pub measurement: [f64; 3],
    /// Whether there is an unknown force.
    pub force: bool,
}

type Matrix<R> = [[R; 7]; 7];

/// Variances at the start, of positions, velocities and force: where the pendulum is was measured, how it moves
/// was not.
const START: [f64; 7] = [1e-5, 1e-5, 1e-5, 0.1, 0.1, 0.1, 4.0];

/// The extended Kalman filter, for any number. What it shows, and how it starts, is as of
/// [`FixedGain`](super::FixedGain).
#[derive(Debug, Clone, Copy)]
pub struct ExtendedKalman<R: Real> {
    outlook: Outlook<R>,
    rigid: Rigid<R>,
    process: Matrix<R>,
    measurement: [R; 3],
    force: bool,
    relative: bool,
    predict: bool,
    compensation: Compensation<R>,
    after: Extended<R>,
    covariance: Matrix<R>,
    shown: State<R>,
    known: R,
    fresh: R::Mask,
    /// The lanes whose next measurement is still their first one.
    held: R::Mask,
}

impl<R: Real> ExtendedKalman<R> {
    /// `model` is what the estimator believes of the plant, of which it takes the rigid bodies and the viscous
    /// friction; the rest is as of [`FixedGain::new`](super::FixedGain::new).
    pub fn new(
        model: &Plant,
        timing: &Timing,
        noise: &NoiseModel,
        relative: bool,
        predict: bool,
        compensation: Compensation<R>,
    ) -> Self {
        let mut bodies = *model;
        bodies.coulomb = Coulomb::default();
        bodies.drag = Drag::default();
        Self {
            outlook: Outlook::new(Full::new(&bodies), timing),
            rigid: Rigid::new(&bodies),
            process: noise.process.map(|row| row.map(R::of)),
            measurement: noise.measurement.map(R::of),
            force: noise.force,
            relative,
            predict,
            compensation,
            after: [R::zero(); 7],
            covariance: [[R::zero(); 7]; 7],
            shown: [R::zero(); 6],
            known: R::zero(),
            fresh: Mask::splat(true),
            held: Mask::splat(false),
        }
    }

    /// What the last measurement has shown: the state, and the unknown force in N.
    pub fn corrected(&self) -> &[R; 7] {
        &self.after
    }

    /// Its covariance.
    pub fn covariance(&self) -> &[[R; 7]; 7] {
        &self.covariance
    }
}

impl<R: Real> Estimator<R> for ExtendedKalman<R> {
    #[inline(always)]
    fn estimate<'a>(&'a mut self, measured: &'a State<R>) -> &'a State<R> {
        R::run(Step { filter: self, measured });
        &self.shown
    }

    #[inline(always)]
    fn commanded(&mut self, force: R) {
        self.outlook.commanded(force);
    }

    #[inline(always)]
    fn known_force(&self) -> R {
        self.known
    }

    fn reset_lanes(&mut self, lanes: R::Mask) {
        self.fresh = self.fresh | lanes;
        self.held = self.held & !lanes;
        self.outlook.reset_lanes(lanes);
    }
}

/// A step of the state, and of what six small changes of it become: of both angles, the three velocities and
/// the force. A change of `x` stays what it is.
struct Varied<'a, R> {
    rigid: &'a Rigid<R>,
    period: R,
    from: &'a Extended<R>,
    force: R,
}

/// A state and six changes of it.
type Bundle<R> = [State<R>; 7];

impl<R: Real> Varied<'_, R> {
    /// How fast state and changes move.
    #[inline(always)]
    fn rates(&self, at: &Bundle<R>) -> Bundle<R> {
        let held = [self.force + self.from[6], R::zero(), R::zero()];
        let acceleration: Vector<R> = self.rigid.acceleration(&at[0], &held);
        let slopes = self.rigid.acceleration_slopes(&at[0], &acceleration);
        let mut rates = [[R::zero(); 6]; 7];
        rates[0] =
            [at[0][3], at[0][4], at[0][5], acceleration[0], acceleration[1], acceleration[2]];
        let mut column = 1;
        while column < 7 {
            let change = at[column];
            let mut i = 0;
            while i < 3 {
                rates[column][i] = change[3 + i];
                let mut sum = slopes[0][i] * change[1] + slopes[1][i] * change[2];
                sum = sum + slopes[2][i] * change[3] + slopes[3][i] * change[4];
                sum = sum + slopes[4][i] * change[5];
                if column == 6 {
                    sum = sum + slopes[5][i];
                }
                rates[column][3 + i] = sum;
                i += 1;
            }
            column += 1;
        }
        rates
    }

    #[inline(always)]
    fn moved(at: &Bundle<R>, by: R, rates: &Bundle<R>) -> Bundle<R> {
        let mut moved = *at;
        let mut column = 0;
        while column < 7 {
            let mut i = 0;
            while i < 6 {
                moved[column][i] = at[column][i] + by * rates[column][i];
                i += 1;
            }
            column += 1;
        }
        moved
    }
}

impl<R: Real> Kernel for Varied<'_, R> {
    type Output = Bundle<R>;
    #[inline(always)]
    fn run(self) -> Bundle<R> {
        let [x, theta1, theta2, v, w1, w2, _] = *self.from;
        let (zero, one) = (R::zero(), R::one());
        let mut start = [[zero; 6]; 7];
        start[0] = [x, theta1, theta2, v, w1, w2];
        let mut column = 1;
        while column < 6 {
            start[column][column] = one;
            column += 1;
        }
        let half = R::of(0.5) * self.period;
        let k1 = self.rates(&start);
        let k2 = self.rates(&Self::moved(&start, half, &k1));
        let k3 = self.rates(&Self::moved(&start, half, &k2));
        let k4 = self.rates(&Self::moved(&start, self.period, &k3));
        let sixth = R::of(1.0 / 6.0) * self.period;
        let mut end = start;
        let mut column = 0;
        while column < 7 {
            let mut i = 0;
            while i < 6 {
                let middle = k2[column][i] + k3[column][i];
                let sum = k1[column][i] + (middle + middle) + k4[column][i];
                end[column][i] = start[column][i] + sixth * sum;
                i += 1;
            }
            column += 1;
        }
        end
    }
}

/// `F P F' + Q`, where the columns of `F` are those of a step's changes.
#[inline(always)]
fn spread<R: Real>(end: &Bundle<R>, p: &Matrix<R>, q: &Matrix<R>) -> Matrix<R> {
    // F times the column `c`: x changes alone, the force stays.
    let mut fp = [[R::zero(); 7]; 7];
    let mut j = 0;
    while j < 7 {
        let mut i = 0;
        while i < 6 {
            let mut sum = end[1][i] * p[1][j] + end[2][i] * p[2][j];
            sum = sum + end[3][i] * p[3][j] + end[4][i] * p[4][j];
            sum = sum + end[5][i] * p[5][j] + end[6][i] * p[6][j];
            fp[i][j] = if i == 0 { sum + p[0][j] } else { sum };
            i += 1;
        }
        fp[6][j] = p[6][j];
        j += 1;
    }
    let mut spread = *q;
    let mut row = 0;
    while row < 7 {
        let of = fp[row];
        let mut i = 0;
        while i < 6 {
            let mut sum = end[1][i] * of[1] + end[2][i] * of[2];
            sum = sum + end[3][i] * of[3] + end[4][i] * of[4];
            sum = sum + end[5][i] * of[5] + end[6][i] * of[6];
            let sum = if i == 0 { sum + of[0] } else { sum };
            spread[row][i] = spread[row][i] + sum;
            i += 1;
        }
        spread[row][6] = spread[row][6] + of[6];
        row += 1;
    }
    spread
}

struct Step<'a, R: Real> {
    filter: &'a mut ExtendedKalman<R>,
    measured: &'a State<R>,
}

impl<R: Real> Kernel for Step<'_, R> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { filter, measured } = self;
        let (zero, fresh, held) = (R::zero(), filter.fresh, filter.held);
        let outlook = &filter.outlook;
        let varied = Varied {
            rigid: &filter.rigid,
            period: outlook.period,
            from: &filter.after,
            force: outlook.arrived(),
        };
        let end = R::run(varied);
        let mut p = spread(&end, &filter.covariance, &filter.process);
        let [x, theta1, theta2, ..] = *measured;
        let start = [x, theta1, theta2, zero, zero, zero, zero];
        let mut z = filter.after;
        let mut i = 0;
        while i < 7 {
            let moved = if i < 6 { end[0][i] } else { z[6] };
            z[i] = R::select(fresh, start[i], R::select(held, z[i], moved));
            let mut j = 0;
            while j < 7 {
                let first = if i == j && (i < 6 || filter.force) { START[i] } else { 0.0 };
                let kept = R::select(held, filter.covariance[i][j], p[i][j]);
                p[i][j] = R::select(fresh, R::of(first), kept);
                j += 1;
            }
            i += 1;
        }
        filter.fresh = Mask::splat(false);

        // Rows of H P, then of H P H' + R.
        let mut hp = [p[0], p[1], p[2]];
        if filter.relative {
            let mut j = 0;
            while j < 7 {
                hp[2][j] = p[2][j] - p[1][j];
                j += 1;
            }
        }
        let second = if filter.relative { hp[2][2] - hp[2][1] } else { hp[2][2] };
        let cross = |row: [R; 7]| if filter.relative { row[2] - row[1] } else { row[2] };
        let [r0, r1, r2] = filter.measurement;
        let s = Symmetric {
            upper: [
                hp[0][0] + r0,
                hp[0][1],
                cross(hp[0]),
                hp[1][1] + r1,
                cross(hp[1]),
                second + r2,
            ],
        };
        let deviation = super::innovation(measured, &z, filter.relative);
        let weighted = s.solve(&deviation);
        let mut gain = [[zero; 3]; 7];
        let mut i = 0;
        while i < 7 {
            let column = [hp[0][i], hp[1][i], hp[2][i]];
            gain[i] = s.solve(&column);
            z[i] = z[i]
                + (column[0] * weighted[0] + column[1] * weighted[1] + column[2] * weighted[2]);
            i += 1;
        }
        let mut corrected = p;
        let mut i = 0;
        while i < 7 {
            let [a, b, c] = gain[i];
            let mut j = 0;
            while j < 7 {
                corrected[i][j] = p[i][j] - (a * hp[0][j] + b * hp[1][j] + c * hp[2][j]);
                j += 1;
            }
            i += 1;
        }
        let half = R::of(0.5);
        let mut i = 0;
        while i < 7 {
            let mut j = 0;
            while j < 7 {
                filter.covariance[i][j] = half * (corrected[i][j] + corrected[j][i]);
                j += 1;
            }
            i += 1;
        }
        filter.after = z;
        let ahead = if filter.predict { filter.outlook.ahead } else { 0 };
        let (_, [x, theta1, theta2, v, w1, w2, f]) = filter.outlook.predict(&z, ahead);
        filter.shown = [x, theta1, theta2, v, w1, w2];
        filter.known = filter.compensation.known(f, v);
        filter.held = filter.outlook.waits();
        filter.outlook.tick();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_changes_of_a_step_are_those_of_the_step() {
        let rigid = Rigid::<f64>::new(&Plant::default());
        let from = [0.1, 0.4, -0.7, 0.3, 1.5, -2.0, 0.8];
        let step =
            |from: &Extended<f64>| Varied { rigid: &rigid, period: 0.01, from, force: 3.0 }.run();
        let end = step(&from);
        for column in 1..7 {
            let h = 1e-5;
            let (mut up, mut down) = (from, from);
            up[column] += h;
            down[column] -= h;
            let (up, down) = (step(&up)[0], step(&down)[0]);
            for i in 0..6 {
                let slope = (up[i] - down[i]) / (2.0 * h);
                // Central differences: h^2 and 1e-16 / h of the numbers, which are of the size of one.
                assert!((end[column][i] - slope).abs() < 1e-8, "{column} {i}");
            }
        }
    }
}
