//! Sine, cosine and hyperbolic tangent from plain multiplications and additions.
//!
//! The system's mathematical library differs from machine to machine in the last bit, and a vector
//! of lanes has none. These are the same everywhere. The polynomials were fitted to the functions
//! in 60-digit arithmetic (weighted least squares on Chebyshev nodes, the coefficients rounded one
//! after the other so that the later ones make up for the rounding of the earlier); their own error
//! is below 2^-57. Measured against a reference of 113 bits or more, sine and cosine stay below
//! 0.8 units in the last place for `|x| <= 100`, `tanh` below 2.5 and `exp_m1` below 2 (tests in
//! `tests/elementary.rs`).
//!
//! Argument reduction is that of Cody and Waite (1980) with the remainder carried in two parts.

use crate::real::{Kernel, Mask, Real, Words};

const QUARTER_PI: f64 = core::f64::consts::FRAC_PI_4;
const SIN: [f64; 6] = [
    -0.1666666666666663,
    0.008333333333321973,
    -0.00019841269829520692,
    2.7557313607067274e-06,
    -2.5050746453348854e-08,
    1.589618977343222e-10,
];
const COS: [f64; 6] = [
    0.041666666666666595,
    -0.001388888888887346,
    2.4801587289117357e-05,
    -2.755731425770238e-07,
    2.0875711542211635e-09,
    -1.1359087310084711e-11,
];
const EXP_M1: [f64; 10] = [
    0.16666666666666677,
    0.04166666666666668,
    0.008333333333321452,
    0.0013888888888877453,
    0.00019841269886523188,
    2.4801587340580914e-05,
    2.755724385001198e-06,
    2.755725925318303e-07,
    2.5109151336062306e-08,
    2.0919481448961705e-09,
];

/// `(ln((1 + s) / (1 - s)) / s - 2) / s^2` over `s^2`.
const LN: [f64; 8] = [
    0.6666666666666666,
    0.4000000000000088,
    0.28571428570801954,
    0.22222222392089008,
    0.18181795600060793,
    0.15386241881938595,
    0.13268714792348096,
    0.1308723619665962,
];

/// A polynomial in `x`, given `xx = x x`, from pairs of its terms (G. Estrin, 1960): as many operations
/// as one term after the other, and half of them wait for each other. `N` is even.
#[inline(always)]
fn polynomial<R: Real, const N: usize>(coefficients: &[f64; N], x: R, xx: R) -> R {
    let mut sum = R::of(coefficients[N - 2]) + R::of(coefficients[N - 1]) * x;
    for i in 1..N / 2 {
        let low = N - 2 * i - 2;
        sum = (R::of(coefficients[low]) + R::of(coefficients[low + 1]) * x) + xx * sum;
    }
    sum
}

/// Sine and cosine of `r + tail`, `|r|` up to a quarter of pi and `tail` below its last place. No
/// tail gives the bits of a tail of zero.
#[inline(always)]
fn sin_cos_near_zero<R: Real>(r: R, tail: Option<R>) -> (R, R) {
    let one = R::one();
    let z = r * r;
    let half = R::of(0.5) * z;
    let zz = z * z;
    let sin_rest = (z * r) * polynomial(&SIN, z, zz);
    let cos_rest = zz * polynomial(&COS, z, zz);
    let (sin_rest, cos_rest) = match tail {
        None => (sin_rest, cos_rest),
        Some(tail) => (sin_rest + tail * (one - half), cos_rest - r * tail),
    };
    // 1 - z / 2 loses bits of z; what it lost comes back with the small terms.
    let head = one - half;
    let lost = (one - head) - half;
    (r + sin_rest, head + (lost + cos_rest))
}

/// Sine and cosine of an angle in radians.
///
/// Accurate to below one unit in the last place for `|x| <= 100`; usable to about 1e6 in `f64`.
#[inline(always)]
pub fn sin_cos<R: Real>(x: R) -> (R, R) {
    // Where no lane needs reducing, the long way would give the same bits, only later.
    if x.abs().le(R::of(QUARTER_PI)).all() {
        sin_cos_near_zero(x, None)
    } else {
        core::hint::cold_path();
        R::run(Reduced(x))
    }
}

/// By how much [`turn`] turns at most, in rad.
pub const TURN: f64 = 1.0 / 32.0;
/// By how much [`nudge`] turns at most, in rad.
pub const NUDGE: f64 = 1.0 / 2048.0;

/// The sine and the cosine of an angle (or the same multiple of both) turned by `d` in rad, at most [`TURN`] of it:
/// Taylor's polynomials leave a part of 2^-57 of one, and what is added is small against what it is added to, so that
/// hardly more is lost than the rounding of the result.
#[inline(always)]
pub fn turn<R: Real>(at: [R; 2], d: R) -> [R; 2] {
    let z = d * d;
    let sin_rest = R::of(-1.0 / 6.0) + z * (R::of(1.0 / 120.0) - R::of(1.0 / 5040.0) * z);
    let cos_rest = R::of(-0.5) + z * (R::of(1.0 / 24.0) - R::of(1.0 / 720.0) * z);
    rotated(at, d + (z * d) * sin_rest, z * cos_rest)
}

/// The same of a `d` of at most [`NUDGE`]. The coefficient of the sine is the one that leaves least up to there, a
/// 2^-53rd of it.
#[inline(always)]
pub fn nudge<R: Real>(at: [R; 2], d: R) -> [R; 2] {
    let z = d * d;
    let sin = d + (z * d) * R::of(-0.166_666_665_021_6);
    rotated(at, sin, z * (R::of(-0.5) + R::of(1.0 / 24.0) * z))
}

/// Turned by the angle of which `sin` is the sine and `cos_less_one` the cosine less one.
#[inline(always)]
fn rotated<R: Real>([s, c]: [R; 2], sin: R, cos_less_one: R) -> [R; 2] {
    [s + (c * sin + s * cos_less_one), c + (c * cos_less_one - s * sin)]
}

/// Sine and cosine of any angle.
struct Reduced<R>(R);

impl<R: Real> Kernel for Reduced<R> {
    type Output = (R, R);
    #[inline(always)]
    fn run(self) -> (R, R) {
        sin_cos_reduced(self.0)
    }
}

#[inline(always)]
fn sin_cos_reduced<R: Real>(x: R) -> (R, R) {
    let [high, middle, low] = R::HALF_PI;
    let turns = R::select(
        x.abs().le(R::of(QUARTER_PI)),
        R::zero(),
        (x * R::of(core::f64::consts::FRAC_2_PI)).round(),
    );
    // Both products are exact, and so is the first difference.
    let a = x - turns * R::of(high);
    let b = turns * R::of(middle);
    let r = a - b;
    // What rounding took from a - b (Knuth's two-sum: either may be the larger).
    let taken = r - a;
    let lost = (a - (r - taken)) - (b + taken);
    let tail = lost - turns * R::of(low);

    let (s, c) = sin_cos_near_zero(r, Some(tail));
    // turns modulo 4, in -2 ..= 2
    let quadrant = turns - R::of(4.0) * (turns * R::of(0.25)).round();
    let odd = R::select(quadrant.abs().lt(R::of(1.5)), quadrant.abs(), R::zero()).gt(R::of(0.5));
    let sin = R::select(odd, c, s);
    let cos = R::select(odd, s, c);
    let sin_negative = quadrant.lt(R::of(-0.5)) | quadrant.gt(R::of(1.5));
    let cos_negative = quadrant.gt(R::of(0.5)) | quadrant.lt(R::of(-1.5));
    (R::select(sin_negative, -sin, sin), R::select(cos_negative, -cos, cos))
}

/// `exp(x) - 1`, accurate near zero too. The argument is limited to what the type can hold: -700
/// to 700 in `f64`, -80 to 80 in `f32`.
#[inline(always)]
pub fn exp_m1<R: Real>(x: R) -> R {
    // The exponents of the narrower type tell it apart.
    let limit = if R::ROUNDER > 1e9 { 700.0 } else { 80.0 };
    exp_m1_within(x.clamp(R::of(-limit), R::of(limit)))
}

/// The same of an argument within these limits.
#[inline(always)]
fn exp_m1_within<R: Real>(x: R) -> R {
    let [high, low] = R::LN_2;
    let whole = (x * R::of(core::f64::consts::LOG2_E)).round();
    let r = (x - whole * R::of(high)) - whole * R::of(low);
    let z = r * r;
    let near_zero = r + (R::of(0.5) * z + (z * r) * polynomial(&EXP_M1, r, z));
    let scale = whole.exp2_of_whole();
    scale * near_zero + (scale - R::one())
}

/// Natural logarithm of a positive normal number; otherwise the value is unspecified.
///
/// Of the number's part from the root of a half to the root of two, by the series of the area tangent; below two units
/// in the last place, or 2e-16 where it is below one.
#[inline(always)]
pub fn ln<R: Real>(x: R) -> R {
    const ROOT_HALF: u64 = 0x3FE6_A09E_667F_3BCD;
    // Counted from the root of a half, the exponent's bits change where the part does.
    let shifted =
        x.words().wrapping_add(R::Words::splat(1.0_f64.to_bits().wrapping_sub(ROOT_HALF)));
    let exponent = R::of_count(shifted.right(52)) - R::of(1023.0);
    let fraction = shifted.left(12).right(12);
    let part = R::of_words(fraction.wrapping_add(R::Words::splat(ROOT_HALF)));
    let off = part - R::one();
    let s = off / (part + R::one());
    let z = s * s;
    let [high, low] = R::LN_2;
    let rest = (z * s) * polynomial(&LN, z, z * z) + exponent * R::of(low);
    exponent * R::of(high) + ((s + s) + rest)
}

/// Hyperbolic tangent.
#[inline(always)]
pub fn tanh<R: Real>(x: R) -> R {
    R::run(Tanh(x))
}

struct Tanh<R>(R);

impl<R: Real> Kernel for Tanh<R> {
    type Output = R;
    #[inline(always)]
    fn run(self) -> R {
        let x = self.0;
        // Beyond 22 the result rounds to one.
        let t = exp_m1(R::of(2.0) * x.abs().min(R::of(22.0)));
        let y = t / (t + R::of(2.0));
        R::select(x.lt(R::zero()), -y, y)
    }
}

/// Hyperbolic tangents of three numbers, with one division. Where one is not a number, none is.
#[inline(always)]
pub fn tanh_of_three<R: Real>(x: [R; 3]) -> [R; 3] {
    // Beyond this the result rounds to one, and three of the exponentials multiply to a number that the type can hold.
    let most = R::of(if R::ROUNDER > 1e9 { 22.0 } else { 9.0 });
    let (one, two) = (R::one(), R::of(2.0));
    let t = [
        exp_m1_within(two * x[0].abs().min(most)),
        exp_m1_within(two * x[1].abs().min(most)),
        exp_m1_within(two * x[2].abs().min(most)),
    ];
    let d = [t[0] + two, t[1] + two, t[2] + two];
    let d01 = d[0] * d[1];
    let inverse = one / (d01 * d[2]);
    let rest = inverse * d[2];
    let y = [t[0] * (rest * d[1]), t[1] * (rest * d[0]), t[2] * (inverse * d01)];
    let mut signed = y;
    let mut i = 0;
    while i < 3 {
        let y = y[i].min(one);
        signed[i] = R::select(x[i].lt(R::zero()), -y, y);
        i += 1;
    }
    signed
}

/// By how much the arguments of [`tanh_of_three_from`] may differ at most.
pub const TANH_STEP: f64 = 0.25;

/// Hyperbolic tangents of `x + d` for three `x`, from their tangents, by the theorem of addition, with one division. Of
/// each `d`, at most [`TANH_STEP`], the quotient of J. H. Lambert's continued fraction leaves a part of 2^-54.
#[inline(always)]
pub fn tanh_of_three_from<R: Real>(tanh: [R; 3], d: [R; 3]) -> [R; 3] {
    let [(a0, b0), (a1, b1), (a2, b2)] =
        [sum_of(tanh[0], d[0]), sum_of(tanh[1], d[1]), sum_of(tanh[2], d[2])];
    let b01 = b0 * b1;
    let inverse = R::one() / (b01 * b2);
    let rest = inverse * b2;
    let one = R::one();
    [
        (a0 * (rest * b1)).clamp(-one, one),
        (a1 * (rest * b0)).clamp(-one, one),
        (a2 * (inverse * b01)).clamp(-one, one),
    ]
}

/// The tangent of `x + d`, given that of `x`, as dividend and divisor.
#[inline(always)]
fn sum_of<R: Real>(tanh: R, d: R) -> (R, R) {
    let z = d * d;
    let above = d * (R::of(10_395.0) + z * (R::of(1_260.0) + R::of(21.0) * z));
    let below = R::of(10_395.0) + z * (R::of(4_725.0) + z * (R::of(210.0) + z));
    (tanh * below + above, below + tanh * above)
}

/// The whole turns nearest to an angle: a multiple of `2 pi`, in rad.
#[inline(always)]
pub fn nearest_turn<R: Real>(angle: R) -> R {
    let turn = R::of(2.0 * core::f64::consts::PI);
    (angle * R::of(0.5 / core::f64::consts::PI)).round() * turn
}
