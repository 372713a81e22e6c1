//! Swing-ups from hanging to upright by the supervisor, over the model that it knows and others.

use std::f64::consts::PI;
use upright_core::integrate::rk4;
use upright_core::law::super_twisting::{self, SuperTwisting};
use upright_core::planner::Planner;
use upright_core::plant::{Plant, Rigid, State};
use upright_core::swing_up::settings::{MAX_STEPS, PlanSettings, Supervision, Tracking};
use upright_core::swing_up::{Chance, MOST_ITERATIONS, Phase, Start, Supervisor, Swing, counts};
use upright_core::{Controller, ControllerContext, Kind};

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
        let found = (0..24).any(|i| {
            let start = Start::draw(&mut chance, swing, &request.from);
            start.begin(planner, swing, &request.from).unwrap();
            let t0 = std::time::Instant::now();
            planner.iterate(MOST_ITERATIONS);
            eprintln!("start {i}: {start:?} {:?} iterations {} passes {} cost {} gap {} end {} travel {} {:?}", planner.progress(), planner.iterations(), planner.passes(), planner.cost(), planner.gap(), planner.end_error(), planner.travel(), t0.elapsed());
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
            eprintln!("{k}: {:?} {state:?}", supervisor.phase());
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
