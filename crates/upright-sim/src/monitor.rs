//! Watching the memory of a long run, and renewing its controller on the way.
//!
//! Two series are sampled: live bytes, which are counted where the program has installed
//! [`heapwatch::CountingAllocator`], and resident memory, which the system tells. What is counted
//! decides; resident memory moves for reasons of its own, so beside counted bytes it can only make a
//! verdict inconclusive, and decides where nothing is counted.
//!
//! The record of samples takes its room at the start. When it is full, every other sample goes and
//! the interval doubles: a ring would forget the warm-up, without which a cost paid once cannot be
//! told from growth. A period allocates nothing; judging does, so during a run it is done only where
//! the last half of the record has grown by more than is allowed, and then a handful of times.

use crate::closed_loop::{ClosedLoop, Tick};
use crate::realization::Realization;
use crate::run::{HookedRun, Run, RunOptions, StepHook, replay};
use heapwatch::statistics::Slope;
use heapwatch::verdict::{Noise, judge_counted, judge_sampled};
use heapwatch::{Judgement, Series};
use upright_core::Controller;
use upright_design::DesignError;
use upright_scenario::{Monitoring, Scenario, ScenarioError};

/// Samples kept, at most.
pub const MAX_SAMPLES: usize = 1024;
/// Samples from which growth is looked for during a run.
const FIRST_LOOK: usize = 32;
/// The periods that growth is stated for.
const PERIODS: f64 = 10_000.0;

/// Memory after so many periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemorySample {
    /// Control periods done.
    pub period: u64,
    /// Live bytes: what the process held at the start of the run, and what the run's thread has taken
    /// since. Absent where nothing is counted.
    pub live_bytes: Option<i64>,
    /// Resident bytes of the process; absent where the system does not tell.
    pub resident_bytes: Option<u64>,
}

/// How one series grows.
#[derive(Debug, Clone, PartialEq)]
pub struct Growth {
    /// Growth in the steady state in bytes per 10 000 control periods; absent where the series does
    /// not tell.
    pub per_10000_periods: Option<f64>,
    /// What the series says, with its evidence. Positions are control periods.
    pub judgement: Judgement,
    /// Whether it is known to grow by more than is allowed.
    pub exceeds: bool,
}

impl Growth {
    fn of(judgement: Judgement, allowed: f64) -> Self {
        let told = judgement.verdict.is_innocent()
            || judgement.verdict.is_leak()
            || judgement.growth != Slope::default();
        let rate = judgement.growth.rate * PERIODS;
        let exceeds = judgement.verdict.is_leak() && rate > allowed;
        Self { per_10000_periods: told.then_some(rate), judgement, exceeds }
    }

    fn is_inconclusive(&self) -> bool {
        !self.judgement.verdict.is_innocent() && !self.judgement.verdict.is_leak()
    }
}

/// Whether memory grows by more than is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryVerdict {
    /// It does not.
    Within,
    /// It does.
    Exceeded,
    /// The run does not tell, or resident memory grows while what is counted does not.
    Inconclusive,
}

impl MemoryVerdict {
    /// The verdict as results write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::Exceeded => "exceeded",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// What monitoring has seen and done.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Whether memory grows by more than is allowed.
    pub verdict: MemoryVerdict,
    /// The growth allowed, in bytes per 10 000 control periods.
    pub allowed: f64,
    /// Growth of the live bytes; absent where nothing is counted.
    pub live: Option<Growth>,
    /// Growth of resident memory; absent where the system does not tell.
    pub resident: Option<Growth>,
    /// The samples, oldest first, at most [`MAX_SAMPLES`].
    pub samples: Vec<MemorySample>,
    /// How often the controller was rebuilt.
    pub recreated: u64,
    /// How often its records were emptied.
    pub reset: u64,
    /// After how many periods growth beyond what is allowed was first seen, if it was during the run.
    pub warned_after: Option<u64>,
}

/// Something to be done every so many periods.
#[derive(Debug, Clone, Copy)]
struct Every {
    periods: u64,
    next: u64,
}

/// What is to be done after a period.
#[derive(Debug, Clone, Copy)]
struct Due {
    done: u64,
    renew: bool,
    clear: bool,
    sample: bool,
}

impl Every {
    fn new(periods: u32) -> Self {
        let periods = u64::from(periods);
        Self { periods, next: periods }
    }

    fn is_due(&mut self, done: u64) -> bool {
        let due = done >= self.next;
        if due {
            self.next += self.periods;
        }
        due
    }
}

/// The monitor of one run. [`run_monitored`] drives one; who steps a [`ClosedLoop`] calls
/// [`Monitor::after`].
///
/// ```
/// use upright_core::Kind;
/// use upright_core::law::classical::{Classical, Settings};
/// use upright_sim::closed_loop::ClosedLoop;
/// use upright_sim::monitor::Monitor;
/// use upright_sim::scenario::{Overrides, Scenario};
///
/// # #[global_allocator]
/// # static A: heapwatch::CountingAllocator = heapwatch::CountingAllocator::new();
/// let text = "monitor: {sample_every: 100, recreate_every: 2500}";
/// let scenario = Scenario::read("watched", text, &Overrides::default())?;
/// let context = scenario.context()?;
/// let build = || Classical::build(&Settings::default(), &context).map_err(Into::into);
///
/// let mut closed_loop = ClosedLoop::new(&scenario, build()?, false)?;
/// let mut monitor = Monitor::of(&scenario).expect("the scenario asks for it");
/// while closed_loop.step().is_some() {
///     if let Some(report) = monitor.after(&mut closed_loop, build)? {
///         eprintln!("memory grows: {:?}", report.live);
///     }
/// }
/// let report = monitor.report();
/// assert_eq!((report.samples.len(), report.recreated), (101, 4));
/// assert_eq!(report.live.and_then(|live| live.per_10000_periods), Some(0.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Monitor {
    allowed: f64,
    sample: Every,
    recreate: Every,
    reset: Option<Every>,
    /// Live bytes of the process less those of the run's thread, at the start; absent where nothing is
    /// counted.
    others: Option<i64>,
    samples: Vec<MemorySample>,
    recreated: u64,
    cleared: u64,
    warned_after: Option<u64>,
}

impl Monitor {
    /// For the run of a scenario, if that is monitored. Takes all memory that it will need, and the
    /// first sample, on the thread that will run it.
    pub fn of(scenario: &Scenario) -> Option<Self> {
        scenario.monitor.as_ref().map(|settings| Self::new(settings, scenario.periods()))
    }

    fn new(settings: &Monitoring, periods: u64) -> Self {
        let sample = Every::new(settings.sample_every);
        let room = (periods / sample.periods + 1).min(MAX_SAMPLES as u64) as usize;
        let samples = Vec::with_capacity(room);
        let counted = heapwatch::installed();
        let others = heapwatch::process_counts().live_bytes() - own_live_bytes();
        let mut monitor = Self {
            allowed: settings.warn_bytes_per_10000_periods,
            sample,
            recreate: Every::new(settings.recreate_every),
            reset: settings.reset_every.map(Every::new),
            others: counted.then_some(others),
            samples,
            recreated: 0,
            cleared: 0,
            warned_after: None,
        };
        monitor.take(0);
        monitor
    }

    /// What is due after a period of `closed_loop`: renews its controller with what `build` builds,
    /// empties its records, takes a sample. Returns a report where growth beyond what is allowed is seen
    /// for the first time.
    ///
    /// # Errors
    /// What `build` reports.
    #[inline]
    pub fn after<C: Controller<f64>>(
        &mut self,
        closed_loop: &mut ClosedLoop<C>,
        build: impl FnOnce() -> Result<C, DesignError>,
    ) -> Result<Option<Report>, DesignError> {
        let due = self.due(closed_loop.done());
        if due.renew {
            closed_loop.renew(build()?);
        }
        if due.clear {
            closed_loop.clear_records();
        }
        Ok(self.look(due))
    }

    /// What is due after `done` periods.
    fn due(&mut self, done: u64) -> Due {
        let due = Due {
            done,
            renew: self.recreate.is_due(done),
            clear: self.reset.as_mut().is_some_and(|reset| reset.is_due(done)),
            sample: self.sample.is_due(done),
        };
        self.recreated += u64::from(due.renew);
        self.cleared += u64::from(due.clear);
        due
    }

    /// Takes a sample where one is due.
    fn look(&mut self, due: Due) -> Option<Report> {
        if !due.sample {
            return None;
        }
        self.take(due.done);
        self.alarm(due.done)
    }

    fn take(&mut self, period: u64) {
        if self.samples.len() == MAX_SAMPLES {
            let mut kept = false;
            self.samples.retain(|_| {
                kept = !kept;
                kept
            });
            self.sample.periods *= 2;
            self.sample.next = period + self.sample.periods;
        }
        self.samples.push(MemorySample {
            period,
            live_bytes: self.others.map(|others| others + own_live_bytes()),
            resident_bytes: heapwatch::process::resident(),
        });
    }

    /// Looks for growth at every doubling of the number of samples; once only.
    fn alarm(&mut self, done: u64) -> Option<Report> {
        let count = self.samples.len();
        if self.warned_after.is_some()
            || count < FIRST_LOOK
            || !count.is_power_of_two()
            || !self.has_lately_grown()
        {
            return None;
        }
        let report = self.report();
        if report.verdict != MemoryVerdict::Exceeded {
            return None;
        }
        self.warned_after = Some(done);
        Some(Report { warned_after: self.warned_after, ..report })
    }

    /// Whether the bytes that decide have grown over the last half of the record by more than is
    /// allowed, without which the statistics would not call it growth either; this does not allocate.
    fn has_lately_grown(&self) -> bool {
        let bytes = |sample: &MemorySample| {
            let counted = sample.live_bytes.map(|bytes| bytes as f64);
            Some((sample.period, counted.or(sample.resident_bytes.map(|bytes| bytes as f64))?))
        };
        let from = self.samples.get(self.samples.len() / 2).and_then(bytes);
        let to = self.samples.last().and_then(bytes);
        from.zip(to).is_some_and(|(from, to)| {
            to.1 - from.1 > self.allowed * (to.0 - from.0) as f64 / PERIODS
        })
    }

    /// What was seen and done until now.
    pub fn report(&self) -> Report {
        let floor = self.allowed / PERIODS;
        let live = self.series(|sample| sample.live_bytes.map(|bytes| bytes as f64));
        let live = live.map(|series| Growth::of(judge_counted(&series), self.allowed));
        let resident = self.series(|sample| sample.resident_bytes.map(|bytes| bytes as f64));
        let resident = resident.map(|series| {
            let noise = Noise { floor, ..Noise::default() };
            Growth::of(judge_sampled(&series, &noise), self.allowed)
        });
        Report {
            verdict: verdict(live.as_ref(), resident.as_ref()),
            allowed: self.allowed,
            live,
            resident,
            samples: self.samples.clone(),
            recreated: self.recreated,
            reset: self.cleared,
            warned_after: self.warned_after,
        }
    }

    /// One series over the periods; nothing where a sample is without it.
    fn series(&self, of: impl Fn(&MemorySample) -> Option<f64>) -> Option<Series> {
        self.samples.iter().map(|sample| Some((sample.period as f64, of(sample)?))).collect()
    }
}

/// Live bytes that the calling thread has taken and not given back.
fn own_live_bytes() -> i64 {
    heapwatch::thread_counts().live_bytes()
}

fn verdict(live: Option<&Growth>, resident: Option<&Growth>) -> MemoryVerdict {
    let Some(decides) = live.or(resident) else { return MemoryVerdict::Inconclusive };
    if decides.exceeds {
        MemoryVerdict::Exceeded
    } else if decides.is_inconclusive() || resident.is_some_and(|resident| resident.exceeds) {
        MemoryVerdict::Inconclusive
    } else {
        MemoryVerdict::Within
    }
}

/// A finished run, and what its monitor has seen.
#[derive(Debug, Clone, PartialEq)]
pub struct MonitoredRun {
    /// The run.
    pub run: Run,
    /// What monitoring has seen and done, where the scenario asks for it.
    pub memory: Option<Report>,
}

impl std::ops::Deref for MonitoredRun {
    type Target = Run;

    fn deref(&self) -> &Run {
        &self.run
    }
}

/// Runs one run of a scenario's study under its monitor, if it asks for one, and calls `alarm` as soon as
/// memory is seen to grow by more than the scenario allows; once at most. The run goes on.
///
/// # Errors
/// Where the scenario is not allowed, which includes that its controller does not exist.
pub fn run_monitored(
    scenario: &Scenario,
    realization: &Realization,
    options: RunOptions<'_>,
    alarm: &mut dyn FnMut(&Report),
) -> Result<MonitoredRun, ScenarioError> {
    if scenario.monitor.is_none() {
        return Ok(MonitoredRun { run: replay(scenario, realization, options)?, memory: None });
    }
    let RunOptions { record, hook } = options;
    let mut hook = MonitorHook::new(scenario, hook).with_alarm(alarm);
    let run = replay(scenario, realization, RunOptions { record, hook: Some(&mut hook) })?;
    let memory = hook.report();
    Ok(MonitoredRun { run, memory })
}

/// A scenario's monitor as a hook, which calls another hook after it.
pub struct MonitorHook<'a, 'w> {
    scenario: &'a Scenario,
    monitor: Option<Monitor>,
    inner: Option<&'w mut dyn StepHook>,
    alarm: Option<&'a mut dyn FnMut(&Report)>,
}

impl<'a, 'w> MonitorHook<'a, 'w> {
    /// For the run of a scenario, before the hook `inner`. It takes its memory when the run begins.
    pub fn new(scenario: &'a Scenario, inner: Option<&'w mut dyn StepHook>) -> Self {
        Self { scenario, monitor: None, inner, alarm: None }
    }

    /// Calls `alarm` as soon as memory is seen to grow by more than is allowed; once at most.
    #[must_use]
    pub fn with_alarm(mut self, alarm: &'a mut dyn FnMut(&Report)) -> Self {
        self.alarm = Some(alarm);
        self
    }

    /// What was seen and done until now, where the scenario asks for monitoring and the run has begun.
    pub fn report(&self) -> Option<Report> {
        self.monitor.as_ref().map(Monitor::report)
    }
}

impl StepHook for MonitorHook<'_, '_> {
    // The loop has taken all its memory by then: what comes after is growth.
    fn before_first_period(&mut self) {
        self.monitor = Monitor::of(self.scenario);
    }

    fn after_period(&mut self, run: &mut dyn HookedRun, tick: &Tick) -> Result<bool, DesignError> {
        if let Some(monitor) = &mut self.monitor {
            let due = monitor.due(run.done());
            if due.renew {
                run.renew_controller()?;
            }
            if due.clear {
                run.clear_records();
            }
            if let Some(report) = monitor.look(due)
                && let Some(alarm) = &mut self.alarm
            {
                alarm(&report);
            }
        }
        match &mut self.inner {
            Some(inner) => inner.after_period(run, tick),
            None => Ok(true),
        }
    }
}
