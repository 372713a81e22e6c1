//! Gains, guard and supervisor of swing-ups, by the core alone.

use std::f64::consts::PI;
use upright_core::integrate::rk4;
use upright_core::law::super_twisting::{self, SuperTwisting};
use upright_core::planner::held;
use upright_core::plant::{Plant, Rigid, State};
use upright_core::swing_up::settings::{PlanSettings, Supervision, Tracking};
use upright_core::swing_up::{
    CartPush, CartResponse, Chance, Input, Phase, Plan, PredictiveTracker, Regulator, Replanner,
    Request, Supervisor, Tracker, Weights,
};
use upright_core::{ControllerContext, Kind};

const SURFACE: [f64; 6] =
    [0.74760367, -12.83592427, 18.77798997, 0.97814020, -0.26252009, 2.66827614];
const HANGING: State<f64> = [0.0, PI, PI, 0.0, 0.0, 0.0];

type Balance = <SuperTwisting as Kind>::Controller<f64>;

fn context(max_force: f64, track: f64) -> ControllerContext {
    ControllerContext {
        surface: SURFACE,
        model: Plant { track: Some(track), ..Plant::default() },
        beta_min: 0.05,
        max_force,
        period: 0.001,
        late: 0,
        start: HANGING,
        seed: 42,
    }
}

fn supervisor(context: &ControllerContext) -> Supervisor<f64, Balance> {
    let balance = SuperTwisting::build(&super_twisting::Settings::default(), context).unwrap();
    let (plan, tracking) = (PlanSettings::default(), Tracking::default());
    Supervisor::new(&plan, &tracking, &Supervision::default(), balance, context).unwrap()
}

fn replanner(context: &ControllerContext) -> Box<Replanner> {
    let (plan, tracking) = (PlanSettings::default(), Tracking::default());
    Box::new(Replanner::new(&plan, &tracking, &Supervision::default(), context).unwrap())
}

/// One control period of a loop whose caller plans at once.
fn period(
    supervisor: &mut Supervisor<f64, Balance>,
    replanner: &mut Replanner,
    state: &State<f64>,
) -> f64 {
    let command = supervisor.control_against(state, 0.0);
    if let Some(request) = supervisor.request() {
        let found = replanner.plan(&request, Chance::new(u64::from(request.number)));
        supervisor.answer(found.then(|| (replanner.forces(), replanner.states())));
    }
    command.force
}

#[test]
fn a_hanging_plant_is_planned_for_swung_up_and_caught() {
    let context = context(150.0, 0.6);
    let (mut supervisor, mut replanner) = (supervisor(&context), replanner(&context));
    let model = Rigid::<f64>::new(&context.model);
    let mut state = HANGING;
    let mut phases = vec![];
    for k in 0..8000 {
        let u = period(&mut supervisor, &mut replanner, &state);
        if phases.last() != Some(&supervisor.phase()) {
            phases.push(supervisor.phase());
        }
        state = rk4(&model, &state, 0.001, |_| [u, 0.0, 0.0]);
        assert!(state[0].abs() < 0.6, "{k}: {state:?}");
    }
    assert_eq!(phases, [Phase::Brake, Phase::Plan, Phase::Track, Phase::Balance]);
    let turn = |angle: f64| (angle / (2.0 * PI)).round() * 2.0 * PI;
    for i in 1..3 {
        assert!((state[i] - turn(state[i])).abs() < 0.002, "{state:?}");
    }
    assert!(state[0].abs() < 0.01, "{state:?}");
}

/// The plan of least effort, followed by prediction from a start that is off, on a plant under a push that begins halfway:
/// the states, a control period each, and the forces.
fn foreseen(max_force: f64, push: f64) -> Vec<(State<f64>, f64)> {
    let plan = rows(include_str!("data/swing-up-least-effort.csv"));
    let states: Vec<State<f64>> = plan.iter().map(|row| std::array::from_fn(|i| row[i])).collect();
    let forces: Vec<f64> = plan[..plan.len() - 1].iter().map(|row| row[6]).collect();
    let context = context(max_force, 0.6);
    let model = Rigid::<f64>::new(&context.model);
    let tracking = Tracking::default();
    let mut foresight = Box::new(PredictiveTracker::new(&tracking, 0.01, &context).unwrap());
    let tracker = Tracker::new(model, &tracking, 0.001, 10, [0.0; 2]).unwrap();
    let mut tracker = Box::new(tracker);
    assert!(tracker.take(&forces, states.iter().copied()));
    // A turn further than the plan begins.
    let mut state = states[0];
    state[1] += 2.0 * PI + 0.05;
    tracker.begin(&state);
    let mut way = vec![];
    let mut k = 0;
    while !tracker.is_over() {
        let wanted = tracker.want(&state, &CartResponse::new(&model, &state));
        let on = if k >= 1000 { push } else { 0.0 };
        let own = foresight.force(&tracker, &state, on).expect("a prediction");
        let force = own.clamp(-max_force, max_force);
        tracker.given(&state, &wanted, force, true);
        way.push((state, force));
        state = rk4(&model, &state, 0.001, |_| [force + on, 0.0, 0.0]);
        k += 1;
    }
    way.push((state, 0.0));
    way
}

#[test]
fn a_plan_followed_by_prediction_is_kept_to_against_a_push_within_force_and_track() {
    for push in [0.0, 10.0, -10.0] {
        let way = foreseen(150.0, push);
        let (end, _) = way.last().expect("an end");
        let turn = |angle: f64| (angle / (2.0 * PI)).round() * 2.0 * PI;
        for i in 1..3 {
            assert!((end[i] - turn(end[i])).abs() < 0.05, "{push} N: {end:?}");
        }
        assert!(way.iter().all(|(state, _)| state[0].abs() < 0.6), "{push} N");
        assert_eq!(way, foreseen(150.0, push), "{push} N");
    }
}

#[test]
fn without_weights_that_hold_the_top_there_is_no_prediction_along_plans() {
    let mut tracking = Tracking::default();
    tracking.weights.force = f64::NAN;
    let refused = PredictiveTracker::<f64>::new(&tracking, 0.01, &context(150.0, 0.6));
    assert_eq!(refused.expect_err("no weight").field, "tracking.weights");
}

/// Rows of numbers of a reference, without its first column.
fn rows(text: &str) -> Vec<Vec<f64>> {
    let number = |cell: &str| cell.parse().expect("a number");
    text.lines().skip(1).map(|line| line.split(',').skip(1).map(number).collect()).collect()
}

#[test]
fn gains_on_the_plan_of_least_effort_are_the_references() {
    let plan = rows(include_str!("data/swing-up-least-effort.csv"));
    let expected = rows(include_str!("data/swing-up-least-effort-gains.csv"));
    let states: Vec<State<f64>> = plan.iter().map(|row| std::array::from_fn(|i| row[i])).collect();
    // The last row repeats the last force.
    let forces: Vec<f64> = plan[..plan.len() - 1].iter().map(|row| row[6]).collect();
    let weights = Weights { state: [100.0, 50.0, 50.0, 1.0, 1.0, 1.0], input: 0.01 };
    let model = Rigid::<f64>::new(&Plant::default());
    let regulator =
        Regulator::new(model, Input::Force, &weights, 0.001, [0.0; 2]).expect("a regulator");
    let mut plan = Box::new(Plan::default());
    assert!(plan.fill(&regulator, &model, &forces, states.iter().copied(), (0.01, 10)));
    let found = plan.gains().iter().chain([regulator.top_gain()]);
    for (k, (found, expected)) in found.zip(&expected).enumerate() {
        let size = expected.iter().fold(0.0_f64, |size, gain| size.max(gain.abs()));
        for i in 0..6 {
            let error = (found[i] - expected[i]).abs() / size;
            // States between the knots are those of a cubic.
            assert!(
                error < 1e-5,
                "row {k}, gain {i}: {} is not {}: {error:e}",
                found[i],
                expected[i]
            );
        }
    }
}

#[test]
fn what_pushes_the_cart_is_known_within_a_fifth_of_a_second() {
    let model = Rigid::<f64>::new(&Plant::default());
    let mut push = CartPush::new(0.001, 150.0);
    let mut state = [0.0, 2.0, -1.0, 0.3, 1.0, 2.0];
    for _ in 0..200 {
        push.see(state[3]);
        push.given(state[3], &CartResponse::new(&model, &state), 2.0);
        state = rk4(&model, &state, 0.001, |_| [12.0, 0.0, 0.0]);
    }
    // Four time constants: all but a fiftieth of it.
    assert!((push.force() - 10.0).abs() < 0.3, "{}", push.force());
    push.reset();
    assert_eq!(push.force(), 0.0);
}

#[test]
fn a_new_plan_is_what_the_plant_does_within_what_a_push_leaves_and_the_same_when_made_again() {
    let context = context(150.0, 0.6);
    let mut replanner = replanner(&context);
    let model = Rigid::<f64>::new(&context.model);
    let request = Request { from: [0.05, 2.5, -2.0, 0.0, 1.0, 0.5], push: 20.0, number: 0 };
    assert!(replanner.plan(&request, Chance::new(7)));
    let (forces, states) = (replanner.forces().to_vec(), replanner.states().collect::<Vec<_>>());
    assert_eq!((states.len(), states[0]), (forces.len() + 1, request.from));
    for (k, u) in forces.iter().enumerate() {
        // Four fifths of the force, and the push besides.
        assert!((-100.0..=140.0).contains(u), "{u}");
        assert_eq!(states[k + 1], held(&model, &states[k], *u, 0.01));
    }
    let mut again = self::replanner(&context);
    assert!(again.plan(&request, Chance::new(7)));
    assert_eq!(again.forces(), forces);
    // Where no start leads up there is no plan, and none is left from before.
    let lost = Request { from: [0.0, PI, PI, 0.0, 0.0, 900.0], ..request };
    assert!(!again.plan(&lost, Chance::new(7)));
    assert!(again.forces().is_empty() && again.states().len() == 0);
}

#[test]
fn an_error_grows_in_a_step_of_the_closed_loop_by_the_transition_norm_at_most() {
    let plan = rows(include_str!("data/swing-up-least-effort.csv"));
    let states: Vec<State<f64>> = plan.iter().map(|row| std::array::from_fn(|i| row[i])).collect();
    let forces: Vec<f64> = plan[..plan.len() - 1].iter().map(|row| row[6]).collect();
    let weights = Weights { state: [100.0, 50.0, 50.0, 1.0, 1.0, 1.0], input: 0.01 };
    let model = Rigid::<f64>::new(&Plant::default());
    let regulator = Regulator::new(model, Input::Force, &weights, 0.001, [0.0; 2]).unwrap();
    let mut plan = Box::new(Plan::default());
    assert!(plan.fill(&regulator, &model, &forces, states.iter().copied(), (0.01, 10)));
    let length = |v: &State<f64>| v.iter().map(|x| x * x).sum::<f64>().sqrt();
    for k in (0..forces.len() - 1).step_by(16) {
        let norm = plan.transition_norm(&regulator, &model, k, (0.01, 10));
        let mut most = 0.0_f64;
        for axis in 0..6 {
            let (mut planned, mut real) = (states[k], states[k]);
            real[axis] += 1e-7;
            for part in 0..10 {
                let share = f64::from(part) / 10.0;
                let mut u = forces[k];
                for i in 0..6 {
                    let gain = (1.0 - share) * plan.gains()[k][i] + share * plan.gains()[k + 1][i];
                    u -= gain * (real[i] - planned[i]);
                }
                real = held(&model, &real, u, 0.001);
                planned = held(&model, &planned, forces[k], 0.001);
            }
            most = most.max(length(&std::array::from_fn(|i| real[i] - planned[i])) / 1e-7);
        }
        // A matrix makes some axis longer by a root of six of its norm at least; rounding and curvature take 1e-4.
        assert!(most <= norm * (1.0 + 1e-4), "{k}: {most} is above {norm}");
        assert!(most * 6.0_f64.sqrt() >= norm * (1.0 - 1e-4), "{k}: {most} is far below {norm}");
    }
}

#[test]
fn a_trackers_largest_transition_is_that_of_one_of_its_steps() {
    let plan = rows(include_str!("data/swing-up-least-effort.csv"));
    let states: Vec<State<f64>> = plan.iter().map(|row| std::array::from_fn(|i| row[i])).collect();
    let forces: Vec<f64> = plan[..plan.len() - 1].iter().map(|row| row[6]).collect();
    let model = Rigid::<f64>::new(&Plant::default());
    let tracking = Tracking::default();
    let weights = Weights { state: tracking.weights.state, input: tracking.weights.acceleration };
    let regulator = Regulator::new(model, Input::Acceleration, &weights, 0.001, [0.0; 2]).unwrap();
    let tracker = Tracker::new(model, &tracking, 0.001, 10, [0.0; 2]).expect("a tracker");
    let mut tracker = Box::new(tracker);
    assert!(tracker.take(&forces, states.iter().copied()));
    let norms = (0..forces.len())
        .map(|k| tracker.plan().transition_norm(&regulator, &model, k, (0.01, 10)));
    assert_eq!(norms.fold(0.0, f64::max), tracker.largest_transition());
}
