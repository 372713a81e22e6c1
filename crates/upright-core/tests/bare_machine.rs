//! The core on a bare machine: no standard library, no allocator.

use std::path::Path;
use std::process::Command;

#[test]
fn the_core_links_without_an_allocator() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bare");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bare");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--manifest-path"])
        .arg(package.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .output()
        .expect("cargo runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));

    // Linking is proof already; the symbols say it again.
    let archive = std::fs::read(target.join("debug/libbare.a")).expect("the library");
    let holds = |name: &[u8]| archive.windows(name.len()).any(|bytes| bytes == name);
    assert!(holds(b"control_double") && holds(b"control_single"));
    for name in [&b"__rust_alloc"[..], b"__rdl_alloc", b"__rust_realloc"] {
        assert!(!holds(name), "{} in the library", String::from_utf8_lossy(name));
    }
}
