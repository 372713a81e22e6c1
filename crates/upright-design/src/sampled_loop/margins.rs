//! How far a loop is from instability.
//!
//! Disk margins after P. Seiler, A. Packard, P. Gahinet, IEEE Control Systems 40 (2020) 78-95.

use super::{Point, RELATIVE, Response, SampledLoop};
use serde::Serialize;
use std::f64::consts::PI;

/// What a stable loop tolerates at its actuator.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Margins {
    /// How many times larger the input gain may be; absent where a million times is not too large.
    pub gain_up: Option<f64>,
    /// How many times smaller, below 1; absent where a millionth is not too small.
    pub gain_down: Option<f64>,
    /// The phase in degrees that may be added or taken at the worst frequency at which the loop has the gain 1;
    /// absent where it has it nowhere.
    pub phase: Option<f64>,
    /// The delay in s that may be added; absent where the loop has the gain 1 nowhere.
    pub delay: Option<f64>,
    /// The highest frequency at which the loop has the gain 1, in rad/s.
    pub crossover: Option<f64>,
    /// The largest sensitivity `|1 / (1 + L)|`.
    pub max_sensitivity: f64,
    /// Where that is, in rad/s.
    pub worst_frequency: f64,
    /// The disk margin: gain and phase may vary together within a disk of this size.
    pub disk: f64,
}

/// Points of the sweep from which crossings and peaks are refined.
const POINTS: usize = 1500;

/// The margins of a loop; nothing where it is not stable.
pub fn margins(of: &SampledLoop) -> Option<Margins> {
    if !of.is_stable(1.0) {
        return None;
    }
    let response = Response::new(of);
    let points = response.sweep(POINTS);
    let (worst_frequency, max_sensitivity) =
        peak(&response, &points, |point| point.sensitivity().norm_sqr());
    let (_, disk) = peak(&response, &points, |point| (point.sensitivity() - 0.5).norm_sqr());
    let crossings = crossings(&response, &points);
    let phases = crossings.iter().map(|point| {
        // How far -L is ahead of the critical point, from 0 to 2 pi: what a delay may take.
        let ahead = libm::atan2(-point.open.im, -point.open.re);
        let lag = if ahead < 0.0 { ahead + 2.0 * PI } else { ahead };
        (ahead.abs(), lag / point.frequency)
    });
    let least = phases.fold((f64::INFINITY, f64::INFINITY), |(phase, delay), (a, b)| {
        (phase.min(a), delay.min(b))
    });
    let any = !crossings.is_empty();
    Some(Margins {
        gain_up: gain_limit(of, 1.1, 1e6),
        gain_down: gain_limit(of, 1.0 / 1.1, 1e-6),
        phase: any.then(|| least.0.to_degrees()),
        delay: any.then_some(least.1),
        crossover: crossings.iter().map(|point| point.frequency).reduce(f64::max),
        max_sensitivity: max_sensitivity.sqrt(),
        worst_frequency,
        disk: 1.0 / disk.sqrt(),
    })
}

/// The largest sensitivity from a sweep of `count` points, refined; not a number where there is none.
pub fn max_sensitivity(of: &SampledLoop, count: usize) -> f64 {
    let response = Response::new(of);
    peak(&response, &response.sweep(count), |point| point.sensitivity().norm_sqr()).1.sqrt()
}

/// Where `size` is largest, and how large, between the points beside the largest one.
fn peak(response: &Response, points: &[Point], size: impl Fn(&Point) -> f64) -> (f64, f64) {
    let sizes: Vec<f64> = points.iter().map(&size).collect();
    let Some(best) = (0..points.len()).max_by(|&a, &b| sizes[a].total_cmp(&sizes[b])) else {
        return (f64::NAN, f64::NAN);
    };
    let mut low = points[best.saturating_sub(1)].frequency;
    let mut high = points[(best + 1).min(points.len() - 1)].frequency;
    let mut found = (points[best].frequency, sizes[best]);
    for _ in 0..40 {
        let third = (high - low) / 3.0;
        let (a, b) = (response.at(low + third), response.at(high - third));
        let (size_a, size_b) = (size(&a), size(&b));
        if size_a > size_b {
            high = b.frequency;
        } else {
            low = a.frequency;
        }
        for (point, size) in [(a, size_a), (b, size_b)] {
            if size > found.1 {
                found = (point.frequency, size);
            }
        }
    }
    found
}

/// Where the loop has the gain 1.
fn crossings(response: &Response, points: &[Point]) -> Vec<Point> {
    let above = |point: &Point| point.open.norm_sqr() > 1.0;
    points
        .windows(2)
        .filter(|pair| above(&pair[0]) != above(&pair[1]))
        .map(|pair| {
            let (mut low, mut high) = (pair[0], pair[1]);
            for _ in 0..50 {
                let middle = response.at(0.5 * (low.frequency + high.frequency));
                if above(&middle) == above(&pair[0]) {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            high
        })
        .collect()
}

/// The first gain from 1 on, in steps of `step` to `end`, with which the loop is not stable, refined.
fn gain_limit(of: &SampledLoop, step: f64, end: f64) -> Option<f64> {
    let (mut stable, mut gain) = (1.0, step);
    while of.is_stable(gain) {
        stable = gain;
        gain *= step;
        if (step > 1.0) == (gain > end) {
            return None;
        }
    }
    while (gain - stable).abs() > RELATIVE * stable {
        let middle = 0.5 * (gain + stable);
        if of.is_stable(middle) {
            stable = middle;
        } else {
            gain = middle;
        }
    }
    Some(stable)
}
