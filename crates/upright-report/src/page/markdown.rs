//! A page as Markdown.

use super::content::{Item, Page};

impl Page {
    /// The page in the Markdown of GitHub. Pictures stand as links to their files.
    pub fn to_markdown(&self) -> String {
        render(self)
    }
}

fn render(page: &Page) -> String {
    let lead: Vec<String> =
        page.lead.iter().map(|statement| format!("- {}\n", escaped(statement))).collect();
    let mut blocks = vec![format!("# {}\n", escaped(&page.title)), lead.concat()];
    for section in &page.sections {
        blocks.push(format!("## {}\n", escaped(&section.heading)));
        blocks.extend(section.items.iter().map(of_item));
    }
    blocks.retain(|block| !block.is_empty());
    blocks.join("\n")
}

fn of_item(item: &Item) -> String {
    match item {
        Item::Text(paragraph) => escaped(paragraph) + "\n",
        Item::Lines(lines) | Item::Folded(_, lines) => {
            format!("```text\n{}\n```\n", lines.join("\n"))
        }
        Item::Table(table) => table.to_markdown(),
        Item::Chart(chart) if !chart.file.is_empty() => {
            format!("![{}]({})\n", escaped(chart.drawing.title()), chart.file)
        }
        Item::Picture { description, file, .. } if !file.is_empty() => {
            format!("![{}]({file})\n", escaped(description))
        }
        // What moves or has no file is in the HTML page only.
        Item::Chart(_) | Item::Animation(_) | Item::Picture { .. } => String::new(),
    }
}

/// A text on one line whose characters are not taken for markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '\\' | '*' | '`' | '[' | ']' => out.extend(['\\', character]),
            _ if character.is_control() => out.push(' '),
            _ => out.push(character),
        }
    }
    out
}
