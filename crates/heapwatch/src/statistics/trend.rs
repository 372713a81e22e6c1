//! Whether a series rises: the Mann-Kendall test, with its variance corrected for autocorrelation.
//!
//! Sources: H. B. Mann, *Econometrica* 13 (1945) 245-259; M. G. Kendall, *Rank Correlation Methods*
//! (1975); K. H. Hamed, A. R. Rao, *Journal of Hydrology* 204 (1998) 182-196,
//! doi:10.1016/S0022-1694(97)00125-X.

use super::normal::two_sided_p;
use super::series::{Series, mean};
use super::theil_sen::theil_sen;

/// Result of a Mann-Kendall test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Kendall's S: pairs that rise less pairs that fall.
    pub s: f64,
    /// Variance of S where there is no trend; inflated where autocorrelation is allowed for.
    pub variance: f64,
    /// S in standard deviations, with the correction of one for continuity.
    pub z: f64,
    /// Probability of an S at least as far from zero where there is no trend.
    pub p: f64,
}

/// The Mann-Kendall test for independent noise. Ties are allowed for. Takes time in proportion to the
/// square of the length. Of fewer than three samples: no trend, `p` = 1.
pub fn mann_kendall(bytes: &[f64]) -> Trend {
    test(bytes, 1.0)
}

/// The Mann-Kendall test with the variance inflated for autocorrelation after Hamed and Rao: the
/// significant autocorrelations (95 %) of the ranks of the series less its Theil-Sen line.
pub fn mann_kendall_hamed_rao(series: &Series) -> Trend {
    test(series.bytes(), inflation(series))
}

fn test(bytes: &[f64], inflation: f64) -> Trend {
    let n = bytes.len();
    if n < 3 {
        return Trend { s: 0.0, variance: 0.0, z: 0.0, p: 1.0 };
    }
    let s: f64 = (0..n)
        .map(|i| bytes[i + 1..].iter().map(|&later| sign(later - bytes[i])).sum::<f64>())
        .sum();
    let variance = variance_of_s(bytes) * inflation;
    let z = if variance > 0.0 && s != 0.0 { (s - s.signum()) / variance.sqrt() } else { 0.0 };
    Trend { s, variance, z, p: two_sided_p(z) }
}

/// Variance of Kendall's S for independent samples, with ties (Kendall 1975, eq. 4.4).
pub(crate) fn variance_of_s(bytes: &[f64]) -> f64 {
    let term = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0);
    let mut sorted = bytes.to_vec();
    sorted.sort_by(f64::total_cmp);
    let ties: f64 = sorted.chunk_by(|a, b| a == b).map(|tied| term(tied.len() as f64)).sum();
    (term(bytes.len() as f64) - ties) / 18.0
}

/// By how much autocorrelation inflates the variance of S: `n / n*` of Hamed and Rao (1998), at
/// least 1 here, so that negative autocorrelation does not make a verdict bolder.
pub(crate) fn inflation(series: &Series) -> f64 {
    raw_inflation(series).max(1.0)
}

pub(crate) fn raw_inflation(series: &Series) -> f64 {
    let n = series.len();
    if n < 4 {
        return 1.0;
    }
    let slope = theil_sen(series);
    let rest: Vec<f64> =
        series.at().iter().zip(series.bytes()).map(|(at, bytes)| bytes - slope * at).collect();
    let ranks = ranks(&rest);
    let centre = mean(&ranks);
    let of_lag = |lag: usize| -> f64 {
        (0..n - lag).map(|i| (ranks[i] - centre) * (ranks[i + lag] - centre)).sum()
    };
    let whole = of_lag(0);
    if whole <= 0.0 {
        return 1.0;
    }
    let size = n as f64;
    let significant = 1.959964 / size.sqrt();
    let sum: f64 = (1..n - 1)
        .map(|lag| {
            let rho = of_lag(lag) / whole;
            let rest = size - lag as f64;
            if rho.abs() > significant { rest * (rest - 1.0) * (rest - 2.0) * rho } else { 0.0 }
        })
        .sum();
    1.0 + 2.0 * sum / (size * (size - 1.0) * (size - 2.0))
}

/// Ranks from 1, tied values sharing their mean rank.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = before as f64 + f64::midpoint(1.0, tied.len() as f64);
        for &index in tied {
            ranks[index] = rank;
        }
        before += tied.len();
    }
    ranks
}

fn sign(value: f64) -> f64 {
    if value > 0.0 {
        1.0
    } else if value < 0.0 {
        -1.0
    } else {
        0.0
    }
}
