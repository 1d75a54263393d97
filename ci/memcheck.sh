#!/bin/sh
# Runs the suites with real threads under valgrind's memcheck, on small sizes.
# Needs the stable toolchain only.
set -eu
cd "$(dirname "$0")/.."
export BRC_TEST_SMALL=1
# The heap's blocks from the Rust allocator, so that each is watched.
export RUSTFLAGS="--cfg brc_std_blocks"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/std-blocks
suites=${*:-stress destruction limits laws broke_elsewhere heap heap_stress heap_broke_elsewhere heap_properties heap_deferred heap_deferred_stress heap_slot_properties heap_containers}
for suite in $suites; do
    binary=$(cargo test --features gc --test "$suite" --no-run 2>&1 | sed -n 's/.*Executable.*(\(.*\))/\1/p')
    # --fair-sched: else a thread that spins can keep the others from running.
    valgrind --tool=memcheck --error-exitcode=1 --fair-sched=yes --quiet "$binary"
done
