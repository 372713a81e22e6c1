//! Random numbers that are the same on every machine: one stream a seed, a run and a purpose.
//!
//! The generator is a kept crate's; the normal distribution is taken here by the polar method
//! (G. Marsaglia, T. A. Bray, SIAM Review 6 (1964) 260-264), since the distribution crate takes
//! its logarithm from the system's library wherever any other crate of a build asks for that.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use upright_core::Real;

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

impl Stream {
    /// The stream of `seed` for run `run`.
    pub fn new(seed: u64, run: u64, purpose: Purpose, index: u64) -> Self {
        let key = mix(mix(mix(seed) ^ run) ^ (purpose as u64 + index));
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

/// A stream a lane.
#[derive(Debug, Clone)]
pub(crate) struct Streams(Vec<Stream>);

impl Streams {
    /// One stream for each of `lanes` lanes.
    pub(crate) fn new(lanes: usize, make: impl Fn(usize) -> Stream) -> Self {
        Self((0..lanes).map(make).collect())
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.0.capacity() * size_of::<Stream>()
    }

    /// Puts other streams into the lanes in `fresh`.
    pub(crate) fn reset_lanes<R: Real>(&mut self, fresh: R::Mask, make: impl Fn(usize) -> Stream) {
        let fresh = R::select(fresh, R::one(), R::zero());
        for (lane, stream) in self.0.iter_mut().enumerate() {
            if fresh.lane(lane) > 0.0 {
                *stream = make(lane);
            }
        }
    }

    /// Independent normal numbers.
    #[inline(always)]
    pub(crate) fn normal<R: Real>(&mut self) -> R {
        R::from_lanes(|lane| self.0[lane].normal())
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
