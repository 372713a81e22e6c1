//! Programs that misbehave on purpose, each with its true rate, and innocent ones that look like them:
//! to see what a verdict says of each, and to try an audit before it is trusted.
//!
//! ```
//! # #[global_allocator]
//! # static A: heapwatch::CountingAllocator = heapwatch::CountingAllocator::new();
//! use heapwatch::{Plan, Run, Subject, steady, zoo};
//!
//! struct Watch;
//! impl zoo::Visitor for Watch {
//!     type Output = Run;
//!     fn visit<S: Subject>(self, animal: &'static zoo::Animal, mut subject: S) -> Run {
//!         steady(&mut subject, &Plan::of(animal.steps)).expect("installed")
//!     }
//! }
//!
//! let run = zoo::visit("eight_bytes_a_step", Watch).expect("it lives here");
//! assert!(run.judgement.verdict.is_leak());
//! ```

mod innocents;
mod leaks;
mod unseen;

use crate::subject::{Subject, from_closures};

/// What an animal really does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Truth {
    /// It leaks so many bytes a step.
    LeaksAStep(f64),
    /// It leaks so many bytes a life, and nothing in a long one after its beginning.
    LeaksALife(f64),
    /// It leaks so many bytes a step that no Rust allocator sees.
    LeaksUnseen(f64),
    /// It does not leak.
    Innocent,
}

/// An animal of the zoo.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Animal {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// What it really does.
    pub truth: Truth,
    /// The function that is to blame; empty where nobody is.
    pub culprit: &'static str,
    /// Steps after which its nature shows.
    pub steps: u64,
}

/// Something to do with an animal.
pub trait Visitor {
    /// What it returns.
    type Output;
    /// Does it; the subject is the animal at its beginning.
    fn visit<S: Subject>(self, animal: &'static Animal, subject: S) -> Self::Output;
}

macro_rules! animals {
    ($($name:literal, $summary:literal, $truth:expr, $culprit:literal, $steps:literal,
       $create:expr, $step:expr;)+) => {
        /// Every animal: first those that leak.
        pub static ANIMALS: &[Animal] = &[$(Animal {
            name: $name,
            summary: $summary,
            truth: $truth,
            culprit: $culprit,
            steps: $steps,
        },)+];

        /// Visits the animal of this name; nothing where there is none.
        pub fn visit<V: Visitor>(name: &str, visitor: V) -> Option<V::Output> {
            let animal = ANIMALS.iter().find(|animal| animal.name == name)?;
            match name {
                $($name => Some(visitor.visit(animal, from_closures($create, $step))),)+
                _ => None,
            }
        }
    };
}

animals! {
    "eight_bytes_a_step", "a box of 8 bytes is kept at every step",
        Truth::LeaksAStep(8.0), "keep_a_box", 20_000,
        || Vec::with_capacity(20_000), leaks::keep_a_box;
    "string_a_switch", "a note of 40 bytes is kept at every mode switch, one in 613 steps",
        Truth::LeaksAStep(40.0 / 613.0), "note_switch", 50_000,
        || Vec::with_capacity(200), leaks::note_a_switch;
    "byte_a_hundred_steps", "a byte is kept every hundred steps, in a vector that doubles",
        Truth::LeaksAStep(0.01), "keep_a_byte", 120_000,
        Vec::new, leaks::keep_a_byte;
    "box_a_life", "a box of 96 bytes is forgotten once in every life",
        Truth::LeaksALife(96.0), "forget_a_box", 10_000,
        || (), leaks::forget_once;
    "reference_cycle", "two counted references hold each other",
        Truth::LeaksAStep(leaks::BYTES_OF_A_CYCLE), "make_a_cycle", 5000,
        || (), leaks::make_a_cycle;
    "map_by_key", "an ordered map gains a key every fourth step",
        Truth::LeaksAStep(leaks::BYTES_OF_AN_ENTRY), "insert_by_key", 40_000,
        std::collections::BTreeMap::new, leaks::insert_by_key;
    "hash_map_by_key", "a hash map gains a key at every step",
        // Per key 64 bytes, and of the table, when full at 7/8, a key, a pointer and a control byte.
        Truth::LeaksAStep(64.0 + 17.0 * 8.0 / 7.0), "insert_hashed", 40_000,
        std::collections::HashMap::new, leaks::insert_hashed;
    "thread_local", "a list in a thread-local gains a box of 24 bytes at every step",
        Truth::LeaksAStep(24.0), "note_in_thread", 10_000,
        leaks::make_room_in_thread, leaks::note_in_thread;
    "c_allocation", "C code keeps 64 bytes at every step, which Rust's allocator never sees",
        Truth::LeaksUnseen(64.0), "", 200_000,
        || (), unseen::keep_in_c;
    "large_once", "24 MB are taken at the first step, and never again",
        Truth::Innocent, "", 10_000,
        Vec::new, innocents::take_once;
    "filling_ring", "a ring of 5000 numbers fills, then turns",
        Truth::Innocent, "", 10_000,
        std::collections::VecDeque::new, innocents::turn_a_ring;
    "cut_back", "a vector is cut from 1000 entries back to 500, again and again",
        Truth::Innocent, "", 20_000,
        Vec::new, innocents::cut_back;
    "warming_cache", "a cache learns 2000 keys in its first 2000 steps",
        Truth::Innocent, "", 10_000,
        std::collections::HashMap::new, innocents::look_up;
    "still", "a fixed array is written",
        Truth::Innocent, "", 10_000,
        || [0.0; 16], innocents::write_in_place;
}
