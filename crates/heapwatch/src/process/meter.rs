//! What watching costs those who are watched, and when their maps may be walked.
//!
//! A walk of a process's maps (`smaps_rollup`) holds its memory lock, in proportion to what is resident:
//! meanwhile it can map, unmap and grow nothing, and where the reader loses its processor the lock stays
//! held. So a walk is taken only where it is expected to be short, never of a process with threads of
//! real time, and after it the lock is left alone for two thousand times as long. A walk that was
//! interrupted is the last one.

use super::watched::{Cost, Counters};
use rustix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant};

/// One over the share of its time that a process may lose to walks, and as much again to reading
/// counters: 0.1 % together.
pub(super) const ONE_OVER_SHARE: u32 = 2000;

/// The longest walk of one process that is begun.
const LONGEST: Duration = Duration::from_micros(250);

/// A walk that took longer than this lost its processor while it held the lock: the machine is too busy
/// for any other.
const INTERRUPTED: Duration = Duration::from_millis(1);

/// What a walk takes before one was measured: a start, and a page. Measured walks of warm pages take
/// half of it.
const START: Duration = Duration::from_micros(20);
const NANOSECONDS_A_PAGE: f64 = 80.0;

/// Keeps the account of the cost, and decides from it.
#[derive(Debug)]
pub(super) struct Meter {
    cost: Cost,
    spent: Duration,
    counting: Duration,
    process_seconds: f64,
    /// By how much the walks were longer than expected.
    factor: f64,
    next_walk: Option<Instant>,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            cost: Cost::default(),
            spent: Duration::ZERO,
            counting: Duration::ZERO,
            process_seconds: 0.0,
            factor: 1.0,
            next_walk: None,
        }
    }
}

impl Meter {
    /// Whether all of these may be walked now.
    pub(super) fn may_walk(&mut self, of: &[Counters], realtime: bool, now: Instant) -> bool {
        let busy = self.cost.longest_walk > INTERRUPTED;
        if busy || realtime || of.iter().any(|one| self.expected(one) > LONGEST) {
            self.cost.spared = true;
            return false;
        }
        let Some(next) = self.next_walk else {
            // The first is earned before it is taken: a watch may be short.
            let dearest = of.iter().map(|one| self.expected(one)).max().unwrap_or_default();
            self.next_walk = Some(now + dearest * ONE_OVER_SHARE);
            return false;
        };
        // Nor of what reading counters has taken of the whole allowance: those are needed, and walks are not.
        let allowed = 2.0 * self.process_seconds / f64::from(ONE_OVER_SHARE);
        let left = self.process_seconds == 0.0 || self.spent.as_secs_f64() < allowed;
        left && now >= next
    }

    fn expected(&self, counters: &Counters) -> Duration {
        let pages = counters.resident as f64 / rustix::param::page_size() as f64;
        START + Duration::from_nanos((pages * NANOSECONDS_A_PAGE * self.factor) as u64)
    }

    /// A walk of one process, that began at `began`.
    pub(super) fn walked(&mut self, counters: &Counters, began: Instant, took: Duration) {
        let expected = self.expected(counters).as_secs_f64() / self.factor;
        // It learns within bounds: one walk that was interrupted says nothing of the next.
        let measured = (took.as_secs_f64() / expected).clamp(0.25, 4.0);
        self.factor += 0.2 * (measured - self.factor);
        self.cost.walks += 1;
        self.cost.longest_walk = self.cost.longest_walk.max(took);
        self.spent += took;
        let free_from = began + took * ONE_OVER_SHARE;
        self.next_walk = Some(self.next_walk.map_or(free_from, |next| next.max(free_from)));
    }

    /// Counters of so many processes were read.
    pub(super) fn read(&mut self, processes: usize, took: Duration) {
        self.cost.reads += processes as u64;
        self.counting += took;
        self.spent += took;
    }

    /// Time spent reading counters so far.
    pub(super) fn counting(&self) -> Duration {
        self.counting
    }

    /// So many processes were watched for so long.
    pub(super) fn passed(&mut self, processes: usize, time: Duration) {
        self.process_seconds += processes as f64 * time.as_secs_f64();
    }

    pub(super) fn cost(&self) -> Cost {
        let share = if self.process_seconds > 0.0 {
            self.spent.as_secs_f64() / self.process_seconds
        } else {
            0.0
        };
        Cost { share, ..self.cost }
    }
}

/// Processor time of the calling thread: what reading counters takes, however busy the machine is.
pub(super) fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.max(0) as u64, time.tv_nsec.max(0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(resident: u64) -> Counters {
        Counters { resident, ..Counters::default() }
    }

    /// When the first walk of these is earned.
    fn earned(meter: &mut Meter, of: &[Counters]) -> Instant {
        let now = Instant::now();
        assert!(!meter.may_walk(of, false, now), "none was earned yet");
        // Of 4 MiB 102 us, two thousand times.
        assert!(!meter.may_walk(of, false, now + Duration::from_millis(200)));
        now + Duration::from_millis(500)
    }

    #[test]
    fn what_is_large_or_of_real_time_is_never_walked() {
        let mut meter = Meter::default();
        let now = earned(&mut meter, &[of(4 << 20)]);
        assert!(meter.may_walk(&[of(4 << 20)], false, now));
        assert!(!meter.cost().spared);
        assert!(!meter.may_walk(&[of(4 << 20)], true, now));
        assert!(!meter.may_walk(&[of(4 << 20), of(50 << 20)], false, now));
        assert!(meter.cost().spared);
    }

    #[test]
    fn after_a_walk_the_lock_is_left_alone_for_long_and_for_good_after_an_interruption() {
        let (mut meter, now) = (Meter::default(), Instant::now());
        meter.walked(&of(4 << 20), now, Duration::from_micros(90));
        assert!(!meter.may_walk(&[of(4 << 20)], false, now + Duration::from_millis(179)));
        assert!(meter.may_walk(&[of(4 << 20)], false, now + Duration::from_millis(181)));
        // One in which the reader lost its processor is the last.
        meter.walked(&of(4 << 20), now, Duration::from_millis(172));
        assert!(!meter.may_walk(&[of(4 << 20)], false, now + Duration::from_hours(1)));
        assert_eq!(meter.cost().longest_walk, Duration::from_millis(172));
    }

    #[test]
    fn counters_come_first_where_both_would_be_too_much() {
        let mut meter = Meter::default();
        let now = earned(&mut meter, &[of(4 << 20)]);
        meter.passed(1, Duration::from_millis(500));
        meter.read(1, Duration::from_micros(600));
        assert!(!meter.may_walk(&[of(4 << 20)], false, now));
        meter.passed(1, Duration::from_millis(500));
        assert!(meter.may_walk(&[of(4 << 20)], false, now));
    }

    #[test]
    fn slow_machines_are_learnt() {
        let mut meter = Meter::default();
        let size = of(8 << 20);
        let now = earned(&mut meter, &[size]);
        assert!(meter.may_walk(&[size], false, now));
        for _ in 0..30 {
            meter.walked(&size, now, Duration::from_micros(600));
        }
        assert!(!meter.may_walk(&[size], false, now + Duration::from_mins(1)));
    }

    #[test]
    fn the_share_is_of_the_time_of_all_processes() {
        let mut meter = Meter::default();
        assert_eq!(meter.cost().share, 0.0);
        meter.read(2, Duration::from_micros(40));
        meter.walked(&of(4096), Instant::now(), Duration::from_micros(160));
        meter.passed(2, Duration::from_millis(100));
        assert_eq!(meter.cost().share, 0.001);
        assert_eq!((meter.cost().reads, meter.cost().walks), (2, 1));
    }
}
