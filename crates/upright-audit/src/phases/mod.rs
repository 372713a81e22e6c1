//! The phases that every subject goes through. Each returns its evidence, and passes, fails or does
//! not tell by the rules of the audit. What runs a subject is compiled for each of them; what makes evidence of the
//! runs is a function of its own, compiled once.

mod cleanup;
mod footprint;
mod lifecycle;
mod scenarios;
mod steady_step;
mod stress;
pub(crate) mod studies;
#[cfg(test)]
mod tests;
mod warm_up;

pub(crate) use cleanup::cleanup;
pub(crate) use footprint::footprint;
pub(crate) use lifecycle::lifecycle;
pub(crate) use scenarios::{add_fresh_starts, scenarios};
pub(crate) use steady_step::{REQUESTS, steady_step};
pub(crate) use stress::stress;
pub(crate) use warm_up::warm_up;

use crate::evidence::{
    EventCount, Finding, PhaseEvidence, PhaseName, PhaseOutcome, Point, SiteEvidence,
    SnapshotEvidence, VerdictName,
};
use crate::reference::{Reference, reference};
use heapwatch::{AuditError, Judgement, Plan, Run, Scope, Site, Verdict};
use std::time::Instant;
use upright_report::size;

/// Bytes of the reference audit's kilobyte and megabyte.
const KB: f64 = 1024.0;
const MB: f64 = 1024.0 * 1024.0;

/// What the phases of a subject share.
pub(crate) struct Context<'a> {
    /// The subject's name.
    pub(crate) subject: &'a str,
    /// What one step is called.
    pub(crate) step: &'a str,
    /// Whose allocations are counted: the whole process's where it is the subject's own.
    pub(crate) scope: Scope,
    /// How much is done.
    pub(crate) extent: crate::extent::Extent,
}

impl Context<'_> {
    fn reference(&self, figure: impl Fn(&Reference) -> f64) -> Option<f64> {
        reference(self.subject).map(figure)
    }
}

/// A phase in the making.
struct PhaseBuilder {
    evidence: PhaseEvidence,
    began: Instant,
}

impl PhaseBuilder {
    fn begin(phase: PhaseName) -> Self {
        Self {
            evidence: PhaseEvidence {
                phase,
                outcome: PhaseOutcome::Passed,
                statement: String::new(),
                finding: None,
                figures: Vec::new(),
                events: Vec::new(),
                snapshots: Vec::new(),
                short_series: Vec::new(),
                series: Vec::new(),
                seconds: 0.0,
            },
            began: Instant::now(),
        }
    }

    /// Lets it come out so, unless it came out worse already.
    fn come_out(&mut self, outcome: PhaseOutcome, statement: impl Into<String>) {
        let evidence = &mut self.evidence;
        if evidence.statement.is_empty() || outcome > evidence.outcome {
            evidence.outcome = outcome;
            evidence.statement = statement.into();
        }
    }

    /// What must have happened and did not makes a phase inconclusive.
    fn ask_for_events(&mut self, run: &Run) {
        self.evidence.events = events(run);
        let missing: Vec<&str> = run.missing_events().collect();
        if !missing.is_empty() {
            let never = format!("{} never happened, so nothing is shown", missing.join(", "));
            self.come_out(PhaseOutcome::Inconclusive, never);
        }
    }

    fn finish(mut self) -> PhaseEvidence {
        self.evidence.seconds = self.began.elapsed().as_secs_f64();
        self.evidence
    }
}

/// Runs without call stacks; where that finds a leak, runs again with them, to name the place. A stack costs
/// more than what is audited, and nothing is to be named of a run that keeps nothing. Verdict and figures are
/// those of the first run, in which no growth can hide in what was freed.
fn run_and_name(
    plan: &Plan,
    run: &mut dyn FnMut(&Plan) -> Result<Run, AuditError>,
) -> Result<Run, AuditError> {
    let mut first = run(plan)?;
    if let Verdict::Leak { site: site @ None, .. } = &mut first.judgement.verdict
        && !plan.sites
    {
        let again = run(&plan.with_sites())?;
        if let Verdict::Leak { site: named, .. } = again.judgement.verdict {
            *site = named;
        }
        first.snapshots = again.snapshots;
    }
    Ok(first)
}

fn events(run: &Run) -> Vec<EventCount> {
    let count =
        |event: &heapwatch::Event| EventCount { name: event.name.to_owned(), count: event.count };
    run.events.iter().map(count).collect()
}

fn finding(judgement: &Judgement, run: &Run, unit: &str) -> Finding {
    let name = match judgement.verdict {
        Verdict::Clean => VerdictName::Clean,
        Verdict::OneTime { .. } => VerdictName::OneTime,
        Verdict::Bounded { .. } => VerdictName::Bounded,
        Verdict::Leak { .. } => VerdictName::Leak,
        Verdict::Inconclusive { .. } => VerdictName::Inconclusive,
    };
    let mut found = Finding {
        verdict: name,
        statement: text(&judgement.verdict, unit),
        bytes: 0.0,
        unit: unit.to_owned(),
        rate: 0.0,
        interval: [0.0; 2],
        steady_from: run.samples.get(judgement.steady_from).map_or(0.0, |s| s.at as f64),
        site: None,
        settled_by: None,
    };
    match &judgement.verdict {
        Verdict::Clean => {}
        Verdict::OneTime { bytes } => found.bytes = *bytes,
        Verdict::Bounded { capacity } => found.bytes = *capacity,
        Verdict::Leak { rate, interval, site } => {
            found.rate = *rate;
            found.interval = [interval.low, interval.high];
            found.site = site.as_deref().map(site_evidence);
        }
        Verdict::Inconclusive { settled_by, .. } => found.settled_by = Some(*settled_by),
    }
    found
}

/// A verdict in words, its rate a step, a period or a life.
fn text(verdict: &Verdict, unit: &str) -> String {
    match verdict {
        Verdict::Clean => "no byte of growth".to_owned(),
        Verdict::OneTime { bytes } => format!("{} paid once, then flat", size(*bytes)),
        Verdict::Bounded { capacity } => format!("fills up to {}, then flat", size(*capacity)),
        Verdict::Leak { rate, interval, site } => {
            let from =
                site.as_ref().map_or_else(String::new, |site| format!(", from {}", culprit(site)));
            format!(
                "grows by {rate:.4} bytes a {unit} ({:.4} to {:.4}){from}",
                interval.low, interval.high
            )
        }
        Verdict::Inconclusive { doubt, settled_by } => {
            format!("{doubt}; {settled_by:.0} {unit}s would settle it")
        }
    }
}

/// The function to blame; a closure with the function around it.
fn culprit(site: &Site) -> String {
    let mut own = site.frames.iter().filter(|frame| !frame.is_library());
    let Some(frame) = own.next() else { return "an unknown place".to_owned() };
    let around = own.find(|frame| !is_closure(frame));
    match around.filter(|_| is_closure(frame)) {
        Some(around) => format!("{} in {}", frame_text(frame), around.function),
        None => frame_text(frame),
    }
}

fn is_closure(frame: &heapwatch::Frame) -> bool {
    frame.function.ends_with('}')
}

/// A function with its place, the place without the folders of whoever built it.
fn frame_text(frame: &heapwatch::Frame) -> String {
    let name = if frame.function.is_empty() { "?" } else { &frame.function };
    match (&frame.file, frame.line) {
        (Some(file), Some(line)) => format!("{name} at {}:{line}", within_project(file)),
        _ => name.to_owned(),
    }
}

fn within_project(file: &str) -> &str {
    for mark in ["/crates/", "/library/", "/registry/src/"] {
        if let Some(at) = file.find(mark) {
            return file.get(at + 1..).unwrap_or(file);
        }
    }
    file
}

fn site_evidence(site: &Site) -> SiteEvidence {
    SiteEvidence {
        culprit: culprit(site),
        frames: site.frames.iter().take(FRAMES).map(frame_text).collect(),
        live_bytes: site.live_bytes,
        live_blocks: site.live_blocks,
    }
}

/// How many functions of a call stack are kept.
const FRAMES: usize = 16;

fn snapshots(run: &Run) -> Vec<SnapshotEvidence> {
    let of = |snapshot: &heapwatch::Snapshot| SnapshotEvidence {
        at: snapshot.at,
        live_bytes: snapshot.counts.live_bytes(),
        sites: snapshot.sites.iter().map(site_evidence).collect(),
    };
    run.snapshots.iter().map(of).collect()
}

fn points(run: &Run) -> Vec<Point> {
    let of = |sample: &heapwatch::Sample| Point {
        at: sample.at,
        live_bytes: sample.counts.live_bytes(),
        resident_bytes: sample.resident,
    };
    run.samples.iter().map(of).collect()
}

/// Growth between two samples at these positions, in bytes.
fn growth(run: &Run, from: u64, to: u64) -> f64 {
    let live = |at| {
        let sample = run.samples.iter().rfind(|sample| sample.at <= at);
        sample.map_or(0, |sample| sample.counts.live_bytes())
    };
    (live(to) - live(from)) as f64
}
