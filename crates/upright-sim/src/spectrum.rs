//! The power spectral density of a signal, by Welch's method.
//!
//! A periodogram of the whole signal does not get less noisy when the signal gets longer; Welch's
//! estimate does, because it averages over segments. P. D. Welch, "The use of fast Fourier transform
//! for the estimation of power spectra", IEEE Transactions on Audio and Electroacoustics 15(2), 1967.

use realfft::RealFftPlanner;
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
    let window: Vec<f64> =
        (0..length).map(|k| 0.5 - 0.5 * libm::cos(TAU * k as f64 / length as f64)).collect();
    let transform = RealFftPlanner::new().plan_fft_forward(length);
    let mut weighed = transform.make_input_vec();
    let mut amplitudes = transform.make_output_vec();
    let mut scratch = transform.make_scratch_vec();
    let mut powers = vec![0.0; amplitudes.len()];
    let mut segments = 0.0;
    for start in (0..=signal.len() - length).step_by(length - length / 2) {
        let segment = &signal[start..start + length];
        let mean = segment.iter().sum::<f64>() / length as f64;
        for ((out, sample), weight) in weighed.iter_mut().zip(segment).zip(&window) {
            *out = (sample - mean) * weight;
        }
        // Fails on buffers of another length only, and these are the transform's own.
        if transform.process_with_scratch(&mut weighed, &mut amplitudes, &mut scratch).is_err() {
            return Vec::new();
        }
        for (power, amplitude) in powers.iter_mut().zip(&amplitudes) {
            *power += amplitude.norm_sqr();
        }
        segments += 1.0;
    }
    let scale = 1.0 / (sample_rate * window.iter().map(|weight| weight * weight).sum::<f64>());
    let row = |(k, power): (usize, f64)| {
        let alone = k == 0 || 2 * k == length;
        let sides = if alone { 1.0 } else { 2.0 };
        [k as f64 * sample_rate / length as f64, sides * scale * power / segments]
    };
    powers.into_iter().enumerate().map(row).collect()
}
