//! What was found against what there was, on draws that the search has not seen.
//!
//! Both run on the same plants and starts, so their costs are compared run by run. The interval of the
//! mean difference comes from resampling the runs (B. Efron, Ann. Statist. 7 (1979) 1-26; percentiles).

use crate::{CostFunction, Evaluator};
use serde::Serialize;
use upright_sim::metrics::Verdict;
use upright_sim::random::{Purpose, Stream};
use upright_sim::restless::{Restless, RestlessRuns};
use upright_sim::scenario::Scenario;
use upright_sim::study::{Rate, Row, StudyError};

/// How often the runs are resampled.
const RESAMPLES: usize = 2000;
/// The quantiles of the resampled means that bound the interval: 95 % between them.
const TAIL: f64 = 0.025;
/// Unseen draws may cost so much more than those of the search without a word.
pub(crate) const MUCH_WORSE: f64 = 0.2;

/// What some gains came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// Runs that ended early: fell, left the track or diverged.
    pub failed: Rate,
    /// Runs that settled.
    pub settled: Rate,
    /// Runs that settled or stayed upright, under a force that does not chatter.
    pub calm: Rate,
    /// Mean cost of a run.
    pub mean: f64,
    /// The largest cost of a run.
    pub worst: f64,
    /// What each term adds to the mean, by its name.
    pub terms: serde_json::Value,
}

/// A mean difference, found minus start, over the same runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Difference {
    /// The mean.
    pub mean: f64,
    /// Bounds between which it lies with a confidence of 95 %.
    pub interval: [f64; 2],
}

impl Difference {
    fn excludes_zero(&self) -> bool {
        let [low, high] = self.interval;
        low > 0.0 || high < 0.0
    }
}

/// What should make a user wary.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Warning {
    /// The gain is within noise.
    #[error(
        "on fresh draws the cost changes by {mean:.4} ({low:.4} to {high:.4}): the interval includes \
         zero, so the gain is within noise"
    )]
    WithinNoise {
        /// Mean difference.
        mean: f64,
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// Fresh draws cost more than before.
    #[error("on fresh draws the gains that were found cost more than those of the start")]
    Worse,
    /// Validation is far worse than training.
    #[error(
        "fresh draws cost {validation:.4} a run, those of the search {training:.4}: the gains are \
         fitted to their draws; search on more of them (tuning.draws, tuning.confirm)"
    )]
    Overfit {
        /// Mean cost of a run of the search.
        training: f64,
        /// Mean cost of a fresh run.
        validation: f64,
    },
    /// More runs fail than before.
    #[error(
        "of the fresh draws {found} fail with the gains that were found, and {start} with those of the start"
    )]
    MoreFailures {
        /// With the gains found.
        found: u64,
        /// With those of the start.
        start: u64,
    },
    /// Forces that no motor bears.
    #[error(
        "of {runs} fresh runs with the gains that were found, {count} are restless; run {run}: {restless}"
    )]
    Restless {
        /// How many.
        count: u64,
        /// Fresh runs in all.
        runs: u64,
        /// The first of them.
        run: u64,
        /// What is to be said of its force.
        restless: Restless,
    },
}

/// A judgement on fresh draws.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Validation {
    /// The first of the runs.
    pub first_run: u64,
    /// How many there are.
    pub runs: u64,
    /// The scenario's own gains.
    pub before: Side,
    /// The gains found.
    pub after: Side,
    /// Difference in the cost of a run.
    pub cost_difference: Difference,
    /// Difference in the share of runs that settle.
    pub settled_difference: Difference,
    /// What should make a user wary.
    pub warnings: Vec<Warning>,
}

/// Judges `found` against `start` on the draws that follow those of the search; `training` is the mean
/// cost of a run of the search under `found`. Nothing where `stop` returned true.
///
/// # Errors
/// Where runs could not be computed.
pub fn validate(
    start: &Scenario,
    found: &Scenario,
    training: f64,
    evaluator: &Evaluator,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Option<Validation>, StudyError> {
    let judge = CostFunction::of(start);
    let rows = |scenario| evaluator.fresh_rows(scenario, stop);
    let (Some(before), Some(after)) = (rows(start)?, rows(found)?) else { return Ok(None) };
    let judges = [judge, judge.under(found)];
    let mut validation = compared(&judges, &before, &after, training, start.seed);
    let RestlessRuns { count, first } = restless(found, &after);
    let runs = validation.runs;
    let warning = first.map(|(run, restless)| Warning::Restless { count, runs, run, restless });
    validation.warnings.extend(warning);
    Ok(Some(validation))
}

/// The runs of a scenario whose force no motor bears.
pub(crate) fn restless(scenario: &Scenario, rows: &[Row]) -> RestlessRuns {
    let mut found = RestlessRuns::default();
    for row in rows {
        found.note(scenario, row.realization.run, &row.metrics.values());
    }
    found
}

fn compared(
    judges: &[CostFunction; 2],
    before: &[Row],
    after: &[Row],
    training: f64,
    seed: u64,
) -> Validation {
    let (old, new) = (side(&judges[0], before), side(&judges[1], after));
    let cost = |judge: &CostFunction, row: &Row| judge.cost(row);
    let settled =
        |_: &CostFunction, row: &Row| if row.verdict == Verdict::Settled { 1.0 } else { 0.0 };
    let paired = |of: &dyn Fn(&CostFunction, &Row) -> f64, index: u64| {
        let each = before.iter().zip(after);
        let differences: Vec<f64> =
            each.map(|(before, after)| of(&judges[1], after) - of(&judges[0], before)).collect();
        bootstrapped(&differences, &mut Stream::new(seed, 0, Purpose::Bootstrap, index))
    };
    let cost_difference = paired(&cost, 0);
    let settled_difference = paired(&settled, 1);

    let mut warnings = Vec::new();
    let Difference { mean, interval: [low, high] } = cost_difference;
    if !cost_difference.excludes_zero() {
        warnings.push(Warning::WithinNoise { mean, low, high });
    } else if mean > 0.0 {
        warnings.push(Warning::Worse);
    }
    if new.mean > training * (1.0 + MUCH_WORSE) {
        warnings.push(Warning::Overfit { training, validation: new.mean });
    }
    if new.failed.count > old.failed.count {
        warnings.push(Warning::MoreFailures { found: new.failed.count, start: old.failed.count });
    }
    Validation {
        first_run: before.first().map_or(0, |row| row.realization.run),
        runs: before.len() as u64,
        before: old,
        after: new,
        cost_difference,
        settled_difference,
        warnings,
    }
}

fn side(judge: &CostFunction, rows: &[Row]) -> Side {
    let count = |is: &dyn Fn(&Row) -> bool| {
        Rate::new(rows.iter().filter(|row| is(row)).count() as u64, rows.len() as u64)
    };
    let cost = judge.study(rows);
    Side {
        failed: count(&|row| row.early_end.is_some()),
        settled: count(&|row| row.verdict == Verdict::Settled),
        calm: count(&|row| row.verdict.calm()),
        // A validation has at least two runs.
        mean: cost.map_or(0.0, |cost| cost.mean),
        worst: cost.map_or(0.0, |cost| cost.worst),
        terms: cost.map_or(serde_json::Value::Null, |cost| crate::Cost::named(&cost.terms)),
    }
}

/// The mean of paired differences, with its interval.
pub(crate) fn bootstrapped(differences: &[f64], random: &mut Stream) -> Difference {
    let count = differences.len();
    let mean_of = |sum: f64| sum / count.max(1) as f64;
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|_| mean_of((0..count).map(|_| differences[random.below(count)]).sum()))
        .collect();
    means.sort_by(f64::total_cmp);
    let tail = (TAIL * RESAMPLES as f64) as usize;
    let interval = [means[tail], means[RESAMPLES - 1 - tail]];
    Difference { mean: mean_of(differences.iter().sum()), interval }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_mean_has_the_width_of_theory() {
        let mut random = Stream::new(5, 0, Purpose::Search, 0);
        let differences: Vec<f64> = (0..400).map(|_| 1.0 + 2.0 * random.normal()).collect();
        let found = bootstrapped(&differences, &mut Stream::new(5, 0, Purpose::Bootstrap, 0));
        // 2 * 1.96 * 2 / sqrt(400), to 15 %: four standard errors of a deviation from 400 numbers.
        let width = found.interval[1] - found.interval[0];
        assert!((width / 0.392 - 1.0).abs() < 0.15, "{width}");
        assert!(found.interval[0] < found.mean && found.mean < found.interval[1]);
        assert!(found.excludes_zero());
        let same = bootstrapped(&[0.0; 10], &mut Stream::new(5, 0, Purpose::Bootstrap, 0));
        assert_eq!((same.mean, same.interval), (0.0, [0.0, 0.0]));
        assert!(!same.excludes_zero());
    }
}
