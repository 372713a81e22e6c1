//! A front on draws that the search has not seen, and the scenario's own gains on the same.

use super::{Figures, FrontSearch, REFERENCE};
use crate::Evaluator;
use crate::front::{Pair, dominates, hypervolume};
use crate::validation::{Difference, MUCH_WORSE, bootstrapped, restless};
use serde::Serialize;
use upright_sim::random::{Purpose, Stream};
use upright_sim::scenario::Scenario;
use upright_sim::study::{Row, StudyError};

/// A member of the front on fresh draws.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fresh {
    /// What it came to.
    #[serde(flatten)]
    pub figures: Figures,
    /// Whether another member is better on these draws.
    pub dominated: bool,
    /// What a run costs more than under the scenario's own gains, in each objective.
    pub difference: [Difference; 2],
}

/// What should make a user wary; members are counted from one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum FrontWarning {
    /// Members that fail more often than the start.
    #[error(
        "on fresh draws members {} fail more often than the gains of the start",
        listed(members)
    )]
    MoreFailures {
        /// Which.
        members: Vec<usize>,
    },
    /// Members that cost far more than on the draws of the search.
    #[error(
        "on fresh draws members {} cost over 20 % more than on those of the search: they are fitted to \
         their draws; search on more of them (tuning.draws, tuning.confirm)",
        listed(members)
    )]
    Overfit {
        /// Which.
        members: Vec<usize>,
    },
    /// Members with forces that no motor bears.
    #[error(
        "members {} have restless fresh runs: at the limit, or from side to side",
        listed(members)
    )]
    Restless {
        /// Which.
        members: Vec<usize>,
    },
}

/// A cost that is next to nothing.
const NOTHING: f64 = 0.01;

fn listed(members: &[usize]) -> String {
    members.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A judgement on fresh draws.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FrontValidation {
    /// The first of the runs.
    pub first_run: u64,
    /// How many there are.
    pub runs: u64,
    /// What the scenario's own gains came to.
    pub start: Figures,
    /// The members, in the order of the front.
    pub members: Vec<Fresh>,
    /// The area between the members' costs and [`REFERENCE`].
    pub hypervolume: f64,
    /// What should make a user wary.
    pub warnings: Vec<FrontWarning>,
}

/// Judges the front on the draws that follow those of the search. Nothing where `stop` returned true.
///
/// # Errors
/// Where runs could not be computed.
pub fn validate(
    search: &FrontSearch,
    evaluator: &Evaluator,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Option<FrontValidation>, StudyError> {
    let scenario = search.scenario();
    let fresh = evaluator.fresh();
    let judged = |scenario: &Scenario| -> Result<Option<(Figures, Vec<Pair>, bool)>, StudyError> {
        let Some(rows) = evaluator.fresh_rows(scenario, stop)? else {
            return Ok(None);
        };
        let objectives = search.objectives().under(scenario);
        let costs: Vec<Pair> = rows.iter().map(|row: &Row| objectives.run(row)).collect();
        let is_restless = restless(scenario, &rows).count > 0;
        Ok(Some((objectives.figures(&rows), costs, is_restless)))
    };
    let Some((start, before, _)) = judged(scenario)? else { return Ok(None) };
    let (mut members, mut shaking) = (Vec::new(), Vec::new());
    for found in search.scenarios() {
        let Some((figures, after, is_restless)) = judged(&found)? else { return Ok(None) };
        let difference = [0, 1].map(|axis| {
            let paired = before.iter().zip(&after);
            let differences: Vec<f64> =
                paired.map(|(before, after)| after[axis] - before[axis]).collect();
            let mut random = Stream::new(scenario.seed, 0, Purpose::Bootstrap, axis as u64);
            bootstrapped(&differences, &mut random)
        });
        members.push(Fresh { figures, dominated: false, difference });
        if is_restless {
            shaking.push(members.len());
        }
    }
    let costs: Vec<Pair> = members.iter().map(|member| member.figures.cost).collect();
    for member in &mut members {
        member.dominated = costs.iter().any(|&cost| dominates(cost, member.figures.cost));
    }
    let numbered = |is: &dyn Fn(usize) -> bool| -> Vec<usize> {
        (0..members.len()).filter(|&i| is(i)).map(|i| i + 1).collect()
    };
    let failing = numbered(&|i| members[i].figures.failed > start.failed);
    let fitted = numbered(&|i| {
        let seen = search.archive().members()[i].cost();
        // Costs run from 0 to 1; of one that is next to nothing a share says nothing.
        let bound = |axis: usize| seen[axis] * (1.0 + MUCH_WORSE) + NOTHING;
        (0..2).any(|axis| costs[i][axis] > bound(axis))
    });
    let warnings = [
        (!failing.is_empty()).then_some(FrontWarning::MoreFailures { members: failing }),
        (!fitted.is_empty()).then_some(FrontWarning::Overfit { members: fitted }),
        (!shaking.is_empty()).then_some(FrontWarning::Restless { members: shaking }),
    ];
    let warnings = warnings.into_iter().flatten().collect();
    let hypervolume = hypervolume(&costs, REFERENCE);
    let (first_run, runs) = (fresh.start, fresh.end - fresh.start);
    Ok(Some(FrontValidation { first_run, runs, start, members, hypervolume, warnings }))
}
