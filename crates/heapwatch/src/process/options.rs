//! How a process is watched.

use crate::verdict::Noise;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// How long and how closely a process is watched, and by what it is judged.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long, at most.
    pub duration: Duration,
    /// From one sample to the next; at least 1 ms. Longer where reading would otherwise take more than a
    /// thousandth of the time of what is watched.
    pub interval: Duration,
    /// Floor and confidence of a leak.
    pub noise: Noise,
    /// How long a command that was asked to end may take before it is killed.
    pub grace: Duration,
    /// Watching ends early once this is true: for a program that is interrupted.
    pub stop: Option<Arc<AtomicBool>>,
}

impl Default for Options {
    /// 60 s, every 100 ms, 500 B/s at 99.9 %, 2 s of grace.
    fn default() -> Self {
        Self {
            duration: Duration::from_mins(1),
            interval: Duration::from_millis(100),
            noise: Noise::default(),
            grace: Duration::from_secs(2),
            stop: None,
        }
    }
}
