//! Swing-ups over drawn plants: what the tests ask of a few runs and the counts of many.

#![allow(dead_code, reason = "tests and counts each use a part")]

mod balance;
pub(crate) mod caught;

use balance::{Balance, context};
use std::f64::consts::PI;
use std::fmt;
use std::time::Instant;
use upright_core::integrate::rk4;
use upright_core::planner::Planner;
use upright_core::plant::{Plant, Rigid, State};
use upright_core::swing_up::settings::{MAX_STEPS, PlanSettings, Supervision, Tracking};
use upright_core::swing_up::{
    CartResponse, Chance, Guard, PredictiveTracker, Replanner, Start, Supervisor, Swing,
};
use upright_plan::{Answer, Question};

const SURFACE: [f64; 6] =
    [0.74760367, -12.83592427, 18.77798997, 0.97814020, -0.26252009, 2.66827614];
pub(crate) const PERIOD: f64 = 0.001;
pub(crate) const HANGING: State<f64> = [0.0, PI, PI, 0.0, 0.0, 0.0];

/// A plan from hanging, with the default settings.
pub(crate) fn hanging(max_force: f64, track: f64) -> Question {
    let plant = Plant { track: Some(track), ..Plant::default() };
    Question::new(plant, max_force, PERIOD, HANGING)
}

/// Which parameters are off by up to 10 %, or by up to another share.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Errors {
    Masses,
    All,
    AllBy(f64),
}

impl Errors {
    fn draw(self, model: &Plant, chance: &mut Chance) -> Plant {
        let (share, masses) = match self {
            Self::Masses => (0.1, true),
            Self::All => (0.1, false),
            Self::AllBy(share) => (share, false),
        };
        loop {
            let mut plant = *model;
            for (i, parameter) in plant.parameters_mut().into_iter().enumerate() {
                let off = share * even(chance);
                // cart_mass, and mass and inertia of both links.
                if !masses || [0, 1, 4, 5, 8].contains(&i) {
                    *parameter *= 1.0 + off;
                }
            }
            if plant.check().is_ok() {
                return plant;
            }
        }
    }
}

fn even(chance: &mut Chance) -> f64 {
    2.0 * chance.unit() - 1.0
}

/// What is tried, many times.
#[derive(Clone)]
pub(crate) struct Trial {
    pub(crate) question: Question,
    pub(crate) answer: Option<Answer>,
    pub(crate) from: State<f64>,
    pub(crate) errors: Errors,
    pub(crate) push: f64,
    /// Whether there is a second try, and how long a run is.
    pub(crate) supervised: bool,
    /// A knock on the cart: force in N, from when, for how long in s.
    pub(crate) knock: Option<[f64; 3]>,
    /// Whether the top is balanced by prediction.
    pub(crate) predictive: bool,
    /// Whether plans are followed by prediction.
    pub(crate) foreseeing: bool,
    /// Which draws: others with another number.
    pub(crate) seed: u64,
}

/// What came of a trial.
#[derive(Default)]
pub(crate) struct Count {
    pub(crate) runs: u32,
    pub(crate) settled: u32,
    pub(crate) first: u32,
    pub(crate) off: u32,
    pub(crate) times: Vec<f64>,
}

impl Count {
    pub(crate) fn worst(&self) -> f64 {
        self.times.iter().copied().fold(0.0, f64::max)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mean = self.times.iter().sum::<f64>() / self.times.len() as f64;
        let Self { runs, settled, first, off, .. } = self;
        write!(out, "{runs}, {settled}, {first}, {off}, {mean:.2}, {:.2}", self.worst())
    }
}

/// What came of one run.
struct Outcome {
    settled: Option<f64>,
    tries: u32,
    off: bool,
}

impl Trial {
    pub(crate) fn new(question: &Question) -> Self {
        Self::of(question, question.answer().expect("a plan"))
    }

    /// Of a plan that there is.
    pub(crate) fn of(question: &Question, answer: Answer) -> Self {
        Self {
            question: *question,
            answer: Some(answer),
            from: HANGING,
            errors: Errors::All,
            push: 0.0,
            supervised: true,
            knock: None,
            predictive: false,
            foreseeing: false,
            seed: 0,
        }
    }

    pub(crate) fn supervisor(&self) -> Supervisor<f64, Balance> {
        let context = context(&self.question.model, self.question.max_force, self.from);
        let balance = Balance::new(self.predictive, &context);
        let settings = Supervision {
            replan: self.supervised,
            // A tracker alone has no guard: beyond the end it has failed.
            guard: if self.supervised { 0.97 } else { 1.0 },
            ..Supervision::default()
        };
        let plan = self.question.plan;
        let tracking = Tracking::default();
        let mut supervisor =
            Supervisor::new(&plan, &tracking, &settings, balance, &context).expect("a supervisor");
        if let Some(answer) = &self.answer {
            let best = answer.best();
            assert!(supervisor.tracker().take(&best.forces, best.states.iter().copied()));
            let plan = Box::new(supervisor.tracker().plan().clone());
            supervisor.prepare(&plan);
        }
        supervisor
    }

    /// `runs` runs, each with errors, a start and a push of its own.
    pub(crate) fn count(&self, runs: u32) -> Count {
        let supervisor = self.supervisor();
        let context = context(&self.question.model, self.question.max_force, self.from);
        let (tracking, supervision) = (Tracking::default(), Supervision::default());
        let planner = Replanner::new(&self.question.plan, &tracking, &supervision, &context);
        let mut planner = Box::new(planner.expect("a planner"));
        let mut foresight = self.foreseeing.then(|| {
            let own = PredictiveTracker::new(&tracking, self.question.plan.step, &context);
            Box::new(own.expect("a tracker"))
        });
        let mut count = Count { runs, ..Count::default() };
        for run in 0..runs {
            let mut supervisor = supervisor.clone();
            let outcome = self.run(run, &mut supervisor, foresight.as_deref_mut(), &mut planner);
            count.off += u32::from(outcome.off);
            if let Some(time) = outcome.settled {
                count.settled += 1;
                count.first += u32::from(outcome.tries <= 1);
                count.times.push(time);
            }
        }
        count
    }

    fn run(
        &self,
        run: u32,
        supervisor: &mut Supervisor<f64, Balance>,
        mut foresight: Option<&mut PredictiveTracker<f64>>,
        planner: &mut Replanner,
    ) -> Outcome {
        let mut chance = Chance::new(0xC0DE + u64::from(run) + (self.seed << 32));
        let plant = self.errors.draw(&self.question.model, &mut chance);
        let model = Rigid::<f64>::new(&plant);
        let track = self.question.model.track.unwrap_or(f64::INFINITY);
        let mut state = self.from;
        for (i, spread) in [0.02, 0.05, 0.05].into_iter().enumerate() {
            state[i] += spread * even(&mut chance);
        }
        let horizon = self.answer.as_ref().map_or(1.0, |answer| answer.best().horizon);
        let begins = horizon * chance.unit();
        let push = if even(&mut chance) < 0.0 { -self.push } else { self.push };
        let duration = if self.supervised { 25.0 } else { 8.0 };
        let mut since = None;
        let periods = (duration / PERIOD) as u32;
        for k in 0..periods {
            let time = f64::from(k) * PERIOD;
            let turn = |angle: f64| (angle / (2.0 * PI)).round() * 2.0 * PI;
            let upright = [1, 2].map(|i: usize| (state[i] - turn(state[i])).abs());
            let inside = upright[0].max(upright[1]) <= 0.02 && state[0].abs() <= 0.05;
            since = if inside { since.or(Some(time)) } else { None };
            let on_track = state[0].abs() <= track;
            if !on_track {
                let tries = supervisor.counts().tries;
                return Outcome { settled: None, tries, off: true };
            }
            let own = foresight.as_deref_mut();
            let mut u = supervisor.control_foreseeing(own, &state, 0.0).force;
            if let Some(request) = supervisor.request() {
                let chance = Chance::new(u64::from(request.number) ^ (u64::from(run) << 32));
                let found = planner.plan(&request, chance);
                supervisor.answer(found.then(|| (planner.forces(), planner.states())));
            }
            if time >= begins {
                u += push;
            }
            if let Some([force, from, length]) = self.knock
                && (from..from + length).contains(&time)
            {
                u += force;
            }
            state = rk4(&model, &state, PERIOD, |_| [u, 0.0, 0.0]);
        }
        let settled = since.filter(|since| *since <= duration - 1.0);
        Outcome { settled, tries: supervisor.counts().tries, off: false }
    }
}

/// Knocked down at the top by 120 N for 0.1 s on a track of 2 m.
pub(crate) fn knocked_down(runs: u32, seed: u64) -> Count {
    let trial = Trial {
        question: hanging(150.0, 1.0),
        answer: None,
        from: [0.0; 6],
        errors: Errors::Masses,
        push: 0.0,
        supervised: true,
        knock: Some([120.0, 1.0, 0.1]),
        predictive: false,
        foreseeing: false,
        seed,
    };
    trial.count(runs)
}

/// Runs that leave a track of 1.2 m in 10 s of random forces under the guard; a run ends where the links pull at
/// the cart with more than half the force limit.
pub(crate) fn guard_alone(max_force: f64, runs: u32) -> u32 {
    let plant = Plant { track: Some(0.6), ..Plant::default() };
    let model = Rigid::<f64>::new(&plant);
    let mass = plant.cart_mass + plant.link1.mass + plant.link2.mass;
    let h1 = plant.link1.mass * plant.link1.com + plant.link2.mass * plant.link1.length;
    let h2 = plant.link2.mass * plant.link2.com;
    let guard = Guard::<f64>::new(0.97 * 0.6, max_force, mass, PERIOD);
    let mut off = 0;
    for run in 0..runs {
        let mut chance = Chance::new(0x6A4D + u64::from(run));
        let (mut state, mut wanted, mut left) = (HANGING, 0.0, 0);
        for _ in 0..10_000 {
            if left == 0 {
                wanted = max_force * even(&mut chance);
                left = 20 + (200.0 * chance.unit()) as u32;
            }
            left -= 1;
            let u = guard.limit(&state, &CartResponse::new(&model, &state), wanted).force;
            state = rk4(&model, &state, PERIOD, |_| [u, 0.0, 0.0]);
            if h1 * state[4] * state[4] + h2 * state[5] * state[5] > 0.5 * max_force {
                break;
            }
            if state[0].abs() > 0.6 {
                off += 1;
                break;
            }
        }
    }
    off
}

/// Plans from random states on a track of 1.2 m.
pub(crate) struct FromAnywhere {
    /// From how many of the states a plan was found.
    pub(crate) found: u32,
    /// Starts a state on average.
    pub(crate) starts: f64,
    /// Iterations of all of them, by 100 steps each.
    pub(crate) iterations: f64,
    /// Processor time of each state's plan in s, shortest first.
    pub(crate) seconds: Vec<f64>,
}

/// Processor time of this thread in s where the system tells, and else the time of its clock.
fn processor_seconds(since: &Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| since.elapsed().as_secs_f64(), |told| 1e-9 * told)
}

/// Plans from `runs` random states, within `most` starts each.
pub(crate) fn planned(max_force: f64, runs: u32, most: u32, seed: u64) -> FromAnywhere {
    let swing = Swing::new(&PlanSettings::default(), max_force, Some(0.6));
    let task = swing.task([0.0; 6]);
    let mut planner =
        Box::new(Planner::<f64, MAX_STEPS>::new(&Plant::default(), &task).expect("a planner"));
    let (mut found, mut starts, mut iterations, mut seconds) = (0, 0, 0.0, vec![]);
    let began = Instant::now();
    for run in 0..runs {
        let before = processor_seconds(&began);
        let mut chance = Chance::new(0x57A7 + u64::from(run) + (seed << 32));
        let spread = [0.3, PI, PI, 0.5, 4.0, 6.0];
        let state = spread.map(|spread| spread * even(&mut chance));
        for _ in 0..most {
            starts += 1;
            let start = Start::draw(&mut chance, &swing, &state);
            let counts = start.search(&mut planner, &swing, &state).expect("a start");
            iterations += 0.01 * (planner.iterations() * planner.forces().len()) as f64;
            if counts {
                found += 1;
                break;
            }
        }
        seconds.push(processor_seconds(&began) - before);
    }
    seconds.sort_by(f64::total_cmp);
    FromAnywhere { found, starts: f64::from(starts) / f64::from(runs), iterations, seconds }
}

/// The shortest swing-up in s with the whole force and track.
pub(crate) fn within(max_force: f64, track: f64) -> f64 {
    let mut question = hanging(max_force, track);
    question.plan.force_share = 1.0;
    question.plan.track_share = 1.0;
    question.plan.step = 0.005;
    question.plan.horizon = [0.5, 2.0];
    question.plan.ranking.draws = 0;
    let answer = question.answer().expect("a plan");
    question.shortest(&answer).expect("a plan").best().horizon
}
