#!/usr/bin/env bash
# Demands that the models catch each small mistake in ci/mutants: applies the
# patches one at a time to a copy of the tree and runs the model that the patch
# names, which must fail. (It must compile: that is not a kill.)
# With arguments: only the patches whose names contain one of them.
set -uo pipefail
cd "$(dirname "$0")/.."
limit=120 # seconds; a model that does not end has not failed

# Half of the patches at a time in each of two processes: a build of one crate
# keeps one processor busy.
if [ -z "${BRC_MUTANTS_HALF:-}" ]; then
    ci/patched-loom.sh >/dev/null || exit 1
    BRC_MUTANTS_HALF=1 ci/mutants.sh "$@" >"${TMPDIR:-/tmp}/brc-mutants.$$" &
    BRC_MUTANTS_HALF=0 ci/mutants.sh "$@"
    first=$?
    wait $!
    second=$?
    cat "${TMPDIR:-/tmp}/brc-mutants.$$"
    rm -f "${TMPDIR:-/tmp}/brc-mutants.$$"
    [ $first -eq 0 ] && [ $second -eq 0 ]
    exit
fi

root=$PWD
loom=$(ci/patched-loom.sh) || exit 1
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}/mutants$BRC_MUTANTS_HALF
copy=$CARGO_TARGET_DIR/tree
rm -rf "$copy" && mkdir -p "$copy"
cp -r Cargo.toml Cargo.lock README.md DESIGN.md derive docs src tests benches examples "$copy"
export RUSTFLAGS="--cfg loom" CARGO_TERM_COLOR=never
export CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true CARGO_PROFILE_RELEASE_DEBUG=0
export CARGO_PROFILE_RELEASE_INCREMENTAL=true CARGO_PROFILE_RELEASE_OPT_LEVEL=1
cd "$copy"

# Builds what a model is in: `floor::model::..` the library, else the test in
# tests/loom_* that has such a module. Prints the program.
build() {
    local where=--lib
    if [[ $1 != *model::* ]]; then
        where=$(echo tests/loom_*/"${1%%::*}.rs")
        where="--test $(basename "$(dirname "$where")")"
    fi
    cargo test --quiet --release --features gc --config "paths=[\"$loom\"]" $where --no-run --message-format=json 2>"$copy/errors" |
        sed -n 's/.*"executable":"\([^"]*\)".*/\1/p'
}

wanted() {
    [ $# -eq 1 ] && return 0
    local name=$1 part
    shift
    for part in "$@"; do [[ $name == *$part* ]] && return 0; done
    return 1
}

failed=0 count=0 number=0
report() { printf '%-44s %-10s %4s s  %s\n' "$@"; }

for patch in "$root"/ci/mutants/*.patch; do
    name=$(basename "$patch" .patch)
    wanted "$name" "$@" || continue
    number=$((number + 1))
    [ $((number % 2)) -eq "$BRC_MUTANTS_HALF" ] || continue
    count=$((count + 1))
    begin=$SECONDS
    model=$(sed -n 's/^# kills: //p' "$patch")
    if ! patch --silent --forward -p1 <"$patch" >"$copy/errors"; then
        verdict="NO MATCH"
    elif program=$(build "$model") && [ -z "$program" ]; then
        verdict="NO BUILD"
    elif [[ $("$program" --list --exact "$model") != *": test"* ]]; then
        verdict="NO MODEL"
    else
        # In a subshell, which keeps the news of an abort to itself.
        (timeout "$limit" "$program" --exact "$model" >"$copy/errors" 2>&1; exit) 2>/dev/null
        case $? in
            0) verdict=SURVIVED ;;
            124) verdict="NO END" ;;
            *) verdict=killed ;;
        esac
    fi
    report "$name" "$verdict" $((SECONDS - begin)) "$model"
    if [ "$verdict" != killed ]; then
        failed=$((failed + 1))
        tail -n 20 "$copy/errors"
    fi
    # Back to the original; its new time has cargo build it again.
    for file in $(sed -n 's|^+++ b/||p' "$patch"); do
        rm -f "$file.orig" "$file.rej"
        cp "$root/$file" "$file"
    done
done
echo "$count mutants, $failed not killed, $SECONDS s"
[ "$failed" -eq 0 ] && [ "$number" -gt 0 ]
