#!/usr/bin/env bash
# Each feature compiles alone.
set -euo pipefail
cd "$(dirname "$0")/.."
export RUSTFLAGS="-D warnings"
cargo check --quiet
for feature in serde archery arc-swap stable_deref_trait unsize gc tracing; do
    cargo check --quiet --features "$feature"
    echo "feature $feature: ok"
done
cargo check --quiet --features gc,tracing
RUSTFLAGS="$RUSTFLAGS --cfg brc_std_blocks" cargo check --quiet --features gc --target-dir target/std-blocks
echo "the heap over the Rust allocator: ok"
