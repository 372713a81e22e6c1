//! The whole sampled loop of scenarios: what is reported, what is warned of, gains that follow.

use upright_scenario::sampled::{LoopRow, auto_gains, report, warnings};
use upright_scenario::{EstimatorSettings, Overrides, Scenario};

const RIG: &str = concat!(
    include_str!("data/laboratory-plant.yaml"),
    "simulation: {duration: 10, control_period: 0.002, initial_state: [0, 0.02, -0.01, 0, 0, 0]}
actuator: {max_force: 10, delay: 1}
"
);
const ENCODERS: &str = "{position_quantum: 2e-5, angle_quantum: 0.0015339807878856412}";

fn read(text: &str) -> Scenario {
    Scenario::read("rig", text, &Overrides::default()).expect("valid")
}

fn own(scenario: &Scenario) -> LoopRow {
    report(scenario).rows.remove(0)
}

#[test]
fn positions_alone_are_filtered_by_a_kalman_filter_unless_velocities_are_spoken_of() {
    let kind = |text: &str| read(text).estimator.map(|estimator| estimator.kind());
    assert_eq!(kind(""), None);
    assert_eq!(kind("sensors: {angle_quantum: 0.001}"), Some("kalman"));
    assert_eq!(kind("sensors: {position_noise: 0.001}"), Some("kalman"));
    assert_eq!(kind("sensors: {angle_quantum: 0.001, velocity: exact}"), None);
    assert_eq!(kind("sensors: {angle_quantum: 0.001, velocity: difference}"), None);
    assert_eq!(kind("sensors: {angle_quantum: 0.001, rate_noise: 0.1}"), None);
    let eso = "{sensors: {angle_quantum: 0.001}, estimator: {kind: eso}}";
    assert_eq!(kind(eso), Some("eso"));
    // An exact sensor beside a coarse one has a resolution in the filter all the same.
    let scenario = read("sensors: {angle_quantum: 0.001}");
    let Some(EstimatorSettings::Kalman(settings)) = scenario.estimator else { panic!("kalman") };
    assert_eq!((settings.resolution.position, settings.resolution.angle), (Some(1e-6), None));
    // What is resolved is read as the same, and exact velocities beside coarse positions are told of.
    assert_eq!(read(&scenario.to_yaml()), scenario);
    let told = |text: &str| {
        let warnings = upright_scenario::design_report::warnings(&read(text)).expect("a design");
        warnings.iter().any(|warning| warning.to_string().contains("no rig has that"))
    };
    assert!(told("sensors: {angle_quantum: 0.001, velocity: exact}"));
    assert!(!told("sensors: {angle_quantum: 0.001}") && !told(""));
}

#[test]
fn the_report_of_a_scenario_is_that_of_its_loop() {
    let row = own(&read(""));
    // The worked example: 150 N, 1 ms, no delay.
    assert!((row.slope_limit.expect("a limit") / 1985.326 - 1.0).abs() < 1e-3);
    assert!((row.margins.expect("stable").max_sensitivity / 1.5283 - 1.0).abs() < 1e-3);
    assert!(row.worst_radius >= row.spectral_radius && row.cycle.is_none());
    let row = own(&read("actuator: {delay: 3}"));
    assert!((row.spectral_radius.expect("a slope") - 1.0998).abs() < 1e-3);
    let cycle = row.cycle.expect("it bangs");
    assert!((cycle.amplitude / 0.0591 - 1.0).abs() < 1e-2, "{cycle:?}");
    let levant = read(&format!("{RIG}sensors: {ENCODERS}\nestimator: {{kind: levant}}"));
    assert!(report(&levant).absent.is_some());
    let adaptive = report(&read("controller: {kind: adaptive}"));
    let at: Vec<_> = adaptive.rows.iter().map(|row| (row.controller, row.at)).collect();
    let expected =
        [("adaptive", Some("initial gain")), ("adaptive", Some("largest gain")), ("lqr", None)];
    assert_eq!(at, expected);
    let twisting = own(&read("{actuator: {delay: 2}, controller: {kind: super_twisting}}"));
    assert_eq!((twisting.slope, twisting.spectral_radius), (None, None));
    assert!((twisting.cycle.expect("always").amplitude / 3.15e-3 - 1.0).abs() < 1e-2);
    println!("{:#?}", report(&read(&format!("{RIG}sensors: {ENCODERS}"))));
}

#[test]
fn a_loop_that_is_unstable_or_near_is_told_of_before_it_runs() {
    let told = |text: &str| -> Vec<String> {
        warnings(&read(text)).iter().map(ToString::to_string).collect()
    };
    assert!(told("").is_empty());
    let words = told("actuator: {delay: 2}").concat();
    assert!(words.contains("677 1/s") && words.contains("bears 595"), "{words}");
    let words = told("{actuator: {delay: 27}, controller: {kind: lqr}}").concat();
    assert!(words.contains("near instability"), "{words}");
    let words = told("{actuator: {delay: 28}, controller: {kind: lqr}}").concat();
    assert!(words.contains("not stable"), "{words}");
    let words = told(&format!(
        "{RIG}sensors: {{position_quantum: 2e-5, angle_quantum: 0.0015, velocity: {{filter_hz: 50}}}}"
    ))
    .concat();
    assert!(words.contains("boundary layer"), "{words}");
}

#[test]
fn automatic_gains_keep_to_their_bounds_and_are_numbers_once_resolved() {
    for (rig, sensors, limit) in
        [(RIG, ENCODERS, 10.0), ("actuator: {max_force: 30, delay: 1}", ENCODERS, 30.0)]
    {
        for kind in ["classical", "super_twisting", "adaptive", "hybrid", "lqr"] {
            let text =
                format!("{rig}\nsensors: {sensors}\ncontroller: {{kind: {kind}, gains: auto}}\n");
            let scenario = read(&text);
            let row = own(&scenario);
            println!("{kind} {} {row:?}", scenario.controller.settings.to_value());
            if let Some(slope) = row.slope {
                assert!(slope <= 90.1, "{slope}");
            }
            if let Some(margins) = row.margins {
                assert!(margins.max_sensitivity < 2.01, "{kind}: {margins:?}");
                assert!(row.noise.expect("stable").variation < 15.01 * limit);
            }
            if let Some(cycle) = row.cycle {
                assert!(cycle.force < 0.201 * limit, "{cycle:?}");
            }
            // The resolved scenario has the numbers, and says so once more.
            let again = read(&scenario.to_yaml());
            assert_eq!(again.controller.settings, scenario.controller.settings);
            assert!(!scenario.to_yaml().contains("gains: auto"));
            // Another kind gets gains of its own.
            let classical = scenario.under("classical").expect("a kind");
            assert_eq!(Ok(classical.controller.settings.clone()), auto_gains(&classical));
        }
    }
    let by_hand = "controller: {gains: auto, switching_gain: 5}";
    let error = Scenario::read("rig", by_hand, &Overrides::default()).expect_err("refused");
    assert!(error.to_string().contains("controller.switching_gain"), "{error}");
    let error = Scenario::read("rig", "controller: {gains: soft}", &Overrides::default());
    assert!(error.expect_err("refused").to_string().contains("auto"));
}

#[test]
fn a_sampled_lqr_stands_where_the_continuous_one_does_not() {
    let radius = |text: &str| own(&read(text)).spectral_radius.expect("linear");
    let late = |discrete: bool| {
        format!("{{actuator: {{delay: 30}}, controller: {{kind: lqr, discrete: {discrete}}}}}")
    };
    assert!(radius(&late(false)) > 1.0 && radius(&late(true)) < 0.9995);
    let slow = |discrete: bool| {
        format!(
            "{{simulation: {{control_period: 0.08}}, controller: {{kind: lqr, discrete: {discrete}}}}}"
        )
    };
    // From the cases of slow loops: 3.54 at 80 ms.
    assert!((radius(&slow(false)) / 3.54 - 1.0).abs() < 2e-3, "{}", radius(&slow(false)));
    assert!(radius(&slow(true)) < 0.95);
    let integral = "{controller: {kind: lqr, discrete: true, integral: 10}, actuator: {delay: 5}}";
    assert!(radius(integral) < 1.0);
    // At short periods without delay the two are one.
    let gains = |discrete: bool| {
        let text = format!(
            "{{simulation: {{control_period: 0.00001, duration: 1}}, controller: {{kind: lqr, discrete: {discrete}}}}}"
        );
        radius(&text)
    };
    assert!((gains(true) - gains(false)).abs() < 1e-8);
}
