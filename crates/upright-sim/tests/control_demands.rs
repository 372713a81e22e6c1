//! What the four controllers and their design must achieve on the reference plant, with the
//! figures of the specification.

use proptest::array::uniform4;
use proptest::prelude::*;
use upright_core::Plant;
use upright_sim::design::surface::sliding_poles;
use upright_sim::design::{DesignError, LinearModel, Root};
use upright_sim::metrics::{Metrics, Verdict};
use upright_sim::run::{Run, RunOptions, run};
use upright_sim::scenario::design_report::{Design, Warning, design};
use upright_sim::scenario::kinds::sliding;
use upright_sim::scenario::{Overrides, Problem, Scenario, ScenarioError, SurfaceSpec};

/// The nominal start and two further ones.
const STARTS: [&str; 3] =
    ["[0, 0.05, -0.03, 0, 0, 0]", "[0, 0.1, 0.1, 0.2, 0.5, 0.3]", "[0, 0.3, 0.3, 0, 0, 0]"];
const PUSH: &str = "{kind: step, target: cart, amplitude: 10, start: 3}";
const SINE: &str = "{kind: sine, target: cart, amplitude: 5, frequency: 1}";
/// Fast real poles, beside the default ones.
const FAST: &str = "controller: {kind: super_twisting, surface: {poles: [-5, -6, -7, [-3, 1]]}}";

fn read(text: &str) -> Scenario {
    Scenario::read("test", text, &Overrides::default()).expect("a scenario that is allowed")
}

/// A scenario of `seconds` from `start`; `controller` begins with its kind.
fn scenario(controller: &str, start: &str, seconds: u32, disturbances: &str) -> Scenario {
    read(&format!(
        "simulation: {{initial_state: {start}, duration: {seconds}}}\n\
         controller: {{kind: {controller}}}\n\
         disturbances: [{disturbances}]\n"
    ))
}

fn recorded(scenario: &Scenario) -> Run {
    run(scenario, RunOptions::default()).expect("a controller that exists")
}

/// The metrics from one of the starts; ten seconds undisturbed, else six.
fn metrics(controller: &str, start: &str, disturbances: &str) -> Metrics {
    let seconds = if disturbances.is_empty() { 10 } else { 6 };
    let scenario = scenario(controller, start, seconds, disturbances);
    run(&scenario, RunOptions { record: false, hook: None })
        .expect("a controller that exists")
        .metrics
}

/// The numbers of the column `name` from `since` seconds on.
fn column(run: &Run, name: &str, since: f64) -> Vec<f64> {
    let series = run.trajectory.series(name);
    assert!(!series.is_empty(), "no column {name}");
    series.into_iter().filter(|[t, _]| *t >= since).map(|[_, x]| x).collect()
}

fn variation(numbers: &[f64]) -> f64 {
    numbers.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum()
}

/// The regimes of the hybrid law in the order of the run, each with the time when it began.
fn regimes(run: &Run) -> Vec<(f64, bool)> {
    let mut regimes: Vec<(f64, bool)> = Vec::new();
    for [t, sliding] in run.trajectory.series("sliding") {
        if regimes.last().is_none_or(|&(_, before)| before != (sliding == 1.0)) {
            regimes.push((t, sliding == 1.0));
        }
    }
    regimes
}

fn assert_near(got: f64, printed: f64, rounding: f64, what: &str) {
    // A hair more than half of the last digit, which itself may be rounded either way.
    assert!((got - printed).abs() <= 1.001 * rounding, "{what}: {got}, not {printed}");
}

#[test]
fn every_law_settles_within_three_seconds_whatever_disturbs_it() {
    for disturbances in ["", PUSH, SINE, &format!("{PUSH}, {SINE}")] {
        for start in STARTS {
            for law in sliding() {
                let found = metrics(law, start, disturbances);
                let settled = found.settling_time.unwrap_or(f64::INFINITY);
                let case = format!("{law} from {start} under [{disturbances}]");
                assert!(settled <= 3.0, "{case} settles at {settled} s");
                assert!(found.max_cart <= 0.95, "{case} goes {} m", found.max_cart);
            }
        }
    }
}

#[test]
fn settling_times_are_those_listed() {
    for (kind, listed) in [
        ("classical", [1.93, 2.72, 2.77]),
        ("super_twisting", [1.93, 2.72, 2.77]),
        ("adaptive", [1.95, 2.73, 2.78]),
        ("hybrid", [1.94, 2.73, 2.78]),
        ("lqr", [2.20, 2.85, 2.95]),
    ] {
        for (start, listed) in STARTS.into_iter().zip(listed) {
            let settled = metrics(kind, start, "").settling_time.unwrap_or(f64::INFINITY);
            assert_near(settled, listed, 0.005, &format!("{kind} from {start}, settling in s"));
        }
    }
}

#[test]
fn total_variations_are_those_listed() {
    let found = |kind: &str| STARTS.map(|start| metrics(kind, start, "").total_variation);
    // One row is given for two laws: it is their mean, and they are within 2 % of each other.
    let (classical, twisting) = (found("classical"), found("super_twisting"));
    let mean = std::array::from_fn(|i| 0.5 * (classical[i] + twisting[i]));
    for (kind, found, listed) in [
        ("classical and super_twisting", mean, [68.0, 100.0, 132.0]),
        ("adaptive", found("adaptive"), [58.0, 90.0, 122.0]),
        ("hybrid", found("hybrid"), [62.0, 93.0, 124.0]),
        ("lqr", found("lqr"), [94.0, 180.0, 401.0]),
    ] {
        println!("{kind}: {found:.2?} N");
        for (found, listed) in found.into_iter().zip(listed) {
            assert_near(found, listed, 0.5, &format!("{kind}, total variation in N"));
        }
    }
    for (classical, twisting) in classical.into_iter().zip(twisting) {
        assert!((twisting / classical - 1.0).abs() < 0.02, "{classical} and {twisting} N");
    }
}

#[test]
fn the_surface_is_held_under_a_push_and_under_a_sine() {
    for disturbances in [PUSH, SINE] {
        for start in STARTS {
            for (law, bound) in [("classical", 0.02), ("super_twisting", 4e-5), ("hybrid", 4e-5)] {
                let sigma = metrics(law, start, disturbances).steady_sigma;
                let sigma = sigma.expect("a run to its end");
                assert!(sigma < bound, "{law} from {start} under {disturbances}: {sigma:e}");
            }
        }
    }
}

#[test]
fn every_law_is_better_than_lqr() {
    for disturbances in ["", PUSH] {
        for start in STARTS {
            let lqr = metrics("lqr", start, disturbances);
            for law in sliding() {
                let found = metrics(law, start, disturbances);
                let case = format!("{law} from {start} under [{disturbances}]");
                // A push leaves LQR off its place, so there it does not settle at all.
                let settled = |metrics: &Metrics| metrics.settling_time.unwrap_or(f64::INFINITY);
                assert!(settled(&found) < settled(&lqr), "{case} settles later");
                assert!(found.total_variation < lqr.total_variation, "{case} varies more");
                assert!(found.peak_force < lqr.peak_force, "{case} needs more force");
            }
        }
    }
}

#[test]
fn hybrid_switches_once_on_the_nominal_start() {
    let regimes = regimes(&recorded(&scenario("hybrid", STARTS[0], 10, "")));
    println!("{regimes:?}");
    assert_eq!(regimes.iter().map(|(_, slides)| *slides).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn a_strong_pulse_throws_the_hybrid_law_back_to_reaching_and_it_returns() {
    let pulse = "{kind: pulse, target: cart, amplitude: 30, start: 5, duration: 0.1}";
    let run = recorded(&scenario("hybrid", STARTS[0], 10, pulse));
    let regimes = regimes(&run);
    println!("{regimes:?}");
    let [_, (entered, true), (left, false), (returned, true)] = regimes[..] else {
        panic!("not in, out and in again: {regimes:?}");
    };
    assert!(entered < 0.1 && (5.0..5.1).contains(&left), "{regimes:?}");
    assert!(returned < 5.2, "back at {returned} s only");
    assert_eq!(run.verdict, Verdict::Settled);
}

#[test]
fn hybrid_holds_a_sine_with_less_gain_than_super_twisting() {
    for start in STARTS {
        let hybrid = recorded(&scenario("hybrid", start, 10, SINE));
        let fixed = recorded(&scenario("super_twisting, k1: 30, k2: 30", start, 10, SINE)).metrics;
        let regime = column(&hybrid, "sliding", 0.0);
        let gains: Vec<f64> = column(&hybrid, "slope", 0.0)
            .into_iter()
            .zip(regime)
            .filter(|(_, sliding)| *sliding == 1.0)
            .map(|(slope, _)| 1.5 * slope.sqrt())
            .collect();
        let mean = gains.iter().sum::<f64>() / gains.len() as f64;
        let (hybrid, fixed) = (hybrid.metrics.steady_sigma, fixed.steady_sigma);
        println!("|sigma| {hybrid:?} against {fixed:?}, mean k1 {mean:.2}");
        assert!(hybrid.is_some() && hybrid <= fixed, "{hybrid:?} against {fixed:?}");
        assert!(mean < 30.0, "a mean k1 of {mean}");
    }
}

#[test]
fn implicit_super_twisting_varies_a_hundred_times_less_than_explicit() {
    let implicit = metrics("super_twisting", STARTS[0], "").total_variation;
    let explicit =
        metrics("super_twisting, discretization: explicit", STARTS[0], "").total_variation;
    println!("{implicit:.1} N against {explicit:.1} N");
    assert!(explicit >= 50.0 * implicit, "{implicit} N against {explicit} N");
    // The figures listed. The chattering of the explicit law is not one to the last digits.
    assert_near(implicit, 68.0, 0.5, "implicit, total variation in N");
    assert!((explicit / 8238.0 - 1.0).abs() < 0.01, "{explicit} N");
}

/// Super-twisting with a model whose masses and inertias are `ratio` times the true ones, which
/// makes the true input gain so many times the modelled one, at all angles.
fn mismatched(ratio: f64, period: f64) -> Scenario {
    let Plant { cart_mass, link1, link2, .. } = Plant::default();
    let link = |mass: f64, inertia: f64| {
        format!("{{mass: {}, inertia: {}}}", ratio * mass, ratio * inertia)
    };
    read(&format!(
        "simulation: {{control_period: {period}}}\n\
         controller:\n  kind: super_twisting\n  model: {{cart_mass: {}, link1: {}, link2: {}}}\n",
        ratio * cart_mass,
        link(link1.mass, link1.inertia),
        link(link2.mass, link2.inertia),
    ))
}

/// The total variation of the force in the last of ten seconds.
fn ringing(ratio: f64, period: f64) -> f64 {
    let varied = variation(&column(&recorded(&mismatched(ratio, period)), "u", 9.0));
    println!("ratio {ratio} at {period} s: {varied:.1e} N");
    varied
}

#[test]
fn a_gain_ratio_above_four_thirds_rings() {
    // The bound is that of the bare integrator. The pendulum moves it by a term of order T, to
    // 1.332 at 0.1 ms, where both ratios lie on the side that they should.
    assert!(ringing(1.33, 1e-4) < 1e-6);
    assert!(ringing(1.35, 1e-4) > 100.0);
    // And to 1.320 at 1 ms.
    assert!(ringing(1.31, 1e-3) < 1e-6);
    assert!(ringing(1.35, 1e-3) > 100.0);
}

#[test]
fn design_reports_the_gain_ratio_and_its_bound() {
    for (ratio, rings) in [(1.33, false), (1.35, true)] {
        let Design { surface, warnings, .. } = designed(&mismatched(ratio, 1e-3));
        let gain_ratio = surface.expect("a surface").gain_ratio;
        assert!((gain_ratio.nominal - ratio).abs() < 1e-12, "{}", gain_ratio.nominal);
        assert_eq!(gain_ratio.bound, Some(4.0 / 3.0));
        let warned = warnings.iter().any(|warning| matches!(warning, Warning::Rings { .. }));
        assert_eq!(warned, rings, "at {ratio}: {warnings:?}");
    }
}

fn designed(scenario: &Scenario) -> Design {
    design(scenario).expect("a design that exists")
}

fn assert_poles(found: &[Root], expected: &[(f64, f64)], within: f64) {
    assert_eq!(found.len(), expected.len());
    for (pole, &(re, im)) in found.iter().zip(expected) {
        let off = (pole.re - re).hypot(pole.im - im);
        assert!(off < within, "{pole} is not {re} + {im} i");
    }
}

#[test]
fn default_surface_is_that_of_its_poles() {
    let design = designed(&Scenario::default());
    let listed = [0.74760367, -12.83592427, 18.77798997, 0.97814020, -0.26252009, 2.66827614];
    let surface = design.surface.expect("a surface");
    for (c, listed) in surface.coefficients.into_iter().zip(listed) {
        assert!((c - listed).abs() < 1e-7, "{c} is not {listed}");
    }
    // c B = 1, to the rounding of W, whose condition number is near 1e5.
    assert!((surface.beta - 1.0).abs() < 1e-10, "beta is {}", surface.beta);
    // Rightmost first.
    let poles = [(-2.2, 2.0), (-2.2, -2.0), (-3.0, 0.0), (-4.0, 0.0), (-5.0, 0.0)];
    assert_poles(&surface.sliding_poles, &poles, 1e-8);
}

#[test]
fn design_numbers_are_those_listed() {
    let design = designed(&read("controller: {kind: super_twisting}"));
    let listed = [[1.85, 0.1, 0.0225], [0.1, 0.0401, 0.009], [0.0225, 0.009, 0.006775]];
    for (row, listed) in design.mass_matrix.at_upright.iter().zip(&listed) {
        for (m, listed) in row.iter().zip(listed) {
            assert!((m - listed).abs() < 1e-15, "{m} is not {listed}");
        }
    }
    assert_near(design.mass_matrix.condition, 412.8, 0.05, "condition number");
    for (b, listed) in design.b[3..].iter().zip([0.6248, -1.5563, -0.0074]) {
        assert_near(*b, listed, 5e-5, "M(0)^-1 e1");
    }
    assert_eq!(design.controllability.rank, 6);
    assert_near(design.tolerated_slope.expect("a bound"), 36.0, 0.5, "tolerated slope in N/s");

    let frictionless = read("plant: {damping: {cart: 0, joint1: 0, joint2: 0}}");
    let poles = [(8.052, 0.0), (4.499, 0.0), (0.0, 0.0), (0.0, 0.0), (-4.499, 0.0), (-8.052, 0.0)];
    assert_poles(&designed(&frictionless).open_loop_poles, &poles, 5e-4);
}

#[test]
fn input_gain_first_vanishes_where_listed() {
    let scenario = Scenario::default();
    let found =
        designed(&scenario).surface.expect("a surface").nearest_vanishing_beta.expect("a point");
    println!("beta vanishes first at ({:.4}, {:.4})", found.theta1, found.theta2);
    // Along the curve of zeros the distance hardly changes, so the point is given to 0.01 only.
    assert_near(found.theta1, -0.32, 0.01, "theta1");
    assert_near(found.theta2, 0.11, 0.01, "theta2");
    let context = scenario.context().expect("the default design");
    let beta = |theta1: f64, theta2: f64| {
        context.sliding_surface::<f64>().read(&[0.0, theta1, theta2, 0.0, 0.0, 0.0]).beta
    };
    assert!(beta(found.theta1, found.theta2).abs() < 1e-6);
    // Nearer to upright it vanishes nowhere.
    for i in 0..2000 {
        for share in [0.25, 0.5, 0.75, 0.9, 0.99, 0.9999] {
            let direction = f64::from(i) * std::f64::consts::PI / 1000.0;
            let radius = share * found.distance;
            let gain = beta(radius * direction.cos(), radius * direction.sin());
            assert!(gain > 0.0, "beta is {gain} at {radius} in direction {direction}");
        }
    }
}

#[test]
fn ranges_of_the_gain_ratio_are_those_listed() {
    let masses = "{cart_mass: 0.1, link1: {mass: 0.1, inertia: 0.1}, \
                   link2: {mass: 0.1, inertia: 0.1}}";
    let lengths = "{link1: {length: 0.1, com: 0.1}, link2: {length: 0.1, com: 0.1}}";
    let default = "controller: {kind: super_twisting}";
    for (controller, parameters, min, max) in [
        (default, masses, 0.57, 1.51),
        (default, lengths, 0.64, 1.29),
        (FAST, masses, 0.33, 1.80),
        (FAST, lengths, 0.20, 1.65),
    ] {
        let text = format!("uncertainty: {{parameters: {parameters}}}\n{controller}\n");
        let Design { surface, warnings, .. } = designed(&read(&text));
        let gain_ratio = surface.expect("a surface").gain_ratio;
        println!("{:.4} to {:.4}", gain_ratio.min, gain_ratio.max);
        assert_near(gain_ratio.min, min, 0.005, "smallest ratio");
        assert_near(gain_ratio.max, max, 0.005, "largest ratio");
        let warned = !warnings.is_empty();
        assert_eq!(warned, max > 4.0 / 3.0, "a user must know: {warnings:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_surface_on_the_angles_alone_is_refused(sizes in uniform4(-2.0..2.0_f64)) {
        let [a, b, c, d] = sizes.map(|size| 10.0_f64.powf(size));
        let coefficients = [0.0, a, b, 0.0, c, d];
        let mut scenario = Scenario::default();
        scenario.controller.surface = SurfaceSpec::Coefficients(coefficients);
        let refused = scenario.context();
        let Err(DesignError::UnstableSliding { pole }) = refused else {
            return Err(TestCaseError::fail(format!("{refused:?}")));
        };
        // Clearly so, and not the rounding of a pole at zero.
        prop_assert!(pole.re > 1e-3, "{pole} is not unstable");

        // Whoever writes it in a scenario is told so, and where.
        let text = format!("controller: {{surface: {{coefficients: {coefficients:?}}}}}");
        let read = Scenario::read("test", &text, &Overrides::default());
        let Err(ScenarioError::Fields { errors, .. }) = read else {
            return Err(TestCaseError::fail("was read"));
        };
        prop_assert_eq!(errors.len(), 1);
        prop_assert_eq!(&errors[0].path, "controller.surface");
        let Problem::Design { reason } = &errors[0].problem else {
            return Err(TestCaseError::fail(format!("{errors:?}")));
        };
        prop_assert!(reason.contains(&format!("a pole at {pole} 1/s")), "{reason}");
    }

    #[test]
    fn a_scenario_reads_back_to_the_bit(
        start in proptest::array::uniform6(-1.0..1.0), mass in 0.01..10.0, gain in 1e-6..1e6,
        poles in uniform4(-9.0..-1.0), period in 1e-6..0.1, seed in any::<u64>(),
    ) {
        let [a, b, re, im] = poles;
        let scenario = read(&format!(
            "plant: {{cart_mass: {mass:e}}}\n\
             simulation: {{initial_state: {start:?}, control_period: {period:e}, duration: 0.3}}\n\
             controller:\n  switching_gain: {gain:e}\n\
             \x20 surface: {{poles: [{a}, {b}, -3, [{re}, {im}]]}}\n\
             seed: {seed}\n"
        ));
        prop_assert_eq!(read(&scenario.to_yaml()), scenario);
    }
}

#[test]
fn without_cart_terms_two_sliding_poles_sit_at_zero() {
    let model = LinearModel::new(&Plant::default());
    for coefficients in [
        [0.0, 1.0, 1.0, 0.0, 1.0, 1.0],
        [0.0, 10.0, 3.0, 0.0, 0.2, 5.0],
        [0.0, -7.0, 9.0, 0.0, -2.0, 3.0],
    ] {
        let poles = sliding_poles(&model, &coefficients).expect("an input gain");
        // A double zero comes out of rounding as the root of 1e-15 or so.
        let at_zero = poles.iter().filter(|pole| pole.re.hypot(pole.im) < 1e-6).count();
        assert_eq!(at_zero, 2, "{poles:?}");
    }
}

/// Something of everything that a scenario can say, under each kind of controller.
fn rich_scenarios() -> Vec<Scenario> {
    let world = "
plant:
  friction: smoothed
  coulomb: {cart: 0.3, joint1: 0.001}
  drag: {link1_area: 0.02, link2_area: 0.01, wind: 1.5}
simulation: {duration: 0.7, initial_state: [0.01, 0.1, -0.07, 0, 1e-3, 0.123456789012345678]}
actuator: {delay: 1, dead_zone: 0.05, rate_limit: 5000, lag: 0.002, max_force: 60}
sensors: {position_noise: 1e-4, angle_noise: 1e-5, angle_quantum: 1e-5, velocity: {filter_hz: 80}}
disturbances:
- {kind: step, target: cart, amplitude: 3, start: 0.3}
- {kind: pulse, target: joint1, amplitude: -0.05, start: 0.2, duration: 0.05}
- {kind: sine, target: joint2, amplitude: 0.01, frequency: 7.7, phase: 0.4}
- {kind: noise, target: cart, amplitude: 0.5}
uncertainty: {distribution: normal, parameters: {cart_mass: 0.1, link2: {com: 0.05}}}
seed: 18446744073709551615
";
    let controllers = [
        "{kind: classical_smc, smoothing: tanh, boundary_layer_slope: 0.1, beta_min: 0.1}",
        "{kind: sta_smc, slope_bound: 123.4, surface: {poles: [[-2, 1], -3, -4.5, -5]}}",
        "{kind: adaptive_smc, model: {link1: {mass: 0.21}, damping: {cart: 0}}}",
        "{kind: hybrid_adaptive_sta_smc, sliding: {max_slope: 300}, estimator: {window: 7}}",
        "{kind: lqr, integral: 10}",
        "{kind: none}",
    ];
    let mut scenarios: Vec<Scenario> = controllers
        .into_iter()
        .map(|controller| read(&format!("{world}controller: {controller}\n")))
        .collect();
    let mut adaptive = scenarios[1].clone();
    adaptive.simulation.integrator = upright_sim::scenario::Integrator::Rk45;
    adaptive.simulation.record_every = 3;
    adaptive.simulation.record_last = Some(50);
    scenarios.push(adaptive);
    scenarios.push(read(
        "plant: {model: lowrank}\nsimulation: {duration: 0.5, integrator: euler, substeps: 3}",
    ));
    scenarios
}

/// Everything that a run leaves, as bits.
fn bits(run: &Run) -> Vec<u64> {
    let trajectory = run.trajectory.iter().flatten().copied();
    // What is absent has a place of its own.
    let metrics = run.metrics.values().into_iter().map(|value| value.unwrap_or(f64::NAN));
    let numbers = trajectory.chain(metrics).chain(run.final_state).chain(run.surface);
    numbers.map(f64::to_bits).collect()
}

#[test]
fn a_run_repeats_to_the_bit() {
    for scenario in rich_scenarios() {
        let (first, second) = (recorded(&scenario), recorded(&scenario));
        assert!(first.trajectory.len() > 40);
        assert_eq!(first.verdict, second.verdict);
        assert!(bits(&first) == bits(&second), "{}", scenario.to_yaml());
    }
}

#[test]
fn the_resolved_scenario_gives_the_same_bits() {
    for scenario in rich_scenarios() {
        let again = read(&scenario.to_yaml());
        assert_eq!(again, scenario);
        assert!(bits(&recorded(&again)) == bits(&recorded(&scenario)), "{}", scenario.to_yaml());
    }
}

/// The estimate of the input gain ratio that the hybrid law ends with, on a named scenario.
fn learnt_gain_ratio(name: &str) -> f64 {
    let file = format!("{}/../../scenarios/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(file).expect("a named scenario");
    let scenario = Scenario::read(name, &text, &Overrides::default()).expect("valid");
    let run = upright_sim::run(&scenario.under("hybrid").expect("a kind"), RunOptions::default());
    let series = run.expect("a run").trajectory.series("rho");
    series.last().expect("a row")[1]
}

#[test]
fn the_input_gain_ratio_is_learnt_while_reaching() {
    // Within 5 %: the drift is modelled wrongly too, and moves while the law reaches.
    for (name, truth) in [("nominal", 1.0), ("mismatched-model", 1.1), ("mismatched-corner", 1.539)]
    {
        let learnt = learnt_gain_ratio(name);
        assert!((learnt / truth - 1.0).abs() < 0.05, "{name}: {learnt}, in truth {truth}");
    }
}
