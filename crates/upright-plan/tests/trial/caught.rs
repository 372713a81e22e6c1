//! A swing-up with the prediction at its top, from leans at rest and in motion.

use super::balance::{Balance, context};
use super::{PERIOD, hanging};
use std::f64::consts::PI;
use std::fmt;
use upright_core::integrate::rk4;
use upright_core::plant::{Plant, Rigid, State};
use upright_core::swing_up::settings::{Supervision, Tracking};
use upright_core::swing_up::{Chance, Replanner, Supervisor};

/// How long a start has, and for how long it must stand then, in s.
const WITHIN: f64 = 15.0;
const STANDS: f64 = 1.0;

/// What came of all starts.
pub(crate) struct Caught {
    /// Of the start angles at rest on a grid of 0.1 rad up to 0.8 rad, those that stand in time, and all.
    pub(crate) cells: (u32, u32),
    /// The latest of them, in s.
    pub(crate) worst: f64,
    /// When the plant stands from `(0.05, -0.03)`, from `(0.1, 0.1)` moving at `(0.2, 0.5, 0.3)`, and from `(0.3, 0.3)`
    /// and `(0.5, 0.5)`, in s.
    pub(crate) times: [Option<f64>; 4],
}

impl fmt::Display for Caught {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cells: (found, all), worst, times } = self;
        let share = 100.0 * f64::from(*found) / f64::from(*all);
        write!(
            out,
            "{found} of {all} cells ({share:.1} %), the last after {worst:.2} s; {times:.3?} s"
        )
    }
}

/// Whether and when the plant stands from a start at 150 N on half a track in m.
fn stands(track: Option<f64>, start: State<f64>) -> Option<f64> {
    let mut question = hanging(150.0, 1.0);
    question.model.track = track;
    let context = context(&question.model, 150.0, start);
    let (tracking, supervision) = (Tracking::default(), Supervision::default());
    let balance = Balance::new(true, &context);
    let supervisor = Supervisor::new(&question.plan, &tracking, &supervision, balance, &context);
    let mut supervisor = Box::new(supervisor.expect("a supervisor"));
    let replanner = Replanner::new(&question.plan, &tracking, &supervision, &context);
    let mut replanner = Box::new(replanner.expect("a planner"));
    let model = Rigid::<f64>::new(&Plant::default());
    let (mut state, mut since) = (start, None);
    for k in 0..((WITHIN + STANDS) / PERIOD) as u32 {
        let time = f64::from(k) * PERIOD;
        let off = |angle: f64| (angle - (angle / (2.0 * PI)).round() * 2.0 * PI).abs();
        let inside = off(state[1]).max(off(state[2])) <= 0.02 && state[0].abs() <= 0.05;
        since = if inside { since.or(Some(time)) } else { None };
        if since.is_some_and(|since| time - since >= STANDS) {
            break;
        }
        if state[0].abs() > track.unwrap_or(f64::INFINITY) {
            return None;
        }
        let u = supervisor.control_against(&state, 0.0).force;
        if let Some(request) = supervisor.request() {
            let found = replanner.plan(&request, Chance::new(u64::from(request.number)));
            supervisor.answer(found.then(|| (replanner.forces(), replanner.states())));
        }
        state = rk4(&model, &state, PERIOD, |_| [u, 0.0, 0.0]);
    }
    since.filter(|since| *since <= WITHIN)
}

/// From leans at rest on a grid, and from four more starts.
pub(crate) fn caught(track: Option<f64>) -> Caught {
    let mut caught = Caught { cells: (0, 0), worst: 0.0, times: [None; 4] };
    for i in -8..=8 {
        for j in -8..=8 {
            let start = [0.0, 0.1 * f64::from(i), 0.1 * f64::from(j), 0.0, 0.0, 0.0];
            caught.cells.1 += 1;
            if let Some(time) = stands(track, start) {
                caught.cells.0 += 1;
                caught.worst = caught.worst.max(time);
            }
        }
    }
    caught.times = marked(track);
    caught
}

/// When the plant stands from the four starts of [`Caught::times`].
pub(crate) fn marked(track: Option<f64>) -> [Option<f64>; 4] {
    let starts = [
        [0.0, 0.05, -0.03, 0.0, 0.0, 0.0],
        [0.0, 0.1, 0.1, 0.2, 0.5, 0.3],
        [0.0, 0.3, 0.3, 0.0, 0.0, 0.0],
        [0.0, 0.5, 0.5, 0.0, 0.0, 0.0],
    ];
    starts.map(|start| stands(track, start))
}
