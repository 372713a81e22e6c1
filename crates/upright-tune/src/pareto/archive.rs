//! The front as far as it is confirmed: gains judged on all draws of the search, of which none
//! dominates another.
//!
//! A candidate races all of them on the same draws: as long as none is as good in both objectives, on
//! twice as many. What falls behind one of them is said to cost as much more than that one as it did on
//! the draws of both.

use super::{Figures, Objectives, REFERENCE};
use crate::front::{Pair, covers, hypervolume, least_contributor};
use crate::{Evaluator, Raced, Space, TuneError};
use serde::{Deserialize, Serialize};
use upright_sim::scenario::Scenario;
use upright_sim::study::Row;

/// Gains of the front.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Their point of the space; absent of the scenario's own gains.
    pub point: Option<Vec<f64>>,
    /// What they came to on all draws of the search.
    pub figures: Figures,
    /// Mean costs on the draws of each stage of a race, the last on all.
    stages: Vec<Pair>,
}

/// What came of a candidate.
#[derive(Debug, Clone, PartialEq)]
pub enum Reached {
    /// It fell behind a member; what it is said to cost.
    Behind(Pair),
    /// On all draws no member is as good in both objectives.
    Ahead(Member),
}

/// A front with room for so many.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Archive {
    room: usize,
    /// In ascending order of the first objective.
    members: Vec<Member>,
}

impl Member {
    /// Member from its runs on all draws.
    pub(super) fn new(
        point: Option<Vec<f64>>,
        objectives: &Objectives,
        evaluator: &Evaluator,
        rows: &[Row],
    ) -> Self {
        let stages = evaluator.stages().map(|draws| objectives.mean(&rows[..draws as usize]));
        Self { point, figures: objectives.figures(rows), stages: stages.collect() }
    }

    /// Mean costs on all draws of the search.
    pub fn cost(&self) -> Pair {
        self.figures.cost
    }
}

impl Archive {
    /// With the scenario's own gains, and room for so many members, at least one.
    pub(super) fn new(room: usize, start: Member) -> Self {
        Self { room: room.max(1), members: vec![start] }
    }

    /// The members, in ascending order of the first objective.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The area between the front and [`REFERENCE`].
    pub fn hypervolume(&self) -> f64 {
        hypervolume(&self.costs(), REFERENCE)
    }

    fn costs(&self) -> Vec<Pair> {
        self.members.iter().map(Member::cost).collect()
    }

    /// What a candidate is said to cost that costs `cost` on the draws of `stage`; nothing as long as no
    /// member is as good in both objectives.
    fn behind(&self, stage: usize, cost: Pair) -> Option<Pair> {
        let more = |member: &Member| {
            let there = *member.stages.get(stage)?;
            covers(there, cost).then(|| [cost[0] - there[0], cost[1] - there[1]])
        };
        let behind = self.members.iter().filter_map(|member| Some((member.cost(), more(member)?)));
        // The nearest says most, as its runs are most alike.
        let nearest =
            behind.min_by(|(_, a), (_, b)| f64::total_cmp(&(a[0] + a[1]), &(b[0] + b[1])));
        nearest.map(|(whole, more)| [whole[0] + more[0], whole[1] + more[1]])
    }

    /// What came of each of `points`, in their order, nothing of one that is no controller. Nothing at
    /// all where `stop` returned true.
    pub(super) fn race(
        &self,
        objectives: &Objectives,
        evaluator: &Evaluator,
        space: &Space,
        points: &[Vec<f64>],
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Raced<Option<Reached>>>, TuneError> {
        let stages: Vec<u64> = evaluator.stages().collect();
        let judge_of = |candidate: &Scenario| objectives.under(candidate);
        let said = |objectives: &Objectives, rows: &[Row]| {
            let stage = stages.iter().position(|draws| *draws == rows.len() as u64)?;
            if let Some(cost) = self.behind(stage, objectives.mean(rows)) {
                return Some(Reached::Behind(cost));
            }
            let all = stage + 1 == stages.len();
            all.then(|| Reached::Ahead(Member::new(None, objectives, evaluator, rows)))
        };
        evaluator.spread(space, points, (&judge_of, &said), stop)
    }

    /// Takes in a member, unless another is as good in both objectives; those that it is as good as
    /// in both go, and where there is no room, the one without which the front covers most. Returns
    /// whether it stayed.
    pub(super) fn admit(&mut self, member: Member) -> bool {
        let cost = member.cost();
        if self.members.iter().any(|other| covers(other.cost(), cost)) {
            return false;
        }
        self.members.retain(|other| !covers(cost, other.cost()));
        let place = self.members.partition_point(|other| other.cost()[0] < cost[0]);
        self.members.insert(place, member);
        if self.members.len() <= self.room {
            return true;
        }
        let least = least_contributor(&self.costs(), REFERENCE);
        self.members.remove(least);
        least != place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn member(cost: Pair, stages: Vec<Pair>) -> Member {
        let figures = Figures { cost, median: [None; 2], settled: 0, calm: 0, failed: 0, runs: 4 };
        Member { point: None, figures, stages }
    }

    proptest! {
        #[test]
        fn nothing_in_it_covers_another_and_it_never_covers_less(
            costs in prop::collection::vec([0.0..1.2, 0.0..1.2], 1..60), room in 1_usize..9,
        ) {
            let mut archive = Archive::new(room, member(costs[0], vec![]));
            let mut area = archive.hypervolume();
            for &cost in &costs[1..] {
                let before = archive.clone();
                let stayed = archive.admit(member(cost, vec![]));
                prop_assert_eq!(stayed, archive.costs().contains(&cost));
                prop_assert!(stayed || archive == before);
                // Sums of the same areas in another order.
                prop_assert!(archive.hypervolume() >= area - 1e-12);
                area = archive.hypervolume();
                prop_assert!(archive.members().len() <= room);
                for pair in archive.costs().windows(2) {
                    prop_assert!(pair[0][0] < pair[1][0] && pair[0][1] > pair[1][1]);
                }
            }
            // With room for all it is the front of all that it was shown.
            if room >= costs.len() {
                prop_assert!((area - hypervolume(&costs, REFERENCE)).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn what_falls_behind_is_said_to_cost_as_much_more_than_the_nearest() {
        let mut archive = Archive::new(3, member([0.2, 0.6], vec![[0.1, 0.5], [0.2, 0.6]]));
        archive.admit(member([0.5, 0.3], vec![[0.4, 0.2], [0.5, 0.3]]));
        // On the first draws the second member is ahead by 0.1 and 0.05, the first is not ahead in both.
        let said = archive.behind(0, [0.5, 0.25]).expect("behind");
        assert!((said[0] - 0.6).abs() < 1e-12 && (said[1] - 0.35).abs() < 1e-12, "{said:?}");
        assert_eq!(archive.behind(0, [0.2, 0.4]), None);
        // As good in both is behind.
        assert_eq!(archive.behind(1, [0.5, 0.3]), Some([0.5, 0.3]));
    }
}
