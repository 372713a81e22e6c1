//! The watch of a command or of a process that runs, until the time is over or it has ended.

use super::accounts;
use super::options::Options;
use super::record::{Record, Report};
use super::started::Started;
use super::tree::{Process, Tree, elsewhere};
use super::watched::{End, Usage, WatchError, Watched};
use std::process::Command;
use std::time::Duration;

/// Memory of a process and its children now.
///
/// # Errors
/// Where there is no such process.
pub fn usage(pid: u32) -> Result<Usage, WatchError> {
    let mut tree = Tree::of(Process::running(pid).ok_or_else(|| no_such(pid))?);
    tree.refresh();
    sum(&tree).ok_or(WatchError::NoSuchProcess { pid })
}

/// What tells a running process from a later one of the same number, as text; nothing where there is none.
pub fn identity(pid: u32) -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    Process::running(pid).map(|process| format!("{pid}-{}-{}", process.started, boot.trim()))
}

/// Runs a command, watches it and its children, and ends them: first asking (SIGTERM), after
/// [`Options::grace`] killing. The command runs in a process group of its own, with
/// `HEAPWATCH_WATCH` in its environment, by which children that left the group are found again.
/// Its standard input and outputs are as the caller set them.
///
/// # Errors
/// Where the options make no sense or the command does not start. A command that ends before there
/// is enough to judge is no error: its verdict is inconclusive.
pub fn exec(command: &mut Command, options: &Options) -> Result<Watched, WatchError> {
    exec_with(command, options, &mut |_| {})
}

/// The same, and tells what it saw so far every [`Options::report_every`].
///
/// # Errors
/// As [`exec`].
pub fn exec_with(
    command: &mut Command,
    options: &Options,
    report: Report<'_>,
) -> Result<Watched, WatchError> {
    check(options)?;
    let mut started = Started::start(command, options.grace, options.adopt)?;
    let mut record = Record::begin(started.pid(), options, true);
    let end = record.until(options, report, |record, look| {
        if look {
            started.refresh();
        }
        let reading = record.read(started.tree(), look);
        // After the sample: what was read of a process that was ending is not used.
        match started.ended() {
            Some(end) if !started.left_a_daemon() => Err(end),
            _ => Ok(reading),
        }
    });
    // While those who still run can be asked.
    let watched = record.judge(options, end);
    drop(started);
    Ok(watched)
}

/// Watches a running process and its children, and leaves them running.
///
/// # Errors
/// Where the options make no sense, there is no such process (or only in a container, whose number here the error tells),
/// or it has no memory of its own.
pub fn attach(pid: u32, options: &Options) -> Result<Watched, WatchError> {
    attach_with(pid, options, &mut |_| {})
}

/// The same, and tells what it saw so far every [`Options::report_every`].
///
/// # Errors
/// As [`attach`].
pub fn attach_with(pid: u32, options: &Options, report: Report<'_>) -> Result<Watched, WatchError> {
    check(options)?;
    let process = Process::running(pid).ok_or_else(|| no_such(pid))?;
    accounts::counters(pid).ok_or(WatchError::NoMemory { pid })?;
    let mut tree = Tree::of(process);
    let mut record = Record::begin(pid, options, false);
    let end = record.until(options, report, |record, look| {
        if look {
            tree.refresh();
        }
        let reading = record.read(&tree, look);
        if process.runs() { Ok(reading) } else { Err(End::Exited(None)) }
    });
    Ok(record.judge(options, end))
}

fn no_such(pid: u32) -> WatchError {
    match elsewhere(pid) {
        here if here.is_empty() => WatchError::NoSuchProcess { pid },
        here => WatchError::InContainer { pid, here },
    }
}

fn check(options: &Options) -> Result<(), WatchError> {
    let (interval, duration) = (options.interval, options.duration);
    if interval < Duration::from_millis(1) || interval > duration {
        return Err(WatchError::Interval { interval, duration });
    }
    Ok(())
}

/// The sum over a tree; nothing where nobody in it has an account.
fn sum(tree: &Tree) -> Option<Usage> {
    tree.members().iter().filter_map(|member| accounts::of(member.pid)).reduce(Usage::plus)
}
