//! Whatever the text of a scenario and of the command line: an error or a scenario, never a panic;
//! and a scenario that was read writes itself so that reading it again gives the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use upright_sim::scenario::{Overrides, Scenario};

fuzz_target!(|text: &str| {
    // A first line that begins with `--set ` goes the way of the command line.
    let (set, document) = match text.strip_prefix("--set ").and_then(|rest| rest.split_once('\n')) {
        Some((set, document)) => (set.split_once('='), document),
        None => (None, text),
    };
    let set = set.map(|(path, value)| (path.to_owned(), value.to_owned()));
    let overrides = Overrides { set: set.into_iter().collect(), ..Overrides::default() };
    if let Ok(scenario) = Scenario::read("fuzz", document, &overrides) {
        let yaml = scenario.to_yaml();
        let again = Scenario::read("again", &yaml, &Overrides::default());
        assert_eq!(again.as_ref(), Ok(&scenario), "{yaml}");
    }
});
