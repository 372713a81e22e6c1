//! Kalman filters against an independent program: from what was measured and applied, the same estimates.
//!
//! The records are of closed loops that another implementation simulated; each row has the force applied from
//! then on, the measurement, and the estimate after it.

use upright_core::Plant;
use upright_core::estimator::{Compensation, Estimator, ExtendedKalman, FixedGain, Timing};
use upright_core::plant::{Damping, Link};
use upright_design::observer::{Noise, noise_model, steady_kalman};

const ENCODERS: [f64; 3] = [3.333333333333334e-11, 1.9609142146685438e-07, 1.9609142146685438e-07];

fn rows(text: &str) -> Vec<[f64; 11]> {
    let row = |line: &str| {
        let numbers: Vec<f64> = line.split(',').map(|x| x.parse().expect("a number")).collect();
        numbers.try_into().expect("eleven columns")
    };
    text.lines().skip(1).map(row).collect()
}

fn laboratory() -> Plant {
    Plant {
        cart_mass: 0.57,
        link1: Link { mass: 0.127, length: 0.2, com: 0.1, inertia: 4.2e-4 },
        link2: Link { mass: 0.097, length: 0.34, com: 0.17, inertia: 9.3e-4 },
        damping: Damping { cart: 4.3, joint1: 0.0024, joint2: 0.0024 },
        ..Plant::default()
    }
}

/// The largest deviation of an estimate, where the estimator is told the applied forces (so without a delay).
fn worst<E: Estimator<f64>>(
    rows: &[[f64; 11]],
    mut estimator: E,
    corrected: impl Fn(&E) -> [f64; 7],
) -> f64 {
    let mut worst = 0.0_f64;
    for row in rows {
        let [force, x, theta1, relative, ..] = *row;
        estimator.estimate(&[x, theta1, theta1 + relative, 0.0, 0.0, 0.0]);
        for (found, expected) in corrected(&estimator).iter().zip(&row[4..]) {
            worst = worst.max((found - expected).abs());
        }
        estimator.commanded(force);
    }
    worst
}

#[test]
fn the_steady_filter_replays_an_independent_one() {
    let classical =
        Noise { force: 0.5, torques: [0.003, 0.001], wander: 0.0, measurement: ENCODERS };
    let force = Noise { wander: 3.0, ..classical };
    // The records have ten digits. Where they are of counts these are exact; where not, the rates carry a hundred
    // times what was rounded off the positions.
    let cases = [
        (include_str!("data/kalman-classical.csv"), Plant::default(), 0.001, 30.0, classical, 1e-6),
        (
            include_str!("data/kalman-classical-encoders.csv"),
            Plant::default(),
            0.001,
            30.0,
            classical,
            1e-7,
        ),
        (
            include_str!("data/kalman-force-super-twisting.csv"),
            laboratory(),
            0.002,
            10.0,
            force,
            1e-6,
        ),
    ];
    for (text, plant, period, max_force, noise, tolerance) in cases {
        let gain = steady_kalman(&plant, period, &noise, true).expect("a gain");
        let timing = Timing { period, delay: 0, late: 0, max_force };
        let nothing = Compensation::new(false, None);
        let filter = FixedGain::<f64>::new(&plant, &timing, &gain, true, true, nothing);
        let found = worst(&rows(text), filter, |filter| *filter.corrected());
        assert!(found < tolerance, "{found:e}");
    }
}

#[test]
fn the_extended_filter_comes_to_the_steady_one_near_upright() {
    let noise = Noise { force: 0.5, torques: [0.003, 0.001], wander: 3.0, measurement: ENCODERS };
    let (plant, period) = (laboratory(), 0.002);
    let model = noise_model(&plant, period, &noise).expect("a model");
    let timing = Timing { period, delay: 0, late: 0, max_force: 10.0 };
    let nothing = Compensation::new(false, None);
    let mut extended = ExtendedKalman::<f64>::new(&plant, &timing, &model, true, true, nothing);
    let gain = steady_kalman(&plant, period, &noise, true).expect("a gain");
    let mut steady = FixedGain::<f64>::new(&plant, &timing, &gain, true, true, nothing);
    let rows = rows(include_str!("data/kalman-force-super-twisting.csv"));
    for (k, row) in rows.iter().enumerate() {
        let [force, x, theta1, relative, ..] = *row;
        let measured = [x, theta1, theta1 + relative, 0.0, 0.0, 0.0];
        extended.estimate(&measured);
        steady.estimate(&measured);
        if k > 200 {
            let (a, b) = (extended.corrected(), steady.corrected());
            for i in 0..6 {
                // The angles are within 0.03 rad: the model's slope there is a thousandth off that upright.
                assert!((a[i] - b[i]).abs() < 2e-3, "{k} {i}: {} {}", a[i], b[i]);
            }
        }
        extended.commanded(force);
        steady.commanded(force);
    }
    let p = extended.covariance();
    for (i, row) in p.iter().enumerate() {
        assert!(row[i] > 0.0);
        for (other, value) in p.iter().zip(row) {
            assert_eq!(value.to_bits(), other[i].to_bits());
        }
    }
}

#[test]
fn a_filter_that_predicts_over_a_delay_shows_the_state_that_the_command_meets() {
    // A model without error and measurements without noise: what is shown is the state that many periods ahead.
    let (plant, period) = (Plant::default(), 0.002);
    let noise = Noise { force: 0.5, torques: [0.003, 0.001], wander: 3.0, measurement: ENCODERS };
    let gain = steady_kalman(&plant, period, &noise, false).expect("a gain");
    for (delay, late) in [(0, 0), (1, 0), (3, 0), (0, 2), (2, 3)] {
        let timing = Timing { period, delay, late, max_force: 10.0 };
        let nothing = Compensation::new(false, None);
        let mut filter = FixedGain::<f64>::new(&plant, &timing, &gain, false, true, nothing);
        let model = upright_core::plant::Rigid::<f64>::new(&plant);
        let command = |k: i64| if k < 0 { 0.0 } else { (0.37 * k as f64).sin() * 5.0 };
        // The state that period k begins with, under the commands of `delay` periods before.
        let mut states = vec![[0.01, 0.02, -0.01, 0.0, 0.0, 0.0]];
        for k in 0..80 {
            let held = [command(k - delay as i64), 0.0, 0.0];
            let from = states[k as usize];
            states.push(upright_core::integrate::rk4(&model, &from, period, |_| held));
        }
        for k in 0..60_usize {
            let shown = *filter.estimate(&states[k.saturating_sub(late)]);
            for i in 0..6 {
                let meets = states[k + delay][i];
                assert!((shown[i] - meets).abs() < 1e-9, "{delay} {late} {k}: {i}");
            }
            filter.commanded(command(k as i64));
        }
    }
}
