//! Five stable poles as five positive numbers, and back.
//!
//! One real pole and two second-order factors `s^2 + 2 d w s + w^2` with `w, d > 0` reach every set of
//! five stable poles and no other: whatever is tried, the motion on the surface is stable.

use super::bounds::Tunable;
use crate::controller::{Pole, SurfaceSpec};
use crate::scenario::Scenario;
use upright_core::Plant;
use upright_core::settings::Range;
use upright_design::surface::sliding_poles;
use upright_design::{LinearModel, Root};

const POLE: Range = Range::positive(1e3);

/// The numbers that describe a surface's poles: name, unit, meaning, what is searched.
const POLES: [(&str, &str, &str, (f64, f64)); 5] = [
    ("surface.poles.real", "1/s", "Speed of the real pole.", (0.8, 12.0)),
    ("surface.poles.frequency1", "1/s", "Natural frequency of the first two poles.", (0.8, 12.0)),
    ("surface.poles.damping1", "1", "Their damping; from 1 on they are real.", (0.4, 1.4)),
    ("surface.poles.frequency2", "1/s", "Natural frequency of the other two poles.", (0.8, 12.0)),
    ("surface.poles.damping2", "1", "Their damping; from 1 on they are real.", (0.4, 1.4)),
];

/// The numbers that describe the poles of a scenario's surface; none where it has none.
pub(crate) fn poles(scenario: &Scenario) -> Vec<Tunable> {
    let default = described(&roots(&SurfaceSpec::default(), &scenario.controller.model));
    let start = described(&roots(&scenario.controller.surface, &scenario.controller.model));
    let one = |i: usize| {
        let (path, unit, doc, (low, high)) = POLES[i];
        let (default, start) = (default.map(|poles| poles[i]), start?[i]);
        let usual = Some((low.min(start), high.max(start)));
        let (path, range) = (path.to_owned(), POLE);
        Some(Tunable { path, doc, unit, default, start, range, whole: false, usual })
    };
    (0..POLES.len()).filter_map(one).collect()
}

/// The poles of a surface; none where it has none.
fn roots(surface: &SurfaceSpec, model: &Plant) -> Vec<Root> {
    match surface {
        SurfaceSpec::Poles(poles) => {
            poles.iter().flat_map(Pole::roots).map(|(re, im)| Root { re, im }).collect()
        }
        SurfaceSpec::Coefficients(coefficients) => {
            sliding_poles(&LinearModel::new(model), coefficients).unwrap_or_default()
        }
    }
}

/// Five stable poles as the numbers of [`POLES`]: the fastest real one, and the others two by two.
fn described(roots: &[Root]) -> Option<[f64; 5]> {
    let mut real: Vec<f64> =
        roots.iter().filter(|root| root.im == 0.0).map(|root| -root.re).collect();
    real.sort_by(f64::total_cmp);
    let pairs = roots.iter().filter(|root| root.im > 0.0).map(|root| (root.re, root.im));
    let fastest = real.pop()?;
    let two_real = real.chunks_exact(2).map(|two| {
        let frequency = (two[0] * two[1]).sqrt();
        [frequency, 0.5 * (two[0] + two[1]) / frequency]
    });
    let two_complex = pairs.map(|(re, im)| {
        let frequency = (re * re + im * im).sqrt();
        [frequency, -re / frequency]
    });
    let factors: Vec<[f64; 2]> = two_real.chain(two_complex).collect();
    match factors[..] {
        [[w1, d1], [w2, d2]] => Some([fastest, w1, d1, w2, d2]),
        _ => None,
    }
}

/// The poles that the numbers of [`POLES`] describe.
fn placed(numbers: &[f64; 5]) -> Vec<Pole> {
    let [real, w1, d1, w2, d2] = *numbers;
    let mut poles = vec![Pole::Real(-real)];
    for (w, d) in [(w1, d1), (w2, d2)] {
        if d < 1.0 {
            poles.push(Pole::Pair([-d * w, w * (1.0 - d * d).sqrt()]));
        } else {
            // The product of the two is w^2; a difference would lose the slow one's digits.
            let fast = d + (d * d - 1.0).sqrt();
            poles.extend([Pole::Real(-w * fast), Pole::Real(-w / fast)]);
        }
    }
    poles
}

/// The surface of a scenario with other numbers in the place of those that are named; nothing where
/// its poles have no such numbers.
pub(crate) fn with(scenario: &Scenario, numbers: &[(usize, f64)]) -> Option<SurfaceSpec> {
    let controller = &scenario.controller;
    let mut all = described(&roots(&controller.surface, &controller.model))?;
    for &(i, number) in numbers {
        *all.get_mut(i)? = number;
    }
    Some(SurfaceSpec::Poles(placed(&all)))
}

/// Which of the numbers `path` names.
pub(crate) fn position(path: &str) -> Option<usize> {
    POLES.iter().position(|pole| pole.0 == path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Overrides;
    use crate::gains::with_gains;
    use crate::tunable::tunables;

    fn scenario(text: &str) -> Scenario {
        Scenario::read("poles", text, &Overrides::default()).expect("valid")
    }

    #[test]
    fn the_numbers_of_poles_give_the_poles_back() {
        for text in [
            "",
            "controller: {surface: {poles: [-1, -2, -3, -4, -5]}}",
            "controller: {surface: {poles: [-1, [-2, 3], [-4, 0.5]]}}",
            "controller: {surface: {coefficients: [0.74760367, -12.83592427, 18.77798997, 0.97814020, -0.26252009, 2.66827614]}}",
        ] {
            let scenario = scenario(text);
            let numbers: Vec<(String, f64)> = tunables(&scenario)
                .into_iter()
                .filter(|tunable| tunable.is_within("surface"))
                .map(|tunable| (tunable.path, tunable.start))
                .collect();
            assert_eq!(numbers.len(), 5, "{text}");
            let gains: Vec<(&str, f64)> =
                numbers.iter().map(|(path, x)| (path.as_str(), *x)).collect();
            let again = with_gains(&scenario, &gains).expect("a surface").controller.surface;
            let model = &scenario.controller.model;
            let sorted = |surface| {
                let mut roots = roots(surface, model);
                roots.sort_by(|a, b| a.re.total_cmp(&b.re).then(a.im.total_cmp(&b.im)));
                roots
            };
            for (a, b) in sorted(&again).iter().zip(sorted(&scenario.controller.surface)) {
                // Roots of a polynomial with digits as printed: 1e-6; the others rounding.
                assert!((a.re - b.re).abs() < 1e-5 && (a.im - b.im).abs() < 1e-5, "{a} {b}");
            }
        }
    }

    #[test]
    fn every_damping_and_frequency_gives_stable_poles() {
        for d in [1e-3, 0.5, 0.999_999, 1.0, 1.000_001, 7.0] {
            for w in [0.01, 1.0, 100.0] {
                let poles = placed(&[0.1, w, d, 2.0 * w, d]);
                let roots: Vec<(f64, f64)> = poles.iter().flat_map(Pole::roots).collect();
                assert_eq!(roots.len(), 5);
                assert!(roots.iter().all(|root| root.0 < 0.0), "{roots:?}");
            }
        }
    }
}
