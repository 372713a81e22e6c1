//! Which processes belong together: one and its children, and theirs, as far as they were ever seen.
//!
//! A child whose parent has ended is given to another parent by the kernel; it is followed all the
//! same, by its number and the time at which it started, since numbers are used again.

use super::small_file::text;
use std::collections::BTreeMap;
use std::fs;

/// A process, told from a later one of the same number by its start (in clock ticks since boot).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Process {
    pub(super) pid: u32,
    pub(super) started: u64,
}

/// What `/proc/PID/stat` says of a process.
struct Stat {
    process: Process,
    parent: u32,
    /// Whether it has ended and was not waited for.
    ended: bool,
}

impl Process {
    /// The running process of this number.
    pub(super) fn running(pid: u32) -> Option<Self> {
        stat(pid).filter(|stat| !stat.ended).map(|stat| stat.process)
    }

    /// Whether it still runs. One that has ended and was not waited for does not.
    pub(super) fn runs(self) -> bool {
        Self::running(self.pid) == Some(self)
    }
}

/// A process and the descendants of it that were seen.
#[derive(Debug)]
pub(super) struct Tree {
    members: Vec<Process>,
    /// Where this program adopts: its own number, and the command's with its start.
    adopts: Option<Adopts>,
    /// Adopted processes that have ended and were not waited for.
    ended: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Adopts {
    adopter: u32,
    root: Process,
}

impl Tree {
    pub(super) fn of(root: Process) -> Self {
        Self { members: vec![root], adopts: None, ended: Vec::new() }
    }

    /// The same, and all that become children of this program from now on.
    pub(super) fn adopting(root: Process) -> Self {
        let adopts = Adopts { adopter: std::process::id(), root };
        Self { adopts: Some(adopts), ..Self::of(root) }
    }

    /// Tree of a process that has ended already.
    pub(super) fn empty() -> Self {
        Self { members: Vec::new(), adopts: None, ended: Vec::new() }
    }

    /// Looks for new children, and drops what has ended.
    pub(super) fn refresh(&mut self) {
        let all: Vec<Stat> = running().filter_map(stat).collect();
        if let Some(Adopts { adopter, root }) = self.adopts {
            let adopted = all.iter().filter(|stat| {
                stat.parent == adopter
                    && stat.process.pid != root.pid
                    && stat.process.started >= root.started
            });
            let (ended, run): (Vec<_>, Vec<_>) = adopted.partition(|stat| stat.ended);
            self.ended = ended.into_iter().map(|stat| stat.process.pid).collect();
            for stat in run {
                if !self.members.contains(&stat.process) {
                    self.members.push(stat.process);
                }
            }
        }
        let run = all.into_iter().filter(|stat| !stat.ended);
        let stats: BTreeMap<u32, Stat> = run.map(|stat| (stat.process.pid, stat)).collect();
        // Those that ended since may have left children that are still known by their parent.
        let mut next = 0;
        while let Some(&parent) = self.members.get(next) {
            let children = stats.values().filter(|stat| stat.parent == parent.pid);
            for child in children.filter(|stat| stat.process.started >= parent.started) {
                if !self.members.contains(&child.process) {
                    self.members.push(child.process);
                }
            }
            next += 1;
        }
        self.members
            .retain(|member| stats.get(&member.pid).is_some_and(|stat| stat.process == *member));
    }

    /// Adopted processes that have ended, for their parent to wait for.
    pub(super) fn take_ended(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.ended)
    }

    /// Whether any of them still runs.
    pub(super) fn runs(&self) -> bool {
        self.members.iter().any(|member| member.runs())
    }

    /// Adds every process that carries `mark` in the environment that it was started with. Only those are
    /// looked at that are not known yet and began no earlier than the command.
    pub(super) fn add_marked(&mut self, mark: &str, since: u64) {
        for pid in running() {
            let known = self.members.iter().any(|member| member.pid == pid);
            if known || Process::running(pid).is_none_or(|process| process.started < since) {
                continue;
            }
            let Ok(environment) = fs::read(format!("/proc/{pid}/environ")) else { continue };
            let marked = environment.split(|&byte| byte == 0).any(|entry| entry == mark.as_bytes());
            if marked
                && let Some(process) = Process::running(pid)
                && !self.members.contains(&process)
            {
                self.members.push(process);
            }
        }
    }

    /// Whether any thread of any of them is scheduled in real time.
    pub(super) fn has_realtime(&self) -> bool {
        self.members.iter().any(|member| {
            let threads = fs::read_dir(format!("/proc/{}/task", member.pid));
            threads.into_iter().flatten().flatten().any(|thread| {
                text(thread.path().join("stat"))
                    .is_some_and(|text| is_realtime(&text) == Some(true))
            })
        })
    }

    pub(super) fn members(&self) -> &[Process] {
        &self.members
    }
}

fn running() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// Processes here that have this number in a PID namespace of their own: those of containers.
pub(super) fn elsewhere(pid: u32) -> Vec<u32> {
    running().filter(|&here| here != pid && innermost(here) == Some(pid)).collect()
}

/// The number of a process in its own PID namespace, where that is not this one.
fn innermost(pid: u32) -> Option<u32> {
    let text = text(format!("/proc/{pid}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("NSpid:"))?;
    line.split_whitespace().skip(1).last()?.parse().ok()
}

fn stat(pid: u32) -> Option<Stat> {
    read_stat(pid, &text(format!("/proc/{pid}/stat"))?)
}

/// `PID (name) state parent ...`, the start as field 22. The name may hold anything, parentheses too.
fn read_stat(pid: u32, text: &str) -> Option<Stat> {
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    let started = fields.nth(17)?.parse().ok()?;
    let ended = matches!(state, "Z" | "X" | "x");
    Some(Stat { process: Process { pid, started }, parent, ended })
}

/// Whether the policy, field 41, is FIFO, round robin or by deadlines.
fn is_realtime(text: &str) -> Option<bool> {
    let policy = text.rsplit_once(')')?.1.split_whitespace().nth(38)?;
    Some(matches!(policy, "1" | "2" | "6"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_of_real_time_are_told_by_their_policy() {
        let of = |policy: u32| {
            let fields: Vec<String> = (3..53)
                .map(|field| if field == 41 { policy.to_string() } else { "1".to_owned() })
                .collect();
            is_realtime(&format!("7 (a) b) {}", fields.join(" ")))
        };
        assert_eq!(
            [0, 1, 2, 3, 5, 6].map(of).map(Option::unwrap),
            [false, true, true, false, false, true]
        );
        assert_eq!(is_realtime("7 (a"), None);
        let own = fs::read_to_string("/proc/self/stat").expect("an account");
        assert!(is_realtime(&own).is_some());
    }

    #[test]
    fn a_name_with_parentheses_does_not_confuse() {
        let text = "7 (a) (b 1) S 3 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 555 1 1";
        let stat = read_stat(7, text).expect("a process");
        assert_eq!((stat.parent, stat.process.started), (3, 555));
        assert!(!stat.ended);
        assert!(read_stat(7, &text.replace(" S ", " Z ")).is_some_and(|stat| stat.ended));
        assert!(read_stat(7, "7 (a").is_none());
    }
}
