//! The search step by step: candidates asked for, judged and told.

use crate::begun::Begun;
use crate::optimizer::{Method, Optimizer, REFUSED, Search};
use crate::{Cost, Evaluator, Judged, Outcome, Raced, Space, TuneError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::Path;
use upright_sim::scenario::Scenario;

/// How to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// Which optimiser.
    pub method: Method,
    /// Candidates a step, at least two.
    pub candidates: usize,
    /// The step at which the search ends.
    pub iterations: u64,
    /// Ends the search after so many steps without a better candidate; never where absent.
    pub patience: Option<u64>,
}

/// The best that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Its point of the space; absent where nothing is better than the scenario's own gains.
    pub point: Option<Vec<f64>>,
    /// What it costs on the draws of the search.
    pub judged: Judged,
}

/// A step of the search, as `history.csv` has it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Iteration {
    /// Its number, from one.
    pub iteration: u64,
    /// The least cost so far, that of the scenario's own gains included.
    pub best: f64,
    /// The least cost of this step; absent where the law refuses every candidate. What candidates
    /// cost that have fallen behind the best so far is estimated from the draws that they had.
    pub iteration_best: Option<f64>,
    /// Mean cost of this step's candidates that are controllers.
    pub mean: Option<f64>,
    /// The largest cost among them.
    pub worst: Option<f64>,
    /// Root mean square distance along an axis of the candidates from their centre, as a share of
    /// the distance between the bounds.
    pub diversity: f64,
    /// Candidates judged so far.
    pub evaluations: u64,
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// It was done.
    Done(Iteration),
    /// It was interrupted, and the search is where it was before.
    Interrupted,
    /// The search has done all its steps, or has found nothing better for as many as it has
    /// patience.
    Ended,
}

/// A search that can be written and read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    scenario: Value,
    options: Options,
    search: Search,
    start: Cost,
    best: Best,
    iteration: u64,
    evaluations: u64,
    /// Control periods simulated in steps.
    periods: u64,
    /// Candidates that were no controllers.
    refused: u64,
    /// The last step that found something better.
    improved: u64,
}

/// A search under way.
#[derive(Debug, Clone)]
pub struct Tuning {
    space: Space,
    state: State,
}

/// What was given again with a search that goes on; what differs is refused.
#[derive(Debug, Clone, Copy, Default)]
pub struct Resume<'a> {
    /// The scenario.
    pub scenario: Option<&'a Scenario>,
    /// The names of objectives, of which this search has none.
    pub objectives: Option<&'a str>,
    /// The optimiser.
    pub method: Option<Method>,
    /// Candidates a step.
    pub candidates: Option<usize>,
    /// Patience in steps.
    pub patience: Option<u64>,
    /// The step at which the search ends from now on: this may differ.
    pub iterations: Option<u64>,
}

impl Tuning {
    /// Begins a search from the scenario's own gains, which are judged first; nothing where `stop`
    /// answered true.
    ///
    /// # Errors
    /// Where there is nothing to tune or the runs could not be computed.
    pub fn begin(
        scenario: &Scenario,
        options: Options,
        evaluator: &Evaluator,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Self>, TuneError> {
        let space = Space::of(scenario)?;
        let Some(start) = evaluator.judged(scenario, stop)? else { return Ok(None) };
        let settings = scenario.tuning.as_ref().map(|tuning| tuning.settings).unwrap_or_default();
        let place = space.start();
        let search = Search::new(
            options.method,
            settings.swarm,
            options.candidates.max(2),
            &place,
            scenario.seed,
        );
        let state = State {
            scenario: scenario.to_value(),
            options,
            search,
            start: start.cost,
            best: Best { point: None, judged: start },
            iteration: 0,
            evaluations: 0,
            periods: 0,
            refused: 0,
            improved: 0,
        };
        Ok(Some(Self { space, state }))
    }

    /// Goes on with a search that was read from `folder`.
    ///
    /// # Errors
    /// Where it is the search of something else than what was given again.
    pub fn resume(folder: &Path, mut state: State, given: &Resume<'_>) -> Result<Self, TuneError> {
        let begun = Begun { folder, scenario: &state.scenario };
        let Options { method, candidates, patience, .. } = state.options;
        begun.same_scenario(given.scenario)?;
        begun.same("--objectives", "none", given.objectives)?;
        begun.same("--optimizer", method.name(), given.method.map(Method::name))?;
        begun.same("--particles", &candidates, given.candidates.as_ref())?;
        begun.same_patience(patience, given.patience)?;
        let scenario = begun.scenario()?;
        state.options.iterations = given.iterations.unwrap_or(state.options.iterations);
        Ok(Self { space: Space::of(&scenario)?, state })
    }

    /// The search as data.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What is searched.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// The scenario that the search began with.
    pub fn scenario(&self) -> &Scenario {
        self.space.scenario()
    }

    /// How it is searched.
    pub fn options(&self) -> Options {
        self.state.options
    }

    /// What the scenario's own gains cost.
    pub fn start(&self) -> &Cost {
        &self.state.start
    }

    /// The best so far.
    pub fn best(&self) -> &Best {
        &self.state.best
    }

    /// The scenario with the best gains so far.
    pub fn best_scenario(&self) -> Scenario {
        let best = self.state.best.point.as_ref();
        let tuned = best.and_then(|point| self.space.candidate(point).ok());
        // A point becomes the best only after its candidate was judged.
        tuned.unwrap_or_else(|| self.scenario().clone())
    }

    /// Steps done.
    pub fn iteration(&self) -> u64 {
        self.state.iteration
    }

    /// Candidates judged; the scenario's own gains are not counted.
    pub fn evaluations(&self) -> u64 {
        self.state.evaluations
    }

    /// Control periods simulated to judge them.
    pub fn periods(&self) -> u64 {
        self.state.periods
    }

    /// Candidates that the law or the design refused.
    pub fn refused(&self) -> u64 {
        self.state.refused
    }

    /// One step.
    ///
    /// # Errors
    /// Where the candidates of the first step all cost the same, or runs could not be computed.
    pub fn step(
        &mut self,
        evaluator: &Evaluator,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Step, TuneError> {
        let State { options, iteration, improved, .. } = self.state;
        let patient = options.patience.is_none_or(|patience| iteration - improved < patience);
        if iteration >= options.iterations || !patient {
            return Ok(Step::Ended);
        }
        let points = self.state.search.ask();
        let raced = evaluator.race(&self.space, &points, &self.state.best.judged, stop)?;
        let Some(Raced { outcomes, periods }) = raced else { return Ok(Step::Interrupted) };
        let total = |outcome: &Outcome| match outcome {
            Outcome::Refused => REFUSED,
            Outcome::Behind(cost) => *cost,
            Outcome::Ahead(judged) => judged.cost.total,
        };
        let totals: Vec<f64> = outcomes.iter().map(total).collect();
        if iteration == 0 {
            moves(&totals, |cost| (*cost < REFUSED).then(|| cost.to_string()))?;
        }
        self.state.iteration += 1;
        self.state.evaluations += points.len() as u64;
        self.state.periods += periods;
        for (point, outcome) in points.iter().zip(outcomes) {
            match outcome {
                Outcome::Ahead(judged) if judged.cost.total < self.state.best.judged.cost.total => {
                    self.state.best = Best { point: Some(point.clone()), judged };
                    self.state.improved = self.state.iteration;
                }
                Outcome::Ahead(_) | Outcome::Behind(_) => {}
                Outcome::Refused => self.state.refused += 1,
            }
        }
        self.state.search.tell(&totals);
        Ok(Step::Done(self.row(&points, &totals)))
    }

    fn row(&self, points: &[Vec<f64>], totals: &[f64]) -> Iteration {
        let judged: Vec<f64> = totals.iter().copied().filter(|cost| *cost < REFUSED).collect();
        Iteration {
            iteration: self.state.iteration,
            best: self.state.best.judged.cost.total,
            iteration_best: judged.iter().copied().reduce(f64::min),
            mean: (!judged.is_empty()).then(|| judged.iter().sum::<f64>() / judged.len() as f64),
            worst: judged.iter().copied().reduce(f64::max),
            diversity: diversity(points),
            evaluations: self.state.evaluations,
        }
    }
}

/// Checks that the costs of the first step tell candidates apart; `words` are those of a cost, none of
/// a candidate that was refused.
pub(crate) fn moves<T: PartialEq>(
    costs: &[T],
    words: impl Fn(&T) -> Option<String>,
) -> Result<(), TuneError> {
    let count = costs.len();
    match costs.split_first() {
        Some((first, rest)) if rest.iter().all(|cost| cost == first) => Err(match words(first) {
            Some(cost) => TuneError::NothingMoves { count, cost },
            None => TuneError::NothingAllowed { count },
        }),
        _ => Ok(()),
    }
}

/// Root mean square distance of points along an axis from their centre.
pub(crate) fn diversity(points: &[Vec<f64>]) -> f64 {
    let (count, axes) = (points.len() as f64, points.first().map_or(0, Vec::len));
    let variance = |axis: usize| {
        let mean = points.iter().map(|point| point[axis]).sum::<f64>() / count;
        points.iter().map(|point| (point[axis] - mean) * (point[axis] - mean)).sum::<f64>() / count
    };
    if axes == 0 { 0.0 } else { ((0..axes).map(variance).sum::<f64>() / axes as f64).sqrt() }
}
