//! What stands in a folder of results beside them, and who else writes there.

use serde_json::json;
use std::fs;
use std::path::Path;
use upright_store::{Kept, Results, StoreError};

fn write(folder: &Path, files: &[&str]) -> upright_store::Finished {
    let results = Results::begin(folder, "measure").expect("a folder");
    for name in files {
        results.write_bytes(name, name.as_bytes()).expect("written");
    }
    results.finish(&json!({})).expect("finished")
}

#[test]
fn a_second_process_is_refused_with_the_name_of_the_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let first = Results::begin(&out, "measure").expect("a folder");
    let second = Results::begin(&out, "measure").expect_err("it is taken");
    let words = second.to_string();
    assert!(matches!(second, StoreError::Busy { .. }), "{words}");
    assert!(words.contains(&format!("process {} on ", std::process::id())), "{words}");
    drop(first);
    assert!(!out.exists(), "results that were dropped leave nothing");
    write(&out, &["rows.csv"]);
}

#[cfg(unix)]
#[test]
fn links_inside_the_folder_are_not_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (out, outside) = (folder.path().join("out"), folder.path().join("outside"));
    write(&out, &["sub/rows.csv", "plain.csv"]);
    fs::remove_dir_all(out.join("sub")).expect("removed");
    fs::create_dir(&outside).expect("made");
    fs::write(outside.join("rows.csv"), "precious").expect("written");
    fs::write(outside.join("plain.csv"), "precious").expect("written");
    std::os::unix::fs::symlink(&outside, out.join("sub")).expect("linked");
    fs::remove_file(out.join("plain.csv")).expect("removed");
    std::os::unix::fs::symlink(outside.join("plain.csv"), out.join("plain.csv")).expect("linked");

    // Nothing outside is written, and a link where a folder has to be is called something else.
    let finished = write(&out, &["sub/rows.csv", "plain.csv"]);
    assert_eq!(finished.set_aside, [("sub".into(), "sub.yours".into())]);
    assert!(out.join("sub.yours").is_symlink() && !out.join("plain.csv").is_symlink());
    for name in ["rows.csv", "plain.csv"] {
        assert_eq!(fs::read_to_string(outside.join(name)).expect("kept"), "precious");
    }
    assert!(Kept::open(&out).expect("results").faults().is_empty());

    // Nothing outside is deleted.
    fs::remove_dir_all(out.join("sub")).expect("removed");
    std::os::unix::fs::symlink(&outside, out.join("sub")).expect("linked");
    assert_eq!(
        Kept::open(&out).expect("results").faults()[0].to_string(),
        "sub/rows.csv is missing"
    );
    write(&out, &["other.csv"]);
    assert_eq!(fs::read_to_string(outside.join("rows.csv")).expect("kept"), "precious");
}

#[cfg(unix)]
#[test]
fn the_folder_itself_may_be_a_link() {
    let folder = tempfile::tempdir().expect("a folder");
    let (out, real) = (folder.path().join("out"), folder.path().join("real"));
    fs::create_dir(&real).expect("made");
    std::os::unix::fs::symlink(&real, &out).expect("linked");
    write(&out, &["rows.csv"]);
    assert!(out.is_symlink() && real.join("rows.csv").is_file());
    drop(Results::begin(&out, "measure").expect("a folder"));
    assert!(real.join("rows.csv").is_file());
}

#[test]
fn names_that_lead_out_of_the_folder_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = Results::begin(&folder.path().join("out"), "measure").expect("a folder");
    for name in ["../rows.csv", "/rows.csv", "a/../../rows.csv", ""] {
        assert!(results.write_bytes(name, b"").is_err(), "{name}");
    }
}

#[test]
fn what_is_not_a_result_of_the_command_is_refused_and_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    write(&out, &["rows.csv"]);
    let refused = Results::begin(&out, "compare").expect_err("another command");
    assert!(matches!(refused, StoreError::Occupied { .. }));
    for text in ["{}", "no json", "{\"command\": \"measure\", \"sha256\": {}}"] {
        fs::write(out.join("summary.json"), text).expect("written");
        assert!(matches!(
            Results::begin(&out, "measure").expect_err(text),
            StoreError::Occupied { .. }
        ));
    }
    assert!(out.join("rows.csv").is_file());
    // Results of earlier versions, without any checksum, are replaced.
    let old = "{\"command\": \"measure\", \"files\": [\"rows.csv\", \"../keep.csv\"]}";
    fs::write(out.join("summary.json"), old).expect("written");
    fs::write(folder.path().join("keep.csv"), "").expect("written");
    write(&out, &["new.csv"]);
    assert!(!out.join("rows.csv").exists() && folder.path().join("keep.csv").exists());
}

#[test]
fn no_altered_byte_passes() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    write(&out, &["rows.csv", "deep/er.csv"]);
    for name in ["rows.csv", "deep/er.csv", "summary.json"] {
        let whole = fs::read(out.join(name)).expect("a file");
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            fs::write(out.join(name), &bytes).expect("written");
            let found = Kept::open(&out).map(|kept| kept.faults().len());
            assert!(!matches!(found, Ok(0)), "byte {at} of {name}");
        }
        fs::write(out.join(name), &whole).expect("written");
    }
    assert!(Kept::open(&out).expect("results").faults().is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_stage_that_may_be_alive_stays_and_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    write(&out, &["rows.csv"]);
    let stage = |name: &str, owner: &str| {
        let stage = out.join(name);
        fs::create_dir(&stage).expect("made");
        fs::write(stage.join("owner.json"), owner).expect("written");
        stage
    };
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").expect("an id");
    let here = format!("{{\"pid\": 1, \"host\": \"here\", \"boot\": \"{}\"}}", boot.trim());
    // Number 1 runs, and in another container it is another process: only the lock tells.
    let dead = stage(".upright-stage-dead", &here);
    let alive = stage(".upright-stage-alive", &here);
    let elsewhere =
        stage(".upright-stage-far", "{\"pid\": 1, \"host\": \"elsewhere\", \"boot\": \"other\"}");
    let held = fs::File::open(alive.join("owner.json")).expect("a file");
    held.lock().expect("locked");
    let results = Results::begin(&out, "measure").expect("a folder");
    assert!(!dead.exists() && alive.exists() && elsewhere.exists());
    let notes = results.notes().join("\n");
    assert!(notes.contains("upright-stage-far was left by process 1 on elsewhere"), "{notes}");
    assert!(notes.contains("upright-stage-alive may be in use"), "{notes}");
}

#[cfg(unix)]
#[test]
fn private_results_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let results = Results::begin(&out, "measure").expect("a folder").private();
    results.write_bytes("rows.csv", b"").expect("written");
    results.finish(&json!({})).expect("finished");
    for name in ["rows.csv", "summary.json"] {
        let mode = fs::metadata(out.join(name)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn work_goes_on_from_the_last_checkpoint_of_a_killed_process() {
    use std::io::{Read, Write};
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    // What a killed process leaves is what one leaves that never drops its results.
    let results = Results::begin(&out, "measure").expect("a folder");
    results
        .write_with_checkpoints("rows.csv", |file| {
            file.write_all(b"1\n2\n")?;
            file.checkpoint(json!({ "rows": 2 }))?;
            file.write_all(b"3\n")
        })
        .expect("written");
    let copy = folder.path().join("copy");
    let stage = fs::read_dir(&out).expect("a folder").flatten();
    let stage = stage.map(|entry| entry.path()).find(|path| path.is_dir()).expect("a stage");
    let to = copy.join(stage.file_name().expect("a name"));
    fs::create_dir_all(to.join("files")).expect("made");
    for name in ["owner.json", "checkpoint.json", "files/rows.csv"] {
        fs::copy(stage.join(name), to.join(name)).expect("copied");
    }
    drop(results);

    let mut results = Results::resume(&copy, "measure").expect("a folder");
    let (state, mut rows) = results.left().pop().expect("what was left").into_parts();
    assert_eq!(state["rows"], 2);
    let mut text = String::new();
    rows.read_to_string(&mut text).expect("text");
    assert_eq!(text, "1\n2\n");
    drop(results);
    assert!(to.exists(), "it stays until the new results are finished");

    fs::write(to.join("files/rows.csv"), "1\n5\n3\n").expect("written");
    let refused = Results::resume(&copy, "measure").expect_err("altered");
    assert!(refused.to_string().contains("was altered"), "{refused}");
    Results::begin(&copy, "measure").expect("a new start").finish(&json!({})).expect("finished");
    assert!(!to.exists());
}
