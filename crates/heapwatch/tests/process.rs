//! Watching processes whose behaviour is known. All watches run at the same time, and take some
//! twelve seconds together. The programs allocate by the clock, and samples are placed at the times
//! at which they were taken, so that a busy machine changes neither.
#![cfg(target_os = "linux")]

use heapwatch::process::{End, Options, WatchError, Watched, attach, attach_with, exec, usage};
use heapwatch::{CountingAllocator, InconclusiveReason, Verdict, thread_counts};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use std::{fs, thread};

#[global_allocator]
static A: CountingAllocator = CountingAllocator::new();

#[test]
fn resident_memory_is_seen_without_asking_for_any() {
    let before = thread_counts().requests();
    let resident = heapwatch::process::resident();
    assert_eq!(thread_counts().requests(), before);
    // Pages that were written are resident, and 64 MB outweigh what other tests free meanwhile.
    let written = vec![1_u8; 64 << 20];
    let grown =
        heapwatch::process::resident().zip(resident).map(|(now, then)| now.saturating_sub(then));
    assert!(grown.is_some_and(|grown| grown > 32 << 20), "{grown:?}");
    assert_eq!(written[4096], 1);
}

fn options(seconds: f64) -> Options {
    Options { duration: Duration::from_secs_f64(seconds), ..Options::default() }
}

/// The compiled fixtures, or nothing where there is no C compiler.
fn animals(test: &str) -> Option<PathBuf> {
    let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("animals-{test}"));
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/animals.c");
    match Command::new("cc").arg("-O1").arg(source).arg("-o").arg(&program).status() {
        Ok(status) => {
            assert!(status.success(), "the fixture compiles");
            Some(program)
        }
        Err(error) => {
            println!("skipped: there is no `cc` here ({error})");
            None
        }
    }
}

fn watch(mut command: Command, seconds: f64) -> Watched {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    exec(&mut command, &options(seconds)).expect("it starts")
}

#[track_caller]
fn assert_leak(name: &str, watched: &Watched, truth: f64) {
    let Verdict::Leak { rate, interval, .. } = &watched.judgement.verdict else {
        panic!("{name}: {} in {:?}", watched.judgement.verdict, watched.written)
    };
    println!(
        "{name}: {rate:.0} B/s ({:.0} to {:.0}), true {truth:.0}",
        interval.low, interval.high
    );
    assert!(
        (rate - truth).abs() <= 0.15 * truth,
        "{name}: {rate}, not {truth}: {:?}",
        watched.written
    );
}

#[test]
fn leaking_programs_are_named_and_innocent_ones_are_not() {
    let Some(animals) = animals("kinds") else { return };
    let kinds = ["leak64k", "leak16k", "leak200", "once", "fill", "saw3", "saw8", "idle"];
    let watches = kinds.map(|kind| {
        let mut command = Command::new(&animals);
        command.arg(kind);
        (kind, thread::spawn(move || watch(command, 12.0)))
    });
    for (kind, watch) in watches {
        let watched = watch.join().expect("watched");
        assert_eq!(watched.end, End::Duration);
        let verdict = &watched.judgement.verdict;
        println!("{kind}: {verdict}");
        if kind.starts_with("leak") {
            assert_leak(kind, &watched, 50e3);
        } else if kind.starts_with("saw") {
            // How many samples fall on a tooth is the machine's: few of them leave a doubt, and never accuse.
            assert!(!matches!(verdict, Verdict::Leak { .. }), "{kind}: {verdict}");
        } else {
            assert!(verdict.is_innocent(), "{kind}: {verdict} in {:?}", watched.written);
        }
        if kind == "once" {
            assert!(
                (watched.judgement.one_time_bytes - 24e6).abs() < 1e6,
                "{:?}",
                watched.judgement
            );
        }
    }
}

#[test]
fn what_no_page_table_shows_and_what_was_given_back_lazily_is_left_open() {
    let Some(animals) = animals("hidden") else { return };
    let watches = ["memfd", "lazy"].map(|kind| {
        let mut command = Command::new(&animals);
        command.arg(kind);
        (kind, thread::spawn(move || watch(command, 14.0)))
    });
    for (kind, watch) in watches {
        let watched = watch.join().expect("watched");
        let verdict = &watched.judgement.verdict;
        println!("{kind}: {verdict}");
        if kind == "memfd" {
            let told = matches!(
                verdict,
                Verdict::Inconclusive { doubt: InconclusiveReason::OutOfSight { .. }, .. }
            );
            assert!(told, "{verdict} with {:?}", watched.opinions);
            let last = watched.readings.last().expect("readings").counters;
            assert!(last.descriptors > 40, "{last:?}");
        } else {
            assert!(!verdict.is_leak(), "{verdict}");
        }
    }
}

#[test]
fn a_command_that_ends_with_an_error_is_cleared_of_nothing() {
    for (script, code) in [("sleep 3; exit 7", Some(7)), ("sleep 3; kill -SEGV $$", None)] {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let verdict = watch(command, 20.0).judgement.verdict;
        let Verdict::Inconclusive { doubt, .. } = verdict else { panic!("{script}: {verdict}") };
        assert_eq!(doubt, InconclusiveReason::EndedWithError { code }, "{script}");
    }
}

#[test]
fn a_thread_of_the_kernel_cannot_be_watched_and_reports_come_on_the_way() {
    // Thread 2 is the parent of all threads of the kernel, where these are seen at all.
    if fs::read_to_string("/proc/2/comm").is_ok_and(|name| name.trim() == "kthreadd") {
        assert!(matches!(attach(2, &options(1.0)), Err(WatchError::NoMemory { pid: 2 })));
    }
    let mut reports = 0;
    let often = Options { report_every: Duration::from_millis(200), ..options(2.0) };
    let mut child = Command::new("sleep").arg("60").spawn().expect("starts");
    let watched = attach_with(child.id(), &often, &mut |watched| {
        assert_eq!(watched.end, End::Running);
        reports += 1;
    });
    assert_eq!(watched.expect("it runs").end, End::Duration);
    assert!(reports >= 3, "{reports}");
    child.kill().expect("killed");
    child.wait().expect("ended");
}

#[test]
fn a_number_of_a_container_is_told_by_the_one_that_it_has_here() {
    // A number that nobody has here, for the next process of a PID namespace of its own.
    let free = (20_000..30_000).find(|pid| !std::path::Path::new(&format!("/proc/{pid}")).exists());
    let free: u32 = free.expect("a free number");
    let script = format!("echo {} > /proc/sys/kernel/ns_last_pid; sleep 60 & wait", free - 1);
    let mut command = Command::new("unshare");
    command.args(["--pid", "--mount-proc", "--fork", "--kill-child", "sh", "-c", &script]);
    let Ok(mut container) = command.stderr(Stdio::null()).spawn() else {
        return println!("skipped: there is no `unshare` here");
    };
    let began = Instant::now();
    let here = loop {
        match attach(free, &options(1.0)) {
            Err(WatchError::InContainer { pid, here }) => {
                assert_eq!((pid, here.len()), (free, 1));
                break here[0];
            }
            Err(WatchError::NoSuchProcess { .. }) => {}
            other => panic!("{other:?}"),
        }
        let ended = container.try_wait().expect("asked").is_some();
        if ended || began.elapsed() > Duration::from_secs(10) {
            let _ = container.kill();
            let _ = container.wait();
            return println!(
                "skipped: namespaces cannot be made here, or their numbers not be chosen"
            );
        }
        thread::sleep(Duration::from_millis(50));
    };
    let said = WatchError::InContainer { pid: free, here: vec![here, 7] }.to_string();
    assert!(said.ends_with(&format!("process {here}, of process 7")), "{said}");
    // By its number here it is watched as any other.
    let watched = attach(here, &options(4.0)).expect("it runs");
    assert!(watched.judgement.verdict.is_innocent(), "{}", watched.judgement.verdict);
    container.kill().expect("killed");
    container.wait().expect("ended");
}

#[test]
#[cfg(target_arch = "x86_64")]
fn a_program_of_32_bits_is_watched_as_any_other() {
    let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("leak32");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/leak32.c");
    let mut compiler = Command::new("gcc");
    compiler.args([
        "-m32",
        "-O1",
        "-ffreestanding",
        "-fno-pie",
        "-no-pie",
        "-static",
        "-nostdlib",
        "-fno-stack-protector",
    ]);
    let compiled = compiler.arg(source).arg("-o").arg(&program).status();
    if !compiled.is_ok_and(|status| status.success()) {
        return println!("skipped: nothing here compiles for 32 bits");
    }
    let watched = watch(Command::new(&program), 12.0);
    if watched.end != End::Duration {
        return println!("skipped: this kernel runs no program of 32 bits");
    }
    // A page every 80 ms, and later on a busy machine.
    let growth = watched.judgement.growth;
    assert!(watched.judgement.verdict.is_leak(), "{}", watched.judgement.verdict);
    assert!((5e3..55e3).contains(&growth.rate), "{growth:?}");
}

#[test]
fn a_leak_in_a_child_is_seen() {
    let Some(animals) = animals("child") else { return };
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("'{}' leak16k & wait", animals.display()));
    assert_leak("leak in a child", &watch(command, 10.0), 50e3);
}

#[test]
fn a_python_process_that_warms_up_is_no_leak() {
    let program = "import time\ncache = {}\nbegan = time.monotonic()\ni = 0\n\
                   while time.monotonic() - began < 60:\n    i += 1\n    cache[i % 20000] = 'x' * 100 + str(i)\n    \
                   if i % 100 == 0: time.sleep(0.01)\n";
    let mut command = Command::new("python3");
    command.arg("-c").arg(program);
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: there is no `python3` here");
        return;
    }
    let watched = watch(command, 12.0);
    let verdict = &watched.judgement.verdict;
    println!("python that warms up: {verdict}");
    assert!(!verdict.is_leak(), "{verdict} in {:?}", watched.written);
}

/// Run in a process of its own by the test below; by itself it does nothing.
#[test]
#[allow(unsafe_code)]
fn leaks_through_c_where_it_is_told_to() {
    unsafe extern "C" {
        fn calloc(count: usize, size: usize) -> *mut u8;
    }

    if std::env::var_os("HEAPWATCH_LEAKS_THROUGH_C").is_none() {
        return;
    }
    let (before, began) = (thread_counts(), Instant::now());
    let mut leaked = 0;
    while began.elapsed() < Duration::from_secs(30) {
        while (leaked as f64) < 200e3 * began.elapsed().as_secs_f64() {
            // SAFETY: `calloc` may be called with any sizes; the block is written within its bounds
            // and never freed.
            unsafe {
                let block = std::hint::black_box(calloc(1, 8192));
                assert!(!block.is_null());
                block.write_bytes(1, 8192);
            }
            leaked += 8192;
        }
        thread::sleep(Duration::from_millis(5));
        // This is what the process watch is for.
        assert_eq!(thread_counts().since(&before).live_bytes(), 0);
    }
}

#[test]
fn what_c_allocates_in_a_rust_program_is_seen_from_outside() {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command
        .args(["--exact", "leaks_through_c_where_it_is_told_to", "--nocapture"])
        .env("HEAPWATCH_LEAKS_THROUGH_C", "1");
    assert_leak("C allocation in a Rust program", &watch(command, 10.0), 200e3);
}

/// Whether a process runs whose command line contains `mark`.
fn somebody_runs(mark: &str) -> bool {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name() != std::process::id().to_string().as_str())
        .filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
        .any(|line| String::from_utf8_lossy(&line).contains(mark))
}

#[test]
fn no_child_is_left_behind() {
    // One that left the group and the session, one whose parent has ended, one that will not be asked.
    for (mark, script) in [
        ("7301.25", "sleep 7301.25 & setsid sleep 7301.25 & (setsid sleep 7301.25 &) ; wait"),
        ("7302.25", "trap '' TERM; while :; do sleep 0.1; done # 7302.25"),
    ] {
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).stdin(Stdio::null());
        let options = Options { grace: Duration::from_millis(300), ..options(0.6) };
        let watched = exec(&mut command, &options).expect("it starts");
        assert_eq!(watched.end, End::Duration);
        assert!(!somebody_runs(mark), "{mark}");
    }
}

#[test]
fn a_command_that_ends_early_or_does_not_start_is_never_clean() {
    let mut command = Command::new("sh");
    command.args(["-c", "exit 3"]);
    let watched = exec(&mut command, &options(5.0)).expect("it starts");
    assert_eq!(watched.end, End::Exited(Some(3)));
    assert!(matches!(
        watched.judgement.verdict,
        Verdict::Inconclusive { doubt: InconclusiveReason::EndedWithError { code: Some(3) }, .. }
    ));
    let missing = exec(&mut Command::new("no-such-program-here"), &options(1.0));
    assert!(matches!(missing, Err(WatchError::Start { .. })));
    let wrong = Options { interval: Duration::ZERO, ..options(1.0) };
    assert!(matches!(exec(&mut Command::new("true"), &wrong), Err(WatchError::Interval { .. })));
}

#[test]
fn a_running_process_is_watched_and_left_running() {
    let mut child = Command::new("sleep").arg("60").spawn().expect("starts");
    assert!(usage(child.id()).is_ok_and(|usage| usage.processes == 1 && usage.proportional > 0));
    let watched = attach(child.id(), &options(10.0)).expect("it runs");
    assert!(watched.judgement.verdict.is_innocent(), "{}", watched.judgement.verdict);
    assert!(child.try_wait().expect("asked").is_none());
    let stop = Some(Arc::new(AtomicBool::new(true)));
    let stopped = attach(child.id(), &Options { stop, ..options(60.0) }).expect("it runs");
    assert_eq!(stopped.end, End::Stopped);
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert!(matches!(attach(child.id(), &options(1.0)), Err(WatchError::NoSuchProcess { .. })));
    assert!(usage(child.id()).is_err());
}
