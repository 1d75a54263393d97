#!/bin/sh
# Runs the suites with real threads under valgrind's memcheck, on small sizes.
# Needs the stable toolchain only.
set -eu
cd "$(dirname "$0")/.."
export BRC_TEST_SMALL=1
suites=${*:-stress destruction limits laws broke_elsewhere}
for suite in $suites; do
    binary=$(cargo test --test "$suite" --no-run 2>&1 | sed -n 's/.*Executable.*(\(.*\))/\1/p')
    # --fair-sched: else a thread that spins can keep the others from running.
    valgrind --tool=memcheck --error-exitcode=1 --fair-sched=yes --quiet "$binary"
done
