//! Shapes that are no leak: saw-teeth, plateaus, and what was paid once.

use super::series::{Series, median};

/// A fall counts as the end of a tooth where it is at least this part of the whole range.
const TOOTH: f64 = 0.3;

/// A saw-tooth's valleys and peaks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SawTooth {
    /// Indices of the samples at the bottom, one after each fall.
    pub valleys: Vec<usize>,
    /// Indices of the samples at the top, one before each fall.
    pub peaks: Vec<usize>,
}

impl SawTooth {
    /// How many teeth were seen whole: rises that ended in a fall.
    pub fn teeth(&self) -> usize {
        self.peaks.len()
    }
}

/// Finds the teeth: rises and falls of at least 30 % of the range of the series.
pub fn saw_tooth(series: &Series) -> SawTooth {
    let bytes = series.bytes();
    let mut found = SawTooth::default();
    let Some(&first) = bytes.first() else { return found };
    let low = bytes.iter().copied().fold(first, f64::min);
    let range = bytes.iter().copied().fold(first, f64::max) - low;
    let swing = TOOTH * range;
    if swing <= 0.0 {
        return found;
    }
    let (mut top, mut bottom) = (0, 0);
    let mut falling = false;
    for (i, &value) in bytes.iter().enumerate() {
        if falling {
            if value < bytes[bottom] {
                bottom = i;
            } else if value - bytes[bottom] >= swing {
                found.valleys.push(bottom);
                falling = false;
                top = i;
            }
        } else {
            if value > bytes[top] {
                top = i;
            }
            if bytes[top] - value >= swing {
                found.peaks.push(top);
                falling = true;
                bottom = i;
            }
        }
    }
    if falling {
        found.valleys.push(bottom);
    }
    found
}

/// Index from which the series rises no more above its highest value before, and how long the
/// longest stretch between two rises was (in the unit of the positions). Nothing where it never
/// rises.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LastRise {
    /// Index of the sample that set the last new highest value.
    pub index: usize,
    /// How many new highest values there were.
    pub rises: usize,
    /// Longest stretch from one new highest value to the next.
    pub longest_wait: f64,
    /// From the last new highest value to the end.
    pub quiet: f64,
}

/// Looks for new highest values.
pub fn last_rise(series: &Series) -> Option<LastRise> {
    let (at, bytes) = (series.at(), series.bytes());
    let mut highest = *bytes.first()?;
    let mut last = *at.first()?;
    let mut found: Option<LastRise> = None;
    for (index, (&at, &value)) in at.iter().zip(bytes).enumerate() {
        if value > highest {
            let before = found.map_or((0, 0.0_f64), |rise| (rise.rises, rise.longest_wait));
            let wait = before.1.max(at - last);
            found = Some(LastRise { index, rises: before.0 + 1, longest_wait: wait, quiet: 0.0 });
            highest = value;
            last = at;
        }
    }
    found.map(|rise| LastRise { quiet: at[at.len() - 1] - last, ..rise })
}

/// What was paid once, in bytes: the level at the beginning of the steady state less the level
/// before anything happened (the first sample). Not below zero.
pub fn one_time_cost(series: &Series, steady_from: usize) -> f64 {
    let bytes = series.bytes();
    let (Some(first), Some(steady)) = (bytes.first(), bytes.get(steady_from..)) else { return 0.0 };
    let some = steady.len().min((steady.len() / 10).max(1));
    (median(&mut steady[..some].to_vec()) - first).max(0.0)
}

/// Slope of the greatest convex line below the series between its first and its last rise: the rate
/// at which something fills. The samples just before a rise lie on it, where a buffer that doubles is
/// full, and so do the valleys of a saw-tooth. Nothing where fewer than two rises are seen.
pub fn filling_rate(series: &Series) -> Option<f64> {
    let (at, bytes) = (series.at(), series.bytes());
    let rise = |i: usize| bytes[i + 1] - bytes[i];
    let rises: Vec<usize> = (0..bytes.len().saturating_sub(1)).filter(|&i| rise(i) > 0.0).collect();
    let (&from, &last) = (rises.first()?, rises.last()?);
    // Where small rises go on beside a buffer that doubles, the whole is full at the last large one.
    let largest = rises.iter().map(|&i| rise(i)).fold(0.0, f64::max);
    let large = rises.iter().rev().copied().find(|&i| rise(i) >= 0.5 * largest)?;
    let to = if at[large] - at[from] < 0.5 * (at[last] - at[from]) { last } else { large };
    if at[to] <= at[from] {
        return None;
    }
    // Andrew's monotone chain, lower half.
    let mut hull: Vec<usize> = Vec::new();
    for i in from..=to {
        while let [.., a, b] = hull[..] {
            let turn =
                (at[b] - at[a]) * (bytes[i] - bytes[a]) - (bytes[b] - bytes[a]) * (at[i] - at[a]);
            if turn > 0.0 {
                break;
            }
            hull.pop();
        }
        hull.push(i);
    }
    // The line through the second half of its extent, where what was there at first weighs least.
    let middle = f64::midpoint(at[from], at[to]);
    let half = hull.iter().rev().copied().find(|&i| at[i] <= middle).unwrap_or(from);
    Some((bytes[to] - bytes[half]) / (at[to] - at[half]))
}
