//! A log in segments, each with initial values of its own, simulated and compared with what was measured.

use crate::log::{Drive, Log, LogSample};
use crate::parameters::{ALL, Moving, Parameter, Parameters, STATES};
use crate::tangent::Tangent;
use nalgebra::{DMatrix, DVector};
use std::f64::consts::PI;
use upright_core::{Real, State};

/// Samples on each side of a segment's start through which a parabola is laid, to begin with: the most, as far as they
/// are within so many s, and the fewest.
const PARABOLA: usize = 15;
const PARABOLA_TIME: f64 = 0.1;
const FEWEST: usize = 2;
/// Integration steps are at most so long, in s.
const STEP: f64 = 0.002;
/// Both links within this of upright, in rad, are upright.
const NEAR: f64 = 0.5;
/// Segments in s, hanging and upright: what is unstable must be cut short.
const HANGING: f64 = 1.0;
const UPRIGHT: f64 = 0.3;

/// A part of a log that is simulated in one go.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    samples: Vec<LogSample>,
    relative: bool,
    drive: Drive,
    /// The state at its start.
    pub(crate) start: State<f64>,
}

/// Samples of a segment, at least: three encoders say 24 numbers, of which six are its initial values.
const SAMPLES: usize = 8;

/// Cuts a log into segments of about `length` s, or what its motion asks for; longer ones where the log is too coarse.
pub(crate) fn cut(log: &Log, length: Option<f64>) -> Vec<Segment> {
    let near = |angle: f64| libm::remainder(angle, 2.0 * PI).abs() < NEAR;
    let upright = log.samples.iter().all(|sample| {
        let [_, theta1, second] = sample.output;
        near(theta1) && near(if log.relative { theta1 + second } else { second })
    });
    let length = length.unwrap_or(if upright { UPRIGHT } else { HANGING });
    let last = log.samples.len() - 1;
    let count = ((log.duration() / length).round() as usize).clamp(1, (last / SAMPLES).max(1));
    (0..count)
        .map(|i| {
            let (from, to) = (i * last / count, (i + 1) * last / count);
            Segment {
                samples: log.samples[from..to].to_vec(),
                relative: log.relative,
                drive: log.drive(),
                start: begin(log, from),
            }
        })
        .collect()
}

/// A first guess of the state at sample `at`: parabolas through its neighbours.
fn begin(log: &Log, at: usize) -> State<f64> {
    let period = log.duration() / (log.samples.len() - 1) as f64;
    let reach = ((PARABOLA_TIME / period) as usize).clamp(FEWEST, PARABOLA);
    let from = at.saturating_sub(reach);
    let to = (at + reach + 1).min(log.samples.len());
    let near = &log.samples[from..to];
    let time = log.samples[at].time;
    let mut state = [0.0; 6];
    for quantity in 0..3 {
        let rows = DMatrix::from_fn(near.len(), 3, |k, power| {
            libm::pow(near[k].time - time, power as f64)
        });
        let values = DVector::from_fn(near.len(), |k, _| near[k].output[quantity]);
        let laid = (rows.transpose() * &rows).lu().solve(&(rows.transpose() * values));
        if let Some(laid) = laid {
            (state[quantity], state[3 + quantity]) = (laid[0], laid[1]);
        }
    }
    if log.relative {
        state[2] += state[1];
        state[5] += state[4];
    }
    state
}

impl Segment {
    /// Residuals that it has, three a sample.
    fn len(&self) -> usize {
        3 * self.samples.len()
    }

    /// Numbers that it compares: a cart that is clamped has none.
    pub(crate) fn compared(&self) -> usize {
        let encoders = if self.drive == Drive::Clamped { 2 } else { 3 };
        encoders * self.samples.len()
    }

    /// What the encoders should have said less what they said, in counts of `quanta`, sample by sample.
    pub(crate) fn residuals(
        &self,
        parameters: &Parameters,
        start: &State<f64>,
        quanta: &[f64; 3],
    ) -> DVector<f64> {
        self.simulated(parameters, start, quanta, STEP)
    }

    /// What the residuals lack of those of a simulation in steps of zero. Friction that sticks makes the error one of
    /// the first order in the step, so that it is twice what half the step changes.
    pub(crate) fn error_of_step(&self, parameters: &Parameters, quanta: &[f64; 3]) -> DVector<f64> {
        let simulated = |step| self.simulated(parameters, &self.start, quanta, step);
        2.0 * (simulated(0.5 * STEP) - simulated(STEP))
    }

    /// Residuals of a simulation in steps of at most `step` s.
    fn simulated(
        &self,
        parameters: &Parameters,
        start: &State<f64>,
        quanta: &[f64; 3],
        step: f64,
    ) -> DVector<f64> {
        let mut residuals = DVector::zeros(self.len());
        let moving = parameters.motion(self.drive);
        self.compare(&moving, start, quanta, step, |place, residual| residuals[place] = residual);
        residuals
    }

    /// Simulates from `start` in steps of at most `step` s, and gives each residual with its place.
    fn compare<R: Real>(
        &self,
        moving: &Moving<R>,
        start: &State<R>,
        quanta: &[f64; 3],
        step: f64,
        mut told: impl FnMut(usize, R),
    ) {
        let mut state = *start;
        for (k, sample) in self.samples.iter().enumerate() {
            let second = if self.relative { state[2] - state[1] } else { state[2] };
            let said = [state[0], state[1], second];
            for i in usize::from(self.drive == Drive::Clamped)..3 {
                told(3 * k + i, (said[i] - R::of(sample.output[i])) / R::of(quanta[i]));
            }
            let Some(next) = self.samples.get(k + 1) else { break };
            let span = next.time - sample.time;
            // Times are rounded: a period that is a step but for the last digits is one.
            let steps = (span / step - 1e-6).ceil().max(1.0);
            let held = moving.forces(sample);
            for _ in 0..steps as usize {
                state = moving.motion.step(false, &state, R::of(span / steps), [&held; 3]).state;
            }
        }
    }

    /// Residuals at its start, and their derivatives by the logarithms of `free` parameters and by the initial values:
    /// those that the simulation itself carries along.
    pub(crate) fn linearise(
        &self,
        parameters: &Parameters,
        free: &[Parameter],
        quanta: &[f64; 3],
    ) -> Linear {
        let mut linear = Linear {
            residuals: DVector::zeros(self.len()),
            by_parameters: DMatrix::zeros(self.len(), free.len()),
            by_start: DMatrix::zeros(self.len(), 6),
        };
        // Where no parameter is free, nothing is carried along for them.
        if free.is_empty() {
            self.differentiate::<STATES>(parameters, free, quanta, &mut linear);
        } else {
            self.differentiate::<ALL>(parameters, free, quanta, &mut linear);
        }
        linear
    }

    fn differentiate<const N: usize>(
        &self,
        parameters: &Parameters,
        free: &[Parameter],
        quanta: &[f64; 3],
        linear: &mut Linear,
    ) {
        let moving = parameters.differentiated::<N>(self.drive);
        let start = std::array::from_fn(|i| Tangent::variable(self.start[i], i, 1.0));
        self.compare(&moving, &start, quanta, STEP, |place, residual: Tangent<N>| {
            linear.residuals[place] = residual.value;
            for i in 0..STATES {
                linear.by_start[(place, i)] = residual.slope[i];
            }
            for (column, parameter) in free.iter().enumerate() {
                linear.by_parameters[(place, column)] =
                    residual.slope[STATES + *parameter as usize];
            }
        });
    }

    /// Times in s of its samples, with the residual of each output in counts.
    pub(crate) fn told(&self, residuals: &DVector<f64>) -> Vec<[f64; 4]> {
        let rows = self.samples.iter().enumerate();
        rows.map(|(k, sample)| {
            [sample.time, residuals[3 * k], residuals[3 * k + 1], residuals[3 * k + 2]]
        })
        .collect()
    }
}

/// Residuals of a segment and their derivatives.
pub(crate) struct Linear {
    pub(crate) residuals: DVector<f64>,
    pub(crate) by_parameters: DMatrix<f64>,
    pub(crate) by_start: DMatrix<f64>,
}
