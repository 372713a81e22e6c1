//! The sections of a scenario besides plant and controller.

use crate::per_angle::PerAngle;
use serde::{Deserialize, Deserializer, Serialize};
use upright_core::plant::PARAMETERS;
use upright_core::settings;
use upright_core::settings::{Choice, Invalid, Path, Range, Settings as _};

/// How the equation of motion is integrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Integrator {
    /// Explicit Euler, order 1.
    Euler,
    /// The classical Runge-Kutta method, order 4.
    #[default]
    Rk4,
    /// Dormand-Prince 5(4) with error control.
    Rk45,
}

impl Choice for Integrator {
    const OPTIONS: &'static [&'static str] = &["euler", "rk4", "rk45"];
}

/// The most steps of integration a control period.
pub(crate) const MAX_SUBSTEPS: f64 = 10000.0;

settings! {
    /// Within what a run is settled, and for how long at its end.
    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct SettledBand {
        numbers {
            /// Both angles are within this of upright.
            angle: f64 = 0.02, "rad", Range::positive(10.0);
            /// The cart is within this of its place.
            position: f64 = 0.05, "m", Range::positive(1e3);
            /// For so long at the end of the run.
            hold: f64 = 1.0, "s", Range::new(0.0, 1e9);
        }
    }
}

settings! {
    /// How long a run lasts, how fine it is and where it starts.
    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct Simulation {
        numbers {
            /// Simulated time, rounded to whole control periods.
            duration: f64 = 10.0, "s", Range::positive(1e9);
            /// The controller ticks at this period; its force is held in between.
            control_period: f64 = 0.001, "s", Range::new(1e-6, 10.0);
            /// Integration steps a control period (`euler` and `rk4`).
            substeps: u32 = 1, "1", Range::new(1.0, MAX_SUBSTEPS);
            /// Relative tolerance of `rk45`.
            rtol: f64 = 1e-9, "1", Range::new(1e-14, 0.1);
            /// Absolute tolerance of `rk45`.
            atol: f64 = 1e-12, "1", Range::new(1e-18, 0.1);
            /// Where the run starts: x, theta1, theta2 and their rates, in m, rad, m/s and rad/s.
            initial_state: [f64; 6] = [0.0, 0.05, -0.03, 0.0, 0.0, 0.0], "SI", Range::new(-1e4, 1e4);
            /// A link beyond this angle has fallen, and the run stops there.
            fall_angle: f64 = std::f64::consts::FRAC_PI_2, "rad", Range::positive(1e4);
            /// Control periods between recorded rows.
            record_every: u32 = 1, "periods", Range::new(1.0, 4e9);
            /// Keep only so many rows, the last ones; all where absent.
            record_last: Option<u32> = None, "rows", Range::new(1.0, 4e9);
        }
        choices {
            /// How the equation of motion is integrated.
            integrator: Integrator;
        }
        groups {
            /// Within what a run is settled.
            settled: SettledBand = SettledBand::default();
        }
    }
}

/// What the controller commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActuatorKind {
    /// A force on the cart.
    #[default]
    Force,
    /// The voltage of a motor; commands are the forces that it gives at standstill.
    Motor,
}

impl Choice for ActuatorKind {
    const OPTIONS: &'static [&'static str] = &["force", "motor"];
}

settings! {
    /// What lies between the controller's force and the cart, in the order of the fields; the
    /// limit comes last.
    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct Actuator {
        numbers {
            /// Control periods between command and force.
            delay: u32 = 0, "periods", Range::new(0.0, 10000.0);
            /// Commands smaller than this do nothing.
            dead_zone: f64 = 0.0, "N", Range::new(0.0, 1e6);
            /// Largest rate of change of the force; unlimited where absent.
            rate_limit: Option<f64> = None, "N/s", Range::positive(1e12);
            /// Time constant of a first-order lag, which acts within control periods.
            lag: f64 = 0.0, "s", Range::new(0.0, 1e3);
            /// Largest force; the controllers know it.
            max_force: f64 = 150.0, "N", Range::positive(1e6);
            /// Largest voltage of a motor, which requires it; `max_force` follows from it.
            volts: Option<f64> = None, "V", Range::positive(1e6);
            /// Resistance of a motor's armature, which requires it.
            resistance: Option<f64> = None, "Ohm", Range::positive(1e6);
            /// Torque constant of a motor, which is that of its back-emf; a motor requires it.
            constant: Option<f64> = None, "N m/A", Range::positive(1e6);
            /// Turns of a motor for one of its pinion.
            gear: f64 = 1.0, "1", Range::positive(1e6);
            /// Radius of a motor's pinion, which it requires.
            radius: Option<f64> = None, "m", Range::positive(1e3);
            /// Efficiency of a motor and its gear.
            efficiency: f64 = 1.0, "1", Range::positive(1.0);
            /// Moment of inertia of a motor's rotor.
            rotor_inertia: f64 = 0.0, "kg m^2", Range::new(0.0, 1e3);
            /// Voltages of a motor that are smaller do nothing.
            dead_band: f64 = 0.0, "V", Range::new(0.0, 1e6);
        }
        choices {
            /// What the controller commands: a force, or the voltage of a motor.
            kind: ActuatorKind;
        }
    }
}

/// What the second encoder measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondEncoder {
    /// The angle of link 2 from the vertical.
    #[default]
    Absolute,
    /// The angle between the links, as an encoder in the pin between them.
    Relative,
}

impl Choice for SecondEncoder {
    const OPTIONS: &'static [&'static str] = &["absolute", "relative"];
}

/// Where the controller's velocities come from.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VelocitySource {
    /// Measured, as exact as `velocity_noise` and `rate_noise` leave them.
    #[default]
    Exact,
    /// Differences of the measured position and angles over one control period.
    Difference,
    /// The same behind a first-order low-pass filter of this corner frequency in Hz.
    FilterHz(f64),
}

settings! {
    /// What lies between the state and the controller: noise, then quantisation, then delay.
    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct Sensors {
        numbers {
            /// Standard deviation of the cart position.
            position_noise: f64 = 0.0, "m", Range::new(0.0, 1e3);
            /// Standard deviation of the cart velocity, where it is measured.
            velocity_noise: f64 = 0.0, "m/s", Range::new(0.0, 1e3);
            /// Standard deviation of both angular rates, where they are measured.
            rate_noise: f64 = 0.0, "rad/s", Range::new(0.0, 1e3);
            /// Resolution of the cart position; none where zero.
            position_quantum: f64 = 0.0, "m", Range::new(0.0, 1e3);
            /// Counts of the cart's encoder over a metre, instead of its resolution.
            cart_counts_per_metre: Option<f64> = None, "1/m", Range::positive(1e12);
            /// Control periods between state and measurement, of all sensors.
            delay: u32 = 0, "periods", Range::new(0.0, 10000.0);
        }
        choices {
            /// What the second encoder measures: the angle of link 2 from the vertical, or the one between the
            /// links.
            second_encoder: SecondEncoder;
        }
        others {
            /// Standard deviation of both angles, or `[a, b]` for each. In rad.
            angle_noise: PerAngle = PerAngle::both(0.0),
                r#"{"oneOf": [{"type": "number", "minimum": 0, "maximum": 1000}, {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 1000}, "minItems": 2, "maxItems": 2}]}"#;
            /// Resolution of both angles, or `[a, b]` for each; none where zero. In rad.
            angle_quantum: PerAngle = PerAngle::both(0.0),
                r#"{"oneOf": [{"type": "number", "minimum": 0, "maximum": 1000}, {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 1000}, "minItems": 2, "maxItems": 2}]}"#;
            /// Counts of both angle encoders a turn, or `[a, b]` for each, instead of their resolution.
            encoder_counts: Option<PerAngle> = None,
                r#"{"oneOf": [{"type": "number", "minimum": 4, "maximum": 1e12}, {"type": "array", "items": {"type": "number", "minimum": 4, "maximum": 1e12}, "minItems": 2, "maxItems": 2}, {"type": "null"}]}"#;
            /// Where the controller's velocities come from: `exact`, `difference`, or
            /// `{filter_hz: F}`, the difference behind a low-pass filter.
            velocity: VelocitySource = VelocitySource::Exact,
                r#"{"oneOf": [{"enum": ["exact", "difference"]}, {"type": "object", "properties": {"filter_hz": {"type": "number", "exclusiveMinimum": 0, "maximum": 1e6}}, "required": ["filter_hz"], "additionalProperties": false}]}"#;
        }
    }
}

impl Sensors {
    /// Checks every range, and that no noise is set on a velocity that is not measured.
    ///
    /// # Errors
    /// The first setting that is not allowed.
    pub fn check(&self) -> Result<(), Invalid> {
        self.check_ranges()?;
        self.check_encoders()?;
        if let VelocitySource::FilterHz(value) = self.velocity {
            let range = Range::positive(1e6);
            if !range.contains(value) {
                let path = Path::of("filter_hz").within("velocity");
                return Err(Invalid::OutOfRange { path, value, range, unit: "Hz" });
            }
        }
        if self.velocity == VelocitySource::Exact {
            return Ok(());
        }
        for (name, noise) in
            [("velocity_noise", self.velocity_noise), ("rate_noise", self.rate_noise)]
        {
            if noise > 0.0 {
                let with = "a velocity that is not measured (velocity: exact)";
                return Err(Invalid::Conflict { path: Path::of(name), with });
            }
        }
        Ok(())
    }
}

settings! {
    /// How the memory of a run is watched and its controller renewed. A scenario without this section
    /// is not watched; an empty section (`monitor: {}`) turns it on.
    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct Monitoring {
        numbers {
            /// Control periods between samples of the memory, at first: a record that is full is
            /// thinned, and the interval doubles.
            sample_every: u32 = 1000, "periods", Range::new(1.0, 4e9);
            /// Growth in the steady state of which is warned.
            warn_bytes_per_10000_periods: f64 = 1e6, "bytes per 10 000 periods", Range::positive(1e15);
            /// Control periods after which the controller is built anew and takes over the memory
            /// of the old one. The force does not change.
            recreate_every: u32 = 1_000_000, "periods", Range::new(1.0, 4e9);
            /// Control periods after which the controller's records are emptied; never where
            /// absent. The force does not change.
            reset_every: Option<u32> = None, "periods", Range::new(1.0, 4e9);
        }
    }
}

/// How a disturbance runs over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisturbanceKind {
    /// On from `start` on.
    #[default]
    Step,
    /// On for `duration` from `start` on.
    Pulse,
    /// `amplitude sin(2 pi frequency (t - start) + phase)` from `start` on.
    Sine,
    /// Normal with standard deviation `amplitude`, held over a control period, from `start` on.
    Noise,
}

impl Choice for DisturbanceKind {
    const OPTIONS: &'static [&'static str] = &["step", "pulse", "sine", "noise"];
}

/// Where a disturbance acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A force on the cart.
    #[default]
    Cart,
    /// A torque on link 1 from the cart.
    Joint1,
    /// A torque on link 2 from link 1.
    Joint2,
}

impl Choice for Target {
    const OPTIONS: &'static [&'static str] = &["cart", "joint1", "joint2"];
}

settings! {
    /// A force on the cart (in N) or a torque on a joint (in N m).
    #[derive(Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct Disturbance {
        numbers {
            /// Height of a step or pulse, amplitude of a sine, standard deviation of noise.
            amplitude: f64 = 0.0, "N or N m", Range::new(-1e6, 1e6);
            /// When it begins.
            start: f64 = 0.0, "s", Range::new(0.0, 1e9);
            /// How long it lasts; required for a pulse, otherwise to the end where absent.
            duration: Option<f64> = None, "s", Range::positive(1e9);
            /// Frequency of a sine, which requires it.
            frequency: Option<f64> = None, "Hz", Range::new(0.0, 1e6);
            /// Phase of a sine at its start.
            phase: f64 = 0.0, "rad", Range::new(-1e3, 1e3);
        }
        choices {
            /// How it runs over time.
            kind: DisturbanceKind;
            /// Where it acts.
            target: Target;
        }
    }
}

impl Disturbance {
    /// Checks every range, and that it has what its kind requires and nothing else.
    ///
    /// # Errors
    /// The first setting that is not allowed.
    pub fn check(&self) -> Result<(), Invalid> {
        self.check_ranges()?;
        let missing =
            |name, required_by| Err(Invalid::Missing { path: Path::of(name), required_by });
        match self.kind {
            DisturbanceKind::Pulse if self.duration.is_none() => missing("duration", "kind: pulse"),
            DisturbanceKind::Sine if self.frequency.is_none() => missing("frequency", "kind: sine"),
            DisturbanceKind::Sine => Ok(()),
            _ => {
                let given = [("frequency", self.frequency.unwrap_or(0.0)), ("phase", self.phase)];
                let idle = given.into_iter().find(|(_, value)| *value != 0.0);
                idle.map_or(Ok(()), |(name, _)| {
                    let with = "a kind other than sine";
                    Err(Invalid::Conflict { path: Path::of(name), with })
                })
            }
        }
    }
}

/// How draws are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distribution {
    /// Even over plus and minus the figure.
    #[default]
    Uniform,
    /// Normal with the figure as standard deviation.
    Normal,
}

impl Choice for Distribution {
    const OPTIONS: &'static [&'static str] = &["uniform", "normal"];
}

macro_rules! spreads {
    ($($(#[$doc:meta])* $name:ident { $($field:ident),+ })+) => {
        $(settings! {
            $(#[$doc])*
            #[derive(Serialize, Deserialize)]
            #[serde(default, deny_unknown_fields)]
            pub struct $name {
                numbers {
                    $(
                        /// Relative spread of this parameter.
                        $field: f64 = 0.0, "1", Range::new(0.0, 0.9);
                    )+
                }
            }
        }

        impl $name {
            fn all(spread: f64) -> Self {
                Self { $($field: spread),+ }
            }
        })+
    };
}

spreads! {
    /// Relative spread of a link's parameters.
    LinkSpread { mass, length, com, inertia }
    /// Relative spread of three friction coefficients.
    FrictionSpread { cart, joint1, joint2 }
    /// Relative spread of the areas that meet the air.
    AreaSpread { link1_area, link2_area }
}

settings! {
    /// Relative spread of each physical parameter.
    #[derive(Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct ParameterSpread {
        numbers {
            /// Relative spread of this parameter.
            cart_mass: f64 = 0.0, "1", Range::new(0.0, 0.9);
        }
        groups {
            /// Spread of the lower link's parameters.
            link1: LinkSpread = LinkSpread::default();
            /// Spread of the upper link's parameters.
            link2: LinkSpread = LinkSpread::default();
            /// Spread of the viscous friction.
            damping: FrictionSpread = FrictionSpread::default();
            /// Spread of the Coulomb friction.
            coulomb: FrictionSpread = FrictionSpread::default();
            /// Spread of the areas that meet the air.
            drag: AreaSpread = AreaSpread::default();
        }
    }
}

/// Relative spread of the physical parameters: one number for all, or each its own.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Parameters {
    /// The same for every parameter.
    All(f64),
    /// Each its own, zero where not named.
    Each(ParameterSpread),
}

impl<'de> Deserialize<'de> for Parameters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let value = serde_json::Value::deserialize(deserializer)?;
        if let Some(spread) = value.as_f64() {
            return Ok(Self::All(spread));
        }
        serde_json::from_value(value).map(Self::Each).map_err(D::Error::custom)
    }
}

impl ParameterSpread {
    /// The spreads in the order of [`PARAMETERS`].
    pub fn values(&self) -> [f64; PARAMETERS.len()] {
        let Self { cart_mass, link1, link2, damping, coulomb, drag } = self;
        let link = |link: &LinkSpread| [link.mass, link.length, link.com, link.inertia];
        let friction = |spread: &FrictionSpread| [spread.cart, spread.joint1, spread.joint2];
        let ([a, b, c, d], [e, f, g, h]) = (link(link1), link(link2));
        let ([i, j, k], [l, m, n]) = (friction(damping), friction(coulomb));
        [*cart_mass, a, b, c, d, e, f, g, h, i, j, k, l, m, n, drag.link1_area, drag.link2_area]
    }
}

impl Parameters {
    /// Each parameter's own spread.
    pub fn each(&self) -> ParameterSpread {
        match *self {
            Self::All(spread) => ParameterSpread {
                cart_mass: spread,
                link1: LinkSpread::all(spread),
                link2: LinkSpread::all(spread),
                damping: FrictionSpread::all(spread),
                coulomb: FrictionSpread::all(spread),
                drag: AreaSpread::all(spread),
            },
            Self::Each(each) => each,
        }
    }
}

settings! {
    /// What a study draws from; draws change the plant only.
    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct Uncertainty {
        numbers {
            /// Spread of the start about `simulation.initial_state`, in state order.
            initial_state: [f64; 6] = [0.0, 0.15, 0.15, 0.0, 0.2, 0.2], "SI", Range::new(0.0, 1e4);
        }
        choices {
            /// Whether the figures are half-widths (`uniform`) or standard deviations (`normal`).
            distribution: Distribution;
        }
        others {
            /// Relative spread of masses, lengths, centres of mass, inertias, friction
            /// coefficients and drag areas: one number, or a map like `plant`.
            parameters: Parameters = Parameters::All(0.05), r#"{"oneOf": [{"type": "number", "minimum": 0, "maximum": 0.9}, {"type": "object"}]}"#;
        }
    }
}

/// Relative spreads that are allowed.
pub(crate) const SPREAD: Range = Range::new(0.0, 0.9);

impl Uncertainty {
    /// Checks every range.
    ///
    /// # Errors
    /// The first setting that is not allowed.
    pub fn check(&self) -> Result<(), Invalid> {
        self.check_ranges()?;
        match self.parameters {
            Parameters::All(value) if !SPREAD.contains(value) => {
                let path = Path::of("parameters");
                Err(Invalid::OutOfRange { path, value, range: SPREAD, unit: "1" })
            }
            Parameters::All(_) => Ok(()),
            Parameters::Each(each) => {
                each.check_ranges().map_err(|invalid| invalid.within("parameters"))
            }
        }
    }
}
