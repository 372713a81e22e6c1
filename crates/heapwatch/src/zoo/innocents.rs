//! Animals that look like leaks and are none.

use std::collections::{HashMap, VecDeque};

/// Bytes taken at the first step.
const ONCE: usize = 24_000_000;
/// Numbers that the ring holds.
const RING: usize = 5000;
/// Keys that the cache learns.
const KEYS: u64 = 2000;

pub(super) fn take_once(held: &mut Vec<u8>, _step: u64) {
    if held.is_empty() {
        *held = vec![0; ONCE];
    }
}

pub(super) fn turn_a_ring(ring: &mut VecDeque<f64>, step: u64) {
    if ring.len() == RING {
        ring.pop_front();
    }
    ring.push_back(step as f64);
}

pub(super) fn cut_back(held: &mut Vec<f64>, step: u64) {
    held.push(step as f64);
    if held.len() == 1000 {
        held.drain(..500);
        held.shrink_to_fit();
    }
}

pub(super) fn look_up(cache: &mut HashMap<u64, Vec<u8>>, step: u64) {
    // A prime stride, so that the keys come in no order.
    cache.entry(step * 7919 % KEYS).or_insert_with(|| vec![0; 100]);
}

pub(super) fn write_in_place(ring: &mut [f64; 16], step: u64) {
    ring[step as usize % 16] += 1.0;
}
