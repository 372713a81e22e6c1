//! How a process is watched.

use super::watched::Reading;
use crate::verdict::Noise;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// How long and how closely a process is watched, and by what it is judged.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long, at most; [`Duration::MAX`] is without end.
    pub duration: Duration,
    /// What is watched at first, and not judged: a warm-up that is known.
    pub skip: Duration,
    /// How much of the past is kept and judged; nothing is all of it.
    pub window: Option<Duration>,
    /// How often the watch is judged on its way, for [`exec_with`](super::exec_with) and
    /// [`attach_with`](super::attach_with).
    pub report_every: Duration,
    /// For programs that start nothing else: processes of the command whose parents have ended become this
    /// program's (`PR_SET_CHILD_SUBREAPER`), so that daemons that forked twice are watched, and ended with the
    /// rest; and the command gets a control group of its own where that is allowed.
    pub adopt: bool,
    /// Readings of an earlier watch of the same process, and how many seconds ago it began: the watch goes on
    /// from there.
    pub before: Option<(Vec<Reading>, f64)>,
    /// From one sample to the next; at least 1 ms. Longer where reading would otherwise take more than a
    /// thousandth of the time of what is watched.
    pub interval: Duration,
    /// Floor and confidence of a leak.
    pub noise: Noise,
    /// How long a command that was asked to end may take before it is killed.
    pub grace: Duration,
    /// What watching itself keeps in the processes, which is left out of what they have written.
    pub own: Option<Own>,
    /// Watching ends early once this is true: for a program that is interrupted.
    pub stop: Option<Arc<AtomicBool>>,
}

impl Default for Options {
    /// 60 s, every 100 ms, 500 B/s at 99.9 %, 2 s of grace.
    fn default() -> Self {
        Self {
            duration: Duration::from_mins(1),
            skip: Duration::ZERO,
            window: None,
            report_every: Duration::from_mins(1),
            adopt: false,
            before: None,
            interval: Duration::from_millis(100),
            noise: Noise::default(),
            grace: Duration::from_secs(2),
            own: None,
            stop: None,
        }
    }
}

/// How many resident bytes a watch keeps in a process that it counts from inside, asked for by the process's number at
/// every reading: the tables of a counting library, which are no memory of the program's.
#[derive(Clone)]
pub struct Own(Arc<dyn Fn(u32) -> Option<u64> + Send + Sync>);

impl Own {
    /// Asks this function. Where it answers nothing, counting takes memory at this moment that it will have given back
    /// at the next one, and no reading is taken.
    pub fn new(bytes: impl Fn(u32) -> Option<u64> + Send + Sync + 'static) -> Self {
        Self(Arc::new(bytes))
    }

    /// Bytes in the process with this number; nothing where that is not known at this moment.
    pub fn bytes(&self, pid: u32) -> Option<u64> {
        (self.0)(pid)
    }
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Own")
    }
}
