//! How many control periods are due, from the time that has passed; and whether the machine keeps up.

use std::time::Duration;

/// Time that passes between two looks and counts, at most: who was stopped for long goes on from there.
const LONGEST: f64 = 0.25;
/// How much a frame counts in the share of due periods that were done.
const WEIGHT: f64 = 0.1;
/// A machine that does less than this share of what is due is too slow.
const KEEPS_UP: f64 = 0.97;

/// The clock of a live run.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    /// The control period in s.
    period: f64,
    /// The part of a period that is due already.
    owed: f64,
    /// The share of what was due lately that was done.
    kept: f64,
}

impl Pace {
    pub(super) fn new(period: f64) -> Self {
        Self { period, owed: 0.0, kept: 1.0 }
    }

    /// The periods that are due after `elapsed` at so many simulated seconds a second. `turn` is handed
    /// how many it may do at most and returns how many it did; the rest is forgiven, and remembered.
    pub(super) fn pass(&mut self, elapsed: Duration, speed: f64, turn: impl FnOnce(u64) -> u64) {
        let elapsed = elapsed.as_secs_f64();
        let each = speed / self.period;
        let asked = self.owed + elapsed * each;
        let may = self.owed + elapsed.min(LONGEST) * each;
        self.owed = may.fract();
        let due = may.floor() as u64;
        if due == 0 {
            return;
        }
        let done = turn(due);
        let share = (done as f64 / asked.floor()).min(1.0);
        self.kept += WEIGHT * (share - self.kept);
    }

    /// The share of what is due that is done, where the machine does not keep up.
    pub(super) fn behind(&self) -> Option<f64> {
        (self.kept < KEEPS_UP).then_some(self.kept)
    }

    /// What was lately no longer says anything.
    pub(super) fn forget(&mut self) {
        self.kept = 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Duration = Duration::from_millis(33);

    #[test]
    fn the_periods_of_a_second_are_done_in_a_second_whatever_the_frames() {
        for (speed, frames, wanted) in [(1.0, 100, 3300), (0.25, 400, 3300), (10.0, 10, 3300)] {
            let mut pace = Pace::new(0.001);
            let mut done = 0;
            for _ in 0..frames {
                pace.pass(FRAME, speed, |due| {
                    done += due;
                    due
                });
            }
            assert!((wanted - 1..=wanted).contains(&done), "{done} at {speed}x");
            assert_eq!(pace.behind(), None);
        }
    }

    #[test]
    fn a_slow_machine_is_noticed_and_owes_nothing() {
        let mut pace = Pace::new(0.001);
        for _ in 0..100 {
            pace.pass(FRAME, 10.0, |due| {
                assert!(due <= 331, "{due} are due: what was not done is asked again");
                100
            });
        }
        let share = pace.behind().expect("it is behind");
        assert!((share - 100.0 / 330.0).abs() < 0.01, "{share}");
        for _ in 0..60 {
            pace.pass(FRAME, 10.0, |due| due);
        }
        assert_eq!(pace.behind(), None, "it has caught up");
    }

    #[test]
    fn who_was_stopped_for_an_hour_goes_on_from_there() {
        let mut pace = Pace::new(0.001);
        pace.pass(Duration::from_hours(1), 1.0, |due| {
            assert_eq!(due, 250);
            due
        });
    }

    #[test]
    fn a_period_longer_than_many_frames_comes_in_its_time() {
        let mut pace = Pace::new(1.0);
        let mut at = vec![];
        for frame in 0..100 {
            pace.pass(FRAME, 1.0, |due| {
                at.push(frame);
                due
            });
        }
        assert_eq!(at, [30, 60, 90]);
    }
}
