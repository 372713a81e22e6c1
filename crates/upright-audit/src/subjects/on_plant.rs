//! A controller by itself: the plant on which it acts belongs to its surroundings.

use super::events::Happened;
use super::{Audited, Place, Still, candidate_of, controller_components, standstill_text};
use heapwatch::{Component, Event, Subject};
use upright_core::Controller;
use upright_core::estimator::Estimator;
use upright_core::plant::State;
use upright_sim::design::{ControllerContext, DesignError};
use upright_sim::estimator::AnyEstimator;
use upright_sim::realization::Realization;
use upright_sim::scenario::Scenario;
use upright_sim::scenario::kinds::{Family, Kind};
use upright_sim::world::World;

/// From one fall of a swing-up to the next, in control periods.
const FALL_EVERY: u64 = 10_000;

/// Controllers of one kind, each made by the factory and set on a plant of its own.
pub(crate) struct OnPlant<'a, K: Kind> {
    scenario: &'a Scenario,
    settings: &'a K::Settings,
    context: ControllerContext,
    world: World<f64>,
    estimator: AnyEstimator<f64>,
    happened: Happened,
    force: f64,
    /// How and in which step of a life the pendulum came to rest, if it did.
    still: Option<Still>,
    /// Whether it did in this life: it is moved no more.
    over: bool,
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
        let context = scenario.context()?;
        K::build::<f64>(settings, &context)?;
        let mut subject = Self {
            scenario,
            settings,
            context,
            world: World::new(scenario, 0),
            estimator: AnyEstimator::new(scenario),
            happened: Happened::default(),
            force: 0.0,
            still: None,
            over: false,
            candidates: None,
        };
        subject.begin();
        Ok(subject)
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

    fn begin(&mut self) {
        self.world = match &mut self.candidates {
            None => World::new(self.scenario, 0),
            Some(candidate) => {
                *candidate += 1;
                let realization = candidate_of(self.scenario, *candidate);
                World::of_lanes(self.scenario, &|_| {
                    (realization.plant, realization.initial_state, realization.run)
                })
            }
        };
        self.estimator = AnyEstimator::new(self.scenario);
        self.happened.begin();
        self.over = false;
    }

    /// Puts the plant back to where it falls from, under a controller that goes on.
    fn fall(&mut self) {
        let realization = Realization::nominal(self.scenario);
        self.world.reset_lanes(self.scenario, true, &|_| {
            (realization.plant, realization.initial_state, realization.run)
        });
        self.estimator.reset_lanes(true);
    }
}

/// Whether controllers of the kind bring a fallen pendulum back, and are to be seen doing so.
fn swings<K: Kind>() -> bool {
    K::FAMILY == Family::SwingUp
}

/// How the pendulum came to its end, if it did.
fn end_of<K: Kind>(state: &State<f64>, scenario: &Scenario) -> Option<&'static str> {
    let fall = if swings::<K>() { f64::INFINITY } else { scenario.simulation.fall_angle };
    let track = scenario.plant.track.unwrap_or(f64::INFINITY);
    if !state.iter().all(|x| x.is_finite()) {
        Some("the state is no longer finite")
    } else if state[1].abs() > fall || state[2].abs() > fall {
        Some("the pendulum falls")
    } else if state[0].abs() > track {
        Some("the cart leaves the track")
    } else {
        None
    }
}

impl<K: Kind> Subject for OnPlant<'_, K> {
    type Instance = K::Controller<f64>;

    fn create(&mut self) -> Self::Instance {
        self.begin();
        if self.candidates.is_some() {
            // The design of the scenario as it stands, which `new` has made once already.
            self.context = self.scenario.context().unwrap_or(self.context);
        }
        // Built once by `new` from the same settings: it cannot fail.
        K::build(self.settings, &self.context).expect("built before")
    }

    #[inline]
    fn step(&mut self, controller: &mut Self::Instance, step: u64) {
        if self.over {
            return;
        }
        if swings::<K>() && step % FALL_EVERY == FALL_EVERY / 2 {
            self.fall();
        }
        let estimate = *self.estimator.estimate(self.world.sense());
        let command = controller.control_against(&estimate, self.estimator.known_force());
        self.estimator.commanded(command.force);
        self.world.respond(command.force);
        self.force = command.force;
        let at_limit = command.force.abs() >= self.context.max_force;
        self.happened.note(controller, at_limit, command.sigma);
        if let Some(how) = end_of::<K>(self.world.state(), self.scenario) {
            self.over = true;
            self.still.get_or_insert((how, step));
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
        let place = Place { inline: size_of::<Self::Instance>(), heap: 0 };
        controller_components(controller, place, K::MAX_BYTES)
    }

    fn events(&self, controller: &Self::Instance) -> Vec<Event> {
        self.happened.events(controller.column_names())
    }
}

impl<K: Kind> Audited for OnPlant<'_, K> {
    fn begin_phase(&mut self) {
        self.happened = Happened::default();
        self.still = None;
    }

    fn standstill(&self) -> Option<String> {
        self.still.map(standstill_text)
    }
}
