//! Welch's estimate against `scipy.signal.welch`, and by law.

use proptest::prelude::{any, prop};
use proptest::{prop_assert, proptest};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};
use serde_json::Value;
use std::f64::consts::TAU;
use upright_sim::spectrum::{segment_length, welch};

/// The signal of a case, as `reference/spectrum.py` makes it.
fn signal(case: &Value) -> Vec<f64> {
    let number = |name: &str| case[name].as_f64().expect("a number");
    let whole = |name: &str| case[name].as_u64().expect("a whole number");
    let (mut x, square) = (whole("seed"), whole("square"));
    (0..whole("samples"))
        .map(|i| {
            x = (1103515245 * x + 12345) % (1 << 31);
            let wave = if i % square < square / 2 { 1.0 } else { -1.0 };
            x as f64 / (1_u64 << 31) as f64 + number("offset") + number("slope") * i as f64 + wave
        })
        .collect()
}

#[test]
fn densities_are_those_of_scipy() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("reference/spectrum.json")).expect("a list");
    assert_eq!(cases.len(), 5);
    for case in &cases {
        let found = welch(&signal(case), case["rate"].as_f64().expect("a rate"));
        assert_eq!(Some(found.len() as u64), case["rows"].as_u64());
        let largest = found.iter().map(|row| row[1]).fold(0.0, f64::max);
        let every = case["every"].as_u64().expect("a step") as usize;
        let expected = case["density"].as_array().expect("rows");
        assert_eq!(expected.len(), found.len().div_ceil(every));
        for (row, expected) in found.iter().step_by(every).zip(expected) {
            let [frequency, density] = [0, 1].map(|i| expected[i].as_f64().expect("a number"));
            assert!((row[0] - frequency).abs() <= 1e-12 * frequency);
            // Rounding of sums over a segment, relative to the largest of the densities.
            assert!((row[1] - density).abs() <= 1e-13 * largest, "{row:?}, not {density}");
        }
    }
}

/// White noise of the given variance: the sum of twelve uniform numbers is near enough to normal.
fn noise(seed: u64, samples: usize, variance: f64) -> Vec<f64> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut uniform = || (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    let mut normal = || (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
    (0..samples).map(|_| variance.sqrt() * normal()).collect()
}

/// Integral of a density: every row stands for one step of the frequency.
fn integral(density: &[[f64; 2]]) -> f64 {
    density.iter().map(|row| row[1] * density[1][0]).sum()
}

proptest! {
    #[test]
    fn the_integral_over_white_noise_is_its_variance(
        seed in any::<u64>(), variance in 1e-3..1e3, rate in 1.0..1e4,
    ) {
        let samples = 20_000;
        let density = welch(&noise(seed, samples, variance), rate);
        // The variance of n normal samples is known to sqrt(2/n); segments weigh the samples unevenly
        // by at most a factor of two. Five such deviations.
        let tolerance = 5.0 * 2.0 * (2.0 / samples as f64).sqrt();
        prop_assert!((integral(&density) / variance - 1.0).abs() < tolerance);
    }

    #[test]
    fn the_density_of_white_noise_is_flat(seed in any::<u64>()) {
        let density = welch(&noise(seed, 40_000, 1.0), 2.0);
        // Over the band from 0 to 1 Hz a variance of 1 is a density of 1. A quarter of the band is the
        // mean of a thousand rows that hardly depend on each other, of which each is off by a third.
        for quarter in density[1..density.len() - 1].chunks(density.len() / 4) {
            if quarter.len() > 100 {
                let mean = quarter.iter().map(|row| row[1]).sum::<f64>() / quarter.len() as f64;
                prop_assert!((mean - 1.0).abs() < 0.1, "{mean}");
            }
        }
    }

    #[test]
    fn a_sine_has_its_peak_at_its_frequency(
        share in 0.02..0.48, amplitude in 1e-3..1e3, samples in 256_usize..5000, offset in -10.0..10.0,
    ) {
        let rate = 250.0;
        let frequency: f64 = share * rate;
        let sine: Vec<f64> = (0..samples)
            .map(|k| offset + amplitude * (TAU * frequency * k as f64 / rate).sin())
            .collect();
        let density = welch(&sine, rate);
        let peak = density.iter().max_by(|a, b| a[1].total_cmp(&b[1])).expect("rows");
        let step = rate / segment_length(samples) as f64;
        prop_assert!((peak[0] - frequency).abs() <= step, "{peak:?}, not {frequency}");
    }

    #[test]
    fn a_density_scales_with_the_square_and_forgets_the_mean(
        signal in prop::collection::vec(-1.0..1.0, 2..300), factor in 0.1..10.0, offset in -10.0..10.0,
    ) {
        let moved: Vec<f64> = signal.iter().map(|sample| factor * sample + offset).collect();
        let (plain, moved) = (welch(&signal, 100.0), welch(&moved, 100.0));
        let largest = plain.iter().map(|row| row[1]).fold(0.0, f64::max) + 1e-20;
        for (plain, moved) in plain.iter().zip(&moved) {
            let expected: f64 = factor * factor * plain[1];
            prop_assert!((moved[1] - expected).abs() <= 1e-9 * factor * factor * largest + 1e-24);
        }
    }

    #[test]
    fn any_signal_has_densities_or_none(
        signal in prop::collection::vec(-1e6..1e6, 0..200), rate in any::<f64>(),
    ) {
        for [frequency, density] in welch(&signal, rate) {
            prop_assert!(frequency >= 0.0 && density >= 0.0, "{frequency} {density}");
        }
    }
}

#[test]
fn there_is_no_density_without_samples_a_rate_or_numbers() {
    assert!(welch(&[], 1.0).is_empty());
    assert!(welch(&[1.0], 1.0).is_empty());
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(welch(&[1.0, 2.0, 3.0], rate).is_empty(), "{rate}");
    }
    assert!(welch(&[1.0, f64::NAN, 3.0], 1.0).is_empty());
    assert_eq!(welch(&[1.0, 2.0], 1.0).len(), 2);
}
