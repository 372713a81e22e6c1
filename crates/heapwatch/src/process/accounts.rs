//! One process's memory: counters that the kernel keeps anyway (`/proc/PID/status`, else `statm`), which
//! take no lock of the process, and a walk of its maps (`smaps_rollup`), which is to the page and shares
//! out what several processes have in common, and holds the process's memory lock meanwhile.

use super::small_file::text;
use super::watched::{Counters, Usage};
use std::fs::{self, File};
use std::io::Read;

impl Counters {
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            written: self.written.saturating_add(other.written),
            resident: self.resident.saturating_add(other.resident),
            address_space: self.address_space.saturating_add(other.address_space),
            descriptors: self.descriptors.saturating_add(other.descriptors),
            threads: self.threads.saturating_add(other.threads),
            processes: self.processes + other.processes,
        }
    }
}

/// The counters of one process; nothing where it has ended.
pub(super) fn counters(pid: u32) -> Option<Counters> {
    let of_statm = || {
        let usage = of_statm(&text(format!("/proc/{pid}/statm"))?, rustix::param::page_size())?;
        Some(Counters {
            written: usage.written,
            resident: usage.proportional,
            processes: 1,
            ..Counters::default()
        })
    };
    text(format!("/proc/{pid}/status")).and_then(|text| of_status(&text)).or_else(of_statm)
}

fn of_status(text: &str) -> Option<Counters> {
    let field = |name: &str| number(text, name);
    let kib = |name: &str| Some(field(name)?.saturating_mul(1024));
    Some(Counters {
        written: kib("RssAnon")?
            .saturating_add(kib("RssShmem")?)
            .saturating_add(kib("VmSwap").unwrap_or(0)),
        resident: kib("VmRSS")?,
        address_space: kib("VmSize").unwrap_or(0),
        threads: field("Threads").unwrap_or(0),
        descriptors: 0,
        processes: 1,
    })
}

/// How many file descriptors a process has open; zero where that may not be seen. Newer kernels (6.2) say it
/// as the size of the folder, older ones list them.
pub(super) fn descriptors(pid: u32) -> u64 {
    let folder = format!("/proc/{pid}/fd");
    match fs::metadata(&folder).map(|folder| folder.len()) {
        Ok(0) => fs::read_dir(&folder).map_or(0, |entries| entries.count() as u64),
        Ok(count) => count,
        Err(_) => 0,
    }
}

/// Pages that any process has given back lazily since the system started; nothing where it does not say.
pub(super) fn given_back_by_all() -> Option<u64> {
    let text = text("/proc/vmstat")?;
    let pages: u64 =
        text.lines().find_map(|line| line.strip_prefix("pglazyfree "))?.parse().ok()?;
    Some(pages.saturating_mul(rustix::param::page_size() as u64))
}

/// The number in the line that begins with `name:`.
fn number(text: &str, name: &str) -> Option<u64> {
    let line = text
        .lines()
        .find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(':')))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// A walk of the maps of one process; nothing where it has ended or may not be walked.
pub(super) fn walk(pid: u32) -> Option<Usage> {
    text(format!("/proc/{pid}/smaps_rollup")).and_then(|text| of_rollup(&text))
}

/// Memory of one process; nothing where it has ended.
pub(super) fn of(pid: u32) -> Option<Usage> {
    walk(pid).or_else(|| of_statm(&text(format!("/proc/{pid}/statm"))?, rustix::param::page_size()))
}

/// Resident bytes of the calling process: those of its pages that are in memory, of files or not. It
/// asks for no memory, so that it can be called where none may be allocated, and takes microseconds.
///
/// Nothing where the system does not say: it is Linux that does.
pub fn resident() -> Option<u64> {
    // Seven numbers of at most twenty digits.
    let mut text = [0; 160];
    let length = File::open("/proc/self/statm").ok()?.read(&mut text).ok()?;
    let text = std::str::from_utf8(&text[..length]).ok()?;
    Some(of_statm(text, rustix::param::page_size())?.proportional)
}

/// Nothing where there is no account: a process that is ending has no memory left.
fn of_rollup(text: &str) -> Option<Usage> {
    let field = |name: &str| Some(number(text, name)?.saturating_mul(1024));
    let swapped = field("Swap").unwrap_or(0);
    let swapped_share = field("SwapPss").unwrap_or(swapped);
    let private_written = field("Private_Dirty")?;
    let given_back = field("LazyFree").unwrap_or(0);
    Some(Usage {
        private: field("Private_Clean")? + private_written + swapped,
        proportional: field("Pss")? + swapped_share,
        // Not the pages that are dirty: those of a file that was just written (a program fresh from
        // its linker) are too, until the kernel writes them back, which looks like memory given back.
        written: field("Pss_Anon")
            .zip(field("Pss_Shmem"))
            .map_or(private_written + swapped, |(anonymous, shared)| {
                (anonymous + shared + swapped_share).saturating_sub(given_back)
            }),
        given_back,
        processes: 1,
    })
}

/// `size resident shared ...`, in pages. Nothing where nothing is resident: it is ending.
fn of_statm(text: &str, page: usize) -> Option<Usage> {
    let mut pages = text.split_whitespace().skip(1).map(|field| field.parse::<u64>().ok());
    let (resident, shared) = (pages.next()??, pages.next()??);
    let private = resident.saturating_sub(shared).saturating_mul(page as u64);
    (resident > 0).then_some(Usage {
        private,
        proportional: resident.saturating_mul(page as u64),
        written: private,
        given_back: 0,
        processes: 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rollup_is_read_with_and_without_the_newer_fields() {
        let old = "00400000-7fff ---p 00000000 00:00 0 [rollup]\nRss: 1588 kB\nPss: 324 kB\n\
                   Private_Clean: 40 kB\nPrivate_Dirty: 112 kB\nSwap: 8 kB\nSwapPss: 4 kB\n";
        let usage = of_rollup(old).expect("an account");
        assert_eq!(
            (usage.private, usage.proportional, usage.written),
            (160 << 10, 328 << 10, 120 << 10)
        );
        // Dirty pages of files are no memory of the process.
        let new = format!("{old}Pss_Dirty: 300 kB\nPss_Anon: 80 kB\nPss_Shmem: 20 kB\n");
        assert_eq!(of_rollup(&new).map(|usage| usage.written), Some(104 << 10));
        // Nor are pages that it has given back.
        let lazy = of_rollup(&format!("{new}LazyFree: 60 kB\n")).expect("an account");
        assert_eq!((lazy.written, lazy.given_back), (44 << 10, 60 << 10));
        assert_eq!(of_rollup(""), None);
        assert_eq!(of_rollup("Pss: many kB\n"), None);
    }

    #[test]
    fn counters_are_those_of_memory_without_a_file() {
        let text = "Name:\tRssAnon: 9\nVmRSS:\t 300 kB\nRssAnon:\t 200 kB\nRssFile:\t 60 kB\n\
                    RssShmem:\t 40 kB\nVmSwap:\t 8 kB\nThreads:\t3\n";
        let found = of_status(text).expect("counters");
        assert_eq!((found.written, found.resident, found.threads), (248 << 10, 300 << 10, 3));
        // A process that is ending, and a thread of the kernel, have none.
        assert_eq!(of_status("Name:\tkthreadd\nThreads:\t1\n"), None);
    }

    #[test]
    fn the_coarse_account_leaves_out_pages_of_files() {
        let usage = of_statm("1000 300 120 1 0 99 0\n", 4096).expect("an account");
        assert_eq!((usage.written, usage.proportional), (180 * 4096, 300 * 4096));
        assert_eq!(of_statm("0 0 0 0 0 0 0", 4096), None);
        assert_eq!(of_statm("", 4096), None);
    }

    #[test]
    fn this_process_has_an_account_and_no_process_has_none() {
        assert!(of(std::process::id()).is_some_and(|usage| usage.written > 0));
        assert_eq!(of(u32::MAX), None);
    }
}
