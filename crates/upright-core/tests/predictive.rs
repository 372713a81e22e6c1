//! Balance by prediction: its laws.

use upright_core::ControllerContext;
use upright_core::integrate::rk4;
use upright_core::planner::{PlanError, Planner, Task};
use upright_core::plant::{Plant, Rigid, State};
use upright_core::predictive::Predictive;
use upright_core::predictive::settings::{MAX_HORIZON, PredictionModel, PredictiveSettings};
use upright_core::swing_up::{Input, Regulator, Weights};

const PERIOD: f64 = 0.001;

fn context(track: Option<f64>, max_force: f64) -> ControllerContext {
    ControllerContext {
        surface: ControllerContext::NO_SURFACE,
        model: Plant { track, ..Plant::default() },
        beta_min: 0.05,
        max_force,
        period: PERIOD,
        late: 0,
        start: [0.0; 6],
        seed: 42,
    }
}

fn law(track: Option<f64>, max_force: f64) -> Box<Predictive<f64>> {
    let context = context(track, max_force);
    Box::new(Predictive::new(&PredictiveSettings::default(), &context).expect("a law"))
}

/// The forces of a run, and its last state.
fn run(law: &mut Predictive<f64>, start: State<f64>, periods: u32) -> (Vec<f64>, State<f64>) {
    let model = Rigid::<f64>::new(&Plant::default());
    let mut state = start;
    let mut forces = Vec::new();
    for _ in 0..periods {
        let u = law.control_against(&state, 0.0);
        state = rk4(&model, &state, PERIOD, |_| [u, 0.0, 0.0]);
        forces.push(u);
    }
    (forces, state)
}

const LEANING: State<f64> = [0.0, 0.3, 0.3, 0.0, 0.0, 0.0];

#[test]
fn the_mirrored_plant_gets_the_mirrored_force() {
    let (mut one, mut other) = (law(Some(0.6), 60.0), law(Some(0.6), 60.0));
    let start = [0.1, 0.12, -0.05, 0.2, 0.3, -0.1];
    let (forces, end) = run(&mut one, start, 400);
    let (mirrored, other_end) = run(&mut other, start.map(|x| -x), 400);
    for (u, v) in forces.iter().zip(&mirrored) {
        assert!((u + v).abs() <= 1e-9 * (1.0 + u.abs()), "{u} {v}");
    }
    assert!(end.iter().zip(other_end).all(|(x, y)| (x + y).abs() < 1e-9));
}

#[test]
fn restarted_it_is_a_fresh_one_to_the_bit() {
    let mut once = law(Some(0.6), 150.0);
    let first = run(&mut once, LEANING, 300);
    once.restart();
    assert!(once.prediction().is_none());
    assert_eq!(first, run(&mut once, LEANING, 300));
    assert_eq!(first, run(&mut law(Some(0.6), 150.0), LEANING, 300));
}

#[test]
fn no_force_is_beyond_the_limit_and_at_rest_there_is_none() {
    let (forces, _) = run(&mut law(None, 30.0), LEANING, 500);
    assert!(forces.iter().all(|u| u.abs() <= 30.0));
    assert!(forces.iter().any(|u| u.abs() == 30.0));
    let (forces, end) = run(&mut law(None, 30.0), [0.0; 6], 50);
    assert!(forces.iter().all(|u| *u == 0.0) && end == [0.0; 6]);
}

/// Near upright no limit is met, and the prediction is the linear-quadratic regulator of its weights.
#[test]
fn near_upright_its_force_is_that_of_the_linear_law() {
    let settings = PredictiveSettings::default();
    let model = Rigid::<f64>::new(&Plant::default());
    let weights = Weights { state: settings.weights.state, input: settings.weights.force };
    let regulator = Regulator::new(model, Input::Force, &weights, settings.step, [0.0; 2]);
    let gain = *regulator.expect("a regulator").top_gain();
    for prediction in [PredictionModel::Nonlinear, PredictionModel::Linear] {
        for i in 0..6 {
            let mut state = [0.0; 6];
            state[i] = 1e-4;
            let own = PredictiveSettings { prediction, ..settings };
            let mut law =
                Box::new(Predictive::<f64>::new(&own, &context(None, 150.0)).expect("a law"));
            let (found, expected) = (law.control_against(&state, 0.0), -gain[i] * 1e-4);
            assert!((found - expected).abs() <= 2e-3 * expected.abs(), "{i}: {found} {expected}");
        }
    }
}

#[test]
fn a_known_force_is_left_out_of_what_is_commanded() {
    let (mut one, mut other) = (law(None, 150.0), law(None, 150.0));
    let start = [0.0, 0.02, -0.01, 0.0, 0.0, 0.0];
    let (plain, against) = (one.control_against(&start, 0.0), other.control_against(&start, 7.0));
    assert!((plain - 7.0 - against).abs() < 1e-9, "{plain} {against}");
}

#[test]
fn a_state_that_is_not_finite_makes_no_panic() {
    let mut law = law(Some(0.6), 150.0);
    run(&mut law, LEANING, 20);
    law.control_against(&[f64::NAN; 6], 0.0);
    law.restart();
    assert!(law.control_against(&LEANING, 0.0).is_finite());
}

/// One step later, where nothing came between, the plan is what was left of it.
#[test]
fn going_on_where_the_plan_led_keeps_its_forces() {
    let mut planner = Box::new(
        Planner::<f64, MAX_HORIZON>::new(&Plant::default(), &Task::default()).expect("a task"),
    );
    assert!(matches!(planner.go_on(&LEANING, &[0.0; 6]), Err(PlanError::Steps { .. })));
    planner.start(&LEANING, 80, |_, _| 0.0).expect("a start");
    planner.iterate(50);
    let forces = planner.forces().to_vec();
    let states: Vec<State<f64>> = planner.states().collect();
    planner.go_on(&states[1], &[0.0; 6]).expect("a motion");
    assert_eq!(planner.forces()[..79], forces[1..]);
    assert_eq!(planner.states().take(80).collect::<Vec<_>>(), states[1..]);
    assert_eq!(planner.gap(), 0.0);
}
