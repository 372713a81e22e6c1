//! What a trajectory records of everything around the controller, and what is drawn of runs that keep few rows.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use upright_sim::scenario::Overrides;
use upright_sim::{Run, RunOptions, Scenario, run};

fn of(text: &str) -> Run {
    let scenario = Scenario::read("record", text, &Overrides::default()).expect("valid");
    run(&scenario, RunOptions::default()).expect("a run")
}

const CHATTER: &str = "
plant: {cart_mass: 10.471975511965978, link1: {mass: 4.19873858, length: 0.6, com: 0.3, inertia: 0.15497067}, link2: {mass: 4.19873858, length: 0.6, com: 0.3, inertia: 0.15497067}, damping: {cart: 0.05, joint1: 0.05, joint2: 0.05}}
actuator: {max_force: 500}
simulation: {duration: 10, control_period: 0.01, initial_state: [0, 0.05, 0.03, 0, 0, 0]";

#[test]
fn chatter_between_the_rows_that_are_kept_is_drawn_and_in_the_spectrum() {
    let all = of(&format!("{CHATTER}}}\n"));
    let half = of(&format!("{CHATTER}, record_every: 2}}\n"));
    let last = of(&format!("{CHATTER}, record_last: 3}}\n"));
    let density = all.trajectory.force_density(0.01);
    assert!(density.0.last().expect("rows")[1] > 1.0);
    for thinned in [half, last] {
        assert!(thinned.trajectory.len() < all.trajectory.len());
        assert_eq!(thinned.metrics, all.metrics);
        // A run of so few periods is drawn as it was.
        for column in ["u", "theta1", "sigma"] {
            assert_eq!(thinned.trajectory.picture(column), all.trajectory.series(column));
        }
        let plane = |run: &Run| run.trajectory.picture_in_plane("theta1", "theta1_dot");
        assert_eq!(plane(&thinned), plane(&all));
        assert_eq!(thinned.trajectory.force_density(0.01), density);
    }
}

#[test]
fn the_record_shows_what_was_measured_estimated_applied_and_disturbing() {
    let run = of("
simulation: {duration: 1, fall_angle: 100, initial_state: [0, 0.05, -0.03, 0, 0, 0]}
actuator: {delay: 2, max_force: 20}
sensors: {velocity: difference, angle_quantum: 0.001, delay: 1}
disturbances:
  - {kind: step, target: cart, amplitude: 3, start: 0.5}
  - {kind: step, target: joint1, amplitude: 0.2, start: 0.25}
  - {kind: pulse, target: joint2, amplitude: 0.1, start: 0.25, duration: 0.25}
");
    let column = |name: &str| -> Vec<f64> {
        run.trajectory.series(name).iter().map(|point| point[1]).collect()
    };
    let (u, applied) = (column("u"), column("u_applied"));
    let peak = applied.iter().map(|force| force.abs()).fold(0.0, f64::max);
    assert_eq!(peak, run.metrics.peak_force);
    // Two periods late, and limited.
    assert_eq!(applied[..2], [0.0, 0.0]);
    assert!((2..1000).all(|k| applied[k] == u[k - 2].clamp(-20.0, 20.0)));
    let (angle, measured) = (column("theta1"), column("theta1_measured"));
    assert!((1..1000).all(|k| (measured[k] - angle[k - 1]).abs() <= 0.0005 + 1e-12));
    assert_eq!(column("theta1_estimated"), measured);
    // Velocities are not measured, but estimated.
    assert!(column("theta1_dot_measured").iter().all(|rate| rate.is_nan()));
    assert!(column("theta1_dot_estimated").iter().all(|rate| rate.is_finite()));
    let at = |name: &str, k: usize| column(name)[k];
    let disturbed = |k| {
        ["disturbance_cart", "disturbance_joint1", "disturbance_joint2"].map(|name| at(name, k))
    };
    assert_eq!(disturbed(0), [0.0, 0.0, 0.0]);
    assert_eq!(disturbed(300), [0.0, 0.2, 0.1]);
    assert_eq!(disturbed(600), [3.0, 0.2, 0.0]);
    assert_eq!(disturbed(1000), [3.0, 0.2, 0.0]);
}
