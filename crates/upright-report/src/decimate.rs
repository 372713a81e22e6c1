//! Reduction of curves to what a pixel grid can show.
//!
//! Within one pixel column a polyline covers all heights between its lowest and its highest
//! point, and joins the neighbouring columns by its first and its last point. These four points
//! therefore draw the same picture as all points of the column. The method is known as M4
//! (Jugel et al., VLDB 2014).
//!
//! That holds for a curve over time. A line that turns back, as in a phase portrait, is thinned by
//! distance instead.

/// Reduces consecutive points of the same pixel column to the first, the lowest, the highest and
/// the last of them.
///
/// `column` gives the pixel column of an `x` value. The result is a subsequence of `points`. With
/// `x` values that fall and rise again, each passage through a column is reduced by itself.
pub fn decimate(points: &[[f64; 2]], column: impl Fn(f64) -> i64) -> Vec<[f64; 2]> {
    extremes(points, column).into_iter().map(|index| points[index]).collect()
}

/// The indices of the points that [`decimate`] keeps.
pub(crate) fn extremes(points: &[[f64; 2]], column: impl Fn(f64) -> i64) -> Vec<usize> {
    let mut kept = Vec::new();
    let mut first = 0;
    for group in points.chunk_by(|a, b| column(a[0]) == column(b[0])) {
        let mut low = 0;
        let mut high = 0;
        for (index, point) in group.iter().enumerate() {
            if point[1] < group[low][1] {
                low = index;
            }
            if point[1] > group[high][1] {
                high = index;
            }
        }
        let mut chosen = [0, low, high, group.len() - 1];
        chosen.sort_unstable();
        let mut previous = None;
        for index in chosen {
            if previous != Some(index) {
                kept.push(first + index);
                previous = Some(index);
            }
        }
        first += group.len();
    }
    kept
}

/// Indices of the points of a line that do not lie within `distance` of the point kept before; the first
/// and the last stay, and so does what is not a place. What is left out is thus never further than
/// `distance` from the line that is drawn.
pub(crate) fn apart(points: &[[f64; 2]], distance: f64) -> Vec<usize> {
    let mut kept: Vec<usize> = Vec::new();
    for (index, point) in points.iter().enumerate() {
        let near = kept.last().is_some_and(|&last| {
            let [x, y] = points[last];
            (point[0] - x).hypot(point[1] - y) <= distance
        });
        if !near || index + 1 == points.len() {
            kept.push(index);
        }
    }
    kept
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{apart, decimate};
    use proptest::prelude::prop;
    use proptest::{prop_assert, prop_assert_eq, proptest};
    use std::collections::BTreeMap;

    fn column(x: f64) -> i64 {
        x.floor() as i64
    }

    #[test]
    fn empty_and_single_points_stay() {
        assert!(decimate(&[], column).is_empty());
        assert_eq!(decimate(&[[0.5, 1.0]], column), [[0.5, 1.0]]);
    }

    #[test]
    fn keeps_first_lowest_highest_and_last_in_order() {
        let points = [[0.0, 0.0], [0.1, 0.5], [0.2, 3.0], [0.3, -2.0], [0.4, 0.1], [0.5, 0.2]];
        let kept = decimate(&points, column);
        assert_eq!(kept, [[0.0, 0.0], [0.2, 3.0], [0.3, -2.0], [0.5, 0.2]]);
    }

    #[test]
    fn a_constant_column_keeps_its_ends() {
        let points: Vec<_> = (0..10).map(|k| [f64::from(k) / 10.0, 1.0]).collect();
        assert_eq!(decimate(&points, column), [[0.0, 1.0], [0.9, 1.0]]);
    }

    /// Lowest and highest value of each column.
    fn extremes(points: &[[f64; 2]]) -> BTreeMap<i64, (f64, f64)> {
        let mut columns = BTreeMap::new();
        for [x, y] in points {
            let entry = columns.entry(column(*x)).or_insert((*y, *y));
            *entry = (entry.0.min(*y), entry.1.max(*y));
        }
        columns
    }

    /// Distance of a point from a line through at least one point.
    pub(crate) fn from_line(point: [f64; 2], line: &[[f64; 2]]) -> f64 {
        let to = |a: [f64; 2], b: [f64; 2]| {
            let [dx, dy] = [b[0] - a[0], b[1] - a[1]];
            let square = dx * dx + dy * dy;
            let along = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / square;
            let share = if square > 0.0 { along.clamp(0.0, 1.0) } else { 0.0 };
            (point[0] - a[0] - share * dx).hypot(point[1] - a[1] - share * dy)
        };
        let pieces = line.windows(2).map(|pair| to(pair[0], pair[1]));
        pieces.fold(to(line[0], line[0]), f64::min)
    }

    proptest! {
        #[test]
        fn what_is_thinned_out_lies_beside_the_line_drawn(
            steps in prop::collection::vec((-1.0..1.0, -1.0..1.0), 1..300), distance in 0.0..1.0,
        ) {
            let mut at = [0.0, 0.0];
            let walk = steps.into_iter().map(|(dx, dy)| {
                at = [at[0] + dx, at[1] + dy];
                at
            });
            let points: Vec<[f64; 2]> = walk.collect();
            let kept: Vec<[f64; 2]> =
                apart(&points, distance).into_iter().map(|index| points[index]).collect();
            prop_assert_eq!(points.first(), kept.first());
            prop_assert_eq!(points.last(), kept.last());
            for point in &points {
                prop_assert!(from_line(*point, &kept) <= distance + 1e-12);
            }
            let ends = kept.len().saturating_sub(2);
            for pair in kept.windows(2).take(ends) {
                prop_assert!((pair[1][0] - pair[0][0]).hypot(pair[1][1] - pair[0][1]) > distance);
            }
        }

        #[test]
        fn no_peak_is_lost(series in prop::collection::vec((0.0..20.0, -1e3..1e3), 0..400)) {
            let mut points: Vec<[f64; 2]> = series.into_iter().map(|(x, y)| [x, y]).collect();
            points.sort_by(|a, b| a[0].total_cmp(&b[0]));
            let kept = decimate(&points, column);
            prop_assert_eq!(extremes(&points), extremes(&kept));
            prop_assert!(kept.len() <= 4 * 20);
        }

        #[test]
        fn the_result_is_a_subsequence(
            series in prop::collection::vec((0.0..20.0, -1e3..1e3), 0..400),
        ) {
            let points: Vec<[f64; 2]> = series.into_iter().map(|(x, y)| [x, y]).collect();
            let kept = decimate(&points, column);
            let mut rest = points.iter();
            prop_assert!(kept.iter().all(|point| rest.any(|candidate| candidate == point)));
            prop_assert_eq!(extremes(&points), extremes(&kept));
            prop_assert_eq!(points.first(), kept.first());
            prop_assert_eq!(points.last(), kept.last());
        }
    }
}
