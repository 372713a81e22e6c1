//! Instructions a control period, which no load of the machine changes: what `valgrind
//! --tool=callgrind` counts of two studies of different length, their difference over the
//! difference in periods. Callgrind does not know AVX-512; the other units are counted.

use std::num::NonZero;
use std::ops::ControlFlow;
use std::process::Command;
use upright_lanes::Unit;
use upright_sim::scenario::kinds::KINDS;
use upright_sim::scenario::{Overrides, Scenario};
use upright_sim::study::{Source, Study, run_study};

/// Whole vectors of every unit that is counted.
const RUNS: u64 = 8;
/// The periods of the two studies' runs.
const PERIODS: [u64; 2] = [500, 1500];

const NOISE: (&str, &str) = ("sensors", "{angle_noise: 0.0005, position_noise: 0.0005}");
const RIG: (&str, &str) =
    ("sensors", "{angle_noise: 0.0005, position_noise: 0.0005, delay: 1, angle_quantum: 0.001}");
const UNFILTERED: (&str, &str) = ("estimator", "{kind: exact, predict: false}");
const FULL: (&str, &str) = ("plant.model", "full");
const RUBBED: (&str, &str) = ("plant.coulomb", "{cart: 0.5, joint1: 0.01, joint2: 0.01}");
const SMOOTHED: (&str, &str) = ("plant.friction", "smoothed");
const STICKING: (&str, &str) = ("plant.friction", "set_valued");
const DRAG: (&str, &str) = ("plant.drag", "{link1_area: 0.02, link2_area: 0.02}");

/// What is set for each case, by its name. The first is the ideal study; these and the second are counted under every law.
type Case = (&'static str, &'static [(&'static str, &'static str)]);
const CASES: [Case; 16] = [
    ("simplified", &[]),
    ("linear", &[("plant.model", "linear")]),
    ("euler", &[("simulation.integrator", "euler")]),
    ("angle-noise", &[("sensors", "{angle_noise: 0.0005}"), ("estimator", "{kind: exact}")]),
    ("late-coarse", &[("sensors", "{delay: 1, angle_quantum: 0.001}"), UNFILTERED]),
    ("noise", &[NOISE, UNFILTERED]),
    ("rig", &[RIG, UNFILTERED]),
    ("rig-predicted", &[RIG, ("estimator", "{kind: exact}")]),
    ("rig-kalman", &[RIG, ("estimator", "{kind: kalman}")]),
    ("kalman", &[("estimator", "{kind: kalman, resolution: {position: 2e-5, angle: 0.0015}}")]),
    ("sine", &[("disturbances", "[{kind: sine, target: cart, amplitude: 5, frequency: 1}]")]),
    ("smoothed", &[FULL, RUBBED, SMOOTHED]),
    ("drag", &[FULL, DRAG]),
    ("smoothed-drag", &[FULL, RUBBED, SMOOTHED, DRAG]),
    ("sticking", &[FULL, RUBBED, STICKING]),
    ("sticking-drag", &[FULL, RUBBED, STICKING, DRAG]),
];

/// Runs the study whose instructions are counted.
fn study(unit: &str, kind: &str, case: &str, periods: u64) {
    let (_, of_case) = CASES.iter().find(|(name, _)| *name == case).expect("a case");
    let set = [
        ("controller.kind", kind.to_owned()),
        ("plant.model", "simplified".to_owned()),
        ("simulation.duration", format!("{}", periods as f64 * 1e-3)),
        // Near enough to upright for no run to fall.
        ("uncertainty.initial_state", "[0, 0.02, 0.02, 0, 0, 0]".to_owned()),
    ];
    let of_case = of_case.iter().map(|(path, value)| (*path, (*value).to_owned()));
    let set =
        set.into_iter().chain(of_case).map(|(path, value)| (path.to_owned(), value)).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    let scenario = Scenario::read("counted", "", &overrides).expect("valid");
    let unit = unit.parse().expect("a unit of this machine");
    let study = Study {
        scenario: &scenario,
        runs: 0..RUNS,
        threads: NonZero::<usize>::MIN,
        unit,
        source: Source::Uncertainty,
    };
    run_study(&study, &|| false, &mut |_| ControlFlow::Continue(())).expect("a study");
}

/// The instructions of this program doing the same, counted from outside.
fn counted(arguments: [&str; 4]) -> Option<f64> {
    let this = std::env::current_exe().expect("this program has a file");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(this)
        .arg("--study")
        .args(arguments)
        .output()
        .ok()?;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let (_, count) = words.split_once("Collected : ")?;
    count.split_whitespace().next()?.parse().ok()
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, flag, unit, kind, case, periods] = &arguments[..]
        && flag == "--study"
    {
        study(unit, kind, case, periods.parse().expect("periods"));
        return;
    }
    println!("{:<16}{:<12}{:>8}{:>8}{:>8}", "instructions", "a period", "avx2", "sse2", "scalar");
    // What plans takes minutes here, and most of it is no period.
    for kind in KINDS.iter().filter(|kind| !["mpc", "swing_up", "external"].contains(&kind.name)) {
        // What real studies have costs every kind the same.
        let cases = if kind.name == "classical" { &CASES[..] } else { &CASES[..2] };
        for (case, _) in cases {
            print!("{:<16}{:<12}", kind.name, case);
            for unit in [Unit::Avx2, Unit::Sse2, Unit::Scalar] {
                let count =
                    |periods: u64| counted([unit.name(), kind.name, case, &periods.to_string()]);
                let [short, long] = PERIODS.map(count);
                let periods = ((PERIODS[1] - PERIODS[0]) * RUNS) as f64;
                match (short, long) {
                    (Some(short), Some(long)) => print!("{:>8.0}", (long - short) / periods),
                    _ => print!("{:>8}", "–"),
                }
            }
            println!();
        }
    }
}
