//! What is said on standard error and standard output.
//!
//! Names and texts from outside go through here as data: a control character is shown, not obeyed.

use std::fmt::Write as _;
use std::io::Write;

/// Says a line on standard error, with the arguments of `format!`.
#[macro_export]
macro_rules! say {
    ($($arguments:tt)*) => {
        $crate::console::note(&format!($($arguments)*))
    };
}
pub use crate::say;

/// Says a line on standard error. What that cannot take is dropped: results matter more than words.
pub fn note(text: &str) {
    note_as_is(&format!("{}\n", escaped(text)));
}

/// Says a text on standard error that holds nothing from outside, or has it escaped.
pub fn note_as_is(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Standard output took no more.
#[derive(Debug, thiserror::Error)]
#[error("standard output could not be written: {0}")]
pub struct Unwritten(std::io::Error);

/// Writes to standard output, control characters escaped.
///
/// # Errors
/// Where it takes no more.
pub fn print(text: &str) -> Result<(), Unwritten> {
    print_as_is(&escaped(text))
}

/// Writes to standard output what holds nothing from outside.
///
/// # Errors
/// Where it takes no more.
pub fn print_as_is(text: &str) -> Result<(), Unwritten> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(Unwritten)
}

/// Control characters other than line breaks as JSON writes them, so that a terminal does not obey them and
/// JSON stays what it is.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// A text as one line: line breaks are escaped too.
pub fn one_line(text: &str) -> String {
    escaped(text).replace('\n', "\\u000a")
}

/// Control characters blanked, with one byte for each byte, for texts in which places are counted.
pub fn blanked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' && c != '\t' {
            out.extend(std::iter::repeat_n('?', c.len_utf8()));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_nothing_from_outside() {
        let text = "a\u{1b}[31mred\u{7f}\u{9b}2J\r\n";
        assert_eq!(escaped(text), "a\\u001b[31mred\\u007f\\u009b2J\\u000d\n");
        assert_eq!(one_line("a\nb"), "a\\u000ab");
        assert_eq!(blanked(text).len(), text.len());
        assert!(!blanked(text).contains(|c: char| c.is_control() && c != '\n'));
        let json = serde_json::json!({ "name": text }).to_string();
        let back: serde_json::Value = serde_json::from_str(&escaped(&json)).expect("JSON");
        assert_eq!(back["name"], text);
    }
}
