//! The search step by step, whatever it looks for: candidates asked for, raced and told.

use crate::optimizer::{Optimizer, REFUSED};
use crate::resume_check::ResumeCheck;
use crate::{Evaluator, Raced, Space, TuneError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt::Debug;
use std::path::Path;
use upright_sim::scenario::Scenario;

/// How long to search, and how widely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchOptions {
    /// Candidates a step, at least two. A front has room for as many.
    pub candidates: usize,
    /// The step at which the search ends.
    pub iterations: u64,
    /// Ends the search after so many steps that found nothing better; never where absent.
    pub patience: Option<u64>,
}

/// What a search looks for: the least cost ([`LeastCost`](crate::LeastCost)), or a front between two
/// objectives ([`Front`](crate::pareto::Front)). It is data, so that a search can be written and read.
pub trait Goal: Debug + Clone + PartialEq + Serialize + DeserializeOwned {
    /// What the optimiser is told of a point.
    type Cost: Debug + Copy + PartialEq;
    /// How points are chosen.
    type Optimizer: Optimizer<Self::Cost> + Debug + Clone + PartialEq + Serialize + DeserializeOwned;
    /// What the scenario's own gains came to.
    type Start: Debug + Clone + PartialEq + Serialize + DeserializeOwned;
    /// What the search has found so far; the scenario's own gains belong to it.
    type Found: Debug + Clone + PartialEq + Serialize + DeserializeOwned;
    /// What a race says of a candidate.
    type Reached;
    /// A step as the history has it.
    type Row: Debug + Copy + PartialEq + Serialize;

    /// The cost of a candidate that is no controller.
    const REFUSED: Self::Cost;

    /// The names of the objectives between commas; `none` where a single cost is searched for.
    fn objectives(&self) -> String;

    /// The name of the optimiser.
    fn method(&self) -> &'static str;

    /// The optimiser before its first step: `candidates` points a step, the first of them `start`.
    fn optimizer(&self, scenario: &Scenario, candidates: usize, start: &[f64]) -> Self::Optimizer;

    /// What the scenario's own gains come to, and the found that has nothing but them; nothing where
    /// `stop` returned true.
    ///
    /// # Errors
    /// Where the runs could not be computed.
    fn begin(
        &self,
        scenario: &Scenario,
        candidates: usize,
        evaluator: &Evaluator,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Opening<Self>>, TuneError>;

    /// What comes of each of `points` in a race against what was found, nothing of one that is no
    /// controller; nothing at all where `stop` returned true.
    ///
    /// # Errors
    /// Where the runs could not be computed.
    fn race(
        &self,
        found: &Self::Found,
        evaluator: &Evaluator,
        space: &Space,
        points: &[Vec<f64>],
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Raced<Option<Self::Reached>>>, TuneError>;

    /// What a candidate costs, or is said to cost.
    fn cost(reached: &Self::Reached) -> Self::Cost;

    /// A cost as text.
    fn cost_text(cost: Self::Cost) -> String;

    /// Takes in what came of `point`; returns whether that made the found better.
    fn admit(&self, found: &mut Self::Found, point: &[f64], reached: Self::Reached) -> bool;

    /// The step that was just done, as the history has it.
    fn row(found: &Self::Found, progress: Progress, costs: &[Self::Cost]) -> Self::Row;
}

/// What the scenario's own gains came to, and what a search has found before its first step.
pub type Opening<G> = (<G as Goal>::Start, <G as Goal>::Found);

/// How far a search is after a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// The step's number, from one.
    pub iteration: u64,
    /// Candidates judged so far.
    pub evaluations: u64,
    /// Root mean square distance along an axis of the step's candidates from their centre, as a share
    /// of the distance between the bounds.
    pub diversity: f64,
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step<Row> {
    /// It was done.
    Done(Row),
    /// It was interrupted, and the search is where it was before.
    Interrupted,
    /// The search has done all its steps, or has found nothing better for as many as it has patience.
    Ended,
}

/// A search that can be written and read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct State<G: Goal> {
    scenario: Value,
    goal: G,
    options: SearchOptions,
    optimizer: G::Optimizer,
    start: G::Start,
    found: G::Found,
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
pub struct Search<G: Goal> {
    space: Space,
    state: State<G>,
}

/// What was given again with a search that goes on; what differs is refused.
#[derive(Debug, Clone, Copy, Default)]
pub struct Resume<'a> {
    /// The scenario.
    pub scenario: Option<&'a Scenario>,
    /// The names of the objectives, between commas.
    pub objectives: Option<&'a str>,
    /// The name of the optimiser.
    pub optimizer: Option<&'a str>,
    /// Candidates a step.
    pub candidates: Option<usize>,
    /// Patience in steps.
    pub patience: Option<u64>,
    /// The step at which the search ends from now on: this may differ.
    pub iterations: Option<u64>,
}

impl<G: Goal> Search<G> {
    /// Begins a search from the scenario's own gains, which are judged first; nothing where `stop`
    /// returned true.
    ///
    /// # Errors
    /// Where there is nothing to tune or the runs could not be computed.
    pub fn begin_with(
        goal: G,
        scenario: &Scenario,
        options: SearchOptions,
        evaluator: &Evaluator,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Self>, TuneError> {
        let space = Space::of(scenario)?;
        let candidates = options.candidates.max(2);
        let Some((start, found)) = goal.begin(scenario, candidates, evaluator, stop)? else {
            return Ok(None);
        };
        let state = State {
            scenario: scenario.to_value(),
            optimizer: goal.optimizer(scenario, candidates, &space.start()),
            goal,
            options,
            start,
            found,
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
    pub fn resume(
        folder: &Path,
        mut state: State<G>,
        given: &Resume<'_>,
    ) -> Result<Self, TuneError> {
        let check = ResumeCheck { folder, scenario: &state.scenario };
        let SearchOptions { candidates, patience, .. } = state.options;
        check.same_scenario(given.scenario)?;
        let scenario = check.scenario()?;
        check.same("objectives", &state.goal.objectives()[..], given.objectives)?;
        check.same("optimizer", state.goal.method(), given.optimizer)?;
        check.same("candidates", &candidates, given.candidates.as_ref())?;
        check.same_patience(patience, given.patience)?;
        state.options.iterations = given.iterations.unwrap_or(state.options.iterations);
        Ok(Self { space: Space::of(&scenario)?, state })
    }

    /// The search as data.
    pub fn state(&self) -> &State<G> {
        &self.state
    }

    /// What it looks for.
    pub fn goal(&self) -> &G {
        &self.state.goal
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
    pub fn options(&self) -> SearchOptions {
        self.state.options
    }

    /// What the scenario's own gains came to on the draws of the search.
    pub fn start(&self) -> &G::Start {
        &self.state.start
    }

    /// What was found so far.
    pub fn found(&self) -> &G::Found {
        &self.state.found
    }

    /// The scenario with the gains of a point, or as it is where there is none.
    pub(crate) fn scenario_at(&self, point: Option<&Vec<f64>>) -> Scenario {
        // A point is found only after its candidate was judged.
        let tuned = point.and_then(|point| self.space.candidate(point).ok());
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
    ) -> Result<Step<G::Row>, TuneError> {
        let Self { space, state } = self;
        let SearchOptions { iterations, patience, .. } = state.options;
        let patient = patience.is_none_or(|most| state.iteration - state.improved < most);
        if state.iteration >= iterations || !patient {
            return Ok(Step::Ended);
        }
        let points = state.optimizer.ask();
        let raced = state.goal.race(&state.found, evaluator, space, &points, stop)?;
        let Some(Raced { outcomes, periods }) = raced else { return Ok(Step::Interrupted) };
        let cost = |outcome: &Option<_>| outcome.as_ref().map_or(G::REFUSED, G::cost);
        let costs: Vec<G::Cost> = outcomes.iter().map(cost).collect();
        if state.iteration == 0 {
            told_apart::<G>(&costs)?;
        }
        state.iteration += 1;
        state.evaluations += points.len() as u64;
        state.periods += periods;
        for (point, outcome) in points.iter().zip(outcomes) {
            match outcome {
                Some(reached) => {
                    if state.goal.admit(&mut state.found, point, reached) {
                        state.improved = state.iteration;
                    }
                }
                None => state.refused += 1,
            }
        }
        state.optimizer.tell(&costs);
        let (iteration, evaluations) = (state.iteration, state.evaluations);
        let progress = Progress { iteration, evaluations, diversity: diversity(&points) };
        Ok(Step::Done(G::row(&state.found, progress, &costs)))
    }
}

/// Whether a cost is that of a candidate that is a controller.
pub(crate) fn is_cost(cost: f64) -> bool {
    cost < REFUSED
}

/// Checks that the costs of the first step tell candidates apart.
fn told_apart<G: Goal>(costs: &[G::Cost]) -> Result<(), TuneError> {
    let count = costs.len();
    match costs.split_first() {
        Some((first, rest)) if rest.iter().all(|cost| cost == first) => {
            Err(if *first == G::REFUSED {
                TuneError::NothingAllowed { count }
            } else {
                TuneError::NothingMoves { count, cost: G::cost_text(*first) }
            })
        }
        _ => Ok(()),
    }
}

/// Root mean square distance of points along an axis from their centre.
fn diversity(points: &[Vec<f64>]) -> f64 {
    let (count, axes) = (points.len() as f64, points.first().map_or(0, Vec::len));
    let variance = |axis: usize| {
        let mean = points.iter().map(|point| point[axis]).sum::<f64>() / count;
        points.iter().map(|point| (point[axis] - mean) * (point[axis] - mean)).sum::<f64>() / count
    };
    if axes == 0 { 0.0 } else { ((0..axes).map(variance).sum::<f64>() / axes as f64).sqrt() }
}
