//! Broken scenarios: each is refused with exit code 2, and the words name the place, the field, the
//! value and what is allowed.

use assert_cmd::Command;

/// A broken scenario, and what the refusal must say: the line and column, the field with its value,
/// and what is allowed.
struct Broken {
    text: &'static str,
    place: &'static str,
    field: &'static str,
    allowed: &'static str,
}

const fn broken(
    text: &'static str,
    place: &'static str,
    field: &'static str,
    allowed: &'static str,
) -> Broken {
    Broken { text, place, field, allowed }
}

const BROKEN: &[Broken] = &[
    broken("plant:\n  cart_mass: -1\n", ":2:14", "plant.cart_mass = -1", "from 1e-9 to 1e6 kg"),
    broken("plant: {cart_mass: 0}\n", ":1:20", "plant.cart_mass = 0", "from 1e-9 to 1e6 kg"),
    broken("plant: {cart_mass: heavy}\n", ":1:20", "plant.cart_mass = \"heavy\"", "a number"),
    broken("plant: {cart_mass: .nan}\n", ":1:20", "plant.cart_mass = \".nan\"", "a number"),
    broken("plant: {gravity: .inf}\n", ":1:18", "plant.gravity = \".inf\"", "a number"),
    broken(
        "plant: {model: exact}\n",
        ":1:16",
        "plant.model = \"exact\"",
        "full, simplified, linear, lowrank",
    ),
    broken(
        "plant:\n  link1: {lenght: 0.4}\n",
        ":2:11",
        "plant.link1.lenght = 0.4",
        "mass, length, com, inertia",
    ),
    broken("plant: {link2: {com: 0.31}}\n", ":1:22", "plant.link2.com = 0.31", "from 0 to 0.3 m"),
    broken("plant: {link1: 3}\n", ":1:16", "plant.link1 = 3", "a map"),
    broken("plant: {track: -0.5}\n", ":1:16", "plant.track = -0.5", "above 0 to 1e6 m"),
    broken(
        "plant: {link2: {mass: 1e-9, inertia: 0, com: 0}}\n",
        ":1:8",
        "plant = ",
        "not positive definite",
    ),
    broken(
        "plant: {cart_mass: 1e6, link2: {mass: 1e-5, inertia: 1e-9}}\n",
        ":1:8",
        "plant = ",
        "allowed is up to 1e8",
    ),
    broken(
        "simulation: {duration: 1e-9}\n",
        ":1:24",
        "simulation.duration = 1",
        "from 0.001 to 1e9 s",
    ),
    broken("simulaton: {duration: 1}\n", ":1:1", "simulaton = ", "plant, simulation, actuator"),
    broken("simulation: {duration: 0}\n", ":1:24", "simulation.duration = 0", "above 0 to 1e9 s"),
    broken("simulation: {duration: [1]}\n", ":1:24", "simulation.duration = [1]", "a number"),
    broken(
        "simulation: {duration: 1e9}\n",
        ":1:24",
        "simulation.duration = 1000000000.0",
        "1e11 control periods",
    ),
    broken("simulation: {substeps: 1.5}\n", ":1:24", "simulation.substeps = 1.5", "a whole number"),
    broken(
        "simulation: {initial_state: [0, 0.1]}\n",
        ":1:29",
        "simulation.initial_state = [0,0.1]",
        "a list of 6 numbers",
    ),
    broken(
        "simulation:\n  initial_state: [0, 0, 0, 0, 0, fast]\n",
        ":2:34",
        "simulation.initial_state.5 = \"fast\"",
        "a number",
    ),
    broken(
        "simulation: {integrator: ode45}\n",
        ":1:26",
        "simulation.integrator = \"ode45\"",
        "euler, rk4, rk45",
    ),
    broken("actuator: {max_force: 0}\n", ":1:23", "actuator.max_force = 0", "above 0 to 1e6 N"),
    broken("actuator: {delay: -1}\n", ":1:19", "actuator.delay = -1", "from 0 to 10000 periods"),
    broken(
        "sensors: {velocity: guessed}\n",
        ":1:21",
        "sensors.velocity = \"guessed\"",
        "`exact`, `difference` or `{filter_hz: F}`",
    ),
    broken(
        "sensors: {velocity: {filter_hz: 0}}\n",
        ":1:33",
        "sensors.velocity.filter_hz = 0",
        "above 0 to 1e6 Hz",
    ),
    broken(
        "sensors: {velocity: difference, rate_noise: 0.1}\n",
        ":1:45",
        "sensors.rate_noise = 0.1",
        "cannot stand beside",
    ),
    broken(
        "controller: {kind: pid}\n",
        ":1:20",
        "controller.kind = \"pid\"",
        "classical, super_twisting, adaptive, hybrid, lqr, mpc, swing_up, external, none",
    ),
    broken(
        "controller: {kind: adaptive, switching_gain: 3}\n",
        ":1:30",
        "controller.switching_gain = 3",
        "initial_gain",
    ),
    broken(
        "controller: {boundary_layer: 0}\n",
        ":1:30",
        "controller.boundary_layer = 0",
        "above 0 to 1e6 N s",
    ),
    broken(
        "controller: {kind: super_twisting, k1: 3, slope_bound: 10}\n",
        ":1:40",
        "controller.k1 = 3",
        "cannot stand beside slope_bound",
    ),
    broken(
        "controller: {kind: super_twisting, k2: -4}\n",
        ":1:40",
        "controller.k2 = -4",
        "above 0 to 1e8 N/s",
    ),
    broken(
        "controller: {kind: hybrid, supervisor: {enter: 0.7}}\n",
        ":1:",
        "controller.supervisor.leave = 0.6",
        "above 0.7 to 1e6 N s",
    ),
    broken(
        "controller: {surface: {poles: [-3, -4, -5]}}\n",
        ":1:31",
        "controller.surface.poles = [-3,-4,-5]",
        "5 poles",
    ),
    broken(
        "controller: {surface: {poles: [3, -4, -5, [-2.2, 2]]}}\n",
        ":1:23",
        "controller.surface = ",
        "a pole at 3.0000 1/s",
    ),
    broken(
        "controller:\n  surface: {coefficients: [0, 1, 1, 0, 1, 1]}\n",
        ":2:12",
        "controller.surface = ",
        "the sliding motion is not stable: it has a pole at",
    ),
    broken(
        "controller: {surface: {coefficients: [1, 2, 3]}}\n",
        ":1:38",
        "controller.surface.coefficients = [1,2,3]",
        "a list of 6 numbers",
    ),
    broken("controller: {model: {track: 1}}\n", ":1:22", "controller.model.track = 1", "cart_mass"),
    broken(
        "controller: {kind: lqr, weights: {force: 0}}\n",
        ":1:42",
        "controller.weights.force = 0",
        "from 1e-9 to 1e9 1/N^2",
    ),
    broken(
        "disturbances:\n  - {kind: pulse, amplitude: 3}\n",
        ":2:5",
        "disturbances.0.duration = null",
        "is required by kind: pulse",
    ),
    broken(
        "disturbances: [{kind: gust, amplitude: 3}]\n",
        ":1:23",
        "disturbances.0.kind = \"gust\"",
        "step, pulse, sine, noise",
    ),
    broken(
        "disturbances: [{kind: step, amplitude: 3, frequency: 2}]\n",
        ":1:54",
        "disturbances.0.frequency = 2",
        "cannot stand beside",
    ),
    broken("disturbances: {kind: step}\n", ":1:15", "disturbances = ", "a list of disturbances"),
    broken(
        "uncertainty: {parameters: {link1: {mass: 2}}}\n",
        ":1:42",
        "uncertainty.parameters.link1.mass = 2",
        "from 0 to 0.9",
    ),
    broken(
        "controller: {surface: {coefficients: [0, 0, 0, 0, 0, 0]}}\n",
        ":1:23",
        "controller.surface = ",
        "the force does not reach the surface",
    ),
    broken(
        "controller: {surface: {coefficients: [1e-320, 0, 0, 0, 0, 0]}}\n",
        ":1:23",
        "controller.surface = ",
        "the force does not reach the surface",
    ),
    broken(
        "controller: {surface: {poles: [-1e6, -1e6, -1e6, -1e6, -1e6]}}\n",
        ":1:23",
        "controller.surface = ",
        "the poles are too far out",
    ),
    broken(
        "controller: {kind: adaptive, min_gain: 50, max_gain: 20}\n",
        ":1:40",
        "controller.min_gain = 50",
        "from 0 to 20 N",
    ),
    broken(
        "monitor: {sample_every: 0}\n",
        ":1:25",
        "monitor.sample_every = 0",
        "from 1 to 4e9 periods",
    ),
    broken(
        "monitor:\n  recreate_every: -1\n",
        ":2:19",
        "monitor.recreate_every = -1",
        "from 1 to 4e9 periods",
    ),
    broken(
        "monitor: {sample_every: 2.5}\n",
        ":1:25",
        "monitor.sample_every = 2.5",
        "a whole number",
    ),
    broken(
        "monitor: {reset_every: often}\n",
        ":1:24",
        "monitor.reset_every = \"often\"",
        "a whole number",
    ),
    broken(
        "monitor: {warn_bytes_per_10000_periods: 0}\n",
        ":1:41",
        "monitor.warn_bytes_per_10000_periods = 0",
        "above 0 to 1e15 bytes per 10 000 periods",
    ),
    broken(
        "monitor: {warn_bytes_per_10000_periods: .nan}\n",
        ":1:41",
        "monitor.warn_bytes_per_10000_periods = \".nan\"",
        "a number",
    ),
    broken("monitor: {every: 5}\n", ":1:11", "monitor.every = 5", "sample_every, warn_bytes"),
    broken("monitor: true\n", ":1:10", "monitor = true", "a map"),
    broken("seed: -1\n", ":1:7", "seed = -1", "a whole number from 0"),
    broken("seed: 1\nseed: 2\n", ":2:1", "seed", "duplicate"),
    broken("plant: {cart_mass: 1\n", ":", "", ""),
    broken("- 1\n- 2\n", ":1:1", "scenario = [1,2]", "a map"),
];

fn refused(arguments: &[&str], text: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_upright"))
        .args(arguments)
        .write_stdin(text)
        .output()
        .expect("the program runs");
    let words = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{text}\n{words}");
    assert!(output.stdout.is_empty(), "{text}");
    // Long lines are broken for the terminal; the frame in front of a continued line is no word.
    words.split(['\n', '│']).map(str::trim).collect::<Vec<_>>().join(" ").replace("  ", " ")
}

#[test]
fn each_is_refused_with_place_field_value_and_bound() {
    assert!(BROKEN.len() >= 20);
    let mut missing = Vec::new();
    for broken in BROKEN {
        let words = refused(&["simulate", "-"], broken.text);
        let place = format!("standard input{}", broken.place);
        for part in [place.as_str(), broken.field, broken.allowed] {
            if !words.contains(part) {
                missing
                    .push(format!("`{part}` is not in the refusal of\n{}\n{words}", broken.text));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n\n"));
}

#[test]
fn what_the_command_line_breaks_is_refused_too() {
    for (set, parts) in [
        ("plant.cart_mass=-2", ["plant.cart_mass = -2", "command line", "from 1e-9 to 1e6 kg"]),
        ("plant.cart_mass.x=1", ["plant.cart_mass = {\"x\":1}", "command line", "a number"]),
        ("disturbances.0.kind=step", ["disturbances", "command line", "a list of disturbances"]),
        ("plant=[1", ["plant = ", "command line", "[1"]),
        ("monitor.sample_every=0", ["monitor.sample_every = 0", "command line", "from 1 to 4e9"]),
        ("controller.surface.poles=[-1]", ["controller.surface.poles = [-1]", "5 poles", "not 1"]),
    ] {
        let words = refused(&["simulate", "-", "--set", set], "{}");
        for part in parts {
            assert!(words.contains(part), "`{part}` is not in the refusal of {set}: {words}");
        }
    }
    for text in ["{}", "controller: {kind: lqr}"] {
        let words = refused(&["simulate", "-", "--controller", "pid"], text);
        assert!(words.contains("--controller") && words.contains("super_twisting"), "{words}");
        assert!(!words.contains(":1:") && !words.contains("kind: lqr"), "{words}");
    }
    assert!(refused(&["simulate", "-", "--set", "plant"], "{}").contains("PATH=VALUE"));
    assert!(refused(&["simulate", "-", "--threads", "0"], "{}").contains("--threads"));
    assert!(refused(&["simulate", "-", "--figures", "gif"], "{}").contains("svg, png, pdf"));
    for flag in ["--recreate-every", "--reset-every"] {
        for value in ["0", "-1", "4000000001"] {
            let words = refused(&["simulate", "-", &format!("{flag}={value}")], "{}");
            for part in [flag, value, "from 1 to 4000000000"] {
                assert!(words.contains(part), "`{part}` is not in the refusal: {words}");
            }
        }
        assert!(refused(&["simulate", "-", flag, "often"], "{}").contains("often"));
    }
}

#[test]
fn a_record_that_would_fill_the_disk_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let out = out.to_str().expect("a text path");
    let words = refused(&["simulate", "-", "--out", out], "simulation: {duration: 1e6}\n");
    for part in ["standard input:1:", "simulation.record_every = 1", "allowed is up to 4 GB"] {
        assert!(words.contains(part), "`{part}` is not in: {words}");
    }
}

#[test]
fn a_refused_scenario_leaves_no_folder_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    refused(
        &["simulate", "-", "--out", out.to_str().expect("a text path")],
        "plant: {cart_mass: -1}",
    );
    assert!(!out.exists());
}

#[test]
fn a_scenario_that_is_too_long_or_empty_is_refused_unless_allowed() {
    let long = "\n".repeat(1_000_001);
    let words = refused(&["simulate", "-"], &long);
    assert!(words.contains("longer than 1000000 bytes; --max-input"), "{words}");
    assert!(
        refused(&["simulate", "-", "--max-input", "10"], "seed: 12345678").contains("10 bytes")
    );
    for nothing in ["", " \n\n"] {
        assert!(refused(&["simulate", "-"], nothing).contains("--allow-empty"));
    }
    let output = Command::new(env!("CARGO_BIN_EXE_upright"))
        .args(["simulate", "-", "--quiet", "--allow-empty", "--max-input", "2000000"])
        .write_stdin(long)
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_without_end_is_not_read_to_its_end() {
    let output = Command::new(env!("CARGO_BIN_EXE_upright"))
        .args(["simulate", "/dev/zero"])
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn what_a_scenario_says_reaches_no_terminal_as_a_command() {
    let words = refused(&["simulate", "-"], "plant: {\"\\e[31mred\": 1}\n");
    assert!(words.contains("\\u001b[31mred"), "{words}");
    assert!(!words.contains('\u{1b}'), "{words:?}");
    // The line itself is shown too.
    let words = refused(&["simulate", "-"], "plant: 3 # \u{9b}31m\u{1b}[31m\n");
    assert!(words.contains("plant: 3"), "{words}");
    assert!(!words.contains(['\u{1b}', '\u{9b}']), "{words:?}");
}

#[cfg(unix)]
#[test]
fn what_a_file_is_called_is_one_line_of_data_wherever_it_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let name = "a\nseed: 5 \u{1b}[31m";
    let (scenario, log) = (format!("{name}.yaml"), format!("{name}.csv"));
    let text = "simulation: {duration: 6, initial_state: [0, 0.05, -0.03, 0, 0, 0]}\n";
    std::fs::write(folder.path().join(&scenario), text).expect("written");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_upright"));
        let output = command.current_dir(folder.path()).args(arguments).output();
        let output = output.expect("the program runs");
        let words = [output.stdout, output.stderr].concat();
        let words = String::from_utf8(words).expect("text");
        assert!(!words.contains('\u{1b}') && !words.contains("\nseed: 5"), "{words:?}");
        output.status.code()
    };
    let short = ["--set", "simulation.duration=0.1"];
    assert_eq!(run(&[&["compare", &scenario], &short[..]].concat()), Some(0));
    let sweep = ["sweep", &scenario, "--over", "actuator.delay=0:1:2"];
    assert_eq!(run(&[&sweep, &short[..]].concat()), Some(0));
    assert_eq!(run(&["simulate", &scenario, "--set", "plant.cart_mass=-1"]), Some(2));
    // A trajectory has the columns of a log.
    let lean = ["simulate", &scenario, "--controller", "lqr", "--out", "run", "--figures", "svg"];
    assert_eq!(run(&lean), Some(0));
    let page = std::fs::read_to_string(folder.path().join("run/report.html")).expect("a page");
    assert!(!page.contains('\u{1b}') && !page.contains("\nseed: 5 "), "{page}");
    let renamed =
        std::fs::rename(folder.path().join("run/trajectory.csv"), folder.path().join(&log));
    renamed.expect("renamed");
    let identify = ["identify", &log, "--model", &scenario, "--figures", "svg", "--out", "found"];
    let code = run(&identify);
    let found = std::fs::read_to_string(folder.path().join("found/identified.yaml"));
    let found = found.unwrap_or_else(|error| panic!("{code:?}: {error}"));
    assert!(!found.contains("\nseed: 5") && !found.contains('\u{1b}'), "{found}");
    assert_eq!(run(&["design", "found/identified.yaml"]), Some(0), "{found}");
}

#[test]
fn flags_that_would_do_nothing_are_refused() {
    let nothing = [
        "merge a b --set seed=1",
        "merge a b --seed 1",
        "merge a b --controller lqr",
        "merge a b --threads 2",
        "merge a b --max-input 5",
        "merge a b --allow-empty",
        "merge a b --parquet",
        "design - --require settled",
        "design - --threads 2",
        "design - --deadline 2",
        "design - --figures svg",
        "design - --columns one",
        "design - --progress json",
        "simulate - --figures svg",
        "simulate - --columns two",
        "simulate - --threads 2",
        "simulate x.yaml --allow-empty",
        "compare - --columns one",
        "compare - --figures svg",
        "compare x.yaml --allow-empty",
        "batch - --runs 3 --parquet",
        "batch - --runs 3 --figures svg",
        "batch - --runs 3 --columns one",
        "batch --resume x --set seed=1",
        "batch --resume x --seed 1",
        "batch --resume x --controller lqr",
        "batch --resume x --max-input 9",
        "roa - --figures svg",
        "roa - --columns one",
        "roa --resume x --controller lqr",
        "roa x.yaml --allow-empty",
        "tune - --figures svg",
        "tune - --list --out x",
        "tune - --list --progress json",
        "tune - --list --particles 5",
        "tune - --list --iterations 5",
        "tune - --list --optimizer de",
        "tune - --list --patience 5",
        "tune - --list --threads 2",
        "tune - --list --deadline 2",
        "tune - --list --require settled",
        "sweep - --over actuator.delay=0:1:2 --threads 2",
        "sweep - --over actuator.delay=0:1:2 --figures svg",
        "sweep - --over actuator.delay=0:1:2 --columns one",
        "sweep - --over actuator.delay=0:1:2 --runs 2 --require settled",
        "sweep x.yaml --over actuator.delay=0:1:2 --allow-empty",
        "identify a.csv --model - --controller lqr",
        "identify a.csv --model - --seed 1",
        "identify a.csv --model - --require settled",
        "identify a.csv --model - --threads 2",
        "identify a.csv --model - --figures svg",
        "identify a.csv --model x.yaml --allow-empty",
        "diagnose - --threads 2",
        "diagnose - --figures svg --out x",
        "diagnose - --columns one --out x",
        "plan - --require settled",
        "plan - --threads 2",
        "plan - --figures svg",
        "plan - --columns one",
        "audit attach 1 --redact",
        "audit exec --report-every 1 -- true",
        "audit --figures svg",
        "audit --columns one",
        "audit --demo eight_bytes_a_step --seed 1",
        "audit --demo eight_bytes_a_step --max-input 10",
        "--max-input 10",
        "--allow-empty",
    ];
    for arguments in nothing {
        let typed: Vec<&str> = arguments.split(' ').collect();
        let words = refused(&typed, "{}");
        assert!(words.contains("would do nothing"), "{arguments}: {words}");
    }
}

#[test]
fn with_json_an_error_is_json_with_place_value_and_bound() {
    let words = refused(&["simulate", "-", "--json"], "plant:\n  cart_mass: -1\n  track: -2\n");
    let errors: serde_json::Value = serde_json::from_str(&words).expect("JSON");
    let first = &errors["errors"][0];
    assert_eq!(first["field"], "plant.cart_mass");
    assert_eq!((&first["line"], &first["column"]), (&2.into(), &14.into()));
    assert!(first["value"].to_string().contains("-1"), "{first}");
    assert!(first["allowed"].as_str().is_some_and(|text| text.contains("from 1e-9 to 1e6 kg")));
    assert_eq!(errors["errors"].as_array().map(Vec::len), Some(2));
    let words = refused(&["simulate", "-", "--json"], "plant: {");
    let errors: serde_json::Value = serde_json::from_str(&words).expect("JSON");
    assert!(errors["errors"][0]["message"].is_string());
}

#[test]
fn with_json_an_error_of_the_flags_is_json_too() {
    let error = |arguments: &[&str]| -> serde_json::Value {
        let words = refused(arguments, "{}");
        let errors: serde_json::Value = serde_json::from_str(&words).expect(&words);
        errors["errors"][0].clone()
    };
    let wrong = error(&["batch", "-", "--runs", "many", "--json"]);
    assert_eq!((&wrong["flag"], &wrong["value"]), (&"--runs <N>".into(), &"many".into()));
    assert!(wrong["message"].as_str().is_some_and(|text| text.contains("from 1 to 100000000")));
    let wrong = error(&["simulate", "-", "--json", "--require", "calmly"]);
    assert!(wrong["allowed"].as_str().is_some_and(|text| text.contains("settled")), "{wrong}");
    let idle = error(&["sweep", "-", "--over", "actuator.delay=0:1:2", "--threads", "2", "--json"]);
    assert!(idle["message"].as_str().is_some_and(|text| text.contains("would do nothing")));
    assert_eq!(error(&["--json", "simulat"])["value"], "simulat");
    let axis = error(&["roa", "-", "--x", "nothing:0:1:2", "--json"]);
    assert!(axis["allowed"].as_str().is_some_and(|text| text.contains("theta1")), "{axis}");
    // What a watched command is told is no word to this program.
    let others = refused(&["audit", "exec", "--duration", "x", "--", "sleep", "--json"], "");
    assert!(others.starts_with("error: invalid value"), "{others}");
}

#[test]
fn a_log_that_cannot_be_is_refused_with_file_line_column_and_value() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log.csv");
    std::fs::write(&log, "t,u,x,theta1,theta2\n0,0,0,0,0\n0.01,0,0,zero,0\n").expect("written");
    let log = log.to_str().expect("a text path");
    let words = refused(&["identify", log, "--model", "-", "--json"], "{plant: {}}");
    let errors: serde_json::Value = serde_json::from_str(&words).expect("JSON");
    let error = &errors["errors"][0];
    assert_eq!((&error["source"], &error["line"]), (&log.into(), &3.into()));
    assert_eq!((&error["field"], &error["value"]), (&"theta1".into(), &"zero".into()));
    assert_eq!(error["allowed"], "must be a number");
    // The scenario may come from standard input, and be one of defaults.
    let empty = refused(&["identify", log, "--model", "-"], "");
    assert!(empty.contains("standard input is empty"), "{empty}");
    let empty = refused(&["identify", log, "--model", "-", "--allow-empty"], "");
    assert!(empty.contains("line 3: theta1"), "{empty}");
}
