//! Watching a process and its children from outside: memory that they have written, by the kernel's
//! own accounts, without stopping them: its counters often, walks of their maps where these are short
//! ([`Cost`]); and the resident memory of the calling process. Linux only; on other systems every
//! watch returns [`WatchError::NotSupported`].

#[cfg(target_os = "linux")]
mod accounts;
#[cfg(target_os = "linux")]
mod cgroup;
#[cfg(target_os = "linux")]
mod meter;
#[cfg(target_os = "linux")]
mod opinions;
#[cfg(target_os = "linux")]
mod record;
#[cfg(target_os = "linux")]
mod runtime;
#[cfg(target_os = "linux")]
mod small_file;
#[cfg(target_os = "linux")]
mod started;
#[cfg(target_os = "linux")]
mod tree;
#[cfg(target_os = "linux")]
mod watch;

mod options;
mod watched;

pub use options::{Options, Own};
pub use watched::{
    Account, Beside, Cost, Counters, End, Group, Opinion, Reading, Usage, WatchError, Watched,
};

#[cfg(target_os = "linux")]
pub use accounts::resident;
#[cfg(target_os = "linux")]
pub use watch::{attach, attach_with, exec, exec_with, identity, usage};
#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use super::{Options, Usage, WatchError, Watched};
    use std::process::Command;

    /// Memory of a process and its children.
    ///
    /// # Errors
    /// Always: this is not Linux.
    pub fn usage(_pid: u32) -> Result<Usage, WatchError> {
        Err(WatchError::NotSupported)
    }

    /// Nothing: the system does not say.
    pub fn resident() -> Option<u64> {
        None
    }

    /// Runs a command and watches it.
    ///
    /// # Errors
    /// Always: this is not Linux.
    pub fn exec(_command: &mut Command, _options: &Options) -> Result<Watched, WatchError> {
        Err(WatchError::NotSupported)
    }

    /// Runs a command and watches it, and tells what it saw so far.
    ///
    /// # Errors
    /// Always: this is not Linux.
    pub fn exec_with(
        _command: &mut Command,
        _options: &Options,
        _report: &mut dyn FnMut(&Watched),
    ) -> Result<Watched, WatchError> {
        Err(WatchError::NotSupported)
    }

    /// Watches a running process.
    ///
    /// # Errors
    /// Always: this is not Linux.
    pub fn attach(_pid: u32, _options: &Options) -> Result<Watched, WatchError> {
        Err(WatchError::NotSupported)
    }

    /// Watches a running process, and tells what it saw so far.
    ///
    /// # Errors
    /// Always: this is not Linux.
    pub fn attach_with(
        _pid: u32,
        _options: &Options,
        _report: &mut dyn FnMut(&Watched),
    ) -> Result<Watched, WatchError> {
        Err(WatchError::NotSupported)
    }

    /// Nothing: the system does not say.
    pub fn identity(_pid: u32) -> Option<String> {
        None
    }
}
#[cfg(not(target_os = "linux"))]
pub use elsewhere::{attach, attach_with, exec, exec_with, identity, resident, usage};
