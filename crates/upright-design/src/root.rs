//! A pole of a linear system.

use serde::{Serialize, Serializer};
use std::fmt;

/// A pole of a linear system, in 1/s.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Root {
    /// Real part.
    pub re: f64,
    /// Imaginary part.
    pub im: f64,
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What rounding left of a zero is not worth its digits.
        let tidy = |x: f64| if x.abs() < 5e-5 { 0.0 } else { x };
        let (re, im) = (tidy(self.re), tidy(self.im));
        if im == 0.0 {
            write!(f, "{re:.4}")
        } else {
            write!(f, "{re:.4} {} {:.4}i", if im < 0.0 { '-' } else { '+' }, im.abs())
        }
    }
}

impl Serialize for Root {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [self.re, self.im].serialize(serializer)
    }
}
