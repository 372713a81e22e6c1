//! Candidates judged: the runs of one in the lanes of a vector, candidates spread over threads.
//!
//! A few draws tell most candidates from a good one, but among thousands of candidates some are good
//! on these few by luck. So a candidate races the best so far, on the same draws: first on `draws` of
//! them, and as long as it is ahead on twice as many, up to `confirm`. Where it falls behind, it is
//! said to cost as much more than the best as it did on the draws of both.

use crate::{Cost, CostFunction, Space, TuneError};
use serde::{Deserialize, Serialize};
use std::num::NonZero;
use std::ops::{ControlFlow, Range};
use upright_lanes::Unit;
use upright_sim::Scenario;
use upright_sim::study::{Row, SerialStudy, Source, Study, StudyError, run_serial, run_study};
use upright_threads::in_order;

/// What judges candidates.
#[derive(Debug, Clone, Copy)]
pub struct Evaluator {
    cost: CostFunction,
    draws: u64,
    confirm: u64,
    validation: u64,
    threads: NonZero<usize>,
    unit: Unit,
}

/// A scenario judged on all draws of the search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// What it costs.
    pub cost: Cost,
    /// What each run costs.
    pub(crate) runs: Vec<f64>,
}

/// What came of a candidate that is a controller.
#[derive(Debug, Clone, PartialEq)]
pub enum RaceOutcome {
    /// It fell behind the best so far; what it is said to cost.
    Behind(f64),
    /// It is ahead on all draws.
    Ahead(Judged),
}

/// What came of the candidates of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Raced<T> {
    /// The outcome of each candidate, in their order.
    pub outcomes: Vec<T>,
    /// Control periods simulated.
    pub periods: u64,
}

/// How a step is going for one candidate; a number is of control periods simulated.
enum Slot<T> {
    Waiting,
    Refused,
    Done(T, u64),
    Failed(StudyError),
}

/// What judges a candidate, made of its scenario, and what is said of its rows.
pub(crate) type Judging<'a, J, T> =
    (&'a (dyn Fn(&Scenario) -> J + Sync), &'a (dyn Fn(&J, &[Row]) -> Option<T> + Sync));

/// A candidate judged by its rows; nothing where it has none.
fn of_rows(judge: &CostFunction, rows: &[Row]) -> Option<Judged> {
    let runs = rows.iter().map(|row| judge.cost(row)).collect();
    judge.study(rows).map(|cost| Judged { cost, runs })
}

impl Evaluator {
    /// Evaluator for candidates of `scenario`, on the draws of its tuning section, with so many threads and
    /// in this vector unit.
    pub fn new(scenario: &Scenario, threads: NonZero<usize>, unit: Unit) -> Self {
        let settings = scenario.tuning.as_ref().map(|tuning| tuning.settings).unwrap_or_default();
        let draws = u64::from(settings.draws);
        let confirm = u64::from(settings.confirm).max(draws);
        let validation = u64::from(settings.validation);
        Self { cost: CostFunction::of(scenario), draws, confirm, validation, threads, unit }
    }

    /// The number of draws (0, 1, ...) that the search may see.
    pub fn seen(&self) -> u64 {
        self.confirm
    }

    /// The draws that a validation uses: those that follow the search's.
    pub fn fresh(&self) -> Range<u64> {
        self.confirm..self.confirm + self.validation
    }

    /// The runs of a scenario on these draws, over the threads; nothing where `stop` returned true.
    pub(crate) fn fresh_rows(
        &self,
        scenario: &Scenario,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Vec<Row>>, StudyError> {
        let mut rows = Vec::new();
        let (runs, threads, unit) = (self.fresh(), self.threads, self.unit);
        let study = Study { scenario, source: Source::Uncertainty, runs, threads, unit };
        let tally = run_study(&study, stop, &mut |row| {
            rows.push(row);
            ControlFlow::Continue(())
        })?;
        Ok(tally.complete.then_some(rows))
    }

    /// What a scenario costs on all draws of the search; nothing where `stop` returned true.
    ///
    /// # Errors
    /// Where its runs could not be computed.
    pub fn judged(
        &self,
        scenario: &Scenario,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Judged>, StudyError> {
        let judge = self.cost.under(scenario);
        Ok(self.seen_by(scenario, stop)?.and_then(|rows| of_rows(&judge, &rows)))
    }

    /// The runs of a scenario on all draws of the search; nothing where `stop` returned true.
    pub(crate) fn seen_by(
        &self,
        scenario: &Scenario,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Vec<Row>>, StudyError> {
        let rows = run_serial(scenario, 0..self.confirm, self.unit, stop)?;
        Ok((rows.len() as u64 == self.confirm).then_some(rows))
    }

    /// What came of each of `points` in a race with `best`, in their order, nothing of one that is no
    /// controller. Nothing at all where `stop` returned true.
    ///
    /// # Errors
    /// Where runs could not be computed.
    pub fn race(
        &self,
        space: &Space,
        points: &[Vec<f64>],
        best: &Judged,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Raced<Option<RaceOutcome>>>, TuneError> {
        let judge_of = |candidate: &Scenario| self.cost.under(candidate);
        let said = |judge: &CostFunction, rows: &[Row]| {
            let runs: Vec<f64> = rows.iter().map(|row| judge.cost(row)).collect();
            let behind = self.cost.total(&runs) - self.cost.total(&best.runs[..runs.len()]);
            if behind >= 0.0 {
                return Some(RaceOutcome::Behind(best.cost.total + behind));
            }
            let all = rows.len() as u64 >= self.confirm;
            all.then(|| of_rows(judge, rows).map(RaceOutcome::Ahead)).flatten()
        };
        self.spread(space, points, (&judge_of, &said), stop)
    }

    /// How many draws a candidate has run on each time it is looked at: `draws`, twice as many, and so
    /// on, at last `confirm`.
    pub(crate) fn stages(&self) -> impl Iterator<Item = u64> + use<> {
        let confirm = self.confirm;
        let next = move |&draws: &u64| (draws < confirm).then(|| (2 * draws).min(confirm));
        std::iter::successors(Some(self.draws), next)
    }

    /// What `said` says of the rows of each of `points`, in their order, on as few draws as it needs to
    /// say something, given what `judge_of` makes of the candidate; nothing of a point that is no controller. Nothing
    /// at all where `stop` returned true. On all draws `said` must say something.
    pub(crate) fn spread<J, T: Send>(
        &self,
        space: &Space,
        points: &[Vec<f64>],
        judged: Judging<'_, J, T>,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Raced<Option<T>>>, TuneError> {
        let slots = in_order(
            self.threads,
            points.len(),
            || (),
            |(), i| if stop() { Slot::Waiting } else { self.one(space, &points[i], judged, stop) },
        );
        let mut outcomes = Vec::with_capacity(points.len());
        let mut periods = 0;
        for slot in slots {
            match slot {
                Slot::Waiting => return Ok(None),
                Slot::Refused => outcomes.push(None),
                Slot::Done(outcome, simulated) => {
                    outcomes.push(Some(outcome));
                    periods += simulated;
                }
                Slot::Failed(error) => return Err(error.into()),
            }
        }
        Ok(Some(Raced { outcomes, periods }))
    }

    fn one<J, T>(
        &self,
        space: &Space,
        point: &[f64],
        (judge_of, said): Judging<'_, J, T>,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Slot<T> {
        let Ok(candidate) = space.candidate(point) else { return Slot::Refused };
        let study = match SerialStudy::new(&candidate, self.unit) {
            Ok(study) => study,
            Err(StudyError::Scenario(_)) => return Slot::Refused,
            Err(error) => return Slot::Failed(error),
        };
        let judge = judge_of(&candidate);
        let mut rows = Vec::new();
        for until in self.stages() {
            match study.rows(rows.len() as u64..until, stop) {
                Ok(more) => rows.extend(more),
                Err(StudyError::Scenario(_)) => return Slot::Refused,
                Err(error) => return Slot::Failed(error),
            }
            if (rows.len() as u64) < until {
                return Slot::Waiting;
            }
            if let Some(outcome) = said(&judge, &rows) {
                return Slot::Done(outcome, rows.iter().map(|row| row.periods).sum());
            }
        }
        Slot::Waiting
    }
}
