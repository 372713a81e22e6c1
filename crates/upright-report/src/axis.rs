//! Ticks of an axis and their labels.

use crate::range::Range;
use crate::scale::Scale;

/// Magnitudes from here on are labelled with a common power of ten.
const LARGE: f64 = 1e5;
/// How many more steps than there is room for are taken to have two ticks: any range has two with seven.
const MORE: usize = 6;
/// Magnitudes below are labelled with a common power of ten.
const SMALL: f64 = 1e-3;

/// Ticks at round values within a range.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ticks {
    /// Places of the ticks on their axis.
    pub(crate) values: Vec<f64>,
    /// Text of each tick.
    pub(crate) labels: Vec<String>,
    /// Power of ten that the labels have to be multiplied with, unless it is zero.
    pub(crate) exponent: Option<i32>,
}

impl Ticks {
    /// Ticks at multiples of 1, 2 or 5 times a power of ten, at most `intervals` steps to the
    /// span of the range but at least one; more where there would be a single tick, which says nothing of a scale.
    pub(crate) fn new(range: Range, intervals: usize) -> Self {
        let few = intervals.max(1);
        let more = (few..=few + MORE).map(|intervals| Self::spaced(range, intervals));
        more.into_iter()
            .find(|ticks| ticks.values.len() > 1)
            .unwrap_or_else(|| Self::spaced(range, few))
    }

    /// The same at whole numbers only; as [`Ticks::new`] where the range holds none.
    fn whole(range: Range, intervals: usize) -> Self {
        let ticks = Self::at_steps(range, Step::at_least(Self::step(range, intervals).max(1.0)));
        if ticks.values.is_empty() { Self::new(range, intervals) } else { ticks }
    }

    /// How far ticks are apart at least, for so many steps to the span.
    fn step(range: Range, intervals: usize) -> f64 {
        range.span() / intervals.max(1) as f64
    }

    /// Ticks at multiples of the step that `intervals` to the span call for.
    fn spaced(range: Range, intervals: usize) -> Self {
        Self::at_steps(range, Step::at_least(Self::step(range, intervals)))
    }

    fn at_steps(range: Range, step: Step) -> Self {
        // Ticks on the very edge of the range must not be lost by rounding.
        let slack = 1e-6;
        let first = (range.low / step.value() - slack).ceil();
        let last = (range.high / step.value() + slack).floor();
        let count = (last - first).clamp(0.0, 1000.0) as usize + 1;
        let multiples: Vec<f64> = if first > last {
            Vec::new()
        } else {
            (0..count).map(|index| first + index as f64).collect()
        };
        let values: Vec<f64> = multiples.iter().map(|multiple| step.times(*multiple)).collect();
        let exponent = common_exponent(&values);
        let decimals = usize::try_from(exponent - step.exponent).unwrap_or(0);
        let scale = Step { mantissa: step.mantissa, exponent: step.exponent - exponent };
        let labels = multiples.iter().map(|m| label(scale.times(*m), decimals)).collect();
        Self { values, labels, exponent: (exponent != 0).then_some(exponent) }
    }

    /// Ticks of an axis of the given scale, whose range is in places.
    pub(crate) fn of(scale: Scale, range: Range, intervals: usize) -> Self {
        match scale {
            Scale::Linear => Self::new(range, intervals),
            Scale::Whole => Self::whole(range, intervals),
            Scale::Log => Self::decades(range, intervals),
        }
    }

    /// Ticks at whole powers of ten, every second or more where there are many; at 1, 2 and 5 times
    /// them where there would be fewer than two.
    fn decades(range: Range, intervals: usize) -> Self {
        let (first, last) = (range.low.ceil() as i32, range.high.floor() as i32);
        let every = ((range.span() / intervals.max(1) as f64).ceil() as i32).max(1);
        let whole = |exponents: Vec<i32>| Self {
            values: exponents.iter().map(|exponent| f64::from(*exponent)).collect(),
            labels: exponents
                .iter()
                .map(|exponent| format!("10{}", superscript(*exponent)))
                .collect(),
            exponent: None,
        };
        if last > first {
            let multiples = (first.div_euclid(every)..=last.div_euclid(every)).map(|m| m * every);
            let inside: Vec<i32> = multiples.filter(|e| (first..=last).contains(e)).collect();
            if inside.len() > 1 {
                return whole(inside);
            }
            return whole(vec![first, last]);
        }
        let mut ticks = Self { values: Vec::new(), labels: Vec::new(), exponent: None };
        for exponent in first - 1..=last {
            for mantissa in [1_u8, 2, 5] {
                let place = f64::from(exponent) + f64::from(mantissa).log10();
                if range.contains(place) {
                    ticks.values.push(place);
                    ticks.labels.push(match mantissa {
                        1 => format!("10{}", superscript(exponent)),
                        _ => format!("{mantissa}·10{}", superscript(exponent)),
                    });
                }
            }
        }
        ticks
    }

    /// Names, the first at the top, with a distance of one between them.
    pub(crate) fn named(names: &[String]) -> Self {
        let values = (0..names.len()).rev().map(|place| place as f64).collect();
        Self { values, labels: names.to_vec(), exponent: None }
    }

    /// The common factor as text, such as `×10⁻³`, or none if there is none.
    pub(crate) fn factor(&self) -> Option<String> {
        self.exponent.map(|exponent| format!("×10{}", superscript(exponent)))
    }
}

/// A step of `mantissa · 10^exponent`.
#[derive(Debug, Clone, Copy)]
struct Step {
    mantissa: f64,
    exponent: i32,
}

impl Step {
    /// The smallest step of 1, 2 or 5 times a power of ten that is not below `least`, which has
    /// to be above zero.
    fn at_least(least: f64) -> Self {
        let exponent = least.log10().floor() as i32;
        // A step that misses `least` by rounding only is still good.
        let mantissa = least / power(exponent) * (1.0 - 1e-9);
        let (mantissa, exponent) = match mantissa {
            m if m <= 1.0 => (1.0, exponent),
            m if m <= 2.0 => (2.0, exponent),
            m if m <= 5.0 => (5.0, exponent),
            _ => (1.0, exponent + 1),
        };
        Self { mantissa, exponent }
    }

    fn value(self) -> f64 {
        self.times(1.0)
    }

    /// A multiple of the step. Dividing by a whole power of ten gives the double nearest to the
    /// decimal number, which multiplying with 0.1 does not.
    fn times(self, multiple: f64) -> f64 {
        if self.exponent < 0 {
            multiple * self.mantissa / power(-self.exponent)
        } else {
            multiple * self.mantissa * power(self.exponent)
        }
    }
}

fn power(exponent: i32) -> f64 {
    10.0_f64.powi(exponent)
}

/// Exponent of the common factor of the labels, zero if they can be read without.
fn common_exponent(values: &[f64]) -> i32 {
    let magnitude = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if magnitude == 0.0 || (SMALL * 0.999..LARGE).contains(&magnitude) {
        0
    } else {
        // The addend keeps a power of ten from slipping below itself by rounding.
        (magnitude.log10() + 1e-9).floor() as i32
    }
}

/// A number with a fixed number of decimals and a proper minus sign; zero is plain `0`.
fn label(value: f64, decimals: usize) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let text = format!("{:.decimals$}", value.abs());
    if value < 0.0 { format!("−{text}") } else { text }
}

/// An integer in superscript characters.
fn superscript(number: i32) -> String {
    let raised = |character| match character {
        '-' => '⁻',
        '0' => '⁰',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        _ => '⁹',
    };
    number.to_string().chars().map(raised).collect()
}

#[cfg(test)]
mod tests {
    use super::Ticks;
    use crate::range::Range;
    use crate::scale::Scale;
    use proptest::{prop_assert, prop_assert_eq, prop_assume, proptest};

    fn labels(low: f64, high: f64, intervals: usize) -> Vec<String> {
        Ticks::new(Range { low, high }, intervals).labels
    }

    #[test]
    fn steps_are_round() {
        assert_eq!(labels(0.0, 10.0, 5), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(labels(-0.3, 0.3, 3), ["−0.2", "0", "0.2"]);
        assert_eq!(labels(0.0, 1.0, 4), ["0", "0.5", "1.0"]);
        assert_eq!(labels(-110.0, 110.0, 4), ["−100", "0", "100"]);
        assert_eq!(labels(0.0, 0.3, 3), ["0", "0.1", "0.2", "0.3"]);
    }

    #[test]
    fn large_and_small_values_share_a_power_of_ten() {
        let large = Ticks::new(Range { low: 0.0, high: 2.1e6 }, 4);
        assert_eq!(large.labels, ["0", "1", "2"]);
        assert_eq!(large.factor().as_deref(), Some("×10⁶"));
        let small = Ticks::new(Range { low: -3.2e-5, high: 3.2e-5 }, 4);
        assert_eq!(small.labels, ["−2", "0", "2"]);
        assert_eq!(small.factor().as_deref(), Some("×10⁻⁵"));
        let fine = Ticks::new(Range { low: 1.23e5, high: 1.24e5 }, 2);
        assert_eq!(fine.labels, ["1.230", "1.235", "1.240"]);
        assert_eq!(Ticks::new(Range { low: -20.0, high: 20.0 }, 4).factor(), None);
    }

    fn decades(low: f64, high: f64, intervals: usize) -> Vec<String> {
        Ticks::of(Scale::Log, Range { low, high }, intervals).labels
    }

    #[test]
    fn a_logarithmic_axis_has_ticks_at_powers_of_ten() {
        assert_eq!(decades(-2.3, 1.2, 5), ["10⁻²", "10⁻¹", "10⁰", "10¹"]);
        assert_eq!(decades(-13.0, 3.0, 4), ["10⁻¹²", "10⁻⁸", "10⁻⁴", "10⁰"]);
        assert_eq!(decades(0.9, 2.2, 1), ["10¹", "10²"]);
        assert_eq!(decades(0.1, 0.8, 4), ["2·10⁰", "5·10⁰"]);
        assert_eq!(decades(1.6, 2.1, 4), ["5·10¹", "10²"]);
    }

    #[test]
    fn what_is_counted_has_no_ticks_between_whole_numbers() {
        let whole = |low: f64, high: f64, intervals: usize| {
            Ticks::of(Scale::Whole, Range { low, high }, intervals).labels
        };
        assert_eq!(whole(1.0, 5.0, 10), ["1", "2", "3", "4", "5"]);
        assert_eq!(whole(-0.5, 3.5, 4), ["0", "1", "2", "3"]);
        assert_eq!(whole(0.0, 40.0, 4), ["0", "10", "20", "30", "40"]);
        assert_eq!(whole(0.9, 1.1, 4), ["1"]);
        assert_eq!(whole(0.2, 0.8, 3), ["0.2", "0.4", "0.6", "0.8"]);
    }

    #[test]
    fn an_offset_keeps_its_digits() {
        assert_eq!(labels(1000.0, 1000.02, 2), ["1000.00", "1000.01", "1000.02"]);
    }

    proptest! {
        #[test]
        fn ticks_lie_in_the_range_and_differ(
            centre in -1e3..1e3,
            exponent in -200..250,
            span in 0.01..1e3,
            intervals in 1..12_usize,
        ) {
            let scale = 10.0_f64.powi(exponent);
            let (low, high) = ((centre - span) * scale, (centre + span) * scale);
            prop_assume!(low < high);
            let ticks = Ticks::new(Range { low, high }, intervals);
            // One tick says nothing of a scale.
            prop_assert!(ticks.values.len() > 1, "{ticks:?}");
            let alone = Ticks::spaced(Range { low, high }, intervals).values.len() < 2;
            prop_assert!(ticks.values.len() <= intervals + 1 || alone);
            prop_assert_eq!(ticks.values.len(), ticks.labels.len());
            let slack = (high - low) * 1e-5;
            for value in &ticks.values {
                prop_assert!((low - slack..=high + slack).contains(value));
            }
            for pair in ticks.labels.windows(2) {
                prop_assert!(pair[0] != pair[1], "{:?}", ticks);
            }
        }

        #[test]
        fn labels_read_back_as_the_values(low in -1e7..1e7_f64, span in 1e-2..1e7_f64) {
            let ticks = Ticks::new(Range { low, high: low + span }, 5);
            let factor = 10.0_f64.powi(ticks.exponent.unwrap_or(0));
            for (value, text) in ticks.values.iter().zip(&ticks.labels) {
                let read: f64 = text.replace('−', "-").parse().unwrap_or(f64::NAN);
                prop_assert!((read * factor - value).abs() <= 1e-9 * span.max(value.abs()));
            }
        }
    }
}
