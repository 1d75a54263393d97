#!/bin/sh
# Remakes the expected outputs with the machine's CPython (the reference).
# Usage: tests/regen.sh      -- reports every program that fails, is slow, or
# prints something that depends on the hash seed.
cd "$(dirname "$0")" || exit 1
PY=${PY:-python3}
bad=0
for p in corpus/*.py; do
    out=${p%.py}.out
    if ! PYTHONHASHSEED=1 timeout 10 $PY "$p" >/tmp/regen.$$.1 2>/tmp/regen.$$.err </dev/null; then
        echo "FAIL $p"; tail -3 /tmp/regen.$$.err; bad=1; continue
    fi
    PYTHONHASHSEED=77 timeout 10 $PY "$p" >/tmp/regen.$$.2 2>/dev/null </dev/null
    if ! cmp -s /tmp/regen.$$.1 /tmp/regen.$$.2; then echo "UNSTABLE $p"; diff /tmp/regen.$$.1 /tmp/regen.$$.2 | head -6; bad=1; fi
    grep -v '^~ ' /tmp/regen.$$.1 >"$out"
done
for p in ../programs/*.py; do
    n=$(basename "$p" .py)
    $PY "$p" >/tmp/regen.$$.1 || { echo "FAIL $p"; bad=1; }
    grep -v '^~ ' /tmp/regen.$$.1 >../programs/expected/"$n".out
done
rm -f /tmp/regen.$$.*
exit $bad
