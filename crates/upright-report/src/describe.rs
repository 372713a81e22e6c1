//! The description of a figure in words, for screen readers.

use crate::figure::Figure;

/// Describes the structure of a figure.
pub(crate) fn describe(figure: &Figure) -> String {
    let mut sentences = Vec::new();
    let columns = list(&figure.column_headings);
    if !columns.is_empty() {
        sentences.push(format!("Columns: {columns}."));
    }
    for block in &figure.blocks {
        let labels: Vec<&str> = block.rows.iter().map(|row| row.label.as_str()).collect();
        let rows = list(&labels);
        sentences.push(match (block.heading.is_empty(), rows.is_empty()) {
            (true, true) => continue,
            (true, false) => format!("Rows: {rows}."),
            (false, true) => format!("{}.", block.heading),
            (false, false) => format!("{}, rows: {rows}.", block.heading),
        });
    }
    if !figure.x_label.is_empty() {
        sentences.push(format!("Horizontal axis: {}.", figure.x_label));
    }
    let names: Vec<&str> = figure.legend.iter().map(|(name, _)| name.as_str()).collect();
    if !names.is_empty() {
        sentences.push(format!("Legend: {}.", list(&names)));
    }
    sentences.join(" ")
}

/// The texts that are not empty, separated by semicolons because labels hold commas.
fn list<S: AsRef<str>>(texts: &[S]) -> String {
    let texts = texts.iter().map(AsRef::as_ref).filter(|text| !text.is_empty());
    texts.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::describe;
    use crate::figure::{Block, Figure, PanelRow};
    use crate::style::Style;

    #[test]
    fn all_texts_are_named() {
        let figure = Figure::new("Title")
            .with_columns(["A", "", "B"])
            .with_x_label("t, s")
            .with_block(
                Block::new("Case 1")
                    .with_row(PanelRow::new("x, m"))
                    .with_row(PanelRow::new("F, N")),
            )
            .with_block(Block::new("").with_row(PanelRow::new("σ")))
            .with_legend_entry("push", Style::guide());
        assert_eq!(
            describe(&figure),
            "Columns: A; B. Case 1, rows: x, m; F, N. Rows: σ. Horizontal axis: t, s. Legend: push."
        );
    }

    #[test]
    fn an_empty_figure_needs_no_words() {
        assert_eq!(describe(&Figure::new("")), "");
    }
}
