//! The counting library's table of blocks holds what a map would, in pages whose size it knows.
#![cfg(all(target_os = "linux", target_env = "gnu"))]
// The library is compiled by itself, and not as a part of this workspace.
#![allow(dead_code, unused, unsafe_code, unreachable_pub, missing_docs)]
#![allow(clippy::all, clippy::pedantic, clippy::restriction)]

#[path = "../preload/blocks.rs"]
mod blocks;
#[path = "../src/layout.rs"]
mod layout;
#[path = "../preload/sampling.rs"]
mod sampling;
#[path = "../preload/system.rs"]
mod system;

use blocks::{Block, Blocks};
use sampling::Weight;
use std::collections::HashMap;

#[test]
fn a_table_of_blocks_holds_what_a_map_would() {
    let (mut table, mut map) = (Blocks::new(), HashMap::new());
    let mut state = 7_u64;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % below
    };
    for turn in 0..200_000 {
        // Grows to some 20 000 blocks, whose addresses lie close together, and shrinks again.
        let address = 0x7f00_0000_0000 + 16 * draw(30_000) as usize;
        if draw(100) < if turn < 120_000 { 70 } else { 20 } {
            let block = Block { site: turn, weight: Weight { bytes: draw(1000), variance: 0.0 } };
            let grows = table.will_grow();
            let before = table.bytes();
            let old = table.insert(address, block).ok().expect("there is memory");
            assert_eq!(old.map(|block| block.site), map.insert(address, turn));
            assert_eq!(table.bytes(), if grows > 0 { grows } else { before });
        } else {
            assert_eq!(table.remove(address).map(|block| block.site), map.remove(&address));
        }
    }
    for (address, site) in map {
        assert_eq!(table.remove(address).map(|block| block.site), Some(site));
        assert!(table.remove(address).is_none());
    }
    assert!(table.bytes() >= 32 * 20_000 && table.bytes() <= 1 << 21, "{}", table.bytes());
}
