//! How far from upright balance laws bring the plant back: the table of docs/swing-up.md.
//!
//! `cargo run --release -p upright-core --example balance -- [GRID]`: start angles at rest on a grid of 0.1 rad times
//! `GRID` up to 0.8 rad. A start counts where both angles are within 0.02 rad and the cart within 0.05 m from 7 s at the
//! latest to the end at 8 s; an area is the share of cells times theirs. Once an angle beyond 90 degrees is a fall, once
//! one beyond 2.5 rad, and once no angle is.

use std::f64::consts::FRAC_PI_2;
use std::time::Instant;
use upright_core::feedback::StateFeedback;
use upright_core::integrate::rk4;
use upright_core::law::{classical, super_twisting};
use upright_core::plant::{Plant, Rigid, State};
use upright_core::predictive::Predictive;
use upright_core::predictive::settings::{PredictionModel, PredictiveSettings};
use upright_core::swing_up::{Input, Regulator, Weights};
use upright_core::{Controller, ControllerContext, Kind};

const PERIOD: f64 = 0.001;
/// The surface of the default poles.
const SURFACE: State<f64> =
    [0.74760367, -12.83592427, 18.77798997, 0.97814020, -0.26252009, 2.66827614];
const FORCE: f64 = 150.0;

type Law = Box<dyn FnMut(&State<f64>) -> f64>;
/// Makes a fresh law for half a track's length.
type Maker = fn(&ControllerContext) -> Law;

fn context(track: Option<f64>) -> ControllerContext {
    ControllerContext {
        surface: SURFACE,
        model: Plant { track, ..Plant::default() },
        beta_min: 0.05,
        max_force: FORCE,
        period: PERIOD,
        late: 0,
        start: [0.0; 6],
        seed: 42,
    }
}

fn of<C: Controller<f64> + 'static>(mut controller: C) -> Law {
    Box::new(move |state| controller.control(state).force)
}

fn lqr(context: &ControllerContext, state: State<f64>) -> Law {
    let weights = Weights { state, input: 0.01 };
    let model = Rigid::new(&context.model);
    let regulator = Regulator::<f64>::new(model, Input::Force, &weights, PERIOD, [0.0; 2]);
    let gains = *regulator.expect("a regulator").top_gain();
    of(StateFeedback::new(context.sliding_surface(), gains, 0.0, FORCE, PERIOD))
}

fn predictive(context: &ControllerContext, prediction: PredictionModel) -> Law {
    let settings = PredictiveSettings { prediction, ..PredictiveSettings::default() };
    let mut law = Box::new(Predictive::<f64>::new(&settings, context).expect("a law"));
    Box::new(move |state| law.control_against(state, 0.0))
}

const LAWS: [(&str, Maker); 6] = [
    ("classical, default poles", |context| {
        of(classical::Classical::build(&classical::Settings::default(), context).expect("a law"))
    }),
    ("super_twisting, default poles", |context| {
        let settings = super_twisting::Settings::default();
        of(super_twisting::SuperTwisting::build(&settings, context).expect("a law"))
    }),
    ("LQR, default weights", |context| lqr(context, [10.0, 100.0, 100.0, 1.0, 1.0, 1.0])),
    ("LQR, the weights of mpc", |context| lqr(context, [100.0, 50.0, 50.0, 1.0, 1.0, 1.0])),
    ("mpc by the linear model", |context| predictive(context, PredictionModel::Linear)),
    ("mpc", |context| predictive(context, PredictionModel::Nonlinear)),
];

/// Angles in rad beyond which a link has fallen.
const FALLS: [f64; 3] = [FRAC_PI_2, 2.5, f64::INFINITY];

/// When the plant is upright for good, and the largest angle in rad before.
fn settled(law: &mut Law, track: f64, start: &State<f64>) -> (Option<f64>, f64) {
    let model = Rigid::<f64>::new(&Plant::default());
    let (mut state, mut since, mut furthest) = (*start, None, 0.0_f64);
    for k in 0..8000_u32 {
        let largest = state[1].abs().max(state[2].abs());
        let inside = largest <= 0.02 && state[0].abs() <= 0.05;
        since = if inside { since.or(Some(f64::from(k) * PERIOD)) } else { None };
        furthest = furthest.max(largest);
        // Beyond a whole turn nobody wraps its angles.
        if state[0].abs() > track || largest.is_nan() || largest >= 6.0 {
            return (None, furthest);
        }
        let u = law(&state);
        state = rk4(&model, &state, PERIOD, |_| [u, 0.0, 0.0]);
    }
    (since.filter(|since| *since <= 7.0), furthest)
}

/// How long a tick of the prediction takes, from a lean of 0.3 rad to rest: mean and worst in microseconds.
fn ticks() -> (f64, f64) {
    let mut law = Box::new(
        Predictive::<f64>::new(&PredictiveSettings::default(), &context(None)).expect("a law"),
    );
    let model = Rigid::<f64>::new(&Plant::default());
    let mut state = [0.0, 0.3, 0.3, 0.0, 0.0, 0.0];
    let mut times = Vec::new();
    for k in 0..4000 {
        let began = Instant::now();
        let u = law.control_against(&state, 0.0);
        // The first one has no last answer to begin with.
        if k > 0 && k % 10 == 0 {
            times.push(began.elapsed().as_secs_f64() * 1e6);
        }
        state = rk4(&model, &state, PERIOD, |_| [u, 0.0, 0.0]);
    }
    let mean = times.iter().sum::<f64>() / times.len() as f64;
    (mean, times.iter().copied().fold(0.0, f64::max))
}

fn main() {
    let grid: i32 = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(1);
    let (mean, worst) = ticks();
    println!("a tick of the prediction: {mean:.1} us, the longest {worst:.1} us");
    let tracks = [None, Some(1.0), Some(0.6), Some(0.4)];
    let starts = [
        [0.0, 0.05, -0.03, 0.0, 0.0, 0.0],
        [0.0, 0.1, 0.1, 0.2, 0.5, 0.3],
        [0.0, 0.3, 0.3, 0.0, 0.0, 0.0],
        [0.0, 0.5, 0.5, 0.0, 0.0, 0.0],
    ];
    println!(
        "law | area in rad^2 with an angle beyond 90 degrees / 2.5 rad / none a fall, any track, 1, 0.6, 0.4 m | settling in s"
    );
    for (name, make) in LAWS {
        print!("{name}");
        for track in tracks {
            let context = context(track);
            let mut counts = [0; FALLS.len()];
            let cells = (-8..=8).filter(|i| i % grid == 0);
            for i in cells.clone() {
                for j in cells.clone() {
                    let start = [0.0, 0.1 * f64::from(i), 0.1 * f64::from(j), 0.0, 0.0, 0.0];
                    let limit = track.unwrap_or(f64::INFINITY);
                    let (time, furthest) = settled(&mut make(&context), limit, &start);
                    for (count, fall) in counts.iter_mut().zip(FALLS) {
                        *count += i32::from(time.is_some() && furthest <= fall);
                    }
                }
            }
            let area = |cells: i32| 0.01 * f64::from(cells * grid * grid);
            let [strict, wide, free] = counts.map(area);
            print!(" | {strict:.2} / {wide:.2} / {free:.2}");
        }
        for start in starts {
            match settled(&mut make(&context(None)), f64::INFINITY, &start) {
                (Some(time), furthest) if furthest <= FRAC_PI_2 => print!(" | {time:.2}"),
                _ => print!(" | falls"),
            }
        }
        println!();
    }
}
