#!/usr/bin/env bash
# Measures collectors of cycles, draws docs/collect.svg, and rewrites the part of
# BENCHMARKS.md between the marks collect:begin and collect:end. Takes some ten
# minutes. With --brief it writes nothing, and shows in a second that all works.
# Further arguments go to the measuring program.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --quiet --profile table -p brc-benches --features brc-heap --bin collect --bin collect-mimalloc
target=${CARGO_TARGET_DIR:-target}
new=$(mktemp)
trap 'rm -f "$new" "$new.md" "$new.svg"' EXIT

brief=
[[ " $* " == *" --brief "* ]] && brief=1
chart=docs/collect.svg
[[ $brief ]] && chart=$new.svg

cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -1)
{
    echo "Measured on $(nproc) processors of one $cpu, Linux $(uname -r | cut -d. -f1-2), $(rustc --version | cut -d' ' -f1-2), fat LTO, one codegen unit; the system's allocator, but for brc's heap, which has mimalloc."
    echo
    "$target/table/collect" --svg "$chart" --json "$target/collect.jsonl" "$@"
    echo "### All under mimalloc"
    echo
    "$target/table/collect-mimalloc" --only "pairs" --only-tables "$@"
} >"$new"

if [[ $brief ]]; then
    cat "$new"
    exit
fi
awk -v new="$new" '
    /<!-- collect:begin -->/ { print; print ""; while ((getline line < new) > 0) print line; print ""; skip = 1 }
    /<!-- collect:end -->/   { skip = 0 }
    !skip                    { print }
' BENCHMARKS.md >"$new.md"
mv "$new.md" BENCHMARKS.md
