//! What can be counted of a program, and which tool of its own a runtime has.

use crate::elf::{self, Kind};
use std::path::{Path, PathBuf};

/// Where a program lies, as the system looks for it.
pub(crate) fn find(program: &Path) -> Option<PathBuf> {
    if program.components().count() > 1 {
        return program.is_file().then(|| program.to_path_buf());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The program that really runs: that which reads a script, through `env` too.
pub(crate) fn interpreter(program: &Path) -> Option<PathBuf> {
    let file = find(program)?;
    match elf::kind(&file).ok()? {
        Kind::Script { interpreter, argument } => {
            let by_env = Path::new(&interpreter).file_name().is_some_and(|name| name == "env");
            find(Path::new(if by_env { argument.as_ref()? } else { &interpreter }))
        }
        _ => Some(file),
    }
}

/// Why nothing can be counted inside of this program, where the file tells.
pub(crate) fn hindrance(file: &Path) -> Option<String> {
    let name = file.display();
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let facts = std::fs::metadata(file).ok()?;
        // A program that takes on rights of others than those who start it.
        let mine = std::fs::metadata("/proc/self").map_or((0, 0), |own| (own.uid(), own.gid()));
        let takes = |bit: u32| facts.permissions().mode() & bit != 0;
        if takes(0o4000) && facts.uid() != mine.0 || takes(0o2000) && facts.gid() != mine.1 {
            return Some(format!(
                "{name} takes on the rights of its owner (setuid): the loader refuses a counting library for it"
            ));
        }
    }
    match elf::kind(file).ok()? {
        Kind::OtherWidth => Some(format!("{name} is not of 64 bits: the counting library is")),
        Kind::Elf { loader: None, .. } => {
            Some(format!("{name} is linked statically: there is no call that could be counted"))
        }
        Kind::Elf { loader: Some(loader), .. } if loader.contains("musl") => {
            Some(format!("{name} is linked with musl ({loader}): the counting library needs glibc"))
        }
        _ => None,
    }
}

/// What a runtime has of its own to find the line, to be pasted: for memory that it manages itself, which
/// no count of `malloc` shows.
pub(crate) fn own_tool(file: &Path, arguments: &str) -> Option<String> {
    let name = file.file_name()?.to_string_lossy().into_owned();
    let known = |heads: &[&str]| {
        heads.iter().any(|head| {
            name.strip_prefix(head).is_some_and(|rest| {
                rest.chars().all(|letter| letter.is_ascii_digit() || ".-".contains(letter))
            })
        })
    };
    if known(&["node", "nodejs"]) {
        Some(format!("node --heap-prof --heap-prof-dir=heap-profile {arguments}"))
    } else if known(&["java"]) {
        Some(format!(
            "java -XX:StartFlightRecording=duration=60s,filename=heap.jfr,settings=profile {arguments}; \
             jfr print --events OldObjectSample heap.jfr"
        ))
    } else if known(&["ruby"]) {
        Some(format!(
            "ruby -robjspace -e 'ObjectSpace.trace_object_allocations_start; load ARGV.shift; \
             ObjectSpace.dump_all(output: File.open(\"heap.json\", \"w\"))' {arguments}"
        ))
    } else if known(&["dotnet"]) {
        Some("dotnet-gcdump collect --process-id PID".to_owned())
    } else if known(&["php"]) {
        Some(format!("php -d extension=memprof -d memprof.output_dir=. {arguments}"))
    } else if known(&["pypy", "pypy3"]) {
        Some(format!("pypy3 -m vmprof --mem {arguments}"))
    } else if is_go(file) {
        Some(
            "go tool pprof -sample_index=inuse_space http://127.0.0.1:6060/debug/pprof/heap"
                .to_owned(),
        )
    } else {
        None
    }
}

/// Programs of Go carry the mark of their build.
fn is_go(file: &Path) -> bool {
    use std::io::Read;
    let Ok(open) = std::fs::File::open(file) else { return false };
    let mut head = Vec::new();
    // It lies in front of the data, some megabytes into a large program.
    let read = open.take(64 << 20).read_to_end(&mut head);
    read.is_ok()
        && head.starts_with(b"\x7fELF")
        && head.windows(14).any(|window| window == b"\xff Go buildinf:")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, chown};

    /// The header of a program: of 32 or 64 bits, and no segments.
    fn header(class: u8) -> Vec<u8> {
        let mut header = b"\x7fELF".to_vec();
        header.extend([class, 1, 1]);
        header.resize(64, 0);
        header
    }

    #[test]
    fn what_the_file_tells_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("program");
        for (class, said) in [(1, "not of 64 bits"), (2, "linked statically")] {
            fs::write(&file, header(class)).expect("written");
            assert!(hindrance(&file).is_some_and(|why| why.contains(said)), "{class}");
        }
        fs::write(&file, "no program").expect("written");
        assert_eq!(hindrance(&file), None);
        assert_eq!(hindrance(&folder.path().join("missing")), None);
    }

    #[test]
    fn a_program_that_takes_on_the_rights_of_others_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("program");
        fs::write(&file, "no program").expect("written");
        for (owner, group, mode, said) in [
            (Some(65534), None, 0o4755, true),
            (None, Some(65534), 0o2755, true),
            (Some(65534), None, 0o755, false),
        ] {
            if chown(&file, owner.or(Some(0)), group.or(Some(0))).is_err() {
                return println!("skipped: this user may not give files away");
            }
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("set");
            let why = hindrance(&file);
            assert_eq!(why.is_some_and(|why| why.contains("setuid")), said, "{mode:o}");
        }
    }
}
