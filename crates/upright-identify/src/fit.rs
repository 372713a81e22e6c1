//! Least squares over all segments: the parameters, which all have in common, and the initial values of each.

use crate::equations::{Normal, inverse, normal, refine, segments, squares};
use crate::log::Log;
use crate::mistake::{Mistake, mistaken};
use crate::parameters::{Parameter, Parameters};
use crate::segments::Segment;
use nalgebra::{DMatrix, DVector, SymmetricEigen, Vector6};

/// Iterations at most.
const ITERATIONS: usize = 60;
/// Pieces in s by which the search begins, and iterations at most over each.
const SHORTER: [f64; 3] = [0.1, 0.25, 0.5];
const LED: usize = 12;
/// A relative change of the sum of squares that ends them.
const STILL: f64 = 1e-5;
/// The variance in counts that ends them too: what a simulation wrote can be followed to its last digits, to no purpose.
const EXACT: f64 = 1e-6;
/// A step that is shorter than so many standard deviations ends them as well.
const SHORT: f64 = 0.01;
/// Only where it is damped no more than this: much damping makes any step short.
const HARDLY_DAMPED: f64 = 1e-2;
/// Above so many counts, root mean square, the model does not explain a log.
pub const EXPLAINED: f64 = 3.0;
/// Standard deviations, relative, above which a parameter is not determined.
const DETERMINED: f64 = 0.25;
/// The variance of what rounding to a whole count changes, in counts.
const ROUNDED: f64 = 1.0 / 12.0;
/// What a quiet Coulomb or viscous coefficient starts from, which has no logarithm at zero: a share of its scale.
const LEAST: f64 = 1e-6;

/// How logs are fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitOptions {
    /// Resolutions of cart in m and of both angles in rad.
    pub quanta: [f64; 3],
    /// Length of the segments in s; as the motion asks where absent.
    pub segment: Option<f64>,
}

/// A parameter that was fitted.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Fitted {
    /// Which.
    pub parameter: Parameter,
    /// Its value in SI units.
    pub value: f64,
    /// What the model said of it.
    pub before: f64,
    /// Relative standard deviation: of the noise of the encoders and of the error of the simulation's steps.
    pub deviation: f64,
    /// The interval of 95 %.
    pub interval: [f64; 2],
    /// Whether the logs determine it, to a quarter of its value.
    pub determined: bool,
}

/// The residuals of one log.
#[derive(Debug, Clone, PartialEq)]
pub struct Residuals {
    /// What the log is called.
    pub name: String,
    /// Root mean square in counts; 0.29 is that of perfect encoders.
    pub rms: f64,
    /// Time in s, and the residuals of the cart and both angles in counts.
    pub rows: Vec<[f64; 4]>,
}

/// What came of a fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// All parameters, the held ones included.
    pub parameters: Parameters,
    /// Those that were fitted.
    pub fitted: Vec<Fitted>,
    /// Those that were held, and why.
    pub held: Vec<(Parameter, &'static str)>,
    /// Correlations of the fitted ones, row by row.
    pub correlations: Vec<Vec<f64>>,
    /// Condition number of the scaled normal equations.
    pub condition: f64,
    /// The combination of logarithms that is determined worst, in the order of `fitted`, of length one, and its
    /// standard deviation.
    pub worst: (Vec<f64>, f64),
    /// Root mean square of all residuals in counts.
    pub rms: f64,
    /// Log by log.
    pub residuals: Vec<Residuals>,
    /// Whether the iterations came to rest.
    pub converged: bool,
    /// A sign in a log that is turned round, by what the first look at it says: `u`, `theta1` or the second angle.
    pub reversed: Option<&'static str>,
    /// Whether the two angles seem to stand in each other's columns, by the same look.
    pub swapped: bool,
}

impl Fit {
    /// Whether the model explains the logs.
    pub fn explains(&self) -> bool {
        self.rms <= EXPLAINED
    }
}

/// What is fitted, and what is held for which reason.
fn choose(logs: &[Log]) -> (Vec<Parameter>, Vec<(Parameter, &'static str)>) {
    use Parameter::{ForcePerVolt, H1, Mt};
    let driven = logs.iter().any(Log::is_driven);
    let clamped = logs.iter().all(|log| log.clamped);
    let volts = logs.iter().any(|log| log.volts);
    let mut held = Vec::new();
    if clamped {
        let why = "the cart is clamped";
        held.extend([Mt, Parameter::B0, Parameter::C0, ForcePerVolt].map(|held| (held, why)));
        if !driven {
            held.push((H1, "without a torque that varies motion tells ratios only"));
        }
        let free = Parameter::ALL.into_iter().filter(|one| held.iter().all(|(own, _)| own != one));
        return (free.collect(), held);
    }
    if !volts {
        held.push((ForcePerVolt, "no log has volts"));
    } else if driven {
        held.push((Mt, "a force in volts tells masses only by one that was weighed"));
    }
    if !driven {
        let why = "without a force that varies motion tells ratios only";
        held.extend([(Mt, why), (H1, why), (Parameter::B0, why), (Parameter::C0, why)]);
        if volts {
            held.push((ForcePerVolt, why));
        }
    }
    let is_held = |one: &Parameter| held.iter().any(|(parameter, _)| parameter == one);
    let free = Parameter::ALL.into_iter().filter(|parameter| !is_held(parameter)).collect();
    (free, held)
}

/// Finds the parameters that logs tell, from those that `start` says. Logs that are held out are not to be among them.
pub fn fit(logs: &[Log], start: &Parameters, options: &FitOptions) -> Fit {
    fit_telling(logs, start, options, &mut || {})
}

/// The same; `tell` is called before each step of the parameters, of which nobody knows how many there will be.
pub fn fit_telling(
    logs: &[Log],
    start: &Parameters,
    options: &FitOptions,
    tell: &mut dyn FnMut(),
) -> Fit {
    let quanta = &options.quanta;
    let (free, held) = choose(logs);
    let mut parameters = *start;
    for parameter in &free {
        // A coefficient of zero has no logarithm: it begins with a trace of its scale.
        let value = &mut parameters.values[*parameter as usize];
        let trace = match parameter {
            Parameter::C0 => 0.05,
            Parameter::C1 | Parameter::C2 | Parameter::B1 | Parameter::B2 => 3e-4,
            _ => LEAST,
        };
        *value = value.max(trace);
    }
    let mistaken = mistaken(logs, &parameters, quanta, options.segment);
    // Short pieces are nearly linear in the parameters: they lead to where the long ones can begin.
    let shorter: &[f64] = if options.segment.is_none() { &SHORTER } else { &[] };
    for &length in shorter {
        let mut short = segments(logs, Some(length));
        refine(&mut short, &parameters, quanta, 2);
        descend(&mut short, &mut parameters, &free, quanta, LED, tell);
    }
    let mut all = segments(logs, options.segment);
    refine(&mut all, &parameters, quanta, 4);
    let converged = descend(&mut all, &mut parameters, &free, quanta, ITERATIONS, tell);
    conclude(logs, &all, (start, parameters), (free, held), options, (converged, mistaken))
}

/// Goes down the sum of squares; returns whether it came to rest within so many iterations.
fn descend(
    all: &mut Vec<(usize, Segment)>,
    parameters: &mut Parameters,
    free: &[Parameter],
    quanta: &[f64; 3],
    iterations: usize,
    tell: &mut dyn FnMut(),
) -> bool {
    let mut damping = 1e-3;
    let mut still = 0;
    let count: usize = all.iter().map(|(_, segment)| segment.compared()).sum();
    for _ in 0..iterations {
        tell();
        let Some(equations) = normal(all, parameters, free, quanta) else { return false };
        if equations.squares <= EXACT * count as f64 {
            return true;
        }
        let (mut better, mut rests) = (false, false);
        while damping < 1e5 {
            let Some((moved, segments, length)) = step(&equations, all, parameters, free, damping)
            else {
                damping *= 10.0;
                continue;
            };
            let squares = squares(&segments, &moved, quanta);
            if squares < equations.squares {
                // No noise is less than what rounding to counts leaves.
                let variance = (equations.squares / count.max(1) as f64).max(ROUNDED);
                rests = damping <= HARDLY_DAMPED && length <= SHORT * SHORT * variance;
                let gained = (equations.squares - squares) / equations.squares;
                still = if gained < STILL { still + 1 } else { 0 };
                (*parameters, *all, better) = (moved, segments, true);
                damping = (damping * 0.2).max(1e-9);
                break;
            }
            damping *= 6.0;
        }
        if !better || still >= 2 || rests {
            return true;
        }
    }
    false
}

/// Where a step leads: parameters, initial values, and the square of its length as the equations measure it, in counts.
type Step = (Parameters, Vec<(usize, Segment)>, f64);

/// A step of the parameters and of all initial values.
fn step(
    equations: &Normal,
    all: &[(usize, Segment)],
    parameters: &Parameters,
    free: &[Parameter],
    damping: f64,
) -> Option<Step> {
    let (matrix, right) = equations.reduced(damping)?;
    // No step changes a parameter by more than a factor of about two.
    let change = matrix.clone().cholesky()?.solve(&right).map(|change| change.clamp(-0.7, 0.7));
    let length = (&matrix * &change).dot(&change);
    let mut moved = *parameters;
    for (parameter, change) in free.iter().zip(change.iter()) {
        moved.values[*parameter as usize] *= libm::exp(-change);
    }
    let mut segments = all.to_vec();
    for ((_, segment), (own, coupling, right)) in segments.iter_mut().zip(&equations.segments) {
        let by_parameters = coupling * &change;
        let own = inverse(own, damping)? * (right - Vector6::from_fn(|i, _| by_parameters[i]));
        for i in 0..6 {
            segment.start[i] -= own[i];
        }
    }
    Some((moved, segments, length))
}

/// Values, intervals, correlations and residuals at the end of a fit.
fn conclude(
    logs: &[Log],
    all: &[(usize, Segment)],
    (before, parameters): (&Parameters, Parameters),
    (free, held): (Vec<Parameter>, Vec<(Parameter, &'static str)>),
    options: &FitOptions,
    (converged, mistaken): (bool, Option<Mistake>),
) -> Fit {
    let n = free.len();
    let (residuals, squares, count) = told(logs, all, &parameters, &options.quanta);
    let freedom = count.saturating_sub(n + 6 * all.len()).max(1) as f64;
    // Numbers that are finer than the encoders are said to be, as a simulation writes them, are trusted no further than
    // encoders: what is left of them is no noise, and would call zero a well-known coefficient.
    let variance = (squares / freedom).max(ROUNDED);
    let equations = normal(all, &parameters, &free, &options.quanta);
    let reduced = equations.and_then(|equations| equations.reduced(0.0));
    let matrix = reduced.map_or_else(|| DMatrix::zeros(n, n), |(matrix, _)| matrix);
    let eigen = SymmetricEigen::new(matrix.clone());
    let largest = eigen.eigenvalues.iter().copied().fold(0.0, f64::max);
    let least = eigen.eigenvalues.iter().copied().fold(f64::INFINITY, f64::min);
    let place = eigen.eigenvalues.iter().position(|value| *value == least).unwrap_or(0);
    let worst: Vec<f64> = (0..n).map(|i| eigen.eigenvectors[(i, place)]).collect();
    // A direction that the logs say nothing of must not leak into the others by the rounding of its vector.
    let floor = (f64::EPSILON * largest).max(1e-300);
    let deviation_of = |eigenvalue: f64| (variance / eigenvalue.max(floor)).sqrt();
    // By the eigenvalues, so that what is hardly determined gets a wide interval instead of none.
    let biases =
        biases(all, &parameters, &free, &options.quanta).unwrap_or_else(|| DVector::zeros(n));
    let covariance = |i: usize, j: usize| -> f64 {
        (0..n)
            .map(|k| {
                let vectors = &eigen.eigenvectors;
                vectors[(i, k)] * vectors[(j, k)] * deviation_of(eigen.eigenvalues[k]).powi(2)
            })
            .sum()
    };
    let fitted: Vec<Fitted> = free
        .iter()
        .enumerate()
        .map(|(i, &parameter)| {
            let value = parameters.value(parameter);
            // What the simulation's step leaves is not known better than by its size.
            let deviation = libm::hypot(covariance(i, i).sqrt(), biases[i]);
            let factor = libm::exp((1.96 * deviation).min(50.0));
            Fitted {
                parameter,
                value,
                before: before.value(parameter),
                deviation,
                interval: [value / factor, value * factor],
                determined: deviation <= DETERMINED,
            }
        })
        .collect();
    let correlation = |i: usize, j: usize| {
        let scale = (covariance(i, i) * covariance(j, j)).sqrt();
        if scale > 0.0 { covariance(i, j) / scale } else { 0.0 }
    };
    Fit {
        parameters,
        fitted,
        held,
        correlations: (0..n).map(|i| (0..n).map(|j| correlation(i, j)).collect()).collect(),
        condition: largest / least.max(1e-300),
        worst: (worst, deviation_of(least)),
        rms: (squares / count.max(1) as f64).sqrt(),
        residuals,
        converged,
        reversed: match mistaken {
            Some(Mistake::Sign(name)) => Some(name),
            _ => None,
        },
        swapped: mistaken == Some(Mistake::Swapped),
    }
}

/// How far the step of the simulation moves the logarithms of the parameters, about: what is fitted to its error.
fn biases(
    all: &[(usize, Segment)],
    parameters: &Parameters,
    free: &[Parameter],
    quanta: &[f64; 3],
) -> Option<DVector<f64>> {
    let mut equations = normal(all, parameters, free, quanta)?;
    equations.right.fill(0.0);
    for ((_, segment), (_, _, own_right)) in all.iter().zip(&mut equations.segments) {
        let linear = segment.linearise(parameters, free, quanta);
        let error = segment.error_of_step(parameters, quanta);
        equations.right += linear.by_parameters.transpose() * &error;
        let own = linear.by_start.transpose() * error;
        *own_right = Vector6::from_fn(|i, _| own[i]);
    }
    let (matrix, right) = equations.reduced(0.0)?;
    Some(matrix.cholesky()?.solve(&right))
}

/// Residuals log by log, the sum of all squares, and how many there are.
fn told(
    logs: &[Log],
    all: &[(usize, Segment)],
    parameters: &Parameters,
    quanta: &[f64; 3],
) -> (Vec<Residuals>, f64, usize) {
    let (mut total, mut count) = (0.0, 0);
    let residuals = logs
        .iter()
        .enumerate()
        .map(|(place, log)| {
            let (mut rows, mut squares, mut numbers) = (Vec::new(), 0.0, 0);
            for (_, segment) in all.iter().filter(|(own, _)| *own == place) {
                let residuals = segment.residuals(parameters, &segment.start, quanta);
                squares += residuals.norm_squared();
                numbers += segment.compared();
                rows.extend(segment.told(&residuals));
            }
            total += squares;
            count += numbers;
            let rms = (squares / numbers.max(1) as f64).sqrt();
            Residuals { name: log.name.clone(), rms, rows }
        })
        .collect();
    (residuals, total, count)
}

/// Judges logs by parameters that were found elsewhere: only the initial values of their segments are fitted.
pub fn validate(logs: &[Log], parameters: &Parameters, options: &FitOptions) -> Vec<Residuals> {
    let mut all = segments(logs, options.segment);
    refine(&mut all, parameters, &options.quanta, 8);
    told(logs, &all, parameters, &options.quanta).0
}
