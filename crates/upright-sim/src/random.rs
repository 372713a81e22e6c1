//! Random numbers that are the same on every machine: one stream a seed, a run and a purpose.
//!
//! The generator is a kept crate's; the normal distribution is taken here by the polar method
//! (G. Marsaglia, T. A. Bray, SIAM Review 6 (1964) 260-264), since the distribution crate takes
//! its logarithm from the system's library wherever any other crate of a build asks for that. In lanes the generator is
//! written once more, for vectors of words: a lane draws what a stream alone would.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use upright_core::elementary::ln;
use upright_core::{Mask, Real, Words, each_lane};

/// What a stream is for; each draws independently of what the others draw.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// Noise of the sensors.
    Sensors = 1,
    /// Plant and initial state of a study's run.
    Realization = 2,
    /// Steps of a search for gains; the run is the step's number.
    Search = 3,
    /// Resampling of what was measured.
    Bootstrap = 4,
    /// Random disturbances; the index of the disturbance is added.
    Disturbance = 1000,
}

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub struct Stream {
    generator: Xoshiro256PlusPlus,
    spare: Option<f64>,
}

/// One step of the mixing function of `SplitMix64` (G. Steele, D. Lea, C. Flood, OOPSLA 2014).
fn mix(state: u64) -> u64 {
    let z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Purpose {
    /// What the stream of `seed` for run `run` begins from; `index` tells streams of one purpose apart.
    pub fn key(self, seed: u64, run: u64, index: u64) -> u64 {
        mix(mix(mix(seed) ^ run) ^ (self as u64 + index))
    }
}

impl Stream {
    /// The stream of `seed` for run `run`.
    pub fn new(seed: u64, run: u64, purpose: Purpose, index: u64) -> Self {
        let key = purpose.key(seed, run, index);
        Self { generator: Xoshiro256PlusPlus::seed_from_u64(key), spare: None }
    }

    /// Even from -1 to below 1, in steps of 2^-52.
    pub fn symmetric(&mut self) -> f64 {
        (self.generator.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 52) as f64) - 1.0
    }

    /// Even from 0 to below 1, in steps of 2^-53.
    pub fn unit(&mut self) -> f64 {
        (self.generator.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// A whole number below `count`, each as likely as any other to 2^-53 of `count`; zero where
    /// `count` is zero.
    pub fn below(&mut self, count: usize) -> usize {
        (self.unit() * count as f64) as usize
    }

    /// The numbers below `count` in random order (the shuffle of R. A. Fisher and F. Yates).
    pub fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            order.swap(last, self.below(last + 1));
        }
        order
    }

    /// Normal with mean zero and standard deviation one.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (self.symmetric(), self.symmetric());
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                let factor = (-2.0 * libm::log(square) / square).sqrt();
                self.spare = Some(y * factor);
                return x * factor;
            }
        }
    }
}

/// A stream a lane, drawn from in all lanes at once: the generator xoshiro256++ of D. Blackman and S. Vigna (ACM
/// Trans. Math. Softw. 47 (2021) 36), in vectors. A lane's numbers are those of its own [`Stream`], but for the last
/// place of the normal ones.
#[derive(Debug, Clone)]
pub struct Streams<R: Real> {
    state: [R::Words; 4],
    /// The second number of the last pair, in the lanes that have not given it out.
    spare: R,
    spared: R::Mask,
}

/// The state in which [`Stream::new`] begins.
fn first_state(key: u64) -> [u64; 4] {
    [0_u64, 1, 2, 3].map(|word| mix(key.wrapping_add(word.wrapping_mul(0x9E37_79B9_7F4A_7C15))))
}

/// One random word a lane.
#[inline(always)]
fn word<W: Words>(state: &mut [W; 4]) -> W {
    let [s0, s1, s2, s3] = *state;
    let word = s0.wrapping_add(s3).rotated(23).wrapping_add(s0);
    let (s2, s3) = (s2.xor(s0), s3.xor(s1));
    *state = [s0.xor(s3), s1.xor(s2), s2.xor(s1.left(17)), s3.rotated(45)];
    word
}

/// Even from -1 to below 1, in steps of 2^-52: a word's 53 highest bits, in two parts. The last bit of a number of 2^32
/// counts 2^-20, and that of one counts 2^-52, so that the parts need no scale, and nothing is rounded.
#[inline(always)]
fn symmetric<R: Real>(word: R::Words) -> R {
    const HIGH: f64 = (1_u64 << 32) as f64;
    const { assert!(R::ROUNDER > 1e9, "in double precision") };
    let high = R::of_words(word.right(43).xor(R::Words::splat(HIGH.to_bits())));
    let low = R::of_words(word.left(21).right(32).xor(R::Words::splat(1.0_f64.to_bits())));
    (high - R::of(HIGH + 2.0)) + low
}

/// A point of the square around the circle of one, and its distance from the middle, squared.
#[inline(always)]
fn point<R: Real>(state: &mut [R::Words; 4]) -> [R; 3] {
    let (x, y) = (symmetric::<R>(word(state)), symmetric::<R>(word(state)));
    [x, y, x * x + y * y]
}

/// Whether a point is not within the circle, or is its middle.
#[inline(always)]
fn outside<R: Real>([_, _, square]: &[R; 3]) -> R::Mask {
    !(square.gt(R::zero()) & square.lt(R::one()))
}

/// Another point in the lanes that want one; returns which want one still.
#[inline(always)]
fn again<R: Real>(wanting: R::Mask, state: &mut [R::Words; 4], found: &mut [R; 3]) -> R::Mask {
    let before = *state;
    let next = point::<R>(state);
    keep::<R>(!wanting, &before, state);
    let mut i = 0;
    while i < 3 {
        found[i] = R::select(wanting, next[i], found[i]);
        i += 1;
    }
    wanting & outside(&next)
}

/// The state `before` in the lanes in `lanes`.
#[inline(always)]
fn keep<R: Real>(lanes: R::Mask, before: &[R::Words; 4], state: &mut [R::Words; 4]) {
    let mut i = 0;
    while i < 4 {
        state[i] = R::select_words(lanes, before[i], state[i]);
        i += 1;
    }
}

impl<R: Real> Streams<R> {
    /// The streams that `key` gives for each lane, see [`Purpose::key`].
    pub fn new(key: impl Fn(usize) -> u64) -> Self {
        let states = each_lane::<R, _>(|lane| first_state(key(lane)));
        Self {
            state: [0, 1, 2, 3].map(|i| R::Words::from_lanes(|lane| states[lane][i])),
            spare: R::zero(),
            spared: Mask::splat(false),
        }
    }

    /// Puts other streams into the lanes in `fresh`.
    pub fn reset_lanes(&mut self, fresh: R::Mask, key: impl Fn(usize) -> u64) {
        let new = Self::new(key);
        for (own, new) in self.state.iter_mut().zip(new.state) {
            *own = R::select_words(fresh, new, *own);
        }
        self.spared = self.spared & !fresh;
    }

    /// Independent normal numbers.
    #[inline(always)]
    pub fn normal(&mut self) -> R {
        let spared = self.spared;
        if spared.all() {
            self.spared = Mask::splat(false);
            return self.spare;
        }
        let mut state = self.state;
        let mut found = point::<R>(&mut state);
        if spared.any() {
            core::hint::cold_path();
            keep::<R>(spared, &self.state, &mut state);
        }
        let mut wanting = !spared & outside(&found);
        // A lane that has its pair waits for the others, its stream with it. Among many lanes some hardly ever have
        // theirs at once, and to ask each time would be to guess wrongly.
        if R::LANES > 4 {
            wanting = again(wanting, &mut state, &mut found);
            wanting = again(wanting, &mut state, &mut found);
        }
        while wanting.any() {
            wanting = again(wanting, &mut state, &mut found);
        }
        let [x, y, square] = found;
        self.state = state;
        let factor = (R::of(-2.0) * ln(square) / square).sqrt();
        let number = R::select(spared, self.spare, x * factor);
        self.spare = y * factor;
        self.spared = !spared;
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_have_the_moments_of_the_normal_distribution() {
        let mut stream = Stream::new(42, 0, Purpose::Sensors, 0);
        let n = 400_000;
        let (mut sum, mut squares, mut fourths) = (0.0, 0.0, 0.0);
        for _ in 0..n {
            let x = stream.normal();
            sum += x;
            squares += x * x;
            fourths += x * x * x * x;
        }
        let n = f64::from(n);
        // Five standard errors: 1, sqrt(2) and sqrt(96) over sqrt(n).
        assert!((sum / n).abs() < 0.008);
        assert!((squares / n - 1.0).abs() < 0.012);
        assert!((fourths / n - 3.0).abs() < 0.08);
    }

    #[test]
    fn streams_of_neighbouring_runs_and_purposes_are_unrelated() {
        let mut streams = [
            Stream::new(42, 0, Purpose::Sensors, 0),
            Stream::new(42, 1, Purpose::Sensors, 0),
            Stream::new(43, 0, Purpose::Sensors, 0),
            Stream::new(42, 0, Purpose::Disturbance, 0),
            Stream::new(42, 0, Purpose::Disturbance, 1),
        ];
        let n = 20_000;
        let realizations: Vec<Vec<f64>> =
            streams.iter_mut().map(|s| (0..n).map(|_| s.normal()).collect()).collect();
        for i in 0..realizations.len() {
            for j in 0..i {
                let product: f64 =
                    realizations[i].iter().zip(&realizations[j]).map(|(a, b)| a * b).sum();
                let correlation = product / f64::from(n);
                assert!(correlation.abs() < 5.0 / f64::from(n).sqrt(), "{i} and {j}");
            }
        }
    }
}
