//! The four controllers in a library for a machine without operating system, standard library and
//! allocator: if anything in it wanted one, this would not link.
#![no_std]

use upright_core::law::adaptive::{self, Adaptive};
use upright_core::law::classical::{self, Classical};
use upright_core::law::hybrid::{self, Hybrid};
use upright_core::law::super_twisting::{self, SuperTwisting};
use upright_core::{Controller, ControllerContext, Kind, Plant, Real};

const SURFACE: [f64; 6] =
    [0.74760367, -12.83592427, 18.77798997, 0.97814020, -0.26252009, 2.66827614];

fn force<R: Real, K: Kind>(settings: &K::Settings, measured: &[R; 6]) -> R {
    let context = ControllerContext {
        surface: SURFACE,
        model: Plant::default(),
        beta_min: 0.05,
        max_force: 150.0,
        period: 0.001,
        late: 0,
        start: [0.0; 6],
        seed: 42,
    };
    let controller = K::build::<R>(settings, &context);
    controller.map_or(R::zero(), |mut controller| controller.control(measured).force)
}

fn all<R: Real>(measured: &[R; 6]) -> R {
    force::<R, Classical>(&classical::Settings::default(), measured)
        + force::<R, SuperTwisting>(&super_twisting::Settings::default(), measured)
        + force::<R, Adaptive>(&adaptive::Settings::default(), measured)
        + force::<R, Hybrid>(&hybrid::Settings::default(), measured)
}

/// All four controllers in double precision.
#[unsafe(no_mangle)]
pub extern "C" fn control_double(angle: f64) -> f64 {
    all(&[0.0, angle, -angle, 0.0, 0.0, 0.0])
}

/// All four controllers in single precision.
#[unsafe(no_mangle)]
pub extern "C" fn control_single(angle: f32) -> f32 {
    all(&[0.0, angle, -angle, 0.0, 0.0, 0.0])
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
