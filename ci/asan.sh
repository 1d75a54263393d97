#!/bin/sh
# Runs the suites with real threads under AddressSanitizer, on small sizes.
# Needs a nightly toolchain, whose compiler brings the runtime.
set -eu
cd "$(dirname "$0")/.."
if ! cargo +nightly --version >/dev/null 2>&1; then
    echo "skipped: no nightly"
    exit 0
fi
target=$(rustc +nightly -vV | sed -n 's/^host: //p')
export BRC_TEST_SMALL=1
# The heap's blocks from the Rust allocator, so that each is watched.
export RUSTFLAGS="-Zsanitizer=address --cfg brc_std_blocks"
# Immortal objects are leaked on purpose; the suites' own accounts find others.
export ASAN_OPTIONS=detect_leaks=0
suites="stress destruction limits laws broke_elsewhere properties"
suites="$suites heap heap_stress heap_misuse heap_panics heap_kinds heap_resurrection heap_values heap_retire heap_regressions"
suites="$suites heap_broke_elsewhere heap_properties"
suites="$suites heap_deferred heap_deferred_stress heap_slot_properties heap_containers"
suites="$suites heap_global_lock heap_threads"
for suite in ${*:-$suites}; do
    cargo +nightly test --features gc --target "$target" --test "$suite"
done
