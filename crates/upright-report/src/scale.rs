//! How an axis is divided: evenly, at whole numbers only, or by powers of ten.

/// What equal lengths along an axis stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// Equal differences.
    #[default]
    Linear,
    /// Equal differences of what is counted: nothing is labelled between two whole numbers.
    Whole,
    /// Equal ratios. Values that are not above zero have no place on such an axis.
    Log,
}

impl Scale {
    /// The place of a value on the axis: itself, or its decimal logarithm. Not a number where it has
    /// none.
    pub(crate) fn of(self, value: f64) -> f64 {
        match self {
            Self::Linear | Self::Whole => value,
            Self::Log if value > 0.0 => value.log10(),
            Self::Log => f64::NAN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Scale;

    #[test]
    fn only_positive_values_have_a_logarithm() {
        assert_eq!(Scale::Log.of(1000.0), 3.0);
        for value in [0.0, -0.0, -1.0, f64::NAN] {
            assert!(Scale::Log.of(value).is_nan());
        }
        assert_eq!([Scale::Linear, Scale::Whole].map(|scale| scale.of(-2.0)), [-2.0; 2]);
    }
}
