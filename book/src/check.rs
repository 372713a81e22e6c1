//! A built book must not have a link that leads nowhere, nor need the network.

use anyhow::Result;
use html5gum::{Token, Tokenizer};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What a page refers to.
pub struct Reference {
    /// The address as it is written.
    pub address: String,
    /// Whether the browser fetches it to show the page.
    fetched: bool,
}

/// The pages of a built book.
pub fn pages(built: &Path) -> Result<Vec<PathBuf>> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(built)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "html") {
            pages.push(path);
        }
    }
    pages.sort();
    Ok(pages)
}

/// What a page refers to, in order.
pub fn references(page: &str) -> Vec<Reference> {
    let mut references = Vec::new();
    for (tag, name, value) in attributes(page) {
        let fetched = name == "src" || (name == "href" && tag == "link");
        if fetched || name == "href" {
            references.push(Reference { address: value, fetched });
        }
    }
    references
}

/// Every attribute of a page: its tag, its name and its value.
fn attributes(page: &str) -> Vec<(String, String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut attributes = Vec::new();
    for Ok(token) in Tokenizer::new(page) {
        let Token::StartTag(tag) = token else { continue };
        for (name, value) in &tag.attributes {
            attributes.push((text(&tag.name), text(name), text(value)));
        }
    }
    attributes
}

/// What is wrong with a built book, a line a fault.
pub fn faults(built: &Path) -> Result<Vec<String>> {
    let mut texts = BTreeMap::new();
    for page in pages(built)? {
        let text = fs::read_to_string(&page)?;
        let names = attributes(&text).into_iter().filter(|(_, name, _)| name == "id");
        let names: BTreeSet<String> = names.map(|(_, _, value)| value).collect();
        texts.insert(page, (text, names));
    }
    let mut faults = Vec::new();
    for (page, (text, own)) in &texts {
        let from = page.file_name().unwrap_or_default().to_string_lossy();
        for Reference { address, fetched } in references(text) {
            let elsewhere = address.contains("://") || address.starts_with("//");
            if elsewhere && fetched {
                faults.push(format!("{from}: needs the network for {address}"));
            }
            if elsewhere || address.starts_with("data:") || address.starts_with("mailto:") {
                continue;
            }
            let (path, place) = address.split_once('#').unwrap_or((&address, ""));
            let target = built.join(path);
            if !path.is_empty() && !target.is_file() {
                faults.push(format!("{from}: {address} leads to no file"));
                continue;
            }
            let names = if path.is_empty() { Some(own) } else { texts.get(&target).map(|t| &t.1) };
            if let Some(names) = names
                && !place.is_empty()
                && !names.contains(place)
            {
                faults.push(format!("{from}: {address} leads to no place of that page"));
            }
        }
    }
    faults.dedup();
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::faults;
    use std::fs;

    #[test]
    fn dead_links_and_the_network_are_faults() {
        let folder = std::env::temp_dir().join(format!("upright-book-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let page = "<h1 id=top>T</h1><a href=#top>1</a><a href=b.html>2</a><a href=a.html#no>3</a>\
                    <script src=https://x.example/y.js></script><a href=https://x.example>4</a>";
        fs::write(folder.join("a.html"), page).expect("written");
        let found = faults(&folder).expect("pages");
        fs::remove_dir_all(&folder).expect("removed");
        assert_eq!(
            found,
            [
                "a.html: b.html leads to no file",
                "a.html: a.html#no leads to no place of that page",
                "a.html: needs the network for https://x.example/y.js",
            ]
        );
    }
}
