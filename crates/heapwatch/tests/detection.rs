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
#[ignore = "for after the document was made anew, which takes minutes"]
fn the_document_has_every_family_with_no_accusation_in_a_thousand_draws() {
    let text = include_str!("../../../docs/detection.md");
    assert!(text.contains("of 1000 draws"));
    for family in all() {
        for (watch, _, _) in WATCHES {
            let row = format!("| {} | {watch} | 0 | ", family.name);
            assert_eq!(text.matches(&row).count(), 1, "{row}");
        }
    }
}
