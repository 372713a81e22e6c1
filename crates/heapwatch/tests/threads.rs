//! Plateaus are judged by who allocated, wherever it is freed, beside whatever other tests do.
#![cfg(target_os = "linux")]
// Boxes that a list need not have are what is counted here.
#![allow(clippy::vec_box, clippy::unnecessary_box_returns)]

use heapwatch::{
    CountingAllocator, Failure, Verdict, assert_plateaus, no_alloc, plateaus, plateaus_async,
};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle};

#[global_allocator]
static A: CountingAllocator = CountingAllocator::new();

const STEPS: u64 = 2000;

#[inline(never)]
fn a_block() -> Box<[u8; 100]> {
    Box::new([1; 100])
}

/// A worker that does `work` on what it is sent, and says when it has.
struct Worker<T> {
    send: SyncSender<T>,
    done: Receiver<()>,
    thread: JoinHandle<()>,
}

impl<T: Send + 'static> Worker<T> {
    fn start(mut work: impl FnMut(T) + Send + 'static) -> Self {
        let (send, take) = sync_channel(4);
        let (say, done) = sync_channel(4);
        let thread = thread::spawn(move || {
            for what in take {
                work(what);
                say.send(()).expect("heard");
            }
        });
        Self { send, done, thread }
    }

    fn ask(&self, what: T) {
        self.send.send(what).expect("taken");
        self.done.recv().expect("done");
    }

    fn end(self) {
        drop(self.send);
        self.thread.join().expect("ended");
    }
}

/// A worker that keeps a block at every step.
fn keeper() -> Worker<u64> {
    let mut kept = Vec::with_capacity(STEPS as usize);
    Worker::start(move |_| kept.push(a_block()))
}

fn assert_leaks_a_block(result: &Result<heapwatch::Judgement, Failure>) {
    let Err(Failure::Grows(Verdict::Leak { rate, site, .. })) = result else {
        panic!("{result:?}");
    };
    // A thread that has not ended yet holds some bytes of its own.
    assert!((rate - 100.0).abs() < 5.0, "{rate}");
    let site = site.as_ref().expect("a call site").to_string();
    assert!(site.contains("a_block") && site.contains("threads.rs:"), "{site}");
}

#[test]
fn what_a_worker_started_before_keeps_is_this_threads_leak() {
    let worker = keeper();
    let mut spare = Vec::new();
    let result = plateaus(STEPS, |i| {
        spare = vec![0_u8; 10 + (i % 3) as usize];
        worker.ask(i);
    });
    assert_leaks_a_block(&result);
    worker.end();
}

#[test]
fn what_a_worker_of_a_worker_keeps_is_this_threads_leak() {
    let inner = keeper();
    let outer = Worker::start(move |i| inner.ask(i));
    assert_leaks_a_block(&plateaus(STEPS, |i| outer.ask(i)));
    outer.end();
}

#[test]
fn what_a_thread_started_inside_a_step_leaves_is_a_leak_and_what_it_frees_is_none() {
    let kept = Mutex::new(Vec::with_capacity(300));
    let result = plateaus(300, |_| {
        thread::scope(|scope| {
            scope.spawn(|| kept.lock().expect("whole").push(a_block()));
        });
    });
    assert_leaks_a_block(&result);
    let judgement = assert_plateaus(300, |_| {
        thread::spawn(|| drop(a_block())).join().expect("ended");
    });
    assert!(judgement.verdict.is_innocent());
}

#[test]
fn what_is_made_here_and_dropped_there_is_no_leak() {
    let worker = Worker::start(|bytes: Vec<u8>| drop(bytes));
    assert_plateaus(STEPS, |_| worker.ask(vec![1; 100]));
    worker.end();
}

#[test]
fn what_is_made_there_and_kept_here_is_a_leak() {
    let (give, take) = sync_channel(0);
    let maker = thread::spawn(move || while give.send(a_block()).is_ok() {});
    let mut kept = Vec::with_capacity(STEPS as usize);
    assert_leaks_a_block(&plateaus(STEPS, |_| kept.push(take.recv().expect("made"))));
    drop(take);
    maker.join().expect("ended");
}

#[test]
fn a_queue_that_was_filled_before_and_turns_is_no_leak() {
    let mut queue: std::collections::VecDeque<_> = (0..900).map(|_| a_block()).collect();
    assert_plateaus(1000, |_| {
        queue.pop_front();
        queue.push_back(a_block());
    });
}

#[test]
fn other_tests_that_leak_beside_it_do_not_disturb() {
    // Both are started by the same thread, as tests are, and neither is the other's.
    let (stop, stopped) = channel::<()>();
    let (begin, begun) = channel();
    let leaky = thread::spawn(move || {
        let mut kept = Vec::new();
        while stopped.try_recv().is_err() {
            if kept.len() == 10 {
                begin.send(()).expect("heard");
            }
            kept.push(a_block());
            thread::yield_now();
        }
        kept.len()
    });
    begun.recv().expect("begun");
    let innocent = thread::spawn(|| {
        let mut log = Vec::with_capacity(10);
        assert_plateaus(STEPS, |_| {
            log.push(a_block());
            log.truncate(5);
        });
    });
    innocent.join().expect("a plateau");
    stop.send(()).expect("heard");
    assert!(leaky.join().expect("ended") > 10);
}

#[test]
fn a_pool_that_somebody_else_started_and_that_keeps_cannot_be_told() {
    // Pool and count are started by one thread, as tests are: neither descends from the other.
    let mut kept = Vec::with_capacity(STEPS as usize);
    let pool = Worker::start(move |given: Vec<u8>| kept.push((a_block(), given.len())));
    let counted = thread::spawn(move || {
        let result = plateaus(STEPS, |_| pool.ask(vec![1; 30]));
        pool.end();
        result
    });
    let result = counted.join().expect("ended");
    let Err(failure @ Failure::OtherThreads { .. }) = result else { panic!("{result:?}") };
    let said = failure.to_string();
    assert!(
        said.contains("cannot be told whose memory") && said.contains("bytes a step"),
        "{said}"
    );
    assert!(failure.to_json().starts_with("{\"failure\":\"other_threads\",\"message\":"));
}

#[test]
fn one_count_inside_another_belongs_to_both() {
    let mut kept = Vec::with_capacity(STEPS as usize);
    let outer = plateaus(100, |_| {
        let inner = plateaus(20, |_| kept.push(a_block()));
        assert_leaks_a_block(&inner);
    });
    let Err(Failure::Grows(Verdict::Leak { rate, .. })) = outer else { panic!("{outer:?}") };
    assert!((rate - 2000.0).abs() < 20.0, "{rate}");
}

#[test]
fn a_failure_names_rate_unit_and_place_in_words_and_for_machines() {
    let mut kept = Vec::with_capacity(STEPS as usize);
    let failure = plateaus(STEPS, |_| kept.push(a_block())).expect_err("a leak");
    let said = failure.to_string();
    for word in ["leak of 100.0000 bytes a step", "a_block", "threads.rs:"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let json = failure.to_json();
    for part in [
        "{\"failure\":\"grows\",\"message\":\"it grows on: leak of ",
        "\"verdict\":\"leak\",\"bytes_per_step\":100,\"interval\":[",
        "a_block\",\"file\":\"",
        "threads.rs\",\"line\":",
    ] {
        assert!(json.contains(part), "{part}: {json}");
    }
    assert!(json.ends_with('}') && !json.contains('\n'));
}

#[test]
fn a_closed_section_forbids_its_own_thread_alone() {
    let worker = Worker::start(|i: u64| drop(i.to_string()));
    // The first wait of a thread allocates.
    (0..100).for_each(|i| worker.ask(i));
    assert_eq!(no_alloc(|| worker.ask(1)), Ok(()));
    worker.end();
}

/// An executor of two threads, as small as it can be.
struct Executor {
    tasks: Sender<Arc<Task>>,
    threads: Vec<JoinHandle<()>>,
}

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Task {
    job: Mutex<Option<Job>>,
    tasks: Sender<Arc<Task>>,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let tasks = self.tasks.clone();
        // An error means that the executor has ended.
        let _ = tasks.send(self);
    }
}

impl Executor {
    fn start() -> Self {
        let (tasks, queue) = channel::<Arc<Task>>();
        let queue = Arc::new(Mutex::new(queue));
        let threads = (0..2).map(|_| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || {
                loop {
                    let next = queue.lock().expect("whole").recv();
                    let Ok(task) = next else { return };
                    let waker = Waker::from(Arc::clone(&task));
                    let mut job = task.job.lock().expect("whole");
                    let Some(mut running) = job.take() else { return };
                    if running.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
                        *job = Some(running);
                    }
                }
            })
        });
        Self { tasks, threads: threads.collect() }
    }

    /// Runs a task, and returns what becomes ready when it is done.
    fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Once<T> {
        let slot = Arc::new(Mutex::new((None, None::<Waker>)));
        let answer = Arc::clone(&slot);
        let job: Job = Box::pin(async move {
            let done = work.await;
            let mut slot = answer.lock().expect("whole");
            slot.0 = Some(done);
            if let Some(waker) = slot.1.take() {
                waker.wake();
            }
        });
        let task = Task { job: Mutex::new(Some(job)), tasks: self.tasks.clone() };
        self.tasks.send(Arc::new(task)).expect("taken");
        Once(slot)
    }

    fn end(self) {
        // An empty task ends a thread.
        for _ in &self.threads {
            let task = Task { job: Mutex::new(None), tasks: self.tasks.clone() };
            self.tasks.send(Arc::new(task)).expect("taken");
        }
        for thread in self.threads {
            thread.join().expect("ended");
        }
    }
}

/// What another task returns.
struct Once<T>(Arc<Mutex<(Option<T>, Option<Waker>)>>);

impl<T> Future for Once<T> {
    type Output = T;
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut slot = self.0.lock().expect("whole");
        if let Some(done) = slot.0.take() {
            return Poll::Ready(done);
        }
        slot.1 = Some(context.waker().clone());
        Poll::Pending
    }
}

struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match work.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(done) => return done,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn tasks_that_end_are_no_leak_and_those_that_keep_are_one() {
    let executor = Executor::start();
    let judged = |steps| {
        block_on(plateaus_async(steps, async |i| {
            let bytes = executor.spawn(async move { vec![1_u8; 50 + (i % 3) as usize] }).await;
            drop(bytes);
        }))
    };
    // A task is freed after it has answered: on a busy machine some are late at a step's end, and more steps settle it.
    let mut judgement = judged(STEPS);
    for steps in [10 * STEPS, 100 * STEPS] {
        if matches!(judgement, Err(Failure::Undecided { .. })) {
            judgement = judged(steps);
        }
    }
    assert!(judgement.is_ok(), "{judgement:?}");
    let kept = Arc::new(Mutex::new(Vec::with_capacity(STEPS as usize)));
    let result = block_on(plateaus_async(STEPS, async |_| {
        let kept = Arc::clone(&kept);
        executor.spawn(async move { kept.lock().expect("whole").push(a_block()) }).await;
    }));
    assert_leaks_a_block(&result);
    executor.end();
}

/// Pending once: the task goes to the end of the queue, and on on any thread.
struct Turn(bool);

impl Future for Turn {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

#[test]
fn a_task_that_counts_is_counted_on_whichever_thread_it_goes_on() {
    static KEPT: Mutex<Vec<Box<[u8; 100]>>> = Mutex::new(Vec::new());
    let executor = Executor::start();
    let counted = executor.spawn(async {
        KEPT.lock().expect("whole").reserve(STEPS as usize);
        plateaus_async(STEPS, async |_| {
            Turn(false).await;
            KEPT.lock().expect("whole").push(a_block());
        })
        .await
    });
    assert_leaks_a_block(&block_on(counted));
    executor.end();
}
