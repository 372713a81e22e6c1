//! Reduction of curves that a reader may zoom into.
//!
//! [`decimate`](crate::decimate) keeps what one grid of pixels shows; enlarged, its gaps would be seen.
//! Here a point is dropped only where the straight line between the points that are kept passes within a
//! tolerance of it. The line is found in one pass by the cone of slopes that are still allowed, as
//! process historians do ("swinging door", Bristol 1990).

use crate::decimate::decimate;

/// The tolerance at first, as a share of the range of the values: on a chart of 250 pixels, a pixel shows
/// it when enlarged twentyfold.
const FINEST: f64 = 1.0 / 5000.0;
/// The tolerance at most: half a pixel of such a chart.
const COARSEST: f64 = 1.0 / 500.0;

/// Reduces a curve to about `most` points at most, four or more.
///
/// Points have rising `x`; one with a coordinate that is not finite interrupts the curve and is kept, but
/// for all but the first of several in a row. Every point that is dropped lies within a tolerance of the
/// line through those that are kept: a 5000th of the range of all values, or up to a 500th where it would
/// be too many points. Where even that is not enough, as in noise, the lowest and the highest point of
/// each of `most / 4` columns are kept.
pub fn thin(points: &[[f64; 2]], most: usize) -> Vec<[f64; 2]> {
    let values = points.iter().filter(|point| crate::figure::is_finite(**point));
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| {
        (low.min(point[1]), high.max(point[1]))
    });
    let mut share = FINEST;
    while share <= COARSEST {
        let kept = within(points, share * (high - low).max(f64::MIN_POSITIVE));
        if kept.len() <= most {
            return kept;
        }
        share *= 2.0;
    }
    let finite: Vec<f64> = points.iter().map(|point| point[0]).filter(|x| x.is_finite()).collect();
    let (Some(first), Some(last)) = (finite.first(), finite.last()) else {
        return within(points, 0.0);
    };
    let columns = (most / 4).max(1) as f64;
    decimate(points, |x| ((x - first) / (last - first) * columns).floor() as i64)
}

/// The points between which straight lines pass within `tolerance` of all others.
fn within(points: &[[f64; 2]], tolerance: f64) -> Vec<[f64; 2]> {
    let mut kept: Vec<[f64; 2]> = Vec::new();
    // The last point that is kept, the last that was seen, and the slopes allowed between them.
    let mut anchor: Option<[f64; 2]> = None;
    let mut seen = [f64::NAN; 2];
    let mut slopes = [f64::NEG_INFINITY, f64::INFINITY];
    for &point in points {
        let Some(from) = anchor.filter(|_| crate::figure::is_finite(point)) else {
            let ends = anchor.take().is_some();
            if ends && kept.last() != Some(&seen) {
                kept.push(seen);
            }
            if crate::figure::is_finite(point) {
                anchor = Some(point);
                kept.push(point);
                (seen, slopes) = (point, [f64::NEG_INFINITY, f64::INFINITY]);
            } else if ends {
                kept.push(point);
            }
            continue;
        };
        let mut run = point[0] - from[0];
        let mut slope = (point[1] - from[1]) / run;
        if !(slopes[0] <= slope && slope <= slopes[1]) {
            kept.push(seen);
            anchor = Some(seen);
            slopes = [f64::NEG_INFINITY, f64::INFINITY];
            run = point[0] - seen[0];
            slope = (point[1] - seen[1]) / run;
        }
        let give = tolerance / run;
        slopes = [slopes[0].max(slope - give), slopes[1].min(slope + give)];
        seen = point;
    }
    if anchor.is_some() && kept.last() != Some(&seen) {
        kept.push(seen);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{COARSEST, thin, within};
    use proptest::prelude::prop;
    use proptest::{prop_assert, prop_assert_eq, proptest};

    /// The height of the curve through `kept` at `x`.
    fn height(kept: &[[f64; 2]], x: f64) -> f64 {
        let after = kept.partition_point(|point| point[0] < x).clamp(1, kept.len() - 1);
        let ([x0, y0], [x1, y1]) = (kept[after - 1], kept[after]);
        y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    }

    fn range(points: &[[f64; 2]]) -> f64 {
        let values = points.iter().map(|point| point[1]);
        values.clone().fold(f64::MIN, f64::max) - values.fold(f64::MAX, f64::min)
    }

    #[test]
    fn a_straight_line_is_its_ends() {
        let line: Vec<_> = (0..1000).map(|k| [f64::from(k), 2.0 * f64::from(k)]).collect();
        assert_eq!(thin(&line, 100), [line[0], line[999]]);
        assert_eq!(thin(&[[1.0, 2.0]], 100), [[1.0, 2.0]]);
        assert!(thin(&[], 100).is_empty());
    }

    #[test]
    fn a_gap_stays_a_gap() {
        let gap = [f64::NAN; 2];
        let points = [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], gap, gap, [3.0, 0.0], [4.0, 0.0]];
        let kept = thin(&points, 100);
        assert_eq!(kept.len(), 5);
        assert_eq!((kept[1], kept[3], kept[4]), ([2.0, 0.0], [3.0, 0.0], [4.0, 0.0]));
        assert!(kept[2][0].is_nan());
    }

    #[test]
    fn one_sample_that_sticks_out_of_a_long_quiet_run_survives() {
        let points: Vec<_> =
            (0..100_000).map(|k| [f64::from(k), if k == 77_777 { 5.0 } else { 0.0 }]).collect();
        assert!(thin(&points, 50).contains(&[77_777.0, 5.0]));
    }

    proptest! {
        #[test]
        fn what_is_dropped_lies_on_the_curve(
            steps in prop::collection::vec((1e-3..1.0, -1.0..1.0), 2..500),
        ) {
            let mut at = [0.0, 0.0];
            let walk: Vec<[f64; 2]> = steps.into_iter().map(|(x, y)| {
                at = [at[0] + x, at[1] + y];
                at
            }).collect();
            let tolerance = 0.05 * range(&walk);
            let kept = within(&walk, tolerance);
            prop_assert_eq!(kept.first(), walk.first());
            prop_assert_eq!(kept.last(), walk.last());
            for point in &walk {
                let off = (height(&kept, point[0]) - point[1]).abs();
                prop_assert!(off <= tolerance * (1.0 + 1e-9), "{point:?} off by {off}");
            }
        }

        #[test]
        fn the_bound_holds_and_the_highest_and_lowest_points_stay(
            values in prop::collection::vec(-1e3..1e3, 2..2000),
            most in 8_usize..400,
        ) {
            let noise: Vec<[f64; 2]> =
                values.iter().enumerate().map(|(x, y)| [x as f64, *y]).collect();
            let kept = thin(&noise, most);
            // Columns hold at most four points, and the last one ends on its edge.
            prop_assert!(kept.len() <= most + 4, "{} of {most}", kept.len());
            let loss = range(&noise) - range(&kept);
            prop_assert!(loss <= 2.0 * COARSEST * range(&noise) + 1e-9);
        }
    }
}
