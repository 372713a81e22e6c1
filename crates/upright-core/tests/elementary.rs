//! The elementary functions against 300-bit arithmetic, in units in the last place.

use upright_core::elementary::{exp_m1, sin_cos, tanh};

/// A row of `data/elementary.csv`: the argument, and the exact value as the sum of two doubles.
struct Row {
    function: &'static str,
    x: f64,
    high: f64,
    low: f64,
}

fn rows() -> impl Iterator<Item = Row> {
    let double = |bits| f64::from_bits(u64::from_str_radix(bits, 16).expect("a bit pattern"));
    include_str!("data/elementary.csv").lines().map(move |line| {
        let mut cells = line.split(',');
        let mut next = || cells.next().expect("four columns");
        let function = next();
        Row { function, x: double(next()), high: double(next()), low: double(next()) }
    })
}

impl Row {
    /// The distance of `got` from the exact value in units in the last place of a number with
    /// `fraction` bits.
    fn ulps(&self, got: f64, fraction: u64) -> f64 {
        let exponent = (self.high.to_bits() >> 52) & 0x7FF;
        let ulp = f64::from_bits((exponent - fraction) << 52);
        ((got - self.high) - self.low).abs() / ulp
    }
}

/// The largest error of `f` over the rows of `function`.
fn worst(function: &str, fraction: u64, f: impl Fn(f64) -> f64) -> f64 {
    let (mut worst, mut count) = (0.0_f64, 0);
    for row in rows().filter(|row| row.function == function) {
        worst = worst.max(row.ulps(f(row.x), fraction));
        count += 1;
    }
    println!("{function}: {worst:.3} ulp over {count} points");
    assert!(count > 1000, "too few points of {function}");
    worst
}

#[test]
fn sine_and_cosine_stay_below_one_ulp() {
    assert!(worst("sin", 52, |x| sin_cos(x).0) < 0.8);
    assert!(worst("cos", 52, |x| sin_cos(x).1) < 0.8);
}

#[test]
fn single_precision_sine_and_cosine_stay_below_one_ulp() {
    assert!(worst("sin32", 23, |x| f64::from(sin_cos(x as f32).0)) < 1.0);
    assert!(worst("cos32", 23, |x| f64::from(sin_cos(x as f32).1)) < 1.0);
}

#[test]
fn the_other_functions_stay_near_their_bounds() {
    assert!(worst("tanh", 52, tanh) < 2.5);
    assert!(worst("exp_m1", 52, exp_m1) < 2.0);
}

#[test]
fn symmetry_and_limits() {
    for row in rows() {
        let ((s, c), (ms, mc)) = (sin_cos(row.x), sin_cos(-row.x));
        assert_eq!((s, c), (-ms, mc), "at {}", row.x);
        assert_eq!(tanh(row.x), -tanh(-row.x));
    }
    assert_eq!(tanh(1e300), 1.0);
    assert_eq!(tanh(-1e300), -1.0);
    assert_eq!(exp_m1(-1e300), -1.0);
    assert!(f64::is_finite(exp_m1(1e300)));
    assert!(f64::is_nan(tanh(f64::NAN)) && f64::is_nan(exp_m1(f64::NAN)));
    let (s, c) = sin_cos(f64::NAN);
    assert!(f64::is_nan(s) && f64::is_nan(c));
}
