//! What the documents show is what the program prints. `UPRIGHT_UPDATE_DOCS=1 cargo test -p upright
//! --test documents` writes it anew; with `all`, figures of resident memory too, which differ every time.

mod audited;
mod claims;
mod gallery;
mod links;
mod pages;
mod theory;

mod tuned;

use serde_json::Value;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn upright(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_upright"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program runs");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("text")
}

/// The metrics of one run of a scenario.
fn metrics(scenario: &str, arguments: &[&str]) -> Value {
    let scenario = root().join("scenarios").join(scenario);
    let scenario = scenario.to_str().expect("a path in UTF-8");
    let said = upright(&root(), &[&["simulate", scenario, "--json"], arguments].concat());
    let summary: Value = serde_json::from_str(&said).expect("JSON");
    summary["metrics"].clone()
}

/// Compares a document with what it should be, or writes it.
fn current(name: &str, expected: &str) {
    let path = root().join(name);
    if std::env::var_os("UPRIGHT_UPDATE_DOCS").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(&path, expected).expect("written");
    }
    let got = fs::read_to_string(&path).expect("a document");
    assert!(got == expected, "{name} is not what the program gives; see the head of this test");
}

/// The document with what stands between two marks replaced.
fn with_block(name: &str, begin: &str, end: &str, block: &str) -> String {
    let text = fs::read_to_string(root().join(name)).expect("a document");
    let (before, rest) = text.split_once(begin).expect("the mark of the begin");
    let (_, after) = rest.split_once(end).expect("the mark of the end");
    format!("{before}{begin}{block}{end}{after}")
}

#[test]
fn the_readme_shows_what_the_first_command_gives() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = upright(folder.path(), &[]);
    let begin = "<!-- begin: what the first command prints -->\n```text\n";
    current("README.md", &with_block("README.md", begin, "```\n<!-- end -->", &table));
    let svg = fs::read_to_string(folder.path().join("upright-out/comparison.svg"));
    current("docs/comparison.svg", &svg.expect("the picture"));
}

#[test]
fn the_page_of_the_audit_shows_what_its_short_form_prints() {
    let said = &audited::short_form().said;
    let begin = "<!-- begin: what the short form prints -->\n```text\n";
    current("docs/audit.md", &with_block("docs/audit.md", begin, "```\n<!-- end -->", said));
}

/// A schema's fields as rows of a table: path, default, what is allowed, meaning.
fn rows(schema: &Value, path: &str, table: &mut String) {
    let Some(properties) = schema["properties"].as_object() else { return };
    for (name, field) in properties {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if field["properties"].is_object() && field.get("default").is_none() {
            rows(field, &path, table);
            continue;
        }
        let default = match field.get("default") {
            None => String::new(),
            Some(default) => format!("`{}`", default.to_string().replace('"', "")),
        };
        let description = field["description"].as_str().unwrap_or_default();
        writeln!(table, "| `{path}` | {default} | {} | {description} |", allowed(field))
            .expect("a string");
    }
}

/// What a field may be, in words.
fn allowed(field: &Value) -> String {
    if let Some(options) = field["enum"].as_array() {
        let words: Vec<&str> = options.iter().filter_map(Value::as_str).collect();
        return words.join(", ");
    }
    if field["oneOf"][1]["enum"].is_array() {
        return format!("{}, or {}", allowed(&field["oneOf"][0]), allowed(&field["oneOf"][1]));
    }
    if let Some(number) = field["oneOf"].as_array().and_then(|options| options.first())
        && ["number", "integer", "array"].iter().any(|kind| number["type"] == **kind)
        && field["oneOf"][1]["type"] == "null"
    {
        return format!("{}, or none", allowed(number));
    }
    if field["items"].is_object() && field["minItems"] == field["maxItems"] {
        let what = if field["items"]["enum"].is_array() { "words" } else { "numbers" };
        return format!("{} {what}, each {}", field["minItems"], allowed(&field["items"]));
    }
    let bound = |value: &Value| {
        let value = value.as_f64().unwrap_or(f64::NAN);
        if value.abs() >= 1e5 || value != 0.0 && value.abs() < 1e-3 {
            format!("{value:e}")
        } else {
            value.to_string()
        }
    };
    let upper = bound(&field["maximum"]);
    if field["minimum"].is_number() {
        format!("{} to {upper}", bound(&field["minimum"]))
    } else if field["exclusiveMinimum"].is_number() {
        format!("above {} to {upper}", bound(&field["exclusiveMinimum"]))
    } else {
        String::new()
    }
}

#[test]
fn the_page_of_the_scenario_lists_every_field() {
    let folder = tempfile::tempdir().expect("a folder");
    let schema: Value = serde_json::from_str(&upright(folder.path(), &["schema"])).expect("JSON");
    let head = "| field | default | allowed | meaning |\n|---|---|---|---|\n";
    let mut tables = String::new();
    for section in [
        "plant",
        "simulation",
        "actuator",
        "sensors",
        "reference",
        "disturbances",
        "uncertainty",
        "monitor",
        "tuning",
    ] {
        write!(tables, "\n### `{section}`\n\n{head}").expect("a string");
        match section {
            "disturbances" => rows(&schema["properties"][section]["items"], "", &mut tables),
            _ => rows(&schema["properties"][section], "", &mut tables),
        }
    }
    for kind in schema["properties"]["controller"]["anyOf"].as_array().expect("the kinds") {
        if kind["type"] == "null" {
            continue;
        }
        let mut own = kind.clone();
        let names = own["properties"].as_object_mut().expect("fields");
        // What every kind has stands in the text.
        for common in ["kind", "surface", "model", "beta_min", "friction"] {
            names.shift_remove(common);
        }
        let title = kind["title"].as_str().expect("a name");
        write!(tables, "\n### `controller`, kind `{title}`\n\n").expect("a string");
        if names.is_empty() {
            tables.push_str("No settings of its own.\n");
        } else {
            tables.push_str(head);
            rows(&own, "", &mut tables);
        }
    }
    let begin = "<!-- begin: made from `upright schema` -->\n";
    let text = with_block("docs/scenario.md", begin, "<!-- end -->", &format!("{tables}\n"));
    current("docs/scenario.md", &text);
}
