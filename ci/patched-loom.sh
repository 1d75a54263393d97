#!/usr/bin/env bash
# Makes a copy of loom with loom.patch applied and prints where it stands, for
# `cargo --config 'paths=["..."]'`, which uses it and leaves Cargo.lock alone.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p "${CARGO_TARGET_DIR:-target}"
copy=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)/patched-loom
if ! cmp -s ci/loom.patch "$copy/applied"; then
    manifest=$(cargo metadata --format-version 1 |
        sed -n 's/.*"manifest_path":"\([^"]*\/loom-0[^"/]*\)\/Cargo.toml".*/\1/p')
    rm -rf "$copy"
    cp -r "$manifest" "$copy"
    chmod -R u+w "$copy"
    patch --silent --directory "$copy" -p1 <ci/loom.patch
    cp ci/loom.patch "$copy/applied"
fi
echo "$copy"
