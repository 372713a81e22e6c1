//! A setting of both angles: one number, or two.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A number for each of the two angles, written as one where they are equal.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PerAngle(pub [f64; 2]);

impl PerAngle {
    /// The same for both.
    pub const fn both(value: f64) -> Self {
        Self([value; 2])
    }

    /// The larger of the two.
    pub fn largest(&self) -> f64 {
        self.0[0].max(self.0[1])
    }
}

impl Serialize for PerAngle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self([a, b]) = self;
        if a == b { a.serialize(serializer) } else { self.0.serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for PerAngle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let value = Value::deserialize(deserializer)?;
        if let Some(both) = value.as_f64() {
            return Ok(Self::both(both));
        }
        serde_json::from_value(value).map(Self).map_err(D::Error::custom)
    }
}
