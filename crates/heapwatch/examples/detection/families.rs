//! Families of made series of which the truth is known: memory that wanders, fills, follows a load or is
//! collected, with or without a leak beside it.

use heapwatch::Series;
use heapwatch::verdict::Noise;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

const SEED: u64 = 20_240_611;

/// What memory does that does not leak.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wander {
    /// Nothing.
    Still,
    /// From sample to sample, with this standard deviation in bytes.
    White(f64),
    /// With this standard deviation in bytes, and this correlation from sample to sample.
    Correlated(f64, f64),
    /// Steps of this size up and down again, in random order, each taking some seconds.
    Steps(f64),
    /// Falls back every so many seconds from this height.
    SawTooth(f64, f64),
    /// So much in the first second, then teeth of this height, every so many seconds.
    SawToothAfterStart(f64, f64, f64),
    /// Fills to this height within this part of the time.
    Fill(f64, f64),
    /// Approaches this height as `1 - exp(-t/tau)`, tau being this part of the time.
    Exponential(f64, f64),
    /// Approaches this height along a logistic curve: its middle and its scale as parts of the time.
    Logistic(f64, f64, f64),
    /// Approaches this height along Gompertz's curve, the scale being this part of the time.
    Gompertz(f64, f64),
    /// Approaches this height as `t/(t + s)`, s being this part of the time.
    Hyperbola(f64, f64),
    /// This height at the end, along a square root.
    Root(f64),
    /// This height at the end, along `ln(1 + t/s)`, s being this part of the time.
    Logarithm(f64, f64),
    /// Imports: so many steps of uneven size at uneven times, ever rarer, this height in all.
    Imports(f64, u32),
    /// A cache of so many entries of a kilobyte, asked 2000 times a second after Zipf's law.
    Zipf(u32),
    /// What the load of a day asks for, so much at its peak; the watch is so many days long and begins at
    /// any hour.
    Day(f64, f64),
    /// Jobs that begin at random, every four seconds on average, each holding so much for twelve seconds
    /// on average.
    Jobs(f64),
    /// A heap that keeps what its largest job took: one job a second, so much on average.
    LargestJob(f64),
    /// A collected heap that gives nothing back: what it has once touched stays resident. Allocation of so
    /// many bytes a second fills the young generation, which is then used anew, and grows a few times.
    CollectedAndKept(f64),
    /// A collected heap that gives back what it freed: teeth of uneven height and length, so many bytes a
    /// second.
    CollectedAndGivenBack(f64),
}

/// A family: how it is called, what its memory does, and how it is judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Family {
    /// As a table has it.
    pub(crate) name: &'static str,
    /// What it does.
    pub(crate) wander: Wander,
}

const fn family(name: &'static str, wander: Wander) -> Family {
    Family { name, wander }
}

/// Memory that wanders about a level.
pub(crate) const WANDERING: [Family; 10] = [
    family("still", Wander::Still),
    family("white noise, 8 KiB", Wander::White(8192.0)),
    family("white noise, 64 KiB", Wander::White(65536.0)),
    family("correlated 0.5, 16 KiB", Wander::Correlated(16384.0, 0.5)),
    family("correlated 0.9, 16 KiB", Wander::Correlated(16384.0, 0.9)),
    family("correlated 0.97, 16 KiB", Wander::Correlated(16384.0, 0.97)),
    family("steps of 64 KiB up and down", Wander::Steps(65536.0)),
    family("saw-tooth of 4 MB, every 2.9 s", Wander::SawTooth(4e6, 2.9)),
    family("filled by 2 MB in the first third", Wander::Fill(2e6, 1.0 / 3.0)),
    family("filled by 2 MB, still only in the last tenth", Wander::Fill(2e6, 0.9)),
];

/// Growth that slows down.
pub(crate) const SLOWING: [Family; 15] = [
    family("exponential of 30 MB, tau a fifth of the watch", Wander::Exponential(30e6, 0.2)),
    family("exponential of 30 MB, tau a third", Wander::Exponential(30e6, 1.0 / 3.0)),
    family("exponential of 30 MB, tau two thirds", Wander::Exponential(30e6, 2.0 / 3.0)),
    family("exponential of 30 MB, tau the whole", Wander::Exponential(30e6, 1.0)),
    family("exponential of 2 MB, tau a half", Wander::Exponential(2e6, 0.5)),
    family("logistic of 30 MB, its middle at a third", Wander::Logistic(30e6, 1.0 / 3.0, 0.08)),
    family("logistic of 30 MB, its middle at a half", Wander::Logistic(30e6, 0.5, 0.1)),
    family("logistic of 30 MB, its middle at two thirds", Wander::Logistic(30e6, 2.0 / 3.0, 0.1)),
    family("Gompertz, 30 MB, scale a fifth", Wander::Gompertz(30e6, 0.2)),
    family("hyperbola of 30 MB, half of it at a third", Wander::Hyperbola(30e6, 1.0 / 3.0)),
    family("square root, 10 MB", Wander::Root(10e6)),
    family("logarithm, 10 MB", Wander::Logarithm(10e6, 0.1)),
    family("imports of 30 MB, a dozen", Wander::Imports(30e6, 12)),
    family("imports of 30 MB, forty", Wander::Imports(30e6, 40)),
    family("cache of 50 000 entries asked after Zipf", Wander::Zipf(50_000)),
];

/// Memory that follows what the program is asked to do, or its collector.
pub(crate) const WORKING: [Family; 8] = [
    family(
        "saw-tooth of 2 MB, every 2 s, after a start-up of 20 MB",
        Wander::SawToothAfterStart(20e6, 2e6, 2.0),
    ),
    family("load of a day, 20 MB, one day watched", Wander::Day(20e6, 1.0)),
    family("load of a day, 20 MB, three days watched", Wander::Day(20e6, 3.0)),
    family("staircase of jobs, 2 MB each", Wander::Jobs(2e6)),
    family("the largest job so far, 1 MB on average", Wander::LargestJob(1e6)),
    family("collected heap, kept, 2 MB/s of garbage", Wander::CollectedAndKept(2e6)),
    family("collected heap, kept, 40 MB/s of garbage", Wander::CollectedAndKept(40e6)),
    family("collected heap, given back, 4 MB/s of garbage", Wander::CollectedAndGivenBack(4e6)),
];

impl Family {
    /// By what it is judged: who watches a process knows whether its heap is collected.
    pub(crate) fn noise(&self) -> Noise {
        let collected =
            matches!(self.wander, Wander::CollectedAndKept(_) | Wander::CollectedAndGivenBack(_));
        Noise { collected, ..Noise::default() }
    }
}

/// (name, duration in seconds, interval in seconds)
pub(crate) const WATCHES: [(&str, f64, f64); 3] =
    [("10 s", 10.0, 0.1), ("60 s", 60.0, 0.1), ("10 min", 600.0, 0.5)];

/// A stream of random numbers a run.
pub(crate) struct Random(Xoshiro256PlusPlus);

impl Random {
    /// The stream of this run.
    pub(crate) fn of(run: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(SEED ^ (run << 20)))
    }

    /// Between zero and one.
    pub(crate) fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Standard normal, by Box and Muller.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// With this mean.
    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.uniform()).ln()
    }
}

/// What the kernel would account, in pages: growth at `rate` bytes a second, and the wandering.
pub(crate) fn sampled(run: u64, wander: Wander, rate: f64, duration: f64, interval: f64) -> Series {
    let mut random = Random::of(run);
    let samples = (duration / interval) as u32;
    let phase = random.uniform();
    let mut state = State::new(wander, &mut random);
    // Every second run of growth that slows down is noisy too.
    let slows = SLOWING
        .iter()
        .any(|family| std::mem::discriminant(&family.wander) == std::mem::discriminant(&wander));
    let noise = if slows && run % 2 == 1 { 8192.0 } else { 0.0 };
    (0..samples)
        .map(|i| {
            let t = f64::from(i) * interval;
            let wandered = state.at(t, interval, duration, phase, &mut random);
            let rough = if noise > 0.0 { noise * random.normal() } else { 0.0 };
            let bytes = 8e6 + phase * 4096.0 + wandered + rough + rate * t;
            (t, 4096.0 * (bytes / 4096.0).floor())
        })
        .collect()
}

/// Where a family that has a memory of its own is.
struct State {
    wander: Wander,
    correlated: f64,
    level: f64,
    cached: Vec<bool>,
    entries: f64,
    /// When imports end, as a part of the watch, and their parts of the whole.
    imports: Vec<(f64, f64)>,
    /// When jobs that run will end; the next one's beginning.
    jobs: Vec<f64>,
    next: f64,
    /// What a collected heap has: bytes since the last collection, when the next is due, what was ever touched.
    young: f64,
    eden: f64,
    touched: f64,
}

/// So many imports at times that become exponentially rarer over half a watch, with sizes drawn exponentially.
fn imports(count: u32, random: &mut Random) -> Vec<(f64, f64)> {
    let within = -(-2.0_f64).exp_m1();
    let mut drawn: Vec<(f64, f64)> = (0..count)
        .map(|_| (-0.5 * (-within * random.uniform()).ln_1p(), random.exponential(1.0)))
        .collect();
    let whole: f64 = drawn.iter().map(|import| import.1).sum();
    for import in &mut drawn {
        import.1 /= whole;
    }
    drawn
}

impl State {
    fn new(wander: Wander, random: &mut Random) -> Self {
        let cached = match wander {
            Wander::Zipf(most) => vec![false; most as usize],
            _ => Vec::new(),
        };
        let imports = match wander {
            Wander::Imports(_, count) => imports(count, random),
            _ => Vec::new(),
        };
        let eden = match wander {
            Wander::CollectedAndKept(_) => 12e6 + 8e6 * random.uniform(),
            Wander::CollectedAndGivenBack(_) => 8e6,
            _ => 0.0,
        };
        let correlated = random.normal();
        Self {
            wander,
            correlated,
            level: 0.0,
            cached,
            entries: 0.0,
            imports,
            jobs: Vec::new(),
            next: 0.0,
            young: 0.0,
            eden,
            touched: 0.0,
        }
    }

    fn at(&mut self, t: f64, interval: f64, duration: f64, phase: f64, random: &mut Random) -> f64 {
        match self.wander {
            Wander::Still => 0.0,
            Wander::White(size) => size * random.normal(),
            Wander::Correlated(size, rho) => {
                self.correlated =
                    rho * self.correlated + (1.0 - rho * rho).sqrt() * random.normal();
                size * self.correlated
            }
            Wander::Steps(size) => {
                // On average every three seconds, up or down, between four levels.
                if random.uniform() < interval / 3.0 {
                    let step = if random.uniform() < 0.5 { 1.0 } else { -1.0 };
                    self.level = (self.level + step).clamp(0.0, 3.0);
                }
                size * self.level
            }
            Wander::SawTooth(height, period) => height * (t / period + phase).fract(),
            Wander::SawToothAfterStart(start, height, period) => {
                start * t.min(1.0) + height * (t / period + phase).fract()
            }
            Wander::Fill(height, part) => height * (t / (part * duration)).min(1.0),
            Wander::Exponential(height, part) => -height * (-t / (part * duration)).exp_m1(),
            Wander::Logistic(height, middle, part) => {
                height / (1.0 + ((middle - t / duration) / part).exp())
            }
            Wander::Gompertz(height, part) => {
                height * (-5.0 * (-t / (part * duration)).exp()).exp()
            }
            Wander::Hyperbola(height, part) => height * t / (t + part * duration),
            Wander::Root(height) => height * (t / duration).sqrt(),
            Wander::Logarithm(height, part) => {
                height * (t / (part * duration)).ln_1p() / part.recip().ln_1p()
            }
            Wander::Imports(height, _) => {
                let done = self.imports.iter().filter(|import| import.0 * duration <= t);
                height * done.map(|import| import.1).sum::<f64>()
            }
            Wander::Zipf(most) => self.cache(most, interval, random),
            Wander::Day(height, days) => {
                // A night, a morning and an evening: two harmonics. Requests come at random.
                let hour = std::f64::consts::TAU * (t * days / duration + phase);
                let load = 0.5 - 0.4 * hour.cos() - 0.1 * (2.0 * hour).cos();
                self.correlated = 0.9 * self.correlated + 0.19_f64.sqrt() * random.normal();
                height * load.max(0.0) + 0.01 * height * load.max(0.0).sqrt() * self.correlated
            }
            Wander::Jobs(size) => {
                while self.next <= t {
                    self.jobs.push(self.next + random.exponential(12.0));
                    self.next += random.exponential(4.0);
                }
                self.jobs.retain(|&ends| ends > t);
                size * self.jobs.len() as f64
            }
            Wander::LargestJob(size) => {
                while self.next <= t {
                    self.touched = self.touched.max(random.exponential(size));
                    self.next += 1.0;
                }
                self.touched
            }
            Wander::CollectedAndKept(rate) => {
                self.young += rate * interval;
                while self.young >= self.eden {
                    self.young -= self.eden;
                    // Collectors resize the young generation until pauses suit them.
                    if self.level < 6.0 && random.uniform() < 0.5 {
                        self.eden *= 1.0 + 0.5 * random.uniform();
                        self.level += 1.0;
                    }
                }
                self.touched = self.touched.max(self.young);
                self.touched
            }
            Wander::CollectedAndGivenBack(rate) => {
                self.young += rate * interval;
                if self.young >= self.eden {
                    self.young = 0.0;
                    self.eden = 8e6 * (0.7 + 0.6 * random.uniform());
                }
                self.young
            }
        }
    }

    fn cache(&mut self, most: u32, interval: f64, random: &mut Random) -> f64 {
        for _ in 0..(2000.0 * interval) as u32 {
            // Rank with a probability in proportion to one over itself, by inversion.
            let rank = f64::from(most).powf(random.uniform()) as usize;
            let seen = &mut self.cached[rank.min(most as usize - 1)];
            self.entries += if *seen { 0.0 } else { 1.0 };
            *seen = true;
        }
        1024.0 * self.entries
    }
}
