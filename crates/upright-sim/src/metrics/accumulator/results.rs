//! The verdict and the metrics from the sums.

use super::{DIVERGED, FELL, MetricsAccumulator, OFF_TRACK};
use crate::metrics::band::{CHATTERING_LIMITED, CHATTERING_TURNS, CHATTERING_VARIATION};
use crate::metrics::definition::{Metrics, SwingUp};
use crate::metrics::rules::Rules;
use crate::metrics::verdict::{EarlyEnd, Verdict};
use upright_core::Real;
use upright_core::swing_up::Counts;

impl<R: Real> MetricsAccumulator<R> {
    /// The verdict of lane `lane` after what was summed so far.
    pub fn verdict(&self, lane: usize) -> Verdict {
        let cause = self.cause.lane(lane);
        if cause == DIVERGED {
            Verdict::Diverged
        } else if cause == OFF_TRACK {
            Verdict::OffTrack
        } else if FELL.contains(&cause) {
            Verdict::Fell
        } else if self.rules.free {
            Verdict::Free
        } else if self.is_down(lane) && !self.settles(lane) {
            Verdict::Down
        } else if self.chatters(lane) {
            Verdict::Chattering
        } else if self.settles(lane) {
            Verdict::Settled
        } else {
            Verdict::Balanced
        }
    }

    /// Whether the state is inside the settling band to the end, for as long as is asked.
    fn settles(&self, lane: usize) -> bool {
        self.complete(lane) && self.inside_since.lane(lane) <= self.rules.held
    }

    /// Whether the force shakes in the last second, as far as that has been summed.
    fn chatters(&self, lane: usize) -> bool {
        let Rules { periods, period, last, max_force, .. } = self.rules;
        let seconds = (periods - last) * period;
        let shakes = self.turns.lane(lane) >= CHATTERING_TURNS * seconds
            && self.last_variation.lane(lane) > CHATTERING_VARIATION * max_force * seconds;
        shakes || self.last_at_limit.lane(lane) > CHATTERING_LIMITED * (periods - last)
    }

    fn is_down(&self, lane: usize) -> bool {
        R::select(self.down, R::one(), R::zero()).lane(lane) != 0.0
    }

    fn complete(&self, lane: usize) -> bool {
        self.periods.lane(lane) >= self.rules.periods
    }

    /// When and how lane `lane` ended early, if it did.
    pub fn early_end(&self, lane: usize) -> Option<EarlyEnd> {
        let cause = self.cause.lane(lane);
        let time = self.ended_at.lane(lane) * self.rules.period;
        let link = FELL.iter().zip(1..).find(|(code, _)| **code == cause).map(|(_, link)| link);
        (cause != 0.0).then_some(EarlyEnd { time, link })
    }

    /// Whether lane `lane` ran to its end.
    fn is_whole(&self, lane: usize) -> bool {
        self.complete(lane) && self.cause.lane(lane) == 0.0
    }

    /// First time in s after which both angles of lane `lane` stay within 0.1 rad to the end of the run, whole turns
    /// left aside in a swing-up; absent where they do not, or the run ended early.
    pub fn upright_time(&self, lane: usize) -> Option<f64> {
        let since = self.up_since.lane(lane);
        let stays = self.is_whole(lane) && since <= self.periods.lane(lane);
        stays.then_some(since * self.rules.period)
    }

    /// The metrics of lane `lane` over what was summed so far; `counts` are what a swing-up did.
    pub fn metrics(&self, lane: usize, counts: Option<Counts>) -> Metrics {
        let Rules { period, second_half, .. } = self.rules;
        let whole = self.is_whole(lane);
        let count = self.periods.lane(lane).max(1.0);
        let effort = self.squared_force.lane(lane) * period;
        Metrics {
            settling_time: (whole && !self.rules.free && self.settles(lane))
                .then(|| self.inside_since.lane(lane) * period),
            max_angle: self.max_angle.lane(lane),
            max_cart: self.max_cart.lane(lane),
            peak_force: self.peak_force.lane(lane),
            rms_force: (self.squared_force.lane(lane) / count).sqrt(),
            effort,
            total_variation: self.variation.lane(lane),
            chatter_power: self
                .highpass
                .filter(|_| whole)
                .map(|_| self.chatter.lane(lane) / (self.rules.periods - second_half)),
            ise: self.ise.lane(lane) * period,
            itae: self.itae.lane(lane) * period,
            saturation: self.at_limit.lane(lane) / count,
            steady_sigma: (whole && self.rules.slides).then(|| self.steady_sigma.lane(lane)),
            swing_up: counts.map(|counts| SwingUp {
                swing_up_time: self.upright_time(lane),
                plans: counts.plans,
                tries: counts.tries,
                guard_periods: counts.guard_periods,
                peak_rate: self.peak_rate.lane(lane),
            }),
            // Summed beside these.
            tracking: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use upright_scenario::Scenario;

    #[test]
    fn upright_is_of_the_angles_whatever_the_fall_angle() {
        let mut scenario = Scenario::default();
        scenario.simulation.fall_angle = 100.0;
        let turn = 2.0 * std::f64::consts::PI;
        let verdict = |angles: [f64; 2]| {
            let mut sums = MetricsAccumulator::<f64>::new(&scenario);
            sums.state(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
            sums.state(&[0.0, angles[0], angles[1], 0.0, 0.0, 0.0]);
            sums.state(&[0.0, 0.1, 0.0, 0.0, 0.0, 0.0]);
            sums.verdict(0)
        };
        assert_eq!(verdict([1.5, -1.5]), Verdict::Balanced);
        assert_eq!(verdict([turn + 1.5, -3.0 * turn]), Verdict::Balanced);
        assert_eq!(verdict([0.0, 1.6]), Verdict::Down);
        assert_eq!(verdict([turn - 1.6, 0.0]), Verdict::Down);
        assert!(!Verdict::Down.upright());
        assert_eq!(Verdict::of_word("down"), Some(Verdict::Down));
    }
}
