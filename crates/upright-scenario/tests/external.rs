//! A policy from outside: read from its file or where it stands, checked with the place of what is wrong, and answering
//! what its layers say.

use std::fs;
use std::path::PathBuf;
use upright_core::elementary::{sin_cos, tanh};
use upright_core::{Controller, Kind};
use upright_scenario::kinds::{Activation, External, KindSettings, Observation, Policy};
use upright_scenario::{Overrides, Scenario, ScenarioError};

fn read(text: &str) -> Result<Scenario, ScenarioError> {
    Scenario::read("policy", text, &Overrides::default())
}

fn policy_of(scenario: &Scenario) -> Policy {
    match &scenario.controller.settings {
        KindSettings::External(settings) => settings.policy.clone(),
        other => panic!("another kind: {other:?}"),
    }
}

/// A folder of this test's own, with a file in it.
fn folder(name: &str, text: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("external-{name}"));
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("policy.json"), text).expect("a file");
    folder
}

const NETWORK: &str = r#"{"observation": "sincos", "force": 80, "layers": [
    {"weights": [[1, 2, 3, 4, 5, 6, 7, 8], [0.5, -1, 0.25, 0, 0, 1, -2, 3]], "bias": [0.1, -0.2], "activation": "tanh"},
    {"weights": [[0.5, -0.75], [2, 1], [-1, 1]], "bias": [0, 0.3, 0], "activation": "relu"},
    {"weights": [[0.3, -0.4, 0.5]], "bias": [0.01], "activation": "linear"}]}"#;

/// The force in N before any limit, from the formulas.
fn expected(policy: &Policy, state: [f64; 6]) -> f64 {
    let [x, theta1, theta2, x_dot, rate1, rate2] = state;
    let mut given = match policy.observation {
        Observation::Angles => state.to_vec(),
        Observation::SinCos => {
            let ((s1, c1), (s2, c2)) = (sin_cos(theta1), sin_cos(theta2));
            vec![x, s1, c1, s2, c2, x_dot, rate1, rate2]
        }
    };
    for layer in &*policy.layers {
        let sums = layer.weights.iter().zip(&layer.bias).map(|(row, bias)| {
            row.iter().zip(&given).fold(*bias, |sum, (weight, number)| sum + weight * number)
        });
        given = sums
            .map(|sum| match layer.activation {
                Activation::Linear => sum,
                Activation::Tanh => tanh(sum),
                Activation::Relu => sum.max(0.0),
            })
            .collect();
    }
    given[0] * policy.force
}

#[test]
fn the_force_is_what_the_layers_say_within_the_limit() {
    let wide = format!(
        r#"{{"observation": "angles", "force": 50, "layers": [
            {{"weights": {:?}, "bias": {:?}, "activation": "tanh"}},
            {{"weights": [{:?}], "bias": [0], "activation": "linear"}}]}}"#,
        (0..40).map(|i| [f64::from(i % 7) - 3.0; 6]).collect::<Vec<_>>(),
        (0..40).map(|i| 0.01 * f64::from(i)).collect::<Vec<_>>(),
        (0..40).map(|i| 0.02 * f64::from(i % 5 - 2)).collect::<Vec<_>>(),
    );
    for policy in [NETWORK, &wide] {
        let scenario =
            read(&format!("controller: {{kind: external, policy: {policy}}}")).expect("valid");
        let KindSettings::External(settings) = &scenario.controller.settings else {
            panic!("another kind")
        };
        let context = scenario.context().expect("a surface");
        let mut controller = External::build::<f64>(settings, &context).expect("a controller");
        let mut inside = 0;
        for i in 0..50 {
            let place = f64::from(i) / 50.0 - 0.5;
            let state = [place, 0.3 * place, -0.2 * place, place * place, 0.1 - place, place];
            let wanted = expected(&settings.policy, state);
            let limit = context.max_force;
            inside += usize::from(wanted.abs() < limit);
            let force = controller.control(&state).force;
            assert_eq!(force.to_bits(), wanted.clamp(-limit, limit).to_bits(), "{state:?}");
        }
        assert!(inside > 10, "{inside} forces are within the limit");
    }
}

#[test]
fn what_stands_in_the_file_is_part_of_the_scenario() {
    let folder = folder("file", NETWORK);
    let overrides = Overrides { folder: Some(folder), ..Overrides::default() };
    let text = "controller: {kind: external, policy: policy.json}";
    let scenario = Scenario::read("policy", text, &overrides).expect("valid");
    let policy = policy_of(&scenario);
    assert_eq!(
        (policy.observation, policy.force, policy.layers.len()),
        (Observation::SinCos, 80.0, 3)
    );
    assert_eq!(
        read(&format!("controller: {{kind: external, policy: {NETWORK}}}")),
        Ok(scenario.clone())
    );
    // Read again, it needs no file.
    assert_eq!(read(&scenario.to_yaml()), Ok(scenario.clone()));
    // The kind named once more is no reason to forget its policy, and another kind has none.
    let again =
        |kind: &str| Overrides { controller: Some(kind.to_owned()), ..Overrides::default() };
    let named = Scenario::read("again", &scenario.to_yaml(), &again("external"));
    assert_eq!(named, Ok(scenario.clone()));
    let other = Scenario::read("other", &scenario.to_yaml(), &again("lqr")).expect("valid");
    assert_eq!(other.controller.settings.kind(), "lqr");
    assert_eq!(scenario.under("external"), Ok(scenario));
}

#[test]
fn a_file_that_is_none_is_refused() {
    let refused = |folder: Option<PathBuf>, name: &str| {
        let overrides = Overrides { folder, ..Overrides::default() };
        let text = format!("controller: {{kind: external, policy: {name}}}");
        Scenario::read("policy", &text, &overrides).expect_err("no policy").to_string()
    };
    let found = refused(None, "policy.json");
    assert!(found.contains("this text has no folder, so that it names no file"), "{found}");
    let cut = folder("cut", "{\"observation\": ");
    let found = refused(Some(cut.clone()), "absent.json");
    assert!(found.contains("line 1, column 38: controller.policy = \"absent.json\": "), "{found}");
    assert!(found.contains("absent.json cannot be read"), "{found}");
    assert!(refused(Some(cut.clone()), ".").contains("is no file"));
    let found = refused(Some(cut), "policy.json");
    assert!(found.contains("the file is no JSON: EOF while parsing a value at line 1"), "{found}");
    let large = folder("large", &" ".repeat(4_000_001));
    assert!(refused(Some(large), "policy.json").contains("the file has more than 4000000 bytes"));
}

#[test]
fn what_is_no_policy_is_refused_with_its_place() {
    let layer = |weights: &str, bias: &str, activation: &str| {
        format!("{{weights: {weights}, bias: {bias}, activation: {activation}}}")
    };
    let policy = |layers: &[String]| {
        format!("{{observation: angles, force: 10, layers: [{}]}}", layers.join(", "))
    };
    let six = "[[1, 2, 3, 4, 5, 6]]";
    let good = layer(six, "[0]", "linear");
    assert!(
        read(&format!(
            "controller: {{kind: external, policy: {}}}",
            policy(std::slice::from_ref(&good))
        ))
        .is_ok()
    );
    for (policy, message) in [
        ("3".to_owned(), "controller.policy = 3: must be a map of observation, force, layers"),
        ("{observation: angles, force: 10}".to_owned(), "controller.policy.layers"),
        (
            policy(std::slice::from_ref(&good)).replace("angles", "pixels"),
            "controller.policy.observation = \"pixels\": allowed is one of angles, sincos",
        ),
        (
            policy(std::slice::from_ref(&good)).replace("force: 10", "force: 0"),
            "controller.policy.force = 0: allowed is above 0 to 1e6 N",
        ),
        (
            policy(std::slice::from_ref(&good)).replace("force", "power"),
            "controller.policy.power = 10: there is no such field",
        ),
        (policy(&[]), "controller.policy.layers = []: must be a list of 1 to 8 layers"),
        (policy(&vec![layer("[[1]]", "[0]", "relu"); 9]), "must be a list of 1 to 8 layers"),
        (
            policy(&[layer("[[1, 2]]", "[0]", "linear")]),
            "controller.policy.layers.0.weights.0 = [1,2]: must be a list of 6 numbers, as many as what the \
             layer is given",
        ),
        (
            policy(&[good.clone(), layer("[[1, 2]]", "[0]", "linear")]),
            "controller.policy.layers.1.weights.0 = [1,2]: must be a list of 1 numbers",
        ),
        (
            policy(&[layer(six, "[0, 1]", "linear")]),
            "controller.policy.layers.0.bias = [0,1]: must be a list of 1 numbers, as many as the rows of the weights",
        ),
        (
            policy(&[layer("[[1, 2, 3, 4, 5, x]]", "[0]", "linear")]),
            "controller.policy.layers.0.weights.0.5 = \"x\": must be a number",
        ),
        (
            policy(&[layer("[[1, 2, 3, 4, 5, 1e12]]", "[0]", "linear")]),
            "controller.policy.layers.0.weights.0.5 = 1000000000000.0: allowed is from -1e9 to 1e9",
        ),
        (policy(&[layer(six, "[.nan]", "linear")]), "controller.policy.layers.0.bias.0"),
        (
            policy(&[layer(six, "[0]", "softmax")]),
            "controller.policy.layers.0.activation = \"softmax\": allowed is one of linear, tanh, relu",
        ),
        (
            policy(&[layer("[[1,2,3,4,5,6], [1,2,3,4,5,6]]", "[0, 0]", "tanh")]),
            "controller.policy.layers.0.bias = 2 numbers: must be a list of 1 number: the last layer outputs the force",
        ),
    ] {
        let text = format!("controller: {{kind: external, policy: {policy}}}");
        let found = read(&text).expect_err(&text).to_string();
        assert!(found.contains(message), "{text}\n{found}\n{message}");
    }
}
