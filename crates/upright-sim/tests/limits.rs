//! The limits of stability that the linear loop predicts are those that the simulation has.

use upright_core::law::classical;
use upright_design::sampled_loop::{Feedback, slope_limit};
use upright_sim::closed_loop::Tick;
use upright_sim::random::{Purpose, Stream};
use upright_sim::scenario::kinds::KindSettings;
use upright_sim::scenario::sampled::open_loop;
use upright_sim::{RunOptions, Scenario, run};

/// A random loop of period, delays, lag, estimator and surface: everything that the linear loop is made of.
fn realization(stream: &mut Stream, estimator: &str) -> Scenario {
    let mut between = |low: f64, high: f64| low + (high - low) * stream.unit();
    let period = [0.0005, 0.001, 0.002, 0.004][between(0.0, 4.0) as usize];
    let delay = between(0.0, 4.0) as u64;
    let late = between(0.0, 2.0) as u64;
    let lag = if between(0.0, 1.0) < 0.5 { 0.0 } else { between(0.3, 3.0) * period };
    let fast = between(0.7, 1.3);
    let poles = [-3.0, -4.0, -5.0].map(|pole| pole * fast);
    let (corner, mass) = (between(0.03, 0.3) / period, between(0.8, 1.6));
    let estimator = estimator.replace("CORNER", &format!("{corner}"));
    let text = format!(
        "
plant: {{cart_mass: {mass}}}
simulation: {{control_period: {period}, substeps: 10, initial_state: [0, 1e-6, -5e-7, 0, 0, 0]}}
actuator: {{delay: {delay}, lag: {lag}}}
sensors: {{delay: {late}}}
estimator: {estimator}
controller: {{kind: classical, surface: {{poles: [{}, {}, {}, [-2.2, 2]]}}}}
",
        poles[0], poles[1], poles[2]
    );
    Scenario::read("drawn", &text, &upright_sim::scenario::Overrides::default()).expect("valid")
}

/// Whether the fast motion of a loop with the slope `kappa` grows: the largest change of the force over a stretch
/// against that of the stretch before it, once what is slow has been taken off by the change of the change.
fn grows(scenario: &Scenario, kappa: f64, stretch: u64) -> bool {
    let mut scenario = scenario.clone();
    scenario.simulation.duration = (3 * stretch) as f64 * scenario.simulation.control_period;
    scenario.controller.settings = KindSettings::Classical(classical::Settings {
        switching_gain: 0.0,
        reaching_rate: kappa,
        ..classical::Settings::default()
    });
    let mut largest = [0.0_f64; 3];
    let mut last = [0.0_f64; 4];
    let mut watch = |tick: &Tick| {
        last.rotate_left(1);
        last[3] = tick.command.force;
        let [a, b, c, d] = last;
        let place = ((tick.index / stretch) as usize).min(2);
        largest[place] = largest[place].max((d - 3.0 * c + 3.0 * b - a).abs());
        // What has grown this far need not be looked at any longer.
        tick.command.force.abs() < 1.0
    };
    let run = run(&scenario, RunOptions { record: false, hook: Some(&mut watch) }).expect("a run");
    !run.complete || largest[2] > largest[1]
}

#[test]
fn predicted_and_simulated_limits_of_the_slope_agree_to_three_digits() {
    let mut stream = Stream::new(7, 0, Purpose::Sensors, 0);
    let estimators = [
        "{kind: exact, predict: false}",
        "{kind: exact}",
        "{kind: difference, predict: false}",
        "{kind: filter, corner_hz: CORNER, predict: false}",
        "{kind: filter, corner_hz: CORNER}",
        "{kind: luenberger, poles: 40}",
        "{kind: kalman, resolution: {position: 2e-5, angle: 1.5e-3}}",
        "{kind: kalman, compensate: false, force_state: 0, resolution: {position: 2e-5, angle: 1.5e-3}}",
        "{kind: kalman, predict: false, resolution: {position: 2e-5, angle: 1.5e-3}}",
        "{kind: eso, bandwidth: 300}",
    ];
    let (mut agreed, mut drawn) = (0, 0);
    while agreed < 50 {
        drawn += 1;
        assert!(drawn < 150, "{agreed} loops of {drawn} have a limit");
        let scenario = realization(&mut stream, estimators[drawn % estimators.len()]);
        let open = open_loop(&scenario, &scenario.plant).expect("a loop");
        let context = scenario.context().expect("a surface");
        let law = |kappa: f64| {
            Feedback::of_surface(&context.model, &context.surface, context.beta_min, kappa)
        };
        let Some(limit) = slope_limit(&open, law) else { continue };
        // A slow pole that leaves the circle first needs runs that are too long for a test.
        if limit.frequency * scenario.simulation.control_period < 0.05 {
            continue;
        }
        let radius = |kappa: f64| open.under(&law(kappa)).poles().expect("poles")[0].norm_sqr();
        // As long as what grows needs to be seen above what dies: by a tenth in a stretch.
        let pace = 0.5 * radius(limit.kappa * 1.001).ln();
        let stretch = ((0.1 / pace) as u64).clamp(2000, 60_000);
        let below = grows(&scenario, limit.kappa * 0.999, stretch);
        let above = grows(&scenario, limit.kappa * 1.001, stretch);
        assert!(
            !below && above,
            "loop {drawn}: limit {} at {} rad/s, grows below: {below}, above: {above}; {}",
            limit.kappa,
            limit.frequency,
            scenario.to_yaml()
        );
        agreed += 1;
    }
    println!("{agreed} limits of {drawn} loops");
}

#[test]
fn a_lag_acts_within_the_period() {
    // Simulated by an independent program: the lag before the hold, 676.7 1/s, ten seconds of the default plant.
    for (lag, variation) in
        [(0.002, 122.44096718538758), (0.005, 204.24323245512406), (0.01, 324.3258704948909)]
    {
        let text = format!("{{actuator: {{lag: {lag}}}}}");
        let scenario = Scenario::read("lag", &text, &upright_sim::scenario::Overrides::default())
            .expect("valid");
        let run = run(&scenario, RunOptions::default()).expect("a run");
        let mut force = run.trajectory.series("u");
        // The last row repeats the last force.
        force.pop();
        let found: f64 = force.windows(2).map(|pair| (pair[1][1] - pair[0][1]).abs()).sum();
        assert!((found / variation - 1.0).abs() < 1e-9, "{lag}: {found} is not {variation}");
    }
}
