//! The text of a scenario as a tree of values, each with its place.

use crate::error::{Place, ScenarioError};
use crate::path::join;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::options::DuplicateKeyPolicy;
use serde_saphyr::{Location, Spanned};
use std::collections::HashMap;
use std::fmt;

/// A document: its values, and where each of them stands.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// The values; an empty document is an empty map.
    pub value: Value,
    /// The place of each value by its path.
    places: HashMap<String, Place>,
    /// Paths of fields that stand more than once.
    repeated: Vec<String>,
}

impl Document {
    /// A document that was no text: its values stand nowhere.
    pub(crate) fn of_value(value: Value) -> Self {
        Self { value, ..Self::default() }
    }

    /// Reads YAML or JSON. `name` is what errors call the text.
    ///
    /// # Errors
    /// [`ScenarioError::Syntax`] where the text is no such document.
    pub fn parse(name: &str, text: &str) -> Result<Self, ScenarioError> {
        Self::parse_as(name, text, DuplicateKeyPolicy::Error)
    }

    /// As [`Document::parse`], but a field may stand more than once, and the last one counts, as with readers of YAML that
    /// do not look; [`Document::repeated`] says which fields those are.
    ///
    /// # Errors
    /// [`ScenarioError::Syntax`] where the text is no such document.
    pub fn parse_repeated(name: &str, text: &str) -> Result<Self, ScenarioError> {
        Self::parse_as(name, text, DuplicateKeyPolicy::LastWins)
    }

    fn parse_as(
        name: &str,
        text: &str,
        repeated: DuplicateKeyPolicy,
    ) -> Result<Self, ScenarioError> {
        if text
            .lines()
            .all(|line| line.trim_start().is_empty() || line.trim_start().starts_with('#'))
        {
            return Ok(Self { value: Value::Object(Map::new()), ..Self::default() });
        }
        // What is not finite comes as a word, to be refused with its field's name.
        let options = serde_saphyr::options! {
            non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::AsString,
            duplicate_keys: repeated,
        };
        let tree: Result<Spanned<Node>, _> = serde_saphyr::from_str_with_options(text, options);
        let tree = tree.map_err(|error| {
            let bare = error.without_snippet();
            ScenarioError::Syntax {
                source_name: name.to_owned(),
                message: match root(bare) {
                    serde_saphyr::Error::Budget { breach, .. } => too_much(breach),
                    _ => one_line(&bare.render()),
                },
                place: error.location().and_then(|location| Lines::of(text).place(&location)),
            }
        })?;
        let mut document = Self::default();
        document.value = document.take(tree, String::new(), &mut Lines::of(text));
        if document.value.is_null() {
            document.value = Value::Object(Map::new());
        }
        Ok(document)
    }

    fn take(&mut self, node: Spanned<Node>, path: String, text: &mut Lines<'_>) -> Value {
        // What an alias refers to may stand elsewhere; the user wants the place of the use.
        let value = match node.value {
            Node::Scalar(value) => value,
            Node::List(nodes) => Value::Array(
                nodes
                    .into_iter()
                    .enumerate()
                    .map(|(i, node)| self.take(node, join(&path, &i.to_string()), text))
                    .collect(),
            ),
            Node::Map(entries) => {
                let mut map = Map::new();
                for (key, node) in entries {
                    let path = join(&path, &key.value);
                    if map.contains_key(&key.value) {
                        self.forget(&path);
                    }
                    let value = self.take(node, path.clone(), text);
                    if let Some(place) = text.place(&key.referenced) {
                        self.places.insert(key_of(&path), place);
                    }
                    map.insert(key.value, value);
                }
                Value::Object(map)
            }
        };
        if let Some(place) = text.place(&node.referenced) {
            self.places.insert(path, place);
        }
        value
    }

    /// Takes in that a field stands there again: of what it was before nothing counts.
    fn forget(&mut self, path: &str) {
        let below = join(path, "");
        self.places.retain(|known, _| known != path && !known.starts_with(&below));
        self.repeated.retain(|known| known != path && !known.starts_with(&below));
        self.repeated.push(path.to_owned());
    }

    /// The paths of fields that stand more than once, of which the last one counts.
    pub fn repeated(&self) -> &[String] {
        &self.repeated
    }

    /// Where the value at `path` stands.
    pub fn place_of(&self, path: &str) -> Option<Place> {
        self.places.get(path).copied()
    }

    /// Where the name of the field at `path` stands.
    pub fn place_of_key(&self, path: &str) -> Option<Place> {
        self.places.get(&key_of(path)).copied().or_else(|| self.place_of(path))
    }
}

/// Names of fields are kept beside the values; no path holds a line break.
fn key_of(path: &str) -> String {
    format!("{path}\n")
}

/// What went wrong where an alias was followed.
fn root(mut error: &serde_saphyr::Error) -> &serde_saphyr::Error {
    while let serde_saphyr::Error::AliasError { error: inner, .. } = error {
        error = inner;
    }
    error
}

/// What is more than may be read, and what is allowed.
fn too_much(breach: &BudgetBreach) -> String {
    let allowed = serde_saphyr::Budget::default();
    let said = |what: &str, is: usize, most: usize| format!("{is} {what}; allowed are {most}");
    match *breach {
        BudgetBreach::Depth { depth } => said("levels of nesting", depth, allowed.max_depth),
        BudgetBreach::Nodes { nodes } => said("values", nodes, allowed.max_nodes),
        BudgetBreach::Events { events } => said("parts", events, allowed.max_events),
        BudgetBreach::Aliases { aliases } => said("aliases", aliases, allowed.max_aliases),
        BudgetBreach::Anchors { anchors } => said("anchors", anchors, allowed.max_anchors),
        BudgetBreach::MergeKeys { merge_keys } => {
            said("merged mappings", merge_keys, allowed.max_merge_keys)
        }
        BudgetBreach::AliasAnchorRatio { aliases, anchors } => {
            let most = allowed.alias_anchor_ratio_multiplier * anchors;
            said(&format!("aliases of {anchors} anchors"), aliases, most)
        }
        _ => "aliases make more of it than may be read".to_owned(),
    }
}

fn one_line(message: &str) -> String {
    message.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A text in lines, so that many places in it are found in the time of one reading.
struct Lines<'a> {
    text: &'a str,
    /// Where each line begins, in bytes.
    starts: Vec<usize>,
    /// The last line that was looked at, and where each of its characters begins, if it has others than ASCII.
    last: (usize, Option<Vec<usize>>),
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        // No line has this index.
        Self { text, starts, last: (usize::MAX, None) }
    }

    /// The line of this index, without its end.
    fn line(&self, index: usize) -> Option<&'a str> {
        let start = *self.starts.get(index)?;
        let end = self.starts.get(index + 1).map_or(self.text.len(), |next| next - 1);
        let line = self.text.get(start..end)?;
        Some(line.strip_suffix('\r').unwrap_or(line))
    }

    /// How many bytes of a line stand before its character `index`.
    fn before(&mut self, line: usize, text: &str, index: usize) -> usize {
        if self.last.0 != line {
            let wide = !text.is_ascii();
            self.last = (line, wide.then(|| text.char_indices().map(|(at, _)| at).collect()));
        }
        let at = self.last.1.as_ref().map_or(Some(index), |at| at.get(index).copied());
        at.unwrap_or(text.len()).min(text.len())
    }

    fn place(&mut self, location: &Location) -> Option<Place> {
        let (line, column) = (location.line() as usize, location.column() as usize);
        let index = line.checked_sub(1)?;
        let line_text = self.line(index)?;
        let start = self.starts[index];
        let before = self.before(index, line_text, column.checked_sub(1)?);
        let rest = &line_text[before..];
        let length = rest.find([',', '}', ']', '#', ':']).unwrap_or(rest.len()).max(1);
        let trimmed = rest.get(..length).map_or(1, |word| word.trim_end().len().max(1));
        Some(Place {
            line,
            column,
            offset: start + before,
            length: trimmed.min(self.text.len().saturating_sub(start + before)),
        })
    }
}

/// A value of the tree.
enum Node {
    Scalar(Value),
    List(Vec<Spanned<Node>>),
    Map(Vec<(Spanned<String>, Spanned<Node>)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, a list or a map")
    }
    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }
    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Bool(value)))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        // What is no number stays visible as a word, which no field allows in place of a number.
        let word = || Value::String(value.to_string());
        Ok(Node::Scalar(Number::from_f64(value).map_or_else(word, Value::Number)))
    }
    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Scalar(Value::String(value.to_owned())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = seq.next_element()? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters_on_any_line() {
        let text = "a: {b: 1, \u{e4}\u{20ac}: {c: two }}\r\nd: [ 1, 22 , \u{1f600}]\n";
        let document = Document::parse("text", text).expect("a document");
        for (path, line, column, word) in [
            ("a.b", 1, 8, "1"),
            ("a.\u{e4}\u{20ac}.c", 1, 19, "two"),
            ("d.1", 2, 9, "22"),
            ("d.2", 2, 14, "\u{1f600}"),
        ] {
            let place = document.place_of(path).expect("a place");
            assert_eq!((place.line, place.column), (line, column), "{path}");
            assert_eq!(&text[place.offset..place.offset + place.length], word, "{path}");
        }
    }

    #[test]
    fn of_a_field_that_stands_more_than_once_the_last_counts_where_that_is_asked_for() {
        let text = "a: {b: 1, c: 2}\nd: 3\na: {b: 4, b: 5}\nd: 6\nd: 7\n";
        assert!(matches!(Document::parse("text", text), Err(ScenarioError::Syntax { .. })));
        let document = Document::parse_repeated("text", text).expect("a document");
        assert_eq!(document.value, serde_json::json!({"a": {"b": 5}, "d": 7}));
        assert_eq!(document.repeated(), ["a", "a.b", "d"]);
        let line = |path: &str| document.place_of(path).map(|place| place.line);
        assert_eq!((line("a.b"), line("a.c"), line("d")), (Some(3), None, Some(5)));
        assert!(
            Document::parse_repeated("text", "a: 1\nb: 1\n")
                .is_ok_and(|once| once.repeated().is_empty())
        );
    }

    #[test]
    fn what_is_too_much_is_said_with_what_is_allowed() {
        let refused = |text: &str| match Document::parse("text", text) {
            Err(ScenarioError::Syntax { message, .. }) => message,
            other => panic!("{other:?}"),
        };
        let too_deep = "65 levels of nesting; allowed are 64";
        assert_eq!(refused(&format!("{}{}", "[".repeat(70), "]".repeat(70))), too_deep);
        let deep = format!("a: {}0{}", "{a: ".repeat(70), "}".repeat(70));
        assert_eq!(refused(&deep), too_deep);
        let values = refused(&format!("[{}0]", "0,".repeat(260_000)));
        assert!(values.ends_with("values; allowed are 250000"), "{values}");
        // Each list is ten of the one before.
        let mut bomb = Vec::new();
        for i in 1..12 {
            let tenfold = vec![format!("*a{}", i - 1); 10].join(", ");
            bomb.push(format!("a{i}: &a{i} [{tenfold}]\n"));
        }
        let bomb = bomb.concat();
        let bomb = refused(&format!("a0: &a0 [0]\n{bomb}"));
        assert!(!bomb.contains(['{', '_']), "{bomb}");
    }
}
