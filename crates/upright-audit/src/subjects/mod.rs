//! What is audited: the four controllers, what predicts and plans, the loop that runs them, the batch engine, and the tuner. Each is a
//! [`heapwatch::Subject`] on a moving plant that counts what happened to it.

mod events;
mod on_plant;
mod run_loop;
mod searches;
mod studies;

pub(crate) use on_plant::OnPlant;
pub(crate) use run_loop::RunLoop;
pub(crate) use searches::{SHORT, Searches};
pub(crate) use studies::Studies;

use heapwatch::{Component, Subject};
use upright_core::Controller;
use upright_sim::realization::Realization;
use upright_sim::scenario::Scenario;
use upright_sim::scenario::kinds::sliding;

/// The subject that is the run loop.
pub const RUNNER: &str = "runner";

/// The subject that is the batch engine.
pub const BATCH: &str = "batch";

/// The subject that is the tuner.
pub const TUNER: &str = "tuner";

/// The subject that is the balance by prediction.
pub(crate) const MPC: &str = "mpc";

/// The subject that is the swing-up, plans on the way included.
pub(crate) const SWING_UP: &str = "swing_up";

/// The names of all subjects, in the order of the reports.
pub fn names() -> Vec<&'static str> {
    sliding().iter().copied().chain([MPC, SWING_UP, RUNNER, BATCH, TUNER]).collect()
}

/// What the scenario is given for the prediction to be at its limit when a life begins, and to stand after that.
pub(crate) const LEANING: [(&str, &str); 2] =
    [("simulation.initial_state", "[0, 0.3, 0.3, 0, 0, 0]"), ("actuator.max_force", "60")];

/// What the scenario is given so that each life of a swing-up begins with a fall: its links lean further than a
/// balance law brings back, and less than what it gives up at once.
pub(crate) const FALLING: [(&str, &str); 4] = [
    ("simulation.initial_state", "[0, 0.68, -0.85, 0, 0, 0]"),
    ("actuator.max_force", "150"),
    ("plant.track", "1"),
    ("disturbances", "[{kind: noise, target: cart, amplitude: 1}]"),
];

/// What its plans are made by, so that most of an audit is not the search for them: short plans, the best of few.
pub(crate) const SHORT_PLANS: [(&str, &str); 2] =
    [("controller.plan.horizon", "[1.25, 2]"), ("controller.supervisor.retries", "4")];

/// A subject of the audit: one whose surroundings can come to a standstill.
pub(crate) trait Audited: Subject {
    /// A phase begins: events are counted anew, and nothing has come to a standstill.
    fn begin_phase(&mut self);

    /// Why from some moment of this phase on nothing moved any more, if that is so.
    fn standstill(&self) -> Option<String>;
}

/// How and in which step of a life a pendulum came to rest.
type Still = (&'static str, u64);

fn standstill_text((how, at): Still) -> String {
    format!("{how} in period {at} of a life, and from then on nothing moves")
}

/// An animal of the zoo, which has no surroundings.
pub(crate) struct Wild<S>(pub(crate) S);

impl<S: Subject> Subject for Wild<S> {
    type Instance = S::Instance;
    fn create(&mut self) -> Self::Instance {
        self.0.create()
    }
    fn step(&mut self, instance: &mut Self::Instance, step: u64) {
        self.0.step(instance, step);
    }
}

impl<S: Subject> Audited for Wild<S> {
    fn begin_phase(&mut self) {}
    fn standstill(&self) -> Option<String> {
        None
    }
}

/// A candidate of a tuning run: the scenario from half the start's distance to all of it, under noise of
/// its own.
fn candidate_of(scenario: &Scenario, candidate: u64) -> Realization {
    let part = 0.5 + 0.5 * (candidate % 101) as f64 / 100.0;
    let start = scenario.simulation.initial_state.map(|x| part * x);
    Realization { run: candidate, initial_state: start, ..Realization::nominal(scenario) }
}

/// Where a controller lies, in bytes: in place, or behind a pointer that is in place.
#[derive(Debug, Clone, Copy)]
struct Place {
    inline: usize,
    heap: usize,
}

/// A controller as a component, and its records as histories. The records lie within it, so that they
/// add no bytes.
fn controller_components<C: Controller<f64>>(
    controller: &C,
    place: Place,
    bound: usize,
) -> Vec<Component> {
    let mut components = vec![Component {
        name: "controller",
        inline_bytes: place.inline as u64,
        heap_bytes: place.heap as u64,
        bound_bytes: Some(bound as u64),
        ..Component::default()
    }];
    controller.owned(|name, bytes| {
        components.push(Component {
            name,
            heap_bytes: bytes as u64,
            bound_bytes: Some(bytes as u64),
            ..Component::default()
        });
    });
    controller.histories(|history| {
        components.push(Component {
            name: history.name,
            capacity: Some(history.capacity as u64),
            length: Some(history.length as u64),
            ..Component::default()
        });
    });
    components
}
