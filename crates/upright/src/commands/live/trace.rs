//! The force of the last seconds, as smallest and largest of short stretches, so that no peak is lost.

use std::collections::VecDeque;

/// Simulated time that a stretch stands for, in s.
pub(super) const STRETCH: f64 = 0.02;
/// As many stretches as the widest terminal shows.
const MAX_STRETCHES: usize = 1024;

/// The record of the force.
#[derive(Debug, Clone, Default)]
pub(super) struct Trace {
    /// Smallest and largest force in N of each stretch, oldest first.
    stretches: VecDeque<[f64; 2]>,
    /// Which stretch the last one is, from the start of the run.
    last: u64,
}

impl Trace {
    /// Takes in the force in N from the time `time` in s on.
    pub(super) fn push(&mut self, time: f64, force: f64) {
        let at = (time / STRETCH + 1e-9) as u64;
        let held = self.stretches.back().map_or(force, |stretch| stretch[1]);
        if self.stretches.is_empty() {
            self.last = at;
            self.stretches.push_back([force; 2]);
        }
        // Over a control period that is longer than a stretch the force is held.
        for skipped in 1..=(at - self.last).min(MAX_STRETCHES as u64) {
            let value = if self.last + skipped == at { force } else { held };
            self.stretches.push_back([value; 2]);
        }
        self.last = at;
        let excess = self.stretches.len().saturating_sub(MAX_STRETCHES);
        self.stretches.drain(..excess);
        if let Some([low, high]) = self.stretches.back_mut() {
            (*low, *high) = (low.min(force), high.max(force));
        }
    }

    /// The last `count` stretches, the latest first.
    pub(super) fn latest(&self, count: usize) -> impl Iterator<Item = [f64; 2]> {
        self.stretches.iter().rev().take(count).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_peak_is_lost() {
        let mut trace = Trace::default();
        for k in 0..1000_u32 {
            let force = match k {
                503 => -90.0,
                504 => 70.0,
                _ => 1.0,
            };
            trace.push(f64::from(k) * 0.001, force);
        }
        let all: Vec<[f64; 2]> = trace.latest(MAX_STRETCHES).collect();
        assert_eq!(all.len(), 50);
        assert_eq!(all[49 - 25], [-90.0, 70.0]);
        assert_eq!(all.iter().filter(|stretch| **stretch == [1.0, 1.0]).count(), 49);
    }

    #[test]
    fn a_long_period_holds_its_force_and_the_record_is_bounded() {
        let mut trace = Trace::default();
        trace.push(0.0, 5.0);
        trace.push(0.1, 7.0);
        let all: Vec<[f64; 2]> = trace.latest(10).collect();
        assert_eq!(all, [[7.0; 2], [5.0; 2], [5.0; 2], [5.0; 2], [5.0; 2], [5.0; 2]]);
        trace.push(1e9, 1.0);
        assert_eq!(trace.latest(usize::MAX).count(), MAX_STRETCHES);
    }
}
