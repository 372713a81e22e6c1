//! Settings as data: each number with its name, unit, range and meaning in one place.
//!
//! The same declaration gives the struct, its defaults, its check, and a table from which editors'
//! schemas, documentation and search spaces are made, so that none of them can disagree.

use core::fmt;

/// The numbers that a setting may take: above (or from) `min`, up to `max`. Never a NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// Lower bound.
    pub min: f64,
    /// Upper bound, always allowed.
    pub max: f64,
    /// Whether `min` itself is not allowed.
    pub above_min: bool,
}

impl Range {
    /// From `min` to `max`, both allowed.
    pub const fn new(min: f64, max: f64) -> Self {
        Self { min, max, above_min: false }
    }
    /// Above zero, up to `max`.
    pub const fn positive(max: f64) -> Self {
        Self { min: 0.0, max, above_min: true }
    }
    /// Whether `value` lies within.
    pub fn contains(&self, value: f64) -> bool {
        let high_enough = if self.above_min { value > self.min } else { value >= self.min };
        high_enough && value <= self.max
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = if self.above_min { "above" } else { "from" };
        write!(f, "{words} {} to {}", Plain(self.min), Plain(self.max))
    }
}

/// A bound as people write it: large ones with an exponent.
struct Plain(f64);

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        if size >= 1e5 || (size > 0.0 && size < 1e-3) {
            write!(f, "{:e}", self.0)
        } else {
            write!(f, "{}", self.0)
        }
    }
}

/// One setting as data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field {
    /// Name in a scenario file.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// What it may be.
    pub kind: FieldKind,
}

/// What a setting may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FieldKind {
    /// A number.
    Number {
        /// Unit, `1` where it has none.
        unit: &'static str,
        /// What is allowed.
        range: Range,
        /// Whether it must be whole.
        whole: bool,
        /// Whether it may be absent (`null`).
        optional: bool,
        /// How many numbers: one, or a list of so many.
        count: usize,
    },
    /// One of some words.
    Choice(&'static [&'static str]),
    /// Settings within settings.
    Group(&'static [Field]),
    /// Something else, described by a JSON Schema.
    Other(&'static str),
}

/// The way to a setting inside nested settings, outermost first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Path {
    names: [&'static str; 4],
}

impl Path {
    /// A setting at the top.
    pub const fn of(name: &'static str) -> Self {
        Self { names: [name, "", "", ""] }
    }
    /// The same setting seen from the group `name` that holds it. Of more than four names the
    /// innermost is lost.
    #[must_use]
    pub const fn within(self, name: &'static str) -> Self {
        let [a, b, c, _] = self.names;
        Self { names: [name, a, b, c] }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.names.iter().take_while(|name| !name.is_empty()).enumerate() {
            write!(f, "{}{name}", if i == 0 { "" } else { "." })?;
        }
        Ok(())
    }
}

/// Why settings are refused.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Invalid {
    /// A number outside its range.
    OutOfRange {
        /// Which setting.
        path: Path,
        /// Its value.
        value: f64,
        /// What is allowed.
        range: Range,
        /// The unit of both.
        unit: &'static str,
    },
    /// Two settings that exclude each other.
    Conflict {
        /// Which setting.
        path: Path,
        /// The setting that it cannot stand beside.
        with: &'static str,
    },
    /// A setting that another one requires.
    Missing {
        /// Which setting.
        path: Path,
        /// What requires it.
        required_by: &'static str,
    },
}

impl Invalid {
    /// The setting that is refused.
    pub fn path(&self) -> Path {
        match self {
            Self::OutOfRange { path, .. }
            | Self::Conflict { path, .. }
            | Self::Missing { path, .. } => *path,
        }
    }
    /// The same, seen from the group `name` that holds the settings.
    #[must_use]
    pub fn within(mut self, name: &'static str) -> Self {
        match &mut self {
            Self::OutOfRange { path, .. }
            | Self::Conflict { path, .. }
            | Self::Missing { path, .. } => {
                *path = path.within(name);
            }
        }
        self
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { path, value, range, unit } => {
                write!(f, "{path} is {value}, allowed is {range}")?;
                if *unit == "1" { Ok(()) } else { write!(f, " {unit}") }
            }
            Self::Conflict { path, with } => write!(f, "{path} cannot stand beside {with}"),
            Self::Missing { path, required_by } => write!(f, "{path} is required by {required_by}"),
        }
    }
}

impl core::error::Error for Invalid {}

/// A field's name without the mark of a name that Rust has taken (`r#static`).
pub const fn plain(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', ..] => name.split_at(2).1,
        _ => name,
    }
}

/// Settings that know their own table.
pub trait Settings: Clone + Default + PartialEq + fmt::Debug {
    /// Every setting, in the order of the declaration.
    const FIELDS: &'static [Field];

    /// Checks every number against its range, nested ones included.
    ///
    /// # Errors
    /// The first setting that is out of its range.
    fn check_ranges(&self) -> Result<(), Invalid>;
}

/// A type that a number in the settings can have.
pub trait Quantity: Copy {
    /// Whether it must be whole.
    const WHOLE: bool;
    /// Whether it may be absent.
    const OPTIONAL: bool;
    /// How many numbers it holds.
    const COUNT: usize;
    /// The first number outside `range`, if there is one.
    fn outside(self, range: &Range) -> Option<f64>;
}

impl Quantity for f64 {
    const WHOLE: bool = false;
    const OPTIONAL: bool = false;
    const COUNT: usize = 1;
    fn outside(self, range: &Range) -> Option<f64> {
        (!range.contains(self)).then_some(self)
    }
}

impl Quantity for u32 {
    const WHOLE: bool = true;
    const OPTIONAL: bool = false;
    const COUNT: usize = 1;
    fn outside(self, range: &Range) -> Option<f64> {
        f64::from(self).outside(range)
    }
}

impl<Q: Quantity> Quantity for Option<Q> {
    const WHOLE: bool = Q::WHOLE;
    const OPTIONAL: bool = true;
    const COUNT: usize = Q::COUNT;
    fn outside(self, range: &Range) -> Option<f64> {
        self.and_then(|quantity| quantity.outside(range))
    }
}

impl<Q: Quantity, const N: usize> Quantity for [Q; N] {
    const WHOLE: bool = Q::WHOLE;
    const OPTIONAL: bool = false;
    const COUNT: usize = N;
    fn outside(self, range: &Range) -> Option<f64> {
        self.into_iter().find_map(|quantity| quantity.outside(range))
    }
}

/// A setting that is one of some words.
pub trait Choice {
    /// The words, as a scenario writes them.
    const OPTIONS: &'static [&'static str];
}

/// Declares settings: a struct, its defaults, its table and its check.
///
/// ```
/// use upright_core::settings::{Range, Settings};
///
/// upright_core::settings! {
///     /// Settings of a spring.
///     pub struct Spring {
///         numbers {
///             /// Stiffness.
///             stiffness: f64 = 10.0, "N/m", Range::positive(1e6);
///         }
///     }
/// }
/// assert_eq!(Spring::default().stiffness, 10.0);
/// let error = Spring { stiffness: -1.0 }.check_ranges().unwrap_err();
/// assert_eq!(error.to_string(), "stiffness is -1, allowed is above 0 to 1e6 N/m");
/// ```
#[macro_export]
macro_rules! settings {
    (
        $(#[$attribute:meta])*
        pub struct $name:ident {
            $(numbers { $( $(#[doc = $doc:literal])+ $number:ident : $type:ty = $default:expr, $unit:literal, $range:expr; )+ })?
            $(choices { $( $(#[doc = $choice_doc:literal])+ $choice:ident : $choice_type:ty; )+ })?
            $(groups { $( $(#[doc = $group_doc:literal])+ $group:ident : $group_type:ty = $group_default:expr; )+ })?
            $(others { $( $(#[doc = $other_doc:literal])+ $other:ident : $other_type:ty = $other_default:expr, $schema:literal; )+ })?
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct $name {
            $($( $(#[doc = $doc])+ #[doc = concat!(" Unit: ", $unit, ".")] pub $number: $type, )+)?
            $($( $(#[doc = $choice_doc])+ pub $choice: $choice_type, )+)?
            $($( $(#[doc = $group_doc])+ pub $group: $group_type, )+)?
            $($( $(#[doc = $other_doc])+ pub $other: $other_type, )+)?
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    $($( $number: $default, )+)?
                    $($( $choice: Default::default(), )+)?
                    $($( $group: $group_default, )+)?
                    $($( $other: $other_default, )+)?
                }
            }
        }

        impl $crate::settings::Settings for $name {
            const FIELDS: &'static [$crate::settings::Field] = &[
                $($($crate::settings::Field {
                    name: $crate::settings::plain(stringify!($number)),
                    doc: concat!($($doc),+),
                    kind: $crate::settings::FieldKind::Number {
                        unit: $unit,
                        range: $range,
                        whole: <$type as $crate::settings::Quantity>::WHOLE,
                        optional: <$type as $crate::settings::Quantity>::OPTIONAL,
                        count: <$type as $crate::settings::Quantity>::COUNT,
                    },
                },)+)?
                $($($crate::settings::Field {
                    name: stringify!($choice),
                    doc: concat!($($choice_doc),+),
                    kind: $crate::settings::FieldKind::Choice(
                        <$choice_type as $crate::settings::Choice>::OPTIONS,
                    ),
                },)+)?
                $($($crate::settings::Field {
                    name: stringify!($group),
                    doc: concat!($($group_doc),+),
                    kind: $crate::settings::FieldKind::Group(
                        <$group_type as $crate::settings::Settings>::FIELDS,
                    ),
                },)+)?
                $($($crate::settings::Field {
                    name: stringify!($other),
                    doc: concat!($($other_doc),+),
                    kind: $crate::settings::FieldKind::Other($schema),
                },)+)?
            ];

            fn check_ranges(&self) -> Result<(), $crate::settings::Invalid> {
                $($(
                    let range: $crate::settings::Range = $range;
                    if let Some(value) =
                        $crate::settings::Quantity::outside(self.$number, &range)
                    {
                        return Err($crate::settings::Invalid::OutOfRange {
                            path: $crate::settings::Path::of($crate::settings::plain(stringify!($number))),
                            value,
                            range,
                            unit: $unit,
                        });
                    }
                )+)?
                $($(
                    $crate::settings::Settings::check_ranges(&self.$group)
                        .map_err(|invalid| invalid.within(stringify!($group)))?;
                )+)?
                Ok(())
            }
        }
    };
}
