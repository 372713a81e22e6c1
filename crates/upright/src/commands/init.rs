//! `upright init`: a commented scenario to begin with.

use crate::console::{print_as_is, say};
use crate::failure::{Outcome, Result};
use crate::flags::Rig;
use std::fs::File;
use std::io::Write;
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
    let mut made = File::create_new(file).map_err(failed)?;
    if let Err(error) = made.write_all(text.as_bytes()).and_then(|()| made.sync_all()) {
        // Half a scenario is none.
        let _ = std::fs::remove_file(file);
        return Err(failed(error).into());
    }
    say!("{} is to be filled in; upright design tells what it says", file.display());
    Ok(Outcome::Done)
}
