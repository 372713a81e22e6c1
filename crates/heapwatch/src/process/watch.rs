//! The watch: samples at an interval, until the time is over or the process has ended.

use super::accounts;
use super::options::Options;
use super::started::Started;
use super::tree::{Process, Tree};
use super::watched::{End, Usage, WatchError, Watched};
use crate::statistics::Series;
use crate::verdict::{InconclusiveReason, Verdict, judge_sampled};
use std::process::Command;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// From one look for new children to the next: reading all of `/proc` is the dear part.
const LOOK: Duration = Duration::from_millis(500);

/// A process that ends by itself sooner is not judged: its start is all that was seen of it.
const LEAST: Duration = Duration::from_secs(2);

/// Memory of a process and its children now.
///
/// # Errors
/// Where there is no such process.
pub fn usage(pid: u32) -> Result<Usage, WatchError> {
    let mut tree = Tree::of(Process::running(pid).ok_or(WatchError::NoSuchProcess { pid })?);
    tree.refresh();
    sum(&tree).ok_or(WatchError::NoSuchProcess { pid })
}

/// Runs a command, watches it and its children, and ends them: first asking (SIGTERM), after
/// [`Options::grace`] killing. The command runs in a process group of its own, with
/// `HEAPWATCH_WATCH` in its environment, by which children that left the group are found again.
/// Its standard input and outputs are as the caller set them.
///
/// # Errors
/// Where the options make no sense or the command does not start. A command that ends before there
/// is enough to judge is no error: its verdict is inconclusive.
pub fn exec(command: &mut Command, options: &Options) -> Result<Watched, WatchError> {
    check(options)?;
    let mut started = Started::start(command, options.grace)?;
    let mut record = Record::default();
    let mut first_look = true;
    let end = record.until(options, |look| {
        if look || first_look {
            started.tree().refresh();
            first_look = false;
        }
        let usage = sum(started.tree());
        // After the sample: what was read of a process that was ending is not used.
        match started.ended() {
            Some(end) => Err(end),
            None => Ok(usage),
        }
    });
    drop(started);
    Ok(record.judge(options, end))
}

/// Watches a running process and its children, and leaves them running.
///
/// # Errors
/// Where the options make no sense or there is no such process.
pub fn attach(pid: u32, options: &Options) -> Result<Watched, WatchError> {
    check(options)?;
    let process = Process::running(pid).ok_or(WatchError::NoSuchProcess { pid })?;
    let mut tree = Tree::of(process);
    let mut record = Record::default();
    let end = record.until(options, |look| {
        if look {
            tree.refresh();
        }
        let usage = sum(&tree);
        if process.runs() { Ok(usage) } else { Err(End::Exited(None)) }
    });
    Ok(record.judge(options, end))
}

fn check(options: &Options) -> Result<(), WatchError> {
    let (interval, duration) = (options.interval, options.duration);
    if interval < Duration::from_millis(1) || interval > duration {
        return Err(WatchError::Interval { interval, duration });
    }
    Ok(())
}

/// The sum over a tree; nothing where nobody in it has an account.
fn sum(tree: &Tree) -> Option<Usage> {
    tree.members().iter().filter_map(|member| accounts::of(member.pid)).reduce(|sum, one| Usage {
        private: sum.private + one.private,
        proportional: sum.proportional + one.proportional,
        written: sum.written + one.written,
        processes: sum.processes + one.processes,
    })
}

#[derive(Default)]
struct Record {
    written: Series,
    private: Series,
    proportional: Series,
}

impl Record {
    /// Samples until the end. `read` is told when to look for new children. A sample is placed at the
    /// time at which it was taken, however late that was.
    fn until(
        &mut self,
        options: &Options,
        mut read: impl FnMut(bool) -> Result<Option<Usage>, End>,
    ) -> End {
        let began = Instant::now();
        let mut looked = None::<Instant>;
        let mut due = began;
        loop {
            if options.stop.as_ref().is_some_and(|stop| stop.load(Relaxed)) {
                return End::Stopped;
            }
            let look = looked.is_none_or(|looked| looked.elapsed() >= LOOK);
            if look {
                looked = Some(Instant::now());
            }
            let at = began.elapsed().as_secs_f64();
            match read(look) {
                Ok(Some(usage)) => self.push(at, &usage),
                Ok(None) => {}
                Err(end) => return end,
            }
            // What was missed is not made up for.
            due = (due + options.interval).max(Instant::now());
            let end = began + options.duration;
            if due > end {
                return End::Duration;
            }
            sleep(due.saturating_duration_since(Instant::now()));
        }
    }

    fn push(&mut self, at: f64, usage: &Usage) {
        self.written.push(at, usage.written as f64);
        self.private.push(at, usage.private as f64);
        self.proportional.push(at, usage.proportional as f64);
    }

    fn judge(self, options: &Options, end: End) -> Watched {
        let mut judgement = judge_sampled(&self.written, &options.noise);
        let (after, needed) = (self.written.span(), LEAST.as_secs_f64());
        if matches!(end, End::Exited(_)) && after < needed && judgement.verdict.is_innocent() {
            let doubt = InconclusiveReason::EndedEarly { after, needed };
            judgement.verdict = Verdict::Inconclusive { doubt, settled_by: needed };
        }
        Watched {
            written: self.written,
            private: self.private,
            proportional: self.proportional,
            judgement,
            end,
        }
    }
}
