//! Tables as plain text.

use proptest::prelude::{Just, Strategy, any, prop};
use proptest::{prop_assert, prop_oneof, proptest};
use upright_report::{Cell, Heading, Table};

#[test]
fn numbers_are_aligned_below_their_unit() {
    let mut table = Table::new([
        Heading::new("Controller", ""),
        Heading::new("Settling time", "s"),
        Heading::new("Peak force", "N"),
    ]);
    table.push([Cell::text("classical"), Cell::number(4.212, 2), Cell::number(-123.0, 1)]);
    table.push([Cell::text("lqr"), Cell::Missing, Cell::number(9.25, 1)]);
    let rule = "─".repeat(41);
    let text = format!(
        "{rule}
 Controller   Settling time   Peak force
                          s            N
{rule}
 classical             4.21       -123.0
 lqr                      –          9.2
{rule}
"
    );
    assert_eq!(table.to_text(), text);
    assert_eq!(table.to_string(), text);
}

#[test]
fn tables_without_units_have_no_unit_line() {
    let mut table = Table::new([Heading::new("Name", "")]);
    table.push([Cell::text("x")]);
    let rule = "─".repeat(6);
    assert_eq!(table.to_text(), format!("{rule}\n Name\n{rule}\n x\n{rule}\n"));
}

#[test]
fn empty_tables_are_valid() {
    assert_eq!(Table::default().to_text(), "");
    assert!(Table::new([Heading::new("a", "b")]).to_text().contains('a'));
}

#[test]
fn long_texts_are_wrapped() {
    let mut table = Table::new([Heading::new("Remark", ""), Heading::new("Error", "rad")]);
    table.push([Cell::text("chatters all the time ".repeat(9)), Cell::number(0.1, 4)]);
    let text = table.to_text();
    assert!(text.lines().all(|line| line.chars().count() <= Table::WIDTH), "{text}");
    assert_eq!(text.matches("chatters").count(), 9);
    assert!(text.contains("0.1000"));
}

#[test]
fn numbers_are_never_broken() {
    let names = "Integral of the squared force";
    let mut table = Table::new((0..12).map(|index| {
        if index == 0 { Heading::new("Controller", "") } else { Heading::new(names, "N²·s") }
    }));
    let numbers = (0..11).map(|k| Cell::number(-1234.5678 * f64::from(k + 1), 3));
    table.push(std::iter::once(Cell::text("super_twisting")).chain(numbers));
    let text = table.to_text();
    assert!(text.lines().all(|line| line.chars().count() <= Table::WIDTH), "{text}");
    for k in 0..11 {
        let number = format!("{:.3}", -1234.5678 * f64::from(k + 1));
        assert!(text.split_whitespace().any(|word| word == number), "{number} in {text}");
    }
    assert!(text.matches("super_twisting").count() > 1);
}

/// Any cell, with texts from the given strategy.
fn cell(text: impl Strategy<Value = String>) -> impl Strategy<Value = Cell> {
    prop_oneof![
        text.prop_map(Cell::text),
        (any::<f64>(), 0..40_usize).prop_map(|(value, decimals)| Cell::number(value, decimals)),
        (-1e4..1e4, 0..6_usize).prop_map(|(value, decimals)| Cell::number(value, decimals)),
        Just(Cell::Missing),
    ]
}

proptest! {
    #[test]
    fn any_table_fits_the_width(
        headings in prop::collection::vec(("[A-Za-zσ ]{0,40}", "[a-z]{0,5}"), 0..8),
        rows in prop::collection::vec(
            prop::collection::vec(cell("[a-zθ₁|&<\n\t ]{0,90}"), 0..12), 0..6,
        ),
    ) {
        let headings = headings.into_iter().map(|(text, unit)| Heading::new(text, unit));
        let mut table = Table::new(headings);
        table.rows = rows;
        let text = table.to_text();
        for line in text.lines() {
            prop_assert!(line.chars().count() <= Table::WIDTH, "{}", text);
        }
    }

    #[test]
    fn markdown_has_a_line_for_each_row(
        rows in prop::collection::vec(prop::collection::vec(cell(any::<String>()), 0..9), 0..6),
    ) {
        let mut table = Table::new([Heading::new("a", "b")]);
        table.rows = rows;
        // How wide some characters are depends on the terminal; they must not do any harm.
        prop_assert!(!table.to_text().is_empty());
        let markdown = table.to_markdown();
        prop_assert!(markdown.lines().all(|line| line.starts_with('|') && line.ends_with('|')));
        prop_assert!(markdown.split_terminator('\n').count() == table.rows.len() + 2);
    }
}
