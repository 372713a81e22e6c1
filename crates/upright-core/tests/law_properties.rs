//! What holds for the reaching laws: on the integrator that they are made for, and over whatever
//! they may be told.

use proptest::array::uniform6;
use proptest::collection::vec;
use proptest::prelude::*;
use upright_core::feedback::StateFeedback;
use upright_core::law::Smoothing;
use upright_core::law::adaptive::{self, Adaptive};
use upright_core::law::classical::{self, Classical};
use upright_core::law::hybrid::{self, Adaptation, Direction, Estimate, Hybrid, Switch};
use upright_core::law::super_twisting::{self, Discretization, SuperTwisting};
use upright_core::{
    Controller, HistorySize, Kind, Plant, ReachingLaw, Real, Sample, SlidingMode, SlidingSurface,
    State,
};

/// A kind of sliding mode controller, and its law alone.
trait Reaching: Kind {
    type Law<R: Real>: ReachingLaw<R>;
    fn law<R: Real>(settings: &Self::Settings, period: f64) -> Self::Law<R>;
}

macro_rules! reaching {
    ($($module:ident::$kind:ident),+) => {
        $(impl Reaching for $kind {
            type Law<R: Real> = $module::Law<R>;
            fn law<R: Real>(settings: &Self::Settings, period: f64) -> Self::Law<R> {
                $module::Law::new(settings, period)
            }
        })+
    };
}

reaching!(classical::Classical, super_twisting::SuperTwisting, adaptive::Adaptive, hybrid::Hybrid);

/// The control period in s.
const T: f64 = 1e-3;

fn sample<R: Real>(s: f64, period: f64) -> Sample<R> {
    let s = R::of(s);
    Sample {
        s,
        sigma: s,
        beta: R::one(),
        gain: R::one(),
        equivalent: R::zero(),
        period: R::of(period),
    }
}

/// One period with an actuator that lets everything through; returns `nu`.
fn turn<R: Real>(law: &mut impl ReachingLaw<R>, s: f64) -> R {
    let sample = sample(s, T);
    let nu = law.reach(&sample);
    law.after_saturation(&sample, nu, nu.lt(nu));
    nu
}

/// The value of the column `name`.
fn column<R: Real, L: ReachingLaw<R>>(law: &L, name: &str) -> f64 {
    let mut values = Vec::new();
    law.columns(|value| values.push(value.lane(0)));
    let index = L::COLUMNS.iter().position(|column| *column == name);
    values[index.expect("a column of the law")]
}

/// What happens to a law in a period.
#[derive(Debug, Clone, Copy)]
struct Event {
    s: f64,
    /// The share of `nu` that the actuator lets through; all of it from one on.
    passes: f64,
}

/// From a millionth of a newton second to three, on both sides.
fn distance() -> impl Strategy<Value = f64> {
    prop_oneof![
        9 => (-6.0..0.5, any::<bool>())
            .prop_map(|(size, left)| if left { -10_f64.powf(size) } else { 10_f64.powf(size) }),
        1 => Just(0.0),
    ]
}

fn history() -> impl Strategy<Value = Vec<Event>> {
    vec((distance(), 0.0..2.0).prop_map(|(s, passes)| Event { s, passes }), 1..400)
}

/// One period of a law; `side` is -1 for the mirror image. Returns `nu`, `nu_real` and whether the
/// force was limited.
fn live<L: ReachingLaw<f64>>(law: &mut L, event: Event, side: f64) -> (f64, f64, bool) {
    let sample = sample(side * event.s, T);
    let nu = law.reach(&sample);
    let (nu_real, limited) = (nu * event.passes.min(1.0), event.passes < 1.0);
    law.after_saturation(&sample, nu_real, limited);
    (nu, nu_real, limited)
}

fn super_twisting(k1: f64, k2: f64, discretization: Discretization) -> super_twisting::Settings {
    super_twisting::Settings {
        k1: Some(k1),
        k2: Some(k2),
        discretization,
        ..super_twisting::Settings::default()
    }
}

/// The worst `|s|` and the total variation of `nu` over the disturbance's own, in the second half
/// of 10 s on `s_(k+1) = s_k + T (nu_k + d_k)`, the disturbance taken at the period's start.
fn on_the_integrator(discretization: Discretization, period: f64) -> (f64, f64) {
    let mut law = SuperTwisting::law::<f64>(&super_twisting(3.0, 4.4, discretization), period);
    let periods = (10.0 / period).round() as u32;
    let (mut s, mut worst) = (1.0, 0.0_f64);
    let (mut variation, mut own) = (0.0, 0.0);
    let (mut nu_before, mut d_before) = (0.0, 0.0);
    for k in 0..periods {
        let t = f64::from(k) * period;
        let d = 0.5 * (2.0 * t).sin() + 0.3 * (5.0 * t).cos();
        let nu = law.reach(&sample(s, period));
        law.after_saturation(&sample(s, period), nu, false);
        if k > periods / 2 {
            worst = worst.max(s.abs());
            variation += (nu - nu_before).abs();
            own += (d - d_before).abs();
        }
        (nu_before, d_before) = (nu, d);
        s += period * (nu + d);
    }
    println!("{discretization:?} at {period:e} s: |s| {worst:.3e}, ratio {:.4}", variation / own);
    (worst, variation / own)
}

#[test]
fn implicit_super_twisting_is_of_order_two_and_adds_no_chattering() {
    for period in [1e-2, 1e-3, 1e-4] {
        let (worst, ratio) = on_the_integrator(Discretization::Implicit, period);
        // What is left is what the disturbance moves by in a period, before the law can know of
        // it: T^2 times its steepest slope, |cos 2t - 1.5 sin 5t| = 2.5 N/s.
        assert!((worst / (2.5 * period * period) - 1.0).abs() < 0.01, "|s| of {worst:e}");
        assert!((ratio - 1.0).abs() < 0.01, "{ratio} times the disturbance's variation");
    }
}

#[test]
fn explicit_super_twisting_chatters() {
    for (period, expected) in [(1e-2, 1.1e-3), (1e-3, 1.1e-5), (1e-4, 1.2e-7)] {
        let (worst, ratio) = on_the_integrator(Discretization::Explicit, period);
        // The figures are given to two digits, and where chattering peaks is chance.
        assert!((worst / expected - 1.0).abs() < 0.1, "|s| of {worst:e}, not {expected:e}");
        assert!(ratio > 3.2, "{ratio} times the disturbance's variation");
    }
}

/// The total variation of `nu` over the second ten seconds on an integrator of gain `ratio`.
fn ringing(ratio: f64) -> f64 {
    let settings = super_twisting(30.0, 30.0, Discretization::Implicit);
    let mut law = SuperTwisting::law::<f64>(&settings, T);
    let (mut s, mut variation, mut before) = (0.3, 0.0, 0.0);
    for k in 0..20_000 {
        let nu = turn(&mut law, s);
        s += T * ratio * nu;
        if k > 10_000 {
            variation += (nu - before).abs();
        }
        before = nu;
    }
    variation
}

#[test]
fn implicit_super_twisting_rings_from_a_gain_ratio_of_four_thirds_on() {
    // At 1.33 the slowest root is -0.993, and ten seconds leave nothing but rounding of it.
    assert!(ringing(1.33) < 1e-9, "{} N", ringing(1.33));
    // The specification's figure, to its digits.
    assert!((ringing(1.35) - 923.0).abs() < 0.5, "{} N", ringing(1.35));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn implicit_answer_solves_the_inclusion(
        k1 in 1.0..60.0, k2 in 1.0..80.0, rate in 0.0..20.0, before in distance(), s in distance(),
    ) {
        let settings = super_twisting::Settings {
            reaching_rate: rate,
            ..super_twisting(k1, k2, Discretization::Implicit)
        };
        let mut law = SuperTwisting::law::<f64>(&settings, T);
        turn(&mut law, before);
        let old = column(&law, "z");
        let nu = turn(&mut law, s);
        let z = column(&law, "z");
        // From the answer back to the sign xi and the root r that it stands for.
        let xi = (old - z) / (T * k2);
        let r_xi = (z - T * k2 * xi - rate * s - nu) / k1;
        let r = r_xi.abs();
        // Rounding of z, which is at most 0.16 N, seen through T k2.
        let slack = 1e-15 / (T * k2);
        prop_assert!(xi.abs() <= 1.0 + slack, "xi = {xi} is no sign");
        prop_assert!(r < 1e-12 || (xi - s.signum()).abs() <= slack, "xi = {xi}, r = {r}");
        let left = r_xi * r + T * k1 * r_xi + T * T * k2 * xi;
        prop_assert!((left - s).abs() < 1e-12 * (1e-3 + s.abs()), "{left} is not {s}");
    }

    #[test]
    fn implicit_loop_is_the_backward_euler_system(
        k1 in 1.0..60.0, k2 in 1.0..80.0, start in distance(), d in vec(-1.0..1.0, 2..50),
    ) {
        let settings = super_twisting(k1, k2, Discretization::Implicit);
        let mut law = SuperTwisting::law::<f64>(&settings, T);
        let (mut s, mut d_before, mut solution) = (start, 0.0, None);
        for d in d {
            let old = column(&law, "z");
            let nu = turn(&mut law, s);
            let z = column(&law, "z");
            let xi = (old - z) / (T * k2);
            // The solution of the implicit equation and y = z + d obey
            // x+ = x + T (-k1 |x+|^(1/2) sign x+ + y+), y+ = y - T k2 xi.
            let r_xi = (z - T * k2 * xi - nu) / k1;
            let x = r_xi * r_xi.abs();
            if let Some(x_before) = solution {
                let y = z + d_before;
                let expected: f64 = x_before + T * (y - k1 * r_xi);
                prop_assert!((x - expected).abs() < 1e-12 * (1.0 + start.abs()), "{x}, {expected}");
            }
            s += T * (nu + d);
            (d_before, solution) = (d, Some(x));
        }
    }

    #[test]
    fn every_law_is_odd(history in history(), tanh in any::<bool>(), explicit in any::<bool>()) {
        let smoothing = if tanh { Smoothing::Tanh } else { Smoothing::Linear };
        let discretization =
            if explicit { Discretization::Explicit } else { Discretization::Implicit };
        let classical = classical::Settings {
            smoothing, boundary_layer_slope: 0.1, dead_band: 0.1, ..classical::Settings::default()
        };
        is_odd::<Classical>(&classical, &history)?;
        is_odd::<SuperTwisting>(&super_twisting(30.0, 40.0, discretization), &history)?;
        let adaptive = adaptive::Settings { smoothing, ..adaptive::Settings::default() };
        is_odd::<Adaptive>(&adaptive, &history)?;
        is_odd::<Hybrid>(&hybrid::Settings::default(), &history)?;
    }

    #[test]
    fn integral_follows_the_force_that_got_through(history in history()) {
        let settings = super_twisting(30.0, 40.0, Discretization::Implicit);
        let reach = T * 40.0;
        let mut law = SuperTwisting::law::<f64>(&settings, T);
        for event in history {
            let before = column(&law, "z");
            let (_, nu_real, limited) = live(&mut law, event, 1.0);
            let after = column(&law, "z");
            // To the bit where it is limited; else the step is T k2 at most, and rounding.
            if limited {
                prop_assert_eq!(after, before + (nu_real - before).clamp(-reach, reach));
            }
            prop_assert!((after - before).abs() <= reach + 1e-12, "{before} to {after}");
        }
    }

    #[test]
    fn hybrid_integral_follows_the_force_that_got_through(history in history()) {
        let mut law = Hybrid::law::<f64>(&hybrid::Settings::default(), T);
        for event in history {
            let (slid, before) = (law.slides(), column(&law, "z"));
            let reach = T * (1.1 * column(&law, "slope"));
            let (_, nu_real, limited) = live(&mut law, event, 1.0);
            if slid && law.slides() && limited {
                let expected = before + (nu_real - before).clamp(-reach, reach);
                prop_assert!((column(&law, "z") - expected).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn adaptive_gain_obeys_its_law(history in history()) {
        // Bounds that are near enough to be met.
        let settings = adaptive::Settings {
            min_gain: 9.0, max_gain: 12.0, leak_rate: 5.0, ..adaptive::Settings::default()
        };
        let mut law = Adaptive::law::<f64>(&settings, T);
        for event in history {
            let before = law.gain();
            let (nu, _, limited) = live(&mut law, event, 1.0);
            let (gain, size) = (law.gain(), event.s.abs());
            let sat = (event.s / settings.boundary_layer).clamp(-1.0, 1.0);
            prop_assert_eq!(nu, -(before * sat) - settings.reaching_rate * event.s);
            prop_assert!((settings.min_gain..=settings.max_gain).contains(&gain));
            prop_assert!(!limited || gain <= before, "grew to {gain} while limited");
            prop_assert!(size > settings.dead_zone || gain == before, "moved in the dead zone");
            // As the specification has it, to the rounding of a number near ten.
            let leak = settings.leak_rate * (before - settings.initial_gain);
            let wish = settings.adaptation_rate * size - leak;
            let rate = wish.clamp(-settings.rate_limit, settings.rate_limit);
            let rate = if limited { rate.min(0.0) } else { rate };
            let rate = if size <= settings.dead_zone { 0.0 } else { rate };
            let expected = (before + T * rate).clamp(settings.min_gain, settings.max_gain);
            prop_assert!((gain - expected).abs() < 1e-14, "{gain} is not {expected}");
        }
    }

    #[test]
    fn hybrid_gains_stay_within_their_bounds_and_rates(history in history()) {
        let settings = hybrid::Settings::default();
        let (reaching, sliding) = (settings.reaching, settings.sliding);
        let mut law = Hybrid::law::<f64>(&settings, T);
        for event in history {
            let (gain, slope) = (column(&law, "gain"), column(&law, "slope"));
            let (_, _, limited) = live(&mut law, event, 1.0);
            let (new_gain, new_slope) = (column(&law, "gain"), column(&law, "slope"));
            prop_assert!((reaching.min_gain..=reaching.max_gain).contains(&new_gain));
            prop_assert!((sliding.min_slope..=sliding.max_slope).contains(&new_slope));
            prop_assert!(!limited || (new_gain <= gain && new_slope <= slope));
            // Rounding of numbers up to 400 beside the step. The floor that the estimated
            // disturbance gives, thousands of newtons here, is approached no faster.
            prop_assert!((new_gain - gain).abs() <= T * reaching.rate_limit + 1e-12);
            prop_assert!((new_slope - slope).abs() <= T * sliding.rate_limit + 1e-12);
            // Only the regime that acts adapts.
            let resting = if law.slides() { new_gain == gain } else { new_slope == slope };
            prop_assert!(resting, "the regime that does not act has adapted");
        }
    }

    #[test]
    fn switches_are_bumpless(
        far in vec(0.05..2.0, 1..60), first in -0.0009..0.0009, slide in vec(-0.5..0.5, 50..60),
        leave in 0.61..3.0, reach in vec(-1.0..-0.05, 50..60), second in 0.002..0.019,
    ) {
        let mut law = Hybrid::law::<f64>(&hybrid::Settings::default(), T);
        // The same law but for one threshold: it lives through the same until it does not switch.
        let with = |enter: f64, leave: f64| {
            let mut settings = hybrid::Settings::default();
            settings.supervisor.enter = enter;
            settings.supervisor.leave = leave;
            Hybrid::law::<f64>(&settings, T)
        };
        let (mut never_enters, mut never_leaves) = (with(1e-300, 0.6), with(0.02, 1e6));
        let mut enters_once = with(0.001, 0.6);

        for s in far {
            for twin in [&mut law, &mut never_enters, &mut never_leaves, &mut enters_once] {
                turn(twin, s);
            }
        }
        let (slides, reaches) = (turn(&mut law, first), turn(&mut never_enters, first));
        prop_assert!(law.slides() && !never_enters.slides());
        prop_assert!((slides - reaches).abs() < 1e-9, "{reaches} to {slides} on the way in");

        turn(&mut never_leaves, first);
        turn(&mut enters_once, first);
        for s in slide {
            for twin in [&mut law, &mut never_leaves, &mut enters_once] {
                turn(twin, s);
            }
        }
        let (reaches, slides) = (turn(&mut law, leave), turn(&mut never_leaves, leave));
        prop_assert!(!law.slides() && never_leaves.slides());
        prop_assert!((reaches - slides).abs() < 1e-9, "{slides} to {reaches} on the way out");
        turn(&mut enters_once, leave);

        // And back in while the offset of the way out is still fading.
        for s in reach {
            turn(&mut law, s);
            turn(&mut enters_once, s);
        }
        prop_assert!(column(&law, "offset") != 0.0);
        let (slides, reaches) = (turn(&mut law, second), turn(&mut enters_once, second));
        prop_assert!(law.slides() && !enters_once.slides());
        prop_assert!((slides - reaches).abs() < 1e-9, "{reaches} to {slides} on the way back in");
    }

    #[test]
    fn reset_gives_a_fresh_controller(
        rough in vec(rough_state(), 1..300), later in vec(rough_state(), 1..50),
    ) {
        resets(controller::<Classical>(), &rough, &later)?;
        resets(controller::<SuperTwisting>(), &rough, &later)?;
        resets(controller::<Adaptive>(), &rough, &later)?;
        let end = resets(controller::<Hybrid>(), &rough, &later)?;
        let expected = run(controller::<Hybrid>(), &later);
        prop_assert_eq!(end.law().records(), expected.law().records());
        prop_assert_eq!(end.law().estimate(), expected.law().estimate());
        let gains = [31.62, -633.60, 945.12, 46.97, -8.54, 131.23];
        resets(StateFeedback::new(surface(), gains, 30.0, LIMIT, T), &rough, &later)?;
    }

    #[test]
    fn disturbance_estimate_is_the_plain_mean_of_the_window(
        window in prop_oneof![1..5_u32, 40..60_u32, 250..257_u32], seed in 1..u64::MAX,
    ) {
        let mut settings = hybrid::Settings::default();
        settings.estimator.window = window;
        let mut law = Hybrid::law::<f64>(&settings, T);
        let mut random = Random(seed);
        let mut seen = Vec::new();
        let mut before: Option<(f64, f64, f64)> = None;
        for _ in 0..5_000 {
            let (sigma, gain) = (random.symmetric(), 1.05 + random.symmetric());
            let sample = Sample { s: sigma / gain, sigma, beta: gain, gain, equivalent: 0.0, period: T };
            law.reach(&sample);
            if let Some((sigma_before, gain_before, nu_real)) = before {
                seen.push((sigma - sigma_before) / (T * gain_before) - nu_real);
            }
            let last = &seen[seen.len().saturating_sub(window as usize)..];
            let mean = last.iter().sum::<f64>() / (last.len() as f64).max(1.0);
            let estimate = law.estimate().disturbance;
            prop_assert!((estimate - mean).abs() < 1e-9, "{estimate} is not {mean}");
            let nu_real = 100.0 * random.symmetric();
            law.after_saturation(&sample, nu_real, false);
            before = Some((sigma, gain, nu_real));
        }
    }

    #[test]
    fn disturbance_and_gain_ratio_are_found(
        d in -20.0..20.0_f64, ratio in 0.5..1.5_f64, start in 0.5..2.0, seed in 1..u64::MAX,
    ) {
        // sigma moves by its own gain, which changes from period to period as far out it does.
        let find = |ratio: f64| -> Estimate<f64> {
            let mut settings = hybrid::Settings::default();
            settings.supervisor.enter = 1e-9;
            let mut law = Hybrid::law::<f64>(&settings, T);
            let (mut sigma, mut random) = (start, Random(seed));
            for _ in 0..100 {
                let gain = 1.05 + random.symmetric();
                let sample = Sample { s: sigma / gain, sigma, beta: gain, gain, equivalent: 0.0, period: T };
                let nu = law.reach(&sample);
                law.after_saturation(&sample, nu, false);
                sigma += T * gain * (ratio * nu + d);
            }
            law.estimate()
        };
        // What is left is rounding of sigma, some 1e-15, over the period.
        let known = find(1.0);
        prop_assert!((known.disturbance - d).abs() < 1e-9, "{} is not {d}", known.disturbance);
        let learnt = find(ratio);
        let found = learnt.gain_ratio;
        prop_assert!((found - ratio).abs() < 1e-9, "{found} is not {ratio}");
        // A difference of squares, of which rounding leaves 1e-16.
        prop_assert!(learnt.gain_ratio_variance < 1e-15, "{:e}", learnt.gain_ratio_variance);
    }
}

/// A small generator for long sequences (xorshift; G. Marsaglia, J. Stat. Softw. 8 (2003) 14).
struct Random(u64);

impl Random {
    /// Even over -1 to 1.
    fn symmetric(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

/// Lives through `history` and its mirror image: the answers must be each other's negative, to the
/// bit but for the sign of a zero.
fn is_odd<K: Reaching>(settings: &K::Settings, history: &[Event]) -> Result<(), TestCaseError> {
    let mut law = K::law::<f64>(settings, T);
    let mut mirrored = law;
    for &event in history {
        let (nu, ..) = live(&mut law, event, 1.0);
        let (seen, ..) = live(&mut mirrored, event, -1.0);
        prop_assert_eq!(seen, -nu, "{} at {:?}", K::NAME, event);
    }
    Ok(())
}

/// States on both sides of the surface, many of them near it, from which forces reach 100 N.
fn rough_state() -> impl Strategy<Value = State<f64>> {
    (uniform6(-1.0..1.0_f64), -3.0..0.0).prop_map(|(x, size)| x.map(|x| x * 10_f64.powf(size)))
}

/// The force limit in N of a weak actuator, which every controller drives to it.
const LIMIT: f64 = 10.0;

fn surface() -> SlidingSurface<f64> {
    let coefficients = [0.74760367, -12.83592427, 18.77798997, 0.97814020, -0.26252009, 2.66827614];
    SlidingSurface::new(coefficients, &Plant::default(), 0.05)
}

/// The default controller of a kind.
fn controller<K: Reaching>() -> SlidingMode<f64, K::Law<f64>> {
    SlidingMode::new(surface(), K::law(&K::Settings::default(), T), LIMIT, T)
}

fn run<C: Controller<f64>>(mut controller: C, states: &[State<f64>]) -> C {
    for state in states.iter().cycle().take(1000) {
        controller.control(state);
    }
    controller
}

/// Resets `fresh` after a rough history and compares 1000 periods with one that had none. Returns
/// the controller at the end.
fn resets<C: Controller<f64>>(
    fresh: C,
    rough: &[State<f64>],
    later: &[State<f64>],
) -> Result<C, TestCaseError> {
    let (mut used, mut new) = (run(fresh.clone(), rough), fresh);
    used.reset();
    let bits = |controller: &mut C, state: &State<f64>| {
        let command = controller.control(state);
        let mut bits = vec![command.force.to_bits(), command.sigma.to_bits(), command.s.to_bits()];
        controller.columns(|value| bits.push(value.to_bits()));
        bits
    };
    for state in later.iter().cycle().take(1000) {
        prop_assert_eq!(bits(&mut used, state), bits(&mut new, state));
    }
    Ok(used)
}

#[test]
fn supervisor_keeps_its_dwell_and_no_longer() {
    let mut law = Hybrid::law::<f64>(&hybrid::Settings::default(), T);
    let mut switched = Vec::new();
    let mut slid = false;
    for k in 0..1000 {
        // Always on the other side of both thresholds.
        turn(&mut law, if slid { 1.0 } else { 0.001 });
        if law.slides() != slid {
            switched.push(k);
            slid = law.slides();
        }
    }
    // At once, and then every 0.05 s.
    assert_eq!(switched, (0..20).map(|i| 50 * i).collect::<Vec<_>>());
}

#[test]
fn records_keep_the_last_switches_and_adaptations() {
    let mut law = Hybrid::law::<f64>(&hybrid::Settings::default(), T);
    let (mut switches, mut adaptations) = (Vec::new(), Vec::new());
    let (mut slid, mut slope) = (false, column(&law, "slope"));
    for k in 0..20_000_u32 {
        // In, a while off the surface, and out, each time a little further.
        let s = match k % 100 {
            0 => 0.001,
            50.. => 1.0 + 1e-4 * f64::from(k),
            _ => 0.1,
        };
        turn(&mut law, s);
        let time = f64::from(k) * T;
        if law.slides() != slid {
            slid = law.slides();
            let direction = if slid { Direction::ToSliding } else { Direction::ToReaching };
            switches.push(Switch { time, direction, distance: s });
        }
        if column(&law, "slope") != slope {
            slope = column(&law, "slope");
            adaptations.push(Adaptation { time, slope });
        }
    }
    assert!(switches.len() > 128 && adaptations.len() > 200, "too little happened");
    let records = law.records();
    assert_eq!(records.switches.pushed(), switches.len() as u64);
    assert_eq!(records.adaptations.pushed(), adaptations.len() as u64);
    let kept: Vec<Switch> = records.switches.iter().copied().collect();
    assert_eq!(kept, switches[switches.len() - 64..]);
    let kept: Vec<Adaptation> = records.adaptations.iter().copied().collect();
    assert_eq!(kept, adaptations[adaptations.len() - 100..]);

    let mut sizes = Vec::new();
    law.histories(|size| sizes.push(size));
    let full = |name, capacity, pushed| HistorySize { name, capacity, length: capacity, pushed };
    let (switches, adaptations) = (switches.len() as u64, adaptations.len() as u64);
    assert_eq!(
        sizes,
        [
            full("switches", 64, switches),
            full("adaptations", 100, adaptations),
            full("window", 50, 19_999),
        ]
    );
}

#[test]
fn a_law_whose_records_are_cleared_answers_the_same() {
    let mut law = Hybrid::law::<f64>(&hybrid::Settings::default(), T);
    let mut cleared = law;
    for k in 0..3000 {
        let s = smooth(k);
        assert_eq!(turn(&mut law, s).to_bits(), turn(&mut cleared, s).to_bits());
        if k % 7 == 0 {
            cleared.clear_records();
            let mut sizes = Vec::new();
            cleared.histories(|size| sizes.push((size.name, size.length)));
            assert_eq!(sizes[..2], [("switches", 0), ("adaptations", 0)]);
        }
    }
    assert_eq!(law.records().switches.last().map(|switch| switch.time > 0.9), Some(true));
    // A record's times go on from the start of the law, not from its last clearing.
    let last = |law: &hybrid::Law<f64>| law.records().adaptations.last().copied();
    assert!(last(&cleared).is_none_or(|adaptation| Some(adaptation) == last(&law)));
}

/// A fall to the surface with a ripple upon it, and a blow that throws it out again after 1 s.
fn smooth(k: u32) -> f64 {
    let t = f64::from(k) * T;
    let since = if t < 1.0 { t } else { t - 1.0 };
    f64::from(((-6.0 * since).exp() - 0.004 * (30.0 * t).sin()) as f32)
}

/// The worst difference of the answers in single and double precision over 2 s, over the largest
/// answer.
fn single_precision<K: Reaching>() -> f64 {
    let settings = K::Settings::default();
    let (mut short, mut long) = (K::law::<f32>(&settings, T), K::law::<f64>(&settings, T));
    let (mut off, mut largest) = (0.0_f64, 0.0_f64);
    for k in 0..2000 {
        let (single, double) = (turn(&mut short, smooth(k)), turn(&mut long, smooth(k)));
        off = off.max((f64::from(single) - double).abs());
        largest = largest.max(double.abs());
    }
    println!("{} is {:.1e} off", K::NAME, off / largest);
    off / largest
}

#[test]
fn single_precision_follows_double_precision() {
    // A rounding of 6e-8 of the integral a period, at worst all in the same direction.
    let allowed = 6e-8 * 2000.0;
    assert!(single_precision::<Classical>() < allowed);
    assert!(single_precision::<SuperTwisting>() < allowed);
    assert!(single_precision::<Adaptive>() < allowed);
    assert!(single_precision::<Hybrid>() < allowed);
}
