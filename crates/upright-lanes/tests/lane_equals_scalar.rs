//! Every operation of every unit that this machine has, lane by lane against `f64`, to the bit:
//! numbers of every kind, NaN, infinities, signed zeros and denormals included.

use proptest::prelude::*;
use upright_core::elementary::{exp_m1, nudge, sin_cos, tanh, turn};
use upright_core::integrate::{euler, rk4, rk4_held};
use upright_core::plant::{Coulomb, Drag, Full, Plant};
use upright_core::{Kernel, Mask, Real};
use upright_lanes::{Unit, UnitVisitor, dispatch};

/// What is compared: the bits of each number, and each truth value as a number.
type Results = Vec<(&'static str, u64)>;

/// The bits of a number. Which NaN an operation gives depends on the order of its operands, which
/// compilers may change; that it gives one does not.
fn bits(x: f64) -> u64 {
    if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() }
}

/// Every operation on one lane's numbers.
struct Operations<R>([R; 3]);

impl<R: Real> Kernel for Operations<R> {
    type Output = Vec<(&'static str, R)>;
    #[inline(always)]
    fn run(self) -> Self::Output {
        let [a, b, c] = self.0;
        let truth = |mask: R::Mask| R::select(mask, R::one(), R::zero());
        // Whole and within the exponents of normal numbers.
        let whole = (c * R::of(1e-3)).clamp(R::of(-1000.0), R::of(1000.0)).round();
        let whole = R::select(whole.finite(), whole, R::zero());
        let angle = a.clamp(R::of(-1e5), R::of(1e5));
        let near = a.clamp(R::of(-0.5), R::of(0.5));
        vec![
            ("add", a + b),
            ("sub", a - b),
            ("mul", a * b),
            ("div", a / b),
            ("neg", -a),
            ("product and sum", a * b + c),
            ("sqrt", a.sqrt()),
            ("abs", a.abs()),
            ("sign", a.sign()),
            ("round", a.round()),
            ("exp2_of_whole", whole.exp2_of_whole()),
            ("max", a.max(b)),
            ("min", a.min(b)),
            ("clamp", a.clamp(b, c)),
            ("lt", truth(a.lt(b))),
            ("le", truth(a.le(b))),
            ("gt", truth(a.gt(b))),
            ("ge", truth(a.ge(b))),
            ("finite", truth(a.finite())),
            ("and", truth(a.lt(b) & b.lt(c))),
            ("or", truth(a.lt(b) | b.lt(c))),
            ("not", truth(!a.lt(b))),
            ("select", R::select(a.le(b), b, c)),
            ("sin", sin_cos(angle).0),
            ("cos", sin_cos(angle).1),
            ("sin near zero", sin_cos(near).0),
            ("cos near zero", sin_cos(near).1),
            ("sin turned", turn([b, c], near)[0]),
            ("cos nudged", nudge([b, c], near)[1]),
            ("exp_m1", exp_m1(a)),
            ("tanh", tanh(a)),
        ]
    }
}

/// The results of all numbers, in as many vectors as they fill.
fn in_vectors<R: Real>(
    numbers: &[[f64; 3]],
    take: impl Fn([R; 3]) -> Vec<(&'static str, R)>,
) -> Vec<Results> {
    let mut all = Vec::new();
    for chunk in numbers.chunks(R::LANES) {
        // A last vector that is not full repeats its first number.
        let at = |lane: usize| chunk[if lane < chunk.len() { lane } else { 0 }];
        let results = take([0, 1, 2].map(|i| R::from_lanes(|lane| at(lane)[i])));
        for lane in 0..chunk.len() {
            all.push(results.iter().map(|(name, x)| (*name, bits(x.lane(lane)))).collect());
        }
    }
    all
}

/// The operations on all numbers.
struct All<'a>(&'a [[f64; 3]]);

impl UnitVisitor for All<'_> {
    type Output = Vec<Results>;
    fn visit<R: Real>(self) -> Self::Output {
        in_vectors::<R>(self.0, |operands| R::run(Operations(operands)))
    }
}

fn check(numbers: &[[f64; 3]]) {
    let expected = All(numbers).visit::<f64>();
    for unit in Unit::available() {
        let found = dispatch(unit, All(numbers)).expect("available");
        for ((numbers, expected), found) in numbers.iter().zip(&expected).zip(&found) {
            for ((name, expected), (_, found)) in expected.iter().zip(found) {
                let (expected, found) = (f64::from_bits(*expected), f64::from_bits(*found));
                assert_eq!(
                    bits(expected),
                    bits(found),
                    "{name} of {numbers:?} with {unit}: {expected:e}, not {found:e}"
                );
            }
        }
    }
}

/// Numbers at which operations differ if they ever do.
const SPECIAL: [f64; 20] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -1.5,
    2.5,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::MIN_POSITIVE,
    -f64::MIN_POSITIVE,
    5e-324,
    -5e-324,
    2.225073858507201e-308,
    f64::MAX,
    f64::MIN,
    std::f64::consts::FRAC_PI_4,
    -std::f64::consts::FRAC_PI_2,
    1e5,
];

#[test]
fn special_numbers_agree_to_the_bit() {
    let mut numbers = Vec::new();
    for a in SPECIAL {
        for b in SPECIAL {
            for c in SPECIAL {
                numbers.push([a, b, c]);
            }
        }
    }
    check(&numbers);
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        -10.0..10.0_f64,
        (0..SPECIAL.len()).prop_map(|i| SPECIAL[i]),
    ]
}

proptest! {
    #[test]
    fn any_numbers_agree_to_the_bit(
        numbers in prop::collection::vec([any_number(), any_number(), any_number()], 1..60)
    ) {
        check(&numbers);
    }
}

/// A step of each integrator from angles and rates; the fast lanes take another way than the slow ones.
struct Steps<R>([R; 3]);

impl<R: Real> Kernel for Steps<R> {
    type Output = Vec<(&'static str, R)>;
    #[inline(always)]
    fn run(self) -> Self::Output {
        let [a, b, c] = self.0;
        let plant = Plant {
            coulomb: Coulomb { cart: 0.5, joint1: 0.01, joint2: 0.02, ..Coulomb::default() },
            drag: Drag { link1_area: 0.02, link2_area: 0.01, ..Drag::default() },
            ..Plant::default()
        };
        let motion = Full::<R>::new(&plant);
        let state = [R::zero(), a, b - c, c, b * c, a * c * c];
        let h = R::of(1e-3);
        let push = |_| [a, b, R::zero()];
        let names = ["x", "theta1", "theta2", "x_dot", "theta1_dot", "theta2_dot"];
        let [first, second, third] = [
            rk4(&motion, &state, h, push),
            rk4_held(&motion, &state, h, a),
            euler(&motion, &state, h, push),
        ];
        let of = |state: [R; 6]| names.into_iter().zip(state);
        of(first).chain(of(second)).chain(of(third)).collect()
    }
}

/// The steps of all numbers.
struct AllSteps<'a>(&'a [[f64; 3]]);

impl UnitVisitor for AllSteps<'_> {
    type Output = Vec<Results>;
    fn visit<R: Real>(self) -> Self::Output {
        in_vectors::<R>(self.0, |operands| R::run(Steps(operands)))
    }
}

proptest! {
    #[test]
    fn steps_do_not_depend_on_the_neighbours(
        numbers in prop::collection::vec([-4.0..4.0_f64, -4.0..4.0_f64, -4.0..4.0_f64], 1..60)
    ) {
        // From slow to some 60 rad/s: within a step that is turned, further, and far.
        let numbers: Vec<[f64; 3]> =
            numbers.iter().map(|[a, b, c]| [*a, *b, c * c * c / 16.0]).collect();
        let expected = AllSteps(&numbers).visit::<f64>();
        for unit in Unit::available() {
            prop_assert_eq!(&dispatch(unit, AllSteps(&numbers)).expect("available"), &expected);
        }
    }
}

/// Lanes and masks apart from arithmetic.
struct Shape;

impl UnitVisitor for Shape {
    type Output = ();
    fn visit<R: Real>(self) {
        let counted = R::from_lanes(|lane| lane as f64);
        for lane in 0..R::LANES {
            assert_eq!(counted.lane(lane), lane as f64);
            let below = R::of(lane as f64);
            assert_eq!(counted.lt(below).any(), lane > 0);
            assert_eq!(counted.ge(below).all(), lane == 0);
            let only = counted.ge(below) & counted.le(below);
            assert!(only.any());
            assert!(!(!only).all());
            assert_eq!(only.all(), R::LANES == 1);
        }
        for value in [false, true] {
            let mask = <R::Mask as Mask>::splat(value);
            assert_eq!((mask.all(), mask.any()), (value, value));
            assert_eq!(((!mask).all(), (!mask).any()), (!value, !value));
        }
        assert_eq!(R::of(-0.0).lane(R::LANES - 1).to_bits(), (-0.0_f64).to_bits());
    }
}

#[test]
fn lanes_stand_in_order_and_masks_say_all_and_any() {
    for unit in Unit::available() {
        dispatch(unit, Shape).expect("available");
    }
}
