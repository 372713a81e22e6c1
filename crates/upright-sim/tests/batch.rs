//! A row of a study equals the same run alone, to the bit: on any number of threads, in every vector
//! unit that this machine has, whatever the scenario.

use proptest::prelude::*;
use std::num::NonZero;
use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicU64, Ordering};
use upright_lanes::Unit;
use upright_sim::grid::{Axis, Grid};
use upright_sim::metrics::Verdict;
use upright_sim::realization::Realization;
use upright_sim::run::{RunOptions, replay};
use upright_sim::scenario::kinds::{Family, KINDS, KindInfo};
use upright_sim::scenario::{Overrides, Scenario};
use upright_sim::study::{Row, Source, Study, Tally, run_serial, run_study};

fn scenario(text: &str, set: &[(&str, &str)]) -> Scenario {
    let set = set.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    Scenario::read("batch", text, &Overrides { set, ..Overrides::default() }).expect("valid")
}

fn rows(scenario: &Scenario, runs: Range<u64>, threads: usize, unit: Unit) -> (Vec<Row>, Tally) {
    let threads = NonZero::new(threads).expect("some");
    let study = Study { scenario, runs, threads, unit, source: Source::Uncertainty };
    let mut rows = Vec::new();
    let tally = run_study(&study, &|| false, &mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    });
    (rows, tally.expect("a study"))
}

/// The bits of a number; any NaN is as good as another.
fn bits(x: f64) -> u64 {
    if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() }
}

/// Everything in a row as bits.
fn fingerprint(row: &Row) -> (u64, Verdict, Vec<Option<u64>>, Vec<u64>, u64) {
    let end = row.early_end.map(|end| bits(end.time) ^ u64::from(end.link.unwrap_or(0)));
    let metrics = row.metrics.values().into_iter().map(|value| value.map(bits));
    let numbers = row.realization.values().into_iter().chain(row.final_state).map(bits).collect();
    let metrics = metrics.chain([end, row.upright_time.map(bits)]).collect();
    (row.realization.run, row.verdict, metrics, numbers, row.periods)
}

/// Run `run` alone, as a row.
fn alone(scenario: &Scenario, run: u64) -> Row {
    replayed(scenario, &Realization::new(scenario, run).expect("a plant"))
}

fn replayed(scenario: &Scenario, realization: &Realization) -> Row {
    let run =
        replay(scenario, realization, RunOptions { record: false, hook: None }).expect("a run");
    Row {
        realization: *realization,
        verdict: run.verdict,
        early_end: run.early_end,
        metrics: run.metrics,
        upright_time: run.upright_time,
        final_state: run.final_state,
        periods: run.periods,
    }
}

fn assert_rows_equal_single_runs(
    scenario: &Scenario,
    runs: Range<u64>,
    threads: usize,
) -> Vec<Row> {
    let expected: Vec<Row> = runs.clone().map(|run| alone(scenario, run)).collect();
    for unit in Unit::available() {
        let (found, tally) = rows(scenario, runs.clone(), threads, unit);
        assert_eq!(found.len(), expected.len(), "{unit}");
        for (found, expected) in found.iter().zip(&expected) {
            let kind = scenario.controller.settings.kind();
            assert_eq!(fingerprint(found), fingerprint(expected), "{unit}, {kind}");
        }
        assert!(tally.complete);
        assert_eq!(tally.runs, expected.len() as u64);
        assert_eq!(tally.steps, expected.iter().map(|row| row.periods).sum::<u64>());
    }
    expected
}

/// Everything that a scenario can have at once.
const ROUGH: &str = "
simulation: {duration: 0.6, substeps: 2}
plant:
  coulomb: {cart: 0.1, joint1: 0.01}
  drag: {link1_area: 0.01, wind: 1}
  track: 0.3
actuator: {max_force: 60, delay: 1, dead_zone: 0.01, rate_limit: 20000, lag: 0.0005}
sensors: {angle_noise: 0.0005, position_noise: 0.0001, angle_quantum: 1e-5, delay: 2, velocity: {filter_hz: 200}}
disturbances:
  - {kind: pulse, target: cart, amplitude: 30, start: 0.3, duration: 0.1}
  - {kind: sine, target: joint2, amplitude: 0.01, frequency: 1}
  - {kind: noise, target: cart, amplitude: 0.5}
uncertainty: {distribution: normal, initial_state: [0.05, 0.3, 0.3, 0.1, 0.5, 0.5], parameters: 0.1}
";
/// What most studies are; many of its lanes fall and are replaced.
const PLAIN: &str = "
simulation: {duration: 1.2, fall_angle: 0.6}
uncertainty: {initial_state: [0, 0.3, 0.3, 0, 0.5, 0.5]}
";

/// The kinds that balance; swing-ups plan when they fall, and have tests of their own.
fn balancing() -> impl Iterator<Item = &'static KindInfo> {
    KINDS.iter().filter(|kind| kind.family != Family::SwingUp)
}

#[test]
fn every_kind_model_and_integrator_equals_its_single_runs_to_the_bit() {
    let mut verdicts = Vec::new();
    for text in [PLAIN, ROUGH] {
        for model in ["full", "simplified", "linear"] {
            for integrator in ["rk4", "euler"] {
                for kind in balancing() {
                    let scenario = scenario(
                        text,
                        &[
                            ("plant.model", model),
                            ("simulation.integrator", integrator),
                            ("controller.kind", kind.name),
                        ],
                    );
                    let rows = assert_rows_equal_single_runs(&scenario, 3..40, 2);
                    verdicts.extend(rows.iter().map(|row| row.verdict));
                }
            }
        }
    }
    for verdict in [Verdict::Balanced, Verdict::Fell, Verdict::OffTrack, Verdict::Free] {
        assert!(verdicts.contains(&verdict), "no run {}", verdict.word());
    }
}

#[test]
fn runs_that_settle_equal_their_single_runs() {
    for kind in balancing() {
        let text = "simulation: {duration: 4, control_period: 0.002}";
        let scenario = scenario(text, &[("controller.kind", kind.name)]);
        let rows = assert_rows_equal_single_runs(&scenario, 0..30, 2);
        let settled = rows.iter().filter(|row| row.verdict == Verdict::Settled).count();
        assert!(settled > 5 || kind.name == "none", "{}: {settled}", kind.name);
    }
}

#[test]
fn adaptive_steps_have_the_bits_of_single_runs() {
    let scenario = scenario(PLAIN, &[("simulation.integrator", "rk45")]);
    assert_rows_equal_single_runs(&scenario, 0..7, 2);
}

#[test]
fn smoothing_and_sampling_of_other_kinds_equal_single_runs() {
    for (kind, path, value) in [
        ("classical", "controller.smoothing", "tanh"),
        ("adaptive", "controller.smoothing", "tanh"),
        ("super_twisting", "controller.discretization", "explicit"),
        ("lqr", "controller.integral", "100"),
    ] {
        let scenario = scenario(PLAIN, &[("controller.kind", kind), (path, value)]);
        assert_rows_equal_single_runs(&scenario, 0..30, 1);
    }
}

#[test]
fn a_state_that_is_not_finite_ends_its_lane_alone() {
    // So long a period that Euler's steps run away, some sooner than others.
    let scenario = scenario(
        "simulation: {duration: 200, control_period: 0.2, integrator: euler, fall_angle: 1e4}",
        &[("plant.model", "linear")],
    );
    let rows = assert_rows_equal_single_runs(&scenario, 0..60, 2);
    assert!(rows.iter().any(|row| row.verdict == Verdict::Fell));
    let free = scenario_under_none(&scenario);
    let rows = assert_rows_equal_single_runs(&free, 0..60, 2);
    assert!(rows.iter().any(|row| row.verdict == Verdict::Diverged));
}

fn scenario_under_none(scenario: &Scenario) -> Scenario {
    scenario.under("none").expect("a kind")
}

#[test]
fn runs_that_end_before_they_begin_are_replaced() {
    let scenario = scenario(
        "simulation: {duration: 0.05, fall_angle: 0.1}\nuncertainty: {initial_state: [0, 1, 1, 0, 0, 0]}",
        &[],
    );
    let rows = assert_rows_equal_single_runs(&scenario, 0..300, 2);
    assert!(rows.iter().any(|row| row.periods == 0));
    assert!(rows.iter().any(|row| row.periods > 0));
}

#[test]
fn points_of_a_grid_equal_their_single_runs() {
    let scenario = scenario(PLAIN, &[]);
    let axis = |state| Axis { state, from: -0.5, to: 0.5, points: 6 };
    let grid = Grid { x: axis(1), y: axis(2) };
    let source = Source::Grid(grid);
    for unit in Unit::available() {
        let threads = NonZero::new(2).expect("some");
        let study = Study { scenario: &scenario, runs: 0..grid.len(), threads, unit, source };
        let mut rows = Vec::new();
        let tally = run_study(&study, &|| false, &mut |row| {
            rows.push(row);
            ControlFlow::Continue(())
        });
        assert!(tally.expect("a study").complete);
        assert_eq!(rows.len(), 36);
        for row in &rows {
            let realization = grid.realization(&scenario, row.realization.run);
            assert_eq!(fingerprint(row), fingerprint(&replayed(&scenario, &realization)), "{unit}");
        }
    }
}

#[test]
fn threads_change_nothing() {
    let scenario = scenario(PLAIN, &[]);
    let unit = Unit::widest();
    let (one, _) = rows(&scenario, 0..500, 1, unit);
    for threads in [2, 3, 8] {
        let (other, _) = rows(&scenario, 0..500, threads, unit);
        assert!(one.iter().map(fingerprint).eq(other.iter().map(fingerprint)), "{threads}");
    }
}

#[test]
fn a_study_of_no_runs_is_complete() {
    let (rows, tally) = rows(&scenario("", &[]), 5..5, 2, Unit::widest());
    assert!(rows.is_empty() && tally.complete && tally.steps == 0);
}

#[test]
fn a_stopped_study_has_the_first_rows_in_order() {
    let scenario = scenario(PLAIN, &[]);
    for unit in Unit::available() {
        for threads in [1, 3] {
            let seen = AtomicU64::new(0);
            let threads = NonZero::new(threads).expect("some");
            let study = Study {
                scenario: &scenario,
                runs: 10..5000,
                threads,
                unit,
                source: Source::Uncertainty,
            };
            let mut runs = Vec::new();
            let tally = run_study(&study, &|| seen.load(Ordering::Relaxed) > 40, &mut |row| {
                seen.fetch_add(1, Ordering::Relaxed);
                runs.push(row.realization.run);
                ControlFlow::Continue(())
            })
            .expect("a study");
            assert!(!tally.complete && tally.runs == runs.len() as u64);
            assert!(runs.len() > 40 && runs.len() < 4990, "{unit}: {}", runs.len());
            assert!(runs.iter().copied().eq((10..).take(runs.len())));
        }
    }
}

#[test]
fn who_takes_the_rows_can_break_off() {
    let scenario = scenario(PLAIN, &[]);
    let threads = NonZero::new(2).expect("some");
    let study = Study {
        scenario: &scenario,
        runs: 0..2000,
        threads,
        unit: Unit::widest(),
        source: Source::Uncertainty,
    };
    let mut taken = 0;
    let tally = run_study(&study, &|| false, &mut |_| {
        taken += 1;
        if taken == 7 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let tally = tally.expect("a study");
    assert_eq!((taken, tally.runs, tally.complete), (7, 7, false));
}

#[test]
fn a_study_of_a_plant_that_is_none_is_refused_with_its_field() {
    let mut scenario = scenario("", &[]);
    scenario.plant.link1.mass = 0.0;
    let threads = NonZero::new(2).expect("some");
    let study = Study {
        scenario: &scenario,
        runs: 0..3,
        threads,
        unit: Unit::widest(),
        source: Source::Uncertainty,
    };
    let error = run_study(&study, &|| false, &mut |_| ControlFlow::Continue(()));
    let error = error.expect_err("no plant").to_string();
    assert_eq!(error, "scenario: plant.link1.mass = 0: allowed is from 1e-9 to 1e6 kg");
    // Whatever is drawn about no mass is none.
    assert_eq!(Realization::new(&scenario, 7).map_err(|error| error.run), Err(7));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_scenario_equals_its_single_runs_to_the_bit(
        seed in any::<u64>(),
        first in 0..u64::MAX / 2,
        count in 1..40_u64,
        threads in 1..4_usize,
        kind in 0..balancing().count(),
        model in prop::sample::select(vec!["full", "simplified", "linear"]),
        period in prop::sample::select(vec!["0.001", "0.002", "0.01"]),
        angle in 0.0..1.2_f64,
        spread in 0.0..0.3_f64,
        delay in 0..3_u32,
        noise in prop::bool::ANY,
    ) {
        let text = format!("
simulation: {{duration: 0.4, fall_angle: 0.9}}
actuator: {{delay: {delay}}}
sensors: {{angle_noise: {}}}
uncertainty: {{initial_state: [0.1, {angle}, {angle}, 0, 1, 1], parameters: {spread}}}
seed: {seed}
", if noise { 0.001 } else { 0.0 });
        let scenario = scenario(&text, &[
            ("plant.model", model),
            ("simulation.control_period", period),
            ("controller.kind", balancing().nth(kind).expect("a kind").name),
        ]);
        assert_rows_equal_single_runs(&scenario, first..first + count, threads);
    }
}

#[test]
fn a_study_on_one_thread_has_the_rows_of_the_batch_in_every_unit() {
    for integrator in ["rk4", "rk45"] {
        let set = [("simulation.duration", "0.5"), ("simulation.integrator", integrator)];
        let scenario = scenario("", &set);
        let (expected, _) = rows(&scenario, 3..26, 2, Unit::Scalar);
        let expected: Vec<_> = expected.iter().map(fingerprint).collect();
        for unit in Unit::available() {
            let found = run_serial(&scenario, 3..26, unit, &|| false).expect("a study");
            let found: Vec<_> = found.iter().map(fingerprint).collect();
            assert_eq!(found, expected, "{unit}");
        }
        let stopped = run_serial(&scenario, 3..26, Unit::Scalar, &|| true).expect("a study");
        assert_eq!(stopped, []);
    }
}
