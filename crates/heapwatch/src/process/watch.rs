//! The watch: samples at an interval, until the time is over or the process has ended.

use super::accounts;
use super::meter::{Meter, ONE_OVER_SHARE, thread_time};
use super::options::Options;
use super::started::Started;
use super::tree::{Process, Tree};
use super::watched::{Account, Counters, End, Reading, Usage, WatchError, Watched};
use crate::statistics::Series;
use crate::verdict::{InconclusiveReason, Verdict, judge_sampled};
use std::process::Command;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Samples of a watch at least, whatever they take: twice as many as a verdict needs.
const SAMPLES_AT_LEAST: u32 = 40;

/// From one look for new children to the next: reading all of `/proc` is the dear part.
const LOOK: Duration = Duration::from_millis(500);

/// Looking for children takes at most one part in so many of the watcher's own time.
const LOOKING: u32 = 50;

/// Walks that reach over less of a watch than this, or are fewer than so many, are not judged.
const WALKED: f64 = 0.9;
const FEWEST_WALKS: usize = 40;

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
    let end = record.until(options, |record, look| {
        if look {
            started.tree().refresh();
        }
        let reading = record.read(started.tree(), look);
        // After the sample: what was read of a process that was ending is not used.
        match started.ended() {
            Some(end) => Err(end),
            None => Ok(reading),
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
    let end = record.until(options, |record, look| {
        if look {
            tree.refresh();
        }
        let reading = record.read(&tree, look);
        if process.runs() { Ok(reading) } else { Err(End::Exited(None)) }
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
    tree.members().iter().filter_map(|member| accounts::of(member.pid)).reduce(Usage::plus)
}

#[derive(Default)]
struct Record {
    readings: Vec<Reading>,
    meter: Meter,
    realtime: bool,
}

impl Record {
    /// Samples until the end. `read` is told when to look for new children. A sample is placed at the
    /// time at which it was taken, however late that was.
    fn until(
        &mut self,
        options: &Options,
        mut read: impl FnMut(&mut Self, bool) -> Result<Option<(Counters, Option<Usage>)>, End>,
    ) -> End {
        let began = Instant::now();
        let end = began + options.duration;
        let mut next_look = began;
        let (mut due, mut last) = (began, began);
        loop {
            if options.stop.as_ref().is_some_and(|stop| stop.load(Relaxed)) {
                return End::Stopped;
            }
            let now = Instant::now();
            let look = now >= next_look;
            let at = now.duration_since(began);
            let before = self.meter.counting();
            let found = read(self, look);
            if look {
                // Where there are many processes, looking through them is done less often.
                next_look = now + LOOK.max(LOOKING * now.elapsed());
            }
            let mut processes = 1;
            match found {
                Ok(Some((counters, walk))) => {
                    processes = counters.processes.max(1);
                    self.readings.push(Reading { at: at.as_secs_f64(), counters, walk });
                }
                Ok(None) => {}
                Err(end) => return end,
            }
            let took = self.meter.counting().saturating_sub(before);
            let rest = took * ONE_OVER_SHARE / u32::try_from(processes).unwrap_or(u32::MAX);
            // A short watch on a slow machine must still come to an answer.
            let rest = rest.min(options.duration / SAMPLES_AT_LEAST);
            // What was missed is not made up for.
            due = (due + options.interval).max(Instant::now()).max(now + rest);
            let until = due.min(end);
            sleep(until.saturating_duration_since(Instant::now()));
            self.meter.passed(processes, last.elapsed());
            last = Instant::now();
            if due > end {
                return End::Duration;
            }
        }
    }

    /// The counters of all in the tree, and a walk where that harms nobody.
    fn read(&mut self, tree: &Tree, look: bool) -> Option<(Counters, Option<Usage>)> {
        let began = thread_time();
        let members = tree.members();
        let found: Vec<(u32, Counters)> = members
            .iter()
            .filter_map(|member| Some((member.pid, accounts::counters(member.pid)?)))
            .collect();
        self.meter.read(found.len(), thread_time().saturating_sub(began));
        let each: Vec<Counters> = found.iter().map(|&(_, counters)| counters).collect();
        let counters = each.iter().copied().reduce(Counters::plus)?;
        if look {
            self.realtime = tree.has_realtime();
        }
        let walks = self.meter.may_walk(&each, self.realtime, Instant::now());
        Some((counters, if walks { self.walk(&found) } else { None }))
    }

    fn walk(&mut self, processes: &[(u32, Counters)]) -> Option<Usage> {
        let mut sum = None::<Usage>;
        for (pid, counters) in processes {
            let began = Instant::now();
            let walked = accounts::walk(*pid);
            self.meter.walked(counters, began, began.elapsed());
            let walked = walked?;
            sum = Some(sum.map_or(walked, |sum| sum.plus(walked)));
        }
        sum
    }

    fn judge(self, options: &Options, end: End) -> Watched {
        let (account, written) = judged(&self.readings);
        let mut judgement = judge_sampled(&written, &options.noise);
        let (after, needed) = (written.span(), LEAST.as_secs_f64());
        if matches!(end, End::Exited(_)) && after < needed && judgement.verdict.is_innocent() {
            let doubt = InconclusiveReason::EndedEarly { after, needed };
            judgement.verdict = Verdict::Inconclusive { doubt, settled_by: needed };
        }
        Watched {
            written,
            account,
            readings: self.readings,
            judgement,
            end,
            cost: self.meter.cost(),
        }
    }
}

/// The account that is judged. Walks are to the page, and share out what processes have in common; but
/// what was walked only while it was small, or now and then, is judged by the counters. Never by both:
/// from one to the other there is a step that nobody took.
fn judged(readings: &[Reading]) -> (Account, Series) {
    let counters: Series =
        readings.iter().map(|reading| (reading.at, reading.counters.written as f64)).collect();
    let walks: Series = readings
        .iter()
        .filter_map(|reading| Some((reading.at, reading.walk?.written as f64)))
        .collect();
    let gap =
        |series: &Series| series.at().windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
    let throughout = walks.span() >= WALKED * counters.span()
        && gap(&walks) <= (0.1 * counters.span()).max(gap(&counters));
    let often = walks.len() >= FEWEST_WALKS.min(counters.len());
    if throughout && often { (Account::Walks, walks) } else { (Account::Counters, counters) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(count: usize, walked: impl Fn(usize) -> bool) -> Vec<Reading> {
        let of = |i| Reading {
            at: i as f64 / 10.0,
            counters: Counters { written: 4096, ..Counters::default() },
            walk: walked(i).then(Usage::default),
        };
        (0..count).map(of).collect()
    }

    #[test]
    fn walks_are_judged_where_they_were_taken_throughout_and_often() {
        assert_eq!(judged(&readings(600, |_| true)).0, Account::Walks);
        assert_eq!(judged(&readings(600, |i| i % 5 == 0)).0, Account::Walks);
        // Only at first, only at the ends, too rarely, never.
        for walked in [|i| i < 300, |i| !(50..550).contains(&i), |i| i % 50 == 0, |_| false] {
            let (account, series) = judged(&readings(600, walked));
            assert_eq!((account, series.len()), (Account::Counters, 600));
        }
    }
}
