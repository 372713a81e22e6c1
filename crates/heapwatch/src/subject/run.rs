//! Running a subject: many lives, or one long one.

use super::audited::{Component, Event, Subject};
use super::plan::{AuditError, MAX_SAMPLES, Plan, Scope};
use crate::allocator::{
    Counts, Site, SiteLimits, SiteRecorder, installed, thread_counters::unrecorded,
};
use crate::process::resident;
use crate::statistics::Series;
use crate::verdict::{Judgement, judge_counted};

/// How many call sites a snapshot names.
const SITES_A_SNAPSHOT: usize = 10;

/// What was counted at a moment of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Lives or steps done.
    pub at: u64,
    /// Counts since the run began.
    pub counts: Counts,
    /// Resident memory of the process in bytes, where it was asked for and is known.
    pub resident: Option<u64>,
}

/// What was counted at a mark, and who holds most.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Lives or steps done.
    pub at: u64,
    /// Counts since the run began.
    pub counts: Counts,
    /// The ten call sites that hold most, where they are recorded; none where nothing is held.
    pub sites: Vec<Site>,
}

/// What a run showed.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Samples, from 0 lives or steps on.
    pub samples: Vec<Sample>,
    /// Counts just after the first instance was created.
    pub after_creation: Counts,
    /// What was seen at the marks of the plan.
    pub snapshots: Vec<Snapshot>,
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

    /// Resident memory over lives or steps; empty where it was not asked for or is not known.
    pub fn resident_series(&self) -> Series {
        let known = self.samples.iter().filter_map(|s| Some((s.at as f64, s.resident? as f64)));
        known.collect()
    }

    /// Requests for memory after the first instance was created: of a long run, those of its steps.
    pub fn requests_after_creation(&self) -> u64 {
        let last = self.samples.last().map_or(0, |sample| sample.counts.requests());
        last.saturating_sub(self.after_creation.requests())
    }

    /// Requests for memory after the first `steps`: zero for a subject that allocates only at first.
    pub fn requests_after(&self, steps: u64) -> u64 {
        let last = self.samples.last().map_or(0, |sample| sample.counts.requests());
        let then = self.samples.iter().find(|sample| sample.at >= steps);
        then.map_or(0, |sample| last - sample.counts.requests())
    }
}

/// Creates, steps `steps` times and drops `plan.count` instances, one after another. A sample is what
/// is live between two lives.
///
/// # Errors
/// Where nothing can be counted, or call sites not recorded.
pub fn lifecycle<S: Subject>(subject: &mut S, steps: u64, plan: &Plan) -> Result<Run, AuditError> {
    let mut recorded = Recorded::begin(plan)?;
    let mut found = (Vec::new(), Vec::new());
    let mut after_creation = Counts::ZERO;
    for life in 1..=plan.count {
        let mut instance = subject.create();
        if life == 1 {
            after_creation = recorded.now();
        }
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
    let Recorded { samples, snapshots, .. } = recorded;
    Ok(Run { samples, after_creation, snapshots, judgement, components, events, remaining_bytes })
}

/// Lets one instance do `plan.count` steps. The first sample is taken before it is created.
///
/// # Errors
/// Where nothing can be counted, or call sites not recorded.
pub fn steady<S: Subject>(subject: &mut S, plan: &Plan) -> Result<Run, AuditError> {
    let mut recorded = Recorded::begin(plan)?;
    let mut instance = subject.create();
    let after_creation = recorded.now();
    for step in 1..=plan.count {
        subject.step(&mut instance, step - 1);
        recorded.sample(step);
    }
    let judgement = recorded.judge();
    let (components, events) =
        recorded.apart(|| (subject.components(&instance), subject.events(&instance)));
    drop(instance);
    let remaining_bytes = recorded.now().live_bytes();
    let Recorded { samples, snapshots, .. } = recorded;
    Ok(Run { samples, after_creation, snapshots, judgement, components, events, remaining_bytes })
}

/// The recording of a run. All its memory is taken before counting begins.
struct Recorded {
    plan: Plan,
    begin: Counts,
    samples: Vec<Sample>,
    snapshots: Vec<Snapshot>,
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
        if room > MAX_SAMPLES {
            return Err(AuditError::TooManySamples { samples: room });
        }
        let first = Sample { at: 0, counts: Counts::ZERO, resident: None };
        // Written to before it is used, or filling it would look like growth of resident memory.
        let mut samples = vec![first; room as usize];
        samples.clear();
        samples.push(Sample { resident: plan.resident.then(resident).flatten(), ..first });
        let snapshots = Vec::with_capacity(plan.marks.len());
        let limits =
            SiteLimits { this_thread: plan.scope == Scope::Thread, ..SiteLimits::default() };
        let sites = plan.sites.then(|| SiteRecorder::with_limits(limits)).transpose()?;
        let mut recorded =
            Self { plan: *plan, begin: Counts::ZERO, samples, snapshots, sites, own: Counts::ZERO };
        recorded.begin = plan.scope.counts();
        recorded.mark(0);
        Ok(recorded)
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
            let resident = self.plan.resident.then(resident).flatten();
            self.samples.push(Sample { at, counts: self.now(), resident });
        }
        self.mark(at);
    }

    /// Takes a snapshot if its turn has come.
    #[inline]
    fn mark(&mut self, at: u64) {
        if self.plan.marks.get(self.snapshots.len()) == Some(&at) {
            let counts = self.now();
            let sites = self.sites.take();
            let held = self.apart(|| sites.as_ref().map(|s| s.holding_most(SITES_A_SNAPSHOT)));
            self.sites = sites;
            self.snapshots.push(Snapshot { at, counts, sites: held.unwrap_or_default() });
        }
    }

    /// Runs what belongs to the audit and not to the subject.
    fn apart<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let before = self.plan.scope.counts();
        let result = unrecorded(work);
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
