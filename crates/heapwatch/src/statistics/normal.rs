//! The normal distribution and Student's, as far as intervals need them.

/// Probability of a standard normal value at least as far from zero as `z`: `erfc(|z|/sqrt 2)`.
/// Relative error below 1.3e-7 (W. H. Press et al., *Numerical Recipes*, 2nd ed., 6.2: a Chebyshev
/// fit of erfc).
pub(crate) fn two_sided_p(z: f64) -> f64 {
    const FIT: [f64; 10] = [
        -1.26551223,
        1.00002368,
        0.37409196,
        0.09678418,
        -0.18628806,
        0.27886807,
        -1.13520398,
        1.48851587,
        -0.82215223,
        0.17087277,
    ];
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.5 * x);
    let exponent = FIT.iter().rev().fold(0.0, |sum, coefficient| sum * t + coefficient);
    (t * (exponent - x * x).exp()).min(1.0)
}

/// The `z` that a standard normal value exceeds in size with probability `p`, by bisection.
pub(crate) fn quantile(p: f64) -> f64 {
    bisect(p, 40.0, two_sided_p)
}

/// The `t` that a value of Student's distribution with `freedom` degrees (even) exceeds in size with
/// probability `p`. For even degrees the distribution is a finite sum (Abramowitz and Stegun 26.7.4).
pub(crate) fn student_quantile(p: f64, freedom: u32) -> f64 {
    bisect(p, 1e6, |t| {
        let nu = f64::from(freedom);
        let theta = (t / nu.sqrt()).atan();
        let (sine, cosine) = theta.sin_cos();
        let mut term = 1.0;
        let mut sum = 1.0;
        for k in 1..freedom / 2 {
            let k = f64::from(k);
            term *= (2.0 * k - 1.0) / (2.0 * k) * cosine * cosine;
            sum += term;
        }
        1.0 - sine * sum
    })
}

/// Where a falling function of a positive number reaches `p`.
fn bisect(p: f64, most: f64, of: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, most);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if of(middle) > p { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        // Tables of Abramowitz and Stegun (26.1, 26.10), given to three or four figures.
        for (p, z) in [(0.05, 1.95996), (0.01, 2.57583), (0.001, 3.29053)] {
            assert!((quantile(p) - z).abs() < 1e-4, "{p}: {}", quantile(p));
        }
        for (p, freedom, t) in
            [(0.05, 2, 4.303), (0.05, 6, 2.447), (0.001, 6, 5.959), (0.01, 10, 3.169)]
        {
            assert!((student_quantile(p, freedom) - t).abs() < 6e-4);
        }
    }
}
