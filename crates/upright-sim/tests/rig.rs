//! A rig as it is: friction that sticks, encoders in counts, motors by voltage.

use std::num::NonZero;
use std::ops::ControlFlow;
use upright_lanes::Unit;
use upright_sim::grid::{Axis, Grid};
use upright_sim::metrics::Verdict;
use upright_sim::scenario::{Overrides, Scenario};
use upright_sim::study::{Row, Source, Study, run_study};
use upright_sim::{Run, RunOptions, run::run};

fn scenario(text: &str, set: &[(&str, &str)]) -> Scenario {
    let set = set.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    Scenario::read("rig", text, &overrides).expect("valid")
}

fn refused(text: &str) -> String {
    Scenario::read("rig", text, &Overrides::default()).expect_err("refused").to_string()
}

fn ran(scenario: &Scenario) -> Run {
    run(scenario, RunOptions::default()).expect("a run")
}

/// A push of 1 N on a cart with 2 N of Coulomb friction.
const STICTION: &str = "
plant: {cart_mass: 1.0, damping: {cart: 0, joint1: 0.05, joint2: 0.05}, coulomb: {cart: 2.0}}
controller: {kind: none}
simulation: {duration: 10, initial_state: [0, 3.141592653589793, 3.141592653589793, 0, 0, 0], fall_angle: 100}
disturbances: [{kind: step, target: cart, amplitude: 1.0}]
";

#[test]
fn a_push_below_the_friction_moves_nothing() {
    for integrator in ["rk4", "euler"] {
        for friction in ["auto", "set_valued"] {
            let set = [("simulation.integrator", integrator), ("plant.friction", friction)];
            let scenario = scenario(STICTION, &set);
            let run = ran(&scenario);
            assert!(run.metrics.max_cart < 1e-9, "{integrator}: {}", run.metrics.max_cart);
            // Again, to the bit.
            assert_eq!(ran(&scenario).final_state, run.final_state);
        }
    }
    // Smoothed over 0.01 m/s it creeps: atanh(1 / 2) 0.01 m/s for ten seconds.
    let creep = ran(&scenario(STICTION, &[("plant.friction", "smoothed")])).metrics.max_cart;
    assert!((creep - 0.0549).abs() < 0.001, "{creep}");
}

#[test]
fn a_speed_over_which_friction_changes_sign_makes_it_smoothed() {
    let given = scenario(STICTION, &[("plant.coulomb.cart_speed", "0.01")]);
    assert!(!given.plant.sticks());
    assert!(scenario(STICTION, &[]).plant.sticks());
    // Not over a speed that is too small for the steps; one that is followed, or is asked for, is smoothed.
    let little = ("plant.coulomb.cart_speed", "1e-5");
    let sticks = scenario(STICTION, &[little]);
    assert!(sticks.plant.sticks() && ran(&sticks).metrics.max_cart < 1e-9);
    for more in [("simulation.substeps", "60"), ("simulation.integrator", "rk45")] {
        assert!(!scenario(STICTION, &[little, more]).plant.sticks(), "{more:?}");
    }
    // Written and read again it stays what it was.
    for scenario in [given, sticks, scenario(STICTION, &[])] {
        let again = Scenario::read("again", &scenario.to_yaml(), &Overrides::default());
        assert_eq!(again.expect("valid").plant.sticks(), scenario.plant.sticks());
    }
}

#[test]
fn what_cannot_stick_is_refused() {
    let error = refused("plant: {coulomb: {cart: 1}}\nsimulation: {integrator: rk45}");
    assert!(error.contains("simulation.integrator") && error.contains("smoothed"), "{error}");
    let error = refused("plant: {friction: smoothed, coulomb: {cart: 1, static: [2, 0, 0]}}");
    assert!(error.contains("plant.coulomb.static"), "{error}");
    let error = refused("plant: {coulomb: {static: [2, 0]}}");
    assert!(error.contains("a list of 3 numbers"), "{error}");
}

/// A small rig with encoders and a motor of which the force is known.
const RIG: &str = concat!(
    include_str!("../../upright-scenario/tests/data/laboratory-plant.yaml"),
    "simulation: {control_period: 0.002, initial_state: [0, 0.02, -0.01, 0, 0, 0]}
sensors: {cart_counts_per_metre: 50000, encoder_counts: 4096, second_encoder: relative}
estimator: {kind: kalman}
controller: {kind: classical, switching_gain: 8, boundary_layer: 0.1, reaching_rate: 10}
"
);

#[test]
fn relative_encoders_show_whole_counts_of_each_joint() {
    let run = ran(&scenario(RIG, &[("actuator", "{max_force: 10, delay: 1}")]));
    assert_eq!(run.verdict, Verdict::Settled);
    let count = std::f64::consts::TAU / 4096.0;
    let [first, second] =
        ["theta1_measured", "theta2_measured"].map(|name| run.trajectory.series(name));
    for (first, second) in first.iter().zip(&second) {
        for angle in [first[1], second[1] - first[1]] {
            let counts = angle / count;
            assert!((counts - counts.round()).abs() < 1e-9, "{counts}");
        }
    }
}

#[test]
fn a_motor_has_the_bits_of_the_force_that_it_stands_for() {
    let motor = "{kind: motor, volts: 6, resistance: 2.6, constant: 0.00767, gear: 3.71, radius: 0.00635, delay: 1}";
    let by_voltage = scenario(RIG, &[("actuator", motor)]);
    let known = by_voltage.actuator.motor().expect("a motor");
    let damping = (4.3 + known.damping).to_string();
    let force = format!("{{max_force: {}, delay: 1}}", known.max_force());
    let by_force = scenario(RIG, &[("actuator", &force), ("plant.damping.cart", &damping)]);
    let (by_voltage, by_force) = (ran(&by_voltage), ran(&by_force));
    assert_eq!(by_voltage.metrics, by_force.metrics);
    assert_eq!(by_voltage.final_state, by_force.final_state);
    let volts = by_voltage.trajectory.series("volts");
    let applied = by_voltage.trajectory.series("u_applied");
    assert!(!volts.is_empty() && by_force.trajectory.series("volts").is_empty());
    for (volts, applied) in volts.iter().zip(&applied) {
        assert_eq!(volts[1], applied[1] / known.force_per_volt);
        assert!(volts[1].abs() <= 6.0 * (1.0 + 1e-15));
    }
}

#[test]
fn friction_in_the_joints_leaves_the_cycle_that_an_independent_program_has_found() {
    // Span of link 1 in rad over the last three seconds, exact state, one period of delay.
    let cases = [
        ("{cart: 0.5}", 0.020),
        ("{joint1: 0.001}", 0.055),
        ("{joint2: 0.001}", 0.120),
        ("{cart: 0.5, joint1: 0.001, joint2: 0.001}", 0.177),
        ("{cart: 0.5, joint1: 0.0001, joint2: 0.0001}", 0.033),
    ];
    let actuator = ("actuator", "{max_force: 10, delay: 1}");
    for (coulomb, expected) in cases {
        // Frictions that are not named are those of the rig.
        let none = "{cart: 0, joint1: 0, joint2: 0}";
        let set = [
            actuator,
            ("plant.coulomb", none),
            ("plant.coulomb", coulomb),
            ("controller.boundary_layer", "0.03"),
            ("sensors", "{}"),
            ("estimator", "{kind: exact, predict: false}"),
        ];
        let run = ran(&scenario(RIG, &set));
        let angle = run.trajectory.series("theta1");
        let late = || angle.iter().filter(|row| row[0] >= 7.0).map(|row| row[1]);
        let span = late().fold(f64::MIN, f64::max) - late().fold(f64::MAX, f64::min);
        println!("{coulomb}: {span}");
        // Three digits are known.
        assert!((span / expected - 1.0).abs() < 0.06, "{coulomb}: {span} is not {expected}");
    }
}

#[test]
fn the_back_emf_of_a_motor_shrinks_the_region_from_which_it_stands() {
    let motor = "{kind: motor, volts: 5.8, resistance: 2.6, constant: 0.00767, gear: 3.71, radius: 0.00635, delay: 1}";
    let axis = |state| Axis { state, from: -0.24, to: 0.24, points: 9 };
    let grid = Grid { x: axis(1), y: axis(2) };
    let stands = |kind: &str, actuator: &str| {
        let set = [
            ("actuator", actuator),
            ("estimator", "{kind: exact}"),
            ("plant.track", ""),
            ("controller.kind", kind),
        ];
        let text = if kind == "lqr" { RIG.split("controller").next().expect("text") } else { RIG };
        let scenario = scenario(text, &set);
        let study = Study {
            scenario: &scenario,
            source: Source::Grid(grid),
            runs: 0..grid.len(),
            threads: NonZero::<usize>::MIN,
            unit: Unit::widest(),
        };
        let mut standing = 0;
        let mut take = |row: Row| {
            standing += u32::from(row.verdict.upright());
            ControlFlow::Continue(())
        };
        assert!(run_study(&study, &|| false, &mut take).expect("runs").complete);
        standing
    };
    let force = "{max_force: 10, delay: 1}";
    // Of 81 starts at rest, as an independent program has found: 49 and 35 of a force, 21 to 25 and 23 of a motor of as
    // much force.
    let found = [("classical", force), ("lqr", force), ("classical", motor), ("lqr", motor)]
        .map(|(kind, actuator)| stands(kind, actuator));
    println!("{found:?}");
    assert_eq!([found[0], found[1], found[3]], [49, 35, 23]);
    assert!((21..=25).contains(&found[2]), "{found:?}");
}

#[test]
fn a_push_is_recorded_as_the_force_that_the_filter_estimates() {
    let set = |estimator| {
        [
            ("actuator", "{max_force: 10, delay: 1}"),
            ("plant.coulomb", "{cart: 0}"),
            ("disturbances", "[{kind: step, target: cart, amplitude: 1.0, start: 2}]"),
            ("estimator", estimator),
        ]
    };
    let run = ran(&scenario(RIG, &set("{kind: kalman}")));
    let force = run.trajectory.series("force_estimated");
    let mean = |from: f64, to: f64| {
        let within: Vec<f64> =
            force.iter().filter(|row| (from..to).contains(&row[0])).map(|row| row[1]).collect();
        within.iter().sum::<f64>() / within.len() as f64
    };
    let (before, after) = (mean(1.0, 2.0), mean(8.0, 10.0));
    assert!(before.abs() < 0.05 && (after - 1.0).abs() < 0.05, "{before} {after}");
    for without in ["{kind: luenberger, poles: 45}", "{kind: kalman, force_state: 0}"] {
        let run = ran(&scenario(RIG, &set(without)));
        assert!(run.trajectory.series("force_estimated").is_empty(), "{without}");
    }
}

#[test]
fn friction_fed_forward_does_what_the_filter_with_it_does() {
    let actuator = ("actuator", "{max_force: 10, delay: 1}");
    let by_estimator = [actuator, ("estimator", "{kind: kalman, friction: model}")];
    let by_controller = [actuator, ("controller.friction", "model")];
    let [one, other] = [by_estimator, by_controller].map(|set| ran(&scenario(RIG, &set)));
    assert_eq!(one.metrics, other.metrics);
    assert_eq!(one.verdict, Verdict::Settled);
    // With exact velocities, friction that is known leaves a smaller cycle than friction that is not.
    let exact = |friction: &str| {
        let set = [actuator, ("estimator", "{kind: exact}"), ("controller.friction", friction)];
        let run = ran(&scenario(RIG, &set));
        let angle = run.trajectory.series("theta1");
        let late = || angle.iter().filter(|row| row[0] > 7.0).map(|row| row[1]);
        late().fold(f64::MIN, f64::max) - late().fold(f64::MAX, f64::min)
    };
    let (without, with) = (exact("none"), exact("model"));
    println!("{without} {with}");
    assert!(with < 0.7 * without, "{with} {without}");
    let error = refused("controller: {friction: model}");
    assert!(error.contains("controller.friction") && error.contains("coulomb.cart"), "{error}");
}
