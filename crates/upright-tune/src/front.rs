//! Costs in two objectives: which dominate which, in what order, and how much a front covers.

/// What something costs in each of two objectives; less is better.
pub type Pair = [f64; 2];

/// Whether `a` is as good as `b` in both objectives.
pub fn covers(a: Pair, b: Pair) -> bool {
    a[0] <= b[0] && a[1] <= b[1]
}

/// Whether `a` is as good as `b` in both objectives and better in one.
pub fn dominates(a: Pair, b: Pair) -> bool {
    covers(a, b) && a != b
}

/// Indices of `costs` by the first objective, equals by the second.
fn ascending(costs: &[Pair]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..costs.len()).collect();
    order.sort_by(|&a, &b| {
        let [first, second] = [0, 1].map(|axis| costs[a][axis].total_cmp(&costs[b][axis]));
        first.then(second)
    });
    order
}

/// The front of each of `costs`: 0 for what nothing dominates, 1 for what only those of front 0
/// dominate, and so on (non-dominated sorting).
///
/// In two objectives this is one pass: in ascending order, the last of a front is the one with the
/// least second objective, and dominates a later point if any of the front does.
pub fn ranks(costs: &[Pair]) -> Vec<usize> {
    let mut ranks = vec![0; costs.len()];
    let mut last: Vec<Pair> = Vec::new();
    for i in ascending(costs) {
        let rank = last.partition_point(|&last| dominates(last, costs[i]));
        ranks[i] = rank;
        if rank == last.len() {
            last.push(costs[i]);
        } else {
            last[rank] = costs[i];
        }
    }
    ranks
}

/// The crowding distance of each of a front's `costs` (K. Deb, A. Pratap, S. Agarwal, T. Meyarivan,
/// IEEE Trans. Evol. Comput. 6 (2002) 182-197): along each axis the distance between the
/// neighbours on either side as a share of the front's extent, summed; infinite at the ends.
pub fn crowding(costs: &[Pair]) -> Vec<f64> {
    let mut distances = vec![0.0; costs.len()];
    for axis in [0, 1] {
        let mut order: Vec<usize> = (0..costs.len()).collect();
        order.sort_by(|&a, &b| costs[a][axis].total_cmp(&costs[b][axis]));
        let (Some(&low), Some(&high)) = (order.first(), order.last()) else { continue };
        let extent = costs[high][axis] - costs[low][axis];
        distances[low] = f64::INFINITY;
        distances[high] = f64::INFINITY;
        for three in order.windows(3) {
            // Where all are equal nobody is crowded.
            if extent > 0.0 {
                distances[three[1]] += (costs[three[2]][axis] - costs[three[0]][axis]) / extent;
            }
        }
    }
    distances
}

/// The area that `costs` dominate and that dominates `reference`, exactly; points that are not
/// better than the reference in both objectives add nothing.
pub fn hypervolume(costs: &[Pair], reference: Pair) -> f64 {
    let mut area = 0.0;
    let mut ceiling = reference[1];
    for i in ascending(costs) {
        let [x, y] = costs[i];
        if x < reference[0] && y < ceiling {
            area += (reference[0] - x) * (ceiling - y);
            ceiling = y;
        }
    }
    area
}

/// The index of the point without which the hypervolume is the largest, the last of equals; zero
/// where there are none.
pub fn least_contributor(costs: &[Pair], reference: Pair) -> usize {
    let without = |left_out: usize| {
        let rest: Vec<Pair> =
            (0..costs.len()).filter(|&i| i != left_out).map(|i| costs[i]).collect();
        hypervolume(&rest, reference)
    };
    let mut least = (0, f64::NEG_INFINITY);
    for i in 0..costs.len() {
        let area = without(i);
        if area >= least.1 {
            least = (i, area);
        }
    }
    least.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Costs among few values, so that equals are common.
    fn costs() -> impl Strategy<Value = Vec<Pair>> {
        let cost = (0_u8..8).prop_map(|x| f64::from(x) / 4.0);
        prop::collection::vec([cost.clone(), cost], 0..30)
    }

    /// Fronts peeled off one by one, each point compared with every other.
    fn peeled(costs: &[Pair]) -> Vec<usize> {
        let mut ranks = vec![usize::MAX; costs.len()];
        for rank in 0..costs.len() {
            let left: Vec<usize> = (0..costs.len()).filter(|&i| ranks[i] > rank).collect();
            for &i in &left {
                if !left.iter().any(|&j| dominates(costs[j], costs[i])) {
                    ranks[i] = rank;
                }
            }
        }
        ranks
    }

    /// The area of all cells of the grid of the points' coordinates that a point dominates.
    fn counted(costs: &[Pair], reference: Pair) -> f64 {
        let edges = |axis: usize| {
            let mut edges: Vec<f64> = costs.iter().map(|cost| cost[axis]).collect();
            edges.push(reference[axis]);
            edges.retain(|edge| *edge <= reference[axis]);
            edges.sort_by(f64::total_cmp);
            edges
        };
        let mut area = 0.0;
        for x in edges(0).windows(2) {
            for y in edges(1).windows(2) {
                if costs.iter().any(|&cost| covers(cost, [x[0], y[0]])) {
                    area += (x[1] - x[0]) * (y[1] - y[0]);
                }
            }
        }
        area
    }

    proptest! {
        #[test]
        fn ranks_are_the_fronts_peeled_off_by_brute_force(costs in costs()) {
            prop_assert_eq!(ranks(&costs), peeled(&costs));
        }

        #[test]
        fn the_hypervolume_is_the_sum_of_dominated_cells(costs in costs()) {
            // The values are quarters, so sums of their products are exact.
            prop_assert_eq!(hypervolume(&costs, [1.5, 1.25]), counted(&costs, [1.5, 1.25]));
        }

        #[test]
        fn another_point_never_takes_area_and_the_least_contributor_takes_least(
            costs in costs(), more in [0.0..2.0, 0.0..2.0],
        ) {
            let reference = [1.5, 1.5];
            let whole = [&costs[..], &[more]].concat();
            let area = hypervolume(&whole, reference);
            prop_assert!(area >= hypervolume(&costs, reference) - 1e-12);
            let mut kept = whole.clone();
            kept.remove(least_contributor(&whole, reference));
            prop_assert!(hypervolume(&kept, reference) >= hypervolume(&costs, reference));
        }

        #[test]
        fn the_ends_of_a_front_are_the_least_crowded(costs in costs()) {
            let ranks = ranks(&costs);
            let front: Vec<Pair> =
                costs.iter().zip(ranks).filter(|(_, rank)| *rank == 0).map(|(c, _)| *c).collect();
            let distances = crowding(&front);
            for axis in [0, 1] {
                for least in [true, false] {
                    let sign = if least { 1.0 } else { -1.0 };
                    let end = front.iter().map(|c| sign * c[axis]).fold(f64::INFINITY, f64::min);
                    let at = |i: &usize| sign * front[*i][axis] == end;
                    prop_assert!(
                        front.is_empty()
                            || (0..front.len()).filter(at).any(|i| distances[i].is_infinite())
                    );
                }
            }
            prop_assert!(distances.iter().all(|distance| *distance >= 0.0));
        }
    }

    #[test]
    fn crowding_is_that_of_the_definition() {
        // Extent 4 along both axes; the middle two have neighbours 3 and 3 apart, and 3 and 3.
        let front = [[0.0, 4.0], [1.0, 2.0], [3.0, 1.0], [4.0, 0.0]];
        let distances = crowding(&front);
        assert_eq!(distances[1..3], [3.0 / 4.0 + 3.0 / 4.0, 3.0 / 4.0 + 2.0 / 4.0]);
        assert!(distances[0].is_infinite() && distances[3].is_infinite());
    }
}
