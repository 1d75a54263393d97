#!/usr/bin/env bash
# Measures what threads share in the heap, and prints it as Markdown: the part of
# BENCHMARKS.md between the marks shared:begin and shared:end. All samples go to
# shared.jsonl in the build folder. Takes some three minutes for --rounds 5 (as if not
# said). With --brief it shows in less than half a minute that all works. With --write
# it writes the part instead of printing it. Further arguments go to the measuring program.
# Needs valgrind for the instructions.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --quiet --profile table -p brc-benches --features brc-heap --bin shared
target=${CARGO_TARGET_DIR:-target}
shared=$target/table/shared

brief=
write=
args=()
for arg in "$@"; do
    case $arg in
    --brief) brief=1 args+=("$arg") ;;
    --write) write=1 ;;
    *) args+=("$arg") ;;
    esac
done

# The instructions of a whole run.
run() { # case, count
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$shared" --count "$1" "$2" 2>&1 |
        sed -n 's/.*Collected *: *\([0-9]*\).*/\1/p'
}

few=1000
many=3000

# Per operation, in hundredths, loop and all: all but the loop drops out.
each() {
    echo $((($(run "$1" "$many") - $(run "$1" "$few")) * 100 / (many - few)))
}

counts=(
    "clone-drop owner|clone + drop, its owner"
    "clone-drop stranger|clone + drop, another thread's"
    "clone-drop deferred|clone + drop, deferred"
    "clone-drop immortal|clone + drop, immortal"
    "clone-drop once|clone + drop, immortal with the second thread, before that"
    "arc|\`Arc\`: clone + drop"
    "new-drop|alloc + drop of the last handle"
    "load|\`GcSlot::load\`"
    "load-plain|plain \`Acquire\` load"
    "load-arc-swap|arc-swap: \`load\`"
    "load-epoch|crossbeam-epoch: pin and load"
    "to-gc owner|\`GcSlot::load\`, \`to_gc\` + drop, its owner"
    "store|\`GcSlot::store\` of an object that lives on, and a safepoint"
    "store-new|\`GcSlot::store\` of a new object, and a safepoint, with the old one's end"
    "poll|safepoint"
    "detach|detach + attach"
    "push-pop owner|\`OperandStack\`: push a clone, pop + drop, its owner"
    "vec-push-pop owner|\`Vec<Gc>\`: the same"
    "push-pop deferred|\`OperandStack\`: push a clone, pop + drop, deferred"
    "push-truncate deferred|\`OperandStack\`: push_local + truncate, deferred"
    "vec-push-pop deferred|\`Vec<Gc>\`: push a clone, pop + drop, deferred"
)

instructions() {
    local loop=$(each nothing) entry all net limit=3
    echo "### Instructions of shared objects"
    echo
    echo "By callgrind, without the loop. The mutator is behind a reference, as in a program."
    echo
    echo "| | instructions |"
    echo "|---|--:|"
    for entry in "${counts[@]}"; do
        all=$(each "${entry%%|*}")
        net=$((all - loop))
        echo "| ${entry#*|} | $((net / 100)).$(printf %02d $((net % 100))) |"
        [[ $entry == poll* ]] && poll=$net
    done
    echo
    if [ "$poll" -gt $((limit * 100)) ]; then
        echo "* **MISSED** safepoint: $((poll / 100)) instructions, target ≤ $limit"
    else
        echo "* ok: safepoint: $((poll / 100)) instructions, target ≤ $limit"
    fi
}

new=$(mktemp)
trap 'rm -f "$new" "$new.md"' EXIT

cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -1)
{
    echo "Made by \`ci/shared-report.sh${*:+ $*}\` on $(nproc) processors of one $cpu, Linux $(uname -r | cut -d. -f1-2), $(rustc --version | cut -d' ' -f1-2), fat LTO, one codegen unit; all with mimalloc."
    echo
    "$shared" --json "$target/shared.jsonl" "${args[@]}"
    if [[ ! $brief ]] && command -v valgrind >/dev/null; then
        instructions
    fi
} >"$new"

if [[ $write && ! $brief ]]; then
    awk -v new="$new" '
        /<!-- shared:begin -->/ { print; print ""; while ((getline line < new) > 0) print line; print ""; skip = 1 }
        /<!-- shared:end -->/   { skip = 0 }
        !skip                   { print }
    ' BENCHMARKS.md >"$new.md"
    mv "$new.md" BENCHMARKS.md
    # The samples behind the targets for two threads.
    grep -E '"table": "(Shared reads|Clone and drop of one hot object)", "row": "brc' "$target/shared.jsonl" |
        gzip -9n >benches/raw/shared.jsonl.gz
else
    cat "$new"
fi
