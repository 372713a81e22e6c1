//! What an entry of a folder is.

/// What a name in a folder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    File,
    Folder,
    /// A link, a pipe, a device: nothing that a store makes.
    Other,
}
