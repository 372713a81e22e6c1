//! Reduction of curves that a reader may zoom into.
//!
//! [`decimate`](crate::decimate) keeps what one grid of pixels shows; enlarged, its gaps would be seen.
//! Here a point is dropped only where the straight line between the points that are kept passes within a
//! tolerance of it. The line is found in one pass by the cone of slopes that are still allowed, as
//! process historians do ("swinging door", Bristol 1990).

use crate::decimate::extremes;

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
pub fn downsample(points: &[[f64; 2]], most: usize) -> Vec<[f64; 2]> {
    downsampled(points, most).into_iter().map(|index| points[index]).collect()
}

/// The indices of the points that [`downsample`] keeps.
pub(crate) fn downsampled(points: &[[f64; 2]], most: usize) -> Vec<usize> {
    let height = range(points, 1);
    let kept = coarser(most, COARSEST, |share| {
        joined(points.len(), |index| (points[index][0], [points[index][1]]), [share * height])
    });
    if kept.len() <= most {
        return kept;
    }
    let finite: Vec<f64> = points.iter().map(|point| point[0]).filter(|x| x.is_finite()).collect();
    let (Some(first), Some(last)) = (finite.first(), finite.last()) else { return kept };
    let columns = (most / 4).max(1) as f64;
    extremes(points, |x| ((x - first) / (last - first) * columns).floor() as i64)
}

/// Reduces a curve in a plane, such as a phase portrait, to about `most` points: one is dropped where the
/// line between those that are kept passes, at its turn, within a tolerance of it in both coordinates. The
/// tolerance is a 5000th of their ranges, or up to a 500th. Where that is not enough, as in noise, the points
/// that reach furthest in each direction are kept of each of `most / 6` stretches.
pub fn downsample_in_plane(points: &[[f64; 2]], most: usize) -> Vec<[f64; 2]> {
    let ranges = [range(points, 0), range(points, 1)];
    let kept = coarser(most, COARSEST, |share| {
        joined(
            points.len(),
            |index| (index as f64, points[index]),
            ranges.map(|range| share * range),
        )
    });
    let kept = if kept.len() <= most { kept } else { furthest(points, (most / 6).max(1)) };
    kept.into_iter().map(|index| points[index]).collect()
}

/// The indices of the first and the last point of each of `count` stretches, and of those that reach furthest
/// to the left, to the right, down and up.
fn furthest(points: &[[f64; 2]], count: usize) -> Vec<usize> {
    let length = points.len().div_ceil(count).max(1);
    let mut kept = Vec::new();
    for (stretch, first) in points.chunks(length).zip((0..).step_by(length)) {
        let mut chosen = [0, stretch.len() - 1, 0, 0, 0, 0];
        for (index, point) in stretch.iter().enumerate() {
            for axis in [0, 1] {
                let [low, high] = [2 + axis, 4 + axis];
                if point[axis] < stretch[chosen[low]][axis] {
                    chosen[low] = index;
                }
                if point[axis] > stretch[chosen[high]][axis] {
                    chosen[high] = index;
                }
            }
        }
        chosen.sort_unstable();
        kept.extend(chosen.map(|index| first + index));
        kept.dedup();
    }
    kept
}

/// How far the finite values of a coordinate reach.
fn range(points: &[[f64; 2]], axis: usize) -> f64 {
    let values = points.iter().map(|point| point[axis]).filter(|value| value.is_finite());
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    (high - low).max(f64::MIN_POSITIVE)
}

/// What `keep` keeps at the finest tolerance at which that is not more than `most`; else at the coarsest.
fn coarser(most: usize, coarsest: f64, keep: impl Fn(f64) -> Vec<usize>) -> Vec<usize> {
    let mut share = FINEST;
    loop {
        let kept = keep(share);
        // A curve with many gaps cannot be reduced by any tolerance.
        if kept.len() <= most || 2.0 * share > coarsest || share > 1.0 {
            return kept;
        }
        share *= 2.0;
    }
}

/// The indices of points between which straight lines pass within `tolerance` of all others. `at` gives a
/// point's place along the curve, which rises, and its coordinates.
fn joined<const N: usize>(
    count: usize,
    at: impl Fn(usize) -> (f64, [f64; N]),
    tolerance: [f64; N],
) -> Vec<usize> {
    const FREE: [f64; 2] = [f64::NEG_INFINITY, f64::INFINITY];
    let mut kept: Vec<usize> = Vec::new();
    // Whether a stretch has begun, and the slopes that its line may still have.
    let mut begun = false;
    let mut slopes = [FREE; N];
    for index in 0..count {
        let (place, values) = at(index);
        let finite = place.is_finite() && values.iter().all(|value| value.is_finite());
        if !finite || !begun {
            let ends = std::mem::replace(&mut begun, finite) && !finite;
            if ends && kept.last() != Some(&(index - 1)) {
                kept.push(index - 1);
            }
            if finite || ends {
                kept.push(index);
            }
            slopes = [FREE; N];
            continue;
        }
        // A stretch that has begun has a point that was kept.
        let Some(&anchor) = kept.last() else { continue };
        let line = |from: usize| {
            let (start, origin) = at(from);
            let run = place - start;
            (run, std::array::from_fn::<f64, N, _>(|n| (values[n] - origin[n]) / run))
        };
        let (mut run, mut slope) = line(anchor);
        let open =
            slope.iter().zip(slopes).all(|(slope, [low, high])| low <= *slope && *slope <= high);
        if !open {
            // Between neighbours nothing can be dropped, whatever their slope.
            kept.push(index - 1);
            slopes = [FREE; N];
            (run, slope) = line(index - 1);
        }
        for n in 0..N {
            let give = tolerance[n] / run;
            slopes[n] = [slopes[n][0].max(slope[n] - give), slopes[n][1].min(slope[n] + give)];
        }
    }
    if begun && count > 0 && kept.last() != Some(&(count - 1)) {
        kept.push(count - 1);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{COARSEST, downsample, downsample_in_plane, joined, range as reach};
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
        assert_eq!(downsample(&line, 100), [line[0], line[999]]);
        assert_eq!(downsample(&[[1.0, 2.0]], 100), [[1.0, 2.0]]);
        assert!(downsample(&[], 100).is_empty());
    }

    #[test]
    fn a_gap_stays_a_gap() {
        let gap = [f64::NAN; 2];
        let points = [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], gap, gap, [3.0, 0.0], [4.0, 0.0]];
        let kept = downsample(&points, 100);
        assert_eq!(kept.len(), 5);
        assert_eq!((kept[1], kept[3], kept[4]), ([2.0, 0.0], [3.0, 0.0], [4.0, 0.0]));
        assert!(kept[2][0].is_nan());
    }

    #[test]
    fn one_sample_that_sticks_out_of_a_long_quiet_run_survives() {
        let points: Vec<_> =
            (0..100_000).map(|k| [f64::from(k), if k == 77_777 { 5.0 } else { 0.0 }]).collect();
        assert!(downsample(&points, 50).contains(&[77_777.0, 5.0]));
    }

    proptest! {
        #[test]
        fn in_a_plane_what_is_dropped_lies_beside_the_line(
            steps in prop::collection::vec((-1.0..1.0, -1.0..1.0), 2..500), share in 0.0..0.2,
        ) {
            let mut at = [0.0, 0.0];
            let walk: Vec<[f64; 2]> = steps.into_iter().map(|(x, y)| {
                at = [at[0] + x, at[1] + 1e3 * y];
                at
            }).collect();
            let tolerance = [0, 1].map(|axis| share * reach(&walk, axis));
            let kept = joined(walk.len(), |index| (index as f64, walk[index]), tolerance);
            prop_assert_eq!((kept.first(), kept.last()), (Some(&0), Some(&(walk.len() - 1))));
            for ends in kept.windows(2) {
                for index in ends[0]..ends[1] {
                    let along = (index - ends[0]) as f64 / (ends[1] - ends[0]) as f64;
                    for axis in [0, 1] {
                        let (a, b) = (walk[ends[0]][axis], walk[ends[1]][axis]);
                        let off = (a + along * (b - a) - walk[index][axis]).abs();
                        prop_assert!(off <= tolerance[axis] * (1.0 + 1e-9) + 1e-9);
                    }
                }
            }
        }

        #[test]
        fn in_a_plane_the_ends_of_noise_stay(
            noise in prop::collection::vec((-1.0..1.0, -1e3..1e3), 2..3000), most in 30_usize..400,
        ) {
            let noise: Vec<[f64; 2]> = noise.into_iter().map(|(x, y)| [x, y]).collect();
            let kept = downsample_in_plane(&noise, most);
            prop_assert!(kept.len() <= most, "{} of {most}", kept.len());
            for axis in [0, 1] {
                let loss = reach(&noise, axis) - reach(&kept, axis);
                prop_assert!(loss <= 2.0 * COARSEST * reach(&noise, axis) + 1e-9);
            }
        }

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
            let kept: Vec<[f64; 2]> = joined(walk.len(), |index| (walk[index][0], [walk[index][1]]), [tolerance])
                .into_iter().map(|index| walk[index]).collect();
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
            let kept = downsample(&noise, most);
            // Columns hold at most four points, and the last one ends on its edge.
            prop_assert!(kept.len() <= most + 4, "{} of {most}", kept.len());
            let loss = range(&noise) - range(&kept);
            prop_assert!(loss <= 2.0 * COARSEST * range(&noise) + 1e-9);
        }
    }
}
