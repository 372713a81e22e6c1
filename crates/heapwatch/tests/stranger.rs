//! The example project outside the workspace builds, passes its tests and says what it should.

use std::path::Path;
use std::process::{Command, Output};

fn cargo(arguments: &[&str]) -> Output {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/heapwatch-stranger");
    // A copy, so that no lock file or folder of builds is left in the sources.
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stranger");
    for folder in ["src", "tests"] {
        std::fs::create_dir_all(copy.join(folder)).expect("a folder");
    }
    for file in ["src/lib.rs", "src/main.rs", "tests/memory.rs"] {
        std::fs::copy(project.join(file), copy.join(file)).expect("a copy");
    }
    let manifest = std::fs::read_to_string(project.join("Cargo.toml")).expect("a manifest");
    let here = env!("CARGO_MANIFEST_DIR").replace('\\', "/");
    let manifest = manifest.replace("../../crates/heapwatch", &here);
    std::fs::write(copy.join("Cargo.toml"), manifest).expect("a manifest");
    // The workspace's lock file, so that the same versions are taken and the network is not needed.
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    std::fs::copy(lock, copy.join("Cargo.lock")).expect("a lock file");
    Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--quiet", "--offline", "--target-dir"])
        .arg(copy.join("target"))
        .current_dir(&copy)
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs")
}

#[test]
fn a_strangers_project_builds_and_audits_itself() {
    let run = cargo(&["run"]);
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("keeps 500 orders: bounded by"), "{said}");
    assert!(lines[1].starts_with("keeps every order: leak of"), "{said}");
    assert!(lines[1].contains("order"), "{said}");
    assert_eq!(lines[2..], ["  never happened: order dropped"]);
    let tests = cargo(&["test"]);
    assert!(tests.status.success(), "{}", String::from_utf8_lossy(&tests.stdout));
}
