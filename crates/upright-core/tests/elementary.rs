//! The elementary functions against 300-bit arithmetic, in units in the last place.

use proptest::prelude::*;
use upright_core::elementary::{
    NUDGE, TANH_STEP, TURN, exp_m1, nudge, sin_cos, tanh, tanh_of_three, tanh_of_three_from, turn,
};

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

/// The distance of `got` from `expected`, in units in the last place of the largest of `expected`, `before` and `d`.
fn off(got: f64, expected: f64, before: f64, d: f64) -> f64 {
    let size = expected.abs().max(before.abs()).max(d.abs()).max(f64::MIN_POSITIVE);
    let ulp = f64::from_bits(size.to_bits() & (0x7FF << 52)) * f64::EPSILON;
    (got - expected).abs() / ulp
}

/// Turned by `d` against the long way to the same angle, in those units: the larger of sine and cosine.
fn off_the_long_way(turned: fn([f64; 2], f64) -> [f64; 2], angle: f64, d: f64) -> f64 {
    assert_eq!((angle + d) - angle, d, "a sum that rounds says nothing");
    let (sin, cos) = sin_cos(angle);
    let [s, c] = turned([sin, cos], d);
    let (expected_sin, expected_cos) = sin_cos(angle + d);
    off(s, expected_sin, sin, d).max(off(c, expected_cos, cos, d))
}

#[test]
fn three_tangents_are_those_of_one() {
    let all: Vec<f64> = rows().filter(|row| row.function == "tanh").map(|row| row.x).collect();
    for (i, &x) in all.iter().enumerate() {
        // Beside what is far from it, and at its limits.
        let beside = [all[(i * 7 + 3) % all.len()], [1e300, -1e300, 0.0][i % 3]];
        let three = tanh_of_three([x, beside[0], beside[1]]);
        for (found, expected) in three.into_iter().zip([x, beside[0], beside[1]].map(tanh)) {
            // A division, or five products that round.
            assert!((found - expected).abs() <= 8e-16 * expected.abs(), "{found}, not {expected}");
            assert!(found.abs() <= 1.0);
        }
        let single = tanh_of_three([x as f32, beside[0] as f32, beside[1] as f32]);
        for (found, expected) in single.into_iter().zip([x, beside[0], beside[1]].map(tanh)) {
            assert!((f64::from(found) - expected).abs() < 1e-6, "{found}, not {expected}");
        }
    }
}

/// What a number between a half and one is rounded by at most.
const ROUNDING: f64 = f64::EPSILON / 2.0;

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    // Of the long way both are up to 0.8 off, what is added up to 1.2, and the last addition rounds by a half.
    #[test]
    fn turned_by_a_small_angle_is_the_long_way(angle in -8_000_000..8_000_000_i64, d in -1.0..1.0_f64) {
        // Whole multiples of 2^-20 and 2^-44, whose sum is exact.
        let angle = angle as f64 / (1 << 20) as f64;
        let grid = (1_u64 << 44) as f64;
        let d = (d * TURN * grid).round() / grid;
        let off = off_the_long_way(turn, angle, d);
        prop_assert!(off < 3.3, "{off} at {angle} and {d}");
        let d = (d * NUDGE / TURN * grid).round() / grid;
        let off = off_the_long_way(nudge, angle, d);
        prop_assert!(off < 3.3, "{off} at {angle} and {d}");
    }

    #[test]
    fn turned_from_zero_keeps_every_place(d in -1.0..1.0_f64, scale in 0..40) {
        // Nothing is added to the sine, so that it must be right by itself.
        for (turned, most) in [(turn as fn([f64; 2], f64) -> [f64; 2], TURN), (nudge, NUDGE)] {
            let d = d * most * 0.5_f64.powi(scale);
            let ([s, c], (sin, cos)) = (turned([0.0, 1.0], d), sin_cos(d));
            prop_assert!(off(s, sin, 0.0, 0.0) < 2.2 && off(c, cos, 0.0, 0.0) < 2.2, "at {d}");
        }
    }

    #[test]
    fn turned_back_is_where_it_was(angle in -10.0..10.0_f64, d in -TURN..TURN) {
        let (sin, cos) = sin_cos(angle);
        let back = turn(turn([sin, cos], d), -d);
        // Rounded four times, of terms below one.
        prop_assert!((back[0] - sin).abs() < 4e-16 && (back[1] - cos).abs() < 4e-16);
        let mirrored = turn([-sin, cos], -d);
        let turned = turn([sin, cos], d);
        prop_assert_eq!(mirrored, [-turned[0], turned[1]]);
    }

    // In units of 2^-53, what a number below one is rounded by at most. Given the tangent of `x`, at most 2.5 off, of
    // which `x + d` has up to 1.7 times: 2.3 for the dividend, 1.4 for the divisor, 6 for the division by the product of
    // three, a half for the fraction's end; and 2.5 for the long way itself. From no slip, relative to a number whose
    // last place may be twice that: 2.1, 1.1, 6 and a half, and twice 2.5.
    #[test]
    fn tangents_from_others_are_the_long_way(
        x in [-25.0..25.0_f64, -2.0..2.0, -0.01..0.01],
        d in [-TANH_STEP..TANH_STEP, -TANH_STEP..TANH_STEP, -TANH_STEP..TANH_STEP],
    ) {
        let found = tanh_of_three_from(x.map(tanh), d);
        for i in 0..3 {
            let expected = tanh(x[i] + d[i]);
            let off = (found[i] - expected).abs() / ROUNDING;
            prop_assert!(off <= 1.7 * 2.5 + 10.2 + 2.5, "{} is not {expected}", found[i]);
            prop_assert!(found[i].abs() <= 1.0);
        }
        let mirrored = tanh_of_three_from(x.map(|x| tanh(-x)), d.map(|d| -d));
        prop_assert_eq!(mirrored, found.map(|y| -y));
        // From no slip, relative to what comes out.
        let found = tanh_of_three_from([0.0; 3], d);
        for i in 0..3 {
            let expected = tanh(d[i]);
            let off = (found[i] - expected).abs() / ROUNDING;
            prop_assert!(off <= (9.7 + 5.0) * expected.abs(), "{} is not {expected}", found[i]);
        }
    }
}
