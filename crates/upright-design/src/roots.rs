//! The roots of a polynomial of degree five, multiple ones included.

use crate::root::Root;
use nalgebra::{Complex, SMatrix};

/// Degree of the polynomial.
const DEGREE: usize = 5;
/// How far roots may lie apart that can be one of several times its multiplicity, over one plus their size; the largest
/// first, since more roots lie further apart.
const APART: [f64; 7] = [0.05, 0.02, 0.01, 3e-3, 3e-4, 3e-5, 3e-6];
/// How well the coefficients are known: what rounding leaves of them, over the sum of the sizes of what they are made of.
const KNOWN: f64 = 1e-10;

/// The roots of a monic polynomial, leading coefficient first, as eigenvalues of its companion matrix, polished by
/// Newton's method.
///
/// The coefficients are known to rounding only, and that moves a root of multiplicity `m` by its `m`-th root: what is
/// -2 five times comes out as five roots around it. The mean of such roots is as well known as the coefficients. Where
/// it, taken as often as there are roots, gives the same coefficients, it is what is meant.
pub(crate) fn roots(polynomial: &[f64; DEGREE + 1]) -> Vec<Root> {
    let companion = SMatrix::<f64, DEGREE, DEGREE>::from_fn(|row, column| match (row, column) {
        (0, column) => -polynomial[column + 1],
        (row, column) if row == column + 1 => 1.0,
        _ => 0.0,
    });
    let values: [Complex<f64>; DEGREE] = {
        let values = companion.complex_eigenvalues();
        std::array::from_fn(|i| values[i])
    };
    let polished = values.map(|value| polish(polynomial, value));
    let merged = APART.iter().map(|&apart| merged(&values, &polished, apart));
    let roots = merged.into_iter().find(|roots| is_of(polynomial, roots)).unwrap_or(polished);
    roots.iter().map(|root| Root { re: root.re, im: root.im }).collect()
}

fn polish(polynomial: &[f64; DEGREE + 1], start: Complex<f64>) -> Complex<f64> {
    let mut root = start;
    for _ in 0..3 {
        let (mut value, mut slope) = (Complex::new(0.0, 0.0), Complex::new(0.0, 0.0));
        for &coefficient in polynomial {
            slope = slope * root + value;
            value = value * root + coefficient;
        }
        let step = value / slope;
        // At a multiple root both vanish; there the eigenvalue is as good as it gets.
        if step.norm_sqr() < 1e-6 * (1.0 + root.norm_sqr()) {
            root -= step;
        }
    }
    root
}

/// The roots with each of `values` replaced by the mean of those that are linked to it by distances up to `apart`; what
/// is alone, polished.
fn merged(
    values: &[Complex<f64>; DEGREE],
    polished: &[Complex<f64>; DEGREE],
    apart: f64,
) -> [Complex<f64>; DEGREE] {
    let mut group: [usize; DEGREE] = std::array::from_fn(|i| i);
    for i in 0..DEGREE {
        for j in 0..i {
            let distance = (values[i] - values[j]).norm_sqr();
            if distance <= apart * apart * (1.0 + values[i].norm_sqr()) && group[i] != group[j] {
                let (from, to) = (group[i].max(group[j]), group[i].min(group[j]));
                group = group.map(|group| if group == from { to } else { group });
            }
        }
    }
    std::array::from_fn(|i| {
        let members = || (0..DEGREE).filter(|&j| group[j] == group[i]);
        let count = members().count();
        if count == 1 {
            return polished[i];
        }
        let mean = members().map(|j| values[j]).sum::<Complex<f64>>() / count as f64;
        // Roots around a real one come in pairs; what is left of their sum is rounding.
        let real = mean.im * mean.im <= 1e-20 * (1.0 + mean.norm_sqr());
        if real { Complex::new(mean.re, 0.0) } else { mean }
    })
}

/// Whether the polynomial of these roots has the coefficients of `polynomial`, as well as they are known.
fn is_of(polynomial: &[f64; DEGREE + 1], roots: &[Complex<f64>; DEGREE]) -> bool {
    let mut product = [Complex::new(0.0, 0.0); DEGREE + 1];
    // The same of the sizes of the roots: what the coefficients are made of.
    let mut sizes = [0.0; DEGREE + 1];
    (product[0], sizes[0]) = (Complex::new(1.0, 0.0), 1.0);
    for (done, root) in roots.iter().enumerate() {
        for i in (0..=done).rev() {
            let before = product[i];
            product[i + 1] -= *root * before;
            sizes[i + 1] += root.norm_sqr().sqrt() * sizes[i];
        }
    }
    let near = |i: usize| (product[i] - polynomial[i]).norm_sqr() <= (KNOWN * sizes[i]).powi(2);
    (0..=DEGREE).all(near)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The polynomial of these roots.
    fn of(roots: [(f64, f64); DEGREE]) -> [f64; DEGREE + 1] {
        let mut product = [Complex::new(0.0, 0.0); DEGREE + 1];
        product[0] = Complex::new(1.0, 0.0);
        for (done, (re, im)) in roots.into_iter().enumerate() {
            for i in (0..=done).rev() {
                let before = product[i];
                product[i + 1] -= Complex::new(re, im) * before;
            }
        }
        product.map(|c| c.re)
    }

    fn found(polynomial: &[f64; DEGREE + 1]) -> Vec<(f64, f64)> {
        let mut found: Vec<(f64, f64)> =
            roots(polynomial).iter().map(|root| (root.re, root.im)).collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        found
    }

    #[test]
    fn multiple_roots_are_found_as_what_they_are_under_rounded_coefficients() {
        for expected in [
            [(-2.0, 0.0); 5],
            [(-30.0, 0.0), (-2.0, 0.0), (-2.0, 0.0), (-2.0, 0.0), (-2.0, 0.0)],
            [(-5.0, 0.0), (-5.0, 0.0), (-5.0, 0.0), (-3.0, 0.0), (-3.0, 0.0)],
            [(-4.0, 0.0), (-2.2, -2.0), (-2.2, -2.0), (-2.2, 2.0), (-2.2, 2.0)],
            [(-200.0, 0.0), (-200.0, 0.0), (-1.0, -1.0), (-1.0, 1.0), (-0.5, 0.0)],
        ] {
            let exact = of(expected);
            for rounding in [0.0, 1e-14, -1e-14] {
                let mut sign = 1.0;
                let polynomial = exact.map(|c| {
                    sign = -sign;
                    c * (1.0 + sign * rounding)
                });
                for (found, expected) in found(&polynomial).iter().zip(expected) {
                    let off = (found.0 - expected.0).abs() + (found.1 - expected.1).abs();
                    assert!(off < 1e-6 * (1.0 + expected.0.abs()), "{found:?} for {expected:?}");
                }
            }
        }
    }

    #[test]
    fn roots_that_are_apart_stay_apart() {
        for gap in [0.2, 0.05, 0.01, 1e-3, 3e-4] {
            let expected = [(-9.0, 0.0), (-3.0 - gap, 0.0), (-3.0, 0.0), (-1.0, -2.0), (-1.0, 2.0)];
            for (found, expected) in found(&of(expected)).iter().zip(expected) {
                let off = (found.0 - expected.0).abs() + (found.1 - expected.1).abs();
                assert!(off < 0.02 * gap, "{found:?} for {expected:?}, gap {gap}");
            }
        }
    }
}
