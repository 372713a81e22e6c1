//! The parameters that motion shows, and the plant that they make.

use crate::log::{Drive, LogSample};
use crate::tangent::Tangent;
use upright_core::friction::Sticking;
use upright_core::plant::{Coefficients, Rigid};
use upright_core::{Plant, Real};

/// A parameter that motion shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Parameter {
    /// Mass of everything, in kg.
    Mt,
    /// First moment of link 1 with the mass of link 2 at its end, in kg m.
    H1,
    /// Moment of inertia of the same about joint 1, in kg m^2.
    J1,
    /// First moment of link 2, in kg m.
    H2,
    /// Moment of inertia of link 2 about joint 2, in kg m^2.
    J2,
    /// Distance between the joints, in m.
    Length1,
    /// Viscous friction of the cart, of a motor's back-emf too, in N s/m.
    B0,
    /// Viscous friction of joint 1, in N m s/rad.
    B1,
    /// Viscous friction of joint 2, in N m s/rad.
    B2,
    /// Coulomb friction of the cart, in N.
    C0,
    /// Coulomb friction of joint 1, in N m.
    C1,
    /// Coulomb friction of joint 2, in N m.
    C2,
    /// Force of a motor at standstill, in N/V.
    ForcePerVolt,
}

impl Parameter {
    /// All of them, in the order of [`Parameters`].
    pub const ALL: [Self; 13] = [
        Self::Mt,
        Self::H1,
        Self::J1,
        Self::H2,
        Self::J2,
        Self::Length1,
        Self::B0,
        Self::B1,
        Self::B2,
        Self::C0,
        Self::C1,
        Self::C2,
        Self::ForcePerVolt,
    ];

    /// Its name and its unit.
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Mt => ("mt", "kg"),
            Self::H1 => ("h1", "kg m"),
            Self::J1 => ("j1", "kg m^2"),
            Self::H2 => ("h2", "kg m"),
            Self::J2 => ("j2", "kg m^2"),
            Self::Length1 => ("length1", "m"),
            Self::B0 => ("b0", "N s/m"),
            Self::B1 => ("b1", "N m s/rad"),
            Self::B2 => ("b2", "N m s/rad"),
            Self::C0 => ("c0", "N"),
            Self::C1 => ("c1", "N m"),
            Self::C2 => ("c2", "N m"),
            Self::ForcePerVolt => ("force_per_volt", "N/V"),
        }
    }

    /// The run that would tell of it.
    pub fn run_that_tells(self) -> &'static str {
        match self {
            Self::Mt | Self::ForcePerVolt => "a run with a force that varies: a chirp, hanging",
            Self::B0 | Self::C0 => "a run in which the cart is driven slowly and fast, hanging",
            Self::H1 | Self::J1 | Self::H2 | Self::J2 | Self::Length1 => {
                "a chirp from 0.3 to 4 Hz, hanging, in which both links swing against each other"
            }
            Self::B1 | Self::B2 | Self::C1 | Self::C2 => {
                "two free swings from wide angles until they rest, the links in step and against each other"
            }
        }
    }
}

/// The values of the parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// In the order of [`Parameter::ALL`].
    pub values: [f64; 13],
    /// Acceleration of gravity in m/s^2.
    pub gravity: f64,
}

/// Initial values of a segment.
pub(crate) const STATES: usize = 6;
/// Initial values and parameters.
pub(crate) const ALL: usize = STATES + Parameter::ALL.len();

/// A clamp holds a cart against up to so many N: what no rig of this kind makes, and little enough to be solved for.
const CLAMP: f64 = 1e4;

/// A plant that moves by some parameters.
pub(crate) struct Moving<R> {
    pub(crate) motion: Sticking<R>,
    /// The force in N that an input of one is.
    gain: R,
}

impl<R: Real> Moving<R> {
    fn new(values: &[R; 13], gravity: R, drive: Drive) -> Self {
        let [mt, h1, j1, h2, j2, length1, b0, b1, b2, c0, c1, c2, force_per_volt] = *values;
        let h12 = h2 * length1;
        let own = Coefficients { mt, h1, h2, h12, j1, j2, gravity, b0, b1, b2 };
        let c0 = if drive == Drive::Clamped { R::of(CLAMP) } else { c0 };
        let gain = if drive == Drive::Volts { force_per_volt } else { R::one() };
        Self { motion: Sticking::of_rigid(Rigid::of_coefficients(&own), [c0, c1, c2]), gain }
    }

    /// The generalised forces of a sample: a motor in the pin of the links turns the first one back.
    pub(crate) fn forces(&self, sample: &LogSample) -> [R; 3] {
        let [torque1, torque2] = sample.torques;
        [self.gain * R::of(sample.input), R::of(torque1 - torque2), R::of(torque2)]
    }
}

impl Parameters {
    /// Those of a plant, driven by a force or by a motor that gives so many newtons a volt.
    pub fn of(plant: &Plant, force_per_volt: Option<f64>) -> Self {
        let own = Coefficients::of(plant);
        let coulomb = &plant.coulomb;
        let values = [
            own.mt,
            own.h1,
            own.j1,
            own.h2,
            own.j2,
            plant.link1.length,
            own.b0,
            own.b1,
            own.b2,
            coulomb.cart,
            coulomb.joint1,
            coulomb.joint2,
            force_per_volt.unwrap_or(1.0),
        ];
        Self { values, gravity: plant.gravity }
    }

    /// The value of one.
    pub fn value(&self, parameter: Parameter) -> f64 {
        self.values[parameter as usize]
    }

    /// The plant that moves so.
    pub(crate) fn motion(&self, drive: Drive) -> Moving<f64> {
        Moving::new(&self.values, self.gravity, drive)
    }

    /// The same with its derivatives by the logarithms of the parameters, in their order behind six initial values, as
    /// far as there is room for them.
    pub(crate) fn differentiated<const N: usize>(&self, drive: Drive) -> Moving<Tangent<N>> {
        let number = |i: usize| {
            let value = self.values[i];
            let place = Some(STATES + i).filter(|place| *place < N);
            place.map_or(Tangent::constant(value), |place| Tangent::variable(value, place, value))
        };
        Moving::new(&std::array::from_fn(number), Tangent::constant(self.gravity), drive)
    }

    /// The plant of a scenario with these parameters: its masses of the links stay, as weighed, and the cart, the centres
    /// of mass and the inertias follow. Frictions of what a motor adds are not taken off.
    pub fn plant(&self, weighed: &Plant) -> Plant {
        let [mt, h1, j1, h2, j2, length1, b0, b1, b2, c0, c1, c2, _] = self.values;
        let mut plant = *weighed;
        let (m1, m2) = (plant.link1.mass, plant.link2.mass);
        plant.cart_mass = mt - m1 - m2;
        plant.link1.length = length1;
        plant.link1.com = (h1 - m2 * length1) / m1;
        plant.link2.com = h2 / m2;
        let (com1, com2) = (plant.link1.com, plant.link2.com);
        plant.link1.inertia = j1 - m1 * com1 * com1 - m2 * length1 * length1;
        plant.link2.inertia = j2 - m2 * com2 * com2;
        (plant.damping.cart, plant.damping.joint1, plant.damping.joint2) = (b0, b1, b2);
        (plant.coulomb.cart, plant.coulomb.joint1, plant.coulomb.joint2) = (c0, c1, c2);
        plant
    }
}
