//! The power spectral density of a signal, by Welch's method.
//!
//! A periodogram of the whole signal does not get less noisy when the signal gets longer; Welch's
//! estimate does, because it averages over segments. P. D. Welch, "The use of fast Fourier transform
//! for the estimation of power spectra", IEEE Transactions on Audio and Electroacoustics 15(2), 1967.

use rustfft::algorithm::{Dft, Radix4};
use rustfft::num_complex::Complex64;
use rustfft::{Fft, FftDirection};
use std::f64::consts::TAU;

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
    let mut periodograms = Periodograms::new(length);
    for start in (0..=signal.len() - length).step_by(length - length / 2) {
        periodograms.add(&signal[start..start + length]);
    }
    periodograms.density(sample_rate)
}

/// The transform of segments of this length; by these two algorithms, since the library's planner would bring all of
/// them with it.
fn transform(length: usize) -> Box<dyn Fft<f64>> {
    if length.is_power_of_two() {
        Box::new(Radix4::new(length, FftDirection::Forward))
    } else {
        Box::new(Dft::new(length, FftDirection::Forward))
    }
}

/// The periodograms of segments of one length, added up.
struct Periodograms {
    transform: Box<dyn Fft<f64>>,
    window: Vec<f64>,
    segment: Vec<Complex64>,
    scratch: Vec<Complex64>,
    powers: Vec<f64>,
    segments: f64,
}

impl Periodograms {
    fn new(length: usize) -> Self {
        let transform = transform(length);
        let window =
            (0..length).map(|k| 0.5 - 0.5 * libm::cos(TAU * k as f64 / length as f64)).collect();
        Self {
            window,
            segment: vec![Complex64::ZERO; length],
            scratch: vec![Complex64::ZERO; transform.get_inplace_scratch_len()],
            powers: vec![0.0; length / 2 + 1],
            segments: 0.0,
            transform,
        }
    }

    /// Adds a segment of the length.
    fn add(&mut self, segment: &[f64]) {
        let mean = segment.iter().sum::<f64>() / self.window.len() as f64;
        for ((out, sample), weight) in self.segment.iter_mut().zip(segment).zip(&self.window) {
            *out = Complex64::new((sample - mean) * weight, 0.0);
        }
        self.transform.process_with_scratch(&mut self.segment, &mut self.scratch);
        for (power, amplitude) in self.powers.iter_mut().zip(&self.segment) {
            *power += amplitude.norm_sqr();
        }
        self.segments += 1.0;
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

/// Samples that are kept of a signal whose spectrum is estimated afterwards.
pub(crate) const KEPT: usize = 1 << 18;

/// The first 262 144 samples of a signal of any length: more than enough for its spectrum, in memory that is
/// taken once.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BoundedSignal {
    sample_rate: f64,
    samples: Vec<f64>,
}

impl BoundedSignal {
    /// Spectrum of a signal of at most `most` samples, `sample_rate` of them a second. Takes all memory that it needs.
    pub(crate) fn new(most: u64, sample_rate: f64) -> Self {
        let room = usize::try_from(most).map_or(KEPT, |most| most.min(KEPT));
        Self { sample_rate, samples: Vec::with_capacity(room) }
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.samples.capacity() * size_of::<f64>()
    }

    pub(crate) fn add(&mut self, sample: f64) {
        if self.samples.len() < self.samples.capacity().min(KEPT) {
            self.samples.push(sample);
        }
    }

    /// The density of what is kept, as [`welch`] has it, and the samples of a segment.
    pub(crate) fn density(&self) -> (Vec<[f64; 2]>, usize) {
        (welch(&self.samples, self.sample_rate), segment_length(self.samples.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_signal_has_the_density_of_what_is_kept_and_takes_its_memory_once() {
        let most = KEPT + 77_777;
        let signal: Vec<f64> = (0..most).map(|k| libm::sin(0.37 * k as f64) + 0.25).collect();
        let mut kept = BoundedSignal::new(most as u64, 1000.0);
        let before = kept.heap_bytes();
        for (i, sample) in signal.iter().enumerate() {
            kept.add(*sample);
            if i == 4999 {
                // A run that ends early has the density of the samples that there are.
                assert_eq!(kept.density(), (super::welch(&signal[..5000], 1000.0), 1024));
            }
        }
        assert_eq!(kept.density(), (super::welch(&signal[..KEPT], 1000.0), 65_536));
        assert_eq!((kept.heap_bytes(), before), (before, KEPT * size_of::<f64>()));
    }
}
