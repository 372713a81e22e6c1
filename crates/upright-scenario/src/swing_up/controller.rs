//! A swing-up over any number: each lane is a supervisor of its own, computed by itself.

use super::balance::AnyBalance;
use crate::lanes::{marked_lanes, of_lane};
use std::sync::Arc;
use std::time::Instant;
use upright_core::elementary::nearest_turn;
use upright_core::swing_up::{
    Chance, Counts, Phase, Plan, PredictiveTracker, Replanner, Supervisor,
};
use upright_core::{Command, Controller, Real, SlidingSurface, State};

/// One run.
#[derive(Debug, Clone)]
struct Lane {
    supervisor: Supervisor<f64, AnyBalance<f64>>,
    /// What follows plans by prediction, where the settings ask for it.
    foresight: Option<Box<PredictiveTracker<f64>>>,
    /// The energy of the last period in J, less that at rest upright.
    energy: f64,
    /// What planning took, in s of the machine's clock.
    planning_seconds: f64,
}

/// What plans anew when a plant was lost.
#[derive(Debug, Clone)]
struct Planning {
    seed: u64,
    replanner: Box<Replanner>,
}

/// Takes the plant up from anywhere. All memory that it needs it takes when it is built: some 50 kB a lane, and 300
/// kB for planning; 250 kB a lane more where plans are followed by prediction.
#[derive(Debug, Clone)]
pub struct SwingUpController<R: Real> {
    surface: SlidingSurface<R>,
    lanes: Vec<Lane>,
    planning: Planning,
    /// The plan that was made before the start.
    plan: Option<Arc<Plan<f64>>>,
}

impl<R: Real> SwingUpController<R> {
    pub(super) fn new(
        surface: SlidingSurface<R>,
        supervisor: Supervisor<f64, AnyBalance<f64>>,
        foresight: Option<Box<PredictiveTracker<f64>>>,
        plan: Option<Arc<Plan<f64>>>,
        (seed, replanner): (u64, Box<Replanner>),
    ) -> Self {
        let mut lane = Lane { supervisor, foresight, energy: 0.0, planning_seconds: 0.0 };
        lane.supervisor.restart(plan.as_deref());
        Self { surface, lanes: vec![lane; R::LANES], planning: Planning { seed, replanner }, plan }
    }

    /// What it is doing in lane `lane`.
    pub fn phase(&self, lane: usize) -> Phase {
        self.lanes[lane].supervisor.phase()
    }

    fn command(&self, measured: &State<R>, force: R) -> Command<R> {
        let [x, theta1, theta2, x_dot, w1, w2] = *measured;
        let upright =
            [x, theta1 - nearest_turn(theta1), theta2 - nearest_turn(theta2), x_dot, w1, w2];
        let reading = self.surface.read(&upright);
        Command { force, sigma: reading.sigma, s: reading.s }
    }
}

impl Lane {
    /// A control period; the force in N.
    #[inline(never)]
    fn period(&mut self, planning: &mut Planning, measured: &State<f64>, known: f64) -> f64 {
        self.energy = self.supervisor.energy(measured);
        let foresight = self.foresight.as_deref_mut();
        let force = self.supervisor.control_foreseeing(foresight, measured, known).force;
        if let Some(request) = self.supervisor.request() {
            core::hint::cold_path();
            let began = Instant::now();
            let number = u64::from(request.number) + 1;
            let chance = Chance::new(planning.seed ^ number.rotate_left(32));
            let found = planning.replanner.plan(&request, chance);
            let plan = &planning.replanner;
            self.supervisor.answer(found.then(|| (plan.forces(), plan.states())));
            self.planning_seconds += began.elapsed().as_secs_f64();
        }
        force
    }
}

impl<R: Real> Controller<R> for SwingUpController<R> {
    const COLUMNS: &'static [&'static str] = &["phase", "plan", "e_theta1", "e_theta2", "energy"];

    fn control(&mut self, measured: &State<R>) -> Command<R> {
        self.control_against(measured, R::zero())
    }

    fn control_against(&mut self, measured: &State<R>, known: R) -> Command<R> {
        let Self { lanes, planning, .. } = self;
        let force =
            R::from_lanes(|i| lanes[i].period(planning, &of_lane(measured, i), known.lane(i)));
        self.command(measured, force)
    }

    fn observe(&self, measured: &State<R>) -> Command<R> {
        self.command(measured, R::zero())
    }

    fn owned(&self, mut see: impl FnMut(&'static str, usize)) {
        see("supervisors with their plans", self.lanes.capacity() * size_of::<Lane>());
        see("workspace of the planner", size_of::<Replanner>());
        let foreseeing = self.lanes.iter().filter(|lane| lane.foresight.is_some()).count();
        if foreseeing > 0 {
            see("predictions along plans", foreseeing * size_of::<PredictiveTracker<f64>>());
        }
        if self.plan.is_some() {
            // Beside it stand the two counts of who shares it.
            see("plan before the start", size_of::<Plan<f64>>() + 2 * size_of::<usize>());
        }
        for lane in &self.lanes {
            lane.supervisor.balance().owned(&mut see);
        }
    }

    fn reset_lanes(&mut self, lanes: R::Mask) {
        for lane in marked_lanes::<R, _>(&mut self.lanes, lanes) {
            lane.supervisor.restart(self.plan.as_deref());
            (lane.energy, lane.planning_seconds) = (0.0, 0.0);
        }
    }

    fn columns(&self, mut write: impl FnMut(R)) {
        let mut each = |number: fn(&Supervisor<f64, AnyBalance<f64>>) -> f64| {
            write(R::from_lanes(|i| number(&self.lanes[i].supervisor)));
        };
        each(|supervisor| match supervisor.phase() {
            _ if supervisor.guarded() => 4.0,
            Phase::Brake => 0.0,
            Phase::Plan => 1.0,
            Phase::Track => 2.0,
            Phase::Balance => 3.0,
        });
        each(|supervisor| f64::from(supervisor.counts().plans));
        each(|supervisor| supervisor.error()[0]);
        each(|supervisor| supervisor.error()[1]);
        write(R::from_lanes(|i| self.lanes[i].energy));
    }

    fn swing_up(&self, lane: usize) -> Option<Counts> {
        self.lanes.get(lane).map(|lane| lane.supervisor.counts())
    }

    fn planning_seconds(&self, lane: usize) -> Option<f64> {
        self.lanes.get(lane).map(|lane| lane.planning_seconds)
    }
}
