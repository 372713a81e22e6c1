//! Values of a map as tones.

use upright_report::{Color, bounds, three_digits};

/// From the least to the most: they differ in grey print.
pub(super) const TONES: [Color; 7] = [
    Color::new(240, 246, 252),
    Color::new(205, 224, 241),
    Color::new(158, 197, 225),
    Color::new(107, 165, 205),
    Color::new(62, 129, 178),
    Color::new(28, 90, 142),
    Color::new(8, 48, 95),
];

/// The values of a map in as many equal steps as there are tones.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Levels {
    least: f64,
    /// Zero where all values are the same.
    width: f64,
}

impl Levels {
    /// From the least of these values to the largest.
    pub(super) fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let least = values.clone().fold(f64::INFINITY, f64::min);
        let most = values.fold(f64::NEG_INFINITY, f64::max);
        Self { least, width: (most - least) / TONES.len() as f64 }
    }

    /// Which of [`TONES`] a value has.
    pub(super) fn tone(&self, value: f64) -> usize {
        if self.width > 0.0 {
            (((value - self.least) / self.width) as usize).min(TONES.len() - 1)
        } else {
            0
        }
    }

    /// The values of each tone, in words.
    pub(super) fn names(&self) -> [String; TONES.len()] {
        if self.width > 0.0 {
            let bounds = bounds(self.least, self.width, TONES.len());
            std::array::from_fn(|i| format!("{} to {}", bounds[i], bounds[i + 1]))
        } else {
            std::array::from_fn(|_| three_digits(self.least))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Levels, TONES};

    #[test]
    fn the_ends_have_the_first_and_the_last_tone() {
        let levels = Levels::of([3.0, 1.0, 8.0].into_iter());
        assert_eq!(
            [1.0, 1.9, 2.1, 8.0].map(|value| levels.tone(value)),
            [0, 0, 1, TONES.len() - 1]
        );
        assert!(levels.names()[0].starts_with("1.0 to 2.0"), "{:?}", levels.names());
        assert_eq!(Levels::of([2.0, 2.0].into_iter()).tone(2.0), 0);
    }
}
