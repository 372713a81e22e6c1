//! The memory of controllers and of the loop that runs them, counted exactly: a control period
//! allocates nothing, lives leave nothing, long runs grow by nothing.

use heapwatch::{CountingAllocator, Event, Plan, Run, Subject, lifecycle, steady, thread_counts};
use std::cell::Cell;
use upright_core::law::hybrid::Records;
use upright_core::{Controller, Real};
use upright_sim::design::{DesignError, Foundation};
use upright_sim::registry::{KINDS, Kind, Visitor};
use upright_sim::run::{Loop, Options, Tick};
use upright_sim::scenario::{Overrides, Scenario};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

/// Everything that could allocate or grow: noise, delays, differences, disturbances, friction, and
/// an actuator that saturates.
const ROUGH: &str = "
simulation: {duration: 3, initial_state: [0, 0.1, 0.1, 0.2, 0.5, 0.3], record_last: 100}
plant: {coulomb: {cart: 0.1}, drag: {link1_area: 0.01}}
actuator: {max_force: 25, delay: 1, dead_zone: 0.01, rate_limit: 5000, lag: 0.0005}
sensors: {angle_noise: 0.0005, position_noise: 0.0001, angle_quantum: 1e-5, delay: 1}
disturbances:
  - {kind: pulse, target: cart, amplitude: 30, start: 1, duration: 0.1}
  - {kind: sine, target: joint2, amplitude: 0.01, frequency: 1}
  - {kind: noise, target: cart, amplitude: 0.5}
";

fn scenario(text: &str, set: &[(&str, &str)]) -> Scenario {
    let set = set.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    Scenario::read("memory", text, &Overrides { set, ..Overrides::default() }).expect("valid")
}

/// Requests for memory between the end of the first period and the end of the last.
fn requests_after_the_first_period(scenario: &Scenario) -> u64 {
    let (mut first, mut last) = (None, 0);
    let mut watch = |_: &Tick| {
        last = thread_counts().requests();
        first.get_or_insert(last);
        true
    };
    let options = Options { record: true, watch: Some(&mut watch) };
    upright_sim::run(scenario, options).expect("a run");
    last - first.expect("a period")
}

#[test]
fn a_control_period_allocates_nothing() {
    for kind in KINDS {
        for integrator in ["euler", "rk4", "rk45"] {
            let set = [("controller.kind", kind.name), ("simulation.integrator", integrator)];
            let scenario = scenario(ROUGH, &set);
            let requests = requests_after_the_first_period(&scenario);
            assert_eq!(requests, 0, "{}, {integrator}", kind.name);
        }
    }
}

#[test]
fn a_control_period_that_is_monitored_allocates_nothing() {
    for kind in KINDS {
        // A gain that is designed anew needs memory for its matrices, and gives it back.
        let recreate = if kind.name == "lqr" { "4000000000" } else { "7" };
        let set = [
            ("controller.kind", kind.name),
            ("monitor.sample_every", "2"),
            ("monitor.recreate_every", recreate),
            ("monitor.reset_every", "13"),
        ];
        let scenario = scenario(ROUGH, &set);
        assert_eq!(requests_after_the_first_period(&scenario), 0, "{}", kind.name);
    }
}

/// The columns by which a law shows that it switches or adapts.
const MOVING: [&str; 3] = ["sliding", "gain", "slope"];

/// A closed loop as a subject: created anew, stepped, dropped. It counts what must have happened.
struct ClosedLoop<'a, K: Kind> {
    scenario: &'a Scenario,
    settings: &'a K::Settings,
    foundation: Foundation,
    saturated: Cell<u64>,
    /// How often each of the moving columns changed, and its last value.
    moved: [Cell<(u64, f64)>; MOVING.len()],
}

impl<K: Kind> Subject for ClosedLoop<'_, K> {
    type Instance = Loop<K::Controller<f64>>;

    fn create(&mut self) -> Self::Instance {
        let controller = K::build(self.settings, &self.foundation).expect("checked when read");
        Loop::new(self.scenario, controller, true)
    }

    fn step(&mut self, instance: &mut Self::Instance, _step: u64) {
        // A loop that had ended would stand still, and prove nothing.
        let tick = instance.step().expect("the pendulum stands to the end");
        if tick.command.force.abs() >= self.foundation.max_force {
            self.saturated.set(self.saturated.get() + 1);
        }
        let mut names = <K::Controller<f64> as Controller<f64>>::COLUMNS.iter();
        instance.controller().columns(|value| {
            let name = names.next().expect("a name a column");
            let place = MOVING.iter().position(|moving| moving == name);
            if let Some(moved) = place.map(|place| &self.moved[place]) {
                let (count, last) = moved.get();
                moved.set((count + u64::from(last != value), value));
            }
        });
    }

    fn events(&self, _instance: &Self::Instance) -> Vec<Event> {
        let columns = <K::Controller<f64> as Controller<f64>>::COLUMNS;
        let mut events = vec![Event { name: "saturation", count: self.saturated.get() }];
        for (name, moved) in MOVING.iter().zip(&self.moved) {
            if columns.contains(name) {
                // The first value is no change of a running law.
                events.push(Event { name, count: moved.get().0.saturating_sub(1) });
            }
        }
        events
    }
}

/// The lives and the long run of whatever kind.
struct Audit<'a>(&'a Scenario, Foundation, fn() -> (u64, u64, u64));

impl Visitor for Audit<'_> {
    type Output = Result<(Run, Run), DesignError>;
    fn visit<K: Kind>(self, settings: &K::Settings) -> Self::Output {
        let Self(scenario, foundation, plan) = self;
        let (lives, steps, periods) = plan();
        let mut subject = ClosedLoop::<K> {
            scenario,
            settings,
            foundation,
            saturated: Cell::new(0),
            moved: Default::default(),
        };
        let lives = lifecycle(&mut subject, steps, &Plan::of(lives)).expect("the allocator counts");
        let long = steady(&mut subject, &Plan::of(periods)).expect("the allocator counts");
        Ok((lives, long))
    }
}

#[test]
fn lives_leave_nothing_and_long_runs_grow_by_nothing() {
    // A push that saturates the actuator in every turn, and noise on top.
    let world = "
simulation: {duration: 1e6, record_last: 1000, initial_state: [0, 0.02, -0.01, 0, 0, 0]}
actuator: {max_force: 14}
disturbances:
  - {kind: sine, target: cart, amplitude: 12, frequency: 0.5}
  - {kind: noise, target: cart, amplitude: 3}
";
    // Left sooner than by default, so that the supervisor has work.
    let hybrid = ("controller.supervisor.leave", "0.05");
    for kind in ["classical", "super_twisting", "adaptive", "hybrid"] {
        let mut set = vec![("controller.kind", kind)];
        set.extend((kind == "hybrid").then_some(hybrid));
        let scenario = scenario(world, &set);
        let foundation = Foundation::of(&scenario).expect("checked when read");
        let audit = Audit(&scenario, foundation, || (1000, 500, 1_000_000));
        let (lives, long) = scenario.controller.settings.visit(audit).expect("a controller");
        assert_eq!(lives.remaining_bytes, 0, "{kind}: 1000 lives of 500 periods");
        assert_eq!(long.remaining_bytes, 0, "{kind}: a million periods");
        // All that a life needs, it takes at its beginning.
        assert_eq!(long.requests_after(1000), 0, "{kind}: a million periods");
        for event in &long.events {
            assert!(event.count > 100, "{kind}: {} only {} times", event.name, event.count);
        }
    }
}

/// A controller of lanes carries no dead weight but its records, and every record has its bound.
#[test]
fn every_controller_is_a_value_of_fixed_size() {
    struct Size;
    impl Visitor for Size {
        type Output = (usize, bool);
        fn visit<K: Kind>(self, _settings: &K::Settings) -> Self::Output {
            fn size<R: Real, C: Controller<R>>() -> (usize, bool) {
                (size_of::<C>(), std::mem::needs_drop::<C>())
            }
            size::<f64, K::Controller<f64>>()
        }
    }
    for kind in KINDS {
        let settings = upright_sim::registry::default_settings(kind.name).expect("a kind");
        let (bytes, owns) = settings.visit(Size);
        assert!(!owns, "{} owns something that must be dropped", kind.name);
        assert!(bytes < 8192, "{} takes {bytes} bytes", kind.name);
    }
    assert!(size_of::<Records>() < 64 * 32 + 100 * 32);
}
