//! Checks a tree of values against the tables of the settings.
//!
//! The tables say what the types say and more (ranges, units), so what passes here is read without
//! error; and what does not is reported with its field, its value and what is allowed, all at once.

use crate::error::{FieldError, Problem, ScenarioError};
use crate::path::join;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use upright_core::settings::{Field, FieldKind, Invalid, Range};

/// The errors of a document, collected.
#[derive(Debug, Default)]
pub(crate) struct Errors(pub(crate) Vec<FieldError>);

impl Errors {
    pub(crate) fn push(&mut self, path: &str, value: &Value, problem: Problem) {
        self.push_text(path, shown(value), problem);
    }

    /// Adds the error of a value that is text already.
    pub(crate) fn push_text(&mut self, path: &str, value: String, problem: Problem) {
        self.0.push(FieldError::new(path.to_owned(), value, problem));
    }

    /// Nothing wrong, or everything that is, of what errors call `source_name`.
    pub(crate) fn into_result(self, source_name: &str) -> Result<(), ScenarioError> {
        if self.0.is_empty() { Ok(()) } else { Err(self.into_error(source_name)) }
    }

    /// Everything that is wrong with what errors call `source_name`; not for no error at all.
    pub(crate) fn into_error(self, source_name: &str) -> ScenarioError {
        ScenarioError::Fields { source_name: source_name.to_owned(), errors: self.0 }
    }

    /// Adds what typed settings refuse, seen from the section `prefix` of `whole`.
    pub(crate) fn push_invalid(&mut self, prefix: &str, whole: &Value, invalid: &Invalid) {
        let path = join(prefix, &invalid.path().to_string());
        let written = whole.pointer(&format!("/{}", path.replace('.', "/")));
        let (value, problem) = match *invalid {
            Invalid::OutOfRange { value, range, unit, .. } => {
                (shown_number(value), Problem::Range { range, unit })
            }
            Invalid::Conflict { with, .. } => (
                written.map(shown).unwrap_or_default(),
                Problem::Conflict { with: with.to_owned() },
            ),
            Invalid::Missing { required_by, .. } => {
                (Value::Null.to_string(), Problem::Missing { required_by: required_by.to_owned() })
            }
            other => (
                written.map(shown).unwrap_or_default(),
                Problem::Design { reason: other.to_string() },
            ),
        };
        self.0.push(FieldError::new(path, value, problem));
    }

    /// Shows the values of all errors from the first `count` on as they were written, where they were.
    pub(crate) fn show_as_written(&mut self, count: usize, written: &Value) {
        for error in &mut self.0[count..] {
            let value = written.pointer(&format!("/{}", error.path.replace('.', "/")));
            if let Some(value) = value.filter(|value| !value.is_null()) {
                error.value = shown(value);
            }
        }
    }

    fn wrong_type(&mut self, path: &str, value: &Value, expected: &str) {
        self.push(path, value, Problem::Type { expected: expected.to_owned() });
    }
}

/// A number as an error shows it: whole ones without a point, very large and small ones with an exponent.
pub(crate) fn shown_number(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e6 {
        format!("{number}")
    } else {
        serde_json::Number::from_f64(number).map_or_else(|| number.to_string(), |n| n.to_string())
    }
}

/// A value as an error shows it: one line, not too long.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 60 {
        return text;
    }
    text.chars().take(57).chain("...".chars()).collect()
}

/// Checks that `value` is a map whose entries `fields` allow.
pub(crate) fn section(value: &Value, fields: &[Field], path: &str, errors: &mut Errors) {
    let Some(map) = value.as_object() else {
        errors.wrong_type(path, value, "a map");
        return;
    };
    unknown(map, &fields.iter().map(|field| field.name).collect::<Vec<_>>(), path, errors);
    for field in fields {
        if let Some(value) = map.get(field.name) {
            entry(value, field, &join(path, field.name), errors);
        }
    }
}

/// Reports the entries of `map` that are not among `allowed`.
pub(crate) fn unknown(map: &Map<String, Value>, allowed: &[&str], path: &str, errors: &mut Errors) {
    for (name, value) in map {
        if !allowed.contains(&name.as_str()) {
            let allowed = allowed.iter().map(ToString::to_string).collect();
            errors.push(&join(path, name), value, Problem::Unknown { allowed });
        }
    }
}

fn entry(value: &Value, field: &Field, path: &str, errors: &mut Errors) {
    match field.kind {
        FieldKind::Group(fields) => section(value, fields, path, errors),
        FieldKind::Choice(options) => choice(value, options, path, errors),
        FieldKind::Number { optional: true, .. } if value.is_null() => {}
        FieldKind::Number { unit, range, whole, count: 1, .. } => {
            number(value, &range, unit, whole, path, errors);
        }
        FieldKind::Number { unit, range, whole, count, .. } => {
            let list = value.as_array().filter(|list| list.len() == count);
            let Some(list) = list else {
                errors.wrong_type(path, value, &format!("a list of {count} numbers"));
                return;
            };
            for (i, value) in list.iter().enumerate() {
                number(value, &range, unit, whole, &join(path, &i.to_string()), errors);
            }
        }
        // Checked by hand where the section is read.
        FieldKind::Other(_) => {}
    }
}

/// Checks one number.
pub(crate) fn number(
    value: &Value,
    range: &Range,
    unit: &'static str,
    whole: bool,
    path: &str,
    errors: &mut Errors,
) {
    let whole_number = match unit {
        "periods" => "a whole number of periods",
        _ => "a whole number",
    };
    match value.as_f64() {
        None if whole => errors.wrong_type(path, value, whole_number),
        None => errors.wrong_type(path, value, "a number"),
        Some(number) if !range.contains(number) => {
            errors.push(path, value, Problem::Range { range: *range, unit });
        }
        Some(_) if whole && !value.is_u64() => errors.wrong_type(path, value, whole_number),
        Some(_) => {}
    }
}

fn choice(value: &Value, options: &[&str], path: &str, errors: &mut Errors) {
    if !value.as_str().is_some_and(|word| options.contains(&word)) {
        let allowed = options.iter().map(ToString::to_string).collect();
        errors.push(path, value, Problem::Choice { allowed });
    }
}

/// Reads what the tables have passed. They say all that the types say, so an error here is a gap
/// in them; it is still an error and no panic.
pub(crate) fn typed<T: DeserializeOwned>(
    value: &Value,
    path: &str,
    errors: &mut Errors,
) -> Option<T> {
    match T::deserialize(value) {
        Ok(typed) => Some(typed),
        Err(error) => {
            errors.push(path, value, Problem::Type { expected: error.to_string() });
            None
        }
    }
}
