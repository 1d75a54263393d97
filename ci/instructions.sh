#!/usr/bin/env bash
# Counts the instructions of the hot pairs, exactly, and fails if the owner's
# clone + drop takes more than it may. Needs valgrind.
set -euo pipefail
cd "$(dirname "$0")/.."

limit=16
few=1000
many=3000

cargo build --quiet --profile table -p brc-benches --bin pairs
pairs=${CARGO_TARGET_DIR:-target}/table/pairs

# The instructions of a whole run.
run() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$pairs" "$1" "$2" 2>&1 |
        sed -n 's/.*Collected *: *\([0-9]*\).*/\1/p'
}

# Per operation, in hundredths, loop and all: all but the loop drops out.
each() {
    echo $((($(run "$1" "$many") - $(run "$1" "$few")) * 100 / (many - few)))
}

empty=$(each empty)
empty_new=$(each empty-new)
owner=

show() { # text, case, instructions of the loop
    local all net
    all=$(each "$2")
    net=$((all - $3))
    printf '| %-38s | %9s | %9s |\n' "$1" "$((net / 100)).$(printf %02d $((net % 100)))" "$((all / 100)).$(printf %02d $((all % 100)))"
    if [ "$2" = owner ]; then owner=$net; fi
}

echo '| instructions                           |       net | with loop |'
echo '|----------------------------------------|----------:|----------:|'
show 'Brc, owner: clone + drop' owner "$empty"
show 'Brc, immortal: clone + drop' immortal "$empty"
show 'Brc, other thread, merged: clone + drop' merged "$empty"
show 'Brc, other thread, not merged' stranger "$empty"
show 'Rc: clone + drop' rc "$empty"
show 'Arc: clone + drop' arc "$empty"
show 'triomphe: clone + drop' triomphe "$empty"
show 'hybrid-rc `Rc`: clone + drop' hybrid-rc "$empty"
show 'biasedrc, owner: clone + drop' biasedrc "$empty"
show 'steel-rc, owner: clone + drop' steel-rc "$empty"
show 'Brc: new + drop' new "$empty_new"
show 'Rc: new + drop' new-rc "$empty_new"
show 'Arc: new + drop' new-arc "$empty_new"
show 'Box: new + drop' new-box "$empty_new"

if [ "$owner" -gt $((limit * 100)) ]; then
    echo "the owner's pair takes more than $limit instructions" >&2
    exit 1
fi
