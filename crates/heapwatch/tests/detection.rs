//! The families of the document of what is detected: a few draws of each, and the document is whole.
#![allow(dead_code)]

#[path = "../examples/detection/families.rs"]
mod families;

use families::{Family, SLOWING, WANDERING, WATCHES, WORKING, sampled};
use heapwatch::verdict::judge_sampled;

fn all() -> impl Iterator<Item = Family> {
    WANDERING.into_iter().chain(SLOWING).chain(WORKING)
}

#[test]
fn no_innocent_of_any_family_is_accused() {
    for family in all() {
        for (watch, duration, interval) in WATCHES {
            for run in 0..8 {
                let series = sampled(run, family.wander, 0.0, duration, interval);
                let verdict = judge_sampled(&series, &family.noise()).verdict;
                assert!(!verdict.is_leak(), "{}, {watch}, draw {run}: {verdict}", family.name);
            }
        }
    }
}

#[test]
fn the_document_has_every_family_without_an_accusation_in_a_thousand_draws() {
    let text = include_str!("../../../docs/detection.md");
    assert!(text.contains("of 1000 draws"));
    for family in all() {
        for (watch, _, _) in WATCHES {
            let row = format!("| {} | {watch} | ", family.name);
            let found: Vec<&str> = text.split(&row).skip(1).collect();
            assert_eq!(found.len(), 1, "{row}");
            let accused = found[0].split(' ').next().and_then(|count| count.parse::<u32>().ok());
            assert_eq!(accused, Some(0), "{row}{accused:?}");
        }
    }
}
