//! Auditing any type: what it is made of, what a life of it costs, whether its steps grow.

use crate::allocator::{
    Counts, RecordError, SiteLimits, SiteRecorder, installed, process_counts, thread_counts,
};
use crate::statistics::Series;
use crate::verdict::{Judgement, judge_counted};

/// Something whose memory is to be audited. The implementor is the surroundings (settings, a plant,
/// test data); the instance is what is measured. What the surroundings allocate is counted too, so
/// they are to be made beforehand.
pub trait Subject {
    /// What is created, stepped and dropped.
    type Instance;

    /// Creates one.
    fn create(&mut self) -> Self::Instance;

    /// Lets it do one step of its work; `step` counts from 0 in each instance's life.
    fn step(&mut self, instance: &mut Self::Instance, step: u64);

    /// Puts it back to its beginning. Answers whether it can be.
    fn reset(&mut self, _instance: &mut Self::Instance) -> bool {
        false
    }

    /// What it is made of.
    fn components(&self, _instance: &Self::Instance) -> Vec<Component> {
        Vec::new()
    }

    /// Events that must have happened for a run to mean anything (a limit reached, a mode switched),
    /// with how often they did so far in this instance's life.
    fn events(&self, _instance: &Self::Instance) -> Vec<Event> {
        Vec::new()
    }
}

/// A part of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Component {
    /// Its name.
    pub name: &'static str,
    /// Its size in place, in bytes.
    pub inline_bytes: u64,
    /// What it holds on the heap now, in bytes.
    pub heap_bytes: u64,
    /// What it promises never to exceed, in bytes, in place and on the heap together.
    pub bound_bytes: Option<u64>,
    /// If it is a history: how many entries it can hold.
    pub capacity: Option<u64>,
    /// If it is a history: how many entries it holds.
    pub length: Option<u64>,
}

impl Component {
    /// Whether it declares a bound and keeps it.
    pub fn keeps_its_bound(&self) -> bool {
        self.bound_bytes
            .is_some_and(|bound| self.inline_bytes.saturating_add(self.heap_bytes) <= bound)
    }
}

/// Something that happened in an instance's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub name: &'static str,
    /// How often.
    pub count: u64,
}

/// Whose allocations are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// Those of the calling thread: exact beside other tests.
    #[default]
    Thread,
    /// Those of the whole process: for subjects with threads of their own.
    Process,
}

impl Scope {
    fn counts(self) -> Counts {
        match self {
            Self::Thread => thread_counts(),
            Self::Process => process_counts(),
        }
    }
}

/// How a subject is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Whose allocations are counted.
    pub scope: Scope,
    /// Lives, or steps of one life.
    pub count: u64,
    /// A sample is taken every so many of them; from 1.
    pub every: u64,
    /// Whether call sites are recorded, so that a leak is named. Slows allocation down to
    /// microseconds; only one run of a process at a time can do it.
    pub sites: bool,
}

impl Plan {
    /// So many lives or steps, sampled 1000 times or at each, without call sites.
    pub fn of(count: u64) -> Self {
        Self { scope: Scope::Thread, count, every: (count / 1000).max(1), sites: false }
    }

    /// With call sites recorded.
    #[must_use]
    pub fn with_sites(self) -> Self {
        Self { sites: true, ..self }
    }
}

/// What was counted at a moment of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Lives or steps done.
    pub at: u64,
    /// Counts since the run began.
    pub counts: Counts,
}

/// What a run showed.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Samples, from 0 lives or steps on.
    pub samples: Vec<Sample>,
    /// What they say; the position is in lives or steps.
    pub judgement: Judgement,
    /// What the last instance was made of at its end.
    pub components: Vec<Component>,
    /// What happened in the last instance's life.
    pub events: Vec<Event>,
    /// Live bytes after everything was dropped, above those before anything was created.
    pub remaining_bytes: i64,
}

impl Run {
    /// The events that never happened: a run that has any is too still to be trusted.
    pub fn missing_events(&self) -> impl Iterator<Item = &'static str> {
        self.events.iter().filter(|event| event.count == 0).map(|event| event.name)
    }

    /// Live bytes over lives or steps.
    pub fn series(&self) -> Series {
        series_of(&self.samples)
    }

    /// Requests for memory after the first `steps`: zero for a subject that allocates only at first.
    pub fn requests_after(&self, steps: u64) -> u64 {
        let last = self.samples.last().map_or(0, |sample| sample.counts.requests());
        let then = self.samples.iter().find(|sample| sample.at >= steps);
        then.map_or(0, |sample| last - sample.counts.requests())
    }
}

/// Why a subject was not audited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// Nothing would be counted.
    #[error("the counting allocator is not installed")]
    NotInstalled,
    /// Call sites were asked for and cannot be recorded.
    #[error(transparent)]
    Sites(#[from] RecordError),
    /// There is no such plan.
    #[error("`every` is zero: a sample is taken every so many lives or steps, from 1")]
    EveryIsZero,
}

/// Creates, steps `steps` times and drops `plan.count` instances, one after another. A sample is what
/// is live between two lives.
///
/// # Errors
/// Where nothing can be counted, or call sites not recorded.
pub fn lifecycle<S: Subject>(subject: &mut S, steps: u64, plan: &Plan) -> Result<Run, AuditError> {
    let mut recorded = Recorded::begin(plan)?;
    let mut found = (Vec::new(), Vec::new());
    for life in 1..=plan.count {
        let mut instance = subject.create();
        (0..steps).for_each(|step| subject.step(&mut instance, step));
        if life == plan.count {
            found = recorded.apart(|| (subject.components(&instance), subject.events(&instance)));
        }
        drop(instance);
        recorded.sample(life);
    }
    let judgement = recorded.judge();
    let remaining_bytes = recorded.now().live_bytes();
    let (components, events) = found;
    Ok(Run { samples: recorded.samples, judgement, components, events, remaining_bytes })
}

/// Lets one instance do `plan.count` steps. The first sample is taken before it is created.
///
/// # Errors
/// Where nothing can be counted, or call sites not recorded.
pub fn steady<S: Subject>(subject: &mut S, plan: &Plan) -> Result<Run, AuditError> {
    let mut recorded = Recorded::begin(plan)?;
    let mut instance = subject.create();
    for step in 1..=plan.count {
        subject.step(&mut instance, step - 1);
        recorded.sample(step);
    }
    let judgement = recorded.judge();
    let (components, events) =
        recorded.apart(|| (subject.components(&instance), subject.events(&instance)));
    drop(instance);
    let remaining_bytes = recorded.now().live_bytes();
    Ok(Run { samples: recorded.samples, judgement, components, events, remaining_bytes })
}

/// The recording of a run. All its memory is taken before counting begins.
struct Recorded {
    plan: Plan,
    begin: Counts,
    samples: Vec<Sample>,
    sites: Option<SiteRecorder>,
    /// What the audit itself asked for meanwhile.
    own: Counts,
}

impl Recorded {
    fn begin(plan: &Plan) -> Result<Self, AuditError> {
        if !installed() {
            return Err(AuditError::NotInstalled);
        }
        let room = plan.count.checked_div(plan.every).ok_or(AuditError::EveryIsZero)? + 2;
        let mut samples =
            Vec::with_capacity(usize::try_from(room).unwrap_or(usize::MAX).min(1 << 24));
        samples.push(Sample { at: 0, counts: Counts::ZERO });
        let limits =
            SiteLimits { this_thread: plan.scope == Scope::Thread, ..SiteLimits::default() };
        let sites = plan.sites.then(|| SiteRecorder::with_limits(limits)).transpose()?;
        Ok(Self { plan: *plan, begin: plan.scope.counts(), samples, sites, own: Counts::ZERO })
    }

    fn now(&self) -> Counts {
        self.plan.scope.counts().since(&self.begin).since(&self.own)
    }

    #[inline]
    fn sample(&mut self, at: u64) {
        // What grew in the second half is what still grows.
        if at == self.plan.count / 2
            && let Some(sites) = &self.sites
        {
            sites.mark();
        }
        if at.is_multiple_of(self.plan.every) && self.samples.len() < self.samples.capacity() {
            self.samples.push(Sample { at, counts: self.now() });
        }
    }

    /// Runs what belongs to the audit and not to the subject.
    fn apart<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let before = self.plan.scope.counts();
        let result = work();
        self.own = self.own.plus(&self.plan.scope.counts().since(&before));
        result
    }

    fn judge(&mut self) -> Judgement {
        let before = self.plan.scope.counts();
        // First, so that what the judgement allocates is not among them.
        let sites = self.sites.take().map(|sites| {
            let grown = sites.growing_most(1).pop();
            grown.or_else(|| sites.holding_most(1).pop())
        });
        let series = series_of(&self.samples);
        let mut judgement = judge_counted(&series);
        judgement.verdict = judgement.verdict.with_site(sites.flatten());
        drop(series);
        // The judgement outlives this and is not the subject's.
        self.own = self.own.plus(&self.plan.scope.counts().since(&before));
        judgement
    }
}

fn series_of(samples: &[Sample]) -> Series {
    let mut series = Series::with_capacity(samples.len());
    for sample in samples {
        series.push(sample.at as f64, sample.counts.live_bytes() as f64);
    }
    series
}
