//! Every change of the file system passes here, so that tests can end the process at each of them.

/// A change is about to be made. Does nothing unless the crate is built for tests with `injection`: then
/// the process is killed before the change that the environment names (`UPRIGHT_STORE_KILL_AT`, from one).
#[cfg(feature = "injection")]
pub(crate) fn before(what: &str, name: &std::ffi::OsStr) {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    static KILL_AT: LazyLock<Option<u64>> =
        LazyLock::new(|| std::env::var("UPRIGHT_STORE_KILL_AT").ok()?.parse().ok());
    static DONE: AtomicU64 = AtomicU64::new(0);
    let Some(kill_at) = *KILL_AT else { return };
    if DONE.fetch_add(1, Ordering::Relaxed) + 1 == kill_at {
        // Not every place has a standard error.
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "killed before {what} {}", name.to_string_lossy());
        #[cfg(unix)]
        let _ =
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        // Where there are no signals; nothing is dropped here either.
        std::process::abort();
    }
}

/// A change is about to be made.
#[cfg(not(feature = "injection"))]
#[inline(always)]
pub(crate) fn before(_what: &str, _name: &std::ffi::OsStr) {}
