//! Checks a tree of values against the tables of the settings.
//!
//! The tables say what the types say and more (ranges, units), so what passes here is read without
//! error; and what does not is reported with its field, its value and what is allowed, all at once.

use super::document::join;
use super::error::{FieldError, Problem};
use serde_json::{Map, Value};
use upright_core::settings::{Field, FieldKind, Range};

/// The errors of a document, collected.
#[derive(Debug, Default)]
pub(super) struct Errors(pub(super) Vec<FieldError>);

impl Errors {
    pub(super) fn push(&mut self, path: &str, value: &Value, problem: Problem) {
        let value = shown(value);
        self.0.push(FieldError { path: path.to_owned(), value, problem, place: None });
    }

    fn wrong_type(&mut self, path: &str, value: &Value, expected: &str) {
        self.push(path, value, Problem::Type { expected: expected.to_owned() });
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
pub(super) fn section(value: &Value, fields: &[Field], path: &str, errors: &mut Errors) {
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
pub(super) fn unknown(map: &Map<String, Value>, allowed: &[&str], path: &str, errors: &mut Errors) {
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
pub(super) fn number(
    value: &Value,
    range: &Range,
    unit: &'static str,
    whole: bool,
    path: &str,
    errors: &mut Errors,
) {
    match value.as_f64() {
        None if whole => errors.wrong_type(path, value, "a whole number"),
        None => errors.wrong_type(path, value, "a number"),
        Some(number) if !range.contains(number) => {
            errors.push(path, value, Problem::Range { range: *range, unit });
        }
        Some(_) if whole && !value.is_u64() => errors.wrong_type(path, value, "a whole number"),
        Some(_) => {}
    }
}

fn choice(value: &Value, options: &[&str], path: &str, errors: &mut Errors) {
    if !value.as_str().is_some_and(|word| options.contains(&word)) {
        let allowed = options.iter().map(ToString::to_string).collect();
        errors.push(path, value, Problem::Choice { allowed });
    }
}
