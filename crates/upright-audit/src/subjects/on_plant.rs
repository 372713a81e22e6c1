//! A controller by itself: the plant on which it acts belongs to its surroundings.

use super::controller_components;
use super::events::Happened;
use heapwatch::{Component, Event, Subject};
use upright_core::Controller;
use upright_core::plant::State;
use upright_sim::design::{DesignError, Foundation};
use upright_sim::registry::Kind;
use upright_sim::scenario::Scenario;
use upright_sim::world::World;

/// Controllers of one kind, each made by the factory and set on a plant of its own.
pub(crate) struct OnPlant<'a, K: Kind> {
    scenario: &'a Scenario,
    settings: &'a K::Settings,
    foundation: Foundation,
    world: World<f64>,
    happened: Happened,
    force: f64,
    /// In which step of which life the pendulum fell, if it did: from then on nothing moves.
    fell: Option<u64>,
    /// Whether each life is a candidate of a tuning run: designed anew, from another start, under
    /// other noise.
    candidates: Option<u64>,
}

impl<'a, K: Kind> OnPlant<'a, K> {
    /// # Errors
    /// Where the controller that the scenario asks for does not exist.
    pub(crate) fn new(
        scenario: &'a Scenario,
        settings: &'a K::Settings,
    ) -> Result<Self, DesignError> {
        let foundation = Foundation::of(scenario)?;
        K::build::<f64>(settings, &foundation)?;
        Ok(Self {
            scenario,
            settings,
            foundation,
            world: World::new(scenario, 0),
            happened: Happened::default(),
            force: 0.0,
            fell: None,
            candidates: None,
        })
    }

    /// The same as the candidates of a tuning run.
    ///
    /// # Errors
    /// As `new`.
    pub(crate) fn tuning(
        scenario: &'a Scenario,
        settings: &'a K::Settings,
    ) -> Result<Self, DesignError> {
        Ok(Self { candidates: Some(0), ..Self::new(scenario, settings)? })
    }

    /// Lets the events be counted from here.
    pub(crate) fn forget_events(&mut self) {
        self.happened = Happened::default();
    }

    /// In which step the pendulum fell, if it did.
    pub(crate) fn fell(&self) -> Option<u64> {
        self.fell
    }

    fn begin(&mut self) {
        self.world = match &mut self.candidates {
            None => World::new(self.scenario, 0),
            Some(candidate) => {
                *candidate += 1;
                // From half the start's distance to one and a half times it.
                let part = 0.5 + (*candidate % 101) as f64 / 100.0;
                let start = self.scenario.simulation.initial_state.map(|x| part * x);
                let (plant, run) = (self.scenario.plant, *candidate);
                World::of_lanes(self.scenario, |_| (plant, start, run))
            }
        };
        self.happened.begin();
    }
}

/// Whether the pendulum no longer stands.
pub(super) fn has_fallen(state: &State<f64>, scenario: &Scenario) -> bool {
    let fall = scenario.simulation.fall_angle;
    // Written so that not a number has fallen.
    !(state[1].abs() <= fall && state[2].abs() <= fall)
}

impl<K: Kind> Subject for OnPlant<'_, K> {
    type Instance = K::Controller<f64>;

    fn create(&mut self) -> Self::Instance {
        self.begin();
        if self.candidates.is_some() {
            // The design of the scenario as it stands, which `new` has made once already.
            self.foundation = Foundation::of(self.scenario).unwrap_or(self.foundation);
        }
        // Built once by `new` from the same settings: it cannot fail.
        K::build(self.settings, &self.foundation).expect("built before")
    }

    #[inline]
    fn step(&mut self, controller: &mut Self::Instance, step: u64) {
        if self.fell.is_some() {
            return;
        }
        let measured = self.world.measure();
        let command = controller.control(measured);
        let applied = self.world.actuate(command.force);
        self.world.advance(applied);
        self.force = command.force;
        let at_limit = command.force.abs() >= self.foundation.max_force;
        self.happened.note(controller, at_limit, command.sigma);
        if has_fallen(self.world.state(), self.scenario) {
            self.fell = Some(step);
        }
    }

    fn reset(&mut self, controller: &mut Self::Instance) -> bool {
        self.begin();
        controller.reset();
        true
    }

    fn answer(&self, _controller: &Self::Instance) -> Option<u64> {
        Some(self.force.to_bits())
    }

    fn components(&self, controller: &Self::Instance) -> Vec<Component> {
        controller_components(controller, K::MAX_BYTES)
    }

    fn events(&self, _controller: &Self::Instance) -> Vec<Event> {
        self.happened.events::<Self::Instance>()
    }
}
