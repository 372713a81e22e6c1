//! Placement of the legend.

use crate::measure::{Measure, Weight};
use crate::style::Style;

/// Length of the line shown for an entry, in px.
pub(crate) const SAMPLE: f64 = 32.0;
/// Gap between the line and its name, in px.
const NAME_GAP: f64 = 6.0;
/// Gap between two entries, in px.
const ENTRY_GAP: f64 = 22.0;
/// Height of a line of entries, in px.
const LINE_HEIGHT: f64 = 18.0;

/// An entry of the legend in its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// Left end of the line shown, in px.
    pub(crate) x: f64,
    /// Height of the line shown, in px.
    pub(crate) y: f64,
    /// Left end of the name, in px.
    pub(crate) name_x: f64,
    /// The name as it fits.
    pub(crate) name: String,
    /// Style of the line shown.
    pub(crate) style: Style,
}

/// Places the entries in centred lines between `left` and `right`, from `top` downwards, all in
/// px. Returns the entries and the height they take.
pub(crate) fn place(
    legend: &[(String, Style)],
    (left, right): (f64, f64),
    top: f64,
    size: f64,
    measure: &Measure,
) -> (Vec<Entry>, f64) {
    let room = right - left;
    let mut lines: Vec<(Vec<Entry>, f64)> = Vec::new();
    for (name, style) in legend {
        let font = (size, Weight::Regular);
        let name = measure.wrap(name, font, room - SAMPLE - NAME_GAP, 1).concat();
        let width = SAMPLE + NAME_GAP + measure.width(&name, size, Weight::Regular);
        let used = lines.last().map_or(0.0, |(_, used)| used + ENTRY_GAP);
        if lines.is_empty() || used + width > room {
            lines.push((Vec::new(), 0.0));
        }
        let y = top + LINE_HEIGHT * (lines.len() as f64 - 0.5);
        if let Some((entries, used)) = lines.last_mut() {
            let x = if entries.is_empty() { 0.0 } else { *used + ENTRY_GAP };
            *used = x + width;
            entries.push(Entry { x, y, name_x: x + SAMPLE + NAME_GAP, name, style: *style });
        }
    }
    let height = LINE_HEIGHT * lines.len() as f64;
    let centred = lines.into_iter().flat_map(|(entries, used)| {
        let shift = left + 0.5 * (room - used);
        entries.into_iter().map(move |entry| Entry {
            x: entry.x + shift,
            name_x: entry.name_x + shift,
            ..entry
        })
    });
    (centred.collect(), height)
}

#[cfg(test)]
mod tests {
    use super::place;
    use crate::measure::Measure;
    use crate::style::Style;

    fn legend(names: &[&str]) -> Vec<(String, Style)> {
        names.iter().map(|name| ((*name).to_owned(), Style::default())).collect()
    }

    #[test]
    fn no_entries_take_no_height() {
        let (entries, height) = place(&[], (0.0, 100.0), 0.0, 12.0, &Measure::new());
        assert!(entries.is_empty() && height.abs() < 1e-12);
    }

    #[test]
    fn entries_flow_into_lines_inside_the_room() {
        let measure = Measure::new();
        let names = legend(&["classical", "super twisting", "adaptive", "hybrid"]);
        let (wide, one_line) = place(&names, (50.0, 950.0), 10.0, 12.0, &measure);
        assert!(wide.iter().all(|entry| (entry.y - wide[0].y).abs() < 1e-9));
        assert!(wide.windows(2).all(|pair| pair[0].name_x < pair[1].x));
        let (narrow, height) = place(&names, (50.0, 250.0), 10.0, 12.0, &measure);
        assert!(height > one_line);
        assert!(narrow.iter().all(|entry| entry.x >= 49.9));
    }
}
