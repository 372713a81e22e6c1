#!/bin/sh
# The whole book in target/book: output and figures as the program gives them now, then the pages.
set -eu
cd "$(dirname "$0")/.."
UPRIGHT_UPDATE_DOCS=1 cargo test --quiet -p upright --test documents
cargo run --quiet --manifest-path book/Cargo.toml
