//! The power spectral density of a signal, by Welch's method.
//!
//! A periodogram of the whole signal does not get less noisy when the signal gets longer; Welch's
//! estimate does, because it averages over segments. P. D. Welch, "The use of fast Fourier transform
//! for the estimation of power spectra", IEEE Transactions on Audio and Electroacoustics 15(2), 1967.

use realfft::num_complex::Complex64;
use realfft::{RealFftPlanner, RealToComplex};
use std::f64::consts::TAU;
use std::sync::Arc;

/// Signals shorter than this are one segment.
const SHORT: usize = 32;

/// How many samples a segment of a signal of `samples` samples has: the largest power of two that is
/// at most a quarter of it, so that at least seven segments are averaged; all of them where there are
/// fewer than 32.
///
/// Frequencies are resolved to `sample_rate / segment_length`.
///
/// ```
/// assert_eq!(upright_sim::spectrum::segment_length(10_001), 2048);
/// assert_eq!(upright_sim::spectrum::segment_length(31), 31);
/// ```
pub const fn segment_length(samples: usize) -> usize {
    if samples < SHORT { samples } else { 1 << (samples / 4).ilog2() }
}

/// The one-sided power spectral density of `signal`, whose samples are `1 / sample_rate` apart
/// (`sample_rate` in Hz): rows `[frequency in Hz, density in unit^2/Hz]` from zero to half the sample
/// rate. Its integral over the frequency is the mean square about the mean.
///
/// Segments of [`segment_length`] samples overlap by half; samples after the last whole segment are
/// not used. From each its mean is taken, then it is weighed with the periodic Hann window
/// `(1 - cos(2 pi k / n)) / 2`, and the periodograms are averaged. The density at the two ends stands
/// for one frequency each and is not doubled.
///
/// No rows where it is not defined: fewer than two samples, one that is not finite, or a rate that is
/// not above zero and finite.
///
/// ```
/// // 10 Hz with an amplitude of 2, hence a mean square of 2.
/// let sine: Vec<f64> =
///     (0..4096).map(|k| 2.0 * (std::f64::consts::TAU * 10.0 * f64::from(k) / 1024.0).sin()).collect();
/// let density = upright_sim::spectrum::welch(&sine, 1024.0);
/// let peak = density.iter().max_by(|a, b| a[1].total_cmp(&b[1])).ok_or("no rows")?;
/// assert_eq!(peak[0], 10.0);
/// let power: f64 = density.iter().map(|[_, power]| power * density[1][0]).sum();
/// assert!((power - 2.0).abs() < 1e-9);
/// # Ok::<(), &str>(())
/// ```
pub fn welch(signal: &[f64], sample_rate: f64) -> Vec<[f64; 2]> {
    let length = segment_length(signal.len());
    let rate_counts = sample_rate > 0.0 && sample_rate.is_finite();
    if length < 2 || !rate_counts || signal.iter().any(|sample| !sample.is_finite()) {
        return Vec::new();
    }
    let transform = plan(length);
    let mut periodograms = Periodograms::new(length);
    for start in (0..=signal.len() - length).step_by(length - length / 2) {
        if !periodograms.add(&*transform, &signal[start..start + length]) {
            return Vec::new();
        }
    }
    periodograms.density(sample_rate)
}

/// The transform of segments of this length.
fn plan(length: usize) -> Arc<dyn RealToComplex<f64>> {
    RealFftPlanner::new().plan_fft_forward(length)
}

/// The periodograms of segments of one length, added up.
#[derive(Clone)]
struct Periodograms {
    window: Vec<f64>,
    weighed: Vec<f64>,
    amplitudes: Vec<Complex64>,
    scratch: Vec<Complex64>,
    powers: Vec<f64>,
    segments: f64,
}

impl Periodograms {
    fn new(length: usize) -> Self {
        let transform = plan(length);
        let window =
            (0..length).map(|k| 0.5 - 0.5 * libm::cos(TAU * k as f64 / length as f64)).collect();
        let amplitudes = transform.make_output_vec();
        Self {
            window,
            weighed: transform.make_input_vec(),
            scratch: transform.make_scratch_vec(),
            powers: vec![0.0; amplitudes.len()],
            amplitudes,
            segments: 0.0,
        }
    }

    /// Adds a segment; returns whether it could, which it can if its length is right and that of `transform`.
    fn add(&mut self, transform: &dyn RealToComplex<f64>, segment: &[f64]) -> bool {
        let mean = segment.iter().sum::<f64>() / self.window.len() as f64;
        for ((out, sample), weight) in self.weighed.iter_mut().zip(segment).zip(&self.window) {
            *out = (sample - mean) * weight;
        }
        // Fails on buffers of another length only, and these are the transform's own.
        let Self { weighed, amplitudes, scratch, .. } = self;
        if transform.process_with_scratch(weighed, amplitudes, scratch).is_err() {
            return false;
        }
        for (power, amplitude) in self.powers.iter_mut().zip(&self.amplitudes) {
            *power += amplitude.norm_sqr();
        }
        self.segments += 1.0;
        true
    }

    fn density(&self, sample_rate: f64) -> Vec<[f64; 2]> {
        let length = self.window.len();
        let weights = self.window.iter().map(|weight| weight * weight).sum::<f64>();
        let scale = 1.0 / (sample_rate * weights);
        let row = |(k, power): (usize, &f64)| {
            let alone = k == 0 || 2 * k == length;
            let sides = if alone { 1.0 } else { 2.0 };
            [k as f64 * sample_rate / length as f64, sides * scale * power / self.segments]
        };
        self.powers.iter().enumerate().map(row).collect()
    }
}

/// Samples that are kept of a signal whose spectrum is estimated as it comes.
const KEPT: usize = 1 << 18;

/// The power spectral density of a signal of any length, sample by sample, in bounded memory: up to 262 144
/// samples as [`welch`] has it, beyond that in segments of 65 536.
#[derive(Clone)]
pub(crate) struct Welch {
    sample_rate: f64,
    /// The first samples; once there are more, the segment under way is at its start.
    samples: Vec<f64>,
    /// Of signals that may become longer than what is kept.
    long: Option<Periodograms>,
    /// Whether what is kept is a segment under way.
    streaming: bool,
    finite: bool,
}

impl Welch {
    /// Of a signal of at most `most` samples, `sample_rate` of them a second. Takes all memory that it needs.
    pub(crate) fn new(most: u64, sample_rate: f64) -> Self {
        let room = usize::try_from(most).map_or(KEPT, |most| most.min(KEPT));
        let long = most > KEPT as u64;
        Self {
            sample_rate,
            samples: Vec::with_capacity(room),
            long: long.then(|| Periodograms::new(segment_length(KEPT))),
            streaming: false,
            finite: true,
        }
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        let long = self.long.as_ref().map_or(0, |long| {
            let numbers = long.window.len() + long.weighed.len() + long.powers.len();
            let pairs = long.amplitudes.len() + long.scratch.len();
            numbers * size_of::<f64>() + pairs * size_of::<Complex64>()
        });
        self.samples.capacity() * size_of::<f64>() + long
    }

    pub(crate) fn add(&mut self, sample: f64) {
        self.finite &= sample.is_finite();
        let length = segment_length(KEPT);
        if self.samples.len() == KEPT && !self.streaming {
            let Some(long) = &mut self.long else { return };
            let transform = plan(length);
            for start in (0..=KEPT - length).step_by(length / 2) {
                long.add(&*transform, &self.samples[start..start + length]);
            }
            self.streaming = true;
            self.samples.drain(..KEPT - length / 2);
        }
        self.samples.push(sample);
        if self.streaming
            && self.samples.len() == length
            && let Some(long) = &mut self.long
        {
            // Planned anew each time: what a plan holds it does not say, and a record accounts for every byte.
            long.add(&*plan(length), &self.samples);
            self.samples.drain(..length / 2);
        }
    }

    /// The density so far, as [`welch`] has it, and the samples of a segment.
    pub(crate) fn density(&self) -> (Vec<[f64; 2]>, usize) {
        match &self.long {
            Some(long) if self.streaming => {
                let rows = if self.finite { long.density(self.sample_rate) } else { Vec::new() };
                (rows, long.window.len())
            }
            _ => (welch(&self.samples, self.sample_rate), segment_length(self.samples.len())),
        }
    }
}

impl PartialEq for Welch {
    fn eq(&self, other: &Self) -> bool {
        let powers = |one: &Self| one.long.as_ref().map(|long| long.powers.clone());
        self.sample_rate == other.sample_rate
            && self.samples == other.samples
            && powers(self) == powers(other)
    }
}

impl std::fmt::Debug for Welch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Welch")
            .field("sample_rate", &self.sample_rate)
            .field("samples", &self.samples.len())
            .field("streaming", &self.streaming)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_signal_has_the_density_of_its_segments_whatever_is_kept_of_it() {
        let most = 2 * KEPT + 77_777;
        let signal: Vec<f64> = (0..most).map(|k| libm::sin(0.37 * k as f64) + 0.25).collect();
        let mut welch = Welch::new(most as u64, 1000.0);
        for sample in &signal {
            welch.add(*sample);
        }
        let (density, length) = welch.density();
        let mut expected = Periodograms::new(length);
        for start in (0..=most - length).step_by(length / 2) {
            assert!(expected.add(&*plan(length), &signal[start..start + length]));
        }
        assert_eq!((length, density), (65_536, expected.density(1000.0)));
        // A run that ends early has the density of the samples that there are.
        let mut short = Welch::new(most as u64, 1000.0);
        signal[..5000].iter().for_each(|sample| short.add(*sample));
        assert_eq!(short.density(), (super::welch(&signal[..5000], 1000.0), 1024));
    }
}
