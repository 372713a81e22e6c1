//! Tables as plain text of limited width.

use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table as Grid, TableStyle,
};

use crate::table_column::Column;

/// Spaces around the content of a column and before the next one.
const PADDING: usize = 3;
/// Width to which a column of texts may be narrowed, in characters.
const NARROW_TEXT: usize = 14;

/// A horizontal line.
const RULE: LineStyle = LineStyle::none().fill('─').junction('─');
/// Lines above, below the headings and below the rows, as in printed tables.
const STYLE: TableStyle =
    TableStyle::new().top_border(RULE).header_separator(RULE).bottom_border(RULE);

/// Renders columns of `rows` cells as text of at most `width` characters to a line.
pub(crate) fn render(columns: &[Column], rows: usize, width: usize) -> String {
    let groups = groups(columns, width);
    let parts = groups.iter().map(|group| part(group, rows, width));
    parts.collect::<Vec<_>>().join("\n")
}

/// Shares the columns out to tables that fit the width, each starting with the first column.
fn groups(columns: &[Column], width: usize) -> Vec<Vec<&Column>> {
    let Some((key, rest)) = columns.split_first() else { return Vec::new() };
    let mut groups = vec![vec![key]];
    let mut used = least_width(key);
    for column in rest {
        let needed = least_width(column);
        // The last column has no next one.
        let fits = used + needed <= width + 1;
        match groups.last_mut() {
            // A group of the first column alone takes the next one in any case, or the work
            // would never end.
            Some(group) if fits || group.len() == 1 => group.push(column),
            _ => {
                groups.push(vec![key, column]);
                used = least_width(key);
            }
        }
        used += needed;
    }
    groups
}

/// Width a column needs at least, padding included.
fn least_width(column: &Column) -> usize {
    let cells = column.cells.iter().map(|cell| length(cell)).max().unwrap_or(0);
    let cells = if column.numeric { cells } else { cells.min(NARROW_TEXT) };
    let words = column.text.split_whitespace().map(length).max().unwrap_or(0);
    cells.max(words).max(length(&column.unit)) + PADDING
}

/// Width of a column when nothing is wrapped, padding included.
fn full_width(column: &Column) -> usize {
    let cells = column.cells.iter().map(|cell| length(cell)).max().unwrap_or(0);
    cells.max(length(&column.text)).max(length(&column.unit)) + PADDING
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// Renders columns side by side.
fn part(columns: &[&Column], rows: usize, width: usize) -> String {
    let wrapped = columns.iter().map(|column| full_width(column)).sum::<usize>() > width + 1;
    let mut grid = Grid::new();
    grid.load_style(STYLE)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width).unwrap_or(u16::MAX))
        .set_header(headings(columns, wrapped));
    for row in 0..rows {
        grid.add_row(columns.iter().map(|column| &column.cells[row]));
    }
    for (index, column) in columns.iter().enumerate() {
        let Some(target) = grid.column_mut(index) else { continue };
        if column.numeric {
            target.set_cell_alignment(CellAlignment::Right);
            if least_width(column) <= width / 2 {
                target.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
    }
    grid.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// The headings with the units below, all with the same number of lines so that the units stand
/// side by side.
fn headings(columns: &[&Column], wrapped: bool) -> Vec<String> {
    let texts: Vec<Vec<String>> = columns
        .iter()
        .map(|column| {
            let room = if wrapped { least_width(column) - PADDING } else { usize::MAX };
            broken(&column.text, room)
        })
        .collect();
    let most = texts.iter().map(Vec::len).max().unwrap_or(0);
    let with_units = columns.iter().any(|column| !column.unit.is_empty());
    let heading = |(column, lines): (&&Column, Vec<String>)| {
        let mut text = "\n".repeat(most - lines.len()) + &lines.join("\n");
        if with_units {
            text.push('\n');
            text.push_str(&column.unit);
        }
        text
    };
    columns.iter().zip(texts).map(heading).collect()
}

/// A text broken at spaces into lines of at most `room` characters, longer words excepted.
fn broken(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if length(line) + 1 + length(word) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
