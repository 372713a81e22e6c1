//! The search for a front step by step: candidates asked for, raced against the front and told.

use super::{Archive, Figures, Member, Objectives, Reached};
use crate::begun::Begun;
use crate::front::Pair;
use crate::optimizer::{Nsga2, Optimizer, REFUSED};
use crate::tuning::{diversity, moves};
use crate::{Evaluator, Raced, Space, TuneError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::Path;
use upright_sim::scenario::{Scenario, Term};

/// The name of the method.
const METHOD: &str = "nsga-ii";

/// How to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrontOptions {
    /// Candidates a step, at least two; the front has room for as many.
    pub candidates: usize,
    /// The step at which the search ends.
    pub iterations: u64,
    /// Ends the search after so many steps in which the front stayed as it was; never where absent.
    pub patience: Option<u64>,
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

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FrontStep {
    /// It was done.
    Done(FrontIteration),
    /// It was interrupted, and the search is where it was before.
    Interrupted,
    /// The search has done all its steps, or its front has stayed for as many as it has patience.
    Ended,
}

/// A search that can be written and read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrontState {
    scenario: Value,
    options: FrontOptions,
    search: Nsga2,
    start: Figures,
    archive: Archive,
    iteration: u64,
    evaluations: u64,
    /// Control periods simulated in steps.
    periods: u64,
    /// Candidates that were no controllers.
    refused: u64,
    /// The last step in which the front changed.
    improved: u64,
}

/// A search under way.
#[derive(Debug, Clone)]
pub struct FrontSearch {
    space: Space,
    objectives: Objectives,
    state: FrontState,
}

/// What was given again with a search that goes on; what differs is refused.
#[derive(Debug, Clone, Copy, Default)]
pub struct FrontResume<'a> {
    /// The scenario.
    pub scenario: Option<&'a Scenario>,
    /// The names of the objectives, between commas.
    pub objectives: Option<&'a str>,
    /// The name of an optimiser.
    pub method: Option<&'a str>,
    /// Candidates a step.
    pub candidates: Option<usize>,
    /// Patience in steps.
    pub patience: Option<u64>,
    /// The step at which the search ends from now on: this may differ.
    pub iterations: Option<u64>,
}

impl FrontSearch {
    /// Begins a search from the scenario's own gains, which are judged first; nothing where `stop`
    /// answered true.
    ///
    /// # Errors
    /// Where the scenario names no objectives, there is nothing to tune or the runs could not be
    /// computed.
    pub fn begin(
        scenario: &Scenario,
        options: FrontOptions,
        evaluator: &Evaluator,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Self>, TuneError> {
        let objectives = Objectives::of(scenario).ok_or(TuneError::NoObjectives)?;
        let space = Space::of(scenario)?;
        let Some(rows) = evaluator.seen_by(scenario, stop)? else { return Ok(None) };
        let start = Member::new(None, &objectives, evaluator, &rows);
        let candidates = options.candidates.max(2);
        let state = FrontState {
            scenario: scenario.to_value(),
            options,
            search: Nsga2::new(candidates, &space.start(), scenario.seed),
            start: start.figures,
            archive: Archive::new(candidates, start),
            iteration: 0,
            evaluations: 0,
            periods: 0,
            refused: 0,
            improved: 0,
        };
        Ok(Some(Self { space, objectives, state }))
    }

    /// Goes on with a search that was read from `folder`.
    ///
    /// # Errors
    /// Where it is the search of something else than what was given again.
    pub fn resume(
        folder: &Path,
        mut state: FrontState,
        given: &FrontResume<'_>,
    ) -> Result<Self, TuneError> {
        let begun = Begun { folder, scenario: &state.scenario };
        let FrontOptions { candidates, patience, .. } = state.options;
        begun.same_scenario(given.scenario)?;
        let scenario = begun.scenario()?;
        let objectives = Objectives::of(&scenario).ok_or(TuneError::NoObjectives)?;
        let names = objectives.terms().map(Term::name).join(",");
        begun.same("--objectives", &names[..], given.objectives)?;
        begun.same("--optimizer", METHOD, given.method)?;
        begun.same("--particles", &candidates, given.candidates.as_ref())?;
        begun.same_patience(patience, given.patience)?;
        state.options.iterations = given.iterations.unwrap_or(state.options.iterations);
        Ok(Self { space: Space::of(&scenario)?, objectives, state })
    }

    /// The search as data.
    pub fn state(&self) -> &FrontState {
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

    /// The two objectives.
    pub fn objectives(&self) -> &Objectives {
        &self.objectives
    }

    /// How it is searched.
    pub fn options(&self) -> FrontOptions {
        self.state.options
    }

    /// What the scenario's own gains came to.
    pub fn start(&self) -> &Figures {
        &self.state.start
    }

    /// The front so far.
    pub fn archive(&self) -> &Archive {
        &self.state.archive
    }

    /// The scenario with the gains of each member of the front, in their order.
    pub fn scenarios(&self) -> Vec<Scenario> {
        let scenario = |member: &Member| {
            let tuned = member.point.as_ref().and_then(|point| self.space.candidate(point).ok());
            // A point becomes a member only after its candidate was judged.
            tuned.unwrap_or_else(|| self.scenario().clone())
        };
        self.archive().members().iter().map(scenario).collect()
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
    ) -> Result<FrontStep, TuneError> {
        let Self { space, objectives, state } = self;
        let patient =
            state.options.patience.is_none_or(|most| state.iteration - state.improved < most);
        if state.iteration >= state.options.iterations || !patient {
            return Ok(FrontStep::Ended);
        }
        let points = state.search.ask();
        let raced = state.archive.race(objectives, evaluator, space, &points, stop)?;
        let Some(Raced { outcomes, periods }) = raced else { return Ok(FrontStep::Interrupted) };
        let cost = |outcome: &Option<Reached>| match outcome {
            None => [REFUSED; 2],
            Some(Reached::Behind(cost)) => *cost,
            Some(Reached::Ahead(member)) => member.cost(),
        };
        let costs: Vec<Pair> = outcomes.iter().map(cost).collect();
        if state.iteration == 0 {
            let words = |[a, b]: &Pair| (*a < REFUSED).then(|| format!("{a} and {b}"));
            moves(&costs, words)?;
        }
        state.iteration += 1;
        state.evaluations += points.len() as u64;
        state.periods += periods;
        for (point, outcome) in points.iter().zip(outcomes) {
            match outcome {
                Some(Reached::Ahead(mut member)) => {
                    member.point = Some(point.clone());
                    if state.archive.admit(member) {
                        state.improved = state.iteration;
                    }
                }
                Some(Reached::Behind(_)) => {}
                None => state.refused += 1,
            }
        }
        state.search.tell(&costs);
        Ok(FrontStep::Done(self.row(&points)))
    }

    fn row(&self, points: &[Vec<f64>]) -> FrontIteration {
        let members = self.archive().members();
        let least = |axis: usize| {
            members.iter().map(|member| member.cost()[axis]).fold(f64::INFINITY, f64::min)
        };
        FrontIteration {
            iteration: self.state.iteration,
            hypervolume: self.archive().hypervolume(),
            members: members.len(),
            least: [least(0), least(1)],
            diversity: diversity(points),
            evaluations: self.state.evaluations,
        }
    }
}
