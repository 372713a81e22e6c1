//! What reports of all commands share: `report.html`, one file with the verdict, the tables, the moving
//! pendulum, charts, and how it was made.

mod examples;
mod runs;

pub(crate) use examples::Examples;
pub(crate) use runs::{Recorded, again, section, style_of_run, under_gains};

use crate::console::one_line;
use crate::failure::Result;
use crate::input::REPORT;
use upright_report::{Item, Page, Section};
use upright_sim::scenario::Scenario;
use upright_store::Results;

/// Writes the page of a command, with how it was made as its last section.
pub(crate) fn write(output: &Results, page: Page, scenarios: &[(&str, &Scenario)]) -> Result<()> {
    let page = page.with_section(provenance(scenarios));
    Ok(output.write_bytes(REPORT, page.to_html().as_bytes())?)
}

/// The command and the scenarios that give the same again.
fn provenance(scenarios: &[(&str, &Scenario)]) -> Section {
    let mut section = Section::new("How this was made")
        .with_text(format!("By upright {}:", env!("CARGO_PKG_VERSION")))
        .with(Item::Lines(vec![command_line()]));
    for (name, scenario) in scenarios {
        let yaml = scenario.to_yaml().lines().map(str::to_owned).collect();
        section = section.with(Item::Folded(format!("The scenario {name} as resolved"), yaml));
    }
    section
}

/// The command as it was typed, with the program by its name.
pub(crate) fn command_line() -> String {
    let typed = std::env::args_os().skip(1).map(|word| one_line(&quoted(&word.to_string_lossy())));
    std::iter::once("upright".to_owned()).chain(typed).collect::<Vec<_>>().join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_reach_a_shell_as_they_are() {
        assert_eq!(quoted("controller.surface.poles=x"), "controller.surface.poles=x");
        assert_eq!(quoted("poles=[-2, -3]"), "'poles=[-2, -3]'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
