//! Programs in Rust whose truth is known: `zoo NAME SECONDS`. The line that leaks is marked.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::hint::black_box;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Does a step so many times a second until the time is over.
fn paced(seconds: f64, a_second: f64, mut step: impl FnMut(u64)) {
    let (began, mut done) = (Instant::now(), 0);
    loop {
        let passed = began.elapsed().as_secs_f64();
        if passed > seconds {
            // What is kept stays, as in a service that is stopped.
            std::process::exit(0);
        }
        while (done as f64) < a_second * passed {
            step(done);
            done += 1;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

struct Node {
    _body: Vec<u8>,
    next: RefCell<Option<Rc<Node>>>,
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let (name, seconds) = (words[1].as_str(), words[2].parse().expect("seconds"));
    let paced = |a_second: f64, step: &mut dyn FnMut(u64)| paced(seconds, a_second, step);
    match name {
        "forgotten" => paced(100.0, &mut |step| {
            std::mem::forget(black_box(vec![step as u8 | 1; 700])); // leaks: forgotten
        }),
        "reference_cycle" => paced(100.0, &mut |step| {
            let body = vec![step as u8 | 1; 700]; // leaks: reference_cycle
            let node = Rc::new(Node { _body: body, next: RefCell::new(None) }); // leaks: reference_cycle
            *node.next.borrow_mut() = Some(Rc::clone(&node));
        }),
        "map_by_key" => {
            let mut map = BTreeMap::new();
            paced(100.0, &mut |step| {
                map.insert(step, vec![1_u8; 700]); // leaks: map_by_key
            });
        }
        "queue" => {
            let (sender, receiver) = mpsc::channel();
            std::thread::spawn(move || {
                // Takes one of two.
                for _ in receiver.iter() {
                    std::thread::sleep(Duration::from_millis(20));
                }
            });
            paced(100.0, &mut |_| {
                sender.send(vec![1_u8; 1400]).expect("a receiver"); // leaks: queue
            });
        }
        "bounded_queue" => {
            let mut queue = VecDeque::new();
            paced(500.0, &mut |step| {
                queue.push_back(vec![step as u8; 1000]);
                if queue.len() > 1000 {
                    queue.pop_front();
                }
            });
        }
        "buffer" => {
            let mut buffer = Vec::new();
            paced(100.0, &mut |step| {
                buffer.clear();
                buffer.extend(std::iter::repeat_n(step as u8, 100_000));
                black_box(&buffer);
            });
        }
        "strings" => paced(200.0, &mut |step| {
            let words: Vec<String> = (0..100).map(|i| format!("{step} {i}")).collect();
            black_box(words.join(" "));
        }),
        _ => panic!("no such program"),
    }
}
