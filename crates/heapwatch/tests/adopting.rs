//! Daemons that fork twice and empty their environment: watched, and ended with the rest. In a file of its
//! own, since a program that adopts orphans must start nothing else meanwhile.
#![cfg(target_os = "linux")]

use heapwatch::Verdict;
use heapwatch::process::{End, Options, exec};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

#[test]
fn daemons_are_watched_and_ended() {
    let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("animals-adopting");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/animals.c");
    match Command::new("cc").arg("-O1").arg(source).arg("-o").arg(&program).status() {
        Ok(status) => assert!(status.success(), "the fixture compiles"),
        Err(error) => {
            println!("skipped: there is no `cc` here ({error})");
            return;
        }
    }
    let duration = Duration::from_secs(12);
    let options = Options { duration, adopt: true, ..Options::default() };
    for kind in ["daemon", "daemon-alone"] {
        let mut command = Command::new(&program);
        command.arg(kind).stdin(Stdio::null()).stdout(Stdio::null());
        let watched = exec(&mut command, &options).expect("it starts");
        assert_eq!(watched.end, End::Duration, "{kind}");
        let Verdict::Leak { rate, .. } = watched.judgement.verdict else {
            panic!("{kind}: {} in {:?}", watched.judgement.verdict, watched.written)
        };
        assert!((rate - 50e3).abs() < 7500.0, "{kind}: {rate}");
        // The group of its own is gone too.
        let left = std::fs::read_dir("/proc").expect("processes").flatten().any(|entry| {
            let exe = std::fs::read_link(entry.path().join("exe")).unwrap_or_default();
            exe == program
        });
        assert!(!left, "{kind}: it still runs");
    }
}
