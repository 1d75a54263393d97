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
export RUSTFLAGS=-Zsanitizer=address
# Immortal objects are leaked on purpose; the suites' own accounts find others.
export ASAN_OPTIONS=detect_leaks=0
for suite in ${*:-stress destruction limits laws broke_elsewhere properties}; do
    cargo +nightly test --target "$target" --test "$suite"
done
