//! What a caller of the library may do, and what it refuses.

use std::num::NonZero;
use std::ops::ControlFlow;
use upright_core::law::classical::{Classical, Settings};
use upright_core::law::hybrid::{self, Hybrid};
use upright_core::{Controller, Kind};
use upright_lanes::Unit;
use upright_sim::closed_loop::ClosedLoop;
use upright_sim::custom::{self, BoxedController, FnController};
use upright_sim::live::Session;
use upright_sim::realization::Realization;
use upright_sim::run::{Run, RunOptions, replay, run, run_with_controller};
use upright_sim::scenario::PerAngle;
use upright_sim::scenario::record::{COMMON_COLUMNS, SURROUNDING_COLUMNS};
use upright_sim::scenario::{Disturbance, DisturbanceKind, Pole, Scenario, SurfaceSpec};
use upright_sim::study::{
    Row, Source, Study, run_serial, run_study, run_study_of_kind, run_study_with_controller,
};

/// Changes to a scenario that no text could make, with what the error says of them.
#[expect(clippy::type_complexity, reason = "a table")]
const REFUSED: [(fn(&mut Scenario), &str); 12] = [
    (|s| s.simulation.substeps = 0, "simulation.substeps = 0: allowed is from 1 to 10000"),
    (|s| s.simulation.record_every = 0, "simulation.record_every = 0: allowed is from 1 to 4e9"),
    (|s| s.simulation.control_period = 0.0, "simulation.control_period = 0: allowed is from 1e-6"),
    (|s| s.simulation.duration = f64::NAN, "simulation.duration = NaN: allowed is above 0"),
    (|s| s.plant.link1.mass = -0.2, "plant.link1.mass = -0.2: allowed is from 1e-9 to 1e6 kg"),
    (|s| s.plant.link2.com = 0.5, "plant.link2.com = 0.5: allowed is from 0 to 0.3 m"),
    (|s| s.actuator.max_force = 0.0, "actuator.max_force = 0: allowed is above 0"),
    (
        |s| s.sensors.angle_noise = PerAngle::both(f64::INFINITY),
        "sensors.angle_noise = inf: allowed is from 0",
    ),
    (
        |s| {
            let kind = DisturbanceKind::Pulse;
            s.disturbances.push(Disturbance { kind, ..Disturbance::default() });
        },
        "disturbances.0.duration = null: is required by kind: pulse",
    ),
    (
        |s| s.controller.surface = SurfaceSpec::Poles(vec![Pole::Real(-3.0); 4]),
        "the sliding motion has 5 poles (a pair counts as two), not 4",
    ),
    (
        |s| s.controller.surface = SurfaceSpec::Coefficients([f64::NAN; 6]),
        "controller.surface.coefficients.0 = NaN: allowed is from -1e6 to 1e6",
    ),
    (
        |s| s.controller.model.gravity = -9.81,
        "controller.model.gravity = -9.81: allowed is above 0",
    ),
];

#[test]
fn a_scenario_changed_in_rust_is_refused_wherever_it_is_used() {
    for (change, expected) in REFUSED {
        let mut scenario = Scenario::default();
        let context = scenario.context().expect("the default design");
        let controller =
            Classical::build::<f64>(&Settings::default(), &context).expect("the default law");
        change(&mut scenario);
        let realization = Realization::nominal(&scenario);
        let options = || RunOptions { record: false, hook: None };
        let study = study(&scenario);
        let errors = [
            run(&scenario, options()).map(|_| ()).map_err(|e| e.to_string()),
            replay(&scenario, &realization, options()).map(|_| ()).map_err(|e| e.to_string()),
            run_with_controller(&scenario, &context, controller, options())
                .map(|_| ())
                .map_err(|e| e.to_string()),
            ClosedLoop::new(&scenario, controller, false).map(|_| ()).map_err(|e| e.to_string()),
            Session::new(&scenario, &realization).map(|_| ()).map_err(|e| e.to_string()),
            run_study(&study, &|| false, &mut |_| ControlFlow::Continue(()))
                .map(|_| ())
                .map_err(|e| e.to_string()),
            run_study_with_controller(&study, &controller, &|| false, &mut |_| {
                ControlFlow::Continue(())
            })
            .map(|_| ())
            .map_err(|e| e.to_string()),
            run_serial(&scenario, 0..2, Unit::Scalar, &|| false)
                .map(|_| ())
                .map_err(|e| e.to_string()),
        ];
        for (place, error) in errors.into_iter().enumerate() {
            let error = error.expect_err(expected);
            assert!(error.contains(expected), "{place}: {error}\nis not\n{expected}");
        }
    }
}

#[test]
fn only_a_recorded_run_is_refused_for_the_size_of_its_record() {
    let mut scenario = Scenario::default();
    scenario.simulation.duration = 1e5;
    let mut first = |_: &upright_sim::closed_loop::Tick| false;
    let options = RunOptions { record: false, hook: Some(&mut first) };
    assert_eq!(run(&scenario, options).expect("unrecorded").periods, 1);
    let error = run(&scenario, RunOptions::default()).expect_err("8 GB").to_string();
    assert!(error.contains("simulation.record_every = 1"), "{error}");
    assert!(error.contains("allowed is up to 4 GB"), "{error}");
}

#[test]
fn a_trajectory_has_the_columns_of_the_controller_that_ran() {
    // The scenario's own kind, the classical law, has no columns of its own.
    let scenario = Scenario::default();
    let context = scenario.context().expect("a design");
    let settings = hybrid::Settings::default();
    let controller = Hybrid::build::<f64>(&settings, &context).expect("a law");
    let found = run_with_controller(&scenario, &context, controller, RunOptions::default());
    let trajectory = found.expect("a run").trajectory;
    let own = <<Hybrid as Kind>::Controller<f64> as Controller<f64>>::COLUMNS;
    let columns: Vec<&str> =
        COMMON_COLUMNS.iter().chain(own).chain(&SURROUNDING_COLUMNS).copied().collect();
    assert_eq!(trajectory.columns(), columns);
    assert!(trajectory.iter().all(|row| row.len() == columns.len()));
    let hybrid = scenario.under("hybrid").expect("a kind");
    let expected = run(&hybrid, RunOptions::default()).expect("a run");
    assert_eq!(trajectory, expected.trajectory);
}

fn study(scenario: &Scenario) -> Study<'_> {
    let threads = NonZero::new(2).expect("two");
    Study { scenario, runs: 0..40, threads, unit: Unit::widest(), source: Source::Uncertainty }
}

fn short() -> Scenario {
    Scenario::builder().set("simulation.duration", 0.5).build().expect("valid")
}

#[test]
fn a_type_a_closure_and_an_object_run_as_the_kind_that_they_are() {
    let scenario = short();
    let context = scenario.context().expect("a design");
    let classical = Classical::build::<f64>(&Settings::default(), &context).expect("a law");
    let mut inside = classical;
    let closure = FnController::new(&context, move |state: &[f64; 6]| inside.control(state).force);
    let expected = run(&scenario, RunOptions::default()).expect("a run");
    let with = |found: Result<Run, _>| {
        let found = found.expect("a run");
        assert_eq!(found.metrics, expected.metrics);
        assert_eq!(found.final_state, expected.final_state);
    };
    let options = RunOptions::default;
    with(run_with_controller(&scenario, &context, classical, options()));
    with(run_with_controller(&scenario, &context, closure.clone(), options()));
    with(run_with_controller(&scenario, &context, BoxedController::new(classical), options()));
}

#[test]
fn a_controller_behind_a_pointer_is_the_kind_that_it_is_in_all_that_it_says() {
    let moving = Scenario::builder()
        .set("simulation.duration", 4.0)
        .set("reference", serde_json::json!({"kind": "step", "to": 0.2, "at": 0.1}))
        .set("controller.kind", "hybrid")
        .build()
        .expect("valid");
    let boxed = custom::build(&moving).expect("a controller");
    let context = moving.context().expect("a design");
    let options = RunOptions { record: true, ..RunOptions::default() };
    let found = run_with_controller(&moving, &context, boxed.clone(), options).expect("a run");
    let options = RunOptions { record: true, ..RunOptions::default() };
    let expected = run(&moving, options).expect("a run");
    assert_eq!(found.metrics, expected.metrics);
    assert!(expected.final_state[0] > 0.1, "{:?}", expected.final_state);

    let hybrid = Hybrid::build::<f64>(&hybrid::Settings::default(), &context);
    let hybrid = hybrid.expect("a law");
    let (mut names, mut of_the_type) = (Vec::new(), Vec::new());
    boxed.histories(|history| names.push(history.name));
    hybrid.histories(|history| of_the_type.push(history.name));
    assert_eq!(names, of_the_type);
    assert!(!names.is_empty());
    assert_eq!(boxed.bytes(), size_of_val(&hybrid));
    let swinging = custom::build(
        &Scenario::builder().set("controller.kind", "swing_up").build().expect("valid"),
    );
    assert!(swinging.expect("a controller").swing_up(0).is_some());
}

#[test]
fn a_study_under_a_controller_of_the_callers_own_has_the_bits_of_the_kind_that_it_is() {
    let scenario = short();
    let context = scenario.context().expect("a design");
    let study = study(&scenario);
    let classical = Classical::build::<f64>(&Settings::default(), &context).expect("a law");
    let mut inside = classical;
    let closure = FnController::new(&context, move |state: &[f64; 6]| inside.control(state).force);
    let boxed = BoxedController::new(classical);
    let mut all: [Vec<Row>; 5] = Default::default();
    let [kind, of_kind, own, of_closure, object] = &mut all;
    let never = || false;
    let keep = |rows: &mut Vec<Row>, row| {
        rows.push(row);
        ControlFlow::Continue(())
    };
    run_study(&study, &never, &mut |row| keep(kind, row)).expect("a study");
    let settings = Settings::default();
    run_study_of_kind::<Classical>(&study, &settings, &context, &never, &mut |row| {
        keep(of_kind, row)
    })
    .expect("a study");
    run_study_with_controller(&study, &classical, &never, &mut |row| keep(own, row))
        .expect("a study");
    run_study_with_controller(&study, &closure, &never, &mut |row| keep(of_closure, row))
        .expect("a study");
    run_study_with_controller(&study, &boxed, &never, &mut |row| keep(object, row))
        .expect("a study");
    assert_eq!(all[0].len(), 40);
    for other in &all[1..] {
        assert_eq!(*other, all[0]);
    }
}
