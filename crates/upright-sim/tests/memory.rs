//! The memory of controllers and of the loop that runs them, counted exactly: a control period
//! allocates nothing, a controller is of fixed size. Lives and long runs are for the memory audit.

use heapwatch::{CountingAllocator, thread_counts};
use upright_core::law::hybrid::Records;
use upright_core::{Controller, Real};
use upright_sim::RunOptions;
use upright_sim::closed_loop::Tick;
use upright_sim::scenario::kinds::{KINDS, Kind, KindVisitor};
use upright_sim::scenario::{Overrides, Scenario};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

/// Everything that could allocate or grow: noise, delays, differences, disturbances, friction, and
/// an actuator that saturates.
const ROUGH: &str = "
simulation: {duration: 3, initial_state: [0, 0.1, 0.1, 0.2, 0.5, 0.3], record_last: 100}
plant: {friction: smoothed, coulomb: {cart: 0.1}, drag: {link1_area: 0.01}}
actuator: {max_force: 30, delay: 1, dead_zone: 0.01, rate_limit: 5000, lag: 0.0005}
sensors: {angle_noise: 0.0005, position_noise: 0.0001, angle_quantum: 1e-5, delay: 1}
disturbances:
  - {kind: pulse, target: cart, amplitude: 12, start: 1, duration: 0.1}
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
    let options = RunOptions { record: true, hook: Some(&mut watch) };
    let run = upright_sim::run(scenario, options).expect("a run");
    // One that falls has nothing to show from then on.
    let kind = scenario.controller.settings.kind();
    assert!(kind == "none" || run.periods == scenario.periods(), "{kind}: {:?}", run.verdict);
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

/// Brake, plan, track, catch and balance, after each of three knocks, and a balance that predicts. The long form is
/// `cargo run --release -p upright-sim --example replans`.
#[test]
fn planning_again_allocates_nothing() {
    let text = "
plant: {track: 1.0}
simulation: {initial_state: [0, 0, 0, 0, 0, 0], duration: 24, record_last: 100}
controller: {kind: swing_up}
disturbances:
  - {kind: pulse, target: cart, amplitude: 120, start: 1, duration: 0.1}
  - {kind: pulse, target: cart, amplitude: -120, start: 9, duration: 0.1}
  - {kind: pulse, target: cart, amplitude: 120, start: 17, duration: 0.1}
";
    for balance in ["{kind: super_twisting}", "{kind: mpc}"] {
        let scenario = scenario(text, &[("controller.balance", balance)]);
        assert_eq!(requests_after_the_first_period(&scenario), 0, "{balance}");
        let run = upright_sim::run(&scenario, RunOptions::default()).expect("a run");
        let plans = run.metrics.swing_up.map_or(0, |own| own.plans);
        // Prediction withstands these knocks, and has nothing to plan.
        assert!(plans >= 1 || balance.contains("mpc"), "{plans} plans under {balance}");
    }
}

#[test]
fn a_control_period_that_is_monitored_allocates_nothing() {
    for kind in KINDS {
        // A gain that is designed anew needs memory for its matrices, and gives it back.
        let own = ["lqr", "mpc", "swing_up"].contains(&kind.name);
        let recreate = if own { "4000000000" } else { "7" };
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

/// A controller of lanes carries no dead weight but its records, and every record has its bound.
#[test]
fn every_controller_is_a_value_of_fixed_size() {
    struct Size;
    impl KindVisitor for Size {
        type Output = (usize, bool);
        fn visit<K: Kind>(self, _settings: &K::Settings) -> Self::Output {
            fn size<R: Real, C: Controller<R>>() -> (usize, bool) {
                (size_of::<C>(), std::mem::needs_drop::<C>())
            }
            size::<f64, K::Controller<f64>>()
        }
    }
    // What plans has its plans on the heap, taken once, and a policy shares its layers with the settings.
    for kind in KINDS.iter().filter(|kind| !["mpc", "swing_up", "external"].contains(&kind.name)) {
        let settings = upright_sim::scenario::kinds::default_settings(kind.name).expect("a kind");
        let (bytes, owns) = settings.visit(Size);
        assert!(!owns, "{} owns something that must be dropped", kind.name);
        assert!(bytes < 8192, "{} takes {bytes} bytes", kind.name);
    }
    assert!(size_of::<Records>() < 64 * 32 + 100 * 32);
}
