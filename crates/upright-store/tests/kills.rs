//! A process that is killed at any change that it makes: the folder holds the old result or the new one.
#![cfg(unix)]

use serde_json::json;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus};
use upright_store::{Kept, Results, create_whole, replace_whole};

const FOLDER: &str = "UPRIGHT_STORE_TEST_FOLDER";
const ROUND: &str = "UPRIGHT_STORE_TEST_ROUND";
const KILL_AT: &str = "UPRIGHT_STORE_KILL_AT";

/// What the results of a round are: files come, stay and go, and a file becomes a folder.
fn files(round: u32) -> Vec<(&'static str, String)> {
    let text = |name: &str| format!("{name} of round {round}\n");
    let names: &[&str] = if round == 1 {
        &["rows.csv", "gone.csv", "a/b/deep.csv", "a/other.csv", "turns"]
    } else {
        &["rows.csv", "new.csv", "a/b/deep.csv", "c/d/e.csv", "turns/into/folder.csv"]
    };
    names.iter().map(|name| (*name, text(name))).collect()
}

fn write(folder: &Path, round: u32) {
    let results = Results::begin(folder, "measure").expect("a folder");
    for (name, text) in files(round) {
        results.write_bytes(name, text.as_bytes()).expect("written");
    }
    results.finish(&json!({ "round": round })).expect("finished");
}

/// Which round the folder holds, whole: every file of it, and none of the other's.
fn round_of(folder: &Path) -> u32 {
    let kept = Kept::open(folder).expect("results");
    assert_eq!(kept.faults(), []);
    let round = u32::try_from(kept.summary()["round"].as_u64().expect("a round")).expect("small");
    for (name, text) in files(round) {
        assert_eq!(fs::read_to_string(folder.join(name)).ok(), Some(text), "{name}");
    }
    for (name, text) in files(3 - round) {
        // A file of the user's may have the name of one of the other round's.
        let there = fs::read_to_string(folder.join(name)).ok();
        assert_ne!(there, Some(text), "{name} is not of round {round}");
    }
    round
}

/// The process that is killed.
#[test]
#[ignore = "run by the others, in a process of its own"]
fn child() {
    let (Ok(folder), Ok(round)) = (std::env::var(FOLDER), std::env::var(ROUND)) else { return };
    let folder = Path::new(&folder);
    match round.parse().expect("a round") {
        CREATED => create_whole(&folder.join("file"), NEW.as_bytes()).expect("made"),
        REPLACED => replace_whole(&folder.join("file"), NEW.as_bytes()).expect("replaced"),
        round => write(folder, round),
    }
}

/// In place of a round: a single file is made, or replaced.
const CREATED: u32 = 100;
const REPLACED: u32 = 101;
const NEW: &str = "all of it\n";

#[test]
fn killed_at_each_change_a_single_file_is_whole_or_as_it_was() {
    for (round, before) in [(CREATED, None), (REPLACED, Some("the old one\n")), (REPLACED, None)] {
        let mut kills = 0;
        for kill_at in 1.. {
            let folder = tempfile::tempdir().expect("a folder");
            let file = folder.path().join("file");
            if let Some(text) = before {
                fs::write(&file, text).expect("written");
            }
            let status = in_child(folder.path(), round, kill_at);
            let there = fs::read_to_string(&file).ok();
            if status.success() {
                assert_eq!(there.as_deref(), Some(NEW));
                assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
                break;
            }
            assert_eq!(status.signal(), Some(9), "killed at {kill_at}");
            assert!(there.as_deref() == before || there.as_deref() == Some(NEW), "{there:?}");
            kills += 1;
        }
        assert!(kills >= 2, "{kills}");
    }
}

#[test]
fn a_file_that_is_made_takes_the_place_of_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let taken = folder.path().join("taken");
    fs::write(&taken, "mine").expect("written");
    std::os::unix::fs::symlink(folder.path().join("nowhere"), folder.path().join("link"))
        .expect("a link");
    for name in ["taken", "link"] {
        let error = create_whole(&folder.path().join(name), b"yours").expect_err("refused");
        assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists, "{name}");
    }
    assert_eq!(fs::read_to_string(&taken).expect("a file"), "mine");
    assert!(!folder.path().join("nowhere").exists());
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);
}

fn in_child(folder: &Path, round: u32, kill_at: u32) -> ExitStatus {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "child", "--ignored", "--quiet"])
        .env(FOLDER, folder)
        .env(ROUND, round.to_string())
        .env(KILL_AT, kill_at.to_string())
        .output()
        .expect("it runs")
        .status
}

/// Kills a process of round 2 at each of its changes in turn, in a folder that `prepare` has made; returns
/// how often it was killed, and how often the new result was there after all.
fn killed_at_each(prepare: &dyn Fn(&Path), check: &dyn Fn(&Path)) -> (u32, u32) {
    let (mut kills, mut new) = (0, 0);
    for kill_at in 1.. {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("out");
        prepare(&out);
        let status = in_child(&out, 2, kill_at);
        if status.success() {
            assert_eq!(round_of(&out), 2);
            break;
        }
        assert_eq!(status.signal(), Some(9), "killed at {kill_at}");
        kills += 1;
        check(&out);
        if out.join("summary.json").exists() || out.join(".upright-journal").exists() {
            new += u32::from(round_of(&out) == 2);
        }
        // The next run is never refused, and leaves nothing of what was killed.
        write(&out, 2);
        assert_eq!(round_of(&out), 2);
        check(&out);
        let hidden = fs::read_dir(&out).expect("a folder").flatten();
        let hidden = hidden.filter(|entry| entry.file_name().to_string_lossy().starts_with('.'));
        assert_eq!(hidden.count(), 0, "something hidden stays after a kill at {kill_at}");
    }
    (kills, new)
}

#[test]
fn killed_at_each_change_a_replaced_result_is_the_old_or_the_new_one() {
    let prepare = |out: &Path| {
        write(out, 1);
        fs::write(out.join("notes.txt"), "mine").expect("written");
        fs::write(out.join("a/notes.txt"), "mine too").expect("written");
        // It stands where the new result has a file.
        fs::write(out.join("new.csv"), "not a result").expect("written");
    };
    let check = |out: &Path| {
        let read = |name: &str| fs::read_to_string(out.join(name)).ok();
        assert_eq!(read("notes.txt").as_deref(), Some("mine"));
        assert_eq!(read("a/notes.txt").as_deref(), Some("mine too"));
        let aside = read("new.csv.yours").or_else(|| read("new.csv"));
        assert_eq!(aside.as_deref(), Some("not a result"));
    };
    let (kills, new) = killed_at_each(&prepare, &check);
    // More than the changes of files alone: 6 new files, each made and moved.
    assert!(kills > 30, "{kills}");
    assert!((10..kills - 10).contains(&new), "{new} of {kills}");
    println!("{kills} kills, {new} times the new result");
}

#[test]
fn killed_at_each_change_a_first_result_is_there_or_nothing_is() {
    let (kills, new) = killed_at_each(&|_| {}, &|_| {});
    assert!(kills > 30 && new > 5, "{new} of {kills}");
    println!("{kills} kills, {new} times the new result");
}

#[test]
fn killed_at_each_change_of_a_recovery_it_is_recovered_by_the_next() {
    let mut recoveries = 0;
    for kill_at in 1.. {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("out");
        write(&out, 1);
        // Two processes after each other are killed at the same place of theirs.
        let first = in_child(&out, 2, kill_at);
        if first.success() {
            break;
        }
        let begun = out.join(".upright-journal").exists();
        in_child(&out, 2, kill_at);
        recoveries += u32::from(begun);
        write(&out, 2);
        assert_eq!(round_of(&out), 2);
    }
    assert!(recoveries > 10, "{recoveries}");
}
