//! `upright audit` as a user runs it: what it finds, what it leaves, and how it ends.

use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};

fn upright(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_upright")).args(arguments).output().expect("the program runs")
}

fn json(text: &[u8]) -> Value {
    serde_json::from_slice(text).expect("JSON")
}

/// Audits into a folder; returns the exit code and `audit.json`.
fn audit_into(folder: &Path, arguments: &[&str]) -> (Option<i32>, Value) {
    let out = folder.to_str().expect("a text path");
    let mut all = vec!["audit", "--quiet", "--figures", "png", "--out", out];
    all.extend(arguments);
    let output = upright(&all);
    let file = fs::read(folder.join("audit.json"));
    let said = String::from_utf8_lossy(&output.stderr);
    (output.status.code(), json(&file.unwrap_or_else(|error| panic!("{error}: {said}"))))
}

fn demo(name: &str) -> (Option<i32>, Value) {
    let folder = tempfile::tempdir().expect("a folder");
    audit_into(&folder.path().join("out"), &["--demo", name])
}

#[test]
fn the_toolkit_passes_its_own_audit_and_leaves_its_evidence() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let (code, audit) = audit_into(&out, &["--quick"]);
    assert_eq!(code, Some(0), "{}", audit["subjects"]);

    let schema = json(&upright(&["schema", "audit"]).stdout);
    let errors: Vec<String> = jsonschema::validator_for(&schema)
        .expect("a schema")
        .iter_errors(&audit)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    let mut broken = audit.clone();
    broken["subjects"][0]["verdict"] = "splendid".into();
    assert!(!jsonschema::is_valid(&schema, &broken), "the schema takes anything");

    let subjects = audit["subjects"].as_array().expect("subjects");
    let names: Vec<&str> = subjects.iter().filter_map(|s| s["subject"].as_str()).collect();
    assert_eq!(
        names,
        [
            "classical",
            "super_twisting",
            "adaptive",
            "hybrid",
            "mpc",
            "swing_up",
            "runner",
            "batch",
            "tuner"
        ]
    );
    for subject in subjects {
        let name = &subject["subject"];
        let phases = subject["phases"].as_array().expect("phases");
        let whole = name != "batch" && name != "tuner";
        assert_eq!(phases.len(), if whole { 7 } else { 5 }, "{name}");
        assert_eq!(subject["max_recommended_periods"], "unlimited", "{name}");
        let components = subject["components"].as_array().expect("components");
        // A search gives no account of itself.
        assert!(!components.is_empty() || name == "tuner", "{name}");
        for event in phases.iter().flat_map(|phase| phase["events"].as_array().expect("events")) {
            assert!(event["count"].as_u64() > Some(0), "{name}: {event}");
        }
        let file = format!("memory_stress_{}.png", name.as_str().expect("a name"));
        assert_eq!(&fs::read(out.join(file)).expect("a picture")[1..4], b"PNG");
    }
    // What plans takes its memory once, as much as it says, and makes a plan every ten thousand periods.
    for subject in &subjects[4..6] {
        let name = &subject["subject"];
        assert_eq!(subject["verdict"], "one_time", "{name}");
        let phase = |name: &str| {
            let mut phases = subject["phases"].as_array().expect("phases").iter();
            phases.find(|phase| phase["phase"] == name).expect("a phase").clone()
        };
        assert_eq!(phase("footprint")["outcome"], "passed", "{name}");
        let statement = phase("steady_step")["statement"].to_string();
        assert!(statement.contains("0 requests for memory in"), "{name}: {statement}");
        let events = phase("stress")["events"].clone();
        let plans = events.as_array().expect("events").iter().find(|e| e["name"] == "plans made");
        assert!(plans.is_none_or(|plans| plans["count"].as_u64() >= Some(15)), "{events}");
        assert_eq!(plans.is_some(), name == "swing_up");
    }
    // Not a byte, and not a request, of any controller.
    for subject in &subjects[..4] {
        assert_eq!(subject["verdict"], "clean", "{subject}");
    }

    assert_eq!(audit["score"]["total"].as_f64(), Some(recomputed(&audit["score"])));
    assert_eq!(audit["score"]["total"], 100.0);

    let report = fs::read_to_string(out.join("report.md")).expect("a report");
    let first = report.lines().take(10).collect::<Vec<_>>().join("\n");
    for answer in [
        "Audited: classical",
        "What leaks: nothing",
        "What was paid once: mpc",
        "What bounds the rest: ",
    ] {
        assert!(first.contains(answer), "{answer} is not within the first ten lines:\n{first}");
    }
    let html = fs::read_to_string(out.join("report.html")).expect("a report");
    // A chart of the memory of every subject, and the plant that it was audited on.
    assert_eq!(html.matches("<figcaption>Memory of ").count(), 9);
    assert!(html.contains("class=\"player\""));
    let junit = fs::read_to_string(out.join("junit.xml")).expect("results");
    assert_eq!(junit.matches("<testcase").count(), 59);
    assert!(!junit.contains("<failure") && !junit.contains("<error"));
}

/// The score from its rows alone.
fn recomputed(score: &Value) -> f64 {
    let categories = score["categories"].as_array().expect("categories");
    let weights: f64 = categories.iter().filter_map(|c| c["weight"].as_f64()).sum();
    assert_eq!((categories.len(), weights), (6, 100.0));
    let points = |category: &Value| {
        let rows = category["rows"].as_array().expect("rows");
        let counting = rows.iter().filter(|row| row["counts"] == true).count();
        100.0 * counting as f64 / rows.len() as f64
    };
    let part = |category: &Value| {
        category["weight"].as_f64().expect("a weight") * points(category) / 100.0
    };
    categories.iter().map(part).sum()
}

/// The finding of the worst verdict among the phases of the one subject.
fn leak(audit: &Value) -> &Value {
    let phases = audit["subjects"][0]["phases"].as_array().expect("phases");
    let of = |name: &str| {
        let mut named = phases.iter().filter(|phase| phase["phase"] == name);
        named.next().map(|phase| &phase["finding"]).filter(|f| f["verdict"] == "leak")
    };
    // A leak of lives does not show in a long one.
    of("stress").or_else(|| of("lifecycle")).expect("a leak")
}

#[test]
fn every_leak_of_the_zoo_is_named_with_its_rate_and_its_culprit() {
    use heapwatch::zoo::{ANIMALS, Truth};
    for animal in ANIMALS {
        let (Truth::LeaksAStep(truth) | Truth::LeaksALife(truth)) = animal.truth else { continue };
        let (code, audit) = demo(animal.name);
        assert_eq!((code, &audit["verdict"]), (Some(1), &"leak".into()), "{}", animal.name);
        let found = leak(&audit);
        let rate = found["rate"].as_f64().expect("a rate");
        assert!((rate - truth).abs() <= 0.05 * truth, "{}: {rate}, not {truth}", animal.name);
        let frames = found["site"]["frames"].as_array().expect("a call stack");
        let own = frames
            .iter()
            .filter_map(Value::as_str)
            .filter(|frame| frame.contains("heapwatch/src/zoo"));
        let near = own.take(3).any(|frame| frame.contains(animal.culprit));
        assert!(near, "{}: {frames:#?}", animal.name);
        assert_ne!(audit["subjects"][0]["max_recommended_periods"], "unlimited", "{}", animal.name);
    }
}

#[test]
fn no_innocent_of_the_zoo_is_accused_and_what_cannot_be_counted_is_left_open() {
    use heapwatch::zoo::{ANIMALS, Truth};
    for animal in ANIMALS {
        match animal.truth {
            Truth::Innocent => {
                let (code, audit) = demo(animal.name);
                assert_eq!(code, Some(0), "{}: {}", animal.name, audit["subjects"][0]["statement"]);
            }
            Truth::LeaksUnseen(_) if cfg!(target_os = "linux") => {
                let (code, audit) = demo(animal.name);
                assert_eq!((code, &audit["verdict"]), (Some(3), &"inconclusive".into()));
                let said = audit["subjects"][0]["statement"].as_str().expect("a statement");
                assert!(said.contains("resident memory grows"), "{said}");
            }
            _ => {}
        }
    }
}

#[test]
fn a_plant_that_comes_to_rest_or_falls_proves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let still = folder.path().join("still.yaml");
    fs::write(&still, "simulation: {initial_state: [0, 0, 0, 0, 0, 0]}\n").expect("written");
    let falling = folder.path().join("falling.yaml");
    fs::write(&falling, "actuator: {max_force: 0.1}\n").expect("written");
    let track = folder.path().join("track.yaml");
    let audited = fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../scenarios/memory-audit.yaml"
    ));
    let audited = audited.expect("a scenario") + "plant: {track: 0.05}\n";
    fs::write(&track, audited).expect("written");
    for (path, word) in [
        (still, "saturated periods, surface crossings never happened"),
        (falling, "the pendulum falls"),
        (track, "the cart leaves the track"),
    ] {
        let text = path.to_str().expect("a text path");
        let (code, audit) =
            audit_into(&path.with_extension("out"), &["--quick", "--only", "classical", text]);
        assert_eq!((code, &audit["verdict"]), (Some(3), &"inconclusive".into()), "{word}");
        // No phase passes in which nothing moved, and no row of it counts.
        let phases = audit["subjects"][0]["phases"].as_array().expect("phases");
        let stress = phases.iter().find(|phase| phase["phase"] == "stress").expect("stress");
        assert_eq!(stress["outcome"], "inconclusive");
        let said = stress["statement"].as_str().expect("a statement");
        assert!(said.contains(word), "{said}");
        assert_eq!(audit["score"]["categories"][2]["rows"][0]["counts"], false);
    }
}

/// Begins an audit of one subject at a time; returns when the first is over and the others are not.
#[cfg(unix)]
fn begun(out: &Path, more: &[&str]) -> (Child, Lines<BufReader<ChildStderr>>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_upright"))
        .args(["audit", "--threads", "1", "--out"])
        .arg(out)
        .args(more)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
    assert_eq!(lines.next().expect("a line").expect("text"), "audited classical");
    (child, lines)
}

#[cfg(target_os = "linux")]
#[test]
fn a_subject_whose_process_dies_is_inconclusive_and_the_others_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let four = "classical,super_twisting,adaptive,hybrid";
    let (mut child, lines) = begun(&out, &["--quick", "--only", four]);
    // The process of the next subject, once it is there.
    let parent = format!("/proc/{0}/task/{0}/children", child.id());
    let victim = loop {
        let children = fs::read_to_string(&parent).expect("it runs");
        if let Some(victim) = children.split_whitespace().next() {
            break victim.to_owned();
        }
        // Workers are threads, so the child may be another thread's.
        let tasks = fs::read_dir(format!("/proc/{}/task", child.id())).expect("it runs");
        let found = tasks.filter_map(Result::ok).find_map(|task| {
            let children = fs::read_to_string(task.path().join("children")).ok()?;
            children.split_whitespace().next().map(str::to_owned)
        });
        if let Some(victim) = found {
            break victim;
        }
    };
    assert!(Command::new("kill").args(["-KILL", &victim]).status().expect("a command").success());
    lines.for_each(drop);
    assert_eq!(child.wait().expect("ended").code(), Some(3));
    let audit = json(&fs::read(out.join("audit.json")).expect("evidence"));
    assert_eq!(audit["subjects"][0]["verdict"], "clean");
    assert_eq!(audit["subjects"][1]["verdict"], "inconclusive");
    let said = audit["subjects"][1]["statement"].as_str().expect("a statement");
    assert!(said.contains("signal: 9"), "{said}");
    assert_eq!(audit["subjects"][3]["verdict"], "clean");
    assert_eq!(audit["subjects"].as_array().map(Vec::len), Some(4));
    let junit = fs::read_to_string(out.join("junit.xml")).expect("results");
    assert_eq!(junit.matches("<error").count(), 1);
    // A score is of all subjects.
    let report = fs::read_to_string(out.join("report.md")).expect("a report");
    assert!(!report.contains("Score"), "{report}");
    let summary = json(&fs::read(out.join("summary.json")).expect("a summary"));
    assert!(summary["score"].is_null(), "{summary}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    for arguments in [
        &["audit", "--demo", "unicorn"][..],
        &["audit", "--require", "settled"],
        &["audit", "no-such-file.yaml", "--demo", "still"],
        &["audit", "--set", "plant.cart_mass=-1"],
        &["audit", "--demo", "still", "--set", "seed=1"],
        &["audit", "--demo", "still", "--only", "runner"],
        &["audit", "--only", "runner,unicorn"],
        &["audit", "exec", "--floor", "nan", "--", "true"],
    ] {
        let output = upright(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let named = arguments
            .iter()
            .skip(1)
            .any(|word| said.contains(word.split('=').next().unwrap_or(word)));
        assert!(named, "{said}");
    }
    assert_eq!(upright(&["audit", "no-such-file.yaml"]).status.code(), Some(4));
    // A job that nobody wrote: said, not a crash.
    let mut child = Command::new(env!("CARGO_BIN_EXE_upright"))
        .args(["audit", "subject"])
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("started");
    assert!(child.wait().expect("ended").success());
}

#[test]
fn two_audits_at_once_find_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let found = std::thread::scope(|scope| {
        let both = ["a", "b"].map(|name| {
            let out = folder.path().join(name);
            scope.spawn(move || audit_into(&out, &["--demo", "filling_ring"]))
        });
        both.map(|one| one.join().expect("an audit"))
    });
    let bytes =
        |found: &(Option<i32>, Value)| (found.0, found.1["subjects"][0]["capacity_bytes"].as_f64());
    assert_eq!(bytes(&found[0]), bytes(&found[1]));
    assert_eq!(found[0].0, Some(0));
}

#[test]
fn what_cannot_be_written_is_said_and_is_exit_code_four() {
    let output = upright(&["audit", "--demo", "still", "--out", "/proc/nowhere/out"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/proc/nowhere/out"));

    // A limit on the size of files stands for a disk that is full: a write ends in an error.
    let folder = tempfile::tempdir().expect("a folder");
    let script = "trap '' XFSZ; ulimit -f 4; exec \"$0\" audit --demo still --out out";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_upright")])
        .current_dir(folder.path())
        .output()
        .expect("a shell");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("could not be written"), "{said}");
    assert!(!folder.path().join("out").exists(), "half of a result was left");
}

#[cfg(unix)]
#[test]
fn an_interrupted_audit_keeps_what_it_has_and_a_killed_one_leaves_no_half() {
    let folder = tempfile::tempdir().expect("a folder");
    for (signal, name) in [("INT", "interrupted"), ("KILL", "killed")] {
        let out = folder.path().join(name);
        let (mut child, _lines) = begun(&out, &[]);
        let kill =
            Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status();
        assert!(kill.expect("a command").success());
        let status = child.wait().expect("ended");
        if name == "interrupted" {
            assert_eq!(status.code(), Some(130));
            let audit = json(&fs::read(out.join("audit.json")).expect("evidence"));
            assert_eq!(audit["complete"], false);
            assert_eq!(audit["subjects"][0]["complete"], true);
            assert_eq!(audit["subjects"][6]["complete"], false);
            let report = fs::read_to_string(out.join("report.md")).expect("a report");
            assert!(report.contains("interrupted"), "{report}");
        } else {
            let seen = fs::read_dir(&out).expect("a folder").filter_map(Result::ok);
            let left: Vec<_> = seen.map(|entry| entry.file_name()).collect();
            assert!(
                left.iter().all(|name| name.to_string_lossy().starts_with(".upright-")),
                "{left:?}"
            );
            // The next one is not kept from it.
            let out = out.to_str().expect("a text path");
            assert_eq!(upright(&["audit", "--demo", "still", "--out", out]).status.code(), Some(0));
            if cfg!(target_os = "linux") {
                let left = fs::read_dir(out).expect("a folder").filter_map(Result::ok);
                let hidden =
                    |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with('.');
                assert!(
                    !left.into_iter().any(|entry| hidden(&entry)),
                    "what was left is still there"
                );
            }
        }
    }
}
