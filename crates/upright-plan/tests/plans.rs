//! Plans from hanging, found at every force limit, and ranked.

use std::f64::consts::PI;
use upright_core::Plant;
use upright_plan::{NoPlan, Question};

fn hanging(max_force: f64, track: f64) -> Question {
    let plant = Plant { track: Some(track), ..Plant::default() };
    Question::new(plant, max_force, 0.001, [0.0, PI, PI, 0.0, 0.0, 0.0])
}

#[test]
fn show() {
    for force in [150.0, 60.0, 30.0, 20.0] {
        let t = std::time::Instant::now();
        match hanging(force, 0.6).answer() {
            Ok(answer) => {
                println!(
                    "{force}: {} of {} {:?}",
                    answer.ranked().count(),
                    answer.candidates.len(),
                    t.elapsed()
                );
                for c in answer.ranked().take(4) {
                    println!(
                        "  {:?} {:?} {} {} {} {} {}",
                        c.successes,
                        c.turns,
                        c.horizon,
                        c.cost,
                        c.travel,
                        c.first_limit,
                        c.iterations
                    );
                }
                let mut s: Vec<_> = answer.ranked().collect();
                s.sort_by(|a, b| a.cost.total_cmp(&b.cost));
                for c in s.iter().take(3) {
                    println!(
                        "  cheap {:?} {:?} {} {} {} {} {}",
                        c.successes,
                        c.turns,
                        c.horizon,
                        c.cost,
                        c.travel,
                        c.first_limit,
                        c.iterations
                    );
                }
            }
            Err(e) => println!("{force}: {e} {:?}", t.elapsed()),
        }
    }
    let _ = NoPlan::NotFound {
        starts: 0,
        shortest: 0.0,
        max_force: 0.0,
        end_error: 0.0,
        travel: 0.0,
        limit: 0.0,
    };
}
