//! Which parameters of a plant can be uncertain.

use super::parameters::Plant;

/// Declares which parameters of a plant can be uncertain: their names, and where they stand.
macro_rules! parameters {
    ($($first:ident$(.$second:ident)?),+ $(,)?) => {
        /// The names of the parameters that can be uncertain, as a scenario writes them.
        pub const PARAMETERS: [&str; 17] =
            [$(concat!(stringify!($first)$(, ".", stringify!($second))?)),+];

        impl Plant {
            /// The parameters that can be uncertain, in the order of [`PARAMETERS`].
            pub fn parameters(&self) -> [f64; PARAMETERS.len()] {
                [$(self.$first$(.$second)?),+]
            }

            /// The same, to be changed.
            pub fn parameters_mut(&mut self) -> [&mut f64; PARAMETERS.len()] {
                [$(&mut self.$first$(.$second)?),+]
            }
        }
    };
}

parameters! {
    cart_mass,
    link1.mass,
    link1.length,
    link1.com,
    link1.inertia,
    link2.mass,
    link2.length,
    link2.com,
    link2.inertia,
    damping.cart,
    damping.joint1,
    damping.joint2,
    coulomb.cart,
    coulomb.joint1,
    coulomb.joint2,
    drag.link1_area,
    drag.link2_area,
}
