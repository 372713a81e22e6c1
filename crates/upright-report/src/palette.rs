//! Fixed colours for controller kinds.
//!
//! The colours are from the set of Okabe and Ito (2008), which stays distinguishable with the
//! common forms of colour blindness. Its yellow is left out because it can hardly be seen on
//! white paper. In grey print some of the remaining colours come close to each other; those
//! pairs differ in their dash instead.

use crate::style::{Color, Dash, Style};

const BLUE: Color = Color::new(0, 114, 178);
const VERMILLION: Color = Color::new(213, 94, 0);
const GREEN: Color = Color::new(0, 158, 115);
const PURPLE: Color = Color::new(204, 121, 167);
const ORANGE: Color = Color::new(230, 159, 0);
const BROWN: Color = Color::new(110, 62, 10);
const SKY_BLUE: Color = Color::new(86, 180, 233);

/// Colours and dashes of the known kinds.
const KNOWN: [(&str, Color, Dash); 7] = [
    ("classical", BLUE, Dash::Solid),
    ("super_twisting", VERMILLION, Dash::Dashed),
    ("adaptive", GREEN, Dash::Solid),
    ("hybrid", PURPLE, Dash::Dotted),
    ("lqr", ORANGE, Dash::Dashed),
    ("lqr_integral", BROWN, Dash::Dotted),
    ("none", Color::BLACK, Dash::Solid),
];

/// Colours of names that are not known: none of them is used above.
const OTHER: [Color; 4] = [
    SKY_BLUE,
    Color::new(0x80, 0x80, 0x80),
    Color::new(0x8a, 0x7b, 0x00),
    Color::new(0x7a, 0x3b, 0x69),
];

/// Colour of a controller kind.
///
/// The known kinds are `classical`, `super_twisting`, `adaptive`, `hybrid`, `lqr`, `lqr_integral` and `none`;
/// they have a colour of their own. Any other name gets one of four further colours, always the
/// same for the same name; two such names can share a colour.
pub fn color_of(kind: &str) -> Color {
    style_of(kind).color
}

/// Line style of a controller kind, for several kinds in one panel.
///
/// The colour is that of [`color_of`]. Kinds whose colours look alike in grey print have
/// different dashes.
pub fn style_of(kind: &str) -> Style {
    let (color, dash) = KNOWN
        .iter()
        .find(|(name, ..)| *name == kind)
        .map_or_else(|| other(kind), |&(_, color, dash)| (color, dash));
    Style { dash, ..Style::solid(color) }
}

/// Line style of curves that belong to no controller, by their number: four colours that none has, then the
/// same with another dash.
pub fn further_style(index: usize) -> Style {
    let dash = [Dash::Solid, Dash::Dashed, Dash::Dotted][index / OTHER.len() % 3];
    Style { dash, ..Style::solid(OTHER[index % OTHER.len()]) }
}

/// Style of a name that is not known, chosen by its hash.
fn other(kind: &str) -> (Color, Dash) {
    // FNV-1a: the hasher of the standard library may change between releases of Rust.
    let hash = kind.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let color = OTHER[(hash % OTHER.len() as u64) as usize];
    let dash = match (hash >> 32) % 3 {
        0 => Dash::Solid,
        1 => Dash::Dashed,
        _ => Dash::Dotted,
    };
    (color, dash)
}

#[cfg(test)]
mod tests {
    use super::{KNOWN, OTHER, color_of, style_of};
    use crate::style::linear;

    #[test]
    fn known_kinds_differ_in_grey() {
        for (index, (name, color, dash)) in KNOWN.iter().enumerate() {
            for (other_name, other, other_dash) in &KNOWN[index + 1..] {
                let distance = (color.lightness() - other.lightness()).abs();
                assert!(distance > 3.0, "{name} and {other_name}: {distance}");
                // A difference of 10 in L* is seen at once; below that the dash has to tell.
                assert!(
                    distance > 10.0 || dash != other_dash,
                    "{name} and {other_name} look alike in grey print"
                );
            }
        }
    }

    /// What protanopes and deuteranopes see, for linear intensities: the matrices of full severity of
    /// G. M. Machado, M. M. Oliveira and L. A. F. Fernandes, "A physiologically-based model for
    /// simulation of color vision deficiency", IEEE TVCG 15(6), 2009.
    const SEEN: [(&str, [[f64; 3]; 3]); 3] = [
        ("full vision", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        (
            "protanopia",
            [
                [0.152286, 1.052583, -0.204868],
                [0.114503, 0.786281, 0.099216],
                [-0.003882, -0.048116, 1.051998],
            ],
        ),
        (
            "deuteranopia",
            [
                [0.367322, 0.860646, -0.227968],
                [0.280085, 0.672501, 0.047413],
                [-0.011820, 0.042940, 0.968881],
            ],
        ),
    ];

    fn times(matrix: [[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
        matrix.map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum())
    }

    /// CIE L*a*b* under D65 of linear intensities of sRGB.
    fn lab(linear: [f64; 3]) -> [f64; 3] {
        let xyz = times(
            [
                [0.4124564, 0.3575761, 0.1804375],
                [0.2126729, 0.7151522, 0.0721750],
                [0.0193339, 0.1191920, 0.9503041],
            ],
            linear.map(|value| value.clamp(0.0, 1.0)),
        );
        let white = [0.95047, 1.0, 1.08883];
        let [x, y, z] = [0, 1, 2].map(|i| {
            let share: f64 = xyz[i] / white[i];
            if share > 216.0 / 24389.0 {
                share.cbrt()
            } else {
                (24389.0 / 27.0 * share + 16.0) / 116.0
            }
        });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    #[test]
    fn known_kinds_differ_with_red_green_blindness() {
        for (vision, matrix) in SEEN {
            let seen = KNOWN.map(|(name, color, _)| {
                let linear = [color.red, color.green, color.blue].map(linear);
                (name, lab(times(matrix, linear)))
            });
            for (index, (name, one)) in seen.iter().enumerate() {
                for (other_name, other) in &seen[index + 1..] {
                    let squares = one.iter().zip(other).map(|(a, b)| (a - b) * (a - b));
                    let distance = squares.sum::<f64>().sqrt();
                    // About 2.3 is just noticeable side by side; thin lines apart need several times
                    // that.
                    assert!(distance > 15.0, "{vision}: {name} and {other_name}: {distance}");
                }
            }
        }
    }

    #[test]
    fn the_coordinates_are_those_of_known_colours() {
        // sRGB red: L* 53.24, a* 80.09, b* 67.20.
        let red = lab([1.0, 0.0, 0.0]);
        for (got, expected) in red.iter().zip([53.24, 80.09, 67.20]) {
            assert!((got - expected).abs() < 0.02, "{red:?}");
        }
        assert!((lab([1.0; 3])[0] - 100.0).abs() < 1e-4);
    }

    #[test]
    fn all_colours_can_be_seen_on_white() {
        for color in KNOWN.iter().map(|known| known.1).chain(OTHER) {
            assert!(color.lightness() < 75.0, "{}", color.hex());
        }
    }

    #[test]
    fn other_names_are_deterministic_and_apart_from_the_known() {
        for name in ["", "pid", "mpc", "θ", "Classical"] {
            assert_eq!(style_of(name), style_of(name));
            assert!(KNOWN.iter().all(|known| known.1 != color_of(name)));
        }
    }
}
