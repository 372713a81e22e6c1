//! Paths of fields: names from the outermost to the innermost, with dots between them.

/// The path of `name` within `path`.
pub(crate) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
