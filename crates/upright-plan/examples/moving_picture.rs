//! The README's moving picture: from hanging to upright, knocked down, and back up, as one SVG that any browser plays.
//!
//! `cargo run --release -p upright-plan --example moving_picture > docs/knocked-down-moving.svg`

#[path = "../tests/trial/mod.rs"]
mod trial;

use std::fmt::Write as _;
use trial::{HANGING, PERIOD, Trial, hanging};
use upright_core::integrate::rk4;
use upright_core::planner::Planner;
use upright_core::plant::{Plant, Rigid, State};
use upright_core::swing_up::settings::MAX_STEPS;
use upright_core::swing_up::{Chance, MAX_ITERATIONS, Start, counts};

const TRACK: f64 = 1.0;
const FORCE: f64 = 150.0;
/// The knock: force in N, from when, for how long in s.
const KNOCK: [f64; 3] = [120.0, 3.5, 0.1];
/// The picture ends so long after the knock, in s.
const AFTER: f64 = 6.0;
/// Control periods a frame: 25 frames a second.
const PER_FRAME: u32 = 40;
/// Pixels a metre, and half the picture's width and height in px.
const SCALE: f64 = 170.0;
const HALF: [f64; 2] = [250.0, 145.0];

/// The states of the run, one a frame.
fn frames() -> Vec<State<f64>> {
    let question = hanging(FORCE, TRACK);
    let trial = Trial::new(&question);
    let mut supervisor = trial.supervisor();
    let swing = question.swing();
    let task = swing.task([0.0; 6]);
    let mut planner =
        Box::new(Planner::<f64, MAX_STEPS>::new(&question.model, &task).expect("a planner"));
    let model = Rigid::<f64>::new(&question.model);
    let mut state = HANGING;
    let mut frames = Vec::new();
    let [knock, from, length] = KNOCK;
    for k in 0..((from + AFTER) / PERIOD) as u32 {
        if k % PER_FRAME == 0 {
            frames.push(state);
        }
        let mut u = supervisor.control_against(&state, 0.0).force;
        if let Some(request) = supervisor.request() {
            let mut chance = Chance::new(u64::from(request.number));
            let found = (0..12).any(|_| {
                let start = Start::draw(&mut chance, &swing, &request.from);
                start.begin(&mut planner, &swing, &request.from).is_ok() && {
                    planner.iterate(MAX_ITERATIONS);
                    counts(&planner, &swing)
                }
            });
            supervisor.answer(found.then(|| (planner.forces(), planner.states())));
        }
        if (from..from + length).contains(&(f64::from(k) * PERIOD)) {
            u += knock;
        }
        state = rk4(&model, &state, PERIOD, |_| [u, 0.0, 0.0]);
    }
    frames
}

/// What a moving thing is at every frame, as the values of an animation.
fn values(frames: &[State<f64>], of: impl Fn(&State<f64>) -> String) -> String {
    frames.iter().map(of).collect::<Vec<_>>().join(";")
}

fn main() {
    let plant = Plant::default();
    let frames = frames();
    let seconds = frames.len() as f64 * PERIOD * f64::from(PER_FRAME);
    let links = |state: &State<f64>| {
        let [x, theta1, theta2, ..] = *state;
        let elbow = [x + plant.link1.length * theta1.sin(), plant.link1.length * theta1.cos()];
        let tip = [
            elbow[0] + plant.link2.length * theta2.sin(),
            elbow[1] + plant.link2.length * theta2.cos(),
        ];
        let at = |[x, y]: [f64; 2]| format!("{:.1},{:.1}", SCALE * x, -SCALE * y);
        [at([x, 0.0]), at(elbow), at(tip)]
    };
    let [wide, high] = HALF.map(|half| 2.0 * half);
    let end = SCALE * TRACK;
    let mut out = String::new();
    let animate = |name: &str, values: &str| {
        format!(
            "<animate attributeName=\"{name}\" values=\"{values}\" dur=\"{seconds:.2}s\" repeatCount=\"indefinite\"/>"
        )
    };
    let cart = values(&frames, |state| format!("{:.1}", SCALE * state[0] - 18.0));
    let arm = values(&frames, |state| links(state).join(" "));
    // A knock that lasts a tenth of a second would hardly be seen.
    let shown = |k: usize| {
        let time = k as f64 * PERIOD * f64::from(PER_FRAME);
        (KNOCK[1]..KNOCK[1] + 0.5).contains(&time)
    };
    let knock: Vec<&str> = (0..frames.len()).map(|k| if shown(k) { "1" } else { "0" }).collect();
    let first = frames.first().expect("a frame");
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{:.0} {:.0} {wide:.0} {high:.0}\" width=\"{wide:.0}\" height=\"{high:.0}\" role=\"img\" aria-label=\"A double pendulum on a cart swings up, is knocked down, and comes back\">\n\
         <rect x=\"{:.0}\" y=\"{:.0}\" width=\"{wide:.0}\" height=\"{high:.0}\" fill=\"#fff\"/>\n\
         <path d=\"M{:.1} 12H{end:.1}M{:.1} 2V22M{end:.1} 2V22\" stroke=\"#888\" stroke-width=\"2\" fill=\"none\"/>\n\
         <rect y=\"-10\" width=\"36\" height=\"20\" rx=\"3\" fill=\"#0072b2\" x=\"{:.1}\">{}</rect>\n\
         <polyline fill=\"none\" stroke=\"#d55e00\" stroke-width=\"5\" stroke-linecap=\"round\" stroke-linejoin=\"round\" points=\"{}\">{}</polyline>\n\
         <text x=\"0\" y=\"{:.0}\" text-anchor=\"middle\" font-family=\"sans-serif\" font-size=\"15\" opacity=\"0\">knocked: {:.0} N for {} s{}</text>\n</svg>\n",
        -HALF[0],
        -HALF[1],
        -HALF[0],
        -HALF[1],
        -end,
        -end,
        SCALE * first[0] - 18.0,
        animate("x", &cart),
        links(first).join(" "),
        animate("points", &arm),
        HALF[1] - 12.0,
        KNOCK[0],
        KNOCK[2],
        animate("opacity", &knock.join(";")),
    );
    print!("{out}");
}
