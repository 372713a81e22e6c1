//! What can come of a command, and the exit code of each: the one place where they are decided.

use crate::console::{blanked, escaped, note, note_as_is, say};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde_json::{Value, json};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use upright_identify::LogError;
use upright_sim::design::DesignError;
use upright_sim::scenario::{FieldError, Place, ScenarioError};
use upright_sim::study::StudyError;
use upright_store::{FileError, StoreError};

pub(crate) use upright_console::Outcome;
use upright_console::with_source;

/// What a command returns.
pub(crate) type Result<T = Outcome> = std::result::Result<T, Failure>;

/// Why a command did not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A scenario is not allowed.
    #[error("{error}")]
    Scenario {
        error: ScenarioError,
        /// The text, to show the place.
        text: String,
    },
    /// A scenario was refused where it was used, though its text passed.
    #[error("{0}")]
    Refused(#[from] ScenarioError),
    /// A design does not exist, though the scenario passed.
    #[error("{0}")]
    Design(#[from] DesignError),
    /// A study did not take place.
    #[error("{0}")]
    Batch(#[from] upright_sim::study::StudyError),
    /// A search for gains did not take place.
    #[error("{0}")]
    Tune(#[from] upright_tune::TuneError),
    /// A flag is not allowed.
    #[error("{flag} {value}: {allowed}")]
    Flag { flag: &'static str, value: String, allowed: String },
    /// There is nowhere to show a live run.
    #[error("--live: standard output is no terminal, and the live view needs one")]
    NoTerminal,
    /// A scenario is not text.
    #[error("{} is no UTF-8 text: byte {offset} is not part of a character", path.display())]
    NotText { path: PathBuf, offset: usize },
    /// A scenario is longer than is allowed.
    #[error("{}: it is longer than {most} bytes; --max-input allows more", path.display())]
    TooLong { path: PathBuf, most: u64 },
    /// A scenario was asked for and nothing came.
    #[error(
        "standard input is empty, and a scenario was asked for; --allow-empty takes every default"
    )]
    NoInput,
    /// A scenario's results cannot be called after its file.
    #[error("{}: its results would be called after it, and no folder can have that name", path.display())]
    Name { path: PathBuf },
    /// Two scenarios would write the same folder.
    #[error("two scenarios are called `{0}`; their results would share a folder")]
    SameName(String),
    /// A folder of results could not be written or read.
    #[error("{}", heapwatch_cli::of_folder(.0))]
    Store(#[from] StoreError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A process cannot be watched, or what was seen cannot be compared.
    #[error("{0}")]
    Watch(#[from] heapwatch_cli::Failure),
    /// Folders are no shards of one study.
    #[error("{}: {reason}", folder.display())]
    Merge { folder: PathBuf, reason: String },
    /// Nothing can go on from a folder.
    #[error("--resume {}: {reason}", folder.display())]
    Resume { folder: PathBuf, reason: String },
    /// A log cannot be used.
    #[error("{0}")]
    Log(#[from] LogError),
    /// Standard output took no more.
    #[error(transparent)]
    Output(#[from] crate::console::Unwritten),
    /// A subject could not be audited.
    #[error("{}", with_source(.0))]
    Audit(#[from] upright_audit::OrchestrateError),
    /// A picture could not be made.
    #[error("a picture could not be made: {0}")]
    Picture(#[from] upright_report::ReportError),
}

impl Failure {
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            // Nothing is wrong with what was asked for: the answer is bad.
            Self::Refused(ScenarioError::NoPlan(_))
            | Self::Batch(StudyError::Scenario(ScenarioError::NoPlan(_))) => 1,
            Self::Scenario { .. }
            | Self::Refused(_)
            | Self::Design(_)
            | Self::Batch(_)
            | Self::Merge { .. }
            | Self::Log(_)
            | Self::Resume { .. }
            | Self::Flag { .. }
            | Self::NoTerminal
            | Self::NotText { .. }
            | Self::Name { .. }
            | Self::TooLong { .. }
            | Self::NoInput
            | Self::SameName(_) => 2,
            Self::Watch(failure) => return failure.code(),
            Self::Tune(error) if !error.is_of_a_file() => 2,
            // What is there is not what was asked for.
            Self::Store(error) if !matches!(error, StoreError::File(_)) => 2,
            Self::Store(_)
            | Self::File(_)
            | Self::Output(_)
            | Self::Picture(_)
            | Self::Audit(_)
            | Self::Tune(_) => 4,
        })
    }

    /// Says it on standard error as JSON: what is wrong, and of a field of a scenario its place, value and
    /// what is allowed.
    pub(crate) fn report_as_json(&self) {
        let errors: Vec<Value> = match self {
            Self::Scenario { error: ScenarioError::Fields { source_name, errors }, .. } => errors
                .iter()
                .map(|error| {
                    json!({
                        "message": error_text(source_name, error),
                        "source": source_name,
                        "line": error.place.map(|place| place.line),
                        "column": error.place.map(|place| place.column),
                        "field": error.path,
                        "value": error.value,
                        "allowed": error.problem.to_string(),
                    })
                })
                .collect(),
            Self::Scenario {
                error: ScenarioError::Syntax { source_name, message, place }, ..
            } => {
                vec![json!({
                    "message": message,
                    "source": source_name,
                    "line": place.map(|place| place.line),
                    "column": place.map(|place| place.column),
                })]
            }
            Self::Log(LogError::Value { name, line, column, value, problem }) => vec![json!({
                "message": self.to_string(),
                "source": name,
                "line": line,
                "field": column,
                "value": value,
                "allowed": problem,
            })],
            Self::Log(
                LogError::Table { name, message: problem }
                | LogError::Columns { name, problem, .. }
                | LogError::Whole { name, problem },
            ) => vec![json!({ "message": self.to_string(), "source": name, "allowed": problem })],
            Self::Flag { flag, value, allowed } => {
                let message = self.to_string();
                vec![
                    json!({ "message": message, "flag": flag, "value": value, "allowed": allowed }),
                ]
            }
            Self::Watch(failure) => vec![failure.to_json()],
            other => vec![json!({ "message": other.to_string() })],
        };
        note(&errors_as_json(&errors));
    }

    /// Says it on standard error.
    pub(crate) fn report(&self) {
        match self {
            Self::Scenario { error: ScenarioError::Fields { source_name, errors }, text } => {
                for error in errors.iter().take(MAX_SHOWN) {
                    show(source_name, text, &error_text(source_name, error), error.place);
                }
                if errors.len() > MAX_SHOWN {
                    say!("and {} more", errors.len() - MAX_SHOWN);
                }
            }
            Self::Scenario {
                error: ScenarioError::Syntax { source_name, message, place },
                text,
            } => show(source_name, text, message, *place),
            other => say!("error: {other}"),
        }
    }
}

/// Errors as one line of JSON.
pub(crate) fn errors_as_json(errors: &[Value]) -> String {
    json!({ "errors": errors }).to_string()
}

/// Lines longer than this are not shown, in bytes.
const MAX_OF_A_LINE: usize = 1000;

/// How many errors of one scenario are shown.
const MAX_SHOWN: usize = 10;

/// One error of a field in words; its place is shown beside it, or named where it has none.
fn error_text(source_name: &str, error: &FieldError) -> String {
    let FieldError { path, value, problem, place, .. } = error;
    let from = match place {
        Some(_) => String::new(),
        None => format!(" (from the command line or the defaults of {source_name})"),
    };
    format!("{path} = {value}{from}: {problem}")
}

/// Columns that an error takes at most.
const WIDTH: usize = 100;

/// An error with the line that it is about.
fn show(source_name: &str, text: &str, message: &str, place: Option<Place>) {
    let longest = text.lines().map(str::len).max().unwrap_or(0);
    if longest > MAX_OF_A_LINE {
        // Whole lines are shown, and this one would bury the message.
        let at =
            place.map_or_else(String::new, |place| format!(":{}:{}", place.line, place.column));
        say!("error: {source_name}{at}: {message}");
        return;
    }
    let (message, source_name, text) = (escaped(message), escaped(source_name), blanked(text));
    let title = Level::ERROR.primary_title(textwrap::fill(&message, WIDTH));
    let report = match place {
        None => title.element(Level::NOTE.message(format!("in {source_name}"))),
        Some(place) => {
            let there = place.offset..place.offset + place.length;
            let mark = AnnotationKind::Primary.span(there).label("here");
            title.element(Snippet::source(text).path(source_name).annotation(mark))
        }
    };
    let renderer =
        if std::io::stderr().is_terminal() { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Unicode).term_width(WIDTH);
    note_as_is(&format!("{}\n", renderer.render(&[report])));
}
