//! A run in a bounded number of stretches: the smallest and the largest value of every column in each.
//!
//! A trajectory may keep few rows of a long run. What is drawn must not depend on which ones: a force that
//! changes sign at every period is a smooth line in every second row.

/// Stretches of a run at most: more than a figure is wide in pixels.
pub(crate) const STRETCHES: u64 = 1024;

/// The planes whose curves are kept as well: the columns of a coordinate and of its rate.
const PLANES: [[usize; 2]; 3] = [[1, 4], [2, 5], [3, 6]];

/// What one column, or the ordinate of one plane, did in a stretch.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Extremes {
    /// Period and point of the smallest value, and of the largest; a period of no value is absent.
    least: Option<(u64, [f64; 2])>,
    most: Option<(u64, [f64; 2])>,
}

impl Extremes {
    const NONE: Self = Self { least: None, most: None };

    fn add(&mut self, index: u64, point: [f64; 2]) {
        if !point.iter().all(|number| number.is_finite()) {
            return;
        }
        if self.least.is_none_or(|(_, least)| point[1] < least[1]) {
            self.least = Some((index, point));
        }
        if self.most.is_none_or(|(_, most)| point[1] > most[1]) {
            self.most = Some((index, point));
        }
    }

    /// Its points in the order of time: two, one where they are the same, none where there was no value.
    fn points(&self) -> impl Iterator<Item = [f64; 2]> {
        let mut both = [self.least, self.most];
        both.sort_by_key(|one| one.map(|(index, _)| index));
        let [first, second] = both;
        first.into_iter().chain(second.filter(|_| second != first)).map(|(_, point)| point)
    }
}

/// The whole of a run, in stretches.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Overview {
    columns: usize,
    /// Control periods a stretch.
    length: u64,
    /// Stretch after stretch: the columns, then the planes.
    stretches: Vec<Extremes>,
    /// Stretches that have begun.
    begun: usize,
}

impl Overview {
    /// For a run of `periods` control periods, in rows of `columns` numbers that begin with the time.
    pub(crate) fn new(periods: u64, columns: usize) -> Self {
        let length = periods.div_ceil(STRETCHES).max(1);
        // The end of the run is a row of its own.
        let count = (periods / length + 1) as usize;
        let stretches = vec![Extremes::NONE; count * (columns + PLANES.len())];
        Self { columns, length, stretches, begun: 0 }
    }

    /// Bytes that one of so many columns takes at most: each stretch, and the end of the run.
    pub(crate) fn bound_bytes(columns: usize) -> usize {
        (STRETCHES as usize + 1) * (columns + PLANES.len()) * size_of::<Extremes>()
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.stretches.capacity() * size_of::<Extremes>()
    }

    /// Adds the row of period `index`.
    pub(crate) fn add(&mut self, index: u64, row: &[f64]) {
        let stretch = (index / self.length) as usize;
        let width = self.columns + PLANES.len();
        let Some(own) = self.stretches.get_mut(stretch * width..(stretch + 1) * width) else {
            return;
        };
        self.begun = stretch + 1;
        let (columns, planes) = own.split_at_mut(self.columns);
        for (extremes, &value) in columns.iter_mut().zip(row) {
            extremes.add(index, [row[0], value]);
        }
        for (extremes, [x, y]) in planes.iter_mut().zip(PLANES) {
            extremes.add(index, [row[x], row[y]]);
        }
    }

    /// The points of a place of every stretch; a stretch without a value interrupts the line.
    fn place(&self, place: usize) -> Vec<[f64; 2]> {
        let width = self.columns + PLANES.len();
        let mut points = Vec::with_capacity(2 * self.begun);
        for stretch in self.stretches.chunks_exact(width).take(self.begun) {
            let before = points.len();
            points.extend(stretch[place].points());
            if points.len() == before {
                let time = stretch[0].least.map_or(f64::NAN, |(_, point)| point[0]);
                points.push([time, f64::NAN]);
            }
        }
        points
    }

    /// The column over time.
    pub(crate) fn column(&self, column: usize) -> Vec<[f64; 2]> {
        self.place(column)
    }

    /// The ordinate `y` over `x`, where they are one of the planes.
    pub(crate) fn plane(&self, x: usize, y: usize) -> Option<Vec<[f64; 2]>> {
        let plane = PLANES.iter().position(|plane| *plane == [x, y])?;
        Some(self.place(self.columns + plane))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_within_a_stretch_is_in_it() {
        let periods = 10 * STRETCHES;
        let mut overview = Overview::new(periods, 8);
        for index in 0..=periods {
            let sign = if index.is_multiple_of(2) { 1.0 } else { -1.0 };
            let time = index as f64;
            overview.add(index, &[time, 0.5, 0.0, 0.0, sign, 0.0, 0.0, 23.0 * sign]);
        }
        let force = overview.column(7);
        assert_eq!(force.len() as u64, 2 * STRETCHES + 1);
        assert_eq!(force[..3], [[0.0, 23.0], [1.0, -23.0], [10.0, 23.0]]);
        assert_eq!(force.last(), Some(&[periods as f64, 23.0]));
        assert_eq!(overview.plane(1, 4).expect("a plane")[..2], [[0.5, 1.0], [0.5, -1.0]]);
        assert_eq!(overview.plane(1, 5), None);
    }

    #[test]
    fn what_is_not_finite_interrupts_the_line_and_an_early_end_ends_it() {
        let mut overview = Overview::new(3, 8);
        let row = |t, u| [t, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, u];
        overview.add(0, &row(0.0, 1.0));
        overview.add(1, &row(1.0, f64::NAN));
        overview.add(2, &row(2.0, 3.0));
        let force = overview.column(7);
        assert!(force.len() == 3 && force[1][0] == 1.0 && force[1][1].is_nan());
        assert_eq!((force[0], force[2]), ([0.0, 1.0], [2.0, 3.0]));
    }
}
