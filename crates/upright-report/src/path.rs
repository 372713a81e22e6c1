//! Data of `path` elements.

use crate::svg::{hundredths, push_hundredths};

/// Distance in hundredths of a px below which two points of a line are the same to the eye.
/// Reduced curves have many such pairs: the last point of a pixel column and the first of the
/// next.
const VISIBLE: i64 = 4;

/// Path data under construction, in absolute px.
///
/// Lines are written relative to the point before, which is about half as long. The point before
/// is kept as rounded, so that rounding errors do not add up.
#[derive(Default)]
pub(crate) struct PathData {
    text: String,
    at: [i64; 2],
    after_line: bool,
}

impl PathData {
    /// Starts a new line at a point.
    pub(crate) fn move_to(&mut self, x: f64, y: f64) {
        self.at = [hundredths(x), hundredths(y)];
        self.text.push('M');
        push_hundredths(&mut self.text, self.at[0]);
        self.separate(self.at[1]);
        push_hundredths(&mut self.text, self.at[1]);
        self.after_line = false;
    }

    /// Draws a straight line to a point. A point that rounds to the one before is left out.
    pub(crate) fn line_to(&mut self, x: f64, y: f64) {
        let target = [hundredths(x), hundredths(y)];
        let [dx, dy] = [target[0] - self.at[0], target[1] - self.at[1]];
        if dx == 0 && dy == 0 {
            return;
        }
        if self.after_line {
            self.separate(dx);
        } else {
            self.text.push('l');
        }
        push_hundredths(&mut self.text, dx);
        self.separate(dy);
        push_hundredths(&mut self.text, dy);
        self.at = target;
        self.after_line = true;
    }

    /// Draws a line through all points, except those that lie closer to the point before than
    /// anyone can see. Returns false, and draws nothing, if the points all round to the same place.
    pub(crate) fn polyline(&mut self, points: &[[f64; 2]]) -> bool {
        let Some(([x, y], rest)) = points.split_first() else { return false };
        let length = self.text.len();
        self.move_to(*x, *y);
        for (index, [x, y]) in rest.iter().enumerate() {
            let distance =
                (hundredths(*x) - self.at[0]).abs() + (hundredths(*y) - self.at[1]).abs();
            if distance >= VISIBLE || index + 1 == rest.len() {
                self.line_to(*x, *y);
            }
        }
        if !self.after_line {
            self.text.truncate(length);
        }
        self.after_line
    }

    /// Whether nothing has been drawn.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The value for the attribute `d`.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Separates two numbers; a minus sign does so by itself.
    fn separate(&mut self, next: i64) {
        if next >= 0 {
            self.text.push(' ');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PathData;

    #[test]
    fn lines_are_relative() {
        let mut path = PathData::default();
        assert!(path.polyline(&[[10.0, 20.0], [10.5, 19.0], [11.25, 19.0], [11.25, 19.001]]));
        assert_eq!(path.as_str(), "M10 20l.5-1 .75 0");
    }

    #[test]
    fn rounding_does_not_add_up() {
        let mut path = PathData::default();
        let points: Vec<_> = (0..=1000).map(|k| [f64::from(k) * 0.004, 0.0]).collect();
        assert!(path.polyline(&points));
        let steps = path.as_str().trim_start_matches("M0 0l");
        let numbers: Vec<f64> = steps.split(' ').filter_map(|step| step.parse().ok()).collect();
        assert!(numbers.len() < 250);
        let end: f64 = numbers.iter().step_by(2).sum();
        assert!((end - 4.0).abs() < 1e-9, "{end}");
    }

    #[test]
    fn a_single_place_draws_nothing() {
        let mut path = PathData::default();
        assert!(!path.polyline(&[]));
        assert!(!path.polyline(&[[1.0, 1.0]]));
        assert!(!path.polyline(&[[1.0, 1.0], [1.001, 1.0]]));
        assert!(path.is_empty());
    }
}
