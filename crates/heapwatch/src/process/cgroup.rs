//! The memory of a control group, versions 1 and 2: what no page table shows is charged there too.

use super::small_file::text;
use super::tree::Process;
use super::watched::Group;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// From this on a limit of version 1 stands for none.
const NO_LIMIT: u64 = 1 << 60;

/// A control group with an account of memory.
#[derive(Debug)]
pub(super) struct ControlGroup {
    folder: PathBuf,
    unified: bool,
    /// The path of the group above it, where it was made for what is watched.
    taken_from: Option<String>,
}

/// Where a hierarchy is mounted.
#[derive(Debug, PartialEq, Eq)]
struct Mount {
    /// The part of the hierarchy that is mounted.
    root: String,
    at: PathBuf,
}

impl ControlGroup {
    /// The group that accounts for the memory of a process, where the system shows one.
    pub(super) fn of(pid: u32) -> Option<Self> {
        let groups = text(format!("/proc/{pid}/cgroup"))?;
        let mounts = text("/proc/self/mountinfo")?;
        [false, true].into_iter().find_map(|unified| {
            let mount = mount(&mounts, unified)?;
            let folder = folder(&mount, group(&groups, unified)?)?;
            let found = Self { folder, unified, taken_from: None };
            found.number(found.name("memory.current", "memory.usage_in_bytes")).map(|_| found)
        })
    }

    /// A group below this one for what is watched alone, where that is allowed.
    pub(super) fn below(&self) -> Option<Self> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let name = format!("heapwatch-{}-{}", std::process::id(), MADE.fetch_add(1, Relaxed));
        let folder = self.folder.join(name);
        let from = group_of(std::process::id(), self.unified)?;
        fs::create_dir(&folder).ok()?;
        let made = Self { folder, unified: self.unified, taken_from: Some(from) };
        // Without the controller of memory it would show nothing; dropping it takes it away again.
        made.number(made.name("memory.current", "memory.usage_in_bytes")).map(|_| made)
    }

    /// Takes processes in that are still in the group above. What made a group for itself stays there, and
    /// so does what may not be moved.
    pub(super) fn take(&self, members: &[Process]) {
        let Some(from) = &self.taken_from else { return };
        for member in members {
            if group_of(member.pid, self.unified).as_ref() == Some(from) {
                let _ = fs::write(self.folder.join("cgroup.procs"), member.pid.to_string());
            }
        }
    }

    /// Its memory now; nothing where it is gone.
    pub(super) fn read(&self, members: &[Process]) -> Option<Group> {
        let stat = text(self.folder.join("memory.stat"))?;
        let of = |name: &str| field(&stat, name);
        let kernel = if self.unified {
            of("kernel").or_else(|| Some(of("slab")? + of("kernel_stack")? + of("sock")?))
        } else {
            self.number("memory.kmem.usage_in_bytes")
        };
        Some(Group {
            used: self.number(self.name("memory.current", "memory.usage_in_bytes"))?,
            shared: of("total_shmem").or_else(|| of("shmem")).unwrap_or(0),
            kernel: kernel.unwrap_or(0),
            limit: self.limit(),
            alone: self.taken_from.is_some() || self.is_of(members),
        })
    }

    /// The least limit of the group and those above it.
    fn limit(&self) -> Option<u64> {
        let name = self.name("memory.max", "memory.limit_in_bytes");
        let limit = |folder: &Path| -> Option<u64> { text(folder.join(name))?.trim().parse().ok() };
        self.folder.ancestors().filter_map(limit).filter(|&limit| limit < NO_LIMIT).min()
    }

    /// Whether nobody else is in it.
    fn is_of(&self, members: &[Process]) -> bool {
        let inside = text(self.folder.join("cgroup.procs")).unwrap_or_default();
        let mut inside = inside.lines().filter_map(|line| line.parse::<u32>().ok()).peekable();
        let below = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        inside.peek().is_some()
            && inside.all(|pid| members.iter().any(|member| member.pid == pid))
            && !below.into_iter().any(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
    }

    fn name(&self, unified: &'static str, first: &'static str) -> &'static str {
        if self.unified { unified } else { first }
    }

    fn number(&self, name: &str) -> Option<u64> {
        text(self.folder.join(name))?.trim().parse().ok()
    }
}

impl Drop for ControlGroup {
    fn drop(&mut self) {
        if self.taken_from.is_some() {
            // It stays where something is left in it.
            let _ = fs::remove_dir(&self.folder);
        }
    }
}

/// The mount of the hierarchy that accounts for memory, of version 2 (`unified`) or 1.
fn mount(mounts: &str, unified: bool) -> Option<Mount> {
    mounts.lines().find_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        let mut kind = kind.split_whitespace();
        let fits = match kind.next()? {
            "cgroup2" => unified,
            "cgroup" => !unified && kind.nth(1)?.split(',').any(|option| option == "memory"),
            _ => false,
        };
        let mut place = place.split_whitespace().skip(3);
        fits.then_some(Mount { root: place.next()?.to_owned(), at: place.next()?.into() })
    })
}

/// The path of a process's group in `/proc/PID/cgroup`.
fn group(groups: &str, unified: bool) -> Option<&str> {
    groups.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':');
        let (number, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
        let fits = if unified {
            number == "0" && controllers.is_empty()
        } else {
            controllers.split(',').any(|name| name == "memory")
        };
        fits.then_some(path)
    })
}

fn group_of(pid: u32, unified: bool) -> Option<String> {
    let groups = text(format!("/proc/{pid}/cgroup"))?;
    group(&groups, unified).map(str::to_owned)
}

/// Where a group is seen: in a container only a part of the hierarchy is mounted. Nothing where it is out of
/// what is mounted, or of this namespace.
fn folder(mount: &Mount, path: &str) -> Option<PathBuf> {
    let below = path.strip_prefix(mount.root.trim_end_matches('/')).unwrap_or(path);
    let folder = mount.at.join(below.trim_start_matches('/'));
    (!path.split('/').any(|part| part == "..") && folder.is_dir()).then_some(folder)
}

fn field(stat: &str, name: &str) -> Option<u64> {
    let line = |line: &str| {
        let (key, value) = line.split_once(' ')?;
        (key == name).then(|| value.trim().parse().ok())?
    };
    stat.lines().find_map(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
30 23 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
31 30 0:27 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
34 30 0:30 /docker/abc /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
40 30 0:36 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

    #[test]
    fn both_versions_are_found_among_the_mounts() {
        let first = mount(MOUNTS, false).expect("version 1");
        assert_eq!(first.root, "/docker/abc");
        assert_eq!(first.at, Path::new("/sys/fs/cgroup/memory"));
        assert_eq!(mount(MOUNTS, true).expect("version 2").at, Path::new("/sys/fs/cgroup/unified"));
        assert_eq!(mount("", true), None);
        assert_eq!(mount("30 23 0:26 / - cgroup2", false), None);
    }

    #[test]
    fn the_group_of_a_process_is_that_of_memory() {
        let text = "9:name=systemd:/a\n4:cpu,memory:/b:c\n0::/d\n";
        assert_eq!((group(text, false), group(text, true)), (Some("/b:c"), Some("/d")));
        assert_eq!(group("0::/", false), None);
        assert_eq!(group("nonsense", true), None);
    }

    #[test]
    fn both_versions_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            fs::write(folder.path().join(name), text).expect("written");
        };
        write("memory.stat", "anon 7\nshmem 4096\nkernel 8192\ntotal_shmem 12288\n");
        write("memory.usage_in_bytes", "100\n");
        write("memory.limit_in_bytes", "9223372036854771712\n");
        write("memory.kmem.usage_in_bytes", "30\n");
        write("memory.current", "200\n");
        write("memory.max", "1000\n");
        let of = |unified| ControlGroup { folder: folder.path().into(), unified, taken_from: None };
        let first = of(false).read(&[]).expect("version 1");
        assert_eq!((first.used, first.shared, first.kernel), (100, 12288, 30));
        assert_eq!((first.limit, first.alone), (None, false));
        write("memory.stat", "anon 7\nshmem 4096\nkernel 8192\n");
        let second = of(true).read(&[]).expect("version 2");
        assert_eq!((second.used, second.shared, second.kernel), (200, 4096, 8192));
        assert_eq!(second.limit, Some(1000));
        write("memory.max", "max\n");
        assert_eq!(of(true).read(&[]).expect("no limit").limit, None);
    }
}
