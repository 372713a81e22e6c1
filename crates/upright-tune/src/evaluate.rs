//! Candidates judged: the runs of one in the lanes of a vector, candidates spread over threads.
//!
//! A few draws tell most candidates from a good one, but among thousands of candidates some are good
//! on these few by luck. So a candidate races the best so far, on the same draws: first on `draws` of
//! them, and as long as it is ahead on twice as many, up to `confirm`. Where it falls behind, it is
//! said to cost as much more than the best as it did on the draws of both.

use crate::{Cost, Judge, Space, TuneError};
use serde::{Deserialize, Serialize};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use upright_lanes::Unit;
use upright_sim::Scenario;
use upright_sim::batch::{BatchError, Row, on_this_thread};

/// What judges candidates.
#[derive(Debug, Clone, Copy)]
pub struct Evaluator {
    judge: Judge,
    draws: u64,
    confirm: u64,
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

/// What came of a candidate.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is no controller.
    Refused,
    /// It fell behind the best so far; what it is said to cost.
    Behind(f64),
    /// It is ahead on all draws.
    Ahead(Judged),
}

/// How a step is going for one candidate.
enum Slot {
    Waiting,
    Done(Outcome),
    Failed(BatchError),
}

impl Evaluator {
    /// Of the candidates of `scenario`, on the draws of its tuning section, with so many threads and
    /// in this vector unit.
    pub fn new(scenario: &Scenario, threads: NonZero<usize>, unit: Unit) -> Self {
        let settings = scenario.tuning.as_ref().map(|tuning| tuning.settings).unwrap_or_default();
        let draws = u64::from(settings.draws);
        let confirm = u64::from(settings.confirm).max(draws);
        Self { judge: Judge::of(scenario), draws, confirm, threads, unit }
    }

    /// The number of draws (0, 1, ...) that the search may see.
    pub fn seen(&self) -> u64 {
        self.confirm
    }

    /// What a scenario costs on all draws of the search; nothing where `stop` answered true.
    ///
    /// # Errors
    /// Where its runs could not be computed.
    pub fn judged(
        &self,
        scenario: &Scenario,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Judged>, BatchError> {
        let rows = on_this_thread(scenario, 0..self.confirm, self.unit, stop)?;
        Ok(if rows.len() as u64 == self.confirm { self.of_rows(&rows) } else { None })
    }

    fn of_rows(&self, rows: &[Row]) -> Option<Judged> {
        let runs = rows.iter().map(|row| self.judge.cost(row)).collect();
        self.judge.study(rows).map(|cost| Judged { cost, runs })
    }

    /// What came of each of `points` in a race with `best`, in their order. Nothing at all where
    /// `stop` answered true.
    ///
    /// # Errors
    /// Where runs could not be computed.
    pub fn race(
        &self,
        space: &Space,
        points: &[Vec<f64>],
        best: &Judged,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Vec<Outcome>>, TuneError> {
        let next = AtomicUsize::new(0);
        let slots: Vec<Mutex<Slot>> = points.iter().map(|_| Mutex::new(Slot::Waiting)).collect();
        let work = || {
            while !stop() {
                let i = next.fetch_add(1, Ordering::Relaxed);
                let (Some(point), Some(slot)) = (points.get(i), slots.get(i)) else { break };
                let outcome = self.one(space, point, best, stop);
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = outcome;
            }
        };
        std::thread::scope(|scope| {
            // This thread works too; fewer helpers than wanted do the same.
            let helpers: Vec<_> = (1..self.threads.get().min(points.len()))
                .filter_map(|_| std::thread::Builder::new().spawn_scoped(scope, work).ok())
                .collect();
            work();
            // The scope alone would not wait until a helper has given back all that it held.
            for helper in helpers {
                if let Err(panic) = helper.join() {
                    std::panic::resume_unwind(panic);
                }
            }
        });
        let mut outcomes = Vec::with_capacity(points.len());
        for slot in slots {
            match slot.into_inner().unwrap_or_else(PoisonError::into_inner) {
                Slot::Waiting => return Ok(None),
                Slot::Done(outcome) => outcomes.push(outcome),
                Slot::Failed(error) => return Err(error.into()),
            }
        }
        Ok(Some(outcomes))
    }

    fn one(
        &self,
        space: &Space,
        point: &[f64],
        best: &Judged,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Slot {
        let Ok(candidate) = space.candidate(point) else { return Slot::Done(Outcome::Refused) };
        let mut rows = Vec::new();
        let mut runs = Vec::new();
        let mut until = self.draws;
        loop {
            match on_this_thread(&candidate, rows.len() as u64..until, self.unit, stop) {
                Ok(more) => {
                    runs.extend(more.iter().map(|row| self.judge.cost(row)));
                    rows.extend(more);
                }
                Err(BatchError::Design(_)) => return Slot::Done(Outcome::Refused),
                Err(error) => return Slot::Failed(error),
            }
            if (rows.len() as u64) < until {
                return Slot::Waiting;
            }
            let behind = self.judge.total(&runs) - self.judge.total(&best.runs[..runs.len()]);
            if behind >= 0.0 {
                return Slot::Done(Outcome::Behind(best.cost.total + behind));
            }
            if until >= self.confirm {
                let judged = self.of_rows(&rows).map(Outcome::Ahead);
                // There is at least one draw.
                return judged.map_or(Slot::Waiting, Slot::Done);
            }
            until = (2 * until).min(self.confirm);
        }
    }
}
