//! A crate's files as modules: what each defines, hands on and names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A name that a file brings in, and the path that it stands for.
#[derive(Debug, Clone)]
pub(crate) struct Use {
    /// The name, `*` for all.
    pub(crate) name: String,
    /// As written: `crate`, `super`, `self`, a module or an extern crate first.
    pub(crate) path: Vec<String>,
    /// Whether it is handed on to others.
    pub(crate) is_public: bool,
}

/// A file of a crate.
#[derive(Debug, Default)]
pub(crate) struct File {
    /// Relative to `src`.
    pub(crate) path: PathBuf,
    /// What it defines.
    pub(crate) defines: BTreeSet<String>,
    /// Its modules in files of their own.
    pub(crate) modules: BTreeSet<String>,
    pub(crate) uses: Vec<Use>,
    /// Paths of two or more names in its code.
    pub(crate) paths: Vec<Vec<String>>,
    /// Every word of its code.
    pub(crate) words: BTreeSet<String>,
}

/// The files of a crate by their module path; the root's is empty.
#[derive(Debug, Default)]
pub(crate) struct Crate(pub(crate) BTreeMap<Vec<String>, File>);

impl Crate {
    /// Reads a `src` folder from `lib.rs` or `main.rs` on, module by module.
    pub(crate) fn read(src: &Path) -> io::Result<Self> {
        let mut found = Self::default();
        let root = ["lib.rs", "main.rs"].into_iter().find(|name| src.join(name).is_file());
        if let Some(root) = root {
            found.take(src, Path::new(root), vec![])?;
        }
        Ok(found)
    }

    fn take(&mut self, src: &Path, path: &Path, module: Vec<String>) -> io::Result<()> {
        let text = fs::read_to_string(src.join(path))?;
        let file = parse(&without_tests(&tokens(&text)), path);
        // Modules of `a.rs` and of `a/mod.rs` stand in `a/`, those of the root beside it.
        let folder: PathBuf = module.iter().collect();
        for name in &file.modules {
            let candidates = [folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs")];
            if let Some(inner) = candidates.into_iter().find(|path| src.join(path).is_file()) {
                let mut module = module.clone();
                module.push(name.clone());
                self.take(src, &inner, module)?;
            }
        }
        self.0.insert(module, file);
        Ok(())
    }
}

/// The text as words and signs, without comments, strings and lifetimes.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if rest.starts_with("/*") {
            rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
        } else if let Some(length) = string(rest) {
            rest = &rest[length..];
            tokens.push("\"\"".to_owned());
        } else if first.is_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(rest[..end].to_owned());
            rest = &rest[end..];
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            rest = &rest[2..];
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    tokens
}

/// How long the string or character is with which `text` begins, if it does.
fn string(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let raw = text.strip_prefix('b').unwrap_or(text);
    if let Some(inner) = raw.strip_prefix('r')
        && (inner.starts_with('"') || inner.starts_with('#'))
    {
        let hashes = inner.bytes().take_while(|byte| *byte == b'#').count();
        if inner.as_bytes().get(hashes) == Some(&b'"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let begin = text.len() - inner.len() + hashes + 1;
            return Some(text[begin..].find(&end).map_or(text.len(), |at| begin + at + end.len()));
        }
    }
    let quoted = |begin: usize, quote: u8| {
        let mut at = begin;
        while at < bytes.len() && bytes[at] != quote {
            at += if bytes[at] == b'\\' { 2 } else { 1 };
        }
        (at + 1).min(bytes.len())
    };
    match bytes {
        [b'"', ..] => Some(quoted(1, b'"')),
        [b'b', b'"', ..] => Some(quoted(2, b'"')),
        [b'\'', b'\\', ..] => Some(quoted(1, b'\'')),
        [b'\'', ..] => {
            // A character closes at once; a lifetime does not close.
            let inner = text[1..].chars().next()?;
            text[1 + inner.len_utf8()..].starts_with('\'').then_some(2 + inner.len_utf8())
        }
        _ => None,
    }
}

/// Drops every item behind `#[cfg(test)]`.
fn without_tests(tokens: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let test = ["#", "[", "cfg", "(", "test", ")", "]"];
        if tokens[at..].iter().take(test.len()).eq(test.iter()) {
            at = end_of_item(tokens, at + test.len());
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// Behind the item that begins at `at`: its closing brace, or its semicolon.
fn end_of_item(tokens: &[String], mut at: usize) -> usize {
    let mut depth = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token.as_str() {
            "{" | "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            "}" => {
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            ";" if depth == 0 => return at,
            _ => {}
        }
    }
    at
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn parse(tokens: &[String], path: &Path) -> File {
    let mut file = File { path: path.to_path_buf(), ..File::default() };
    let mut at = 0;
    while at < tokens.len() {
        let token = tokens[at].as_str();
        if is_name(token) && token != "use" {
            file.words.insert(token.to_owned());
        }
        let next = tokens.get(at + 1).map_or("", String::as_str);
        match token {
            "use" => {
                let end = at + tokens[at..].iter().position(|token| token == ";").unwrap_or(1);
                let is_public = at > 0 && (tokens[at - 1] == "pub" || tokens[at - 1] == ")");
                tree(&tokens[at + 1..end], &[], is_public, &mut file.uses);
                at = end;
            }
            "mod" if tokens.get(at + 2).is_some_and(|token| token == ";") => {
                file.modules.insert(next.to_owned());
                at += 2;
            }
            "macro_rules" => {
                file.defines.extend(tokens.get(at + 2).cloned());
                at += 2;
            }
            "fn" | "struct" | "enum" | "trait" | "type" | "const" | "static" | "union"
                if is_name(next) =>
            {
                file.defines.insert(next.to_owned());
                at += 1;
            }
            _ if is_name(token) && next == "::" => {
                let mut path = vec![token.to_owned()];
                file.words.extend(tokens.get(at + 2).cloned());
                while tokens.get(at + 1).is_some_and(|token| token == "::")
                    && tokens.get(at + 2).is_some_and(|token| is_name(token))
                {
                    path.push(tokens[at + 2].clone());
                    at += 2;
                }
                if path.len() > 1 {
                    file.paths.push(path);
                }
            }
            _ => {}
        }
        at += 1;
    }
    file
}

/// The names of a tree of imports, `a::{b, c as d, e::*}`.
fn tree(tokens: &[String], before: &[String], is_public: bool, uses: &mut Vec<Use>) {
    let mut path = before.to_vec();
    let mut name = None;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token.as_str() {
            "{" => {
                let inner = &tokens[at + 1..tokens.len() - 1];
                let mut depth = 0;
                let parts = inner.split(|token| {
                    match token.as_str() {
                        "{" => depth += 1,
                        "}" => depth -= 1,
                        _ => {}
                    }
                    depth == 0 && token == ","
                });
                parts
                    .filter(|part| !part.is_empty())
                    .for_each(|part| tree(part, &path, is_public, uses));
                return;
            }
            "as" => name = tokens.get(at + 1).cloned(),
            "::" => {}
            "*" => path.push("*".to_owned()),
            _ if name.is_none() => path.push(token.clone()),
            _ => {}
        }
        at += 1;
    }
    // `a::{self}` names `a`.
    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    let last = path.last().cloned().unwrap_or_default();
    uses.push(Use { name: name.unwrap_or(last), path, is_public });
}
