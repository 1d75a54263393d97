#!/usr/bin/env bash
# Explores the models of every floor; each prints its number of executions.
# BRC_LOOM_UNBOUNDED=1 lifts the bounds on preemptions (hours).
set -euo pipefail
cd "$(dirname "$0")/.."
loom=$(ci/patched-loom.sh)
export RUSTFLAGS="--cfg loom"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/loom
# What the models assert, the code asserts too.
export CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true
cargo test --release --features gc --config "paths=[\"$loom\"]" --lib --test 'loom_*' -- --nocapture "$@"
