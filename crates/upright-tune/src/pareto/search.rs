//! The search for a front: an archive of what no other gains cover, and what others are raced against.

use super::{Archive, Figures, Member, Objectives, Reached};
use crate::front::Pair;
use crate::optimizer::{Nsga2, REFUSED};
use crate::search::{Goal, Progress, Search, SearchOptions};
use crate::{Evaluator, Raced, Space, TuneError};
use serde::{Deserialize, Serialize};
use upright_sim::scenario::{Scenario, Term};

/// The goal of a front between two terms of the cost, looked for by NSGA-II.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Front {
    /// The two terms.
    pub objectives: Objectives,
}

/// A step of the search, as `history.csv` has it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FrontIteration {
    /// Its number, from one.
    pub iteration: u64,
    /// The area between the front and [`REFERENCE`](super::REFERENCE).
    pub hypervolume: f64,
    /// Gains on the front.
    pub members: usize,
    /// The least cost of a member in each objective.
    pub least: Pair,
    /// Root mean square distance along an axis of the step's candidates from their centre, as a share
    /// of the distance between the bounds.
    pub diversity: f64,
    /// Candidates judged so far.
    pub evaluations: u64,
}

/// A search for a front under way.
pub type FrontSearch = Search<Front>;

impl Goal for Front {
    type Cost = Pair;
    type Optimizer = Nsga2;
    type Start = Figures;
    type Found = Archive;
    type Reached = Reached;
    type Row = FrontIteration;

    const REFUSED: Pair = [REFUSED; 2];

    fn objectives(&self) -> String {
        self.objectives.terms().map(Term::name).join(",")
    }

    fn method(&self) -> &'static str {
        Nsga2::NAME
    }

    fn optimizer(&self, scenario: &Scenario, candidates: usize, start: &[f64]) -> Nsga2 {
        Nsga2::new(candidates, start, scenario.seed)
    }

    fn begin(
        &self,
        scenario: &Scenario,
        candidates: usize,
        evaluator: &Evaluator,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<(Figures, Archive)>, TuneError> {
        let Some(rows) = evaluator.seen_by(scenario, stop)? else { return Ok(None) };
        let start = Member::new(None, &self.objectives, evaluator, &rows);
        Ok(Some((start.figures, Archive::new(candidates, start))))
    }

    fn race(
        &self,
        found: &Archive,
        evaluator: &Evaluator,
        space: &Space,
        points: &[Vec<f64>],
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Raced<Option<Reached>>>, TuneError> {
        found.race(&self.objectives, evaluator, space, points, stop)
    }

    fn cost(reached: &Reached) -> Pair {
        match reached {
            Reached::Behind(cost) => *cost,
            Reached::Ahead(member) => member.cost(),
        }
    }

    fn cost_text([first, second]: Pair) -> String {
        format!("{first} and {second}")
    }

    fn admit(&self, found: &mut Archive, point: &[f64], reached: Reached) -> bool {
        match reached {
            Reached::Ahead(mut member) => {
                member.point = Some(point.to_vec());
                found.admit(member)
            }
            Reached::Behind(_) => false,
        }
    }

    fn row(found: &Archive, progress: Progress, _costs: &[Pair]) -> FrontIteration {
        let members = found.members();
        let least = |axis: usize| {
            members.iter().map(|member| member.cost()[axis]).fold(f64::INFINITY, f64::min)
        };
        FrontIteration {
            iteration: progress.iteration,
            hypervolume: found.hypervolume(),
            members: members.len(),
            least: [least(0), least(1)],
            diversity: progress.diversity,
            evaluations: progress.evaluations,
        }
    }
}

impl FrontSearch {
    /// Begins a search from the scenario's own gains, which are judged first; nothing where `stop`
    /// returned true.
    ///
    /// # Errors
    /// Where the scenario names no objectives, there is nothing to tune or the runs could not be
    /// computed.
    pub fn begin(
        scenario: &Scenario,
        options: SearchOptions,
        evaluator: &Evaluator,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Self>, TuneError> {
        let objectives = Objectives::of(scenario).ok_or(TuneError::NoObjectives)?;
        Self::begin_with(Front { objectives }, scenario, options, evaluator, stop)
    }

    /// The two objectives.
    pub fn objectives(&self) -> &Objectives {
        &self.goal().objectives
    }

    /// The front so far.
    pub fn archive(&self) -> &Archive {
        self.found()
    }

    /// The scenario with the gains of each member of the front, in their order.
    pub fn scenarios(&self) -> Vec<Scenario> {
        let members = self.archive().members().iter();
        members.map(|member| self.scenario_at(member.point.as_ref())).collect()
    }
}
