//! What is audited: the four controllers, the loop that runs them, and the batch engine. Each is a
//! [`heapwatch::Subject`] on a moving plant that counts what happened to it.

mod events;
mod on_plant;
mod run_loop;
mod studies;

pub(crate) use on_plant::OnPlant;
pub(crate) use run_loop::RunLoop;
pub(crate) use studies::Studies;

use heapwatch::Component;
use upright_core::Controller;
use upright_sim::registry::SLIDING;

/// The subject that is the run loop.
pub const RUNNER: &str = "runner";

/// The subject that is the batch engine.
pub const BATCH: &str = "batch";

/// The names of all subjects, in the order of the reports.
pub fn names() -> Vec<&'static str> {
    SLIDING.into_iter().chain([RUNNER, BATCH]).collect()
}

/// A controller as a component, and its records as histories. The records lie within it, so that they
/// add no bytes.
fn controller_components<C: Controller<f64>>(controller: &C, bound: usize) -> Vec<Component> {
    let mut components = vec![Component {
        name: "controller",
        inline_bytes: size_of::<C>() as u64,
        bound_bytes: Some(bound as u64),
        ..Component::default()
    }];
    controller.histories(|history| {
        components.push(Component {
            name: history.name,
            capacity: Some(history.capacity as u64),
            length: Some(history.length as u64),
            ..Component::default()
        });
    });
    components
}
