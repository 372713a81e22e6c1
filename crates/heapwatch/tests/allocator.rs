//! The counting allocator and the guard, installed as a stranger installs them.
// Boxes that a list need not have are what is counted here.
#![allow(clippy::vec_box)]

use heapwatch::{
    CountingAllocator, GuardError, RECORDERS, RecordError, SiteLimits, SiteRecorder, no_alloc,
    peak_bytes, peak_within, permit_alloc, phase, phase_counts, process_counts, reset_peak,
    thread_counts,
};
use std::cell::RefCell;
use std::hint::black_box;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

#[global_allocator]
static A: CountingAllocator = CountingAllocator::new();

/// For tests that look at the whole process or use the one recorder.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn allocations_frees_and_reallocations_are_exact() {
    let before = thread_counts();
    let mut bytes: Vec<u8> = Vec::with_capacity(100);
    bytes.reserve_exact(1000);
    bytes.shrink_to(400);
    let seen = thread_counts().since(&before);
    assert_eq!((seen.allocations, seen.reallocations, seen.frees), (1, 2, 0));
    assert_eq!((seen.live_bytes(), seen.live_blocks()), (400, 1));
    assert_eq!((seen.allocated_bytes, seen.freed_bytes), (1000, 600));
    drop(bytes);
    assert_eq!(thread_counts().since(&before).live_bytes(), 0);
}

#[test]
fn memory_freed_on_another_thread_leaves_the_process_as_it_was() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let before = process_counts();
    for _ in 0..50 {
        let (give, take) = mpsc::channel::<Vec<u8>>();
        let giver = thread::spawn(move || (0..100).for_each(|_| drop(give.send(vec![1; 1 << 15]))));
        let taker = thread::spawn(move || {
            let before = thread_counts();
            let taken = take.iter().map(|block| block.len()).sum::<usize>();
            // What it freed without having allocated it makes its own balance negative.
            assert!(thread_counts().since(&before).live_bytes() <= -(taken as i64));
            taken
        });
        giver.join().expect("gave");
        assert_eq!(taker.join().expect("took"), 100 << 15);
    }
    // Other tests run meanwhile, and hold little; one block that is not seen freed is 32 KiB.
    let after = process_counts().since(&before).live_bytes();
    assert!(after.abs() < 1 << 18, "{after} bytes remained of 163 MB");
}

struct AllocatesWhileDropped(RefCell<Vec<u8>>);

impl Drop for AllocatesWhileDropped {
    fn drop(&mut self) {
        let block = black_box(vec![0_u8; 5000]);
        self.0.borrow_mut().extend_from_slice(&block);
    }
}

thread_local! {
    static LATE: AllocatesWhileDropped = const { AllocatesWhileDropped(RefCell::new(Vec::new())) };
}

#[test]
fn allocating_while_thread_locals_are_destroyed_is_counted_and_does_not_fail() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let run = || {
        // More threads than there are slots of their own, one after another and many at a time.
        for _ in 0..4 {
            let threads: Vec<_> = (0..100)
                .map(|_| thread::spawn(|| LATE.with(|late| late.0.borrow_mut().push(1))))
                .collect();
            for thread in threads {
                thread.join().expect("ended");
            }
        }
    };
    // Recording sites meanwhile changes nothing.
    let everywhere = SiteLimits { this_thread: false, ..SiteLimits::default() };
    let recorder = SiteRecorder::with_limits(everywhere).expect("installed");
    run();
    drop(recorder);
    let before = process_counts();
    run();
    let after = process_counts().since(&before);
    assert!(after.allocations >= 400 * 2);
    assert!(after.live_bytes().abs() < 1 << 18, "{} bytes remained of 2 MB", after.live_bytes());
}

#[test]
fn the_peak_of_a_section_is_above_what_was_held_before_it() {
    let held = black_box(vec![0_u8; 10_000]);
    let ((), peak) = peak_within(|| {
        drop(black_box(vec![0_u8; 3000]));
        let ((), inner) = peak_within(|| drop(black_box(vec![0_u8; 500])));
        assert_eq!(inner, 500);
    });
    assert_eq!(peak, 3000);
    drop(held);
}

#[test]
fn the_peak_of_the_process_is_seen_from_all_threads() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    reset_peak();
    let before = peak_bytes();
    let here = black_box(vec![0_u8; 40_000_000]);
    thread::spawn(|| drop(black_box(vec![0_u8; 30_000_000]))).join().expect("ended");
    drop(here);
    let peak = peak_bytes() - before;
    // Other tests run meanwhile and hold little, and each thread may be off by `GRAIN`.
    assert!((69_000_000..72_000_000).contains(&peak), "{peak}");
    reset_peak();
    assert!(peak_bytes() < before + 2_000_000);
}

#[test]
fn nested_phases_restore_the_outer_one() {
    let outer = phase("outer of the test");
    drop(black_box(vec![0_u8; 100]));
    {
        let _inner = phase("inner of the test");
        drop(black_box(vec![0_u8; 7000]));
    }
    drop(black_box(vec![0_u8; 20]));
    drop(outer);
    drop(black_box(vec![0_u8; 50_000]));
    let outer = phase_counts("outer of the test").expect("was");
    let inner = phase_counts("inner of the test").expect("was");
    assert_eq!((outer.counts.allocated_bytes, outer.peak_bytes), (120, 7000));
    assert_eq!((inner.counts.allocated_bytes, inner.peak_bytes), (7000, 7000));
    assert_eq!(phase_counts("never was"), None);
}

#[inline(never)]
fn hoard(into: &mut Vec<Box<[u8; 333]>>) {
    into.push(Box::new([7; 333]));
}

#[test]
fn the_site_that_holds_most_is_named_and_forgotten_when_freed_elsewhere() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let recorder = SiteRecorder::start().expect("installed");
    let mut hoarded = Vec::with_capacity(20);
    (0..10).for_each(|_| hoard(&mut hoarded));
    recorder.mark();
    (0..5).for_each(|_| hoard(&mut hoarded));
    let sites = recorder.growing_most(1);
    assert!(sites[0].culprit().expect("known").function.contains("hoard"), "{sites:#?}");
    assert_eq!((sites[0].grown_bytes, sites[0].live_blocks), (5 * 333, 15));
    assert!(sites[0].culprit().expect("known").line.is_some());
    thread::spawn(move || drop(hoarded)).join().expect("freed");
    assert!(recorder.holding_most(10).iter().all(|site| site.live_bytes != 15 * 333));
    drop(recorder);
    let few = SiteLimits { blocks: 3, ..SiteLimits::default() };
    let recorder = SiteRecorder::with_limits(few).expect("the first one is gone");
    let kept: Vec<Box<u64>> = (0..10).map(Box::new).collect();
    assert!(recorder.missed() >= 7);
    drop(kept);
}

#[test]
fn several_recorders_see_the_same_and_too_many_are_refused() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut recorders = vec![SiteRecorder::start().expect("installed")];
    let early = black_box(Box::new([1_u8; 700]));
    recorders.extend((1..RECORDERS).map(|_| SiteRecorder::start().expect("room")));
    assert_eq!(SiteRecorder::start().err(), Some(RecordError::Busy));
    let late = black_box(Box::new([1_u8; 900]));
    let held = |recorder: &SiteRecorder| -> u64 {
        recorder.holding_most(10).iter().map(|site| site.live_bytes).sum()
    };
    // The first one also saw the list of the others.
    assert!(held(&recorders[0]) >= 1600);
    assert_eq!(held(&recorders[7]), 900);
    drop((early, late));
    assert_eq!(held(&recorders[7]), 0);
}

#[test]
fn recording_sites_and_naming_them_leaves_the_count_as_it_was() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let before = thread_counts();
    let recorder = SiteRecorder::start().expect("installed");
    let block = black_box(vec![0_u8; 100]);
    drop(recorder.holding_most(3));
    drop(recorder);
    drop(block);
    assert_eq!(thread_counts().since(&before).live_bytes(), 0);
}

#[test]
fn a_closed_section_reports_how_much_and_from_where() {
    let mut hoarded = Vec::with_capacity(4);
    let Err(GuardError::Allocated(seen)) = no_alloc(|| {
        hoard(&mut hoarded);
        drop(black_box(vec![0_u8; 11]));
    }) else {
        panic!("not seen")
    };
    assert_eq!((seen.requests, seen.bytes), (2, 344));
    assert!(seen.to_string().contains("hoard"), "{seen}");
}

#[test]
fn closed_sections_nest_and_can_be_opened_inside() {
    let outer = no_alloc(|| {
        assert!(no_alloc(|| 1 + 1).is_ok());
        permit_alloc(|| {
            drop(black_box(Box::new(1)));
            assert!(no_alloc(|| drop(black_box(Box::new(2)))).is_err());
        });
    });
    assert_eq!(outer, Ok(()));
    let outer = no_alloc(|| {
        let inner = no_alloc(|| drop(black_box(Box::new(1))));
        permit_alloc(|| assert!(inner.is_err()));
        permit_alloc(|| drop(inner));
    });
    assert!(matches!(outer, Err(GuardError::Allocated(seen)) if seen.requests == 1));
}

#[test]
fn a_closed_section_closes_only_its_own_thread_and_opens_after_a_panic() {
    // A panic may print its stack, for which the standard library keeps symbols.
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (go, wait) = mpsc::channel::<()>();
    let (done, ready) = mpsc::channel::<()>();
    let other = thread::spawn(move || {
        wait.recv().expect("told");
        drop(black_box(vec![1_u8; 100]));
        done.send(()).expect("heard");
    });
    let seen = no_alloc(|| {
        permit_alloc(|| {
            go.send(()).expect("heard");
            ready.recv().expect("told");
        });
    });
    other.join().expect("ended");
    assert_eq!(seen, Ok(()));
    let panicked = std::panic::catch_unwind(|| no_alloc(|| panic!("on purpose")).is_ok());
    assert!(panicked.is_err());
    assert_eq!(no_alloc(|| ()), Ok(()));
}
