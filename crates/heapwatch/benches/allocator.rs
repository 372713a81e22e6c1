//! What counting costs: pairs of allocation and free, through the system's allocator and through the
//! counting one, by one thread and by two. Prints the ratio.

use criterion::Criterion;
use heapwatch::CountingAllocator;
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::time::Instant;

const PAIRS: u32 = 2_000_000;

#[allow(unsafe_code)]
fn pair(allocator: &impl GlobalAlloc, size: usize) {
    let Ok(layout) = Layout::from_size_align(black_box(size), 8) else { return };
    // SAFETY: the layout has a non-zero size, and the block is freed once with the same layout.
    unsafe {
        let block = black_box(allocator.alloc(layout));
        if !block.is_null() {
            allocator.dealloc(block, layout);
        }
    }
}

fn nanoseconds(threads: usize, allocator: &(impl GlobalAlloc + Sync)) -> f64 {
    let once = || {
        let began = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| (0..PAIRS).for_each(|_| pair(allocator, 64)));
            }
        });
        began.elapsed().as_secs_f64() * 1e9 / f64::from(PAIRS)
    };
    (0..7).map(|_| once()).fold(f64::INFINITY, f64::min)
}

fn main() {
    let counting = CountingAllocator::new();
    let mut criterion = Criterion::default().configure_from_args();
    for size in [16, 64, 1024, 65536] {
        let mut group = criterion.benchmark_group(format!("pair of {size} bytes"));
        group.bench_function("system", |bench| bench.iter(|| pair(&System, size)));
        group.bench_function("counting", |bench| bench.iter(|| pair(&counting, size)));
        group.finish();
    }
    for threads in [1, 2] {
        let (without, with) = (nanoseconds(threads, &System), nanoseconds(threads, &counting));
        println!(
            "{threads} thread(s), pair of 64 bytes: {without:.1} ns without, {with:.1} ns with counting, \
             ratio {:.2}",
            with / without
        );
    }
    criterion.final_summary();
}
