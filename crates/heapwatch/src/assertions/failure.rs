//! Why an assertion does not hold: as data, in words, and as JSON.

use crate::allocator::{Frame, GROUPS, culprit, installed, place};
use crate::verdict::{InconclusiveReason, Verdict};
use std::fmt::{self, Write as _};
use std::io::Write as _;

/// Least ratio of the largest size to the smallest that linear growth is told from faster by.
pub(super) const SPREAD: f64 = 8.0;

/// The environment variable that names a file: an assertion that panics appends its failure there, a line of
/// JSON each ([`Failure::to_json`]).
pub const FAILURES: &str = "HEAPWATCH_FAILURES";

/// Why an assertion does not hold, or cannot be trusted to.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Failure {
    /// Nothing was counted.
    NotInstalled,
    /// It allocated.
    Allocates {
        /// Which repetition after the warm-up, from 0.
        repetition: u64,
        /// Allocations and reallocations in it.
        requests: u64,
        /// Bytes asked for in it.
        bytes: u64,
        /// Call stack of the first request, innermost first.
        stack: Vec<Frame>,
    },
    /// It grows on. Rates are in bytes a step.
    Grows(Verdict),
    /// It held more than it may.
    OverCap {
        /// The most that was held, in bytes.
        peak: u64,
        /// What may be held, in bytes.
        cap: u64,
    },
    /// It grows faster than in proportion to `n`.
    MoreThanLinear {
        /// Exponent measured.
        exponent: f64,
        /// Exponent allowed: 1 and what capacities that double may add over these sizes.
        allowed: f64,
    },
    /// The run was too short to be trusted.
    TooShort {
        /// How many repetitions or sizes there were.
        got: u64,
        /// How many would do.
        needed: u64,
    },
    /// The run did not settle the question.
    Undecided {
        /// Why.
        doubt: InconclusiveReason,
        /// Repetitions that would be enough.
        settled_by: f64,
    },
    /// Sizes lie too close together to tell linear growth from faster.
    TooNarrow {
        /// Largest size by smallest.
        ratio: f64,
    },
    /// Nothing was allocated, so nothing was tried.
    TooStill,
    /// It cannot be told whose memory grows: threads that the calling one did not start, such as those of a pool
    /// that many share, exchange memory with it and keep more and more of their own.
    OtherThreads {
        /// How many threads.
        threads: usize,
        /// By how much they grew, in bytes a step.
        rate: f64,
    },
    /// Too many tests count by origin at this moment.
    TooManyAtOnce,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled => f.write_str("the counting allocator is not installed"),
            Self::Allocates { repetition, requests, bytes, stack } => write!(
                f,
                "repetition {repetition} asked for memory {requests} times ({bytes} bytes), first in {}",
                place(stack)
            ),
            Self::Grows(verdict) => {
                f.write_str("it grows on: ")?;
                verdict.write(f, "step")
            }
            Self::OverCap { peak, cap } => {
                write!(f, "it held {peak} bytes at a time, and may hold {cap}")
            }
            Self::MoreThanLinear { exponent, allowed } => write!(
                f,
                "its memory grows with n to the power of {exponent:.2}; {allowed:.2} is allowed"
            ),
            Self::TooShort { got, needed } => write!(
                f,
                "too short to be trusted: {got} repetitions or sizes, of at least {needed}"
            ),
            Self::Undecided { doubt, settled_by } => {
                write!(f, "undecided: {doubt}; {settled_by:.0} repetitions would settle it")
            }
            Self::TooNarrow { ratio } => {
                write!(f, "the largest size is {ratio:.1} times the smallest, of at least {SPREAD}")
            }
            Self::TooStill => {
                f.write_str("too still to be trusted: nothing was allocated in the whole run")
            }
            Self::OtherThreads { threads, rate } => write!(
                f,
                "it cannot be told whose memory grows: {threads} threads that this one did not start exchange \
                 memory with it and keep {rate:.1} bytes a step more"
            ),
            Self::TooManyAtOnce => {
                write!(f, "{GROUPS} others count by origin at this moment, and no more can")
            }
        }
    }
}

impl std::error::Error for Failure {}

impl Failure {
    /// The failure's name: `not_installed`, `allocates`, `grows`, `over_cap`, `more_than_linear`, `too_short`,
    /// `undecided`, `too_narrow`, `too_still`, `other_threads` or `too_many_at_once`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotInstalled => "not_installed",
            Self::Allocates { .. } => "allocates",
            Self::Grows(_) => "grows",
            Self::OverCap { .. } => "over_cap",
            Self::MoreThanLinear { .. } => "more_than_linear",
            Self::TooShort { .. } => "too_short",
            Self::Undecided { .. } => "undecided",
            Self::TooNarrow { .. } => "too_narrow",
            Self::TooStill => "too_still",
            Self::OtherThreads { .. } => "other_threads",
            Self::TooManyAtOnce => "too_many_at_once",
        }
    }

    /// The failure as a JSON object on one line: `failure` (its [name](Self::name)), `message`, and what the
    /// failure carries, among it `function`, `file` and `line` of the call site where it is known, and
    /// `bytes_per_step` with `interval`.
    pub fn to_json(&self) -> String {
        let mut object = Object::default();
        object.text("failure", self.name());
        object.text("message", &self.to_string());
        match self {
            Self::NotInstalled | Self::TooStill | Self::TooManyAtOnce => {}
            Self::Allocates { repetition, requests, bytes, stack } => {
                object.number("repetition", *repetition as f64);
                object.number("requests", *requests as f64);
                object.number("bytes", *bytes as f64);
                object.site(culprit(stack));
            }
            Self::Grows(verdict) => {
                object.text("verdict", verdict.name());
                if let Verdict::Leak { rate, interval, site } = verdict {
                    object.number("bytes_per_step", *rate);
                    object.numbers("interval", &[interval.low, interval.high]);
                    object.site(site.as_ref().and_then(|site| site.culprit()));
                }
            }
            Self::OverCap { peak, cap } => {
                object.number("peak_bytes", *peak as f64);
                object.number("cap_bytes", *cap as f64);
            }
            Self::MoreThanLinear { exponent, allowed } => {
                object.number("exponent", *exponent);
                object.number("allowed", *allowed);
            }
            Self::TooShort { got, needed } => {
                object.number("got", *got as f64);
                object.number("needed", *needed as f64);
            }
            Self::Undecided { settled_by, .. } => object.number("settled_by", *settled_by),
            Self::TooNarrow { ratio } => object.number("ratio", *ratio),
            Self::OtherThreads { threads, rate } => {
                object.number("threads", *threads as f64);
                object.number("bytes_per_step", *rate);
            }
        }
        object.end()
    }
}

/// A JSON object in the making. A crate for it would be the largest that this one pulls in.
#[derive(Default)]
struct Object(String);

impl Object {
    fn key(&mut self, key: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.quoted(key);
        self.0.push(':');
    }

    fn quoted(&mut self, text: &str) {
        self.0.push('"');
        for letter in text.chars() {
            match letter {
                '"' | '\\' => self.0.extend(['\\', letter]),
                // Writing to a string does not fail.
                letter if letter < ' ' => drop(write!(self.0, "\\u{:04x}", letter as u32)),
                letter => self.0.push(letter),
            }
        }
        self.0.push('"');
    }

    fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        self.quoted(value);
    }

    fn value(&mut self, value: f64) {
        // JSON has no infinity.
        let _ = if value.is_finite() { write!(self.0, "{value}") } else { write!(self.0, "null") };
    }

    fn number(&mut self, key: &str, value: f64) {
        self.key(key);
        self.value(value);
    }

    fn numbers(&mut self, key: &str, values: &[f64]) {
        self.key(key);
        for (index, value) in values.iter().enumerate() {
            self.0.push(if index == 0 { '[' } else { ',' });
            self.value(*value);
        }
        self.0.push(']');
    }

    fn site(&mut self, frame: Option<&Frame>) {
        let Some(frame) = frame else { return };
        self.text("function", &frame.function);
        if let Some(file) = &frame.file {
            self.text("file", file);
        }
        if let Some(line) = frame.line {
            self.number("line", line.into());
        }
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

pub(super) fn check(got: u64, needed: u64) -> Result<(), Failure> {
    if !installed() {
        Err(Failure::NotInstalled)
    } else if got < needed {
        Err(Failure::TooShort { got, needed })
    } else {
        Ok(())
    }
}

#[track_caller]
pub(super) fn hold<T>(result: Result<T, Failure>) -> T {
    match result {
        Ok(value) => value,
        Err(failure) => {
            note(&failure);
            panic!("{failure}")
        }
    }
}

/// Appends to the file that is asked for. That it cannot be written must not hide the failure.
fn note(failure: &Failure) {
    let Some(path) = std::env::var_os(FAILURES) else { return };
    let file = std::fs::OpenOptions::new().append(true).create(true).open(&path);
    let written = file.and_then(|mut file| file.write_all((failure.to_json() + "\n").as_bytes()));
    if let Err(error) = written {
        eprintln!("{}: {error}", path.display());
    }
}
