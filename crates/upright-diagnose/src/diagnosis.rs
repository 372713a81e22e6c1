//! The diagnosis: what was tried, what helps, what remains.

use crate::cause::{CAUSES, Cause};
use crate::change::{Change, changes};
use crate::knob::{self, SETS};
use crate::observed::{Observed, observe};
use serde::Serialize;
use std::cell::Cell;
use upright_sim::Scenario;
use upright_sim::scenario::ScenarioError;
use upright_sim::scenario::sampled::{LoopReport, report};

/// A run with something changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trial {
    /// What is changed, in a word or two.
    pub what: String,
    /// The settings that a user can change and that were, of `estimator`, `slope`, `poles` and `period`.
    pub knobs: Vec<&'static str>,
    /// The fields that are changed.
    pub changes: Vec<Change>,
    /// What came of it.
    pub observed: Observed,
}

/// Something that no setting removes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Remaining {
    /// What it is.
    pub what: &'static str,
    /// What comes of the proposed setting, or the scenario where there is none, without it.
    pub without: Observed,
}

/// Why a scenario does not settle, or bangs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diagnosis {
    /// The run as it is.
    pub as_it_is: Observed,
    /// One cause removed each.
    pub causes: Vec<Trial>,
    /// Settings that a user can change, the least variation left first; those that fall come last.
    pub knobs: Vec<Trial>,
    /// Which of `knobs` to turn first: the fewest after which the run is calm, of them the one that leaves the least
    /// variation; where none is calm, the first of all. Absent where nothing helps, or nothing is wrong.
    pub proposed: Option<usize>,
    /// Physical causes that matter under the proposed setting: without one of them the run settles, or swings half as
    /// far.
    pub remaining: Vec<Remaining>,
    /// The loop as it is.
    pub sampled_loop: LoopReport,
    /// The loop as it is proposed.
    pub proposed_loop: Option<LoopReport>,
    /// Whether all was tried; else what was tried is here, and nothing is said of what no setting removes.
    pub complete: bool,
}

impl Diagnosis {
    /// What to change first.
    pub fn proposal(&self) -> Option<&Trial> {
        self.knobs.get(self.proposed?)
    }
}

/// How bad a run is beside others: fallen, shaking, calm.
fn rank(observed: &Observed) -> u8 {
    match observed.verdict {
        verdict if verdict.calm() => 0,
        verdict if verdict.upright() => 1,
        _ => 2,
    }
}

/// Which of the trials, best first, to propose.
fn proposed(as_it_is: &Observed, trials: &[Trial]) -> Option<usize> {
    if as_it_is.verdict == upright_sim::metrics::Verdict::Settled {
        return None;
    }
    let calm = trials.iter().enumerate().filter(|(_, trial)| rank(&trial.observed) == 0);
    // Trials are in order, so the first of the fewest is the quietest.
    let fewest = calm.min_by_key(|(i, trial)| (trial.knobs.len(), *i)).map(|(i, _)| i);
    let better = |trial: &Trial| {
        let (now, then) = (rank(as_it_is), rank(&trial.observed));
        then < now || then == now && trial.observed.variation < as_it_is.variation
    };
    let settles = |i: usize| trials[i].observed.reason.is_none();
    // What was calm before must become settled, or there is nothing to propose.
    match fewest {
        Some(i) if rank(as_it_is) > 0 || settles(i) => Some(i),
        Some(_) => trials
            .iter()
            .position(|trial| rank(&trial.observed) == 0 && trial.observed.reason.is_none()),
        None => trials.first().filter(|trial| better(trial)).map(|_| 0),
    }
}

/// Diagnoses a scenario, with what was tried until `stop` returned true; nothing where that was before the first run ended.
///
/// # Errors
/// Where the scenario is not allowed.
pub fn diagnose(
    scenario: &Scenario,
    stop: &dyn Fn() -> bool,
) -> Result<Option<Diagnosis>, ScenarioError> {
    diagnose_telling(scenario, stop, &|_, _| {})
}

/// The same; on the way, `tell` hears how many runs are done, and of how many as far as is known: which settings help
/// decides how many more there are.
///
/// # Errors
/// Where the scenario is not allowed.
pub fn diagnose_telling(
    scenario: &Scenario,
    stop: &dyn Fn() -> bool,
    tell: &dyn Fn(usize, usize),
) -> Result<Option<Diagnosis>, ScenarioError> {
    let without = |cause: &Cause, base: &Scenario| {
        (cause.removed)(base).filter(|other| other.check().is_ok())
    };
    let removed: Vec<(&Cause, Scenario)> =
        CAUSES.iter().filter_map(|cause| Some((cause, without(cause, scenario)?))).collect();
    let turned: Vec<_> =
        SETS.iter().filter_map(|set| Some((set, knob::turned(scenario, set)?))).collect();
    let (done, all) = (Cell::new(0), Cell::new(1 + removed.len() + turned.len()));
    let observe = |scenario: &Scenario| {
        let observed = observe(scenario, stop);
        done.set(done.get() + 1);
        tell(done.get(), all.get().max(done.get()));
        observed
    };
    let Some(as_it_is) = observe(scenario)? else { return Ok(None) };
    let mut causes = Vec::new();
    let mut complete = true;
    for (cause, other) in removed {
        let Some(observed) = observe(&other)? else {
            complete = false;
            break;
        };
        let changes = changes(scenario, &other);
        causes.push(Trial { what: cause.without.to_owned(), knobs: vec![], changes, observed });
    }
    let mut knobs = Vec::new();
    for (set, other) in turned.into_iter().filter(|_| complete) {
        let Some(observed) = observe(&other)? else {
            complete = false;
            break;
        };
        let kind = scenario.controller.settings.kind();
        let texts: Vec<&str> = set.iter().map(|knob| knob.text(kind)).collect();
        let trial = Trial {
            what: texts.join(", "),
            knobs: set.iter().map(|knob| knob.name()).collect(),
            changes: changes(scenario, &other),
            observed,
        };
        knobs.push((trial, other));
    }
    knobs.sort_by(|(a, _), (b, _)| {
        let (a, b) = (&a.observed, &b.observed);
        (rank(a) == 2).cmp(&(rank(b) == 2)).then(a.variation.total_cmp(&b.variation))
    });
    let (knobs, scenarios): (Vec<Trial>, Vec<Scenario>) = knobs.into_iter().unzip();
    let proposed = proposed(&as_it_is, &knobs);
    let (base, before) = match proposed {
        Some(i) => (&scenarios[i], knobs[i].observed),
        None => (scenario, as_it_is),
    };
    let mut remaining = Vec::new();
    let physical = CAUSES
        .iter()
        .filter(|_| complete)
        .filter_map(|cause| Some((cause.physical?, before.reason?, without(cause, base)?)));
    let physical: Vec<_> = physical.collect();
    all.set(done.get() + physical.len());
    for (what, reason, other) in physical {
        let Some(without) = observe(&other)? else {
            (complete, remaining) = (false, Vec::new());
            break;
        };
        let place = ["x", "theta1", "theta2"].iter().position(|name| *name == reason.signal);
        let halved = place.is_some_and(|i| without.span[i] < 0.5 * before.span[i]);
        if without.verdict.upright() && (without.reason.is_none() || halved) {
            remaining.push(Remaining { what, without });
        }
    }
    Ok(Some(Diagnosis {
        as_it_is,
        causes,
        proposed_loop: proposed.map(|i| report(&scenarios[i])),
        knobs,
        proposed,
        remaining,
        sampled_loop: report(scenario),
        complete,
    }))
}
