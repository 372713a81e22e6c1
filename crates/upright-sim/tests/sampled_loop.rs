//! What the linear model of the sampled loop says of the force, and what the simulation does: limit cycles, noise.

use upright_sim::scenario::sampled::report;
use upright_sim::scenario::{Overrides, Scenario};
use upright_sim::{Run, RunOptions, run};

fn scenario(text: &str) -> Scenario {
    Scenario::read("loop", text, &Overrides::default()).expect("valid")
}

fn ran(scenario: &Scenario) -> Run {
    run(scenario, RunOptions::default()).expect("a run")
}

#[test]
fn delays_make_the_force_vary_as_in_an_independent_simulation() {
    // N in ten seconds of the default plant, to the digits that are known.
    for (delay, variation) in [(0, 67.7), (1, 160.9), (2, 82_305.0), (3, 59_848.0), (5, 39_593.0)] {
        let run = ran(&scenario(&format!("actuator: {{delay: {delay}}}")));
        let found = run.metrics.total_variation;
        // Half a unit of the last digit of the first two, and of all others more than that.
        assert!((found / variation - 1.0).abs() < 7.5e-4, "{delay}: {found} is not {variation}");
    }
}

/// The frequency in Hz and the amplitude of the sliding variable over the last three seconds.
fn cycle(run: &Run) -> (f64, f64) {
    let series = run.trajectory.series("s");
    let late: Vec<[f64; 2]> = series.into_iter().filter(|row| row[0] > 7.0).collect();
    let rises = late.windows(2).filter(|pair| pair[0][1] < 0.0 && pair[1][1] >= 0.0);
    let times: Vec<f64> = rises.map(|pair| pair[1][0]).collect();
    let span = times[times.len() - 1] - times[0];
    let amplitude = late.iter().map(|row| row[1].abs()).fold(0.0, f64::max);
    ((times.len() - 1) as f64 / span, amplitude)
}

#[test]
fn limit_cycles_have_the_predicted_frequency_and_about_the_predicted_size() {
    for kind in ["classical", "super_twisting"] {
        for delay in [2, 3, 5] {
            let text = format!("{{actuator: {{delay: {delay}}}, controller: {{kind: {kind}}}}}");
            let scenario = scenario(&text);
            let told = report(&scenario).rows[0].cycle.expect("a cycle");
            let (frequency, amplitude) = cycle(&ran(&scenario));
            println!("{kind} {delay}: {told:?}, seen {frequency} Hz, {amplitude} N s");
            // The describing function knows the first harmonic only: 6 % of the frequency. Of super-twisting it was
            // seen to tell up to 1.6 times the amplitude, of the boundary layer a tenth less.
            assert!((told.frequency / frequency - 1.0).abs() < 0.06, "{kind} {delay}: {frequency}");
            let share = told.amplitude / amplitude;
            assert!((0.85..1.7).contains(&share), "{kind} {delay}: {share}");
        }
    }
}

/// A small rig and a larger plant behind encoders, under a Kalman filter whose noises are 0.5 N, 0.003 and 0.001 N m.
const LABORATORY: &str = "
plant:
  cart_mass: 0.57
  link1: {mass: 0.127, length: 0.2, com: 0.1, inertia: 0.00042}
  link2: {mass: 0.097, length: 0.34, com: 0.17, inertia: 0.00093}
  damping: {cart: 4.3, joint1: 0.0024, joint2: 0.0024}
simulation: {control_period: 0.002, initial_state: [0, 0.02, -0.01, 0, 0, 0]}
actuator: {max_force: 10, delay: 1}
sensors: {encoder_counts: 4096, second_encoder: relative, cart_counts_per_metre: 50000}
estimator: {kind: kalman, force_noise: 0.05, torque_noise: [0.0095268, 0.0061817], FORCE}
";
const DEFAULT: &str = "
simulation: {initial_state: [0, 0.02, -0.01, 0, 0, 0]}
actuator: {max_force: 30, delay: 1}
sensors: {encoder_counts: 4096, second_encoder: relative, cart_counts_per_metre: 50000}
estimator: {kind: kalman, force_noise: 0.016667, torque_noise: [0.0030581, 0.0045305], FORCE}
";

#[test]
fn the_noise_of_encoders_makes_the_force_vary_about_as_predicted() {
    let soft = |gain: f64, layer: f64| {
        format!("{{kind: classical, switching_gain: {gain}, boundary_layer: {layer}}}")
    };
    let lqr = || "{kind: lqr}".to_owned();
    // What an independent program has predicted and, where it is known, seen, in N/s.
    let cases = [
        (LABORATORY, soft(8.0, 0.1), 0.0, 47.2, Some(43.0)),
        (LABORATORY, soft(8.0, 0.1), 0.3, 113.8, Some(114.0)),
        (LABORATORY, lqr(), 0.0, 96.4, Some(84.0)),
        (DEFAULT, soft(20.0, 0.25), 0.0, 93.6, Some(68.0)),
        (DEFAULT, soft(20.0, 0.25), 0.1, 191.3, Some(190.0)),
        (DEFAULT, lqr(), 0.1, 119.0, None),
    ];
    for (rig, law, force, predicted, seen) in cases {
        let state = format!("force_state: {force}, compensate: {}", force > 0.0);
        let text = format!("{}controller: {law}\n", rig.replace("FORCE", &state));
        let scenario = scenario(&text);
        let noise = report(&scenario).rows[0].noise.expect("a stable loop");
        let run = ran(&scenario);
        let applied = run.trajectory.series("u_applied");
        let late: Vec<f64> = applied.iter().filter(|row| row[0] > 7.0).map(|row| row[1]).collect();
        let found = late.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum::<f64>() / 3.0;
        println!("{law} {force}: {} N/s predicted, {found} N/s seen", noise.variation);
        assert!((noise.variation / predicted - 1.0).abs() < 2e-3, "{law}: {}", noise.variation);
        // Quanta are no white noise.
        assert!((0.8..2.2).contains(&(noise.variation / found)), "{law}: {found}");
        if let Some(seen) = seen {
            // Two programs flip different counts: three seconds of them differ by a few percent.
            assert!((found / seen - 1.0).abs() < 0.1, "{law}: {found} is not {seen}");
        }
    }
}
