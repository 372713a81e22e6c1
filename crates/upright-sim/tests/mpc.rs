//! Balance by prediction: the rows of the table in docs/swing-up.md that a few runs show. The areas are counted by
//! `cargo run --release -p upright-core --example balance`.

use std::sync::atomic::{AtomicU64, Ordering};
use upright_lanes::Unit;
use upright_sim::Run;
use upright_sim::metrics::Verdict;
use upright_sim::scenario::{Overrides, Scenario};
use upright_sim::study::run_serial;
use upright_sim::{RunOptions, run::run};

fn scenario(text: &str, set: &[(&str, &str)]) -> Scenario {
    let set = set.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    Scenario::read("mpc", text, &Overrides { set, ..Overrides::default() }).expect("valid")
}

fn ran(kind: &str, track: &str, force: &str, start: &str) -> Run {
    let set = [
        ("controller.kind", kind),
        ("plant.track", track),
        ("actuator.max_force", force),
        ("simulation.initial_state", start),
    ];
    run(&scenario("simulation: {duration: 7}", &set), RunOptions::default()).expect("a run")
}

const NEAR: &str = "[0, 0.05, -0.03, 0, 0, 0]";
const MOVING: &str = "[0, 0.1, 0.1, 0.2, 0.5, 0.3]";
const LEANING: &str = "[0, 0.3, 0.3, 0, 0, 0]";
const FAR: &str = "[0, 0.5, 0.5, 0, 0, 0]";

fn settles_within(track: &str, force: &str, cases: &[(&str, f64)]) {
    for (start, most) in cases {
        let run = ran("mpc", track, force, start);
        assert_eq!(run.verdict, Verdict::Settled, "{start}");
        let time = run.metrics.settling_time.expect("settled");
        println!("{track} {force} {start}: {time}");
        assert!(time <= *most, "{start}: {time} s");
        let limit: f64 = force.parse().expect("a number");
        assert!(run.metrics.peak_force <= limit);
    }
}

#[test]
fn on_any_track_it_settles_from_half_a_radian_in_two_seconds() {
    settles_within("100", "150", &[(NEAR, 1.2), (MOVING, 2.1), (LEANING, 2.1), (FAR, 2.1)]);
}

/// Who stops a study waits for periods, each of which may plan: not for whole runs.
#[test]
fn a_study_is_asked_whether_to_stop_within_its_runs() {
    for kind in ["mpc", "swing_up"] {
        let scenario = scenario("simulation: {duration: 7}", &[("controller.kind", kind)]);
        let asked = AtomicU64::new(0);
        let stop = || asked.fetch_add(1, Ordering::Relaxed) > 1;
        let rows = run_serial(&scenario, 0..1, Unit::Scalar, &stop).expect("a study");
        assert!(rows.is_empty(), "{kind}: a run of 7000 periods came to its end");
    }
}

#[test]
fn with_thirty_newtons_it_settles_hardly_later() {
    settles_within("100", "30", &[(NEAR, 1.25), (MOVING, 2.15), (LEANING, 2.2)]);
}

#[test]
fn on_short_tracks_it_settles_where_sliding_laws_leave_them() {
    settles_within("0.6", "150", &[(MOVING, 2.1), (LEANING, 2.15)]);
    settles_within("0.4", "150", &[(MOVING, 2.4)]);
    for kind in ["classical", "super_twisting"] {
        for start in [MOVING, LEANING] {
            let run = ran(kind, "0.6", "150", start);
            assert_eq!(run.verdict, Verdict::OffTrack, "{kind} {start}");
        }
    }
}

#[test]
fn a_linear_model_in_place_of_the_equations_is_no_good_beyond_small_angles() {
    let linear = |start: &str| {
        let set = [("simulation.initial_state", start), ("controller.model", "linear")];
        let text = "{controller: {kind: mpc}, simulation: {duration: 7}}";
        run(&scenario(text, &set), RunOptions::default()).expect("a run").verdict
    };
    assert_eq!(linear(NEAR), Verdict::Settled);
    assert_ne!(linear(LEANING), Verdict::Settled);
    // Refused by the name that was written.
    let text = "{controller: {kind: mpc, model: quadratic}}";
    let error = Scenario::read("mpc", text, &Overrides::default()).expect_err("no such model");
    let words = "controller.model = \"quadratic\": allowed is one of nonlinear, linear";
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn the_predicted_cart_stays_on_its_track() {
    let text = "{plant: {track: 0.4}, controller: {kind: mpc}, simulation: {duration: 3}}";
    let set = [("simulation.initial_state", MOVING)];
    let run = run(&scenario(text, &set), RunOptions::default()).expect("a run");
    let travel = run.trajectory.series("predicted_travel");
    assert!(!travel.is_empty() && travel.iter().all(|row| row[1] < 0.4));
    assert!(run.metrics.max_cart < 0.4);
}

/// A constant push leaves the cart off its place, unless the observer finds it.
#[test]
fn an_observer_takes_a_constant_push_off_the_cart() {
    let place = |observer: &str| {
        let set = [("controller.observer", observer)];
        let text = "{controller: {kind: mpc}, simulation: {duration: 8}, \
                    disturbances: [{kind: step, amplitude: 10, start: 1}]}";
        let run = run(&scenario(text, &set), RunOptions::default()).expect("a run");
        (run.verdict, run.final_state[0].abs())
    };
    let (verdict, off) = place("none");
    assert!(verdict != Verdict::Settled && off > 0.05, "{off}");
    let (verdict, off) = place("super_twisting");
    assert!(verdict == Verdict::Settled && off < 0.001, "{off}");
}

#[test]
fn a_run_twice_has_the_same_bits() {
    let once = || {
        let run = ran("mpc", "0.6", "150", LEANING);
        run.final_state.map(f64::to_bits)
    };
    assert_eq!(once(), once());
}

#[test]
fn what_is_not_allowed_is_refused_by_name() {
    let refused = |own: &str| {
        let text = format!("{{controller: {{kind: mpc, {own}}}}}");
        match Scenario::read("mpc", &text, &Overrides::default()) {
            Ok(_) => panic!("{own} is allowed"),
            Err(error) => error.to_string(),
        }
    };
    for (own, field) in [
        ("step: 0.0125", "controller.step"),
        ("step: 0.05", "controller.step"),
        ("horizon: 1.5", "controller.horizon"),
        ("horizon: 0.995", "controller.horizon"),
        ("iterations: 0", "controller.iterations"),
        ("track_share: 1.5", "controller.track_share"),
        ("prediction: quadratic", "controller.prediction"),
        ("weights: {force: 0}", "controller.weights.force"),
    ] {
        let told = refused(own);
        assert!(told.contains(field), "{own}: {told}");
    }
    let text = "{plant: {track: 0.6}, simulation: {initial_state: hanging}, \
                controller: {kind: swing_up, balance: {kind: mpc, step: 0.0125}}}";
    let error = Scenario::read("mpc", text, &Overrides::default()).expect_err("refused");
    assert!(error.to_string().contains("controller.balance.step"), "{error}");
}
