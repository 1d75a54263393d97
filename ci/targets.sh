#!/usr/bin/env bash
# The library compiles for other targets, where they are installed.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$(rustc -vV | sed -n 's/^host: //p')
sysroot=$(rustc --print sysroot)
for target in x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu i686-unknown-linux-gnu \
    x86_64-apple-darwin aarch64-apple-darwin x86_64-pc-windows-msvc x86_64-pc-windows-gnu; do
    if [ "$target" = "$here" ] || [ -d "$sysroot/lib/rustlib/$target" ]; then
        cargo check --quiet --lib --target "$target"
        echo "target $target: ok"
    else
        echo "target $target: skipped, not installed"
    fi
done
