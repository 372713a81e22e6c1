//! What can be wrong with a scenario, as data; the program turns it into words.

use std::fmt;
use upright_core::settings::Range;
use upright_design::DesignError;
use upright_plan::NoPlan;

/// Why a scenario is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// The text is no YAML document.
    #[error("{source_name}: {message}")]
    Syntax {
        /// What the text is called.
        source_name: String,
        /// What the reader says.
        message: String,
        /// Where.
        place: Option<Place>,
    },
    /// Fields that are not allowed.
    #[error("{source_name}: {}", first(.errors))]
    Fields {
        /// What the text is called.
        source_name: String,
        /// Each of them; never empty.
        errors: Vec<FieldError>,
    },
    /// All is allowed, and the run has no plan to begin with.
    #[error("{0}")]
    NoPlan(Box<NoPlan>),
}

impl From<NoPlan> for ScenarioError {
    fn from(error: NoPlan) -> Self {
        Self::NoPlan(Box::new(error))
    }
}

impl From<DesignError> for ScenarioError {
    fn from(error: DesignError) -> Self {
        let problem = Problem::Design { reason: error.to_string() };
        let error = FieldError::new(error.field(), String::new(), problem);
        Self::Fields { source_name: "scenario".to_owned(), errors: vec![error] }
    }
}

fn first(errors: &[FieldError]) -> String {
    errors.first().map(ToString::to_string).unwrap_or_default()
}

/// A place in the text, counted from one; `offset` and `length` in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
    /// Bytes before it.
    pub offset: usize,
    /// Bytes that it spans.
    pub length: usize,
}

/// One field that is not allowed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FieldError {
    /// The field, outermost name first: `plant.link1.mass`, `disturbances.0.kind`.
    pub path: String,
    /// Its value as written; empty where there is nothing to show.
    pub value: String,
    /// What is wrong with it.
    pub problem: Problem,
    /// Where it stands; absent where it came from the command line or is not in the text.
    pub place: Option<Place>,
}

impl FieldError {
    /// For a field, its value as written, and what is wrong with it; it stands in no text.
    pub fn new(path: String, value: String, problem: Problem) -> Self {
        Self { path, value, problem, place: None }
    }
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Problem {
    /// There is no such field.
    Unknown {
        /// The fields that there are.
        allowed: Vec<String>,
    },
    /// A value of another type.
    Type {
        /// What it should be.
        expected: String,
    },
    /// A number outside its range.
    Range {
        /// What is allowed.
        range: Range,
        /// Its unit.
        unit: &'static str,
    },
    /// A word that is not one of those allowed.
    Choice {
        /// Those allowed.
        allowed: Vec<String>,
    },
    /// It cannot stand beside another field.
    Conflict {
        /// The other.
        with: String,
    },
    /// Another field requires it.
    Missing {
        /// What requires it.
        required_by: String,
    },
    /// It is well formed, but the design that it asks for does not exist.
    Design {
        /// Why not.
        reason: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { allowed } => {
                write!(f, "there is no such field; allowed here: {}", allowed.join(", "))
            }
            Self::Type { expected } => write!(f, "must be {expected}"),
            Self::Range { range, unit } if *unit == "1" => write!(f, "allowed is {range}"),
            Self::Range { range, unit } => write!(f, "allowed is {range} {unit}"),
            Self::Choice { allowed } => write!(f, "allowed is one of {}", allowed.join(", ")),
            Self::Conflict { with } => write!(f, "cannot stand beside {with}"),
            Self::Missing { required_by } => write!(f, "is required by {required_by}"),
            Self::Design { reason } => f.write_str(reason),
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place {
            write!(f, "line {}, column {}: ", place.line, place.column)?;
        }
        if self.value.is_empty() {
            write!(f, "{}: {}", self.path, self.problem)
        } else {
            write!(f, "{} = {}: {}", self.path, self.value, self.problem)
        }
    }
}
