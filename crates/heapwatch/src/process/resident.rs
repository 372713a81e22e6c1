//! Resident memory of this process, cheap enough to be read while it works.

/// Resident memory of this process in bytes, without allocating; nothing where the kernel does not
/// say (only Linux does).
#[cfg(target_os = "linux")]
pub fn resident() -> Option<u64> {
    use std::io::Read;
    let mut text = [0_u8; 128];
    let length = std::fs::File::open("/proc/self/statm").ok()?.read(&mut text).ok()?;
    // Total and resident pages, then others.
    let pages = std::str::from_utf8(text.get(..length)?).ok()?.split(' ').nth(1)?;
    pages.parse::<u64>().ok()?.checked_mul(rustix::param::page_size() as u64)
}

/// Resident memory of this process: not known on this system.
#[cfg(not(target_os = "linux"))]
pub fn resident() -> Option<u64> {
    None
}
