//! Animals that leak. Each culprit is a function of its own that is not inlined, so that a call site
//! has a name to be found by.
// Boxes that a list need not have are what is counted here.
#![allow(clippy::vec_box)]

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::hint::black_box;
use std::rc::Rc;

#[inline(never)]
pub(super) fn keep_a_box(held: &mut Vec<Box<u64>>, step: u64) {
    held.push(Box::new(step));
}

/// Steps from one mode switch to the next.
const SWITCH: u64 = 613;

pub(super) fn note_a_switch(held: &mut Vec<String>, step: u64) {
    if step % SWITCH == SWITCH - 1 {
        note_switch(held);
    }
}

#[inline(never)]
fn note_switch(held: &mut Vec<String>) {
    let mut note = String::with_capacity(40);
    note.push_str("switched");
    held.push(note);
}

#[inline(never)]
pub(super) fn keep_a_byte(held: &mut Vec<u8>, step: u64) {
    if step.is_multiple_of(100) {
        held.push(1);
    }
}

pub(super) fn forget_once((): &mut (), step: u64) {
    if step == 3 {
        forget_a_box();
    }
}

#[inline(never)]
fn forget_a_box() {
    std::mem::forget(black_box(Box::new([0_u8; 96])));
}

struct Node {
    _payload: [u8; 48],
    other: RefCell<Option<Rc<Node>>>,
}

/// Two nodes, each with its two counts before it.
pub(super) const BYTES_OF_A_CYCLE: f64 = 2.0 * (size_of::<Node>() + 16) as f64;

#[inline(never)]
pub(super) fn make_a_cycle((): &mut (), _step: u64) {
    let node = || Rc::new(Node { _payload: [0; 48], other: RefCell::new(None) });
    let (a, b) = (node(), node());
    *a.other.borrow_mut() = Some(Rc::clone(&b));
    *b.other.borrow_mut() = Some(Rc::clone(&a));
    black_box((a.other.borrow().is_some(), b.other.borrow().is_some()));
}

/// Bytes a step of a map that gains a key of 64 bytes every fourth step. Keys in order: a leaf (11 keys,
/// 11 pointers, a parent, two counts: 192 bytes) for every seven keys, since a full one keeps six and
/// gives one up; a node (a leaf and 12 edges) for every seven leaves.
pub(super) const BYTES_OF_AN_ENTRY: f64 = (64.0 + 192.0 / 7.0 + (192.0 + 96.0) / 42.0) / 4.0;

#[inline(never)]
pub(super) fn insert_by_key(held: &mut BTreeMap<u64, Box<[u8; 64]>>, step: u64) {
    held.insert(step / 4, Box::new([0; 64]));
}

#[inline(never)]
pub(super) fn insert_hashed(held: &mut HashMap<u64, Box<[u8; 64]>>, step: u64) {
    held.insert(step, Box::new([0; 64]));
}

thread_local! {
    static NOTES: RefCell<Vec<Box<[u8; 24]>>> = const { RefCell::new(Vec::new()) };
}

/// So that the boxes alone grow.
pub(super) fn make_room_in_thread() {
    NOTES.with(|notes| notes.borrow_mut().reserve(100_000));
}

#[inline(never)]
pub(super) fn note_in_thread((): &mut (), _step: u64) {
    NOTES.with(|notes| notes.borrow_mut().push(Box::new([0; 24])));
    // So that the call above is not the last and its frame stays on the stack.
    black_box(());
}
