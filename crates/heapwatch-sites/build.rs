//! Compiles the library that is loaded before a program's own, by the compiler that compiles this crate: it
//! depends on nothing, so this takes a second or two and needs no network.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=preload");
    println!("cargo::rerun-if-changed=src/layout.rs");
    let variable = |name: &str| env::var(name).unwrap_or_default();
    let out = PathBuf::from(variable("OUT_DIR")).join("libheapwatch_preload.so");
    let (system, abi) = (variable("CARGO_CFG_TARGET_OS"), variable("CARGO_CFG_TARGET_ENV"));
    if (system.as_str(), abi.as_str()) != ("linux", "gnu") {
        // There is nothing to be loaded before: the program says so when it is asked to.
        std::fs::write(&out, []).expect("the build's own folder can be written");
        return;
    }
    let mut compiler = Command::new(variable("RUSTC"));
    compiler
        .arg(Path::new("preload").join("lib.rs"))
        .args(["--crate-name", "heapwatch_preload", "--crate-type", "cdylib", "--edition", "2024"])
        .args(["-C", "opt-level=3", "-C", "panic=abort", "-C", "strip=symbols"])
        .args(["-C", "codegen-units=1", "--cap-lints", "warn"])
        .args(["--target", &variable("TARGET")])
        .arg("-o")
        .arg(&out);
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        compiler.arg(format!("-Clinker={linker}"));
    }
    let status = compiler.status().expect("the compiler that cargo named");
    assert!(status.success(), "the library to be preloaded did not compile");
}
