//! Where warm-up ends: the split of a series into two straight lines that leaves least over.
//!
//! Least squares over all splits, in time in proportion to the length (R. E. Quandt, *JASA* 53 (1958)
//! 873-880). A split is taken only where it explains most of what one line leaves over.

use super::series::Series;

/// The part of what one line leaves over that two may leave, at most, for a split to be believed.
const LEFT_OVER: f64 = 0.5;

/// Index of the first sample of the steady state: 0 where one straight line will do. The steady state
/// has at least a quarter of the samples.
pub fn change_point(series: &Series) -> usize {
    let n = series.len();
    if n < 8 {
        return 0;
    }
    let (at, bytes) = (series.at(), series.bytes());
    let mut before = vec![0.0; n + 1];
    let mut sums = Sums::about(at[0], bytes[0]);
    for i in 0..n {
        sums.add(at[i], bytes[i]);
        before[i + 1] = sums.left_over();
    }
    let whole = before[n];
    let mut after = Sums::about(at[n - 1], bytes[n - 1]);
    let mut best = (0, LEFT_OVER * whole);
    for i in (1..n).rev() {
        after.add(at[i], bytes[i]);
        if n - i < n / 4 {
            continue;
        }
        let left = before[i] + after.left_over();
        // Of equal splits the earlier: more of the run is judged.
        if left <= best.1 + 1e-12 * whole && left < LEFT_OVER * whole {
            best = (i, left.min(best.1));
        }
    }
    best.0
}

/// Running sums of a least squares line, about a point near the data.
struct Sums {
    origin: (f64, f64),
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Sums {
    fn about(x: f64, y: f64) -> Self {
        Self { origin: (x, y), n: 0.0, x: 0.0, y: 0.0, xx: 0.0, xy: 0.0, yy: 0.0 }
    }

    fn add(&mut self, x: f64, y: f64) {
        let (x, y) = (x - self.origin.0, y - self.origin.1);
        self.n += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
    }

    /// Sum of squares about the line.
    fn left_over(&self) -> f64 {
        let xx = self.xx - self.x * self.x / self.n;
        let xy = self.xy - self.x * self.y / self.n;
        let yy = self.yy - self.y * self.y / self.n;
        let explained = if xx > 0.0 { xy * xy / xx } else { 0.0 };
        (yy - explained).max(0.0)
    }
}
