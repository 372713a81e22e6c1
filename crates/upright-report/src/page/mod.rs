//! A report as data, and as the files that show it.

mod animation;
mod content;
mod html;
mod interactive;
mod markdown;

pub use animation::{Actor, Animation, Link, Signal};
pub use content::{Chart, Item, Page, Section};
