//! A new plan on the way: starts are tried until some lead to a plan, and the one that bears errors best is taken.

use super::followed::{DrawnError, Follower, Score};
use super::plan::Plan;
use super::settings::{MAX_STEPS, PlanSettings, Ranking, Supervision, Tracking};
use super::start::{Chance, Start, Swing};
use super::supervisor::Request;
use super::tracker::Tracker;
use crate::kind::{BuildError, ControllerContext};
use crate::planner::Planner;
use crate::plant::{Plant, Rigid, State};

/// Plans that are compared, where as many are found: the first that is found is rarely the one that bears errors. One
/// more with each request of a run, since a plant that was lost again is not much like its model.
const COMPARED: u32 = 3;
/// Errors that each of them is followed under, and how many more with each request of a run.
const DRAWS: [u32; 2] = [4, 2];

/// Plans anew when a plant was lost. It never allocates; some 290 kB, so it belongs on the heap.
#[derive(Debug, Clone)]
pub struct Replanner {
    swing: Swing,
    ranking: Ranking,
    model: Plant,
    max_force: f64,
    period: f64,
    retries: u32,
    planner: Planner<f64, MAX_STEPS>,
    /// What follows plans under errors.
    tracker: Tracker<f64>,
    /// The best so far, where there is one.
    best: Plan<f64>,
    found: bool,
}

impl Replanner {
    /// For what a context knows.
    ///
    /// # Errors
    /// Where the planner does not take the settings, or the weights of the tracking have no regulator.
    pub fn new(
        plan: &PlanSettings,
        tracking: &Tracking,
        supervision: &Supervision,
        context: &ControllerContext,
    ) -> Result<Self, BuildError> {
        let refuse = |field, reason| BuildError { field, reason };
        let swing = Swing::new(plan, context.max_force, context.model.track);
        let planner = Planner::new(&context.model, &swing.task([0.0; 6]))
            .map_err(|_| refuse("plan", "the planner does not take these settings"))?;
        let steps = plan.periods_a_step(context.period);
        let steps = steps.ok_or_else(|| {
            refuse("plan.step", "the step of a plan must be a whole number of control periods")
        })?;
        let model = Rigid::new(&context.model);
        let tracker = Tracker::new(model, tracking, context.period, steps, [0.0; 2]);
        let tracker =
            tracker.ok_or_else(|| refuse("tracking.weights", "these weights have no regulator"))?;
        Ok(Self {
            swing,
            ranking: plan.ranking,
            model: context.model,
            max_force: context.max_force,
            period: context.period,
            retries: supervision.retries,
            planner,
            tracker,
            best: Plan::default(),
            found: false,
        })
    }

    /// Plans from the state of a request, with starts and errors of this chance. Whether there is a plan.
    pub fn plan(&mut self, request: &Request<f64>, mut chance: Chance) -> bool {
        self.found = false;
        let from = request.from;
        let follower = Follower::new(&self.model, from, self.max_force, self.period);
        let follower = follower.against(request.push);
        let swing = self.swing.against(request.push);
        // What pushes already is no surprise.
        let push = (self.ranking.push - request.push.abs()).max(0.0);
        let ranking = Ranking { push, ..self.ranking };
        let [few, more] = DRAWS;
        let draws = request.number.saturating_mul(more).saturating_add(few);
        let draws = draws.min(self.ranking.draws);
        let compared = COMPARED.saturating_add(request.number);
        // With little force a plan in haste ends beyond the track more often than it comes up, and who waits hangs at rest.
        let enough = if swing.is_weak() { draws.div_ceil(2) } else { 0 };
        let mut best: Option<Score> = None;
        let mut found = 0;
        for _ in 0..self.retries {
            let start = Start::draw(&mut chance, &swing, &from);
            match start.search(&mut self.planner, &swing, &from) {
                Err(_) => return false,
                Ok(false) => continue,
                Ok(true) => {}
            }
            let Self { planner, tracker, .. } = self;
            if !tracker.take(planner.forces(), planner.states()) {
                continue;
            }
            // The same errors for each plan.
            let mut errors = Chance::new(u64::from(request.number) + 1);
            let errors = (0..draws).map(|_| DrawnError::draw(&ranking, &self.model, &mut errors));
            let horizon = planner.forces().len() as f64 * swing.step;
            let score = follower.score(tracker, horizon, errors);
            if score.successes < enough {
                continue;
            }
            found += 1;
            if best.is_none_or(|best| score.beats(&best)) {
                best = Some(score);
                self.best.clone_from(self.tracker.plan());
                self.found = true;
            }
            // Without errors the first is as good as any.
            if draws == 0 || found >= compared {
                break;
            }
        }
        self.found
    }

    /// The forces of the plan in N.
    pub fn forces(&self) -> &[f64] {
        if self.found { self.best.forces() } else { &[] }
    }

    /// Its states, one more than there are forces.
    pub fn states(&self) -> impl ExactSizeIterator<Item = State<f64>> + '_ {
        let count = if self.found { self.best.steps() + 1 } else { 0 };
        (0..count).map(|k| self.best.state(k))
    }
}
