//! Ranges of axes.

/// Largest magnitude an axis can show. Beyond it, differences of two values could overflow.
const LIMIT: f64 = 1e300;
/// Narrowest span an axis can show. Below it, powers of ten become subnormal.
const NARROWEST: f64 = 1e-290;
/// Span relative to the magnitude below which a curve counts as constant: tick labels would need
/// more digits than anyone reads, and what is left is mostly rounding noise.
const NOISE: f64 = 1e-9;

/// A range of an axis: two finite values, the lower one below the upper one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Range {
    /// Lower end.
    pub(crate) low: f64,
    /// Upper end.
    pub(crate) high: f64,
}

impl Range {
    /// The smallest range that covers all finite values, or none without such values.
    ///
    /// Values beyond the limit count as the limit. A constant gets a range of 10 % of its
    /// magnitude to both sides, and zero the range from -1 to 1.
    pub(crate) fn covering(values: impl Iterator<Item = f64>) -> Option<Self> {
        let (low, high) = values
            .filter(|value| value.is_finite())
            .map(|value| value.clamp(-LIMIT, LIMIT))
            .fold(None, |extremes, value| match extremes {
                None => Some((value, value)),
                Some((low, high)) => Some((value.min(low), value.max(high))),
            })?;
        let span = high - low;
        let magnitude = low.abs().max(high.abs());
        if span > NARROWEST && span > NOISE * magnitude {
            return Some(Self { low, high });
        }
        let centre = f64::midpoint(low, high);
        let half = if magnitude > NARROWEST / NOISE { 0.1 * magnitude } else { 1.0 };
        Some(Self { low: centre - half, high: centre + half })
    }

    /// The range from 0 to 1, for an axis without data.
    pub(crate) const fn unit() -> Self {
        Self { low: 0.0, high: 1.0 }
    }

    /// The range widened to both sides by `share` of its span.
    pub(crate) fn padded(self, share: f64) -> Self {
        let margin = share * self.span();
        Self { low: self.low - margin, high: self.high + margin }
    }

    /// The range about the same middle with another span.
    pub(crate) fn spanning(self, span: f64) -> Self {
        let middle = f64::midpoint(self.low, self.high);
        Self { low: middle - 0.5 * span, high: middle + 0.5 * span }
    }

    /// Distance of the ends; finite and above zero.
    pub(crate) fn span(self) -> f64 {
        self.high - self.low
    }

    /// Whether a value lies in the range, ends included. False for values that are not finite.
    pub(crate) fn contains(self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Position of a value, 0 at the lower end to 1 at the upper end. Values outside, infinite
    /// ones included, are brought to the nearer end.
    pub(crate) fn position(self, value: f64) -> f64 {
        (value.clamp(self.low, self.high) - self.low) / self.span()
    }
}

#[cfg(test)]
mod tests {
    use super::Range;
    use proptest::prelude::{any, prop};
    use proptest::{prop_assert, proptest};

    fn covering(values: &[f64]) -> Option<Range> {
        Range::covering(values.iter().copied())
    }

    #[test]
    fn no_finite_value_gives_no_range() {
        assert_eq!(covering(&[]), None);
        assert_eq!(covering(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY]), None);
    }

    #[test]
    fn non_finite_values_are_skipped() {
        let range = covering(&[1.0, f64::NAN, -2.0, f64::INFINITY]);
        assert_eq!(range, Some(Range { low: -2.0, high: 1.0 }));
    }

    #[test]
    fn constants_get_a_range_around_them() {
        assert_eq!(covering(&[0.0, 0.0]), Some(Range { low: -1.0, high: 1.0 }));
        assert_eq!(covering(&[5.0]), Some(Range { low: 4.5, high: 5.5 }));
        let noise = covering(&[1.0, 1.0 + 1e-15]);
        assert!(noise.is_some_and(|range| range.span() > 0.1));
    }

    #[test]
    fn padding_is_a_share_of_the_span() {
        let range = Range { low: -1.0, high: 1.0 }.padded(0.05);
        assert_eq!(range, Range { low: -1.1, high: 1.1 });
    }

    proptest! {
        #[test]
        fn any_values_give_a_usable_range(values in prop::collection::vec(any::<f64>(), 1..20)) {
            if let Some(range) = covering(&values).map(|range| range.padded(0.05)) {
                prop_assert!(range.low.is_finite() && range.high.is_finite());
                prop_assert!(range.span().is_finite() && range.span() > 0.0);
                for value in values.into_iter().filter(|value| !value.is_nan()) {
                    prop_assert!((0.0..=1.0).contains(&range.position(value)));
                    prop_assert!(value.abs() > 1e300 || range.contains(value));
                }
            }
        }
    }
}
