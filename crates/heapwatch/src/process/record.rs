//! The record of a watch: readings at an interval, thinned where they become many, and what they say.

use super::accounts;
use super::cgroup::ControlGroup;
use super::meter::{Meter, ONE_OVER_SHARE, thread_time};
use super::opinions::{allow_for_given_back, consult, opinions};
use super::options::{Options, Own};
use super::runtime::Runtimes;
use super::tree::Tree;
use super::watched::{Account, Counters, End, Reading, Usage, Watched};
use crate::statistics::Series;
use crate::verdict::{InconclusiveReason, Noise, Verdict, judge_sampled};
use std::sync::atomic::Ordering::Relaxed;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Samples of a watch at least, whatever they take: twice as many as a verdict needs.
const SAMPLES_AT_LEAST: u32 = 40;

/// Readings that are kept at most: a watch without end must not grow itself.
const READINGS: usize = 8192;

/// From one look for new children to the next: reading all of `/proc` is the dear part.
const LOOK: Duration = Duration::from_millis(500);

/// Looking for children takes at most one part in so many of the watcher's own time.
const LOOKING: u32 = 50;

/// The longest sleep at a time, so that a watch is stopped soon after it is asked to.
const NAP: Duration = Duration::from_millis(500);

/// After a moment at which there was nothing to be read.
const AGAIN: Duration = Duration::from_millis(10);

/// Walks that reach over less of a watch than this, or are fewer than so many, are not judged.
const WALKED: f64 = 0.9;
const FEWEST_WALKS: usize = 40;

/// The largest process that is walked once more, some 10 ms, before growth is called a leak that pages given
/// back lazily could be.
const LARGEST_TO_ASK: u64 = 512 << 20;

/// A process that ends by itself sooner is not judged: its start is all that was seen of it.
const LEAST: Duration = Duration::from_secs(2);

/// What is kept in a process by counting it is not known at this moment.
#[derive(Debug)]
struct NotNow;

/// What is told of a watch on its way.
pub(super) type Report<'a> = &'a mut dyn FnMut(&Watched);

#[derive(Debug)]
pub(super) struct Record {
    readings: Vec<Reading>,
    meter: Meter,
    realtime: bool,
    collected: bool,
    runtimes: Runtimes,
    group: Option<ControlGroup>,
    /// Whether the end of what is watched is known by an exit code.
    started: bool,
    /// Seconds that an earlier watch of the same process has been going on.
    offset: f64,
    /// By how much samples are further apart than was asked for, since there were too many.
    stretch: u32,
    given_back: Option<u64>,
    own: Option<Own>,
    /// Who was read last.
    members: Vec<(u32, Counters)>,
}

impl Record {
    /// A record of a process that runs, or of a command that was `started` and may have a control group of its own.
    pub(super) fn begin(pid: u32, options: &Options, started: bool) -> Self {
        let (readings, offset) = options.before.clone().unwrap_or_default();
        let group = ControlGroup::of(pid);
        let own = group.as_ref().filter(|_| started && options.adopt).and_then(ControlGroup::below);
        Self {
            readings,
            meter: Meter::default(),
            realtime: false,
            collected: false,
            runtimes: Runtimes::default(),
            group: own.or(group),
            started,
            offset,
            stretch: 1,
            given_back: accounts::given_back_by_all(),
            own: options.own.clone(),
            members: Vec::new(),
        }
    }

    /// Samples until the end. `read` is told when to look for new children. A sample is placed at the
    /// time at which it was taken, however late that was.
    pub(super) fn until(
        &mut self,
        options: &Options,
        report: Report<'_>,
        mut read: impl FnMut(&mut Self, bool) -> Result<Option<Reading>, End>,
    ) -> End {
        let began = Instant::now();
        let end = began.checked_add(options.duration);
        let mut next_look = began;
        let mut next_report = began.checked_add(options.report_every);
        let (mut due, mut last) = (began, began);
        // What reading still owes to those who are read.
        let mut debt = Duration::ZERO;
        loop {
            if stopped(options) {
                return End::Stopped;
            }
            let now = Instant::now();
            let look = now >= next_look;
            let at = self.offset + now.duration_since(began).as_secs_f64();
            let before = self.meter.counting();
            let found = read(self, look);
            if look {
                // Where there are many processes, looking through them is done less often.
                next_look = now + LOOK.max(LOOKING * now.elapsed());
            }
            let mut processes = 1;
            let missed = matches!(found, Ok(None));
            match found {
                Ok(Some(reading)) => {
                    processes = reading.counters.processes.max(1);
                    self.keep(Reading { at, ..reading }, options.window);
                }
                Ok(None) => {}
                Err(end) => return end,
            }
            if next_report.is_some_and(|next| now >= next) {
                next_report = now.checked_add(options.report_every);
                report(&self.judge(options, End::Running));
            }
            let took = self.meter.counting().saturating_sub(before);
            debt += took * ONE_OVER_SHARE / u32::try_from(processes).unwrap_or(u32::MAX);
            // A short watch on a slow machine must still come to an answer.
            let rest = debt.min(options.duration / SAMPLES_AT_LEAST);
            let interval = options.interval.saturating_mul(self.stretch);
            // What was missed is not made up for, but soon tried again where it could not be read at that moment.
            due = if missed {
                Instant::now() + AGAIN.min(interval)
            } else {
                (due + interval).max(Instant::now()).max(now + rest)
            };
            let until = end.map_or(due, |end| due.min(end));
            while let Some(left) = until.checked_duration_since(Instant::now()) {
                if left.is_zero() || stopped(options) {
                    break;
                }
                sleep(left.min(NAP));
            }
            self.meter.passed(processes, last.elapsed());
            debt = debt.saturating_sub(now.elapsed());
            last = Instant::now();
            if end.is_some_and(|end| due > end) {
                return End::Duration;
            }
        }
    }

    fn keep(&mut self, reading: Reading, window: Option<Duration>) {
        self.readings.push(reading);
        if let Some(window) = window {
            let from = reading.at - window.as_secs_f64();
            let old = self.readings.partition_point(|reading| reading.at < from);
            // Not one by one: each time all others move up.
            if old > self.readings.len() / 10 {
                self.readings.drain(..old);
            }
        }
        if self.readings.len() >= READINGS {
            let mut odd = false;
            self.readings.retain(|_| {
                odd = !odd;
                odd
            });
            self.stretch = self.stretch.saturating_mul(2);
        }
    }

    /// The counters of all in the tree, and a walk where that harms nobody. The time is filled in later.
    pub(super) fn read(&mut self, tree: &Tree, look: bool) -> Option<Reading> {
        let began = thread_time();
        let members = tree.members();
        let mut found = Vec::with_capacity(members.len());
        for member in members {
            let Ok(counters) = self.without_own(member.pid) else {
                // A sum without this one would be a fall.
                self.meter.read(found.len(), thread_time().saturating_sub(began));
                return None;
            };
            let Some(counters) = counters else { continue };
            let descriptors = accounts::descriptors(member.pid);
            found.push((member.pid, Counters { descriptors, ..counters }));
        }
        let mut group = None;
        if look {
            self.realtime = tree.has_realtime();
            self.collected = self.runtimes.any_is_collected(members);
            group = self.group.as_ref().and_then(|group| {
                group.take(members);
                group.read(members)
            });
        }
        self.meter.read(found.len(), thread_time().saturating_sub(began));
        let each: Vec<Counters> = found.iter().map(|&(_, counters)| counters).collect();
        let counters = each.iter().copied().reduce(Counters::plus)?;
        let walks = self.meter.may_walk(&each, self.realtime, Instant::now());
        let walk = if walks { self.walk(&found) } else { None };
        self.members = found;
        Some(Reading { at: 0.0, counters, walk, group })
    }

    fn own_in(&self, pid: u32) -> Result<u64, NotNow> {
        self.own.as_ref().map_or(Ok(0), |own| own.bytes(pid).ok_or(NotNow))
    }

    /// The counters of one process without what the watch keeps in it; nothing where it has ended. Read anew where that
    /// changed meanwhile.
    fn without_own(&self, pid: u32) -> Result<Option<Counters>, NotNow> {
        let mut own = self.own_in(pid)?;
        let Some(mut counters) = accounts::counters(pid) else { return Ok(None) };
        let after = self.own_in(pid)?;
        if after != own {
            own = after;
            let Some(again) = accounts::counters(pid) else { return Ok(None) };
            counters = again;
        }
        let written = counters.written.saturating_sub(own);
        Ok(Some(Counters { written, ..counters }))
    }

    fn walk(&mut self, processes: &[(u32, Counters)]) -> Option<Usage> {
        let mut sum = None::<Usage>;
        for (pid, counters) in processes {
            let began = Instant::now();
            // One that is refused, as of another user's process, held nothing and is none.
            let walked = accounts::walk(*pid)?;
            self.meter.walked(counters, began, began.elapsed());
            let written = walked.written.saturating_sub(self.own_in(*pid).ok()?);
            let walked = Usage { written, ..walked };
            sum = Some(sum.map_or(walked, |sum| sum.plus(walked)));
        }
        sum
    }

    /// What the processes have given back lazily and still count, by a walk that is longer than those that are
    /// taken on the way; nothing where that would stop them too long, or they have ended.
    fn given_back(&self) -> Option<u64> {
        if self.realtime || self.members.iter().any(|(_, of)| of.resident > LARGEST_TO_ASK) {
            return None;
        }
        let walks = self.members.iter().map(|(pid, _)| Some(accounts::walk(*pid)?.given_back));
        walks.sum()
    }

    pub(super) fn judge(&self, options: &Options, end: End) -> Watched {
        let skip = options.skip.as_secs_f64();
        let from = self.readings.partition_point(|reading| reading.at < skip);
        let readings = &self.readings[from..];
        let (account, written) = judged(readings);
        let noise = Noise { collected: self.collected, ..options.noise };
        let mut judgement = judge_sampled(&written, &noise);
        let span = written.span();
        if account == Account::Counters {
            let all = accounts::given_back_by_all().zip(self.given_back);
            let by_all = all.map_or(0, |(now, then)| now.saturating_sub(then));
            allow_for_given_back(&mut judgement, by_all, || self.given_back(), span);
        }
        let opinions = opinions(readings, &options.noise);
        consult(&mut judgement, &opinions, span);
        if let End::Exited(code) = end {
            let needed = LEAST.as_secs_f64();
            let inconclusive =
                |doubt| Verdict::Inconclusive { doubt, settled_by: needed.max(span) };
            // Of a process that is not a child the code is not known.
            if self.started && code != Some(0) && !judgement.verdict.is_leak() {
                judgement.verdict = inconclusive(InconclusiveReason::EndedWithError { code });
            } else if span < needed && judgement.verdict.is_innocent() {
                let doubt = InconclusiveReason::EndedEarly { after: span, needed };
                judgement.verdict = inconclusive(doubt);
            }
        }
        Watched {
            written,
            account,
            readings: self.readings.clone(),
            judgement,
            opinions,
            collected: self.collected,
            end,
            cost: self.meter.cost(),
        }
    }
}

fn stopped(options: &Options) -> bool {
    options.stop.as_ref().is_some_and(|stop| stop.load(Relaxed))
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
            group: None,
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

    #[test]
    fn a_watch_without_end_keeps_a_bounded_record_of_its_window() {
        let mut record = Record::begin(std::process::id(), &Options::default(), false);
        for reading in readings(100_000, |_| false) {
            record.keep(reading, None);
        }
        assert!(record.readings.len() < READINGS && record.stretch > 8, "{}", record.stretch);
        assert_eq!(record.readings[0].at, 0.0);
        for reading in readings(100_000, |_| false) {
            record.keep(
                Reading { at: 10_000.0 + reading.at, ..reading },
                Some(Duration::from_mins(1)),
            );
        }
        let span = 20_000.0 - record.readings[0].at;
        assert!((60.0..75.0).contains(&span), "{span}");
    }

    #[test]
    fn a_watch_goes_on_from_the_readings_of_an_earlier_one_and_leaves_out_what_is_skipped() {
        let before = Some((readings(100, |_| false), 20.0));
        let options = Options { before, skip: Duration::from_secs(5), ..Options::default() };
        let record = Record::begin(std::process::id(), &options, false);
        let watched = record.judge(&options, End::Running);
        assert_eq!((watched.readings.len(), watched.written.len()), (100, 50));
        assert_eq!(record.offset, 20.0);
    }
}
