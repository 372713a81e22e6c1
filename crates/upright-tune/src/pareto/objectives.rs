//! What runs cost in two objectives.

use crate::CostFunction;
use crate::front::Pair;
use serde::{Deserialize, Serialize};
use upright_sim::metrics::{Metrics, Verdict};
use upright_sim::scenario::{Scenario, Term};
use upright_sim::study::Row;

/// Where hypervolumes are measured from: what a run costs at most that stands, in each objective.
pub const REFERENCE: Pair = [1.0, 1.0];

/// Two terms of the cost, without their weights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Objectives {
    judge: CostFunction,
    terms: [Term; 2],
}

/// What some runs came to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Mean cost of a run in each objective.
    pub cost: Pair,
    /// Median of what each objective is made of, in its unit, over all runs: those that fail, and those
    /// that do not settle, count as worse than any other, and where they are half there is none. Of
    /// falls the share of runs that fail.
    pub median: [Option<f64>; 2],
    /// Runs that settled.
    pub settled: u64,
    /// Runs that settled or stayed upright, under a force that does not chatter.
    pub calm: u64,
    /// Runs that ended early: fell, left the track or diverged.
    pub failed: u64,
    /// Runs.
    pub runs: u64,
}

impl Objectives {
    /// As a scenario's tuning section says; absent where it names none.
    pub fn of(scenario: &Scenario) -> Option<Self> {
        let terms = scenario.tuning.as_ref()?.objectives?;
        Some(Self { judge: CostFunction::of(scenario), terms })
    }

    /// The same objectives for the runs of another scenario, which has other gains.
    #[must_use]
    pub fn under(self, scenario: &Scenario) -> Self {
        Self { judge: self.judge.under(scenario), ..self }
    }

    /// The two terms.
    pub fn terms(&self) -> [Term; 2] {
        self.terms
    }

    /// What a run costs: its term, from 0 to 1, where it stands; 1 and the weighted term of the fall
    /// in both where it ends early. So a run that falls is no better in anything than one that stands,
    /// and a fall cannot be bought with what the other objective gains by it. What a loop costs that is not stable is
    /// added to both as well.
    pub fn run(&self, row: &Row) -> Pair {
        let terms = self.judge.terms(row);
        let [falls, stability] = self.judge.weights();
        // Of a run that stands the term of the fall is zero, and of a loop that is stable the one of the loop.
        let fall = falls * terms[Term::Falls as usize];
        let unstable = stability * terms[Term::Stability as usize];
        self.terms.map(|term| terms[term as usize].min(1.0) + fall + unstable)
    }

    /// Mean cost of a run; zero where there is none.
    pub fn mean(&self, rows: &[Row]) -> Pair {
        let mut sum = [0.0; 2];
        for cost in rows.iter().map(|row| self.run(row)) {
            sum = [sum[0] + cost[0], sum[1] + cost[1]];
        }
        sum.map(|sum| sum / rows.len().max(1) as f64)
    }

    /// What runs came to.
    pub fn figures(&self, rows: &[Row]) -> Figures {
        let count = |is: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count() as u64;
        let failed = count(&|row| row.early_end.is_some());
        let settled = count(&|row| row.verdict == Verdict::Settled);
        let calm = count(&|row| row.verdict.calm());
        let runs = rows.len() as u64;
        let of = |term: Term| match term.metric() {
            Some(key) => median(rows.iter().map(|row| metric(row, key)).collect()),
            None if term == Term::Stability => Some(self.judge.loop_term()),
            None => Some(failed as f64 / runs.max(1) as f64),
        };
        Figures { cost: self.mean(rows), median: self.terms.map(of), settled, calm, failed, runs }
    }
}

/// A metric of a run; infinite where the run fails or has none.
fn metric(row: &Row, key: &str) -> f64 {
    let place = Metrics::KEYS.iter().position(|(name, _)| *name == key);
    let value = place.and_then(|place| row.metrics.values()[place]);
    value.filter(|_| row.early_end.is_none()).unwrap_or(f64::INFINITY)
}

/// The middle of some values; none where it is not finite.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let (low, high) = (values[last / 2], values[last.div_ceil(2)]);
    Some(low + 0.5 * (high - low)).filter(|middle| middle.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::dominates;
    use upright_lanes::Unit;
    use upright_sim::metrics::EarlyEnd;
    use upright_sim::scenario::Overrides;
    use upright_sim::study::run_serial;

    fn rows(objectives: &str, runs: u64) -> (Objectives, Vec<Row>) {
        let text = format!("simulation: {{duration: 3}}\ntuning: {{objectives: {objectives}}}");
        let scenario = Scenario::read("front", &text, &Overrides::default()).expect("valid");
        let rows = run_serial(&scenario, 0..runs, Unit::Scalar, &|| false).expect("runs");
        (Objectives::of(&scenario).expect("two"), rows)
    }

    fn fallen(mut row: Row, time: f64) -> Row {
        row.early_end = Some(EarlyEnd { time, link: Some(1) });
        row.verdict = Verdict::Fell;
        row.metrics.total_variation = 0.0;
        row.metrics.settling_time = None;
        row
    }

    #[test]
    fn a_fall_is_worse_in_both_than_anything_that_stands_and_an_early_one_than_a_late_one() {
        let pairs = ["[settling, variation]", "[falls, effort]", "[saturation, angle]"];
        for text in pairs {
            let (objectives, mut rows) = rows(text, 1);
            let mut row = rows.remove(0);
            let (late, early) = (fallen(row.clone(), 2.9), fallen(row.clone(), 0.5));
            row.metrics.total_variation = f64::MAX;
            row.metrics.effort = f64::INFINITY;
            row.metrics.settling_time = None;
            row.verdict = Verdict::Balanced;
            let [stands, late, early] = [&row, &late, &early].map(|row| objectives.run(row));
            assert!(stands.iter().all(|cost| *cost <= 1.0), "{text}: {stands:?}");
            for axis in [0, 1] {
                assert!(stands[axis] < late[axis] && late[axis] < early[axis], "{text}");
            }
            assert!(dominates(stands, late) && dominates(late, early));
        }
    }

    #[test]
    fn figures_are_means_of_costs_and_medians_in_units() {
        let (objectives, mut rows) = rows("[settling, variation]", 5);
        let variations = {
            let mut list: Vec<f64> = rows.iter().map(|row| row.metrics.total_variation).collect();
            list.sort_by(f64::total_cmp);
            list
        };
        let figures = objectives.figures(&rows);
        assert_eq!((figures.runs, figures.failed), (5, 0));
        assert_eq!(figures.median[1], Some(variations[2]));
        // One half at the scale of 100 N, without a weight.
        let mean = variations.iter().map(|x| x / (x + 100.0)).sum::<f64>() / 5.0;
        assert!((figures.cost[1] - mean).abs() < 1e-14);
        // Runs that fail count as worse than any other.
        let at = |x: f64| variations.iter().position(|y| *y == x).expect("one of them");
        rows.sort_by_key(|row| at(row.metrics.total_variation));
        rows[0] = fallen(rows[0].clone(), 1.0);
        let figures = objectives.figures(&rows);
        assert_eq!((figures.failed, figures.median[1]), (1, Some(variations[3])));
        for row in &mut rows[1..3] {
            *row = fallen(row.clone(), 1.0);
        }
        assert_eq!(objectives.figures(&rows).median, [None; 2]);
        assert_eq!(median(vec![4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(vec![]), None);
    }

    #[test]
    fn a_scenario_that_names_none_has_none() {
        assert_eq!(Objectives::of(&Scenario::default()), None);
    }
}
