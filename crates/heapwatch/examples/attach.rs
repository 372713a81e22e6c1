//! Watches a process for some seconds and says what it saw, and what watching cost it.
//!
//! `cargo run -p heapwatch --example attach -- PID SECONDS`

use heapwatch::process::{Options, attach};
use std::time::Duration;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(pid), Some(seconds)) = (words.next(), words.next()) else {
        return Err("two words are needed: PID SECONDS".into());
    };
    let duration = Duration::try_from_secs_f64(seconds.parse()?)?;
    let watched = attach(pid.parse()?, &Options { duration, ..Options::default() })?;
    println!("{}", watched.judgement.verdict);
    println!("judged by {}: {:?}", watched.account.name(), watched.cost);
    Ok(())
}
