//! How often the intervals of an identification hold: logs of rigs that are drawn around a typical one, simulated in
//! steps much finer than those of the fit and read by encoders, are fitted from beliefs that are up to 40 % off.
//!
//! ```sh
//! cargo run --release -p upright-identify --example coverage -- 100
//! ```

use std::f64::consts::{PI, TAU};
use std::fmt::Write;
use upright_core::friction::Sticking;
use upright_core::plant::{Coulomb, Damping, Link, Plant};
use upright_identify::{FitOptions, Log, LogUnits, Parameter, Parameters, Zero, fit};
use upright_threads::{all_cores, in_order};

const COUNTS: f64 = 4096.0;
const CART: f64 = 50_000.0;
const PERIOD: f64 = 0.002;
/// Steps of the simulation a period of the log.
const FINER: usize = 20;

/// Numbers from 0 to 1 by `SplitMix64`.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A factor of up to `share` more or less.
    fn about(&mut self, share: f64) -> f64 {
        1.0 + share * (2.0 * self.next() - 1.0)
    }
}

/// A typical laboratory rig, each of its numbers by a factor of its own.
fn rig(mut factor: impl FnMut() -> f64) -> Plant {
    Plant {
        cart_mass: 0.6 * factor(),
        link1: Link {
            mass: 0.127,
            length: 0.206 * factor(),
            com: 0.094 * factor(),
            inertia: 4.5e-4 * factor(),
        },
        link2: Link {
            mass: 0.097,
            length: 0.34,
            com: 0.178 * factor(),
            inertia: 8.7e-4 * factor(),
        },
        damping: Damping {
            cart: 4.0 * factor(),
            joint1: 0.0026 * factor(),
            joint2: 0.0022 * factor(),
        },
        coulomb: Coulomb {
            cart: 0.47 * factor(),
            joint1: 0.0011 * factor(),
            joint2: 0.0009 * factor(),
            ..Coulomb::default()
        },
        ..Plant::default()
    }
}

/// 20 s of a chirp from 0.3 to 4 Hz as encoders give it, from a phase and an amplitude in N.
fn chirp(plant: &Plant, phase: f64, amplitude: f64) -> String {
    let motion = Sticking::<f64>::of_lanes(|_| *plant);
    let mut state = [0.0, PI, PI, 0.0, 0.0, 0.0];
    let mut text = "t,u,x_counts,theta1_counts,theta2_relative_counts\n".to_owned();
    for k in 0..(20.0 / PERIOD) as usize {
        let time = k as f64 * PERIOD;
        let turns = 0.3 * time + 0.5 * (4.0 - 0.3) / 20.0 * time * time;
        let force = amplitude * (TAU * turns + phase).sin();
        let angle = |angle: f64| (angle / TAU * COUNTS).round();
        let (x, first) = ((state[0] * CART).round(), angle(state[1] - PI));
        let second = angle(state[2] - state[1]);
        writeln!(text, "{time:.4},{force},{x},{first},{second}").expect("a string");
        for _ in 0..FINER {
            let span = PERIOD / FINER as f64;
            state = motion.step(false, &state, span, [&[force, 0.0, 0.0]; 3]).state;
        }
    }
    text
}

/// Each parameter that was fitted, with its true value, what was found, the relative deviation, and whether the
/// interval holds; and the residuals in counts.
type Trial = (Vec<Found>, f64);
type Found = (Parameter, f64, f64, f64, bool);

fn trial(seed: u64) -> Trial {
    let mut chance = Chance(seed);
    let truth = rig(|| chance.about(0.1));
    let text = chirp(&truth, TAU * chance.next(), 3.0 * chance.about(0.2));
    let units = LogUnits {
        cart_counts: Some(CART),
        angle_counts: Some([COUNTS; 2]),
        zero: Zero::Hanging,
        motor: false,
    };
    let log = Log::read("chirp", &text, &units).expect("a log");
    let believed = rig(|| chance.about(0.4));
    let quanta = [1.0 / CART, TAU / COUNTS, TAU / COUNTS];
    let found =
        fit(&[log], &Parameters::of(&believed, None), &FitOptions { quanta, segment: None });
    let truth = Parameters::of(&truth, None);
    let rows = found.fitted.iter().map(|one| {
        let value = truth.value(one.parameter);
        let holds = one.interval[0] <= value && value <= one.interval[1];
        (one.parameter, value, one.value, one.deviation, holds)
    });
    (rows.collect(), found.rms)
}

fn main() {
    let trials = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(100);
    let found = in_order(all_cores(), trials, || (), |(), i| trial(i as u64 + 1));
    let Some((first, _)) = found.first() else { return };
    println!("parameter     holds  of  median error  median deviation   (relative)");
    let (mut held, mut all) = (0, 0);
    for (k, (parameter, ..)) in first.iter().enumerate() {
        let median = |of: &dyn Fn(&Found) -> f64| {
            let mut values: Vec<f64> = found.iter().map(|(rows, _)| of(&rows[k])).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let holds = found.iter().filter(|(rows, _)| rows[k].4).count();
        held += holds;
        all += found.len();
        println!(
            "{:12} {holds:6} {:3}  {:12.5}  {:12.5}",
            format!("{parameter:?}"),
            found.len(),
            median(&|row| row.2 / row.1 - 1.0),
            median(&|row| row.3),
        );
    }
    let rms = found.iter().map(|(_, rms)| *rms).fold(0.0, f64::max);
    println!("all: {held} of {all}; largest residual, root mean square: {rms:.3} counts");
}
