//! Sizes in words.

/// Bytes with the unit in which they are easily read: `8192 B`, `65.5 kB`, `24.0 MB`.
pub fn size(bytes: f64) -> String {
    if bytes.abs() >= 1e6 {
        format!("{:.1} MB", bytes / 1e6)
    } else if bytes.abs() >= 1e4 {
        format!("{:.1} kB", bytes / 1e3)
    } else {
        format!("{bytes:.0} B")
    }
}
