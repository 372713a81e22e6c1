//! `upright audit exec` and `attach` as a user runs them. What the verdicts are worth is tested
//! where they are made, in `heapwatch`.
#![cfg(target_os = "linux")]

use serde_json::Value;
use std::process::{Command, Output, Stdio};

fn audit(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_upright"))
        .arg("audit")
        .args(arguments)
        .output()
        .expect("the program runs")
}

fn summary(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("JSON and nothing else")
}

/// Not a test: a program that leaks 50 kB ten times a second, to be watched. It ends by itself.
#[test]
#[ignore = "a program that other tests start"]
fn leaking_animal() {
    for _ in 0..300 {
        std::mem::forget(std::hint::black_box(vec![1_u8; 50_000]));
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

fn animal() -> [String; 4] {
    let exe = std::env::current_exe().expect("this program");
    let exe = exe.to_str().expect("a text path").to_owned();
    [exe, "--ignored".to_owned(), "--exact".to_owned(), "leaking_animal".to_owned()]
}

#[test]
fn a_leak_is_exit_code_one_and_named_in_every_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let out = out.to_str().expect("a text path");
    let animal = animal();
    let mut arguments = vec!["exec", "--duration", "12", "--json", "--out", out, "--"];
    arguments.extend(animal.iter().map(String::as_str));
    let output = audit(&arguments);
    let summary = summary(&output);
    assert_eq!(output.status.code(), Some(1), "{summary}");
    assert_eq!(summary["verdict"], "leak");
    // Half a megabyte a second, less what a busy machine delays it.
    let rate = summary["growth_bytes_per_second"].as_f64().expect("a rate");
    assert!((200e3..600e3).contains(&rate), "{rate}");
    for key in ["growth_interval", "one_time_bytes", "peak_bytes", "samples", "duration"] {
        assert!(!summary[key].is_null(), "{key}");
    }
    for file in ["summary.json", "series.csv", "memory.svg", "memory.png"] {
        assert!(std::path::Path::new(out).join(file).is_file(), "{file}");
    }
}

#[test]
fn what_does_not_grow_is_exit_code_zero() {
    let output = audit(&["exec", "--duration", "4", "--json", "--", "sleep", "60"]);
    assert_eq!(output.status.code(), Some(0), "{}", summary(&output));
    let mut sleeping = Command::new("sleep").arg("60").spawn().expect("started");
    let output = audit(&["attach", "--duration", "4", "--json", &sleeping.id().to_string()]);
    assert_eq!(output.status.code(), Some(0), "{}", summary(&output));
    assert!(sleeping.try_wait().expect("known").is_none(), "it was left running");
    sleeping.kill().expect("ended");
    sleeping.wait().expect("ended");
}

#[test]
fn too_little_to_judge_is_exit_code_three_and_no_command_two() {
    assert_eq!(audit(&["exec", "--", "true"]).status.code(), Some(3));
    let output = audit(&["exec", "--", "/nowhere/at/all"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/nowhere/at/all"));
    assert_eq!(audit(&["attach", "4294967294"]).status.code(), Some(2));
    assert_eq!(audit(&["exec", "--interval", "0", "--", "true"]).status.code(), Some(2));
    assert_eq!(audit(&["exec", "--duration", "-1", "--", "true"]).status.code(), Some(2));
    assert_eq!(audit(&["exec"]).status.code(), Some(2));
}

#[test]
fn what_the_command_says_does_not_mix_with_the_summary() {
    let output = Command::new(env!("CARGO_BIN_EXE_upright"))
        .args(["audit", "exec", "--duration", "1", "--json", "--", "sh", "-c", "echo noise"])
        .stderr(Stdio::piped())
        .output()
        .expect("the program runs");
    assert_eq!(summary(&output)["verdict"], "inconclusive");
    assert!(String::from_utf8_lossy(&output.stderr).contains("noise"));
}

#[test]
fn a_command_that_crashes_is_inconclusive_in_json_and_exit_code_alike() {
    let script = "sleep 3; kill -SEGV $$";
    let output = audit(&["exec", "--duration", "30", "--json", "--", "sh", "-c", script]);
    let summary = summary(&output);
    assert_eq!((output.status.code(), &summary["verdict"]), (Some(3), &"inconclusive".into()));
    assert!(summary["statement"].as_str().is_some_and(|text| text.contains("signal")), "{summary}");
}

#[test]
fn the_summary_and_the_series_are_what_their_schema_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let path = out.to_str().expect("a text path");
    let output = audit(&["exec", "--duration", "3", "--json", "--out", path, "--", "sleep", "60"]);
    let printed = Command::new(env!("CARGO_BIN_EXE_upright"))
        .args(["schema", "watch"])
        .output()
        .expect("the program runs");
    let schema: Value = serde_json::from_slice(&printed.stdout).expect("JSON");
    let summary = summary(&output);
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> =
        validator.iter_errors(&summary).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?} in {summary}");
    let columns = schema["$defs"]["Row"]["properties"].as_object().expect("columns");
    let series = std::fs::read_to_string(out.join("series.csv")).expect("a series");
    let header: Vec<&str> = series.lines().next().expect("a header").split(',').collect();
    assert_eq!(header, columns.keys().map(String::as_str).collect::<Vec<_>>());
    assert!(series.lines().count() > 10);
    let junit = std::fs::read_to_string(out.join("junit.xml")).expect("a report");
    assert!(junit.contains("<testcase name=\"memory\""), "{junit}");
}

/// Whether something becomes true within half a minute.
fn soon(mut what: impl FnMut() -> bool) -> bool {
    (0..600).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        what()
    })
}

#[test]
fn a_service_is_followed_from_outside_and_goes_on_after_it_was_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("a text path").to_owned();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let address = port.expect("a port").to_string();
    let [program, arguments @ ..] = animal();
    let mut leaking =
        Command::new(program).args(arguments).stdout(Stdio::null()).spawn().expect("it starts");
    let (state, textfile) = (path("state.json"), path("watch.prom"));
    let on_leak = format!("echo \"$HEAPWATCH_VERDICT\" >> '{}'", path("leaks"));
    let pid = leaking.id().to_string();
    let start = || {
        Command::new(env!("CARGO_BIN_EXE_upright"))
            .args(["audit", "attach", "--forever", "--report-every", "1", "--state", &state])
            .args(["--textfile", &textfile, "--listen", &address, "--on-leak", &on_leak, &pid])
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts")
    };
    let read = |name: &str| std::fs::read_to_string(path(name)).unwrap_or_default();
    let mut first = start();
    assert!(soon(|| read("leaks").contains("leak")), "{}", read("watch.prom"));
    let metrics = read("watch.prom");
    assert!(metrics.ends_with("# EOF\n") && metrics.contains("verdict=\"leak\"} 1"), "{metrics}");
    if cfg!(feature = "endpoint") {
        let scraped = scrape(&address, "/metrics");
        assert!(
            scraped.contains("openmetrics-text") && scraped.contains("heapwatch_written_bytes{")
        );
        assert!(scrape(&address, "/").starts_with("HTTP/1.1 404"));
    }
    first.kill().expect("killed");
    first.wait().expect("ended");
    let samples = |text: &str| -> f64 {
        let line = text.lines().find(|line| line.starts_with("heapwatch_samples{"));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0.0)
    };
    let before = samples(&read("watch.prom"));
    let second = start();
    assert!(soon(|| samples(&read("watch.prom")) > before), "{}", read("watch.prom"));
    let ended = Command::new("kill").arg(second.id().to_string()).status().expect("asked");
    assert!(ended.success());
    let output = second.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(128 + 15));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("goes on from"), "{said}");
    leaking.kill().expect("ended");
    leaking.wait().expect("ended");
}

fn scrape(address: &str, path: &str) -> String {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).expect("it listens");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
        .expect("asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn watches_are_compared_with_a_baseline() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, verdict: &str, rate: f64, half: f64| {
        let summary = serde_json::json!({
            "verdict": verdict,
            "growth_bytes_per_second": rate,
            "growth_interval": [rate - half, rate + half],
            "one_time_bytes": 1e6,
            "peak_bytes": 2e6 + rate,
        });
        let path = folder.path().join(name);
        std::fs::write(&path, summary.to_string()).expect("written");
        path.to_str().expect("a text path").to_owned()
    };
    let old = write("old.json", "leak", 50e3, 400.0);
    let code = |new: &str| audit(&["compare", &old, new]).status.code();
    assert_eq!(code(&write("grown.json", "leak", 51.5e3, 400.0)), Some(1));
    assert_eq!(code(&write("same.json", "leak", 50.2e3, 400.0)), Some(0));
    assert_eq!(code(&write("open.json", "inconclusive", 50.2e3, 9e3)), Some(3));
    let new = write("peak.json", "leak", 50.2e3, 400.0);
    let strict = audit(&["compare", "--tolerance", "1", "--json", &old, &new]);
    assert_eq!((strict.status.code(), &summary(&strict)["verdict"]), (Some(0), &"same".into()));
    for (name, text) in [("none.json", "{}"), ("no.json", "no JSON"), ("list.json", "[1]")] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        let output = audit(&["compare", &old, path.to_str().expect("a text path")]);
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(name));
    }
    assert_eq!(code("/nowhere/at/all"), Some(4));
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_watched() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("state");
    std::fs::write(&state, "no state").expect("written");
    let state = state.to_str().expect("a text path");
    let own = std::process::id().to_string();
    let refused: [(&[&str], &str); 7] = [
        (&["attach", "--listen", "0.0.0.0:9101", &own], "127.0.0.1"),
        (&["attach", "--state", state, &own], "no file yet"),
        (&["exec", "--state", state, "--", "true"], "attach"),
        (&["exec", "--skip", "9", "--duration", "9", "--", "true"], "--skip"),
        (&["exec", "--forever", "--report-every", "0", "--", "true"], "0.1"),
        (&["compare", "--tolerance", "-1", state, state], "--tolerance"),
        // A folder with something else in it is no place for results.
        (&["exec", "--out", folder.path().to_str().expect("text"), "--", "true"], "--out"),
    ];
    for (arguments, named) in refused {
        let output = audit(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(named), "{arguments:?}: {said}");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_said_and_the_watch_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("missing/watch.prom");
    let missing = missing.to_str().expect("a text path");
    let output = audit(&["exec", "--duration", "4", "--textfile", missing, "--", "sleep", "60"]);
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said.matches("could not be written").count(), 1, "{said}");
}

#[test]
fn what_has_no_memory_of_its_own_is_named_and_another_users_process_is_watched() {
    if std::fs::read_to_string("/proc/2/comm").is_ok_and(|name| name.trim() == "kthreadd") {
        let output = audit(&["attach", "2"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("kernel"));
    }
    // By a user who may read neither its maps nor its descriptors.
    let mut sleeping = Command::new("sleep").arg("60").spawn().expect("started");
    let output = Command::new("setpriv")
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
        .arg(env!("CARGO_BIN_EXE_upright"))
        .args(["audit", "attach", "--duration", "4", "--json", &sleeping.id().to_string()])
        .output();
    match output {
        Ok(output) if output.status.code() == Some(0) => {
            assert_eq!(summary(&output)["account"], "counters");
        }
        other => println!("skipped: this user may not become another ({other:?})"),
    }
    sleeping.kill().expect("ended");
    sleeping.wait().expect("ended");
}
