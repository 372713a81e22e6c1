//! A zoo of deliberate misbehaviour, each animal with its true rate, and of innocents that look like
//! it. Every leak is to be named with its rate within 5 % and its call site; no innocent accused.
// Boxes that a list need not have are what is counted here.
#![allow(clippy::vec_box)]

use heapwatch::{CountingAllocator, Plan, Run, Subject, Verdict, lifecycle, steady};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hint::black_box;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};

#[global_allocator]
static A: CountingAllocator = CountingAllocator::new();

/// Call sites are recorded for one run at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// A subject from two closures.
struct Animal<T, C: FnMut() -> T, F: FnMut(&mut T, u64)>(C, F);

impl<T, C: FnMut() -> T, F: FnMut(&mut T, u64)> Subject for Animal<T, C, F> {
    type Instance = T;
    fn create(&mut self) -> T {
        (self.0)()
    }
    fn step(&mut self, instance: &mut T, step: u64) {
        (self.1)(instance, step);
    }
}

fn run<T>(steps: u64, create: impl FnMut() -> T, step: impl FnMut(&mut T, u64)) -> Run {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    steady(&mut Animal(create, step), &Plan::of(steps).with_sites()).expect("installed")
}

#[track_caller]
fn assert_leak(name: &str, run: &Run, truth: f64, culprit: &str) {
    let Verdict::Leak { rate, interval, site: Some(site) } = &run.judgement.verdict else {
        panic!("{name}: {}", run.judgement.verdict)
    };
    println!(
        "| {name} | {truth:.4} | {rate:.4} | {:+.2} % | {site} |",
        100.0 * (rate / truth - 1.0)
    );
    assert!((rate - truth).abs() <= 0.05 * truth, "{name}: {rate}, not {truth}");
    assert!(interval.low <= rate * 1.0001 && rate * 0.9999 <= interval.high, "{interval:?}");
    // Frames of the standard library lie further in; of the rest, the culprit is near.
    let own: Vec<_> = site.frames.iter().filter(|frame| !frame.is_library()).collect();
    assert!(own.iter().take(3).any(|frame| frame.function.contains(culprit)), "{name}: {own:#?}");
}

#[track_caller]
fn assert_innocent(name: &str, run: &Run) {
    println!("| {name} | 0 | {} | | |", run.judgement.verdict);
    assert!(run.judgement.verdict.is_innocent(), "{name}: {}", run.judgement.verdict);
    assert_eq!(run.remaining_bytes, 0, "{name}");
}

#[inline(never)]
fn eight_bytes(held: &mut Vec<Box<u64>>, step: u64) {
    held.push(Box::new(step));
}

#[test]
fn eight_bytes_every_step() {
    // The list of boxes has its room from the beginning, so that the boxes alone grow.
    let run = run(20_000, || Vec::with_capacity(20_000), eight_bytes);
    assert_leak("8 bytes every step", &run, 8.0, "eight_bytes");
}

#[inline(never)]
fn note_switch(held: &mut Vec<String>) {
    let mut note = String::with_capacity(40);
    note.push_str("switched");
    held.push(note);
}

#[test]
fn one_string_a_mode_switch() {
    let run = run(
        50_000,
        || Vec::with_capacity(200),
        |held, step| {
            // A switch every 613 steps.
            if step % 613 == 612 {
                note_switch(held);
            }
        },
    );
    assert_leak("one string a mode switch", &run, 40.0 / 613.0, "note_switch");
}

#[inline(never)]
fn one_byte(held: &mut Vec<u8>, step: u64) {
    if step.is_multiple_of(100) {
        held.push(1);
    }
}

#[test]
fn a_byte_a_hundred_steps_in_a_vector_that_doubles() {
    let short = run(10_000, Vec::new, one_byte);
    let Verdict::Inconclusive { settled_by, .. } = short.judgement.verdict else {
        panic!("{}", short.judgement.verdict)
    };
    // What it says would settle it does.
    let long = run(settled_by as u64 + 1, Vec::new, one_byte);
    assert_leak("1 byte a hundred steps", &long, 0.01, "one_byte");
    let longer = run(120_000, Vec::new, one_byte);
    assert_leak("1 byte a hundred steps, longer", &longer, 0.01, "one_byte");
}

#[inline(never)]
fn forget_a_box() {
    std::mem::forget(black_box(Box::new([0_u8; 96])));
}

#[test]
fn a_box_forgotten_every_cycle() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut animal = Animal(
        || vec![0_u8; 1000],
        |_: &mut Vec<u8>, step| {
            if step == 3 {
                forget_a_box();
            }
        },
    );
    let run = lifecycle(&mut animal, 10, &Plan::of(1000).with_sites()).expect("installed");
    assert_leak("a box forgotten every cycle", &run, 96.0, "forget_a_box");
    assert_eq!(run.remaining_bytes, 96_000);
}

struct Node {
    _payload: [u8; 48],
    other: RefCell<Option<Rc<Node>>>,
}

#[inline(never)]
fn make_a_cycle() {
    let node = || Rc::new(Node { _payload: [0; 48], other: RefCell::new(None) });
    let (a, b) = (node(), node());
    *a.other.borrow_mut() = Some(Rc::clone(&b));
    *b.other.borrow_mut() = Some(Rc::clone(&a));
    black_box((a.other.borrow().is_some(), b.other.borrow().is_some()));
}

#[test]
fn a_reference_cycle() {
    let run = run(5000, || (), |(), _| make_a_cycle());
    // Two counts before each node.
    let truth = 2.0 * (std::mem::size_of::<Node>() + 16) as f64;
    assert_leak("a reference cycle", &run, truth, "make_a_cycle");
}

#[inline(never)]
fn insert_by_key(held: &mut BTreeMap<u64, Box<[u8; 64]>>, step: u64) {
    held.insert(step / 4, Box::new([0; 64]));
}

#[test]
fn a_map_that_grows_by_key() {
    let run = run(40_000, BTreeMap::new, insert_by_key);
    // Keys in order: a leaf (11 keys, 11 pointers, a parent, two counts) for every seven keys, since a
    // full one keeps six and gives one up; a node (a leaf and 12 edges) for every seven below it.
    let leaf = 192.0;
    let truth = (64.0 + leaf / 7.0 + (leaf + 96.0) / 42.0) / 4.0;
    assert_leak("a map that grows by key", &run, truth, "insert_by_key");
}

#[inline(never)]
fn insert_hashed(held: &mut HashMap<u64, Box<[u8; 64]>>, step: u64) {
    held.insert(step, Box::new([0; 64]));
}

#[test]
fn a_hash_map_that_grows_by_key() {
    let run = run(40_000, HashMap::new, insert_hashed);
    // Per key 64 bytes, and of the table, when full at 7/8, a key, a pointer and a control byte.
    assert_leak("a hash map that grows by key", &run, 64.0 + 17.0 * 8.0 / 7.0, "insert_hashed");
}

thread_local! {
    static NOTES: RefCell<Vec<Box<[u8; 24]>>> = const { RefCell::new(Vec::new()) };
}

#[inline(never)]
fn note_in_thread() {
    NOTES.with(|notes| notes.borrow_mut().push(Box::new([0; 24])));
    // So that the call above is not the last and its frame stays on the stack.
    black_box(());
}

#[test]
fn a_thread_local_that_grows() {
    NOTES.with(|notes| notes.borrow_mut().reserve(10_000));
    let run = run(10_000, || (), |(), _| note_in_thread());
    assert_leak("a thread-local that grows", &run, 24.0, "note_in_thread");
}

#[test]
fn a_large_cost_once_at_the_first_step_is_no_leak() {
    let run = run(10_000, Vec::new, |held: &mut Vec<u8>, _| {
        if held.is_empty() {
            *held = vec![0; 24_000_000];
        }
    });
    assert_innocent("24 MB once at the first step", &run);
    assert_eq!(run.judgement.verdict, Verdict::OneTime { bytes: 24e6 });
}

#[test]
fn a_ring_that_fills_is_no_leak() {
    for (steps, full) in [(10_000, 5000), (10_000, 7000), (20_000, 14_000)] {
        let run = run(steps, VecDeque::new, |ring: &mut VecDeque<f64>, step| {
            if ring.len() == full {
                ring.pop_front();
            }
            ring.push_back(step as f64);
        });
        assert_innocent(&format!("a ring that fills at step {full} of {steps}"), &run);
        assert!(matches!(run.judgement.verdict, Verdict::Bounded { .. }));
    }
}

#[test]
fn a_vector_cut_back_again_and_again_is_no_leak() {
    for gives_back in [false, true] {
        let run = run(20_000, Vec::new, |held: &mut Vec<f64>, step| {
            held.push(step as f64);
            if held.len() == 1000 {
                held.drain(..500);
                if gives_back {
                    held.shrink_to_fit();
                }
            }
        });
        assert_innocent("a vector cut from 1000 back to 500", &run);
    }
}

#[test]
fn a_cache_that_warms_is_no_leak() {
    let run = run(10_000, HashMap::new, |cache: &mut HashMap<u64, Vec<u8>>, step| {
        cache.entry(step * 7919 % 2000).or_insert_with(|| vec![0; 100]);
    });
    assert_innocent("a cache that warms for 2000 steps", &run);
}

#[test]
fn steps_that_allocate_nothing_are_clean() {
    let run = run(10_000, || [0.0; 16], |ring, step| ring[step as usize % 16] += 1.0);
    assert_innocent("nothing allocated", &run);
    assert_eq!((run.judgement.verdict.clone(), run.requests_after(0)), (Verdict::Clean, 0));
}
