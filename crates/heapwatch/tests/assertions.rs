//! The assertions hold what they say, and say when a run was too short or too still.

use heapwatch::{
    Component, CountingAllocator, Event, Failure, Plan, Subject, Verdict,
    assert_grows_at_most_linearly, assert_nothing_allocates, assert_plateaus, assert_stays_under,
    grows_at_most_linearly, lifecycle, nothing_allocates, plateaus, stays_under, steady,
};
use std::hint::black_box;

#[global_allocator]
static A: CountingAllocator = CountingAllocator::new();

#[test]
fn nothing_allocates_after_its_warm_up() {
    let mut buffer: Vec<u64> = Vec::new();
    let mut work = |i: u64| {
        buffer.clear();
        buffer.extend(0..i.min(10));
    };
    assert_nothing_allocates(20, 100, &mut work);
    assert_eq!(nothing_allocates(0, 0, &mut work), Err(Failure::TooShort { got: 0, needed: 1 }));
    let failure = nothing_allocates(0, 100, |i| {
        if i == 30 {
            drop(black_box(vec![0_u8; 12]));
        }
    });
    assert!(
        matches!(failure, Err(Failure::Allocates { repetition: 30, requests: 1, bytes: 12, .. })),
        "{failure:?}"
    );
}

#[test]
fn a_plateau_is_told_from_growth() {
    let mut kept = Vec::new();
    assert!(matches!(
        plateaus(1000, |i| kept.push(Box::new(i))),
        Err(Failure::Grows(Verdict::Leak { .. }))
    ));
    let mut ring = Vec::new();
    let judgement = assert_plateaus(1000, |i| {
        ring.push(i);
        ring.truncate(50);
    });
    assert!(judgement.verdict.is_innocent());
    assert_eq!(plateaus(5, |_| ()).err(), Some(Failure::TooShort { got: 5, needed: 20 }));
    assert_eq!(plateaus(50, |_| ()).err(), Some(Failure::TooStill));
}

#[test]
fn a_cap_is_held_by_the_peak() {
    assert_stays_under(1000, || drop(black_box(vec![0_u8; 1000])));
    assert_eq!(
        stays_under(999, || drop(black_box(vec![0_u8; 1000]))).err(),
        Some(Failure::OverCap { peak: 1000, cap: 999 })
    );
    assert_eq!(stays_under(999, || 1).err(), Some(Failure::TooStill));
}

#[test]
fn linear_growth_is_told_from_square() {
    let sizes = [10, 30, 100, 300, 1000];
    let exponent = assert_grows_at_most_linearly(&sizes, |n| (0..n).collect::<Vec<_>>());
    assert!((exponent - 1.0).abs() < 1e-9);
    assert_grows_at_most_linearly(&sizes, |n| {
        let mut doubling = Vec::new();
        (0..n).for_each(|i| doubling.push(i));
        doubling
    });
    let square = grows_at_most_linearly(&sizes, |n| vec![0_u8; (n * n) as usize]);
    assert!(matches!(square, Err(Failure::MoreThanLinear { .. })), "{square:?}");
    assert!(matches!(grows_at_most_linearly(&sizes[..2], |_| ()), Err(Failure::TooShort { .. })));
    assert!(matches!(
        grows_at_most_linearly(&[5, 6, 7, 8], |_| ()),
        Err(Failure::TooNarrow { .. })
    ));
    assert_eq!(grows_at_most_linearly(&sizes, |_| ()), Err(Failure::TooStill));
}

struct Filter;

impl Subject for Filter {
    type Instance = (Vec<f64>, u64);
    fn create(&mut self) -> Self::Instance {
        (vec![0.0; 32], 0)
    }
    fn step(&mut self, (ring, turns): &mut Self::Instance, step: u64) {
        ring[step as usize % 32] = step as f64;
        *turns += u64::from(step % 32 == 31);
    }
    fn components(&self, (ring, _): &Self::Instance) -> Vec<Component> {
        vec![Component {
            name: "ring",
            inline_bytes: 24,
            heap_bytes: 8 * ring.capacity() as u64,
            bound_bytes: Some(280),
            capacity: Some(32),
            length: Some(ring.len() as u64),
        }]
    }
    fn events(&self, (_, turns): &Self::Instance) -> Vec<Event> {
        vec![Event { name: "turn", count: *turns }, Event { name: "overflow", count: 0 }]
    }
}

#[test]
fn a_subject_is_run_over_steps_and_lives() {
    let run = steady(&mut Filter, &Plan::of(1000)).expect("installed");
    assert_eq!(run.judgement.verdict, Verdict::OneTime { bytes: 256.0 });
    assert_eq!((run.remaining_bytes, run.requests_after(1)), (0, 0));
    assert!(run.components.iter().all(Component::keeps_its_bound));
    assert_eq!(run.missing_events().collect::<Vec<_>>(), ["overflow"]);
    assert_eq!(run.events[0].count, 31);
    let run = lifecycle(&mut Filter, 10, &Plan::of(100)).expect("installed");
    assert_eq!((run.judgement.verdict.clone(), run.remaining_bytes), (Verdict::Clean, 0));
    assert_eq!(run.samples.last().map(|sample| sample.counts.allocations), Some(100));
}
