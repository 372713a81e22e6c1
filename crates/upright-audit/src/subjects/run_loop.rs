//! The run loop: design, controller, world, metrics and trajectory, as a simulation has them.

use super::events::Happened;
use super::{Audited, Place, Still, candidate_of, controller_components, standstill_text};
use heapwatch::{Component, Event, Subject};
use upright_core::Controller;
use upright_sim::closed_loop::ClosedLoop;
use upright_sim::custom::{self, BoxedController};
use upright_sim::realization::Realization;
use upright_sim::scenario::{Scenario, ScenarioError};
use upright_sim::trajectory;
use upright_sim::world::World;

/// Closed loops of one scenario, made from the scenario itself, with its controller behind a pointer: the loop is
/// compiled once, whatever the kind.
pub(crate) struct RunLoop<'a> {
    scenario: &'a Scenario,
    max_force: f64,
    /// What the parts may take, in bytes, by what the scenario asks of them.
    world_bound: u64,
    trajectory_bound: u64,
    happened: Happened,
    force: f64,
    /// How and in which step of a life the run came to its end, if it did.
    still: Option<Still>,
    /// Whether each life is a candidate of a tuning run: from another start, under other noise.
    candidates: Option<u64>,
}

impl<'a> RunLoop<'a> {
    /// # Errors
    /// Where the controller that the scenario asks for does not exist.
    pub(crate) fn new(scenario: &'a Scenario) -> Result<Self, ScenarioError> {
        let own = custom::build(scenario)?.column_names().len();
        let record = trajectory::Trajectory::bound_bytes(scenario, own);
        Ok(Self {
            scenario,
            max_force: scenario.context()?.max_force,
            world_bound: World::<f64>::bound_bytes(scenario) as u64,
            trajectory_bound: (record + size_of::<trajectory::Trajectory>()) as u64,
            happened: Happened::default(),
            force: 0.0,
            still: None,
            candidates: None,
        })
    }

    /// The same as the candidates of a tuning run.
    ///
    /// # Errors
    /// As `new`.
    pub(crate) fn tuning(scenario: &'a Scenario) -> Result<Self, ScenarioError> {
        Ok(Self { candidates: Some(0), ..Self::new(scenario)? })
    }
}

impl Subject for RunLoop<'_> {
    type Instance = ClosedLoop<BoxedController>;

    fn create(&mut self) -> Self::Instance {
        self.happened.begin();
        // Built once by `new` from the same scenario: it cannot fail.
        let controller = custom::build(self.scenario).expect("built before");
        let realization = self.candidates.as_mut().map_or_else(
            || Realization::nominal(self.scenario),
            |candidate| {
                *candidate += 1;
                candidate_of(self.scenario, *candidate)
            },
        );
        ClosedLoop::of_realization(self.scenario, &realization, controller, true)
            .expect("checked when it was read")
    }

    #[inline]
    fn step(&mut self, instance: &mut Self::Instance, step: u64) {
        match instance.step() {
            Some(tick) => {
                self.force = tick.command.force;
                let at_limit = tick.command.force.abs() >= self.max_force;
                self.happened.note(instance.controller(), at_limit, tick.command.sigma);
            }
            None => {
                self.still.get_or_insert(("the run comes to its end", step));
            }
        }
    }

    fn reset(&mut self, instance: &mut Self::Instance) -> bool {
        self.happened.begin();
        let mut controller = instance.controller().clone();
        controller.reset();
        *instance =
            ClosedLoop::new(self.scenario, controller, true).expect("checked when it was read");
        true
    }

    fn answer(&self, _instance: &Self::Instance) -> Option<u64> {
        Some(self.force.to_bits())
    }

    fn components(&self, instance: &Self::Instance) -> Vec<Component> {
        let (world, record) = (instance.world(), instance.trajectory());
        let parts = [
            size_of::<BoxedController>(),
            size_of::<World<f64>>(),
            size_of::<trajectory::Trajectory>(),
        ];
        let rest = size_of::<Self::Instance>().saturating_sub(parts.iter().sum()) as u64;
        let controller = instance.controller();
        let place = Place { inline: size_of::<BoxedController>(), heap: controller.bytes() };
        let bound = self.scenario.controller.settings.info().max_bytes + place.inline;
        let mut components = controller_components(controller, place, bound);
        components.extend([
            Component {
                name: "world",
                inline_bytes: size_of::<World<f64>>() as u64,
                heap_bytes: world.heap_bytes() as u64,
                bound_bytes: Some(self.world_bound),
                ..Component::default()
            },
            Component {
                name: "trajectory",
                inline_bytes: size_of::<trajectory::Trajectory>() as u64,
                heap_bytes: record.heap_bytes() as u64,
                bound_bytes: Some(self.trajectory_bound),
                ..Component::default()
            },
            Component {
                name: "metrics and counters",
                inline_bytes: rest,
                bound_bytes: Some(LOOP_BOUND),
                ..Component::default()
            },
            Component {
                name: "recorded rows",
                capacity: Some(record.capacity() as u64),
                length: Some(record.len() as u64),
                ..Component::default()
            },
        ]);
        let lines = world.delay_lines().into_iter().filter(|(_, length)| *length > 0);
        components.extend(lines.map(|(name, length)| Component {
            name,
            capacity: Some(length as u64),
            length: Some(length as u64),
            ..Component::default()
        }));
        components
    }

    fn events(&self, instance: &Self::Instance) -> Vec<Event> {
        self.happened.events(instance.controller().column_names())
    }
}

/// The most that the metrics and counters of a loop and its estimator take, in bytes, all of them in place.
const LOOP_BOUND: u64 = 4096;

impl Audited for RunLoop<'_> {
    fn begin_phase(&mut self) {
        self.happened = Happened::default();
        self.still = None;
    }

    fn standstill(&self) -> Option<String> {
        self.still.map(standstill_text)
    }
}
