//! Gains, guard and supervisor of swing-ups, by the core alone.

use std::f64::consts::PI;
use upright_core::integrate::rk4;
use upright_core::law::super_twisting::{self, SuperTwisting};
use upright_core::planner::Planner;
use upright_core::plant::{Plant, Rigid, State};
use upright_core::swing_up::settings::{MAX_STEPS, PlanSettings, Supervision, Tracking};
use upright_core::swing_up::{
    Chance, Input, MAX_ITERATIONS, Phase, Plan, Regulator, Start, Supervisor, Swing, Weights,
    counts,
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

/// One control period of a loop whose caller plans at once.
fn period(
    supervisor: &mut Supervisor<f64, Balance>,
    planner: &mut Planner<f64, MAX_STEPS>,
    swing: &Swing,
    state: &State<f64>,
) -> f64 {
    let command = supervisor.control_against(state, 0.0);
    if let Some(request) = supervisor.request() {
        let mut chance = Chance::new(u64::from(request.number));
        let found = (0..24).any(|_| {
            let start = Start::draw(&mut chance, swing, &request.from);
            start.begin(planner, swing, &request.from).unwrap();
            planner.iterate(MAX_ITERATIONS);
            counts(planner, swing)
        });
        let planner = &*planner;
        supervisor.answer(found.then(|| (planner.forces(), planner.states())));
    }
    command.force
}

#[test]
fn a_hanging_plant_is_planned_for_swung_up_and_caught() {
    let context = context(150.0, 0.6);
    let swing = Swing::new(&PlanSettings::default(), 150.0, Some(0.6));
    let mut supervisor = supervisor(&context);
    let mut planner =
        Box::new(Planner::<f64, MAX_STEPS>::new(&context.model, &swing.task([0.0; 6])).unwrap());
    let model = Rigid::<f64>::new(&context.model);
    let mut state = HANGING;
    let mut phases = vec![];
    for k in 0..8000 {
        let u = period(&mut supervisor, &mut planner, &swing, &state);
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
