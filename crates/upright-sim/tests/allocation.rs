//! A control period allocates nothing: counted, in the loop that the program runs.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use upright_sim::run::{Options, Tick};
use upright_sim::scenario::{Overrides, Scenario};

/// Counts what each thread takes.
struct Counting;

thread_local! {
    static TAKEN: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    // A thread that is ending no longer counts.
    let _ = TAKEN.try_with(|taken| taken.set(taken.get() + 1));
}

// The only unsafe code of these tests: every call goes to the system's allocator unchanged.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(pointer, layout, size) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations between the end of the first period and the end of the last.
fn taken_after_the_first_period(scenario: &Scenario) -> u64 {
    let (mut first, mut last) = (None, 0);
    let mut watch = |_: &Tick| {
        last = TAKEN.get();
        first.get_or_insert(last);
        true
    };
    let options = Options { record: true, watch: Some(&mut watch) };
    upright_sim::run(scenario, options).expect("a run");
    last - first.expect("a period")
}

#[test]
fn the_counter_sees_an_allocation() {
    let before = TAKEN.get();
    let boxed = Box::new(before);
    assert_eq!(TAKEN.get(), *boxed + 1);
}

#[test]
fn a_control_period_allocates_nothing() {
    // Everything that could: noise, delays, differences, disturbances, saturation, switches.
    let world = "
simulation: {duration: 3, initial_state: [0, 0.1, 0.1, 0.2, 0.5, 0.3], record_last: 100}
plant: {coulomb: {cart: 0.1}, drag: {link1_area: 0.01}}
actuator: {max_force: 25, delay: 1, dead_zone: 0.01, rate_limit: 5000, lag: 0.0005}
sensors: {angle_noise: 0.0005, position_noise: 0.0001, angle_quantum: 1e-5, delay: 1}
disturbances:
  - {kind: pulse, target: cart, amplitude: 30, start: 1, duration: 0.1}
  - {kind: sine, target: joint2, amplitude: 0.01, frequency: 1}
  - {kind: noise, target: cart, amplitude: 0.5}
";
    for kind in ["classical", "super_twisting", "adaptive", "hybrid", "lqr", "none"] {
        for integrator in ["euler", "rk4", "rk45"] {
            let text = format!("{world}\ncontroller: {{kind: {kind}}}");
            let overrides = Overrides {
                set: vec![("simulation.integrator".to_owned(), integrator.to_owned())],
                ..Overrides::default()
            };
            let scenario = Scenario::read("world", &text, &overrides).expect("valid");
            assert_eq!(taken_after_the_first_period(&scenario), 0, "{kind}, {integrator}");
        }
    }
}
