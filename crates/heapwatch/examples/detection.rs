//! Counts false alarms and misses of the verdicts on made series whose slope is known.
//!
//! `cargo run --release -p heapwatch --example detection > docs/detection.md`; with the word `slowing` at
//! its end only the table of growth that slows down.

use heapwatch::Series;
use heapwatch::verdict::{Noise, Verdict, judge_counted, judge_sampled};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

const RUNS: u64 = 100;
/// Runs a row of growth that slows down, and does not leak.
const CURVED_RUNS: u64 = 100;
const SEED: u64 = 20_240_611;

/// A way in which a process's memory may wander, without growing.
#[derive(Clone, Copy)]
enum Wander {
    /// Not at all.
    Still,
    /// From sample to sample, with this standard deviation in bytes.
    White(f64),
    /// With this standard deviation in bytes, and this correlation from sample to sample.
    Correlated(f64, f64),
    /// Steps of this size up and down again, in random order, each taking some seconds.
    Steps(f64),
    /// Falls back every so many seconds from this height.
    SawTooth(f64, f64),
    /// Fills to this height within this part of the time.
    Fill(f64, f64),
    /// Approaches this height as `1 - exp(-t/tau)`, tau being this part of the time.
    Exponential(f64, f64),
    /// This height at the end, along a square root.
    Root(f64),
    /// This height at the end, along `ln(1 + t/s)`, s being this part of the time.
    Logarithm(f64, f64),
    /// A cache of so many entries of a kilobyte, asked 2000 times a second after Zipf's law.
    Zipf(u32),
}

/// Growth that slows down: none of it is a leak.
const CURVES: [(&str, Wander); 8] = [
    ("exponential of 30 MB, tau a fifth of the watch", Wander::Exponential(30e6, 0.2)),
    ("exponential of 30 MB, tau a third", Wander::Exponential(30e6, 1.0 / 3.0)),
    ("exponential of 30 MB, tau two thirds", Wander::Exponential(30e6, 2.0 / 3.0)),
    ("exponential of 30 MB, tau the whole", Wander::Exponential(30e6, 1.0)),
    ("exponential of 2 MB, tau a half", Wander::Exponential(2e6, 0.5)),
    ("square root, 10 MB", Wander::Root(10e6)),
    ("logarithm, 10 MB", Wander::Logarithm(10e6, 0.1)),
    ("cache of 50 000 entries asked after Zipf", Wander::Zipf(50_000)),
];

const WANDERS: [(&str, Wander); 10] = [
    ("still", Wander::Still),
    ("white noise, 8 KiB", Wander::White(8192.0)),
    ("white noise, 64 KiB", Wander::White(65536.0)),
    ("correlated 0.5, 16 KiB", Wander::Correlated(16384.0, 0.5)),
    ("correlated 0.9, 16 KiB", Wander::Correlated(16384.0, 0.9)),
    ("correlated 0.97, 16 KiB", Wander::Correlated(16384.0, 0.97)),
    ("steps of 64 KiB up and down", Wander::Steps(65536.0)),
    ("saw-tooth of 4 MB, every 2.9 s", Wander::SawTooth(4e6, 2.9)),
    ("filled by 2 MB in the first third", Wander::Fill(2e6, 1.0 / 3.0)),
    ("filled by 2 MB, still only in the last tenth", Wander::Fill(2e6, 0.9)),
];

/// (name, duration in seconds, interval in seconds)
const WATCHES: [(&str, f64, f64); 3] =
    [("10 s", 10.0, 0.1), ("60 s", 60.0, 0.1), ("10 min", 600.0, 0.5)];

/// Rates tried, in bytes a second, to find the smallest that is detected.
const RATES: [f64; 13] = [600.0, 750.0, 1e3, 1.5e3, 2e3, 3e3, 5e3, 7.5e3, 1e4, 2e4, 5e4, 1e5, 2e5];

struct Random(Xoshiro256PlusPlus);

impl Random {
    fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Standard normal, by Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// What the kernel would account, in pages: growth at `rate` bytes a second, and the wandering.
fn sampled(run: u64, wander: Wander, rate: f64, duration: f64, interval: f64) -> Series {
    let mut random = Random(Xoshiro256PlusPlus::seed_from_u64(SEED ^ (run << 20)));
    let samples = (duration / interval) as u32;
    let phase = random.uniform();
    let (mut correlated, mut level) = (random.normal(), 0.0_f64);
    let mut cached = Vec::new();
    let mut entries = 0.0;
    if let Wander::Zipf(most) = wander {
        cached = vec![false; most as usize];
    }
    (0..samples)
        .map(|i| {
            let t = f64::from(i) * interval;
            let wandered = match wander {
                Wander::Still => 0.0,
                Wander::White(size) => size * random.normal(),
                Wander::Correlated(size, rho) => {
                    correlated = rho * correlated + (1.0 - rho * rho).sqrt() * random.normal();
                    size * correlated
                }
                Wander::Steps(size) => {
                    // On average every three seconds, up or down, between four levels.
                    if random.uniform() < interval / 3.0 {
                        level = (level + if random.uniform() < 0.5 { 1.0 } else { -1.0 })
                            .clamp(0.0, 3.0);
                    }
                    size * level
                }
                Wander::SawTooth(height, period) => height * (t / period + phase).fract(),
                Wander::Fill(height, part) => height * (t / (part * duration)).min(1.0),
                Wander::Exponential(height, part) => -height * (-t / (part * duration)).exp_m1(),
                Wander::Root(height) => height * (t / duration).sqrt(),
                Wander::Logarithm(height, part) => {
                    height * (t / (part * duration)).ln_1p() / part.recip().ln_1p()
                }
                Wander::Zipf(most) => {
                    for _ in 0..(2000.0 * interval) as u32 {
                        // Rank with a probability in proportion to one over itself, by inversion.
                        let rank = f64::from(most).powf(random.uniform()) as usize;
                        let seen = &mut cached[rank.min(most as usize - 1)];
                        entries += if *seen { 0.0 } else { 1.0 };
                        *seen = true;
                    }
                    1024.0 * entries
                }
            };
            (t, 4096.0 * ((8e6 + phase * 4096.0 + wandered + rate * t) / 4096.0).floor())
        })
        .collect()
}

/// Verdicts of all runs: (leaks, inconclusive).
fn count(wander: Wander, rate: f64, duration: f64, interval: f64) -> (u64, u64) {
    let verdicts = (0..RUNS).map(|run| {
        judge_sampled(&sampled(run, wander, rate, duration, interval), &Noise::default()).verdict
    });
    tally(verdicts)
}

fn tally(verdicts: impl Iterator<Item = Verdict>) -> (u64, u64) {
    verdicts.fold((0, 0), |(leaks, open), verdict| {
        let inconclusive = matches!(verdict, Verdict::Inconclusive { .. });
        (leaks + u64::from(verdict.is_leak()), open + u64::from(inconclusive))
    })
}

/// The smallest of the rates that is called a leak in at least 95 of 100 runs, and in all larger ones.
fn smallest(wander: Wander, duration: f64, interval: f64) -> Option<f64> {
    let mut found = None;
    for &rate in RATES.iter().rev() {
        if count(wander, rate, duration, interval).0 < 95 {
            break;
        }
        found = Some(rate);
    }
    found
}

/// Counted bytes: growth by `bytes` at random steps, `gap` steps apart on average, after a warm-up.
fn counted(run: u64, bytes: f64, gap: f64, steps: u32, every: u32, stops: [f64; 2]) -> Series {
    let mut random = Random(Xoshiro256PlusPlus::seed_from_u64(SEED ^ (run << 20)));
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

/// Growth that slows down: what is called a leak.
fn slowing() {
    println!("\n## Growth that slows down\n");
    println!(
        "Made by the same command with the word `slowing` at its end. {CURVED_RUNS} runs a row. The pages begin at a random place, the memory wanders by a standard \
         deviation of 8 KiB in every second run. *Called a leak* is an accusation of an innocent.\n"
    );
    println!("| growth | watched for | called a leak | inconclusive | innocent |");
    println!("|---|---|---|---|---|");
    for (name, wander) in CURVES {
        for (watch, duration, interval) in WATCHES {
            let verdicts = (0..CURVED_RUNS).map(|run| {
                let series = sampled(run, wander, 0.0, duration, interval);
                let mut random = Random(Xoshiro256PlusPlus::seed_from_u64(SEED + run));
                let noise = if run % 2 == 0 { 0.0 } else { 8192.0 };
                let noisy = series.at().iter().zip(series.bytes()).map(|(&at, &bytes)| {
                    (at, bytes + (noise * random.normal() / 4096.0).round() * 4096.0)
                });
                judge_sampled(&noisy.collect(), &Noise::default()).verdict
            });
            let (leaks, open) = tally(verdicts);
            println!("| {name} | {watch} | {leaks} | {open} | {} |", CURVED_RUNS - leaks - open);
        }
    }
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some("slowing") {
        return slowing();
    }
    println!("# What the verdicts of heapwatch detect\n");
    println!("Made by `cargo run --release -p heapwatch --example detection > docs/detection.md`.");
    println!("{RUNS} runs a row, on made series with fixed seeds.\n");
    println!("## Sampled memory\n");
    println!(
        "Whole pages of 4 KiB. A leak is called where the lower end of the 99.9 % interval lies above \
         500 B/s. *False alarms*: called a leak without growth. *Inconclusive*: no growth, and not \
         called innocent. *Smallest rate*: bytes a second that are called a leak in at least 95 runs \
         of 100, as are all larger ones tried (up to 200 kB/s). A leak that is not found should be inconclusive; *called innocent* is the worse miss.\n"
    );
    println!(
        "| memory wanders | watched for | false alarms | inconclusive | smallest rate | 20 kB/s: inconclusive | 20 kB/s: called innocent |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (name, wander) in WANDERS {
        for (watch, duration, interval) in WATCHES {
            let (alarms, open) = count(wander, 0.0, duration, interval);
            let smallest = smallest(wander, duration, interval)
                .map_or("none".into(), |rate| format!("{rate:.0}"));
            let (found, undecided) = count(wander, 2e4, duration, interval);
            let missed = RUNS - found - undecided;
            println!(
                "| {name} | {watch} | {alarms} | {open} | {smallest} | {undecided} | {missed} |"
            );
        }
    }
    slowing();
    println!("\n## Counted bytes\n");
    println!(
        "10 000 steps, sampled every 10, after a warm-up of 500 to 2000 steps. Growth comes at random \
         steps, the given number apart on average; *stops* ends it between 30 % and 60 % of the run, \
         *pauses* between 85 % and 99 %, which nobody can tell from a leak that goes on: what pauses must \
         not be called innocent.\n"
    );
    println!(
        "| bytes | steps apart | called a leak | inconclusive | stops: called a leak | stops: inconclusive | pauses: called innocent |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (bytes, gap) in
        [(8.0, 1.0), (1.0, 10.0), (1.0, 100.0), (40.0, 300.0), (40.0, 1000.0), (40.0, 3000.0)]
    {
        let of = |stops| {
            tally(
                (0..RUNS)
                    .map(|run| judge_counted(&counted(run, bytes, gap, 10_000, 10, stops)).verdict),
            )
        };
        let (leaks, open) = of([1.0, 1.0]);
        let (alarms, still_open) = of([0.3, 0.6]);
        let (named, doubted) = of([0.85, 0.99]);
        let missed = RUNS - named - doubted;
        println!("| {bytes} | {gap} | {leaks} | {open} | {alarms} | {still_open} | {missed} |");
    }
}
