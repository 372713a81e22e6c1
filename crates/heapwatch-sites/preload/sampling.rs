//! Which allocations are sampled, and what one stands for.
//!
//! Points are strewn over the bytes that a thread allocates, as by a Poisson process; an allocation is sampled
//! where a point falls into it, with the probability `p = 1 - exp(-size/period)`. It then stands for `size/p`
//! bytes, so that sums are right on average; the variance that this leaves is `size^2 (1-p)/p^2` a sample. The
//! period grows while sampling takes more than its share of the time, and shrinks while it takes less: of a
//! program that allocates little every allocation is counted.

use super::layout::MODE;
use super::system::now;
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Mean bytes from sample to sample; 0 where all are counted.
static PERIOD: AtomicU64 = AtomicU64::new(1024);
static BEGAN: AtomicU64 = AtomicU64::new(0);
static SPENT: AtomicU64 = AtomicU64::new(0);

/// Taking samples takes at most one part in so many of the time, and is made finer below half of it. What a sample
/// costs altogether, with what it drives out of the caches and with its block's end, is some three times that.
const SHARE: u64 = 200;
/// The time over which that is judged, in ns.
const STRETCH: u64 = 20_000_000;
/// A sample that took longer, in ns, was interrupted.
const LONGEST: u64 = 5_000;
const FINEST: u64 = 1;
const COARSEST: u64 = 1 << 26;

#[derive(Clone, Copy)]
pub struct Weight {
    pub bytes: u64,
    pub variance: f64,
}

pub fn start() {
    if std::env::var_os(MODE).is_some_and(|mode| mode == "all") {
        PERIOD.store(0, Relaxed);
    }
    BEGAN.store(now(), Relaxed);
}

pub fn period() -> u64 {
    PERIOD.load(Relaxed)
}

/// Bytes until the next point, that with it included; 0 where every allocation holds one.
pub fn gap(period: u64, random: &Cell<u64>) -> u64 {
    if period <= FINEST {
        return 0;
    }
    let mut state = random.get();
    if state == 0 {
        // The place of a thread's own value tells threads apart.
        state = std::ptr::from_ref(random) as u64 ^ now() | 1;
    }
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    random.set(state);
    // From 2^-53 to 1.
    let uniform = ((state >> 11) + 1) as f64 / (1_u64 << 53) as f64;
    (-uniform.ln() * period as f64) as u64 + 1
}

/// What a sampled block stands for.
pub fn weight(size: usize, period: u64) -> Weight {
    if period <= FINEST {
        return Weight { bytes: size as u64, variance: 0.0 };
    }
    let bytes = size as f64;
    let p = -(-bytes / period as f64).exp_m1();
    Weight { bytes: (bytes / p).round() as u64, variance: bytes * bytes * (1.0 - p) / (p * p) }
}

/// Notes that a sample was taken from `began` until now, and tunes the period.
pub fn spent(began: u64) {
    let now = now();
    let took = (now - began).min(LONGEST);
    let spent = SPENT.fetch_add(took, Relaxed) + took;
    let since = BEGAN.load(Relaxed);
    let passed = now.saturating_sub(since);
    let period = PERIOD.load(Relaxed);
    // Where far too much was spent, it is not waited for the stretch to end.
    let over = spent * SHARE > passed.max(STRETCH);
    if period == 0 || (passed < STRETCH && !over) {
        return;
    }
    if BEGAN.compare_exchange(since, now, Relaxed, Relaxed).is_ok() {
        SPENT.store(0, Relaxed);
        let tuned = if over {
            (period * 2).min(COARSEST)
        } else if spent * SHARE * 2 < passed {
            (period / 2).max(FINEST)
        } else {
            period
        };
        PERIOD.store(tuned, Relaxed);
    }
}
