#!/usr/bin/env bash
# Each feature compiles alone.
set -euo pipefail
cd "$(dirname "$0")/.."
export RUSTFLAGS="-D warnings"
cargo check --quiet
for feature in serde archery arc-swap stable_deref_trait unsize; do
    cargo check --quiet --features "$feature"
    echo "feature $feature: ok"
done
