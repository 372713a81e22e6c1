//! A loop that the caller closes has the bits of the run, whatever the scenario and the kind.

use upright_core::State;
use upright_sim::custom::{self, BoxedController};
use upright_sim::realization::Realization;
use upright_sim::run::{RunOptions, replay, replay_with_controller};
use upright_sim::scenario::kinds::{self, Family};
use upright_sim::scenario::{Overrides, Scenario};
use upright_sim::stepped::{SteppedController, SteppedPlant};

const SCENARIOS: [&str; 6] = [
    "",
    "sensors: {angle_noise: 0.002, delay: 2}",
    "{sensors: {velocity: difference, position_noise: 1e-4}, actuator: {lag: 0.01, delay: 1}}",
    "{sensors: {position_noise: 1e-3, angle_noise: 1e-3}, estimator: {kind: kalman, compensate: true}}",
    "disturbances: [{kind: noise, amplitude: 3}, {kind: step, amplitude: 5, start: 0.3}]",
    "simulation: {integrator: rk45, initial_state: [0, 0.9, -0.4, 0, 0, 0]}",
];

fn scenario(text: &str, kind: &str) -> Scenario {
    let overrides = Overrides {
        controller: Some(kind.to_owned()),
        set: vec![("simulation.duration".to_owned(), "1.5".to_owned())],
        ..Overrides::default()
    };
    Scenario::read("stepped", text, &overrides).expect("valid")
}

fn bits(state: &State<f64>) -> [u64; 6] {
    state.map(f64::to_bits)
}

#[test]
fn two_halves_are_the_run_to_the_bit() {
    for text in SCENARIOS {
        for kind in kinds::KINDS.iter().filter(|kind| kind.family != Family::SwingUp) {
            let scenario = scenario(text, kind.name);
            let realization = Realization::new(&scenario, 3).expect("a plant");
            let whole = replay(&scenario, &realization, RunOptions::default()).expect("a run");
            let mut controller = SteppedController::new(&scenario).expect("a controller");
            let mut plant = SteppedPlant::new(&scenario, &realization).expect("a plant");
            let mut rows = whole.trajectory.iter();
            loop {
                let row = rows.next().expect("a row");
                assert_eq!(bits(plant.world().state()), bits(&row[1..7].try_into().expect("six")));
                if plant.is_over() {
                    break;
                }
                let command = controller.step(plant.measured());
                assert_eq!(bits(controller.estimate()), bits(plant.estimate()), "{text}");
                assert_eq!(command.force.to_bits(), row[7].to_bits(), "{text} {}", kind.name);
                plant.step(command.force);
            }
            assert!(!plant.step(1.0), "a run that is over stays so");
            assert_eq!((plant.verdict(), plant.metrics()), (whole.verdict, whole.metrics));
            assert_eq!((plant.early_end(), plant.done()), (whole.early_end, whole.periods));
            assert_eq!(plant.row().final_state.map(f64::to_bits), bits(&whole.final_state));

            controller.reset();
            let again = SteppedController::new(&scenario).expect("a controller");
            let plant = SteppedPlant::new(&scenario, &realization).expect("a plant");
            let first = [controller, again].map(|mut one| one.step(plant.measured()));
            assert_eq!(first[0], first[1]);
        }
    }
}

#[test]
fn a_controller_behind_a_pointer_gives_the_whole_trajectory_to_the_bit() {
    for text in SCENARIOS {
        for kind in kinds::KINDS.iter().filter(|kind| kind.family != Family::SwingUp) {
            let scenario = scenario(text, kind.name);
            let realization = Realization::new(&scenario, 3).expect("a plant");
            let whole = replay(&scenario, &realization, RunOptions::default()).expect("a run");
            let controller = custom::build(&scenario).expect("a controller");
            let context = scenario.context().expect("a design");
            let options = RunOptions::default();
            let boxed =
                replay_with_controller(&scenario, &realization, &context, controller, options);
            let (columns, numbers) = boxed.expect("a run").trajectory.into_parts();
            assert_eq!(columns, whole.trajectory.columns(), "{text} {}", kind.name);
            let expected: Vec<u64> =
                whole.trajectory.iter().flatten().map(|number| number.to_bits()).collect();
            let found: Vec<u64> = numbers.into_iter().map(f64::to_bits).collect();
            assert!(found == expected, "{text} {}", kind.name);
        }
    }
}

/// A swing-up that is knocked down plans again on the way.
#[test]
fn two_halves_of_a_swing_up_are_its_run_to_the_bit() {
    let text = "{plant: {track: 1}, simulation: {duration: 4, initial_state: [0, 0, 0, 0, 0, 0]}, \
                controller: {kind: swing_up}, \
                disturbances: [{kind: pulse, amplitude: 120, start: 0.2, duration: 0.1}]}";
    let scenario = Scenario::read("stepped", text, &Overrides::default()).expect("valid");
    let realization = Realization::nominal(&scenario);
    let whole = replay(&scenario, &realization, RunOptions::default()).expect("a run");
    assert!(whole.metrics.swing_up.is_some_and(|own| own.plans >= 1));
    let mut controller = SteppedController::new(&scenario).expect("a controller");
    let mut plant = SteppedPlant::new(&scenario, &realization).expect("a plant");
    for row in whole.trajectory.iter().take_while(|row| row[0] < 3.9995) {
        let command = controller.step(plant.measured());
        assert_eq!(command.force.to_bits(), row[7].to_bits());
        plant.step(command.force);
    }
    assert_eq!(plant.row().final_state.map(f64::to_bits), bits(&whole.final_state));
}

#[test]
fn rows_come_out_oldest_first_where_the_record_is_a_ring() {
    let text = "simulation: {duration: 0.1, record_last: 7}";
    let scenario = Scenario::read("ring", text, &Overrides::default()).expect("valid");
    let run = upright_sim::run(&scenario, RunOptions::default()).expect("a run");
    let rows: Vec<f64> = run.trajectory.iter().flatten().copied().collect();
    let width = run.trajectory.columns().len();
    let (_, numbers) = run.trajectory.into_parts();
    assert_eq!(numbers.len(), 7 * width);
    assert!(numbers.iter().zip(&rows).all(|(a, b)| a.to_bits() == b.to_bits()));
}

#[test]
fn halves_of_a_loop_can_be_kept_and_sent() {
    fn sendable<T: Send + Sync + 'static>() {}
    sendable::<SteppedController>();
    sendable::<SteppedPlant>();
    sendable::<BoxedController>();
}

#[test]
fn a_tree_of_values_is_read_as_its_text_is() {
    let overrides = Overrides {
        undesigned: false,
        controller: Some("hybrid".to_owned()),
        set: vec![("plant.link1.mass".to_owned(), "0.25".to_owned())],
        seed: Some(7),
        unrecorded: false,
        folder: None,
    };
    let text = r#"{"simulation": {"duration": 3}, "controller": {"kind": "lqr", "beta_min": 0.1}}"#;
    let value = serde_json::from_str(text).expect("JSON");
    let read = Scenario::read("text", text, &overrides).expect("valid");
    assert_eq!(Scenario::read_value("tree", value, &overrides), Ok(read));
    let wrong = serde_json::json!({"plant": {"cart_mass": -1}});
    let error = Scenario::read_value("tree", wrong, &Overrides::default()).expect_err("negative");
    let expected = "tree: plant.cart_mass = -1: allowed is from 1e-9 to 1e6 kg";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_plant_that_is_restarted_is_a_new_one_to_the_bit() {
    for text in SCENARIOS {
        let mut scenario = scenario(text, "none");
        let first = Realization::new(&scenario, 3).expect("a plant");
        let mut used = SteppedPlant::new(&scenario, &first).expect("allowed");
        while used.step(7.0) {}
        scenario.seed = 9;
        let second = Realization::new(&scenario, 4).expect("a plant");
        let mut fresh = SteppedPlant::new(&scenario, &second).expect("allowed");
        used.restart(&scenario, &second);
        loop {
            assert_eq!(bits(used.estimate()), bits(fresh.estimate()), "{text}");
            assert_eq!(bits(used.world().state()), bits(fresh.world().state()), "{text}");
            let go_on = (used.step(-3.0), fresh.step(-3.0));
            assert_eq!(go_on.0, go_on.1);
            if !go_on.0 {
                break;
            }
        }
        assert_eq!(used.verdict(), fresh.verdict());
        assert_eq!(used.metrics(), fresh.metrics());
    }
}
