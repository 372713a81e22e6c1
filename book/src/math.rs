//! Formulas between dollar signs become `MathML`, which browsers draw by themselves.

use crate::edit::replaced;
use anyhow::{Result, anyhow};
use mdbook_preprocessor::book::Book;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use pulldown_cmark::{Event, Options, Parser};
use pulldown_latex::config::{DisplayMode, RenderConfig};
use pulldown_latex::{Storage, push_mathml};

/// The preprocessor.
pub struct Mathematics;

impl Preprocessor for Mathematics {
    fn name(&self) -> &'static str {
        "mathematics"
    }

    fn run(&self, _: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let mut outcome = Ok(());
        book.for_each_chapter_mut(|chapter| match with_mathml(&chapter.content) {
            Ok(content) => chapter.content = content,
            Err(error) => outcome = Err(error.context(format!("chapter {}", chapter.name))),
        });
        outcome.map(|()| book)
    }
}

/// A chapter with its formulas as `MathML`.
fn with_mathml(chapter: &str) -> Result<String> {
    let mut edits = Vec::new();
    let options = Options::ENABLE_MATH | Options::ENABLE_TABLES;
    for (event, range) in Parser::new_ext(chapter, options).into_offset_iter() {
        match event {
            Event::InlineMath(tex) => edits.push((range, mathml(&tex, DisplayMode::Inline)?)),
            Event::DisplayMath(tex) => edits.push((range, mathml(&tex, DisplayMode::Block)?)),
            _ => {}
        }
    }
    Ok(replaced(chapter, &edits))
}

/// A formula as `MathML` that Markdown leaves alone.
fn mathml(tex: &str, display_mode: DisplayMode) -> Result<String> {
    let storage = Storage::new();
    let events: Vec<_> = pulldown_latex::Parser::new(tex, &storage).collect();
    if let Some(Err(error)) = events.iter().find(|event| event.is_err()) {
        return Err(anyhow!("the formula {tex} cannot be read: {error}"));
    }
    let mut written = String::new();
    let config = RenderConfig { display_mode, ..RenderConfig::default() };
    push_mathml(&mut written, events.into_iter(), config)?;
    Ok(shielded(&written))
}

/// Markup in whose texts no character means anything to Markdown, and which has no line breaks.
fn shielded(markup: &str) -> String {
    let mut result = String::with_capacity(markup.len());
    let mut within_tag = false;
    for c in markup.chars() {
        match c {
            '<' => within_tag = true,
            '>' => within_tag = false,
            '\n' => {
                result.push(' ');
                continue;
            }
            '*' | '_' | '[' | ']' | '|' | '`' | '~' | '\\' | '$' if !within_tag => {
                result.push_str("&#");
                result.push_str(&u32::from(c).to_string());
                result.push(';');
                continue;
            }
            _ => {}
        }
        result.push(c);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::with_mathml;

    #[test]
    fn formulas_become_mathml_and_code_stays() {
        let text =
            with_mathml("With $a_1 = 2$ and `$x$`:\n\n$$\\frac{a}{b}$$\n").expect("formulas");
        assert!(text.starts_with("With <math"), "{text}");
        assert!(text.contains("`$x$`") && text.contains("<mfrac>"), "{text}");
        assert!(text.contains("display=\"block\"") && !text.contains("a_1"), "{text}");
    }

    #[test]
    fn what_means_something_to_markdown_is_shielded() {
        let text = with_mathml("| a |\n|---|\n| $|x| * y$ |\n").expect("formulas");
        assert!(!text.contains("<mo>*"), "{text}");
    }

    #[test]
    fn a_formula_that_cannot_be_read_is_named() {
        let error = with_mathml("$\\nosuchcommand$").expect_err("no formula");
        assert!(error.to_string().contains("nosuchcommand"), "{error}");
    }
}
