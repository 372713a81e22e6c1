//! What the sensors resolve: encoders in counts, quanta and noise of each sensor.

use crate::error::Problem;
use crate::path::join;
use crate::per_angle::PerAngle;
use crate::sections::{SecondEncoder, Sensors};
use crate::validate::{Errors, number};
use serde_json::Value;
use std::f64::consts::TAU;
use upright_core::settings::{Invalid, Path, Range};

/// The settings that are one number or two: name, unit, range.
const PAIRS: [(&str, &str, Range); 3] = [
    ("angle_noise", "rad", Range::new(0.0, 1e3)),
    ("angle_quantum", "rad", Range::new(0.0, 1e3)),
    ("encoder_counts", "counts a turn", Range::new(4.0, 1e12)),
];

/// Checks what is written of the settings that are one number or two.
pub(crate) fn read(sensors: &Value, errors: &mut Errors) {
    for (name, unit, range) in PAIRS {
        let (value, path) = (&sensors[name], join("sensors", name));
        match value.as_array() {
            Some(list) if list.len() == 2 => {
                for (i, value) in list.iter().enumerate() {
                    number(value, &range, unit, false, &join(&path, &i.to_string()), errors);
                }
            }
            Some(_) => {
                let expected = "a number, or a list of 2 numbers".to_owned();
                errors.push(&path, value, Problem::Type { expected });
            }
            None if value.is_null() => {}
            None => number(value, &range, unit, false, &path, errors),
        }
    }
}

impl Sensors {
    /// Resolutions of the cart's position in m and of the first and second angle that are measured, in rad; zero
    /// for none.
    pub fn quanta(&self) -> [f64; 3] {
        let PerAngle([first, second]) = match self.encoder_counts {
            Some(PerAngle(counts)) => PerAngle(counts.map(|counts| TAU / counts)),
            None => self.angle_quantum,
        };
        let position = self.cart_counts_per_metre.map_or(self.position_quantum, f64::recip);
        [position, first, second]
    }

    /// Standard deviations of the cart's position in m and of the first and second angle that are measured, in rad.
    pub fn noises(&self) -> [f64; 3] {
        let PerAngle([first, second]) = self.angle_noise;
        [self.position_noise, first, second]
    }

    /// Whether the second angle that is measured is the one between the links.
    pub fn is_relative(&self) -> bool {
        self.second_encoder == SecondEncoder::Relative
    }

    /// Checks ranges that are of one number or two, and that each resolution is given once.
    pub(crate) fn check_encoders(&self) -> Result<(), Invalid> {
        let pairs = [Some(self.angle_noise), Some(self.angle_quantum), self.encoder_counts];
        for ((name, unit, range), pair) in PAIRS.into_iter().zip(pairs) {
            let outside =
                pair.into_iter().flat_map(|pair| pair.0).find(|&one| !range.contains(one));
            if let Some(value) = outside {
                return Err(Invalid::OutOfRange { path: Path::of(name), value, range, unit });
            }
        }
        let conflict = |name, with| Err(Invalid::Conflict { path: Path::of(name), with });
        if self.encoder_counts.is_some() && self.angle_quantum != PerAngle::both(0.0) {
            return conflict("encoder_counts", "angle_quantum, which says the same");
        }
        if self.cart_counts_per_metre.is_some() && self.position_quantum != 0.0 {
            return conflict("cart_counts_per_metre", "position_quantum, which says the same");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::Scenario;
    use crate::text::Overrides;

    fn read(text: &str) -> Result<Scenario, String> {
        Scenario::read("rig", text, &Overrides::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn counts_are_resolutions() {
        let text = "sensors: {cart_counts_per_metre: 50000, encoder_counts: [4096, 1024], second_encoder: relative}";
        let scenario = read(text).expect("valid");
        let turn = std::f64::consts::TAU;
        assert_eq!(scenario.sensors.quanta(), [1.0 / 50000.0, turn / 4096.0, turn / 1024.0]);
        assert_eq!(read(&scenario.to_yaml()).expect("valid"), scenario);
        let text = "sensors: {angle_noise: [0.001, 0.002], angle_quantum: 0.0015}";
        let scenario = read(text).expect("valid");
        assert_eq!(scenario.sensors.noises(), [0.0, 0.001, 0.002]);
        assert_eq!(scenario.sensors.quanta(), [0.0, 0.0015, 0.0015]);
        assert_eq!(read(&scenario.to_yaml()).expect("valid"), scenario);
    }

    #[test]
    fn encoders_that_say_too_much_or_nothing_are_refused() {
        for (sensors, told) in [
            ("encoder_counts: 4096, angle_quantum: 0.001", "angle_quantum"),
            ("cart_counts_per_metre: 1000, position_quantum: 0.001", "position_quantum"),
            ("encoder_counts: 3", "sensors.encoder_counts = 3"),
            ("encoder_counts: [4096, -1]", "sensors.encoder_counts.1 = -1"),
            ("angle_noise: [1, 2, 3]", "a list of 2 numbers"),
            ("angle_noise: much", "sensors.angle_noise = \"much\""),
            ("second_encoder: both", "absolute, relative"),
        ] {
            let error = read(&format!("sensors: {{{sensors}}}")).expect_err("refused");
            assert!(error.contains(told), "{sensors}: {error}");
        }
    }
}
