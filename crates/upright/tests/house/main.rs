//! The house as those find it who build in it: a law is one file and its two lines of registration, and programs
//! outside the workspace use the crates as strangers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A folder for builds that stays, so that a second run builds little.
fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Copies a folder without what was built in it. Files that are the same already keep their time, so that they
/// are not compiled again; files that are no longer there go.
fn mirror(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(to).expect("a folder").flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let stays = name == "target" || name == "Cargo.lock" || from.join(&name).exists();
        match (stays, path.is_dir()) {
            (true, _) => {}
            (false, true) => fs::remove_dir_all(path).expect("removed"),
            (false, false) => fs::remove_file(path).expect("removed"),
        }
    }
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let hidden = name.to_string_lossy().starts_with('.');
        if hidden || name == "target" {
            continue;
        }
        let there = to.join(&name);
        if path.is_dir() {
            mirror(&path, &there);
        } else {
            write(&there, &fs::read(&path).expect("a file"));
        }
    }
}

fn write(path: &Path, bytes: &[u8]) {
    if fs::read(path).ok().as_deref() != Some(bytes) {
        fs::write(path, bytes).expect("written");
    }
}

/// Runs cargo without network in `folder`, with programs in `target` and all else where these tests were built, whose
/// dependencies are taken as they are.
fn cargo(folder: &Path, target: &Path, arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--quiet", "--offline"])
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_BUILD_BUILD_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join(".."))
        .env_remove("RUSTFLAGS")
        .current_dir(folder)
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// What a program prints that ends well.
fn printed(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The law that CONTRIBUTING.md shows: its first block of Rust up to where a caller uses it.
fn example_law() -> String {
    let text = fs::read_to_string(root().join("CONTRIBUTING.md")).expect("a page");
    let block = text.split("```rust\n").nth(1).expect("a block of code");
    let (law, _) = block.split_once("// In `kinds!`").expect("the end of the law");
    // Within the crate itself its items are found under `crate`.
    law.replace("upright_core::", "crate::")
}

/// Replaces what stands once in a file.
fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).expect("text");
    assert_eq!(text.matches(from).count(), 1, "{} in {}", from, path.display());
    fs::write(path, text.replace(from, to)).expect("written");
}

/// Builds a whole copy, which takes minutes: `.ci/run` runs it.
#[test]
#[ignore = "builds the whole program once more: cargo test -p upright --test house -- --ignored"]
fn a_law_of_one_file_appears_in_every_command_that_lists_laws() {
    let copy = scratch("another-law");
    // The registration is done anew, so that what it is added to is as it is now.
    for file in ["crates/upright-core/src/law/mod.rs", "crates/upright-scenario/src/kinds.rs"] {
        let _ = fs::remove_file(copy.join(file));
    }
    let _ = fs::remove_file(copy.join("crates/upright-core/src/law/power_rate.rs"));
    mirror(&root(), &copy);
    fs::copy(root().join("Cargo.lock"), copy.join("Cargo.lock")).expect("a lock file");

    let law = format!("//! The power-rate law of Gao and Hung.\n\n{}", example_law());
    fs::write(copy.join("crates/upright-core/src/law/power_rate.rs"), law).expect("written");
    replace(
        &copy.join("crates/upright-core/src/law/mod.rs"),
        "pub mod super_twisting;\n",
        "pub mod power_rate;\npub mod super_twisting;\n",
    );
    replace(
        &copy.join("crates/upright-scenario/src/kinds.rs"),
        "    Lqr: Lqr;\n",
        "    PowerRate: upright_core::law::power_rate::PowerRate;\n    Lqr: Lqr;\n",
    );
    let target = copy.join("target");
    // Nothing of our own is optimised; what it stands on is as these tests were built with, and is there already.
    let crates = fs::read_dir(copy.join("crates")).expect("a folder").flatten();
    let unoptimised: Vec<String> = crates
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .map(|name| format!("--config=profile.dev.package.{name}.opt-level=0"))
        .collect();
    let arguments: Vec<&str> = ["build", "-p", "upright"]
        .into_iter()
        .chain(unoptimised.iter().map(String::as_str))
        .collect();
    cargo(&copy, &target, &arguments);
    let upright = target.join("debug/upright");

    let out = tempfile::tempdir().expect("a folder");
    let folder = |name: &str| out.path().join(name).to_string_lossy().into_owned();
    let short = ["--set", "simulation.duration=1"];

    let scenario = root().join("scenarios/nominal.yaml");
    let scenario = scenario.to_str().expect("a path in UTF-8");
    let compared = folder("compared");
    let table = printed(
        &upright,
        &[&["compare", scenario, "--json", "--out", &compared], &short[..]].concat(),
    );
    assert!(table.contains("\"power_rate\""), "{table}");
    // Its own colour in the figures: not that of another law.
    let page = fs::read_to_string(out.path().join("compared/report.html")).expect("a page");
    assert!(page.contains("power_rate"), "the page");

    let region = printed(
        &upright,
        &[&["roa", scenario, "--json", "--controller", "power_rate"], &short[..]].concat(),
    );
    assert!(region.contains("\"power_rate\""), "{region}");
    assert!(printed(&upright, &["tune", "--list"]).contains("under power_rate"));
    assert!(printed(&upright, &["schema"]).contains("power_rate"));
    // The audit takes its time: one that ends at once has begun with every subject in its report.
    let audited = Command::new(&upright)
        .args(["audit", "--quick", "--json", "--deadline", "20"])
        .output()
        .expect("the program runs");
    let audited = String::from_utf8_lossy(&audited.stdout);
    assert!(audited.contains("\"power_rate\""), "{audited}");
}

#[test]
fn strangers_run_laws_plants_and_audits_of_their_own() {
    let copy = scratch("library");
    mirror(&root().join("examples/library"), &copy);
    let crates = root().join("crates").canonicalize().expect("a folder");
    replace_all(&copy.join("Cargo.toml"), "../../crates", &crates.to_string_lossy());
    // The workspace's lock file, so that the same versions are taken and the network is not needed.
    fs::copy(root().join("Cargo.lock"), copy.join("Cargo.lock")).expect("a lock file");
    let target = copy.join("target");
    let said = |name| {
        let output = cargo(&copy, &target, &["run", "--bin", name]);
        String::from_utf8(output.stdout).expect("text")
    };
    let law = said("own_law");
    assert!(law.starts_with("mine: Settled"), "{law}");
    assert!(law.contains("classical 100"), "{law}");
    assert!(said("own_plant").starts_with("after 5 s: "));
    assert_eq!(said("own_audit"), "the last hundred: bounded\nevery one: grows\n");
}

fn replace_all(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).expect("text");
    assert!(text.contains(from), "{from} in {}", path.display());
    fs::write(path, text.replace(from, to)).expect("written");
}
