//! Replacing parts of a text by their place in it.

use std::ops::Range;

/// The text with each of the ranges, which must be in order and apart, replaced.
pub fn replaced(text: &str, edits: &[(Range<usize>, String)]) -> String {
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for (range, new) in edits {
        result.push_str(&text[done..range.start]);
        result.push_str(new);
        done = range.end;
    }
    result.push_str(&text[done..]);
    result
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn what_is_between_the_ranges_stays() {
        let edits = [(0..1, "x".to_owned()), (3..4, String::new())];
        assert_eq!(replaced("abcde", &edits), "xbce");
        assert_eq!(replaced("abcde", &[]), "abcde");
    }
}
