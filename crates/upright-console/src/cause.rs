//! Errors in words.

/// An error with its cause, where that stands apart from it.
pub fn with_source(error: &impl std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
