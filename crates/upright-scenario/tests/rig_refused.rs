//! What a rig cannot be: each fault is named with its field, its value and what would do.

use upright_scenario::{Overrides, Scenario, design_report};

/// A rig that can be.
const RIG: &str = "
plant:
  cart_mass: 0.57
  track: 0.4
  link1: {mass: 0.127, length: 0.2, com: 0.1, inertia: 0.00042}
  link2: {mass: 0.097, length: 0.34, com: 0.17, inertia: 0.00093}
  damping: {cart: 4.3, joint1: 0.0024, joint2: 0.0024}
  coulomb: {cart: 0.5, joint1: 0.0001, joint2: 0.0001}
simulation: {duration: 10, control_period: 0.002, initial_state: [0, 0.02, -0.01, 0, 0, 0]}
actuator: {max_force: 10, delay: 1}
sensors: {encoder_counts: 4096, second_encoder: relative, cart_counts_per_metre: 50000}
controller: {kind: classical, switching_gain: 8, boundary_layer: 0.1}
";

/// Fields that are set.
type Set<'a> = &'a [(&'a str, &'a str)];

fn read(set: Set<'_>) -> Result<Scenario, String> {
    let set = set.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    Scenario::read("rig", RIG, &overrides).map_err(|error| error.to_string())
}

#[test]
fn rigs_that_cannot_be_are_refused() {
    let motor = "{kind: motor, volts: 6, resistance: 2.6, constant: 0.00767, gear: 3.71, radius: 0.00635, max_force: 10}";
    let quick = "{kind: move, to: 0.3, at: 1, duration: 0.5}";
    let cases: [(Set<'_>, &[&str]); 14] = [
        (&[("sensors", "{}"), ("estimator", "{kind: kalman}")], &["estimator", "R is zero"]),
        (&[("sensors", "{}"), ("estimator", "{kind: extended_kalman}")], &["R is zero", "exact"]),
        (&[("sensors.angle_quantum", "0.001")], &["encoder_counts = 4096", "angle_quantum"]),
        (
            &[("sensors.position_quantum", "1e-5")],
            &["cart_counts_per_metre = 50000", "position_quantum"],
        ),
        (&[("estimator", "{kind: filter, corner_hz: 250}")], &["corner_hz = 250", "250 Hz"]),
        (
            &[("plant.coulomb.cart", "0"), ("estimator", "{kind: kalman, friction: model}")],
            &["estimator.friction", "coulomb.cart"],
        ),
        (&[("actuator", motor)], &["actuator.max_force = 10", "volts"]),
        (&[("actuator", "{kind: motor, volts: 6}")], &["actuator.resistance"]),
        (&[("reference", "{kind: step, to: 0.45}")], &["reference.to = 0.45", "0.4 m"]),
        (
            &[("reference", "{kind: sine, to: 0.5, duration: 8}")],
            &["reference.to = 0.5", "off the track"],
        ),
        (
            &[("reference", "{kind: recorded, points: [[0, 0], [3, 0.45]]}")],
            &["reference.points", "off the track"],
        ),
        (&[("reference", quick)], &["reference.duration = 0.5", "is the shortest"]),
        (&[("estimator", "{kind: levant, order: 3}")], &["estimator.order = 3"]),
        (&[("simulation.settled.angle", "0")], &["simulation.settled.angle = 0", "above 0"]),
    ];
    for (set, says) in cases {
        let error = read(set).expect_err("refused");
        for part in says {
            assert!(error.contains(part), "{set:?}: {error}");
        }
    }
}

#[test]
fn rigs_that_will_not_do_well_are_told_of() {
    let heavier = "{cart_mass: 6, link1: {mass: 1.27}}";
    let cases: [(Set<'_>, &str); 7] = [
        (&[("sensors.encoder_counts", "90")], "coarse"),
        (&[("controller.switching_gain", "12")], "above the actuator's limit"),
        (
            &[("controller.model", "{coulomb: {cart: 1.5}}"), ("controller.friction", "model")],
            "more",
        ),
        (&[("controller.boundary_layer", "0.002")], "the force will bang"),
        // The estimator and the law know another plant.
        (&[("controller.model", heavier)], "the force will bang"),
        (
            &[("controller.model", "{link2: {com: 0.08}}")],
            "controller.model.link2.com = 0.08, and the plant has 0.17",
        ),
        (&[("estimator", "{kind: exact}")], "no rig has that"),
    ];
    for (set, says) in cases {
        let scenario = read(set).expect("valid");
        let told = design_report::warnings(&scenario).expect("a design");
        let words: Vec<String> = told.iter().map(ToString::to_string).collect();
        assert!(words.iter().any(|word| word.contains(says)), "{set:?}: {words:?}");
    }
    assert_eq!(design_report::warnings(&read(&[]).expect("valid")), Ok(vec![]));
}
