//! The program as a user runs it: files, standard output, exit codes, examples in the help.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn upright(folder: &Path, arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_upright"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program runs")
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Runs it in the project's root, where the scenarios are.
fn at_root(arguments: &[&str]) -> std::process::Output {
    upright(root(), arguments)
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

fn read(path: impl AsRef<Path>) -> Value {
    json(&fs::read(path).expect("a file"))
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn alone_it_does_the_main_job() {
    let folder = folder();
    let output = upright(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(0));
    let words = String::from_utf8(output.stdout).expect("text");
    assert!(words.lines().all(|line| line.chars().count() <= 80), "{words}");
    let out = folder.path().join("upright-out");
    for file in ["comparison.csv", "comparison.svg", "comparison.png", "summary.json"] {
        assert!(out.join(file).is_file(), "{file}");
    }
    let summary = read(out.join("summary.json"));
    assert_eq!(summary["complete"], true);
    let runs = summary["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 18);
    let metric = |run: &Value, key: &str| run["metrics"][key].as_f64().unwrap_or(f64::INFINITY);
    for (name, settled_within) in [("nominal", 2.1), ("pushed", 3.0)] {
        let of = |kind: &str| {
            let run = runs.iter().find(|run| run["name"] == name && run["controller"] == kind);
            run.expect("a run").clone()
        };
        let lqr = of("lqr");
        for kind in ["classical", "super_twisting", "adaptive", "hybrid"] {
            let run = of(kind);
            assert_eq!(run["verdict"], "settled", "{kind} on {name}");
            assert!(metric(&run, "settling_time") <= settled_within);
            assert!(metric(&run, "max_cart") <= 0.95);
            for key in ["settling_time", "total_variation", "peak_force"] {
                assert!(metric(&run, key) < metric(&lqr, key), "{key} of {kind} on {name}");
            }
            let files = out.join(name).join(kind);
            for file in ["trajectory.csv", "summary.json", "scenario.yaml"] {
                assert!(files.join(file).is_file(), "{file}");
            }
        }
    }
    // LQR with integral action settles against a constant push; the hard push tells the laws apart.
    let of = |name: &str, kind: &str| {
        let run = runs.iter().find(|run| run["name"] == name && run["controller"] == kind);
        run.expect("a run").clone()
    };
    let [integral, classical] = ["lqr_integral", "classical"].map(|kind| of("pushed", kind));
    assert_eq!(integral["verdict"], "settled");
    assert!(metric(&integral, "max_cart") < 0.5 * metric(&classical, "max_cart"));
    assert_eq!(of("hard-push", "hybrid")["verdict"], "settled");
    assert_eq!(of("hard-push", "classical")["verdict"], "balanced");
    let travels = ["classical", "super_twisting", "hybrid", "lqr"]
        .map(|kind| metric(&of("hard-push", kind), "max_cart"));
    for (i, one) in travels.iter().enumerate() {
        for other in &travels[..i] {
            assert!((one / other - 1.0).abs() > 0.2, "{travels:?}");
        }
    }
}

#[test]
fn a_run_leaves_the_files_of_the_contract() {
    let folder = folder();
    let scenario = "simulation: {duration: 2, record_every: 10}\ncontroller: {kind: hybrid}\n";
    fs::write(folder.path().join("short.yaml"), scenario).expect("written");
    let output = upright(folder.path(), &["simulate", "short.yaml", "--out", "a"]);
    assert_eq!(output.status.code(), Some(0));

    let table = fs::read_to_string(folder.path().join("a/trajectory.csv")).expect("a table");
    let mut lines = table.lines();
    let head = lines.next().expect("a head");
    assert!(head.starts_with("t,x,theta1,theta2,x_dot,theta1_dot,theta2_dot,u,sigma,s,sliding,"));
    assert_eq!(lines.clone().count(), 201);
    assert!(lines.next().expect("a row").starts_with("0.0,0.0,0.05,-0.03,0.0,0.0,0.0,"));
    assert!(lines.last().expect("a row").starts_with("2.0,"));

    let summary = read(folder.path().join("a/summary.json"));
    for key in ["verdict", "metrics", "surface", "scenario", "seed", "version", "complete"] {
        assert!(summary.get(key).is_some(), "{key}");
    }
    let keys: Vec<&str> =
        summary["metrics"].as_object().expect("a map").keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "settling_time",
            "max_angle",
            "max_cart",
            "peak_force",
            "rms_force",
            "effort",
            "total_variation",
            "chatter_power",
            "ise",
            "itae",
            "saturation",
            "steady_sigma"
        ]
    );

    // The resolved scenario gives the same bits.
    let output = upright(folder.path(), &["simulate", "a/scenario.yaml", "--out", "b"]);
    assert_eq!(output.status.code(), Some(0));
    let again = fs::read_to_string(folder.path().join("b/trajectory.csv")).expect("a table");
    assert_eq!(table, again);
}

#[test]
fn a_watched_run_leaves_its_series_and_says_whether_memory_grows() {
    let folder = folder();
    let out = folder.path().join("out");
    let text = out.to_str().expect("a text path");
    let output = at_root(&["simulate", "scenarios/long-watch.yaml", "--out", text]);
    assert_eq!(output.status.code(), Some(0));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("warning"));
    let words = String::from_utf8(output.stdout).expect("text");
    assert!(words.contains("\nmemory: "), "{words}");
    assert!(words.contains("controller recreated 3 times, records emptied 5 times"), "{words}");

    let table = fs::read_to_string(out.join("monitor.csv")).expect("a table");
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("t,period,live_bytes,resident_bytes"));
    assert_eq!(lines.clone().count(), 201);
    assert!(lines.next().is_some_and(|line| line.starts_with("0.0,0,")));
    assert!(lines.last().is_some_and(|line| line.starts_with("100.0,100000,")));

    let monitor = read(out.join("summary.json"))["monitor"].clone();
    // Resident memory is the machine's affair; what is counted is ours.
    assert_ne!(monitor["verdict"], "exceeded");
    assert_eq!(monitor["live"]["growth_bytes_per_10000_periods"], 0.0);
    assert_eq!(monitor["warn_bytes_per_10000_periods"], 1e6);
    assert_eq!(monitor["warned_after"], Value::Null);
    assert!(monitor["resident"].get("growth_bytes_per_10000_periods").is_some());
    assert_eq!((&monitor["recreated"], &monitor["reset"]), (&3.into(), &5.into()));
}

#[test]
fn flags_watch_what_the_scenario_does_not_and_the_run_stays_the_same() {
    let folder = folder();
    fs::write(folder.path().join("short.yaml"), "simulation: {duration: 1}").expect("written");
    let run = |out: &str, arguments: &[&str]| {
        let figures = ["--out", out, "--figures", "svg", "--quiet"];
        let output = upright(folder.path(), &[&["simulate"], arguments, &figures[..]].concat());
        assert_eq!(output.status.code(), Some(0));
        let file = |name: &str| fs::read_to_string(folder.path().join(out).join(name)).ok();
        let summary = read(folder.path().join(out).join("summary.json"));
        let trajectory = file("trajectory.csv").expect("a table");
        (summary, trajectory, file("monitor.csv"), file("scenario.yaml").expect("a scenario"))
    };
    let (summary, plain, series, _) = run("plain", &["short.yaml"]);
    assert_eq!(
        (&summary["monitor"], &summary["scenario"]["monitor"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(series, None);

    let (summary, watched, series, resolved) = run("watched", &["short.yaml", "--monitor"]);
    assert_eq!(watched, plain);
    assert_eq!(series.map(|series| series.lines().count()), Some(3));
    assert_eq!(summary["monitor"]["verdict"], "inconclusive");
    assert_eq!(summary["scenario"]["monitor"]["recreate_every"], 1_000_000);

    let again = run("again", &["watched/scenario.yaml"]);
    assert_eq!((&again.0["scenario"], &again.3), (&summary["scenario"], &resolved));

    // Over the section, and each turns it on.
    let over = ["watched/scenario.yaml", "--recreate-every", "7", "--set", "monitor.reset_every=3"];
    let (summary, renewed, ..) = run("renewed", &over);
    assert_eq!(renewed, plain);
    assert_eq!(summary["monitor"]["recreated"], 142);
    assert_eq!(summary["monitor"]["reset"], 333);
    for flag in ["--recreate-every", "--reset-every"] {
        let (summary, ..) = run("each", &["short.yaml", flag, "500"]);
        let every = flag.trim_start_matches('-').replace('-', "_");
        assert_eq!(summary["scenario"]["monitor"][every.as_str()], 500);
    }
}

#[test]
fn json_is_the_summary_and_nothing_else() {
    let one = at_root(&["simulate", "scenarios/nominal.yaml", "--json"]);
    assert_eq!(json(&one.stdout)["verdict"], "settled");
    let several = at_root(&["compare", "scenarios/nominal.yaml", "--json"]);
    assert_eq!(json(&several.stdout)["runs"].as_array().map(Vec::len), Some(6));
    let design = at_root(&["design", "scenarios/nominal.yaml", "--json"]);
    assert_eq!(json(&design.stdout)["controllability"]["rank"], 6);
    let silent = at_root(&["simulate", "scenarios/nominal.yaml", "--quiet"]);
    assert!(silent.stdout.is_empty() && silent.stderr.is_empty());
}

#[test]
fn what_is_required_and_not_met_is_exit_code_one() {
    let lqr = ["simulate", "scenarios/pushed.yaml", "--controller", "lqr", "--require"];
    assert_eq!(at_root(&[&lqr[..], &["settled"]].concat()).status.code(), Some(1));
    assert_eq!(at_root(&[&lqr[..], &["balanced"]].concat()).status.code(), Some(0));
    let free = ["simulate", "scenarios/nominal.yaml", "--controller", "none"];
    let output = at_root(&free);
    assert!(String::from_utf8_lossy(&output.stdout).contains("free"));
    assert_eq!(at_root(&[&free[..], &["--require", "balanced"]].concat()).status.code(), Some(1));
}

#[test]
fn flags_go_over_the_file() {
    let verdict = |arguments: &[&str]| json(&at_root(arguments).stdout);
    let run = verdict(&[
        "simulate",
        "scenarios/pushed.yaml",
        "--controller",
        "sta_smc",
        "--set",
        "controller.k1=25",
        "--set",
        "plant.link1.mass=0.21",
        "--seed",
        "7",
        "--json",
    ]);
    assert_eq!(run["scenario"]["controller"]["kind"], "super_twisting");
    assert_eq!(run["scenario"]["controller"]["k1"], 25.0);
    assert_eq!(run["scenario"]["controller"]["k2"], 40.0);
    assert_eq!(run["scenario"]["plant"]["link1"]["mass"], 0.21);
    assert_eq!(run["scenario"]["plant"]["link1"]["length"], 0.4);
    assert_eq!(run["seed"], 7);
}

#[test]
fn results_replace_only_results_of_the_same_command() {
    let folder = folder();
    let scenario = root().join("scenarios/nominal.yaml");
    let scenario = scenario.to_str().expect("a text path");
    let run = |arguments: &[&str]| upright(folder.path(), arguments).status.code();
    let simulate = ["simulate", scenario, "--out", "results", "--figures", "svg"];
    assert_eq!(run(&[&simulate[..], &["--set", "simulation.duration=1"]].concat()), Some(0));
    fs::write(folder.path().join("results/notes.txt"), "mine").expect("written");
    assert_eq!(run(&simulate), Some(0), "the same command again");
    assert_eq!(fs::read_to_string(folder.path().join("results/notes.txt")).expect("kept"), "mine");
    assert_eq!(run(&["design", scenario, "--out", "results"]), Some(2), "another command");
    assert_eq!(read(folder.path().join("results/summary.json"))["command"], "simulate");

    // A scenario that is no longer compared leaves nothing behind.
    fs::write(folder.path().join("other.yaml"), "simulation: {duration: 1}").expect("written");
    assert_eq!(run(&["compare", "other.yaml", scenario, "--out", "both"]), Some(0));
    assert!(folder.path().join("both/other/lqr").is_dir());
    assert_eq!(run(&["compare", scenario, "--out", "both"]), Some(0));
    assert!(!folder.path().join("both/other").exists());

    fs::create_dir(folder.path().join("foreign")).expect("made");
    fs::write(folder.path().join("foreign/thesis.tex"), "mine").expect("written");
    let output = upright(folder.path(), &["simulate", scenario, "--out", "foreign"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("thesis.tex"));
    assert_eq!(fs::read_dir(folder.path().join("foreign")).expect("a folder").count(), 1);
}

#[test]
fn files_that_cannot_be_read_or_written_are_exit_code_four() {
    let folder = folder();
    assert_eq!(upright(folder.path(), &["simulate", "absent.yaml"]).status.code(), Some(4));
    fs::write(folder.path().join("file"), "").expect("written");
    let scenario = root().join("scenarios/nominal.yaml");
    let scenario = scenario.to_str().expect("a text path");
    let output = upright(folder.path(), &["simulate", scenario, "--out", "file/results"]);
    assert_eq!(output.status.code(), Some(4));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains("file/results"), "{words}");
}

#[test]
fn scenarios_of_one_name_in_different_folders_have_results_of_their_own() {
    let folder = folder();
    for (name, duration) in [("light", "1"), ("heavy/deep", "2"), ("other/deep", "3")] {
        fs::create_dir_all(folder.path().join(name)).expect("made");
        let text = format!("simulation: {{duration: {duration}}}");
        fs::write(folder.path().join(name).join("rig.yaml"), text).expect("written");
    }
    let files = ["light/rig.yaml", "heavy/deep/rig.yaml", "other/deep/rig.yaml"];
    let flags = ["--out", "out", "--figures", "svg", "--quiet"];
    let output = upright(folder.path(), &[&["compare"], &files[..], &flags].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    for name in ["light-rig", "heavy-deep-rig", "other-deep-rig"] {
        assert!(folder.path().join("out").join(name).join("lqr/summary.json").is_file(), "{name}");
    }
}

#[test]
fn a_number_of_runs_may_have_an_exponent() {
    let study = ["batch", "scenarios/nominal.yaml", "--set", "simulation.duration=0.01", "--json"];
    let output = at_root(&[&study[..], &["--runs", "1e2"]].concat());
    assert_eq!(json(&output.stdout)["runs"], 100);
    let search = ["tune", "scenarios/nominal.yaml", "--set", "simulation.duration=0.5"];
    let output = at_root(&[&search[..], &["--iterations", "1e0", "--particles", "2e0"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    for wrong in ["1.5", "0", "-3", "1e9", "many", "nan", "1e-3"] {
        let output = at_root(&[&study[..], &[&format!("--runs={wrong}")]].concat());
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("from 1 to 100000000"), "{wrong}");
    }
}

#[test]
fn a_name_that_a_spreadsheet_would_compute_is_a_text_in_the_table() {
    let folder = folder();
    fs::write(folder.path().join("=1+2.yaml"), "simulation: {duration: 1}").expect("written");
    let flags = ["compare", "=1+2.yaml", "--out", "out", "--figures", "svg", "--quiet"];
    assert_eq!(upright(folder.path(), &flags).status.code(), Some(0));
    let table = fs::read_to_string(folder.path().join("out/comparison.csv")).expect("a table");
    assert!(table.lines().skip(1).all(|line| line.starts_with("'=1+2,")), "{table}");
}

#[test]
fn progress_is_lines_of_json_in_every_command_that_takes_its_time() {
    let folder = folder();
    let scenario = root().join("scenarios/nominal.yaml");
    let scenario = scenario.to_str().expect("a text path");
    let short = ["--set", "simulation.duration=2"];
    let run = |arguments: &[&str]| {
        let quiet = ["--quiet", "--progress", "json"];
        let output = upright(folder.path(), &[arguments, &quiet].concat());
        let words = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {words}");
        // Warnings are for people, between the lines.
        let lines = words.lines().filter(|line| line.starts_with('{'));
        let lines: Vec<Value> =
            lines.map(|line| json(line.as_bytes())["progress"].clone()).collect();
        let [first, .., last] = &lines[..] else { panic!("{arguments:?}: {words}") };
        let done: Vec<u64> = lines.iter().filter_map(|line| line["done"].as_u64()).collect();
        assert!(done.is_sorted() && done.len() == lines.len(), "{arguments:?}: {words}");
        assert_eq!(first["done"], 0, "{arguments:?}");
        assert!(last["unit"].is_string() && last["rate"].as_f64() > Some(0.0), "{last}");
        if last["of"] != Value::Null {
            assert_eq!((&last["of"], &last["seconds_left"]), (&last["done"], &0.0.into()));
        }
        (last["done"].as_u64().unwrap_or(0), last["unit"].as_str().unwrap_or("").to_owned())
    };
    let told = |arguments: &[&str]| run(&[arguments, &short].concat());
    let of = |count: u64, unit: &str| (count, unit.to_owned());
    assert_eq!(told(&["batch", scenario, "--runs", "50"]), of(50, "runs"));
    for shard in ["1/2", "2/2"] {
        let part = ["batch", scenario, "--runs", "9", "--out", &shard[..1], "--shard", shard];
        assert!(told(&part).0 > 3);
    }
    assert_eq!(run(&["merge", "1", "2"]), of(9, "runs"));
    let grid = ["roa", scenario, "--x", "theta1:-0.2:0.2:3", "--y", "theta2:-0.2:0.2:3"];
    assert_eq!(told(&[&grid[..], &["--controller", "classical,lqr"]].concat()), of(18, "runs"));
    let over = ["--over", "actuator.delay=0:1:2"];
    assert_eq!(told(&[&["sweep", scenario][..], &over].concat()), of(2, "points"));
    assert_eq!(told(&["compare", scenario, "--controller", "lqr,classical"]), of(2, "runs"));
    assert_eq!(told(&["simulate", scenario]), of(2000, "periods"));
    let search = ["tune", scenario, "--particles", "4", "--iterations", "2"];
    assert_eq!(told(&search), of(2, "steps"));
    assert!(told(&["diagnose", scenario, "--set", "actuator.delay=3"]).0 > 5);
    assert_eq!(run(&["audit", "--demo", "filling_ring"]).1, "steps");
    let swing = ["plan", scenario, "--set", "simulation.initial_state=[0, 3.1, 3.1, 0, 0, 0]"];
    assert!(run(&swing).0 > 50);
    // What is there at once, and a list, have nothing to tell.
    for idle in [&["design", scenario][..], &["tune", "--list", scenario]] {
        let output = upright(folder.path(), &[idle, &["--progress", "json"]].concat());
        assert_eq!(output.status.code(), Some(2), "{idle:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn arguments_of_a_watched_command_are_redacted_and_its_files_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let flags = ["audit", "exec", "--duration", "0.5", "--redact", "--out", "out", "--"];
    let command = ["sh", "-c", "sleep 5 # password=hunter2"];
    let output = upright(folder.path(), &[&flags[..], &command].concat());
    assert!(!String::from_utf8_lossy(&output.stdout).contains("hunter2"));
    for entry in fs::read_dir(folder.path().join("out")).expect("a folder") {
        let entry = entry.expect("an entry");
        let mode = entry.metadata().expect("a file").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
        let bytes = fs::read(entry.path()).expect("a file");
        assert!(!String::from_utf8_lossy(&bytes).contains("hunter2"), "{}", entry.path().display());
    }
}

#[test]
fn what_is_not_finite_is_empty_in_every_table() {
    let folder = folder();
    // Rates at which air drag leaves the numbers within a few steps of Euler's method.
    let wild = "simulation: {duration: 10, integrator: euler, control_period: 10, substeps: 100, fall_angle: 1e4,\n  \
                initial_state: [0, 0, 0, 1e4, 1e4, 1e4]}\nplant: {drag: {link1_area: 1e4}}\n";
    fs::write(folder.path().join("wild.yaml"), wild).expect("written");
    for command in [
        &["simulate", "wild.yaml"][..],
        &["compare", "wild.yaml"],
        &["batch", "wild.yaml", "--runs", "5"],
    ] {
        let flags = ["--out", command[0], "--figures", "svg", "--quiet"];
        let output = upright(folder.path(), &[command, &flags].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let out = folder.path().join(command[0]);
        let table = ["trajectory.csv", "comparison.csv", "batch.csv"]
            .iter()
            .find_map(|name| fs::read_to_string(out.join(name)).ok())
            .expect("a table");
        let lower = table.to_lowercase();
        assert!(!lower.contains("nan") && !lower.contains("inf"), "{table}");
        assert!(table.contains(",,"), "something is absent:\n{table}");
    }
    let summary = read(folder.path().join("simulate/summary.json"));
    assert_eq!(summary["verdict"], "diverged");
}

#[test]
fn a_list_of_controllers_is_compared_under_the_scenarios_own_settings() {
    let list = ["--controller", "lqr,sta_smc", "--json", "--set", "controller.boundary_layer=0.5"];
    let output = at_root(&[&["compare", "scenarios/nominal.yaml"], &list[..]].concat());
    let runs = json(&output.stdout)["runs"].clone();
    let kinds: Vec<&str> = runs
        .as_array()
        .expect("runs")
        .iter()
        .filter_map(|run| run["controller"].as_str())
        .collect();
    assert_eq!(kinds, ["lqr", "super_twisting"]);
    let grid = ["--x", "theta1:-0.1:0.1:3", "--y", "theta2:-0.1:0.1:3"];
    let list = ["--controller", "classical,none", "--json"];
    let output = at_root(&[&["roa", "scenarios/nominal.yaml"], &grid[..], &list].concat());
    let runs = json(&output.stdout)["runs"].clone();
    assert_eq!(
        (&runs[0]["controller"], &runs[1]["controller"]),
        (&"classical".into(), &"none".into())
    );
    let output = at_root(&["compare", "scenarios/nominal.yaml", "--controller", "lqr,pid"]);
    assert_eq!(output.status.code(), Some(2));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains("\"pid\" is no kind") && words.contains("super_twisting"), "{words}");
}

#[test]
fn two_scenarios_of_one_name_are_refused() {
    let twice = ["compare", "scenarios/nominal.yaml", "scenarios/nominal.yaml", "--quiet"];
    assert_eq!(at_root(&twice).status.code(), Some(0), "nothing is written");
    let folder = folder();
    let out = folder.path().join("out");
    let out = out.to_str().expect("a text path");
    let output = at_root(&[&twice[..], &["--out", out]].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`nominal`"));
}

/// The scenarios that the project names; what stands in folders beside them is not among them.
fn named_scenarios() -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(root().join("scenarios")).expect("the scenarios");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.is_file()).collect()
}

/// The commands in the examples of a help text.
fn examples(help: &str) -> Vec<String> {
    let after = help.split_once("Examples:").map_or("", |(_, after)| after);
    after.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn the_examples_of_every_help_text_run() {
    let folder = folder();
    let scenarios = folder.path().join("scenarios");
    fs::create_dir(&scenarios).expect("made");
    for file in named_scenarios() {
        fs::copy(&file, scenarios.join(file.file_name().expect("a name"))).expect("copied");
    }
    let bin = Path::new(env!("CARGO_BIN_EXE_upright")).parent().expect("a folder");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let commands = [
        &[][..],
        &["simulate"],
        &["compare"],
        &["design"],
        &["plan"],
        &["tune"],
        &["sweep"],
        &["init"],
        &["schema"],
        &["completions"],
        &["audit", "exec"],
        &["audit", "attach"],
    ];
    for command in commands {
        let help = upright(folder.path(), &[command, &["--help"]].concat());
        assert_eq!(help.status.code(), Some(0));
        let help = String::from_utf8(help.stdout).expect("text");
        let examples = examples(&help);
        assert!(!examples.is_empty(), "{command:?} has no example:\n{help}");
        for example in examples {
            let output = Command::new("sh")
                .args(["-ec", &example])
                .current_dir(folder.path())
                .env("PATH", &path)
                .output()
                .expect("a shell");
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(0), "{example}\n{words}");
        }
    }
}

#[test]
fn every_named_scenario_runs_under_every_controller() {
    let paths: Vec<String> = named_scenarios()
        .iter()
        .map(|file| file.to_str().expect("a text path").to_owned())
        .collect();
    assert!(paths.len() >= 8);
    for path in &paths {
        let text = fs::read_to_string(path).expect("a file");
        assert!(
            text.starts_with("# ") && text.contains("# Shows: "),
            "{path} does not say what for"
        );
    }
    let arguments: Vec<&str> = std::iter::once("compare")
        .chain(paths.iter().map(String::as_str))
        .chain(["--json"])
        .collect();
    let output = at_root(&arguments);
    assert_eq!(output.status.code(), Some(0));
    let summary = json(&output.stdout);
    let runs = summary["runs"].as_array().expect("runs");
    // Where one of them swings up or predicts, so do all.
    assert_eq!(runs.len(), 8 * paths.len());
    for run in runs {
        // What a scenario's own controller is there to show, it shows.
        if run["controller"] == run["scenario"]["controller"]["kind"] {
            assert_ne!(run["verdict"], "diverged", "{}", run["name"]);
        }
    }
}

#[test]
fn what_standard_output_says_is_the_file_of_the_folder() {
    let folder = folder();
    let out = folder.path().join("out");
    let out = out.to_str().expect("a text path");
    let output = at_root(&["simulate", "scenarios/nominal.yaml", "--json", "--out", out]);
    assert_eq!(json(&output.stdout), read(format!("{out}/summary.json")));
}

#[test]
fn results_stay_within_their_folder() {
    let folder = folder();
    for name in
        ["...yaml", "summary.json.yaml", "comparison.csv.yaml", "bars.svg.yaml", "report.html.yaml"]
    {
        fs::write(folder.path().join(name), "{}").expect("written");
        let output = upright(folder.path(), &["compare", name, "--out", "out"]);
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(!folder.path().join("out").exists() && !folder.path().join("lqr").exists());
    }
    fs::write(folder.path().join("latin1.yaml"), b"# \xe9\n").expect("written");
    assert_eq!(upright(folder.path(), &["simulate", "latin1.yaml"]).status.code(), Some(2));
    fs::write(folder.path().join("file"), "").expect("written");
    let scenario = root().join("scenarios/nominal.yaml");
    let scenario = scenario.to_str().expect("a text path");
    let output = upright(folder.path(), &["simulate", scenario, "--out", "file"]);
    assert_eq!(output.status.code(), Some(2));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_exit_code_four() {
    for arguments in [&["schema"][..], &["simulate", "scenarios/nominal.yaml"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("the device");
        let status = std::process::Command::new(env!("CARGO_BIN_EXE_upright"))
            .args(arguments)
            .current_dir(root())
            .stdout(full)
            .stderr(std::process::Stdio::null())
            .status()
            .expect("the program runs");
        assert_eq!(status.code(), Some(4), "{arguments:?}");
    }
}

#[test]
fn a_law_that_rings_is_warned_of() {
    let warned = |arguments: &[&str]| {
        String::from_utf8_lossy(&at_root(arguments).stderr).contains("the sampled law rings")
    };
    let slow = ["simulate", "scenarios/slow-loop.yaml", "--controller"];
    for (kind, rings) in [("adaptive", true), ("hybrid", true), ("super_twisting", false)] {
        assert_eq!(warned(&[&slow[..], &[kind]].concat()), rings, "{kind}");
    }
    let rate = ["super_twisting", "--set", "controller.reaching_rate=60"];
    assert!(warned(&[&slow[..], &rate].concat()));
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_keeps_what_is_done() {
    use std::io::Read;
    let folder = folder();
    // Long enough that it cannot end by itself, recorded in a ring.
    let scenario = "simulation: {duration: 1e7, record_last: 100}\n";
    fs::write(folder.path().join("long.yaml"), scenario).expect("written");
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_upright"))
        .args(["simulate", "long.yaml", "--out", "out", "--figures", "svg"])
        .current_dir(folder.path())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("started");
    // The interruption is watched for before the folder is made.
    while !folder.path().join("out").exists() {
        std::thread::yield_now();
    }
    let id = child.id().to_string();
    std::process::Command::new("kill").args(["-INT", &id]).status().expect("sent");
    assert_eq!(child.wait().expect("ended").code(), Some(130));
    let mut words = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut words).expect("text");
    assert!(words.contains("interrupted"));
    let summary = read(folder.path().join("out/summary.json"));
    assert_eq!(summary["complete"], false);
    assert!(summary["verdict"].is_null());
    assert!(folder.path().join("out/trajectory.csv").is_file());
}
