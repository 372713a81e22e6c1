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
const SKY_BLUE: Color = Color::new(86, 180, 233);

/// Colours and dashes of the known kinds.
const KNOWN: [(&str, Color, Dash); 6] = [
    ("classical", BLUE, Dash::Solid),
    ("super_twisting", VERMILLION, Dash::Dashed),
    ("adaptive", GREEN, Dash::Solid),
    ("hybrid", PURPLE, Dash::Dotted),
    ("lqr", ORANGE, Dash::Dashed),
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
/// The known kinds are `classical`, `super_twisting`, `adaptive`, `hybrid`, `lqr` and `none`;
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
