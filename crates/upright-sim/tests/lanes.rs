//! The mathematics written once: a vector of lanes computes, lane by lane, what a scalar computes,
//! to the bit. The vector here is a plain array.

use core::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};
use upright_core::estimator::Estimator;
use upright_core::plant::State;
use upright_core::swing_up::Counts;
use upright_core::{Command, Controller, Kernel, Mask, Plant, Real, Target, Words};
use upright_sim::design::{ControllerContext, DesignError};
use upright_sim::estimator::AnyEstimator;
use upright_sim::following::Following;
use upright_sim::metrics::{Metrics, MetricsAccumulator, Verdict};
use upright_sim::scenario::kinds::{Family, KINDS, Kind, KindInfo, KindVisitor};
use upright_sim::scenario::{Overrides, Scenario};
use upright_sim::world::World;

const N: usize = 4;

/// What is done with it is called and not written out at every place: compiled so, the whole simulation under every
/// controller takes a tenth of the time.
#[derive(Debug, Clone, Copy)]
struct Lanes([f64; N]);

#[derive(Debug, Clone, Copy)]
struct Truths([bool; N]);

macro_rules! each {
    ($($trait:ident $name:ident),+) => {$(
        impl $trait for Lanes {
            type Output = Self;
            #[inline(never)]
            fn $name(self, other: Self) -> Self {
                Self(std::array::from_fn(|i| self.0[i].$name(other.0[i])))
            }
        }
    )+};
}
each!(Add add, Sub sub, Mul mul, Div div);

impl Neg for Lanes {
    type Output = Self;
    #[inline(never)]
    fn neg(self) -> Self {
        Self(self.0.map(|x| -x))
    }
}

impl BitAnd for Truths {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] && other.0[i]))
    }
}

impl BitOr for Truths {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] || other.0[i]))
    }
}

impl Not for Truths {
    type Output = Self;
    fn not(self) -> Self {
        Self(self.0.map(|truth| !truth))
    }
}

impl Mask for Truths {
    fn splat(value: bool) -> Self {
        Self([value; N])
    }
    fn all(self) -> bool {
        self.0.iter().all(|&truth| truth)
    }
    fn any(self) -> bool {
        self.0.iter().any(|&truth| truth)
    }
}

#[derive(Debug, Clone, Copy)]
struct LaneWords([u64; N]);

impl Words for LaneWords {
    fn splat(value: u64) -> Self {
        Self([value; N])
    }
    fn from_lanes(make: impl FnMut(usize) -> u64) -> Self {
        Self(std::array::from_fn(make))
    }
    fn wrapping_add(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].wrapping_add(other.0[i])))
    }
    fn xor(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] ^ other.0[i]))
    }
    fn left(self, by: u32) -> Self {
        Self(self.0.map(|word| word << by))
    }
    fn right(self, by: u32) -> Self {
        Self(self.0.map(|word| word >> by))
    }
}

impl Real for Lanes {
    type Mask = Truths;
    type Words = LaneWords;
    const LANES: usize = N;
    const ROUNDER: f64 = f64::ROUNDER;
    const HALF_PI: [f64; 3] = f64::HALF_PI;
    const LN_2: [f64; 2] = f64::LN_2;

    #[inline(never)]
    fn of(value: f64) -> Self {
        Self([value; N])
    }
    fn lane(self, index: usize) -> f64 {
        self.0[index]
    }
    fn from_lanes(make: impl FnMut(usize) -> f64) -> Self {
        Self(std::array::from_fn(make))
    }
    #[inline(never)]
    fn sqrt(self) -> Self {
        Self(self.0.map(f64::sqrt))
    }
    #[inline(never)]
    fn abs(self) -> Self {
        Self(self.0.map(f64::abs))
    }
    #[inline(never)]
    fn exp2_of_whole(self) -> Self {
        Self(self.0.map(Real::exp2_of_whole))
    }
    #[inline(never)]
    fn lt(self, other: Self) -> Truths {
        Truths(std::array::from_fn(|i| self.0[i] < other.0[i]))
    }
    #[inline(never)]
    fn le(self, other: Self) -> Truths {
        Truths(std::array::from_fn(|i| self.0[i] <= other.0[i]))
    }
    #[inline(never)]
    fn words(self) -> LaneWords {
        LaneWords(self.0.map(f64::to_bits))
    }
    #[inline(never)]
    fn of_words(words: LaneWords) -> Self {
        Self(words.0.map(f64::from_bits))
    }
    #[inline(never)]
    fn select(mask: Truths, yes: Self, no: Self) -> Self {
        Self(std::array::from_fn(|i| if mask.0[i] { yes.0[i] } else { no.0[i] }))
    }
    #[inline(never)]
    fn run<K: Kernel>(kernel: K) -> K::Output {
        kernel.run()
    }
}

/// Plant and start of lane `i`: alike enough to be one study, unlike enough that every branch goes
/// different ways in different lanes. The last one falls.
fn drawn(scenario: &Scenario, i: usize) -> (Plant, [f64; 6], u64) {
    let mut plant = scenario.plant;
    plant.link1.mass *= 1.0 + 0.02 * i as f64;
    plant.link2.inertia *= 1.0 - 0.03 * i as f64;
    let start = [
        [0.0, 0.05, -0.03, 0.0, 0.0, 0.0],
        [0.1, 0.1, 0.1, 0.2, 0.5, 0.3],
        [0.0, -0.3, -0.3, 0.0, 0.0, 0.0],
        [0.0, 1.2, -0.9, 0.0, 0.0, 1.0],
    ];
    (plant, start[i], i as u64)
}

/// What a lane is compared by: verdict, metrics, final state.
type Result = (Verdict, Metrics, [f64; 6]);

/// All that a controller acts on. What it does is called, so that it is compiled once for all kinds of controllers.
struct Around<R: Real> {
    world: World<R>,
    estimator: AnyEstimator<R>,
    following: Option<Following>,
    sums: MetricsAccumulator<R>,
}

impl<R: Real> Around<R> {
    /// For the lanes from lane `first` on.
    #[inline(never)]
    fn new(scenario: &Scenario, first: usize) -> Self {
        let mut around = Self {
            world: World::of_lanes(scenario, &|i| drawn(scenario, first + i)),
            estimator: AnyEstimator::new(scenario),
            following: Following::new(scenario),
            sums: MetricsAccumulator::new(scenario),
        };
        around.aim(0);
        around.sums.state(around.world.state());
        around
    }

    fn aim(&mut self, period: u64) {
        if let Some(following) = &self.following {
            self.sums.aim(following.place(R::of(period as f64)));
        }
    }

    fn target(&self, period: u64) -> Option<Target<R>> {
        Some(self.following.as_ref()?.target(R::of(period as f64)))
    }

    /// What the controller sees, and the force that it may count on.
    #[inline(never)]
    fn estimate(&mut self) -> (State<R>, R) {
        let estimate = *self.estimator.estimate(self.world.measure());
        (estimate, self.estimator.known_force())
    }

    #[inline(never)]
    fn obey(&mut self, command: &Command<R>, period: u64) {
        let state = *self.world.state();
        self.estimator.commanded(command.force);
        let applied = self.world.actuate(command.force);
        self.sums.period(&state, applied, command.sigma);
        self.world.advance(applied);
        self.aim(period + 1);
        self.sums.state(self.world.state());
    }

    #[inline(never)]
    fn result(&self, lane: usize, own: Option<Counts>) -> Result {
        let state = self.world.state().map(|x| x.lane(lane));
        (self.sums.verdict(lane), self.sums.metrics(lane, own), state)
    }
}

/// Runs all lanes of `R` from lane `first` on, and takes each at the period at which it ends.
fn turn<R: Real, C: Controller<R>>(
    scenario: &Scenario,
    mut controller: C,
    first: usize,
) -> Vec<Result> {
    let mut around = Around::<R>::new(scenario, first);
    let mut results: Vec<Option<Result>> = vec![None; R::LANES];
    for period in 0..=scenario.periods() {
        for (lane, result) in results.iter_mut().enumerate() {
            if result.is_none() && around.sums.early_end(lane).is_some() {
                *result = Some(around.result(lane, controller.swing_up(lane)));
            }
        }
        if period == scenario.periods() {
            break;
        }
        let (estimate, known) = around.estimate();
        if let Some(target) = around.target(period) {
            controller.follow(&target);
        }
        let command = controller.control_against(&estimate, known);
        around.obey(&command, period);
    }
    let end = |lane| around.result(lane, controller.swing_up(lane));
    let results = results.into_iter().enumerate();
    results.map(|(lane, result)| result.unwrap_or_else(|| end(lane))).collect()
}

struct Both<'a>(&'a Scenario, ControllerContext);

impl KindVisitor for Both<'_> {
    type Output = std::result::Result<(Vec<Result>, Vec<Result>), DesignError>;
    fn visit<K: Kind>(self, settings: &K::Settings) -> Self::Output {
        let Self(scenario, context) = self;
        let lanes = turn::<Lanes, _>(scenario, K::build(settings, &context)?, 0);
        let mut scalars = Vec::new();
        for lane in 0..N {
            scalars.extend(turn::<f64, _>(scenario, K::build(settings, &context)?, lane));
        }
        Ok((lanes, scalars))
    }
}

fn bits(result: &Result) -> (Verdict, Vec<Option<u64>>, [u64; 6]) {
    let metrics = result.1.values().map(|value| value.map(f64::to_bits)).to_vec();
    (result.0, metrics, result.2.map(f64::to_bits))
}

/// The kinds that balance; swing-ups plan when they fall, and have tests of their own.
fn balancing() -> impl Iterator<Item = &'static KindInfo> {
    KINDS.iter().filter(|kind| kind.family != Family::SwingUp)
}

#[test]
fn lane_equals_scalar_to_the_bit() {
    let rough = "
simulation: {duration: 2}
plant: {friction: smoothed, coulomb: {cart: 0.1, joint1: 0.01}, drag: {link1_area: 0.01, wind: 1}}
actuator: {max_force: 60, delay: 1, dead_zone: 0.01, rate_limit: 20000, lag: 0.0005}
sensors: {angle_noise: 0.0005, position_noise: 0.0001, rate_noise: 0.001, angle_quantum: 1e-5}
disturbances:
  - {kind: pulse, target: cart, amplitude: 30, start: 1, duration: 0.1}
  - {kind: sine, target: joint2, amplitude: 0.01, frequency: 1}
  - {kind: noise, target: cart, amplitude: 0.5}
";
    let plain = "simulation: {duration: 4}";
    let mut verdicts = Vec::new();
    for text in [plain, rough] {
        for model in ["full", "simplified", "linear"] {
            for integrator in ["rk4", "euler"] {
                for kind in balancing() {
                    let set = [
                        ("plant.model", model),
                        ("simulation.integrator", integrator),
                        ("controller.kind", kind.name),
                    ];
                    let set = set.map(|(path, value)| (path.to_owned(), value.to_owned())).to_vec();
                    let overrides = Overrides { set, ..Overrides::default() };
                    let scenario = Scenario::read("lanes", text, &overrides).expect("valid");
                    let context = scenario.context().expect("a design");
                    let both = Both(&scenario, context);
                    let settings = scenario.controller.settings.clone();
                    let (lanes, scalars) = settings.visit(both).expect("a controller");
                    for (lane, (a, b)) in lanes.iter().zip(&scalars).enumerate() {
                        let case = format!("lane {lane}, {}, {model}, {integrator}", kind.name);
                        assert_eq!(bits(a), bits(b), "{case}\n{text}");
                        verdicts.push(a.0);
                    }
                }
            }
        }
    }
    for verdict in [Verdict::Settled, Verdict::Balanced, Verdict::Fell, Verdict::Free] {
        assert!(verdicts.contains(&verdict), "no lane {}", verdict.word());
    }
}

#[test]
fn lane_equals_scalar_to_the_bit_behind_every_estimator() {
    let rig = "
plant: {coulomb: {cart: 0.1, joint1: 0.001, static: [0.15, 0, 0]}}
actuator: {max_force: 60, delay: 1}
sensors: {cart_counts_per_metre: 50000, encoder_counts: [4096, 2048], second_encoder: relative, delay: 1}
";
    let kinds = [
        "{kind: exact}",
        "{kind: difference}",
        "{kind: filter, corner_hz: 20}",
        "{kind: luenberger}",
        "{kind: kalman}",
        "{kind: kalman, friction: model, force_state: 0, predict: false}",
        "{kind: extended_kalman}",
        "{kind: eso}",
        "{kind: levant}",
        "{kind: levant, predict: false}",
        "{kind: filter, corner_hz: 20}\ncontroller: {friction: model}",
        "{kind: exact}\nsimulation: {integrator: euler, substeps: 2}",
        "{kind: kalman}\nreference: {kind: move, to: 0.05, duration: 1}",
        "{kind: exact}\nreference: {kind: sine, to: 0.1, duration: 1}\ncontroller: {kind: lqr}",
    ];
    for kind in kinds {
        let text = format!("{rig}estimator: {kind}\n");
        let set = [("simulation.duration", "1"), ("simulation.control_period", "0.002")];
        let set = set.map(|(path, value)| (path.to_owned(), value.to_owned())).to_vec();
        let overrides = Overrides { set, ..Overrides::default() };
        let scenario = Scenario::read("lanes", &text, &overrides).expect("valid");
        let again = Scenario::read("again", &scenario.to_yaml(), &Overrides::default());
        assert_eq!(again.expect("valid"), scenario);
        let context = scenario.context().expect("a design");
        let (lanes, scalars) =
            scenario.controller.settings.visit(Both(&scenario, context)).expect("a controller");
        for (lane, (a, b)) in lanes.iter().zip(&scalars).enumerate() {
            assert_eq!(bits(a), bits(b), "lane {lane}, {kind}");
        }
    }
}

#[test]
fn lane_equals_scalar_to_the_bit_under_a_policy() {
    // Six numbers widened to twenty, more than the room of small layers, and narrowed to one.
    let rows = (0..20).map(|i| {
        let gain = 0.05 * f64::from(i % 5 - 2);
        format!("[{gain}, 3.1, 0.2, {gain}, -0.1, {gain}, 0.3, -0.2]")
    });
    let rows: Vec<String> = rows.collect();
    let (bias, ones) = (vec!["0.01"; 20].join(", "), vec!["0.1"; 20].join(", "));
    let layers = format!(
        "
    - {{weights: [{}], bias: [{bias}], activation: tanh}}
    - {{weights: [[{ones}], [{ones}]], bias: [0, -0.5], activation: relu}}
    - {{weights: [[-1, 0.5]], bias: [0.02], activation: linear}}",
        rows.join(", ")
    );
    for observation in ["sincos", "angles"] {
        let layers = match observation {
            "angles" => layers.replace(", 0.3, -0.2]", "]"),
            _ => layers.clone(),
        };
        let text = format!(
            "simulation: {{duration: 1}}
controller: {{kind: external, policy: {{observation: {observation}, force: 90, layers: {} }}}}",
            // Flow style all the way.
            layers.replace("\n    - ", ", ").replacen(", ", "[", 1) + "]"
        );
        let scenario = Scenario::read("lanes", &text, &Overrides::default()).expect("valid");
        let context = scenario.context().expect("a design");
        let settings = scenario.controller.settings.clone();
        let (lanes, scalars) = settings.visit(Both(&scenario, context)).expect("a controller");
        for (lane, (a, b)) in lanes.iter().zip(&scalars).enumerate() {
            assert_eq!(bits(a), bits(b), "lane {lane}, {observation}");
        }
    }
}
