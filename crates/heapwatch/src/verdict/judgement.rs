//! What a series can say, and the reasons for which it does not.

use crate::allocator::Site;
use crate::statistics::{Interval, Series, Slope};
use std::fmt;

/// Samples below which nothing is judged.
pub const FEWEST_SAMPLES: usize = 20;
/// Rises below which growth is not called a leak.
pub const FEWEST_RISES: usize = 4;
/// What grew for some time must have been still for at least this part of that time to be called
/// bounded: a leak that pauses looks like a fill that has ended.
pub(super) const STILL: f64 = 0.25;
/// Teeth below which a saw-tooth is not judged.
pub const FEWEST_TEETH: usize = 3;

/// A verdict on a series. Bytes are counted from the first sample; rates are in bytes a step or a
/// second, as the series is.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It does not grow.
    Clean,
    /// It grew once, at the beginning, and then no more.
    OneTime {
        /// By how much.
        bytes: f64,
    },
    /// It grew for a while, or goes up and down, and has stopped growing.
    Bounded {
        /// The most above the first sample.
        capacity: f64,
    },
    /// It grows on.
    Leak {
        /// How fast: where a buffer doubles, how fast it fills.
        rate: f64,
        /// Where the true rate lies.
        interval: Interval,
        /// Who holds what grew, where call sites were recorded.
        site: Option<Box<Site>>,
    },
    /// This run does not say.
    Inconclusive {
        /// Why not.
        doubt: InconclusiveReason,
        /// How long a run, from its first sample, would be enough to tell.
        settled_by: f64,
    },
}

/// Why a run does not say.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum InconclusiveReason {
    /// Too few samples.
    FewSamples {
        /// How many there were.
        samples: usize,
    },
    /// What was watched ended before there was enough to judge.
    EndedEarly {
        /// After so many seconds.
        after: f64,
        /// Seconds that are needed at least.
        needed: f64,
    },
    /// It grew, and has been still for less long than the next rise may take.
    NotStillLongEnough {
        /// From the last rise to the end.
        still_for: f64,
        /// How long it would have to be still to be called bounded.
        needed: f64,
    },
    /// It rose too few times to know whether it goes on.
    FewRises {
        /// How often it rose.
        rises: usize,
    },
    /// It rose by steps at uneven times, of which too few were seen to know that they do not become rarer.
    Uneven {
        /// How often it rose.
        rises: usize,
    },
    /// It goes up and down, and too few times to know whether the valleys rise.
    FewTeeth {
        /// How many teeth ended.
        teeth: usize,
    },
    /// It grows, and ever more slowly.
    Slowing {
        /// The rate over the steady state.
        before: f64,
        /// The rate at its end.
        at_end: f64,
    },
    /// It grows along a curve that slows down, as a cache that fills or a program that warms up.
    Warming {
        /// What it heads for, in bytes above the first sample: a bound, or its level at the horizon.
        level: f64,
        /// Where a curve without a bound has that level, in seconds or steps.
        horizon: Option<f64>,
    },
    /// The command ended with an error, or by a signal: what it held until then clears nothing.
    EndedWithError {
        /// Its exit code; nothing where a signal ended it.
        code: Option<i32>,
    },
    /// What no page table shows grows, though written memory does not.
    OutOfSight {
        /// What grows.
        what: &'static str,
        /// How fast: bytes, or descriptors, a second.
        rate: f64,
    },
    /// So many pages were given back lazily (`MADV_FREE`), and still count, that they could be all that grew.
    GivenBack {
        /// Bytes a second that were given back, by any process.
        rate: f64,
    },
    /// It falls, so that growth beneath is not seen.
    Falling {
        /// How fast, in bytes a second or a step; below zero.
        rate: f64,
    },
    /// The heap is collected and gave nothing back, so that what is alive in it is not seen.
    Collected {
        /// The room that it has taken, in bytes.
        room: f64,
    },
    /// The rate is known too roughly.
    Rough {
        /// Where it lies.
        interval: Interval,
        /// The rate from which growth is called a leak.
        floor: f64,
    },
}

impl fmt::Display for InconclusiveReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FewSamples { samples } => {
                write!(f, "{samples} samples, of at least {FEWEST_SAMPLES}")
            }
            Self::EndedEarly { after, needed } => {
                write!(f, "it ended after {after:.1} s, of at least {needed:.0}")
            }
            Self::NotStillLongEnough { still_for, needed } => {
                write!(f, "still for {still_for:.0} since its last rise, of at least {needed:.0}")
            }
            Self::FewRises { rises } => write!(f, "{rises} rises, of at least {FEWEST_RISES}"),
            Self::Uneven { rises } => write!(
                f,
                "{rises} steps at uneven times, which may become rarer, as where a program warms up"
            ),
            Self::FewTeeth { teeth } => {
                write!(f, "a saw-tooth of {teeth} teeth, of at least {FEWEST_TEETH}")
            }
            Self::Slowing { before, at_end } => {
                write!(f, "growth that slows down, from {before:.3} to {at_end:.3}")
            }
            Self::Warming { level, horizon: None } => {
                write!(f, "warming: growth that slows down, towards {level:.0} bytes in all")
            }
            Self::Warming { level, horizon: Some(horizon) } => write!(
                f,
                "warming: growth that slows down without a bound, to {level:.0} bytes at {horizon:.0}"
            ),
            Self::EndedWithError { code: Some(code) } => {
                write!(f, "it ended with code {code}, an error")
            }
            Self::EndedWithError { code: None } => f.write_str("a signal ended it"),
            Self::OutOfSight { what, rate } => {
                write!(f, "{what} grows by {rate:.1} a second, which no page table shows")
            }
            Self::GivenBack { rate } => write!(
                f,
                "pages given back lazily (MADV_FREE, {rate:.0} bytes a second) still count, and could \
                 be all that grew"
            ),
            Self::Falling { rate } => {
                write!(f, "it falls by {:.0} a unit, and growth beneath that is not seen", -rate)
            }
            Self::Collected { room } => write!(
                f,
                "a collected heap that gives nothing back: its room of {room:.0} bytes is seen, and \
                 not what is in it"
            ),
            Self::Rough { interval, floor } => write!(
                f,
                "a rate between {:.1} and {:.1} about the floor of {floor:.1}",
                interval.low, interval.high
            ),
        }
    }
}

impl Verdict {
    /// The verdict's name: `clean`, `one_time`, `bounded`, `leak` or `inconclusive`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::OneTime { .. } => "one_time",
            Self::Bounded { .. } => "bounded",
            Self::Leak { .. } => "leak",
            Self::Inconclusive { .. } => "inconclusive",
        }
    }

    /// Whether it is known not to grow on: clean, paid once, or bounded.
    pub fn is_innocent(&self) -> bool {
        matches!(self, Self::Clean | Self::OneTime { .. } | Self::Bounded { .. })
    }

    /// Whether it is a leak.
    pub fn is_leak(&self) -> bool {
        matches!(self, Self::Leak { .. })
    }

    /// The verdict with the call site of what grew, if it is a leak.
    #[must_use]
    pub fn with_site(self, found: Option<Site>) -> Self {
        match self {
            Self::Leak { rate, interval, .. } => {
                Self::Leak { rate, interval, site: found.map(Box::new) }
            }
            other => other,
        }
    }
}

impl Verdict {
    /// Writes it in words, with positions in this unit.
    pub(crate) fn write(&self, f: &mut fmt::Formatter<'_>, unit: &str) -> fmt::Result {
        match self {
            Self::Clean => f.write_str("clean"),
            Self::OneTime { bytes } => write!(f, "one-time cost of {bytes:.0} bytes, then flat"),
            Self::Bounded { capacity } => write!(f, "bounded by {capacity:.0} bytes"),
            Self::Leak { rate, interval, site } => {
                write!(
                    f,
                    "leak of {rate:.4} bytes a {unit} ({:.4} to {:.4})",
                    interval.low, interval.high
                )?;
                site.as_ref().map_or(Ok(()), |site| write!(f, ", from {site}"))
            }
            Self::Inconclusive { doubt, settled_by } => {
                write!(f, "inconclusive: {doubt}; a run of {settled_by:.0} would settle it")
            }
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, "unit")
    }
}

/// A verdict with its evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// What it is.
    pub verdict: Verdict,
    /// Index of the first sample of the steady state.
    pub steady_from: usize,
    /// The level at the beginning of the steady state above the first sample, in bytes.
    pub one_time_bytes: f64,
    /// Growth in the steady state, with its interval.
    pub growth: Slope,
    /// Highest value of the series, in bytes.
    pub peak_bytes: f64,
    /// Teeth by whose valleys and peaks it was judged; zero where it was not. Growth is then theirs.
    pub teeth: usize,
}

impl Judgement {
    pub(super) fn of(series: &Series, steady_from: usize, growth: Slope, verdict: Verdict) -> Self {
        Self {
            verdict,
            steady_from,
            one_time_bytes: crate::statistics::one_time_cost(series, steady_from),
            growth,
            peak_bytes: series.peak(),
            teeth: 0,
        }
    }
}

/// Whether what stopped growing at `since` after the beginning has been still for long enough.
pub(super) fn too_fresh(since: f64, quiet: f64) -> Option<(InconclusiveReason, f64)> {
    let needed = STILL * since;
    (quiet < needed).then_some((
        InconclusiveReason::NotStillLongEnough { still_for: quiet, needed },
        since + needed,
    ))
}

/// Something that stopped growing, `grown` bytes above its beginning at the sample `stopped`: paid
/// once if all of it came in the first 2 % of the run or at one sample, otherwise bounded.
pub(super) fn stopped(series: &Series, grown: f64, stopped: usize, rises: usize) -> Verdict {
    if grown <= 0.0 {
        return Verdict::Clean;
    }
    let at = series.at();
    let since = at.get(stopped).zip(at.first()).map_or(0.0, |(last, first)| last - first);
    if rises == 1 || stopped <= 2 || since <= 0.02 * series.span() {
        Verdict::OneTime { bytes: grown }
    } else {
        Verdict::Bounded { capacity: grown }
    }
}

/// Too few samples to judge.
pub(super) fn too_few(series: &Series) -> Judgement {
    let samples = series.len();
    let each = series.span() / (samples.max(2) - 1) as f64;
    let doubt = InconclusiveReason::FewSamples { samples };
    let verdict = Verdict::Inconclusive { doubt, settled_by: each * FEWEST_SAMPLES as f64 };
    Judgement::of(series, 0, Slope::default(), verdict)
}
