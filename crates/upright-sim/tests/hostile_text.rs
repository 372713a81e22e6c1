//! Whatever the text of a scenario: an error or a scenario, never a panic; and what was read writes
//! itself so that reading it again gives the same. The fuzz target does this for longer.

use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use upright_sim::scenario::{Overrides, Scenario};

fn seeds() -> Vec<String> {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/scenario");
    let files = fs::read_dir(folder).expect("the seeds");
    files.map(|file| fs::read_to_string(file.expect("an entry").path()).expect("text")).collect()
}

fn read(text: &str) {
    let (set, document) = match text.strip_prefix("--set ").and_then(|rest| rest.split_once('\n')) {
        Some((set, document)) => (set.split_once('='), document),
        None => (None, text),
    };
    let set = set.map(|(path, value)| (path.to_owned(), value.to_owned()));
    let overrides = Overrides { set: set.into_iter().collect(), ..Overrides::default() };
    if let Ok(scenario) = Scenario::read("text", document, &overrides) {
        let again = Scenario::read("again", &scenario.to_yaml(), &Overrides::default());
        assert_eq!(again.as_ref(), Ok(&scenario));
    }
}

#[test]
fn every_seed_is_read_or_refused() {
    let seeds = seeds();
    assert!(seeds.len() >= 10);
    for seed in &seeds {
        read(seed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// A seed with some of its characters replaced, taken away or put in.
    #[test]
    fn damaged_seeds_are_read_or_refused(
        which in any::<prop::sample::Index>(),
        damage in prop::collection::vec(
            (any::<prop::sample::Index>(), 0..3_u8, "[-0-9a-z.:,{}\\[\\]&*!#'\" \n\u{e9}]"),
            1..6,
        ),
    ) {
        let seeds = seeds();
        let mut text: Vec<char> = which.get(&seeds).chars().collect();
        for (place, how, put) in damage {
            let place = place.index(text.len() + 1);
            let put = put.chars();
            match how {
                0 => drop(text.splice(place..place, put)),
                1 if place < text.len() => drop(text.remove(place)),
                _ if place < text.len() => drop(text.splice(place..=place, put)),
                _ => {}
            }
        }
        read(&text.into_iter().collect::<String>());
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,80}") {
        read(&text);
    }
}
