//! What a run and a study cost.
//!
//! Each term of a run is `r / (1 + r)` of a metric over its scale, so it lies between 0 and 1, grows
//! with the metric and is one half where the metric is the scale. A run that does not settle has a
//! settling term above that of the last moment, the higher the further out it ends. A run that ends
//! early (a fall, the end of the track, divergence) has every term at 1 and the term `falls` between
//! 1 and 2: less where it ended late and had stayed near upright. So a fall costs more than any run
//! that stands, as long as falls have a weight, and among falls there is still a slope to follow.
//!
//! What runs do not show for sure is added to each: the term `stability` is 1 where the linear model of the whole sampled
//! loop is not stable under a law with a slope, and a fifth where a tenth more or less of the input gain makes it so. With
//! its usual weight gains of an unstable loop cost more than any of a stable one that stands.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use upright_sim::metrics::Verdict;
use upright_sim::scenario::sampled::{Stability, stability};
use upright_sim::scenario::{CostScales, CostWeights, Scenario, SettledBand, Term, TuningSettings};
use upright_sim::study::Row;

/// The terms of a cost, in the order in which [`Cost`] has them.
pub const TERMS: [&str; 9] = Term::NAMES;

/// What a study costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// `tuning.mean` times the mean, plus `tuning.worst` times the worst.
    pub total: f64,
    /// Mean over the runs of a run's cost.
    pub mean: f64,
    /// The largest cost of a run.
    pub worst: f64,
    /// What each of [`TERMS`], weighted, adds to the mean.
    pub terms: [f64; 9],
    /// What each of them adds to the worst run.
    pub worst_terms: [f64; 9],
}

impl Cost {
    /// Terms by their names.
    pub fn named(terms: &[f64; 9]) -> Value {
        let named = TERMS.into_iter().zip(terms).map(|(name, &x)| (name.to_owned(), x.into()));
        Value::Object(named.collect::<Map<_, _>>())
    }
}

/// What makes a cost of runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CostFunction {
    weights: CostWeights,
    scales: CostScales,
    mean: f64,
    worst: f64,
    /// In s.
    duration: f64,
    /// In rad.
    fall_angle: f64,
    settled: SettledBand,
    /// The term of the loop: 0 stable, a fifth near, 1 unstable.
    loop_term: f64,
}

/// `r / (1 + r)`: from 0 to 1 for what is from 0 to any size.
fn share(r: f64) -> f64 {
    // What is infinite or not a number is as bad as can be.
    if r.is_finite() { r / (1.0 + r) } else { 1.0 }
}

impl CostFunction {
    /// As a scenario's tuning section says.
    pub fn of(scenario: &Scenario) -> Self {
        let settings = scenario.tuning.as_ref().map(|tuning| tuning.settings);
        let TuningSettings { weights, scales, mean, worst, .. } = settings.unwrap_or_default();
        let duration = scenario.periods() as f64 * scenario.simulation.control_period;
        let fall_angle = scenario.simulation.fall_angle;
        let settled = scenario.simulation.settled;
        let loop_term = 0.0;
        Self { weights, scales, mean, worst, duration, fall_angle, settled, loop_term }
            .under(scenario)
    }

    /// The same judge of the runs of another scenario, which has other gains.
    #[must_use]
    pub fn under(self, scenario: &Scenario) -> Self {
        // Where the weight is zero, nobody asks.
        let known = if self.weights.stability > 0.0 { stability(scenario) } else { None };
        let loop_term = match known {
            None | Some(Stability::Stable) => 0.0,
            Some(Stability::Near) => 0.2,
            Some(Stability::Unstable) => 1.0,
        };
        Self { loop_term, ..self }
    }

    /// The weighted terms of a run, in the order of [`TERMS`]; its cost is their sum.
    pub fn run(&self, row: &Row) -> [f64; 9] {
        let CostWeights {
            settling,
            angle,
            cart,
            effort,
            variation,
            saturation,
            tracking,
            stability,
            falls,
        } = self.weights;
        let weights =
            [settling, angle, cart, effort, variation, saturation, tracking, stability, falls];
        let terms = self.terms(row);
        std::array::from_fn(|i| weights[i] * terms[i])
    }

    /// The term of the loop: 0 stable, a fifth near, 1 unstable.
    pub(crate) fn loop_term(&self) -> f64 {
        self.loop_term
    }

    /// The weight of a fall, and that of an unstable loop.
    pub(crate) fn weights(&self) -> [f64; 2] {
        [self.weights.falls, self.weights.stability]
    }

    /// The terms of a run without their weights, in the order of [`TERMS`].
    pub(crate) fn terms(&self, row: &Row) -> [f64; 9] {
        let Self { scales, .. } = self;
        let metrics = &row.metrics;
        let follows = if metrics.tracking.is_some() { 1.0 } else { 0.0 };
        if let Some(end) = row.early_end {
            let fall = self.fall(end.time, metrics.ise);
            [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, follows, self.loop_term, fall]
        } else {
            let late = share(self.duration / scales.settling);
            let settling = match (metrics.settling_time, row.verdict) {
                (Some(time), Verdict::Settled) => share(time / scales.settling),
                _ => late + (1.0 - late) * share(distance(&row.final_state, &self.settled)),
            };
            [
                settling,
                share(metrics.max_angle / scales.angle),
                share(metrics.max_cart / scales.cart),
                share(metrics.effort / scales.effort),
                share(metrics.total_variation / scales.variation),
                share(metrics.saturation / scales.saturation),
                metrics.tracking.map_or(0.0, |told| share(told.tracking_rms / scales.tracking)),
                self.loop_term,
                0.0,
            ]
        }
    }

    /// The term of a run that ended at `time` in s with `ise`, the integral of its squared errors:
    /// 1 for one that nearly lasted, 2 for one that was never anywhere near upright.
    fn fall(&self, time: f64, ise: f64) -> f64 {
        let early = (1.0 - time / self.duration).clamp(0.0, 1.0);
        let far = share((ise / time).sqrt() / self.fall_angle);
        1.0 + 0.5 * (early + far)
    }

    /// The cost of a run.
    pub fn cost(&self, row: &Row) -> f64 {
        self.run(row).iter().sum()
    }

    /// The cost of a study whose runs cost so much each; zero where it has none.
    pub fn total(&self, runs: &[f64]) -> f64 {
        let mean = runs.iter().sum::<f64>() / runs.len().max(1) as f64;
        self.mean * mean + self.worst * runs.iter().copied().fold(0.0, f64::max)
    }

    /// The cost of a study; absent where it has no runs.
    pub fn study(&self, rows: &[Row]) -> Option<Cost> {
        let runs: Vec<f64> = rows.iter().map(|row| self.cost(row)).collect();
        let (worst, _) = runs.iter().enumerate().fold((0, f64::MIN), |worst, (i, &cost)| {
            if cost > worst.1 { (i, cost) } else { worst }
        });
        let worst_terms = self.run(rows.get(worst)?);
        let mut terms = [0.0; 9];
        for row in rows {
            for (sum, term) in terms.iter_mut().zip(self.run(row)) {
                *sum += term / rows.len() as f64;
            }
        }
        let mean = runs.iter().sum::<f64>() / runs.len() as f64;
        Some(Cost { total: self.total(&runs), mean, worst: runs[worst], terms, worst_terms })
    }
}

/// How far a state is out, in settling bands.
fn distance(state: &[f64; 6], band: &SettledBand) -> f64 {
    let [x, theta1, theta2, ..] = state.map(f64::abs);
    (theta1.max(theta2) / band.angle).max(x / band.position)
}

#[cfg(test)]
mod tests {
    use super::*;
    use upright_lanes::Unit;
    use upright_sim::scenario::Overrides;
    use upright_sim::study::run_serial;

    fn scenario(text: &str) -> Scenario {
        Scenario::read("cost", text, &Overrides::default()).expect("valid")
    }

    fn row(text: &str) -> (CostFunction, Row) {
        let scenario = scenario(text);
        let rows = run_serial(&scenario, 0..1, Unit::Scalar, &|| false).expect("a run");
        (CostFunction::of(&scenario), rows[0].clone())
    }

    const STILL: &str = "uncertainty: {initial_state: [0, 0, 0, 0, 0, 0], parameters: 0}\n";

    fn cost(text: &str) -> f64 {
        let (judge, row) = row(&format!("{STILL}{text}"));
        judge.run(&row).iter().sum()
    }

    #[test]
    fn terms_are_one_half_at_their_scales() {
        let (judge, row) = row(&format!("{STILL}simulation: {{duration: 4}}"));
        assert_eq!(row.verdict, Verdict::Settled);
        let scales = CostScales {
            settling: row.metrics.settling_time.expect("settled"),
            angle: row.metrics.max_angle,
            cart: row.metrics.max_cart,
            effort: row.metrics.effort,
            variation: row.metrics.total_variation,
            saturation: 1.0,
            tracking: 1.0,
        };
        let judge = CostFunction { scales, ..judge };
        let weights = CostWeights::default();
        let expected = [
            weights.settling,
            weights.angle,
            weights.cart,
            weights.effort,
            weights.variation,
            0.0,
            0.0,
            0.0,
            0.0,
        ];
        assert_eq!(judge.run(&row), expected.map(|weight| 0.5 * weight));
    }

    #[test]
    fn what_settles_costs_less_than_what_only_stands_and_that_less_than_what_falls() {
        let at = |start: &str, duration: &str| {
            cost(&format!("simulation: {{duration: {duration}, initial_state: {start}}}"))
        };
        let settles = at("[0, 0.05, -0.03, 0, 0, 0]", "4");
        let stands = at("[0, 0.05, -0.03, 0, 0, 0]", "1.2");
        let falls = at("[0, 0.7, -0.7, 0, 0, 0]", "4");
        assert!(settles < stands && stands < falls, "{settles} {stands} {falls}");
    }

    #[test]
    fn a_fall_costs_more_than_anything_that_stands_and_late_ones_less() {
        let (judge, mut row) = row(&format!("{STILL}simulation: {{duration: 4}}"));
        row.metrics.total_variation = 1e9;
        row.metrics.effort = 1e12;
        row.metrics.settling_time = None;
        row.verdict = Verdict::Balanced;
        let stands: f64 = judge.run(&row).iter().sum();
        row.verdict = Verdict::Fell;
        let falls = [(3.9, 0.1), (3.9, 5.0), (1.0, 0.1), (0.0, 0.0)].map(|(time, ise)| {
            row.early_end = Some(upright_sim::metrics::EarlyEnd { time, link: Some(1) });
            row.metrics.ise = ise;
            judge.run(&row).iter().sum::<f64>()
        });
        assert!(stands < falls[0], "{stands} {falls:?}");
        assert!(falls[0] < falls[1] && falls[0] < falls[2] && falls[2] < falls[3], "{falls:?}");
    }

    #[test]
    fn gains_of_an_unstable_loop_cost_more_than_any_of_a_stable_one_that_stand() {
        let at = |text: &str| row(&format!("{STILL}simulation: {{duration: 4}}\n{text}"));
        let (stable, mut row) = at("");
        // As bad as can be without an end before its time.
        row.metrics.settling_time = None;
        row.verdict = Verdict::Balanced;
        let metrics = &mut row.metrics;
        for worst in [
            &mut metrics.max_angle,
            &mut metrics.max_cart,
            &mut metrics.effort,
            &mut metrics.total_variation,
            &mut metrics.saturation,
        ] {
            *worst = f64::INFINITY;
        }
        let stands = stable.cost(&row);
        // Three periods of delay are too many for the slope of the usual gains, though they stand.
        let (unstable, row) = at("actuator: {delay: 3}");
        assert!(row.early_end.is_none());
        assert!(unstable.cost(&row) > stands, "{} {stands}", unstable.cost(&row));
        // The same runs under a judge that looks at another loop.
        let calm = scenario("actuator: {delay: 3}\ncontroller: {boundary_layer: 0.1}");
        let weight = CostWeights::default().stability;
        assert!((unstable.cost(&row) - unstable.under(&calm).cost(&row) - weight).abs() < 1e-12);
        // A tenth of the input gain is missing.
        let (near, row) = at("actuator: {delay: 27}\ncontroller: {kind: lqr}");
        assert!((near.run(&row)[7] - 0.2 * weight).abs() < 1e-12);
        // Laws without a slope are judged by what they do.
        let (twisting, row) = at("actuator: {delay: 3}\ncontroller: {kind: super_twisting}");
        assert_eq!(twisting.run(&row)[7], 0.0);
    }

    #[test]
    fn a_reference_is_followed_for_less() {
        let following = |duration: f64| {
            let text = format!(
                "{STILL}simulation: {{duration: 4}}\nreference: {{kind: move, to: 0.3, at: 0.5, duration: {duration}}}"
            );
            let (judge, row) = row(&text);
            let rms = row.metrics.tracking.expect("a reference").tracking_rms;
            let expected = 0.5 * rms / (rms + CostScales::default().tracking);
            assert!((judge.run(&row)[6] - expected).abs() < 1e-12);
            judge.run(&row)[6]
        };
        assert!(following(2.0) > 0.0);
        let (judge, row) = row(STILL);
        assert_eq!(judge.run(&row)[6], 0.0);
    }

    #[test]
    fn a_study_weighs_its_mean_and_its_worst_run() {
        let scenario = scenario("simulation: {duration: 1.5}\ntuning: {mean: 0.5, worst: 2}");
        let judge = CostFunction::of(&scenario);
        let rows = run_serial(&scenario, 0..5, Unit::Scalar, &|| false).expect("runs");
        let costs: Vec<f64> = rows.iter().map(|row| judge.run(row).iter().sum()).collect();
        let mean = costs.iter().sum::<f64>() / 5.0;
        let worst = costs.iter().copied().fold(0.0, f64::max);
        let cost = judge.study(&rows).expect("runs");
        assert_eq!(cost.worst, worst);
        assert!((cost.mean - mean).abs() < 1e-14);
        assert_eq!(cost.total, 0.5 * cost.mean + 2.0 * worst);
        assert!((cost.terms.iter().sum::<f64>() - mean).abs() < 1e-14);
        assert_eq!(cost.worst_terms.iter().sum::<f64>(), worst);
        assert_eq!(judge.study(&[]), None);
    }
}
