//! What can be wrong with a log.

/// Why a log is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The text is no table.
    #[error("{name}: {message}")]
    Table {
        /// What the log is called.
        name: String,
        /// What the reader says.
        message: String,
    },
    /// A column that is needed is not there, or there twice in other words.
    #[error("{name}: line 1: {problem}; there are {there}")]
    Columns {
        /// What the log is called.
        name: String,
        /// What is wrong.
        problem: String,
        /// The columns that there are.
        there: String,
    },
    /// A number that cannot be.
    #[error("{name}: line {line}: {column} = {value}: {problem}")]
    Value {
        /// What the log is called.
        name: String,
        /// The line in the file, from one.
        line: u64,
        /// The column.
        column: String,
        /// The value as written.
        value: String,
        /// What is wrong with it, and what is allowed.
        problem: String,
    },
    /// The log as a whole cannot be used.
    #[error("{name}: {problem}")]
    Whole {
        /// What the log is called.
        name: String,
        /// What is wrong, and what would do.
        problem: String,
    },
}
