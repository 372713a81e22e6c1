//! Every phase can fail: each is shown what it is there to find, and what is in order.

use super::{Context, cleanup, footprint, lifecycle, scenarios, steady_step, stress};
use crate::evidence::{PhaseOutcome, VerdictName};
use crate::extent::Extent;
use heapwatch::{Component, CountingAllocator, Event, Scope, Subject};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, MutexGuard, PoisonError};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

/// Call sites are recorded for one run at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn context() -> Context<'static> {
    let extent = Extent {
        lives: 200,
        life_steps: 5,
        steady: 2000,
        stress_short: 1000,
        stress_long: 2000,
        cleanup: 100,
        session: 1000,
        simulations: 200,
        fresh_starts: 0,
        allocation_free: true,
    };
    // Other tests run beside these.
    Context { subject: "faulty", step: "step", scope: Scope::Thread, extent }
}

/// What is wrong with a subject.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    Nothing,
    ForgetsALife,
    AllocatesAStep,
    KeepsAStep,
    ForgetsAReset,
    ResetsBadly,
    EndlessHistory,
    FalseAccount,
    NothingHappens,
}

struct Faulty(Fault);

fn forget() {
    std::mem::forget(black_box(Box::new([0_u8; 64])));
}

impl Subject for Faulty {
    type Instance = Vec<u64>;

    fn create(&mut self) -> Vec<u64> {
        if self.0 == Fault::ForgetsALife {
            forget();
        }
        vec![0; 4]
    }

    fn step(&mut self, instance: &mut Vec<u64>, step: u64) {
        match self.0 {
            Fault::AllocatesAStep => drop(black_box(Box::new(step))),
            Fault::KeepsAStep => instance.push(step),
            _ => instance[0] += 1,
        }
    }

    fn reset(&mut self, instance: &mut Vec<u64>) -> bool {
        if self.0 == Fault::ForgetsAReset {
            forget();
        }
        instance[0] = u64::from(self.0 == Fault::ResetsBadly);
        true
    }

    fn answer(&self, instance: &Vec<u64>) -> Option<u64> {
        Some(instance[0])
    }

    fn components(&self, instance: &Vec<u64>) -> Vec<Component> {
        let endless = self.0 == Fault::EndlessHistory;
        let heap = instance.capacity() as u64 * 8 + u64::from(self.0 == Fault::FalseAccount);
        vec![Component {
            name: "numbers",
            heap_bytes: heap,
            length: endless.then_some(4),
            ..Component::default()
        }]
    }

    fn events(&self, _instance: &Vec<u64>) -> Vec<Event> {
        vec![Event { name: "steps", count: u64::from(self.0 != Fault::NothingHappens) }]
    }
}

#[test]
fn what_is_in_order_passes_every_phase() {
    let _alone = alone();
    let (mut subject, context) = (Faulty(Fault::Nothing), context());
    let found = [
        footprint(&mut subject, &context),
        lifecycle(&mut subject, &context),
        steady_step(&mut subject, &context),
        stress(&mut subject, &context).map(|(evidence, _)| evidence),
        cleanup(&mut subject, &context),
        scenarios(&mut subject, &mut Faulty(Fault::Nothing), &context),
    ];
    for evidence in found {
        let evidence = evidence.expect("counted");
        assert_eq!(evidence.outcome, PhaseOutcome::Passed, "{evidence:?}");
    }
}

#[test]
fn a_footprint_that_is_false_or_has_no_end_fails() {
    let _alone = alone();
    for fault in [Fault::FalseAccount, Fault::EndlessHistory] {
        let evidence = footprint(&mut Faulty(fault), &context()).expect("counted");
        assert_eq!(evidence.outcome, PhaseOutcome::Failed, "{}", evidence.statement);
    }
}

#[test]
fn lives_that_leave_something_fail_also_as_a_tuning_run() {
    let _alone = alone();
    let context = context();
    let lives = lifecycle(&mut Faulty(Fault::ForgetsALife), &context).expect("counted");
    let (mut session, mut tuning) = (Faulty(Fault::Nothing), Faulty(Fault::ForgetsALife));
    let used = scenarios(&mut session, &mut tuning, &context).expect("counted");
    for evidence in [lives, used] {
        assert_eq!(evidence.outcome, PhaseOutcome::Failed, "{}", evidence.statement);
        let finding = evidence.finding.expect("a finding");
        assert_eq!((finding.verdict, finding.rate), (VerdictName::Leak, 64.0));
    }
}

#[test]
fn steps_that_ask_for_memory_fail_also_where_they_give_it_back() {
    let _alone = alone();
    let context = context();
    let mut faulty = Faulty(Fault::AllocatesAStep);
    let steps = steady_step(&mut faulty, &context).expect("counted");
    let session = scenarios(&mut faulty, &mut Faulty(Fault::Nothing), &context).expect("counted");
    for evidence in [steps, session] {
        assert_eq!(evidence.outcome, PhaseOutcome::Failed, "{}", evidence.statement);
    }
}

#[test]
fn steps_that_keep_memory_fail_under_stress() {
    let _alone = alone();
    let (evidence, _) = stress(&mut Faulty(Fault::KeepsAStep), &context()).expect("counted");
    // A vector that doubles leaves some doubt, and never passes.
    assert!(evidence.outcome > PhaseOutcome::Reported, "{}", evidence.statement);
}

#[test]
fn resets_that_leave_something_or_do_not_make_fresh_fail() {
    let _alone = alone();
    let context = context();
    let leaking = cleanup(&mut Faulty(Fault::ForgetsAReset), &context).expect("counted");
    assert_eq!(leaking.outcome, PhaseOutcome::Failed);
    assert_eq!(leaking.finding.expect("a finding").verdict, VerdictName::Leak);
    let stale = cleanup(&mut Faulty(Fault::ResetsBadly), &context).expect("counted");
    assert_eq!(stale.outcome, PhaseOutcome::Failed);
}

#[test]
fn phases_in_which_nothing_happened_do_not_tell() {
    let _alone = alone();
    let (mut still, context) = (Faulty(Fault::NothingHappens), context());
    let found = [
        lifecycle(&mut still, &context),
        steady_step(&mut still, &context),
        stress(&mut still, &context).map(|(evidence, _)| evidence),
    ];
    for evidence in found {
        assert_eq!(evidence.expect("counted").outcome, PhaseOutcome::Inconclusive);
    }
}

/// A subject whose memory is another thread's, which is not counted here and is resident all the same.
struct Hidden {
    turn: Arc<Barrier>,
    bytes: Arc<AtomicUsize>,
    /// What a step of the given number takes for good, in bytes.
    takes: fn(steps_before: u64) -> usize,
    /// Steps of all lives.
    steps: u64,
}

impl Hidden {
    fn new(takes: fn(u64) -> usize) -> Self {
        let (turn, bytes) = (Arc::new(Barrier::new(2)), Arc::new(AtomicUsize::new(0)));
        let (other_turn, other_bytes) = (Arc::clone(&turn), Arc::clone(&bytes));
        std::thread::spawn(move || {
            loop {
                other_turn.wait();
                let bytes = other_bytes.load(Ordering::Relaxed);
                std::mem::forget(black_box(vec![1_u8; bytes]));
                other_turn.wait();
            }
        });
        Self { turn, bytes, takes, steps: 0 }
    }
}

impl Subject for Hidden {
    type Instance = ();

    fn create(&mut self) {}

    fn step(&mut self, (): &mut (), _step: u64) {
        let bytes = (self.takes)(self.steps);
        self.steps += 1;
        if bytes > 0 {
            self.bytes.store(bytes, Ordering::Relaxed);
            self.turn.wait();
            self.turn.wait();
        }
    }
}

#[test]
fn growth_out_of_the_counters_sight_is_doubted_only_while_it_lasts() {
    let _alone = alone();
    let every_step = |_| 600;
    let (evidence, _) = stress(&mut Hidden::new(every_step), &context()).expect("counted");
    assert_eq!(evidence.outcome, PhaseOutcome::Inconclusive, "{}", evidence.statement);
    assert!(evidence.statement.contains("resident memory grows"), "{}", evidence.statement);
    let once = |steps| if steps == 1500 { 600_000 } else { 0 };
    let (evidence, _) = stress(&mut Hidden::new(once), &context()).expect("counted");
    assert_eq!(evidence.outcome, PhaseOutcome::Passed, "{}", evidence.statement);
}
