//! Returns that must be true, as a user gets them: no figure that is known to be false, and a reason where there is none.

use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn upright_with(vector_unit: Option<&str>, arguments: &[&str], text: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_upright"));
    if let Some(unit) = vector_unit {
        command.env("UPRIGHT_SIMD", unit);
    }
    let mut child = command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("written");
    child.wait_with_output().expect("the program ends")
}

fn upright(arguments: &[&str], text: &str) -> Output {
    upright_with(None, arguments, text)
}

/// Exit code, standard output as JSON, and standard error without its line breaks.
fn told(arguments: &[&str], text: &str) -> (Option<i32>, Value, String) {
    let output = upright(&[arguments, &["--json"]].concat(), text);
    let words = String::from_utf8(output.stderr).expect("text");
    let value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), value, words)
}

const FREE: &str = "
plant: {link2: {mass: 0.15, length: 0.3, com: 0, inertia: 0.0034}}
simulation: {duration: 1}
controller: {kind: none}
";
const HANGING: &str = "
simulation: {initial_state: [0, 3.14159, 3.14159, 0, 0, 0], fall_angle: 100, duration: 3}
";
/// 1 N on a cart with 2 N of friction.
const STICTION: &str = "
plant: {cart_mass: 1.0, damping: {cart: 0, joint1: 0.05, joint2: 0.05}, coulomb: {cart: 2.0, cart_speed: 1.0e-5}}
controller: {kind: none}
simulation: {duration: 2, initial_state: [0, 3.141592653589793, 3.141592653589793, 0, 0, 0], fall_angle: 100}
disturbances: [{kind: step, target: cart, amplitude: 1.0}]
";
/// A loop with two periods of delay, under which the default gains bang.
const LATE: &str = "{actuator: {delay: 2}, simulation: {duration: 3}}";

#[test]
fn no_slope_is_promised_that_the_actuator_cannot_follow() {
    let slope = |kind: &str, set: &str| {
        let (_, design, words) = told(&["design", "-", "--controller", kind, "--set", set], "{}");
        assert!(design["command"] == "design", "{words}");
        design["tolerated_slope"].as_f64()
    };
    let free = slope("super_twisting", "simulation.duration=1").expect("a slope");
    assert!(free > 10.0, "{free}");
    for kind in ["classical", "super_twisting"] {
        assert_eq!(slope(kind, "actuator.rate_limit=7"), Some(7.0), "{kind}");
    }
    assert_eq!(slope("super_twisting", "actuator.rate_limit=1e9"), Some(free));
}

#[test]
fn friction_that_is_smoothed_too_little_for_the_step_sticks_instead() {
    let (code, run, words) = told(&["simulate", "-"], STICTION);
    assert_eq!(code, Some(0), "{words}");
    let moved = run["metrics"]["max_cart"].as_f64().expect("a distance");
    assert!(moved < 1e-9, "{moved}");
    assert!(words.contains("Coulomb friction sticks") && words.contains("60 substeps"), "{words}");
    // What the run was of says so.
    assert_eq!(run["scenario"]["plant"]["friction"], "set_valued");
}

#[test]
fn friction_that_is_too_stiff_for_the_step_is_refused_with_the_substeps_that_hold_it() {
    let smoothed = ["simulate", "-", "--set", "plant.friction=smoothed"];
    let (code, _, words) = told(&smoothed, STICTION);
    assert_eq!(code, Some(2));
    assert!(words.contains("60 substeps hold it"), "{words}");
    let (code, held, words) = told(&["simulate", "-", "--set", "simulation.substeps=60"], STICTION);
    assert_eq!(code, Some(0), "{words}");
    // What is smoothed creeps: 1e-5 atanh(1 / 2) m/s.
    let crept = held["metrics"]["max_cart"].as_f64().expect("a distance");
    assert!((crept / (2.0 * 1e-5 * 0.549_306_144) - 1.0).abs() < 0.01, "{crept}");
    let stiff = ["simulate", "-", "--controller", "none", "--set", "plant.damping.joint2=20"];
    let (code, _, words) = told(&stiff, "{}");
    assert!(code == Some(2) && words.contains("viscous friction"), "{words}");
    let adaptive = [&stiff[..], &["--set", "simulation.integrator=rk45"]].concat();
    assert_eq!(told(&adaptive, "{simulation: {duration: 0.1}}").0, Some(0));
}

#[test]
fn free_motion_needs_no_surface_and_says_nothing_of_one() {
    let (code, run, words) = told(&["simulate", "-"], FREE);
    assert_eq!((code, &run["verdict"]), (Some(0), &"free".into()), "{words}");
    assert_eq!((&run["surface"], &run["metrics"]["steady_sigma"]), (&Value::Null, &Value::Null));
    // One that has a surface says so.
    let (_, run, _) =
        told(&["simulate", "-"], "{controller: {kind: none}, simulation: {duration: 1}}");
    assert_eq!(run["surface"]["sliding_poles"].as_array().map(Vec::len), Some(5));
}

#[test]
fn a_kind_without_a_design_has_a_row_with_the_reason() {
    let runs = |text: &str, more: &[&str]| {
        let (code, told, words) = told(&[&["compare", "-"], more].concat(), text);
        let rows: Vec<(String, Value, Value)> = told["runs"]
            .as_array()
            .unwrap_or_else(|| panic!("{words}"))
            .iter()
            .map(|run| {
                let name = run["controller"].as_str().expect("a name").to_owned();
                (name, run["verdict"].clone(), run["no_design"].clone())
            })
            .collect();
        (code, rows)
    };
    // Weights that leave the cart out, under LQR itself and beside it.
    let lqr = "{controller: {kind: lqr, weights: {state: [0, 1, 1, 0, 0, 0]}}, simulation: {duration: 4}}";
    let (code, rows) = runs(lqr, &[]);
    assert_eq!((code, rows.len()), (Some(0), 6));
    for (name, verdict, reason) in &rows {
        let absent = name == "lqr";
        assert_eq!(verdict.is_null(), absent, "{name}");
        assert_eq!(reason.is_string(), absent, "{name}");
    }
    assert_eq!(runs(lqr, &["--require", "balanced"]).0, Some(1));
    // A surface that cannot be designed is none of LQR's business.
    let far = "{controller: {surface: {poles: [-1e6, -1e6, -1e6, -1e6, -1e6]}}, simulation: {duration: 4}}";
    let (code, rows) = runs(far, &[]);
    assert_eq!(code, Some(0));
    for (name, verdict, _) in &rows {
        assert_eq!(verdict == "settled", name.starts_with("lqr"), "{name}: {verdict}");
    }
    // A plant that nothing controls: six rows, and a design that says why.
    let (code, rows) = runs(FREE, &[]);
    assert!(
        code == Some(0)
            && rows.iter().all(|(_, verdict, why)| verdict.is_null() && why.is_string())
    );
    for (text, surface) in [(FREE, false), (far, false), (lqr, true)] {
        let (code, design, words) = told(&["design", "-"], text);
        assert_eq!(code, Some(0), "{words}");
        assert_eq!(design["surface"].is_array(), surface, "{text}");
        assert_eq!(design["surface_absent"].is_string(), !surface, "{text}");
        assert_eq!(design["lqr"].is_null(), design["lqr_absent"].is_string(), "{text}");
    }
    // What every kind stands on is refused still.
    assert_eq!(
        told(&["compare", "-"], "plant: {link2: {mass: 1e-9, inertia: 0, com: 0}}").0,
        Some(2)
    );
    let smoothed = ["design", "-", "--set", "plant.friction=smoothed"];
    assert_eq!(told(&smoothed, STICTION).0, Some(2));
}

#[test]
fn links_that_whirl_are_down_and_no_balance() {
    for (command, more) in [("simulate", &[][..]), ("compare", &[]), ("batch", &["--runs", "5"])] {
        let arguments = [&[command, "-", "--require", "balanced"], more].concat();
        let (code, told, words) = told(&arguments, HANGING);
        assert_eq!(code, Some(1), "{command}: {words}");
        assert!(words.contains("does not start upright"), "{words}");
        if command == "simulate" {
            assert_eq!(told["verdict"], "down");
        }
    }
}

#[test]
fn whole_turns_are_upright_in_words_too() {
    let text =
        "simulation: {initial_state: [0, 6.3, -6.2, 0, 0, 0], fall_angle: 100, duration: 0.1}";
    let (_, _, words) = told(&["simulate", "-"], text);
    assert!(words.contains("starts whole turns away from upright"), "{words}");
    assert!(words.contains("radians?") && !words.contains("does not start"), "{words}");
}

#[test]
fn down_is_down_in_every_vector_unit() {
    let folder = tempfile::tempdir().expect("a folder");
    let study = |unit: Option<&str>, name: &str| {
        let out = folder.path().join(name);
        let out = out.to_str().expect("a text path");
        let arguments = ["batch", "-", "--runs", "37", "--figures", "svg", "--quiet", "--out", out];
        let output = upright_with(unit, &arguments, HANGING);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        fs::read_to_string(Path::new(out).join("batch.csv")).expect("rows")
    };
    let scalar = study(Some("scalar"), "scalar");
    assert!(scalar.matches(",down,").count() > 10, "{scalar}");
    assert_eq!(scalar, study(Some("sse2"), "sse2"));
    assert_eq!(scalar, study(None, "widest"));
}

#[test]
fn starts_of_a_region_that_are_not_upright_are_told() {
    let map = |x: &str| {
        let grid = ["roa", "-", "--x", x, "--y", "theta2:-0.1:0.1:2", "--controller", "lqr"];
        let (code, _, words) = told(&grid, "simulation: {duration: 0.1}");
        assert_eq!(code, Some(0), "{words}");
        words
    };
    assert!(!map("theta1:-0.5:0.5:3").contains("upright"));
    assert!(map("theta1:-5:5:3").contains("radians?"));
    assert!(map("theta1:-2:1:3").contains("fallen at once"));
}

#[test]
fn a_region_leaves_out_what_has_no_design_and_says_so() {
    let grid = ["roa", "-", "--x", "theta1:-0.1:0.1:2", "--y", "theta2:-0.1:0.1:2"];
    let text = "{controller: {kind: lqr, weights: {state: [0, 1, 1, 0, 0, 0]}}, simulation: {duration: 0.5}}";
    let (code, map, words) = told(&grid, text);
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("under lqr: no design"), "{words}");
    assert_eq!(map["runs"].as_array().map(Vec::len), Some(4));
}

#[test]
fn a_force_that_no_motor_bears_is_warned_of_and_a_quiet_one_is_not() {
    for (command, more) in [("simulate", &[][..]), ("compare", &[]), ("batch", &["--runs", "4"])] {
        let arguments = [&[command, "-"], more].concat();
        let (_, _, words) = told(&arguments, LATE);
        assert!(words.contains("the force chatters"), "{command}: {words}");
        let (_, _, words) = told(&arguments, "simulation: {duration: 3}");
        assert!(!words.contains("the force"), "{command}: {words}");
    }
    assert!(told(&["batch", "-", "--runs", "4"], LATE).2.contains("of 4 runs are restless"));
    let weak = "{actuator: {max_force: 5}, simulation: {duration: 3}}";
    assert!(told(&["simulate", "-"], weak).2.contains("at its limit"));
    let slow = "{simulation: {control_period: 0.01, duration: 3}}";
    assert!(told(&["simulate", "-"], slow).2.contains("from side to side"));
}

#[test]
fn maps_sweeps_and_searches_warn_of_forces_that_no_motor_bears() {
    let grid = "--x theta1:-0.1:0.1:3 --y theta2:-0.1:0.1:2 --controller classical";
    let sweep = "--over plant.cart_mass=1.5:1.6:2";
    // Between bounds that leave it as it is.
    let held = "uncertainty: {parameters: 0}\n\
                tuning: {draws: 2, confirm: 2, validation: 3, gains: {switching_gain: [20, 20.1]}}";
    let search = "--particles 3 --iterations 1";
    let front = format!("{search} --objectives settling,variation");
    for (command, more, said) in [
        ("roa", grid, "6 of 6 starts from which it stands are restless"),
        ("sweep", sweep, "2 of 2 points are restless; at plant.cart_mass 1.500"),
        ("sweep", &format!("{sweep} --runs 3"), "2 of 2 points are restless"),
        ("tune", search, "of 3 fresh runs with the gains that were found, 3 are restless; run 2"),
        ("tune", &front, "have restless fresh runs"),
    ] {
        let arguments: Vec<&str> = [command, "-"].into_iter().chain(more.split(' ')).collect();
        let late = format!("actuator: {{delay: 2}}\nsimulation: {{duration: 3}}\n{held}\n");
        let (code, _, words) = told(&arguments, &late);
        assert!(code == Some(0) && words.contains(said), "{arguments:?}: {words}");
        let (_, _, words) = told(&arguments, &format!("simulation: {{duration: 3}}\n{held}\n"));
        assert!(!words.contains("restless"), "{arguments:?}: {words}");
    }
    // Starts that fall tell nothing of the motor.
    let beyond = "roa - --x theta1:0.9:1:2 --y theta2:-0.9:-0.8:2 --controller classical";
    let beyond: Vec<&str> = beyond.split(' ').collect();
    let (_, map, words) = told(&beyond, "simulation: {duration: 3}");
    assert_eq!(map["runs"][0]["upright"], 0, "{words}");
    assert!(!words.contains("restless"), "{words}");
}

#[test]
fn a_bound_that_does_not_hold_is_withheld_everywhere() {
    let slow = ["--set", "simulation.control_period=0.01", "--set", "simulation.duration=1"];
    let words = |command: &str, text: &str| told(&[&[command, "-"][..], &slow].concat(), text).2;
    let rings = "the sampled law rings";
    assert!(words("simulate", "{}").contains(rings));
    for hidden in [
        "actuator: {delay: 1}",
        "actuator: {lag: 0.01}",
        "sensors: {delay: 1}",
        "sensors: {velocity: difference}",
        "sensors: {velocity: {filter_hz: 30}}",
        "{sensors: {angle_quantum: 1e-4, position_quantum: 1e-4}, estimator: {kind: kalman}}",
    ] {
        for command in ["simulate", "compare", "design"] {
            let words = words(command, hidden);
            assert!(!words.contains(rings), "{command}, {hidden}: {words}");
        }
        let (_, design, _) = told(&[&["design", "-"][..], &slow].concat(), hidden);
        assert_eq!(design["gain_ratio"]["bound"], Value::Null, "{hidden}");
    }
}

#[test]
fn multiple_poles_are_shown_as_what_was_asked() {
    for (poles, shown) in [
        ("[-2, -2, -2, -2, -2]", "-2.0000,  -2.0000,  -2.0000,  -2.0000,  -2.0000"),
        ("[-3, [-2, 1], [-2, 1]]", "-2.0000 ± 1.0000i,  -2.0000 ± 1.0000i,  -3.0000"),
    ] {
        let text = format!("controller: {{surface: {{poles: {poles}}}}}");
        let output = upright(&["design", "-"], &text);
        let words = String::from_utf8(output.stdout).expect("text");
        let line = words.lines().find(|line| line.starts_with("sliding poles")).expect("poles");
        assert!(line.ends_with(shown), "{line}");
    }
}

#[test]
fn one_name_in_a_comparison_runs_one_kind_and_integral_action_is_a_row() {
    let names = |more: &[&str]| {
        let text = "{controller: {kind: lqr, integral: 700}, simulation: {duration: 0.5}}";
        let (code, told, words) = told(&[&["compare", "-"], more].concat(), text);
        assert_eq!(code, Some(0), "{words}");
        let runs = told["runs"].as_array().expect("runs").clone();
        let name = |run: &Value| run["controller"].as_str().expect("a name").to_owned();
        let integral =
            |run: &Value| run["scenario"]["controller"]["integral"].as_f64().unwrap_or(0.0);
        runs.iter().map(|run| (name(run), integral(run))).collect::<Vec<_>>()
    };
    assert_eq!(names(&["--controller", "lqr"]), [("lqr".to_owned(), 700.0)]);
    assert_eq!(names(&["--controller", "lqr_integral"]), [("lqr_integral".to_owned(), 700.0)]);
    assert_eq!(names(&[]).len(), 6);
    let (_, told, _) =
        told(&["compare", "-", "--controller", "lqr_integral,lqr"], "simulation: {duration: 0.5}");
    assert_eq!(told["runs"][0]["scenario"]["controller"]["integral"], 1000.0);
    assert_eq!(told["runs"][1]["scenario"]["controller"]["integral"], Value::Null);
}

#[test]
fn a_filter_is_tuned_where_it_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("tuned");
    let text = "
simulation: {duration: 2}
sensors: {velocity: {filter_hz: 5}}
controller: {kind: lqr}
tuning: {draws: 2, confirm: 3, validation: 3, gains: {sensors.velocity.filter_hz: [3, 400]}}
";
    let search = ["tune", "-", "--particles", "6", "--iterations", "4", "--quiet", "--out"];
    let output = upright(&[&search[..], &[out.to_str().expect("a text path")]].concat(), text);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let summary = fs::read_to_string(out.join("summary.json")).expect("a summary");
    let summary: Value = serde_json::from_str(&summary).expect("JSON");
    let gain = &summary["gains"][0];
    assert_eq!(gain["name"], "sensors.velocity.filter_hz");
    assert_eq!(gain["before"], 5.0);
    let after = gain["after"].as_f64().expect("a corner");
    assert!(after != 5.0 && (3.0..=400.0).contains(&after), "{gain}");
    assert!(summary["cost_after"].as_f64() < summary["cost_before"].as_f64());
    let best = fs::read_to_string(out.join("best.yaml")).expect("a scenario");
    let (_, run, words) = told(&["simulate", "-"], &best);
    assert_eq!(run["scenario"]["sensors"]["velocity"]["filter_hz"], after, "{words}");
}

#[test]
fn the_design_of_a_swing_up_has_the_gains_of_its_plan_and_its_memory() {
    let text = "{plant: {track: 0.6}, simulation: {initial_state: hanging}, \
                controller: {kind: swing_up, plan: {candidates: 8, ranking: {draws: 2}}}}";
    let (code, design, words) = told(&["design", "-"], text);
    assert_eq!(code, Some(0), "{words}");
    let own = &design["swing_up"];
    assert_eq!(own["gains"].as_array().map(Vec::len), Some(3), "{own}");
    // At the end they are those that hold it upright.
    let end = own["gains"][2].as_array().expect("gains");
    assert!(end.iter().all(|gain| gain.as_f64().is_some_and(|gain| gain != 0.0)), "{own}");
    assert!(own["plan_bytes"].as_u64().is_some_and(|bytes| (10_000..100_000).contains(&bytes)));
    // Upright it begins with no plan.
    let (_, upright, _) =
        told(&["design", "-", "--set", "simulation.initial_state=[0,0,0,0,0,0]"], text);
    assert!(upright["swing_up"].is_null());
}

#[test]
fn a_run_with_a_plan_from_its_file_has_the_bits_of_one_that_plans_before() {
    let text = "{plant: {track: 0.6}, simulation: {initial_state: hanging, duration: 4}, \
                controller: {kind: swing_up, plan: {candidates: 8, ranking: {draws: 2}}}}";
    let out = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("plan-from-a-file");
    let _ = fs::remove_dir_all(&out);
    let folder = |name: &str| out.join(name).to_string_lossy().into_owned();
    let plan = format!("controller.plan.file={}", out.join("plan/plan.csv").display());
    for arguments in [
        vec!["plan", "-", "--out", &folder("plan")],
        vec!["simulate", "-", "--out", &folder("made")],
        vec!["simulate", "-", "--out", &folder("read"), "--set", &plan],
    ] {
        let (code, _, words) = told(&arguments, text);
        assert_eq!(code, Some(0), "{words}");
    }
    let trajectory = |name: &str| fs::read(out.join(name).join("trajectory.csv")).expect("a file");
    assert_eq!(trajectory("made"), trajectory("read"));
    // What it resolved to begins with it again, from anywhere.
    let again = fs::read_to_string(out.join("read/scenario.yaml")).expect("a scenario");
    let (code, _, words) = told(&["simulate", "-", "--out", &folder("again")], &again);
    assert_eq!((code, trajectory("again")), (Some(0), trajectory("read")), "{words}");
    let heavy = ["simulate", "-", "--set", &plan, "--set", "plant.link1.mass=0.25"];
    let (code, _, words) = told(&heavy, text);
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains("plant.link1.mass = 0.2, and here it is 0.25"), "{words}");
}
