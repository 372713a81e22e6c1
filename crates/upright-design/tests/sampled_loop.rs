//! The sampled loop against an independent program: margins, limits of the slope, noise.

use serde_json::Value;
use upright_core::Plant;
use upright_core::elementary::exp_m1;
use upright_core::estimator::Timing;
use upright_core::plant::{Damping, Link};
use upright_design::observer::{Noise, steady_kalman};
use upright_design::riccati::{LqrWeights, lqr};
use upright_design::sampled_loop::{
    Feedback, Observation, OpenLoop, Parts, Switching, margins, slope_limit, super_twisting_cycle,
    switching_cycle,
};
use upright_design::surface::from_poles;
use upright_design::{LinearModel, Root};

const ENCODERS: [f64; 6] =
    [3.333333333333334e-11, 1.9609142146685438e-07, 1.9609142146685438e-07, 0.0, 0.0, 0.0];

fn laboratory() -> Plant {
    Plant {
        cart_mass: 0.57,
        link1: Link { mass: 0.127, length: 0.2, com: 0.1, inertia: 4.2e-4 },
        link2: Link { mass: 0.097, length: 0.34, com: 0.17, inertia: 9.3e-4 },
        damping: Damping { cart: 4.3, joint1: 0.0024, joint2: 0.0024 },
        ..Plant::default()
    }
}

fn surface(plant: &Plant) -> [f64; 6] {
    let poles = [-3.0, -4.0, -5.0].map(|re| Root { re, im: 0.0 });
    let pair = [Root { re: -2.2, im: 2.0 }, Root { re: -2.2, im: -2.0 }];
    from_poles(&LinearModel::new(plant), &[&poles[..], &pair[..]].concat()).expect("a surface")
}

fn parts(plant: &Plant, period: f64, delay: usize) -> Parts<'_> {
    Parts {
        plant,
        model: plant,
        timing: Timing { period, delay, late: 0, max_force: 1e3 },
        lag: 0.0,
        relative: true,
        observation: Observation::State,
        predict: false,
        variances: ENCODERS,
    }
}

fn within(found: f64, expected: f64, share: f64, what: &str) {
    assert!((found / expected - 1.0).abs() < share, "{what}: {found} is not {expected}");
}

fn close(found: f64, expected: f64, what: &str) {
    within(found, expected, 1e-3, what);
}

/// Compares what a case of the reference names.
fn compare(case: &Value, open: &OpenLoop, law: impl Fn(f64) -> Feedback, kappa: f64) {
    let name = case["case"].as_str().expect("a name");
    if let Some(expected) = case["slope_limit"].as_f64() {
        let found = slope_limit(open, &law).expect("a limit").kappa;
        close(found, expected, &format!("{name}: limit"));
    }
    let closed = open.under(&law(kappa));
    let own = case.get("at_slope_90").unwrap_or(case);
    let found = closed.spectral_radius();
    let expected = own["rho"].as_f64().expect("a radius");
    // To 1e-3 of what is missing to 1, or is beyond it.
    assert!((found - expected).abs() < 1e-3 * (1.0 - expected).abs(), "{name}: {found} {expected}");
    let expected = |name: &str| own[name].as_f64();
    let found = margins(&closed);
    assert_eq!(found.is_some(), expected("Ms").is_some(), "{name}");
    let noise = closed.force_noise();
    if let Some(found) = found {
        for (found, key) in [
            (found.gain_up, "gm_up"),
            (found.gain_down, "gm_lo"),
            (Some(found.max_sensitivity), "Ms"),
            (Some(found.disk), "disk"),
            (found.phase, "pm"),
            (found.delay, "dm"),
        ] {
            if let Some(expected) = expected(key) {
                // The reference takes a crossing at the next of its 6000 frequencies.
                let tolerance = if key == "pm" || key == "dm" { 1e-2 } else { 1e-3 };
                within(found.expect("a margin"), expected, tolerance, &format!("{name}: {key}"));
            }
        }
    }
    let expected = case["noise"].as_array().or(case["noise_at_90"].as_array());
    if let Some(expected) = expected {
        let noise = noise.expect("a stable loop");
        close(noise.deviation, expected[0].as_f64().expect("N"), &format!("{name}: force"));
        close(noise.variation, expected[1].as_f64().expect("N/s"), &format!("{name}: variation"));
    }
}

#[test]
fn margins_and_noise_are_those_of_an_independent_program() {
    let reference: Value =
        serde_json::from_str(include_str!("data/margins.json")).expect("the reference");
    let (default, lab) = (Plant::default(), laboratory());
    let mut compared = 0;
    for case in reference.as_array().expect("cases") {
        let name = case["case"].as_str().expect("a name");
        let plant = if name.starts_with("lab") { &lab } else { &default };
        let period = if name.starts_with("lab") { 0.002 } else { 0.001 };
        let c = surface(plant);
        let law = |kappa| Feedback::of_surface(plant, &c, 0.05, kappa);
        let number_after = |word: &str| -> Option<f64> {
            let rest = &name[name.find(word)? + word.len()..];
            let text: String =
                rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
            text.parse().ok()
        };
        let mut own = parts(plant, period, 1);
        let mut kappa = 90.0;
        if name.contains("exact state") {
            own.timing.delay = number_after("delay ").unwrap_or(0.0) as usize;
            own.lag = number_after("lag ").unwrap_or(0.0);
            own.variances = [0.0; 6];
            kappa = 2030.0 / 3.0;
        } else if let Some(corner) = number_after("filter ") {
            let share = -exp_m1(-2.0 * std::f64::consts::PI * corner * period);
            own.observation = Observation::Differences { share };
            let open = OpenLoop::new(&own).expect("a loop");
            let found = open.under(&law(2030.0 / 3.0)).spectral_radius();
            let expected = case["rho"].as_f64().expect("a radius");
            assert!((found - expected).abs() < 1e-3 * (expected - 1.0), "{name}: {found}");
        } else {
            let force = name.contains("force state");
            let noise = Noise {
                force: 0.5,
                torques: [0.003, 0.001],
                wander: if force { 3.0 } else { 0.0 },
                measurement: [ENCODERS[0], ENCODERS[1], ENCODERS[2]],
            };
            let gain = steady_kalman(plant, period, &noise, true).expect("a gain");
            own.observation = Observation::Gain { gain, force, compensate: force };
            own.predict = true;
        }
        let open = OpenLoop::new(&own).expect("a loop");
        if name.ends_with("LQR") {
            let weights = LqrWeights {
                state: [10.0, 100.0, 100.0, 1.0, 1.0, 1.0],
                force: 0.01,
                integral: None,
            };
            let gains = lqr(&LinearModel::new(plant), &weights).expect("gains").state;
            compare(case, &open, |_| Feedback::of_state(gains), 0.0);
        } else {
            compare(case, &open, law, kappa);
        }
        compared += 1;
    }
    assert_eq!(compared, 17);
}

#[test]
fn prediction_keeps_the_limit_of_the_slope_at_every_delay() {
    let plant = Plant::default();
    let c = surface(&plant);
    let law = |kappa| Feedback::of_surface(&plant, &c, 0.05, kappa);
    for delay in [1, 2, 5] {
        let own = Parts { predict: true, ..parts(&plant, 0.001, delay) };
        let open = OpenLoop::new(&own).expect("a loop");
        close(slope_limit(&open, law).expect("a limit").kappa, 1985.3263, "predicted");
        let found = margins(&open.under(&law(2030.0 / 3.0))).expect("stable").gain_up;
        let found = found.expect("a gain");
        // From the specification of the margins: 2.42 to 1.98 from one period to five.
        assert!((1.97..2.43).contains(&found), "delay {delay}: {found}");
    }
}

#[test]
fn lqr_loses_its_margins_with_the_delay() {
    let plant = Plant::default();
    let weights =
        LqrWeights { state: [10.0, 100.0, 100.0, 1.0, 1.0, 1.0], force: 0.01, integral: None };
    let gains = lqr(&LinearModel::new(&plant), &weights).expect("gains").state;
    let law = Feedback::of_state(gains);
    for (delay, up, ms) in
        [(0, 47.99, 1.021), (5, 6.559, 1.270), (10, 3.304, 1.658), (20, 1.530, 3.965)]
    {
        let closed = OpenLoop::new(&parts(&plant, 0.001, delay)).expect("a loop").under(&law);
        let found = margins(&closed).expect("stable");
        close(found.gain_up.expect("a gain"), up, "gain");
        close(found.max_sensitivity, ms, "sensitivity");
    }
    let closed = OpenLoop::new(&parts(&plant, 0.001, 30)).expect("a loop").under(&law);
    close(closed.spectral_radius(), 1.0024, "delay 30");
    assert!(margins(&closed).is_none() && closed.force_noise().is_none());
}

#[test]
fn filtered_differences_have_their_limit_below_the_default_slope() {
    let plant = laboratory();
    let c = surface(&plant);
    let law = |kappa| Feedback::of_surface(&plant, &c, 0.05, kappa);
    let limits = [
        (3.0, 195.7),
        (5.0, 215.2),
        (10.0, 252.2),
        (20.0, 291.2),
        (50.0, 337.9),
        (100.0, 369.2),
        (f64::INFINITY, 399.7),
    ];
    for (corner, expected) in limits {
        let share = -exp_m1(-2.0 * std::f64::consts::PI * corner * 0.002);
        let own =
            Parts { observation: Observation::Differences { share }, ..parts(&plant, 0.002, 1) };
        let found = slope_limit(&OpenLoop::new(&own).expect("a loop"), law).expect("a limit");
        close(found.kappa, expected, &format!("{corner} Hz"));
        let own = Parts { predict: true, ..own };
        let found = slope_limit(&OpenLoop::new(&own).expect("a loop"), law).expect("a limit");
        assert!((493.0..495.5).contains(&found.kappa), "{corner} Hz: {}", found.kappa);
    }
}

#[test]
fn limit_cycles_are_those_that_a_simulation_was_seen_to_have() {
    let plant = Plant::default();
    let c = surface(&plant);
    let law = |kappa| Feedback::of_surface(&plant, &c, 0.05, kappa);
    let switching = Switching {
        gain: 20.0,
        boundary_layer: 0.03,
        boundary_layer_slope: 0.0,
        dead_band: 0.0,
        reaching_rate: 10.0,
        smoothing: upright_core::law::Smoothing::Linear,
    };
    let cases = [
        (2, 0.0387, 98.5, 16.3, 3.15e-3),
        (3, 0.0591, 69.9, 17.6, 6.28e-3),
        (5, 0.1000, 43.9, 18.4, 1.64e-2),
    ];
    for (delay, amplitude, frequency, rms, twisting) in cases {
        let open = OpenLoop::new(&parts(&plant, 0.001, delay)).expect("a loop");
        let limit = slope_limit(&open, law).expect("a limit");
        let cycle = switching_cycle(&switching, &limit).expect("a cycle");
        assert!((cycle.amplitude / amplitude - 1.0).abs() < 3e-3, "{cycle:?}");
        assert!((cycle.frequency / frequency - 1.0).abs() < 2e-3, "{cycle:?}");
        assert!((cycle.force / 2.0_f64.sqrt() / rms - 1.0).abs() < 5e-3, "{cycle:?}");
        let cycle = super_twisting_cycle(30.0, &limit);
        assert!((cycle.amplitude / twisting - 1.0).abs() < 5e-3, "{cycle:?}");
    }
    let open = OpenLoop::new(&parts(&plant, 0.001, 1)).expect("a loop");
    assert_eq!(switching_cycle(&switching, &slope_limit(&open, law).expect("a limit")), None);
}
