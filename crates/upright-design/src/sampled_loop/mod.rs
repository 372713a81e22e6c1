//! The whole sampled loop, linear about upright: plant, hold, lag, delays, estimator with its prediction, and
//! law, in one state.
//!
//! The plant is held exactly over a period, with a first-order lag of the actuator before the hold; delays are
//! stored commands. The estimator is the linear system that it is near upright, with its own copies of the
//! commands under way. The loop is broken between the delay line of the commands and the actuator, which is where
//! a gain margin is a factor of the true input gain. Compare K. J. Åström, B. Wittenmark, Computer-Controlled
//! Systems (1997), chapters 3 to 5.

mod describing;
mod estimate;
mod margins;
mod noise;
mod powers;
mod response;

pub use describing::{LimitCycle, Switching, super_twisting_cycle, switching_cycle};
pub use estimate::Observation;
pub use margins::{Margins, margins, max_sensitivity};
pub use noise::ForceNoise;
pub use response::{Point, Response};

use crate::linear_model::LinearModel;
use crate::observer::{Held, exponential, measured};
use estimate::Estimating;
use nalgebra::{Complex, DMatrix, DVector, RowDVector, Schur};
use upright_core::Plant;
use upright_core::estimator::Timing;

/// The most numbers that the state of a loop may have, delays included; longer ones are not analysed.
const MAX_STATES: usize = 160;
/// Stability limits are known to this share of themselves.
const RELATIVE: f64 = 1e-9;

/// What a loop is made of, but for its law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parts<'a> {
    /// The plant as it is.
    pub plant: &'a Plant,
    /// What the estimator believes of it.
    pub model: &'a Plant,
    /// Clock and delays.
    pub timing: Timing,
    /// Time constant of the actuator in s; zero for none.
    pub lag: f64,
    /// Whether the second encoder sits between the links.
    pub relative: bool,
    /// How the state comes about.
    pub observation: Observation,
    /// Whether it is moved over the delays by the model.
    pub predict: bool,
    /// Variances of what is measured: `x` in m^2, `theta1` and the second angle in rad^2, then of the
    /// velocities, where they are measured, in the same units a second.
    pub variances: [f64; 6],
}

/// How many of its own commands a linear law may look back on.
pub const MAX_PAST: usize = upright_core::estimator::MAX_AHEAD;

/// A linear law: `u = -K x - k I` less gains of its own last commands, with the sum `I` of the cart's position times
/// the period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Feedback {
    /// `K` in state order, in N per unit of the state.
    pub state: [f64; 6],
    /// `k` in N/(m s); zero for none.
    pub integral: f64,
    /// The gains of its last commands, the last one first; zeros where it does not look back.
    pub past: [f64; MAX_PAST],
}

impl Feedback {
    /// The law of a sliding surface with the slope `kappa` in 1/s: the equivalent control less `kappa s`, with
    /// `K = (c A + kappa c) / (c B)`. `beta_min` is the input gain below which the equivalent control is given up.
    pub fn of_surface(model: &Plant, surface: &[f64; 6], beta_min: f64, kappa: f64) -> Self {
        let linear = LinearModel::new(model);
        let c = RowDVector::from_row_slice(surface);
        let dot = |column: usize| (0..6).map(|i| surface[i] * linear.a[(i, column)]).sum::<f64>();
        let beta = (0..6).map(|i| c[i] * linear.b[i]).sum::<f64>();
        let sign = if beta < 0.0 { -1.0 } else { 1.0 };
        let gain = beta.abs().max(beta_min);
        let equivalent = |i| if beta.abs() < beta_min { 0.0 } else { dot(i) / beta };
        let state = std::array::from_fn(|i| equivalent(i) + sign * kappa * surface[i] / gain);
        Self::of_state(state)
    }

    /// State feedback and nothing else, in state order, in N per unit of the state.
    pub fn of_state(state: [f64; 6]) -> Self {
        Self { state, integral: 0.0, past: [0.0; MAX_PAST] }
    }

    /// This law and `share` of the way to `other`; shares beyond 1 go on.
    #[must_use]
    pub fn towards(&self, other: &Self, share: f64) -> Self {
        let mix = |a: f64, b: f64| a + share * (b - a);
        Self {
            state: std::array::from_fn(|i| mix(self.state[i], other.state[i])),
            integral: mix(self.integral, other.integral),
            past: std::array::from_fn(|i| mix(self.past[i], other.past[i])),
        }
    }
}

/// A loop whose law is not chosen yet: what becomes of its state, and what a law would see of it.
///
/// The state is that of the plant (6), the actuator's force where it lags, forces that the sensors have not seen
/// yet, the estimator's own, the last commands, and the law's sum. Lines over state and noise have the state's
/// numbers first.
#[derive(Debug, Clone)]
pub struct OpenLoop {
    period: f64,
    delay: usize,
    /// Numbers of the state.
    n: usize,
    /// What becomes of the state without command or force, by state and noise.
    a: DMatrix<f64>,
    /// By the force that leaves the delay line.
    force: DVector<f64>,
    /// By the command.
    command: DVector<f64>,
    /// The state that the law is given, by state and noise.
    seen: DMatrix<f64>,
    /// The force on the cart that it acts against.
    known: RowDVector<f64>,
    /// Where the last command is kept.
    commands: usize,
    /// Where the law's sum is kept.
    sum: usize,
    variances: Vec<f64>,
}

/// A row over state and noise that picks one number.
fn unit(width: usize, at: usize) -> RowDVector<f64> {
    let mut row = RowDVector::zeros(width);
    row[at] = 1.0;
    row
}

impl OpenLoop {
    /// The loop of `parts`; nothing where the mass matrix cannot be solved, or where the delays are too long to be
    /// looked at.
    pub fn new(parts: &Parts<'_>) -> Option<Self> {
        let Parts { plant, model, timing, lag, relative, observation, predict, variances } = *parts;
        let Timing { period, delay, late, .. } = timing;
        let ahead = timing.ahead();
        let own = match observation {
            Observation::State => 0,
            Observation::Differences { .. } => 6,
            Observation::Gain { force, .. } => 6 + usize::from(force),
            Observation::ExtendedState { .. } => 9,
        };
        let kept = delay.max(ahead + 1).max(2);
        let lags = usize::from(lag > 0.0);
        let outputs = if own == 0 { 6 } else { 3 };
        // Sensors that are late see the plant under forces that are as late: the loop is the same.
        let line = 6 + lags;
        let estimator = line + late;
        let commands = estimator + own;
        let sum = commands + kept;
        let n = sum + 1;
        if n > MAX_STATES {
            return None;
        }
        let width = n + outputs;
        let held = Held::new(model, period)?;

        // What arrives of the measurement.
        let mut y = DMatrix::zeros(outputs, width);
        if outputs == 6 {
            y.view_mut((0, 0), (6, 6)).fill_with_identity();
        } else {
            y.view_mut((0, 0), (3, 3)).copy_from(&measured(3, relative));
        }
        for i in 0..outputs {
            y[(i, n + i)] = 1.0;
        }
        // The same with both angles absolute.
        let mut absolute = y.clone();
        if relative && outputs == 3 {
            let sum = y.row(1) + y.row(2);
            absolute.row_mut(2).copy_from(&sum);
        }
        let past = |age: usize| unit(width, commands + age);

        // The model with its unknown force, as far as there is one.
        let size = if let Observation::Gain { force: true, .. } = observation { 7 } else { 6 };
        let mut a_model = DMatrix::identity(size, size);
        a_model.view_mut((0, 0), (6, 6)).copy_from(&held.a);
        let mut b_model = DVector::zeros(size);
        b_model.rows_mut(0, 6).copy_from(&held.g.column(0));
        if size == 7 {
            a_model.view_mut((0, 6), (6, 1)).copy_from(&held.g.column(0));
        }

        let estimating = Estimating {
            model,
            period,
            relative,
            y: &y,
            absolute: &absolute,
            a: &a_model,
            b: &b_model,
            arrived: &past(ahead),
            own: estimator,
        };
        let (z, keep) = estimating.estimate(&observation);
        let mut seen = z.clone();
        if predict {
            for j in 0..ahead {
                seen = &a_model * seen + &b_model * past(ahead - 1 - j);
            }
        }
        let known = match observation {
            Observation::Gain { force: true, compensate: true, .. } => z.row(6).into_owned(),
            _ => RowDVector::zeros(width),
        };

        // What becomes of it all.
        let mut a = DMatrix::zeros(n, width);
        let mut force = DVector::zeros(n);
        let mut command = DVector::zeros(n);
        let driven = driven(plant, period, lag);
        let count = 6 + lags;
        a.view_mut((0, 0), (count, count)).copy_from(&driven.view((0, 0), (count, count)));
        let input = driven.view((0, count), (count, 1)).into_owned();
        if late == 0 {
            force.rows_mut(0, count).copy_from(&input);
        } else {
            a.view_mut((0, line + late - 1), (count, 1)).copy_from(&input);
            force[line] = 1.0;
            for i in 1..late {
                a[(line + i, line + i - 1)] = 1.0;
            }
        }
        a.rows_mut(estimator, own).copy_from(&keep);
        command[commands] = 1.0;
        for i in 1..kept {
            a[(commands + i, commands + i - 1)] = 1.0;
        }
        let mut next = unit(width, sum);
        next += seen.row(0) * period;
        a.row_mut(sum).copy_from(&next);
        let variances = variances[..outputs].to_vec();
        let seen = seen.rows(0, 6).into_owned();
        Some(Self { period, delay, n, a, force, command, seen, known, commands, sum, variances })
    }

    /// The standard deviation of `row x`, of the state x that `law` is given, under the noise of the sensors; nothing
    /// where the loop is not stable.
    pub fn seen_deviation(&self, law: &Feedback, row: &[f64; 6]) -> Option<f64> {
        let covariance = self.under(law).covariance()?;
        let mut seen = RowDVector::zeros(self.seen.ncols());
        for (i, factor) in row.iter().enumerate() {
            seen += self.seen.row(i) * *factor;
        }
        let of_state = seen.columns(0, self.n).into_owned();
        let mut variance = (&of_state * covariance * of_state.transpose())[0];
        for (factor, own) in seen.iter().skip(self.n).zip(&self.variances) {
            variance += factor * factor * own;
        }
        Some(variance.max(0.0).sqrt())
    }

    /// The loop under a law.
    pub fn under(&self, law: &Feedback) -> SampledLoop {
        let mut answer = -&self.known;
        for (i, gain) in law.state.iter().enumerate() {
            answer -= self.seen.row(i) * *gain;
        }
        answer[self.sum] -= law.integral;
        let kept = self.sum - self.commands;
        for (age, gain) in law.past.iter().take(kept).enumerate() {
            answer[self.commands + age] -= gain;
        }
        let mut whole = &self.a + &self.command * &answer;
        if law.integral == 0.0 {
            // Without a gain there is no such state.
            whole.row_mut(self.sum).fill(0.0);
        }
        let n = self.n;
        let leaves = match self.delay {
            0 => answer.clone(),
            delay => unit(answer.len(), self.commands + delay - 1),
        };
        SampledLoop {
            period: self.period,
            a: whole.columns(0, n).into_owned(),
            noise: whole.columns(n, whole.ncols() - n).into_owned(),
            force: self.force.clone(),
            leaves: leaves.columns(0, n).into_owned(),
            leaving_noise: leaves.columns(n, leaves.len() - n).into_owned(),
            commands: self.commands,
            variances: self.variances.clone(),
        }
    }
}

/// What a period does to the plant and the force of its actuator under a command that is held: the last column is
/// the command's.
fn driven(plant: &Plant, period: f64, lag: f64) -> DMatrix<f64> {
    let model = LinearModel::new(plant);
    let lags = usize::from(lag > 0.0);
    let n = 7 + lags;
    let mut whole = DMatrix::zeros(n, n);
    whole.view_mut((0, 0), (6, 6)).copy_from(&(model.a * period));
    whole.view_mut((0, 6), (6, 1)).copy_from(&(model.b * period));
    if lags == 1 {
        whole[(6, 6)] = -period / lag;
        whole[(6, 7)] = period / lag;
    }
    exponential(&whole)
}

/// A loop under a law: what becomes of its state while it is broken at the actuator, and what closes it.
#[derive(Debug, Clone)]
pub struct SampledLoop {
    period: f64,
    /// What becomes of the state without force.
    a: DMatrix<f64>,
    /// By the noise of what is measured.
    noise: DMatrix<f64>,
    /// By the force that enters the actuator.
    force: DVector<f64>,
    /// What leaves the delay line, by the state.
    leaves: RowDVector<f64>,
    /// The same by the noise, where nothing delays it.
    leaving_noise: RowDVector<f64>,
    commands: usize,
    variances: Vec<f64>,
}

impl SampledLoop {
    /// The control period in s.
    pub fn period(&self) -> f64 {
        self.period
    }

    /// What becomes of the state in a period where `gain` times what leaves the delay line enters the actuator.
    fn closed(&self, gain: f64) -> DMatrix<f64> {
        &self.a + &self.force * &self.leaves * gain
    }

    /// The spectral radius of the closed loop: the factor by which its slowest motion shrinks in a period, at best
    /// below 1.
    pub fn spectral_radius(&self) -> f64 {
        powers::spectral_radius(self.closed(1.0))
    }

    /// Whether everything dies in it with `gain` times the input gain.
    pub fn is_stable(&self, gain: f64) -> bool {
        powers::is_stable(self.closed(gain))
    }

    /// The poles of the closed loop, largest first; nothing where they were not found.
    pub fn poles(&self) -> Option<Vec<Complex<f64>>> {
        let closed = self.closed(1.0);
        if !closed.iter().all(|x| x.is_finite()) {
            return None;
        }
        let schur = Schur::try_new(closed, f64::EPSILON, 100_000)?;
        let mut poles: Vec<Complex<f64>> = schur.complex_eigenvalues().iter().copied().collect();
        poles.sort_by(|a, b| b.norm_sqr().total_cmp(&a.norm_sqr()).then(b.im.total_cmp(&a.im)));
        Some(poles)
    }
}

/// The limit of stability of a family of laws: the largest slope, and the angular frequency at which the loop
/// oscillates there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlopeLimit {
    /// The largest slope in 1/s under which everything dies.
    pub kappa: f64,
    /// The frequency of the pole that leaves the unit circle there, in rad/s.
    pub frequency: f64,
}

/// The largest slope in 1/s, of the law that is `at` of it, with which the loop is stable; nothing where it is
/// stable with none.
pub fn slope_limit(parts: &OpenLoop, at: impl Fn(f64) -> Feedback) -> Option<SlopeLimit> {
    const STEP: f64 = 1.1;
    let stable = |kappa: f64| parts.under(&at(kappa)).is_stable(1.0);
    let mut above = 30.0 / parts.period;
    let mut below = above;
    while !stable(below) {
        above = below;
        below /= STEP;
        if below < 1e-3 {
            return None;
        }
    }
    while above - below > RELATIVE * above {
        let middle = 0.5 * (above + below);
        if stable(middle) {
            below = middle;
        } else {
            above = middle;
        }
    }
    let poles = parts.under(&at(below)).poles()?;
    // Slow motion of the surface may be as large to many digits; what leaves does so the nearest to the circle.
    let critical = poles
        .iter()
        .min_by(|a, b| (a.norm_sqr() - 1.0).abs().total_cmp(&(b.norm_sqr() - 1.0).abs()))?;
    let frequency = libm::atan2(critical.im.abs(), critical.re) / parts.period;
    Some(SlopeLimit { kappa: below, frequency })
}
