//! The tests that a project would keep.

use heapwatch::{CountingAllocator, History};
use heapwatch_stranger::Desk;

#[global_allocator]
static A: CountingAllocator = CountingAllocator::new();

#[test]
fn the_record_reaches_a_plateau() {
    let mut desk = Desk::keeping(100);
    heapwatch::assert_plateaus(2000, |number| desk.order(number));
}

#[test]
fn a_bounded_history_reaches_a_plateau_by_itself() {
    let mut recent = History::<String, 100>::new();
    heapwatch::assert_plateaus(2000, |number| {
        recent.push(format!("order {number:010}"));
    });
    assert!(recent.iter().rev().take(2).eq(["order 0000001999", "order 0000001998"]));
}

#[test]
fn a_record_without_an_end_is_found() {
    let mut desk = Desk::keeping(usize::MAX);
    assert!(heapwatch::plateaus(2000, |number| desk.order(number)).is_err());
}

#[test]
fn reading_the_record_does_not_allocate() {
    let desk = Desk::keeping(100);
    assert_eq!(heapwatch::no_alloc(|| desk.kept()), Ok(0));
}
