//! `upright init`: a commented scenario to begin with.

use crate::console::{print_as_is, say};
use crate::failure::{Outcome, Result};
use crate::flags::Rig;
use std::path::Path;
use upright_store::FileError;

const BEFORE: &str = include_str!("init/rig.yaml");
const FORCE: &str = include_str!("init/force.yaml");
const MOTOR: &str = include_str!("init/motor.yaml");

/// What the template has where the actuator is to be.
const ACTUATOR: &str = "# (actuator)\n";

pub(crate) fn run(rig: Rig, file: &Path) -> Result {
    let text = BEFORE.replace(
        ACTUATOR,
        match rig {
            Rig::LinearForce => FORCE,
            Rig::LinearVoltage => MOTOR,
        },
    );
    if file == Path::new("-") {
        print_as_is(&text)?;
        return Ok(Outcome::Done);
    }
    let failed = |error| FileError::writing(file)(error);
    // Half a scenario is none.
    upright_store::create_whole(file, text.as_bytes()).map_err(failed)?;
    say!("{} is to be filled in; upright design tells what it says", file.display());
    Ok(Outcome::Done)
}
