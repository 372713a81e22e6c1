//! Audits the memory of Rust code: does it leak, what does it cost once, and what bounds it?
//!
//! Memory is counted where it is asked for, so that verdicts on a program's own code are exact; other
//! processes are watched from outside. A verdict tells a cost paid once, and a fill that ends, from
//! growth that goes on, and says when a run does not tell.
//!
//! # Install
//!
//! One line, in the program or in the test file that is to be audited. It is cheap enough to leave on.
//!
//! ```
//! #[global_allocator]
//! static A: heapwatch::CountingAllocator = heapwatch::CountingAllocator::new();
//!
//! let before = heapwatch::thread_counts();
//! let kept = vec![0_u8; 100];
//! let seen = heapwatch::thread_counts().since(&before);
//! assert_eq!((seen.allocations, seen.live_bytes()), (1, 100));
//! # drop(kept);
//! ```
//!
//! [`process_counts`] and [`peak_bytes`] speak of the whole process; [`phase()`] puts a label on what
//! is counted:
//!
//! ```
//! # #[global_allocator]
//! # static A: heapwatch::CountingAllocator = heapwatch::CountingAllocator::new();
//! let table: Vec<u64> = {
//!     let _phase = heapwatch::phase("warm-up");
//!     (0..1000).collect()
//! };
//! let warm_up = heapwatch::phase_counts("warm-up").expect("that phase was");
//! assert_eq!(warm_up.counts.live_bytes(), 8000);
//! # drop(table);
//! ```
//!
//! # A test that fails on a leak
//!
//! ```
//! # #[global_allocator]
//! # static A: heapwatch::CountingAllocator = heapwatch::CountingAllocator::new();
//! // Kept to 50 entries: the test passes.
//! let mut recent = std::collections::VecDeque::new();
//! heapwatch::assert_plateaus(1000, |i| {
//!     recent.push_back(i);
//!     recent.truncate(50);
//! });
//!
//! // Kept for ever: `assert_plateaus` would panic, `plateaus` returns the leak.
//! let mut log = Vec::new();
//! let failure = heapwatch::plateaus(1000, |i| log.push(format!("{i:08}")));
//! assert!(matches!(failure, Err(heapwatch::Failure::Grows(_))));
//! ```
//!
//! Further: [`assert_nothing_allocates`], [`assert_stays_under`], [`assert_grows_at_most_linearly`].
//! Each fails too where the run was too short, or nothing was allocated, so that nothing was shown.
//!
//! # A record that cannot grow
//!
//! Most leaks are notes kept for ever. [`History`] keeps the last so many, in place: its own memory is
//! taken when it is made, and an entry that makes way for another gives back what it held. Where there
//! is no standard library, take it from the crate `heapwatch-history`.
//!
//! ```
//! # #[global_allocator]
//! # static A: heapwatch::CountingAllocator = heapwatch::CountingAllocator::new();
//! use heapwatch::History;
//!
//! let mut log = History::<String, 100>::new();
//! heapwatch::assert_plateaus(1000, |i| {
//!     log.push(format!("{i:08}"));
//! });
//! assert_eq!((log.len(), log.pushed()), (100, 1000));
//! assert_eq!(log.last().map(String::as_str), Some("00000999"));
//! ```
//!
//! # A guard
//!
//! In a section closed by [`no_alloc`], asking for memory is an error that says how much and from
//! where. It works in release builds, so a control loop can keep it.
//!
//! ```
//! # #[global_allocator]
//! # static A: heapwatch::CountingAllocator = heapwatch::CountingAllocator::new();
//! let mut state = [0.0_f64; 6];
//! let force = heapwatch::no_alloc(|| {
//!     state[0] += 0.001;
//!     -4.0 * state[0]
//! })?;
//! assert_eq!(force, -0.004);
//!
//! let error = heapwatch::no_alloc(|| format!("{force}")).unwrap_err();
//! println!("{error}"); // memory was asked for 1 times (8 bytes) where that is forbidden, first in ...
//! # Ok::<(), heapwatch::GuardError>(())
//! ```
//!
//! # A subject
//!
//! [`Subject`] is a type with its surroundings, and [`steady()`] and [`lifecycle()`] run it:
//!
//! ```
//! # #[global_allocator]
//! # static A: heapwatch::CountingAllocator = heapwatch::CountingAllocator::new();
//! use heapwatch::{Event, Plan, Subject, Verdict};
//!
//! struct Filter {
//!     window: Vec<f64>,
//!     limited: u64,
//! }
//!
//! /// What the filter is fed with.
//! struct Feed;
//!
//! impl Subject for Feed {
//!     type Instance = Filter;
//!     fn create(&mut self) -> Filter {
//!         Filter { window: vec![0.0; 32], limited: 0 }
//!     }
//!     fn step(&mut self, filter: &mut Filter, step: u64) {
//!         let value = (step as f64 / 10.0).sin();
//!         filter.window[step as usize % 32] = value.min(0.9);
//!         filter.limited += u64::from(value > 0.9);
//!     }
//!     fn events(&self, filter: &Filter) -> Vec<Event> {
//!         vec![Event { name: "limited", count: filter.limited }]
//!     }
//! }
//!
//! let run = heapwatch::steady(&mut Feed, &Plan::of(10_000).with_sites())?;
//! assert_eq!(run.judgement.verdict, Verdict::OneTime { bytes: 256.0 });
//! assert_eq!(run.missing_events().count(), 0); // what must happen did happen
//! assert_eq!(run.remaining_bytes, 0); // nothing outlived it
//! # Ok::<(), heapwatch::AuditError>(())
//! ```
//!
//! # Reading a verdict
//!
//! | verdict | it says | it carries |
//! |---|---|---|
//! | [`Clean`](Verdict::Clean) | no growth | |
//! | [`OneTime`](Verdict::OneTime) | a cost paid at the beginning, then flat | its bytes |
//! | [`Bounded`](Verdict::Bounded) | a fill that ended, or a saw-tooth whose valleys stay | the most that it held |
//! | [`Leak`](Verdict::Leak) | growth that goes on | rate, interval, call site where recorded |
//! | [`Inconclusive`](Verdict::Inconclusive) | this run does not tell | why, and how long a run would |
//!
//! No run of finite length tells a slow fill that is still going on from a leak: growth that lasts to
//! the end is called a leak. The rate of a buffer that grows by doubling is that at which it fills.
//!
//! # Another process
//!
//! [`process::exec`] runs a command and watches it and its children from outside, through the kernel's
//! accounts (Linux); [`process::attach`] watches one that runs. See `docs/detection.md` in the
//! repository for what is found how fast.
//!
//! ```
//! use heapwatch::process::{Options, exec};
//! use std::{process::Command, time::Duration};
//!
//! let options = Options { duration: Duration::from_secs(3), ..Options::default() };
//! if cfg!(target_os = "linux") {
//!     let watched = exec(Command::new("sleep").arg("60"), &options)?;
//!     assert!(!watched.judgement.verdict.is_leak());
//! }
//! # Ok::<(), heapwatch::process::WatchError>(())
//! ```

pub mod allocator;
pub mod assertions;
mod guard;
pub mod process;
pub mod statistics;
pub mod subject;
pub mod verdict;
pub mod zoo;

pub use allocator::{
    CountingAllocator, Counts, Frame, GRAIN, OTHER_PHASES, PHASES, Phase, PhaseCounts, RECORDERS,
    RecordError, Site, SiteLimits, SiteRecorder, installed, peak_bytes, peak_within, phase,
    phase_counts, phases, process_counts, reset_peak, thread_counts,
};
pub use assertions::{
    FAILURES, Failure, assert_grows_at_most_linearly, assert_nothing_allocates, assert_plateaus,
    assert_plateaus_async, assert_stays_under, grows_at_most_linearly, nothing_allocates, plateaus,
    plateaus_async, stays_under,
};
pub use guard::{Allocated, GuardError, no_alloc, permit_alloc};
pub use heapwatch_history::History;
pub use statistics::Series;
pub use subject::{
    AuditError, Cleanup, Component, Event, Footprint, Plan, Run, Sample, Scope, Snapshot, Subject,
    cleanup, footprint, from_closures, lifecycle, steady,
};
pub use verdict::{InconclusiveReason, Judgement, Verdict};
