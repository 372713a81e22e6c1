//! A command that was started to be watched, and that does not outlive the watch, nor do its children.

use super::tree::{Process, Tree};
use super::watched::{End, WatchError};
use rustix::process::{
    Pid, Signal, WaitOptions, getpid, kill_process, kill_process_group, set_child_subreaper,
    waitpid,
};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Where a started command and what it starts carry their mark in the environment.
const MARK: &str = "HEAPWATCH_WATCH";

/// How long killed processes may take to disappear before they are no longer waited for.
const DYING: Duration = Duration::from_secs(5);

pub(super) struct Started {
    child: Child,
    tree: Tree,
    mark: String,
    grace: Duration,
    /// The start of the command, in clock ticks since boot.
    since: u64,
    adopts: bool,
    /// Whether the command was waited for: its number may then belong to somebody else.
    waited_for: bool,
}

impl Started {
    /// Starts the command in a process group of its own. Where this program adopts, what the command starts
    /// becomes a child of this program when its parents end.
    pub(super) fn start(
        command: &mut Command,
        grace: Duration,
        adopts: bool,
    ) -> Result<Self, WatchError> {
        static STARTED: AtomicU64 = AtomicU64::new(0);
        let mark = format!("{}-{}", std::process::id(), STARTED.fetch_add(1, Relaxed));
        // Where it is refused, orphans are found by their mark.
        let adopts = adopts && set_child_subreaper(Some(getpid())).is_ok();
        let child = command.process_group(0).env(MARK, &mark).spawn().map_err(|source| {
            WatchError::Start {
                program: command.get_program().to_string_lossy().into_owned(),
                source,
            }
        })?;
        // A command that ended at once has no account; it is then known by its number alone.
        let pid = child.id();
        let root = Process::running(pid);
        let tree = match root {
            Some(root) if adopts => Tree::adopting(root),
            Some(root) => Tree::of(root),
            None => Tree::empty(),
        };
        let since = root.map_or(0, |root| root.started);
        let mark = format!("{MARK}={mark}");
        Ok(Self { child, tree, mark, grace, since, adopts, waited_for: false })
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn tree(&mut self) -> &mut Tree {
        &mut self.tree
    }

    /// Looks for new children, and waits for adopted ones that have ended.
    pub(super) fn refresh(&mut self) {
        self.tree.refresh();
        for ended in self.tree.take_ended() {
            if let Some(ended) = i32::try_from(ended).ok().and_then(Pid::from_raw) {
                let _ = waitpid(Some(ended), WaitOptions::NOHANG);
            }
        }
    }

    /// Whether the command ended without an error and left processes that still run: a daemon.
    pub(super) fn left_a_daemon(&mut self) -> bool {
        self.adopts && self.ended() == Some(End::Exited(Some(0))) && {
            self.refresh();
            self.tree.runs()
        }
    }

    /// How the command ended by itself, if it did.
    pub(super) fn ended(&mut self) -> Option<End> {
        let status = self.child.try_wait().ok().flatten()?;
        self.waited_for = true;
        Some(End::Exited(status.code()))
    }

    fn find_all(&mut self) {
        self.refresh();
        // Who adopts has all of them in its tree.
        if !self.adopts {
            self.tree.add_marked(&self.mark, self.since);
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = |number: u32| i32::try_from(number).ok().and_then(Pid::from_raw);
        // An error means that there is nobody left.
        if !self.waited_for
            && let Some(group) = pid(self.child.id())
        {
            let _ = kill_process_group(group, signal);
        }
        for member in self.tree.members().iter().filter(|member| member.runs()) {
            if let Some(process) = pid(member.pid) {
                let _ = kill_process(process, signal);
            }
        }
    }

    fn all_gone_within(&mut self, time: Duration) -> bool {
        let began = Instant::now();
        loop {
            self.ended();
            if self.tree.members().iter().all(|member| !member.runs()) {
                return true;
            }
            if began.elapsed() >= time {
                return false;
            }
            sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Started {
    /// Asks all to end, waits, kills what is left, and looks again for what was started meanwhile.
    fn drop(&mut self) {
        self.find_all();
        self.signal(Signal::TERM);
        self.all_gone_within(self.grace);
        let began = Instant::now();
        loop {
            self.find_all();
            let empty = self.tree.members().is_empty();
            if empty && (self.waited_for || self.ended().is_some()) {
                return;
            }
            if began.elapsed() > DYING {
                return;
            }
            self.signal(Signal::KILL);
            self.all_gone_within(Duration::from_millis(200));
        }
    }
}
