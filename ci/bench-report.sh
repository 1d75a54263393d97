#!/usr/bin/env bash
# Measures everything, and rewrites the generated part of BENCHMARKS.md and the
# chart. Takes some two minutes. Needs valgrind.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --quiet --profile table -p brc-benches --bin table --bin table-mimalloc --bin pairs
bin=${CARGO_TARGET_DIR:-target}/table
new=$(mktemp)
trap 'rm -f "$new"' EXIT

cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -1)
family=$(sed -n 's/^cpu family[^:]*: *//p' /proc/cpuinfo | head -1)
model=$(sed -n 's/^model[^ n]*: *//p' /proc/cpuinfo | head -1)
virtual=$(grep -q '^flags.* hypervisor' /proc/cpuinfo && echo ', a virtual machine' || true)

{
    echo "Measured on $(nproc) processors of one $cpu (family $family, model $model$virtual), Linux $(uname -r | cut -d. -f1-2), $(rustc --version | cut -d' ' -f1-2), fat LTO, one codegen unit."
    echo
    echo "### Time, the system's allocator"
    echo
    "$bin/table" --markdown --svg docs/table.svg
    echo
    echo "### Time, mimalloc"
    echo
    "$bin/table-mimalloc" --markdown --only new
    echo
    echo "### Instructions"
    echo
    ci/instructions.sh || true
} >"$new"

awk -v new="$new" '
    /<!-- generated -->/   { print; print ""; while ((getline line < new) > 0) print line; print ""; skip = 1 }
    /<!-- \/generated -->/ { skip = 0 }
    !skip                  { print }
' BENCHMARKS.md >"$new.md"
mv "$new.md" BENCHMARKS.md

# The rows that the README shows.
awk -F '|' '
    BEGIN { print "| ns, median | Brc | Rc | Arc | biasedrc | steel-rc |"; print "|---|--:|--:|--:|--:|--:|" }
    /^### Time, mimalloc/ { exit }
    $2 ~ /^ (owner: clone \+ drop|owner: new \+ drop|other thread: clone|immortal: two|two threads, one object: its owner|two threads, one merged|walk of one tree)/ {
        print "|" $2 "|" $3 "|" $4 "|" $5 "|" $8 "|" $9 "|"
    }
' "$new" >"$new.rows"
awk -v rows="$new.rows" '
    /<!-- table:begin -->/ { print; print ""; while ((getline line < rows) > 0) print line; print ""; skip = 1 }
    /<!-- table:end -->/   { skip = 0 }
    !skip                  { print }
' README.md >"$new.md"
mv "$new.md" README.md
rm -f "$new.rows"
