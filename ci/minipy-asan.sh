#!/bin/sh
# Runs minipy's programs under AddressSanitizer. Needs a nightly toolchain, whose
# compiler brings the runtime.
set -eu
cd "$(dirname "$0")/.."
if ! cargo +nightly --version >/dev/null 2>&1; then
    echo "skipped: no nightly"
    exit 0
fi
target=$(rustc +nightly -vV | sed -n 's/^host: //p')
# The heap's blocks from the Rust allocator, so that each is watched.
export RUSTFLAGS="-Zsanitizer=address --cfg brc_std_blocks"
# Names, code and immortal objects are leaked on purpose.
export ASAN_OPTIONS=detect_leaks=0
exec cargo +nightly test --release -p minipy --target "$target" --test programs -- "${@:-stress}"
