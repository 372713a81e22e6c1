//! A motor that is driven by a voltage: the force that it gives, and what it adds to the cart.
//!
//! A brushed motor behind a gear and a pinion gives `F = a V - b x_dot` with `a = eta G k / (R r)` and
//! `b = eta G^2 k^2 / (R r^2)`, its inductance left aside, and its rotor adds `J (G / r)^2` to the cart's mass. So the
//! voltage is a force `a V` on a cart of more damping and mass, and that is how it is simulated and designed for.

use crate::scenario::Scenario;
use crate::sections::{Actuator, ActuatorKind};
use upright_core::Plant;
use upright_core::settings::{Invalid, Path, Settings as _};

/// What a motor does to a cart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Motor {
    /// The force at standstill in N/V.
    pub force_per_volt: f64,
    /// What its back-emf adds to the cart's viscous friction, in N s/m.
    pub damping: f64,
    /// What its rotor adds to the cart's mass, in kg.
    pub mass: f64,
    /// The largest voltage in V.
    pub volts: f64,
    /// The force in N below which it does not turn.
    pub dead_zone: f64,
}

impl Motor {
    /// The force in N at standstill and full voltage.
    pub fn max_force(&self) -> f64 {
        self.force_per_volt * self.volts
    }

    /// The force in N that is left at full voltage and a speed of the cart in m/s.
    pub fn force_at(&self, speed: f64) -> f64 {
        self.max_force() - self.damping * speed
    }
}

impl Actuator {
    /// Its motor, where it is driven by a voltage.
    pub fn motor(&self) -> Option<Motor> {
        if self.kind != ActuatorKind::Motor {
            return None;
        }
        let (volts, resistance) = (self.volts?, self.resistance?);
        let (constant, radius) = (self.constant?, self.radius?);
        let ratio = self.gear / radius;
        let force_per_volt = self.efficiency * ratio * constant / resistance;
        Some(Motor {
            force_per_volt,
            damping: force_per_volt * ratio * constant,
            mass: self.rotor_inertia * ratio * ratio,
            volts,
            dead_zone: force_per_volt * self.dead_band,
        })
    }

    /// Commands in N that are smaller do nothing.
    pub fn dead_force(&self) -> f64 {
        self.motor().map_or(self.dead_zone, |motor| motor.dead_zone)
    }

    /// Checks every range, and that it has what its kind requires and nothing else.
    ///
    /// # Errors
    /// The first setting that is not allowed.
    pub fn check(&self) -> Result<(), Invalid> {
        self.check_ranges()?;
        let conflict = |name, with| Err(Invalid::Conflict { path: Path::of(name), with });
        let needed = [
            ("volts", self.volts),
            ("resistance", self.resistance),
            ("constant", self.constant),
            ("radius", self.radius),
        ];
        if self.kind == ActuatorKind::Force {
            let default = Self::default();
            let own = [
                ("gear", self.gear != default.gear),
                ("efficiency", self.efficiency != default.efficiency),
                ("rotor_inertia", self.rotor_inertia != default.rotor_inertia),
                ("dead_band", self.dead_band != default.dead_band),
            ];
            let given = needed.map(|(name, value)| (name, value.is_some()));
            let idle = given.into_iter().chain(own).find(|(_, given)| *given);
            return idle.map_or(Ok(()), |(name, _)| conflict(name, "kind: force"));
        }
        if let Some((name, _)) = needed.into_iter().find(|(_, value)| value.is_none()) {
            return Err(Invalid::Missing { path: Path::of(name), required_by: "kind: motor" });
        }
        if self.dead_zone != 0.0 {
            return conflict("dead_zone", "kind: motor, whose dead band is in volts (dead_band)");
        }
        if self.motor().is_some_and(|motor| motor.max_force() != self.max_force) {
            return conflict("max_force", "kind: motor, whose limit follows from volts");
        }
        Ok(())
    }
}

impl Scenario {
    /// A plant with what the scenario's motor adds to it, where there is one: what moves under the force that the
    /// actuator gives.
    pub fn driven(&self, plant: Plant) -> Plant {
        driven(&self.actuator, plant)
    }
}

/// A plant with what an actuator's motor adds to it.
pub(crate) fn driven(actuator: &Actuator, mut plant: Plant) -> Plant {
    if let Some(motor) = actuator.motor() {
        plant.damping.cart += motor.damping;
        plant.cart_mass += motor.mass;
    }
    plant
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Overrides;

    const MOTOR: &str = "actuator: {kind: motor, volts: 6, resistance: 2.6, constant: 0.00767, \
                         gear: 3.71, radius: 0.00635, rotor_inertia: 3.9e-7, dead_band: 0.2}";

    fn read(text: &str) -> Result<Scenario, String> {
        Scenario::read("motor", text, &Overrides::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_motor_is_a_force_on_a_cart_of_more_damping_and_mass() {
        let scenario = read(MOTOR).expect("valid");
        let motor = scenario.actuator.motor().expect("a motor");
        // By hand, to three digits: the figures that a maker of such carts gives.
        assert!((motor.force_per_volt - 1.72).abs() < 0.005, "{motor:?}");
        assert!((motor.damping - 7.72).abs() < 0.01, "{motor:?}");
        assert!((motor.mass - 0.133).abs() < 0.001, "{motor:?}");
        assert_eq!(scenario.actuator.max_force, motor.max_force());
        assert_eq!(scenario.actuator.dead_force(), 0.2 * motor.force_per_volt);
        let (plant, model) = (scenario.driven(scenario.plant), scenario.controller.model);
        assert_eq!(model, plant);
        assert_eq!(plant.damping.cart, scenario.plant.damping.cart + motor.damping);
        let again = read(&scenario.to_yaml()).expect("valid");
        assert_eq!(again, scenario);
    }

    #[test]
    fn a_motor_that_says_too_little_or_too_much_is_refused() {
        for (text, told) in [
            (MOTOR.replace("volts: 6, ", ""), "actuator.volts"),
            (MOTOR.replace("radius: 0.00635", "radius: 0"), "actuator.radius = 0"),
            (MOTOR.replace("gear", "max_force: 10, gear"), "follows from volts"),
            (MOTOR.replace("gear", "dead_zone: 1, gear"), "dead_band"),
            ("actuator: {volts: 6}".to_owned(), "kind: force"),
            ("actuator: {gear: 2}".to_owned(), "kind: force"),
        ] {
            let error = read(&text).expect_err("refused");
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
