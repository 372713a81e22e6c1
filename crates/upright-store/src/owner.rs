//! Who holds a folder or a stage: enough to say so, and to know whether it can still be alive.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A process on a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owner {
    pid: u32,
    host: String,
    /// What the running system calls itself since it was started; the same in all of its containers.
    boot: Option<String>,
}

impl Owner {
    /// This process.
    pub(crate) fn this() -> Self {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok();
        Self { pid: std::process::id(), host: host(), boot: boot.map(|id| id.trim().to_owned()) }
    }

    /// Whether it ran under the system that runs now, so that locks say whether it is alive. On network file
    /// systems, locks of other machines may not be seen.
    pub(crate) fn is_of_this_system(&self) -> bool {
        let this = Self::this();
        match (&self.boot, &this.boot) {
            (Some(one), Some(other)) => one == other,
            (None, None) => self.host == this.host,
            _ => false,
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on {}", self.pid, self.host)
    }
}

#[cfg(unix)]
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_else(|_| "this machine".to_owned())
}
