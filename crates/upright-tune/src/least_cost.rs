//! The search for the least cost: the best candidate so far, and what others are raced against.

use crate::optimizer::{AnyOptimizer, Method, REFUSED};
use crate::search::{Goal, Progress, Search, SearchOptions, is_cost};
use crate::{Cost, Evaluator, Judged, RaceOutcome, Raced, Space, TuneError};
use serde::{Deserialize, Serialize};
use upright_sim::scenario::Scenario;

/// The goal of the least cost, looked for by one of the optimisers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LeastCost {
    /// Which optimiser.
    pub method: Method,
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

/// A search for the least cost under way.
pub type Tuning = Search<LeastCost>;

impl Goal for LeastCost {
    type Cost = f64;
    type Optimizer = AnyOptimizer;
    type Start = Cost;
    type Found = Best;
    type Reached = RaceOutcome;
    type Row = Iteration;

    const REFUSED: f64 = REFUSED;

    fn objectives(&self) -> String {
        "none".to_owned()
    }

    fn method(&self) -> &'static str {
        self.method.name()
    }

    fn optimizer(&self, scenario: &Scenario, candidates: usize, start: &[f64]) -> AnyOptimizer {
        let settings = scenario.tuning.as_ref().map(|tuning| tuning.settings).unwrap_or_default();
        AnyOptimizer::new(self.method, settings.swarm, candidates, start, scenario.seed)
    }

    fn begin(
        &self,
        scenario: &Scenario,
        _candidates: usize,
        evaluator: &Evaluator,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<(Cost, Best)>, TuneError> {
        let judged = evaluator.judged(scenario, stop)?;
        Ok(judged.map(|judged| (judged.cost, Best { point: None, judged })))
    }

    fn race(
        &self,
        found: &Best,
        evaluator: &Evaluator,
        space: &Space,
        points: &[Vec<f64>],
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Raced<Option<RaceOutcome>>>, TuneError> {
        evaluator.race(space, points, &found.judged, stop)
    }

    fn cost(reached: &RaceOutcome) -> f64 {
        match reached {
            RaceOutcome::Behind(cost) => *cost,
            RaceOutcome::Ahead(judged) => judged.cost.total,
        }
    }

    fn cost_text(cost: f64) -> String {
        cost.to_string()
    }

    fn admit(&self, found: &mut Best, point: &[f64], reached: RaceOutcome) -> bool {
        match reached {
            RaceOutcome::Ahead(judged) if judged.cost.total < found.judged.cost.total => {
                *found = Best { point: Some(point.to_vec()), judged };
                true
            }
            RaceOutcome::Ahead(_) | RaceOutcome::Behind(_) => false,
        }
    }

    fn row(found: &Best, progress: Progress, costs: &[f64]) -> Iteration {
        let judged: Vec<f64> = costs.iter().copied().filter(|cost| is_cost(*cost)).collect();
        Iteration {
            iteration: progress.iteration,
            best: found.judged.cost.total,
            iteration_best: judged.iter().copied().reduce(f64::min),
            mean: (!judged.is_empty()).then(|| judged.iter().sum::<f64>() / judged.len() as f64),
            worst: judged.iter().copied().reduce(f64::max),
            diversity: progress.diversity,
            evaluations: progress.evaluations,
        }
    }
}

impl Tuning {
    /// Begins a search by `method` from the scenario's own gains, which are judged first; nothing
    /// where `stop` returned true.
    ///
    /// # Errors
    /// Where there is nothing to tune or the runs could not be computed.
    pub fn begin(
        scenario: &Scenario,
        method: Method,
        options: SearchOptions,
        evaluator: &Evaluator,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Self>, TuneError> {
        Self::begin_with(LeastCost { method }, scenario, options, evaluator, stop)
    }

    /// The best so far.
    pub fn best(&self) -> &Best {
        self.found()
    }

    /// The scenario with the best gains so far.
    pub fn best_scenario(&self) -> Scenario {
        self.scenario_at(self.best().point.as_ref())
    }
}
