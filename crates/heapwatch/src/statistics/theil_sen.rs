//! The Theil-Sen slope: the median of the slopes of all pairs of samples.
//!
//! H. Theil, *Proc. Kon. Ned. Akad. Wet.* A 53 (1950) 386-392; P. K. Sen, *JASA* 63 (1968) 1379-1389,
//! doi:10.1080/01621459.1968.10480934.

use super::series::{Series, median};

/// The median of the slopes of all pairs; zero where no two samples lie apart.
pub fn theil_sen(series: &Series) -> f64 {
    median(&mut pair_slopes(series))
}

/// The slopes of all pairs of samples that lie apart.
pub(super) fn pair_slopes(series: &Series) -> Vec<f64> {
    let (at, bytes) = (series.at(), series.bytes());
    let n = series.len();
    let mut slopes = Vec::with_capacity(n * n.saturating_sub(1) / 2);
    for i in 0..n {
        for j in i + 1..n {
            if at[j] > at[i] {
                slopes.push((bytes[j] - bytes[i]) / (at[j] - at[i]));
            }
        }
    }
    slopes
}
