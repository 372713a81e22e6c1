//! The planner against swing-ups that an independent solver found (IPOPT, by multiple shooting; each of its
//! steps was checked with DOP853), and against what must hold for any plan.

use std::f64::consts::PI;
use upright_core::Real;
use upright_core::integrate::Adaptive;
use upright_core::planner::{PlanError, Planner, Progress, Task, held, linearise};
use upright_core::plant::{Plant, Rigid, State};

/// States and forces of a reference: forces are held until the next row.
fn reference(text: &str) -> (f64, Vec<State<f64>>, Vec<f64>) {
    let rows: Vec<Vec<f64>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|cell| cell.parse().expect("a number")).collect())
        .collect();
    let states = rows.iter().map(|row| std::array::from_fn(|i| row[1 + i])).collect();
    let mut forces: Vec<f64> = rows.iter().map(|row| row[7]).collect();
    // The last row repeats the force of the one before.
    forces.pop();
    (rows[1][0], states, forces)
}

fn least_effort() -> (f64, Vec<State<f64>>, Vec<f64>) {
    reference(include_str!("data/swing-up-least-effort.csv"))
}

/// Weights under which the least effort is what counts, on the track of the reference.
fn effort_task() -> Task {
    Task { cart_limit: 0.478, state: [0.0; 6], ..Task::default() }
}

fn effort(forces: &[f64], step: f64) -> f64 {
    forces.iter().map(|u| step * u * u).sum()
}

fn states_of<const N: usize>(planner: &Planner<f64, N>) -> Vec<State<f64>> {
    planner.states().collect()
}

/// The largest distance between two states' components.
fn distance(a: &State<f64>, b: &State<f64>) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Where the plant goes in `step` seconds under a held force, to about 1e-12.
fn exactly(model: &Rigid<f64>, state: &State<f64>, u: f64, step: f64) -> State<f64> {
    Adaptive::new(1e-12, 1e-13, step)
        .advance(model, state, step, |_| [u, 0.0, 0.0])
        .expect("a step that is small enough")
}

/// A first guess with two frequencies, which moves the cart about the middle.
fn waves(
    steps: usize,
    size: f64,
    f: [f64; 2],
    p: [f64; 2],
) -> impl FnMut(usize, &State<f64>) -> f64 {
    move |k, state| {
        let at = k as f64 / steps as f64;
        let wave = |i: usize| (2.0 * PI * f[i] * at + p[i]).sin();
        size * (wave(0) + wave(1)) * (1.0 - at) - 40.0 * state[0] - 15.0 * state[3]
    }
}

#[test]
fn derivatives_are_those_of_central_differences() {
    let (step, states, forces) = least_effort();
    let model = Rigid::<f64>::new(&Plant::default());
    for k in (0..forces.len()).step_by(9) {
        let (state, u) = (states[k], forces[k]);
        let found = linearise(&model, &state, u, step);
        // The error of the difference is about d^2 f''' / 6 + 1e-16 |f| / d; at this d some 1e-9.
        let d = 1e-6;
        for j in 0..7 {
            let moved = |by: f64| {
                let (mut state, mut u) = (state, u);
                if j < 6 {
                    state[j] += by;
                } else {
                    u += by;
                }
                held(&model, &state, u, step)
            };
            let (after, before) = (moved(d), moved(-d));
            for i in 0..6 {
                let expected = (after[i] - before[i]) / (2.0 * d);
                let found = if j < 6 { found.state[i][j] } else { found.force[i] };
                let error = (found - expected).abs();
                assert!(error < 3e-9, "step {k}, {i} by {j}: {found} is not {expected}");
            }
        }
    }
}

#[test]
fn the_steps_of_the_references_are_the_plants() {
    let model = Rigid::<f64>::new(&Plant::default());
    // The bounds are the defects that the references were published with.
    for (text, bound) in [
        (include_str!("data/swing-up-least-effort.csv"), 2.2e-7),
        (include_str!("data/swing-up-least-time.csv"), 7.6e-6),
    ] {
        let (step, states, forces) = reference(text);
        for (k, &u) in forces.iter().enumerate() {
            // Their solver's own tolerance and the digits of the file.
            let defect = distance(&held(&model, &states[k], u, step), &states[k + 1]);
            assert!(defect < 1e-7, "step {k} of two Runge-Kutta steps: {defect}");
            let defect = distance(&exactly(&model, &states[k], u, step), &states[k + 1]);
            assert!(defect < bound, "step {k} exactly: {defect}");
        }
    }
}

#[test]
fn from_the_reference_the_effort_is_the_references() {
    let (step, states, forces) = least_effort();
    let mut planner =
        Box::new(Planner::<f64, 225>::new(&Plant::default(), &effort_task()).unwrap());
    planner.start_with_gaps(&states[0], forces.len(), |k| (forces[k], states[k + 1])).unwrap();
    assert_eq!(planner.iterate(150), Progress::Converged);
    assert_eq!(planner.gap(), 0.0);
    assert!(planner.end_error() < 0.005, "{}", planner.end_error());
    assert!(planner.travel() <= 0.48, "{}", planner.travel());
    let (found, best) = (effort(planner.forces(), step), effort(&forces, step));
    assert!((best - 376.68).abs() < 0.01, "{best}");
    assert!((found / best - 1.0).abs() < 0.01, "{found} against {best}");
}

#[test]
fn a_plan_is_what_the_plant_does() {
    let (step, states, forces) = least_effort();
    let mut planner =
        Box::new(Planner::<f64, 225>::new(&Plant::default(), &effort_task()).unwrap());
    planner.start(&states[0], forces.len(), |k, _| forces[k]).unwrap();
    assert_eq!(planner.iterate(150), Progress::Converged);
    let model = Rigid::<f64>::new(&Plant::default());
    let plan = states_of(&planner);
    for (k, &u) in planner.forces().iter().enumerate() {
        assert_eq!(held(&model, &plan[k], u, step), plan[k + 1]);
        let defect = distance(&exactly(&model, &plan[k], u, step), &plan[k + 1]);
        // As much as the reference has at this step.
        assert!(defect < 3e-7, "step {k}: {defect}");
    }
}

/// A swing-up of 2.25 s to a winding, from waves.
fn swing_up(target: f64, max_force: f64, f: [f64; 2], p: [f64; 2]) -> Box<Planner<f64, 225>> {
    let task = Task { max_force, target: [0.0, 0.0, target, 0.0, 0.0, 0.0], ..effort_task() };
    let mut planner = Box::new(Planner::new(&Plant::default(), &task).unwrap());
    let hanging = [0.0, PI, PI, 0.0, 0.0, 0.0];
    planner.start(&hanging, 225, waves(225, 24.0, f, p)).unwrap();
    planner.iterate(150);
    planner
}

#[test]
fn from_first_guesses_alone_swing_ups_are_found_down_to_the_least_effort_known() {
    let mut best: Option<Box<Planner<f64, 225>>> = None;
    let mut found = 0;
    for i in 96..120 {
        let at = f64::from(i);
        let (f, p) = ([0.5 + at / 12.0, 3.5 - at / 12.0], [at, 2.0 * at]);
        // The upper link's nearest upright on one side or the other.
        let mut planner = swing_up(if i % 2 == 0 { 0.0 } else { 2.0 * PI }, 60.0, f, p);
        if planner.gap() > 0.0 || planner.end_error() > 0.03 || planner.travel() > 0.57 {
            continue;
        }
        found += 1;
        planner.iterate(600);
        assert!(planner.forces().iter().all(|u| u.abs() <= 60.0));
        if best.as_ref().is_none_or(|best| planner.cost() < best.cost()) {
            best = Some(planner);
        }
    }
    assert!(found >= 8, "{found} of 24");
    // The better of the two optima that the independent solver knows is 201.4 N^2 s, with a peak of 22.8 N
    // and a travel of 0.357 m.
    let best = best.expect("a plan");
    let effort = effort(best.forces(), 0.01);
    assert!((effort / 201.4 - 1.0).abs() < 0.01, "{effort}");
    let peak = best.forces().iter().fold(0.0_f64, |peak, u| peak.max(u.abs()));
    assert!((peak / 22.8 - 1.0).abs() < 0.03, "{peak}");
    assert!((best.travel() - 0.357).abs() < 0.01, "{}", best.travel());
}

#[test]
fn a_plan_made_twice_or_in_pieces_has_the_same_bits() {
    let whole = swing_up(0.0, 60.0, [1.0, 2.0], [0.5, 1.5]);
    let mut pieces = swing_up(0.0, 60.0, [1.0, 2.0], [0.5, 1.5]);
    assert_eq!(states_of(&whole), states_of(&pieces));
    pieces
        .start(&[0.0, PI, PI, 0.0, 0.0, 0.0], 225, waves(225, 24.0, [1.0, 2.0], [0.5, 1.5]))
        .unwrap();
    for _ in 0..150 {
        pieces.iterate(1);
    }
    assert_eq!(whole.forces(), pieces.forces());
    assert_eq!(states_of(&whole), states_of(&pieces));
    assert_eq!(whole.iterations(), pieces.iterations());
}

#[test]
fn gaps_of_a_straight_line_close() {
    let start = [0.1, 0.4, 0.2, 0.0, 0.0, 0.0];
    let task = Task { max_force: 60.0, ..Task::default() };
    let mut planner = Box::new(Planner::<f64, 150>::new(&Plant::default(), &task).unwrap());
    let line = |k: usize| (0.0, start.map(|x| x * (1.0 - (k + 1) as f64 / 150.0)));
    planner.start_with_gaps(&start, 150, line).unwrap();
    assert!(planner.gap() > 1.0);
    assert_eq!(planner.iterate(150), Progress::Converged);
    assert_eq!(planner.gap(), 0.0);
    assert!(planner.end_error() < 0.01, "{}", planner.end_error());
}

/// The least-effort plan of 2.25 s, whose force reaches 33 N.
#[test]
fn a_plan_is_gone_on_from_under_a_lower_limit_and_longer() {
    let (_, states, forces) = least_effort();
    let mut planner =
        Box::new(Planner::<f64, 250>::new(&Plant::default(), &effort_task()).unwrap());
    planner.start(&states[0], forces.len(), |k, _| forces[k]).unwrap();
    assert_eq!(planner.iterate(150), Progress::Converged);
    // Under the same bounds it is what it was.
    let (cost, before) = (planner.cost(), states_of(&planner));
    planner.start_from_last(0).unwrap();
    assert_eq!((planner.cost(), planner.gap()), (cost, 0.0));
    assert_eq!(states_of(&planner), before);
    // Under a lower one it has gaps, which close; and it has the steps that it was given.
    planner.set_task(&Task { max_force: 25.0, ..effort_task() }).unwrap();
    planner.start_from_last(20).unwrap();
    assert!(planner.gap() > 0.0);
    planner.iterate(300);
    assert_eq!((planner.gap(), planner.forces().len()), (0.0, forces.len() + 20));
    assert!(planner.forces().iter().all(|u| u.abs() <= 25.0));
    assert!(planner.end_error() < 0.03, "{}", planner.end_error());
    // More steps than there is room for leave nothing; and of nothing there is nothing to go on from.
    let refused = |steps| Err(PlanError::Steps { steps, most: 250 });
    let steps = planner.forces().len() + 100;
    assert_eq!(planner.start_from_last(100), refused(steps));
    assert_eq!(planner.start_from_last(0), refused(0));
}

#[test]
fn single_precision_costs_what_double_does_where_the_weights_lie_within_its_digits() {
    fn plan<R: Real<Mask = bool>>() -> (Progress, [f64; 3]) {
        let task = Task { force: 0.01, terminal: [100.0; 6], ..Task::default() };
        let mut planner = Box::new(Planner::<R, 60>::new(&Plant::default(), &task).unwrap());
        let start = [0.0, 0.05, 0.03, 0.0, 0.0, 0.0].map(R::of);
        planner.start(&start, 60, |_, _| R::zero()).unwrap();
        let progress = planner.iterate(150);
        (progress, [planner.cost(), planner.end_error(), planner.gap()].map(|x| x.lane(0)))
    }
    let (double, [cost, end, _]) = plan::<f64>();
    let (single, [cost32, end32, gap32]) = plan::<f32>();
    assert_eq!((double, single, gap32), (Progress::Converged, Progress::Converged, 0.0));
    // The tolerance at which a plan is done.
    assert!((cost32 / cost - 1.0).abs() < 1e-3, "{cost32} is not {cost}");
    assert!((end32 - end).abs() < 1e-3, "{end32} is not {end}");
}

#[test]
fn a_planner_takes_less_than_600_bytes_a_step() {
    assert!(size_of::<Planner<f64, 400>>() <= 600 * 400);
}

#[test]
fn what_cannot_be_planned_is_named() {
    let refused = |task: Task| match Planner::<f64, 4>::new(&Plant::default(), &task) {
        Err(error) => error.to_string(),
        Ok(_) => String::new(),
    };
    let text = refused(Task { step: 0.0, ..Task::default() });
    assert!(text.contains("step is 0") && text.contains("0.1 s"), "{text}");
    assert!(refused(Task { max_force: -1.0, ..Task::default() }).contains("max_force is -1"));
    let target = [0.0, f64::NAN, 0.0, 0.0, 0.0, 0.0];
    assert!(refused(Task { target, ..Task::default() }).contains("target.theta1 is NaN"));
    let plant = Plant { cart_mass: -1.0, ..Plant::default() };
    let error = Planner::<f64, 4>::new(&plant, &Task::default()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("plant.cart_mass is -1"), "{error}");

    let mut planner = Planner::<f64, 4>::new(&Plant::default(), &Task::default()).unwrap();
    assert_eq!(planner.iterate(1), Progress::Empty);
    assert_eq!(planner.states().len(), 0);
    assert!(planner.end_error().is_infinite());
    let start = [0.0; 6];
    assert_eq!(planner.start(&start, 0, |_, _| 0.0), Err(PlanError::Steps { steps: 0, most: 4 }));
    assert_eq!(planner.start(&start, 5, |_, _| 0.0), Err(PlanError::Steps { steps: 5, most: 4 }));
    let guess = |k, _: &State<f64>| if k == 2 { f64::NAN } else { 0.0 };
    assert_eq!(planner.start(&start, 4, guess), Err(PlanError::NotFinite { step: 2 }));
    assert_eq!(planner.iterate(1), Progress::Empty);
    let far = [f64::INFINITY; 6];
    assert_eq!(planner.start(&far, 4, |_, _| 0.0), Err(PlanError::NotFinite { step: 0 }));
}
