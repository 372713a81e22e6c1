//! What a control period consists of, and what part of the machine's peak a study reaches.
//!
//! The mathematics is written for any number, so a number that counts what is done with it gives the
//! operations of a control period exactly, as they are written: the compiler takes those that do not change
//! out of the loop, so that the share of the peak is an upper bound. The peak is measured with the same lanes: additions and
//! multiplications that do not wait for each other, no fused ones, as in the studies.
//!
//! `cargo run --release -p upright-sim --example operations`

use std::cell::Cell;
use std::num::NonZero;
use std::ops::{Add, ControlFlow, Div, Mul, Neg, Sub};
use std::time::Instant;
use upright_core::estimator::Estimator;
use upright_core::plant::{Angles, State};
use upright_core::{Command, Controller, Kernel, Real};
use upright_lanes::{Unit, UnitVisitor, dispatch};
use upright_sim::design::{ControllerContext, DesignError};
use upright_sim::estimator::AnyEstimator;
use upright_sim::metrics::MetricsAccumulator;
use upright_sim::scenario::kinds::{KINDS, Kind, KindVisitor};
use upright_sim::scenario::{Overrides, Scenario};
use upright_sim::study::{Source, Study, run_study};
use upright_sim::world::World;

/// Additions, multiplications, divisions, square roots; comparisons and selections.
#[derive(Clone, Copy, Default)]
struct Counts([u64; 5]);

thread_local! {
    static COUNTS: Cell<Counts> = const { Cell::new(Counts([0; 5])) };
}

fn count(which: usize) {
    COUNTS.with(|counts| {
        let mut now = counts.get();
        now.0[which] += 1;
        counts.set(now);
    });
}

/// A number that counts. Where it does it is called: written out at every place, its code would be a mountain.
#[derive(Debug, Clone, Copy)]
struct Counted(f64);

macro_rules! counted {
    ($($operation:ident $name:ident $which:literal),+) => {$(
        impl $operation for Counted {
            type Output = Self;
            #[inline(never)]
            fn $name(self, other: Self) -> Self {
                count($which);
                Self(self.0.$name(other.0))
            }
        }
    )+};
}
counted!(Add add 0, Sub sub 0, Mul mul 1, Div div 2);

impl Neg for Counted {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Real for Counted {
    type Mask = bool;
    type Words = u64;
    const LANES: usize = 1;
    const ROUNDER: f64 = f64::ROUNDER;
    const HALF_PI: [f64; 3] = f64::HALF_PI;
    const LN_2: [f64; 2] = f64::LN_2;

    fn of(value: f64) -> Self {
        Self(value)
    }
    fn lane(self, _index: usize) -> f64 {
        self.0
    }
    fn from_lanes(mut make: impl FnMut(usize) -> f64) -> Self {
        Self(make(0))
    }
    #[inline(never)]
    fn sqrt(self) -> Self {
        count(3);
        Self(self.0.sqrt())
    }
    fn abs(self) -> Self {
        Self(self.0.abs())
    }
    fn exp2_of_whole(self) -> Self {
        Self(self.0.exp2_of_whole())
    }
    #[inline(never)]
    fn lt(self, other: Self) -> bool {
        count(4);
        self.0 < other.0
    }
    #[inline(never)]
    fn le(self, other: Self) -> bool {
        count(4);
        self.0 <= other.0
    }
    fn words(self) -> u64 {
        self.0.to_bits()
    }
    fn of_words(words: u64) -> Self {
        Self(f64::from_bits(words))
    }
    #[inline(never)]
    fn select(mask: bool, yes: Self, no: Self) -> Self {
        count(4);
        if mask { yes } else { no }
    }
}

const PERIODS: u64 = 1000;

/// All that a controller acts on. What it does is called, so that it is compiled once for all kinds of controllers.
struct Around {
    world: World<Counted>,
    estimator: AnyEstimator<Counted>,
    sums: MetricsAccumulator<Counted>,
}

impl Around {
    fn new(scenario: &Scenario) -> Self {
        let start = scenario.simulation.initial_state;
        Self {
            world: World::of_lanes(scenario, &|_| (scenario.plant, start, 0)),
            estimator: AnyEstimator::new(scenario),
            sums: MetricsAccumulator::new(scenario),
        }
    }

    #[inline(never)]
    fn estimate(&mut self) -> State<Counted> {
        *self.estimator.estimate(self.world.measure())
    }

    #[inline(never)]
    fn obey(&mut self, command: &Command<Counted>, angles: &Angles<Counted>) {
        let applied = self.world.actuate(command.force);
        self.sums.period(self.world.state(), applied, command.sigma);
        self.world.advance_from(Some(angles), applied);
        self.sums.state(self.world.state());
    }
}

/// Operations a control period of whatever kind.
struct Operations<'a>(&'a Scenario, ControllerContext);

impl KindVisitor for Operations<'_> {
    type Output = Result<[f64; 5], DesignError>;
    fn visit<K: Kind>(self, settings: &K::Settings) -> Self::Output {
        let Self(scenario, context) = self;
        let mut controller = K::build::<Counted>(settings, &context)?;
        let mut around = Around::new(scenario);
        COUNTS.set(Counts::default());
        for _ in 0..PERIODS {
            let estimate = around.estimate();
            let angles = Angles::new(estimate[1], estimate[2]);
            around.obey(&controller.control_at(&estimate, &angles, Counted(0.0)), &angles);
        }
        Ok(COUNTS.get().0.map(|count| count as f64 / PERIODS as f64))
    }
}

/// Additions and multiplications a second that the unit reaches at most.
struct Peak;

const TURNS: u64 = 2_000_000;

/// Chains of operations that do not wait for each other.
struct Chains<'a, R, const N: usize>(&'a mut [R; N], R, R);

impl<R: Real, const N: usize> Kernel for Chains<'_, R, N> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self(chains, factor, summand) = self;
        let mut now = *chains;
        for _ in 0..TURNS {
            // Half of them additions, half multiplications, as in the studies.
            for (index, x) in now.iter_mut().enumerate() {
                *x = if index % 2 == 0 { *x * factor } else { *x + summand };
            }
        }
        *chains = now;
    }
}

impl UnitVisitor for Peak {
    type Output = f64;
    fn visit<R: Real>(self) -> f64 {
        // Too few wait for each other, too many do not fit into the registers.
        chains::<R, 2>().max(chains::<R, 4>()).max(chains::<R, 6>()).max(chains::<R, 8>())
    }
}

/// Operations a second in so many chains, the best of some tries.
fn chains<R: Real, const N: usize>() -> f64 {
    let once = |_| {
        let mut chains = [R::one(); N];
        let (factor, summand) = (R::of(1.0 + 1e-12), R::of(1e-12));
        let begin = Instant::now();
        R::run(Chains(std::hint::black_box(&mut chains), factor, summand));
        std::hint::black_box(&chains);
        (TURNS * N as u64 * R::LANES as u64) as f64 / begin.elapsed().as_secs_f64()
    };
    (0..7).map(once).fold(0.0, f64::max)
}

/// Control periods a second on one thread, the best of some studies.
fn speed(scenario: &Scenario, unit: Unit) -> f64 {
    let threads = NonZero::<usize>::MIN;
    let study = Study { scenario, runs: 0..1000, threads, unit, source: Source::Uncertainty };
    let turn = |_| {
        let tally =
            run_study(&study, &|| false, &mut |_| ControlFlow::Continue(())).expect("a study");
        tally.steps as f64 / tally.seconds
    };
    (0..5).map(turn).fold(0.0, f64::max)
}

fn main() {
    let units: Vec<(Unit, f64)> = Unit::available()
        .map(|unit| (unit, dispatch(unit, Peak).expect("it is available")))
        .collect();
    for (unit, peak) in &units {
        println!(
            "{unit}: {:.1} thousand million additions and multiplications a second",
            peak / 1e9
        );
    }
    println!(
        "{:<16}{:>6}{:>6}{:>6}{:>6}{:>10}  share of the peak",
        "a period", "+ -", "x", "/", "root", "compare"
    );
    for kind in KINDS {
        let set = [("controller.kind", kind.name), ("plant.model", "simplified")];
        let set = set.map(|(path, value)| (path.to_owned(), value.to_owned())).to_vec();
        let overrides = Overrides { set, ..Overrides::default() };
        let scenario = Scenario::read("operations", "", &overrides).expect("valid");
        let context = scenario.context().expect("a design");
        let settings = scenario.controller.settings.clone();
        let counts = settings.visit(Operations(&scenario, context)).expect("a controller");
        let [add, multiply, divide, root, compare] = counts;
        print!("{:<16}{add:>6.0}{multiply:>6.0}{divide:>6.0}{root:>6.0}{compare:>10.0}", kind.name);
        // The widest: where there are fewer registers, the peak's own chains wait for each other.
        for (unit, peak) in units.iter().take(1) {
            let rate = speed(&scenario, *unit) * (add + multiply + divide + root);
            print!("  {unit} {:.0} %", 100.0 * rate / peak);
        }
        println!();
    }
}
