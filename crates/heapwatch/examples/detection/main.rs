//! Counts false alarms and misses of the verdicts on made series whose slope is known.
//!
//! `cargo run --release -p heapwatch --example detection > docs/detection.md`; for trying things out,
//! with a number at its end only so many draws a row, with a word behind it only families whose name
//! has it, and with one more only watches of that length.

mod families;

use families::{Family, Random, SLOWING, WANDERING, WATCHES, WORKING, sampled};
use heapwatch::Series;
use heapwatch::verdict::{Verdict, judge_counted, judge_sampled};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Draws a row without growth.
const INNOCENTS: u64 = 1000;
/// Draws with growth, for each rate that is tried.
const GROWING: u64 = 100;
/// So many of them must be found.
const FOUND: u64 = 95;

/// Rates tried, in bytes a second, to find the smallest that is detected.
const RATES: [f64; 16] =
    [600.0, 750.0, 1e3, 1.5e3, 2e3, 3e3, 5e3, 7.5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6];

/// How often each was said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    leaks: u64,
    open: u64,
    innocent: u64,
}

/// Judges so many draws, on all processors. The order does not matter.
fn tally(draws: u64, verdict: impl Fn(u64) -> Verdict + Sync) -> Tally {
    let (next, counts) = (AtomicU64::new(0), [const { AtomicU64::new(0) }; 3]);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let run = next.fetch_add(1, Relaxed);
                    if run >= draws {
                        return;
                    }
                    let kind = match verdict(run) {
                        Verdict::Leak { .. } => 0,
                        Verdict::Inconclusive { .. } => 1,
                        _ => 2,
                    };
                    counts[kind].fetch_add(1, Relaxed);
                }
            });
        }
    });
    let [leaks, open, innocent] = counts.map(AtomicU64::into_inner);
    Tally { leaks, open, innocent }
}

fn watched(draws: u64, family: &Family, rate: f64, duration: f64, interval: f64) -> Tally {
    tally(draws, |run| {
        let series = sampled(run, family.wander, rate, duration, interval);
        judge_sampled(&series, &family.noise()).verdict
    })
}

/// The smallest of the rates from which on all are found.
fn smallest(draws: u64, family: &Family, duration: f64, interval: f64) -> Option<f64> {
    let mut found = None;
    for &rate in RATES.iter().rev() {
        if watched(draws, family, rate, duration, interval).leaks * GROWING < FOUND * draws {
            break;
        }
        found = Some(rate);
    }
    found
}

fn table(families: &[Family], innocents: u64, growing: u64) {
    println!(
        "| memory | watched for | accused | inconclusive | smallest rate | 20 kB/s: inconclusive | 20 kB/s: called innocent |"
    );
    println!("|---|---|---|---|---|---|---|");
    let [only, length] = [2, 3].map(|at| std::env::args().nth(at).unwrap_or_default());
    for family in families.iter().filter(|family| family.name.contains(&only)) {
        for (watch, duration, interval) in WATCHES.into_iter().filter(|of| of.0.contains(&length)) {
            let without = watched(innocents, family, 0.0, duration, interval);
            let smallest = smallest(growing, family, duration, interval)
                .map_or("none".into(), |rate| format!("{rate:.0}"));
            let with = watched(growing, family, 2e4, duration, interval);
            println!(
                "| {} | {watch} | {} | {} | {smallest} | {} | {} |",
                family.name, without.leaks, without.open, with.open, with.innocent
            );
        }
    }
    println!();
}

/// Counted bytes: growth by `bytes` at random steps, `gap` steps apart on average, after a warm-up.
fn counted(run: u64, bytes: f64, gap: f64, steps: u32, every: u32, stops: [f64; 2]) -> Series {
    let mut random = Random::of(run);
    let ends = stops[0] + (stops[1] - stops[0]) * random.uniform();
    let warm = 500.0 + 1500.0 * random.uniform();
    let mut live = 0.0;
    let mut series = Series::new();
    for step in 0..=steps {
        let at = f64::from(step);
        if step % every == 0 {
            series.push(at, live + at.min(warm).floor() * 100.0);
        }
        if random.uniform() < 1.0 / gap && at < ends * f64::from(steps) {
            live += bytes;
        }
    }
    series
}

fn counted_table(draws: u64) {
    println!(
        "| bytes | steps apart | called a leak | inconclusive | stops: called a leak | stops: inconclusive | pauses: called innocent |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (bytes, gap) in
        [(8.0, 1.0), (1.0, 10.0), (1.0, 100.0), (40.0, 300.0), (40.0, 1000.0), (40.0, 3000.0)]
    {
        let of = |stops| {
            tally(draws, |run| judge_counted(&counted(run, bytes, gap, 10_000, 10, stops)).verdict)
        };
        let (all, stops, pauses) = (of([1.0, 1.0]), of([0.3, 0.6]), of([0.85, 0.99]));
        println!(
            "| {bytes} | {gap} | {} | {} | {} | {} | {} |",
            all.leaks, all.open, stops.leaks, stops.open, pauses.innocent
        );
    }
}

fn main() {
    let asked = std::env::args().nth(1).and_then(|word| word.parse().ok());
    let (innocents, growing) =
        asked.map_or((INNOCENTS, GROWING), |draws: u64| (draws, draws.min(GROWING)));
    println!("# What the verdicts of heapwatch detect\n");
    println!("Made by `cargo run --release -p heapwatch --example detection > docs/detection.md`,");
    println!("on made series with fixed seeds.\n");
    println!("## Sampled memory\n");
    println!(
        "Whole pages of 4 KiB. A leak is called where the lower end of the 99.9 % interval lies above \
         500 B/s. *Accused*: called a leak without growth, of {innocents} draws. *Inconclusive*: of the same draws, \
         neither called a leak nor called innocent. *Smallest rate*: bytes a second beside what the memory does \
         that are called a leak in at least {FOUND} of {GROWING} draws, as are all larger ones tried (up to 2 MB/s). A \
         leak that is not found should be inconclusive; *called innocent* (of {growing} draws at 20 kB/s) is the \
         worse miss.\n"
    );
    println!("### Memory that wanders\n");
    table(&WANDERING, innocents, growing);
    println!("### Growth that slows down\n");
    println!(
        "None of it is a leak. Beside the curve every second draw wanders by a standard deviation of 8 KiB.\n"
    );
    table(&SLOWING, innocents, growing);
    println!("### Memory that follows the work or its collector\n");
    println!(
        "A day of which less than a whole one is watched is no row: while the load rises, so does what it asks \
         for, and no account of memory tells that from a leak. A collected heap that keeps what it took grows by \
         its garbage until it is first collected, and again whenever it is enlarged; who watches a process knows \
         that its heap is collected (`collected`), and a rise without falls is then no evidence.\n"
    );
    table(&WORKING, innocents, growing);
    println!("## Counted bytes\n");
    println!(
        "10 000 steps, sampled every 10, after a warm-up of 500 to 2000 steps, {innocents} draws a row. Growth comes at random \
         steps, the given number apart on average; *stops* ends it between 30 % and 60 % of the run, \
         *pauses* between 85 % and 99 %, which nobody can tell from a leak that goes on: what pauses must \
         not be called innocent.\n"
    );
    counted_table(innocents);
}
