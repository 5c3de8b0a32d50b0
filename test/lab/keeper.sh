#!/bin/sh
# Keeps a User-Mode Linux: keeper.sh RUN PROGRAM [ARG ...], in a session of its own.
# The kernel finds the caller's standard output and error at 3 and 4; its own talk goes to a log in
# RUN. It leaves helper processes behind when it dies, all in the session that it makes of itself,
# so that is killed whole. If standard input ends because the caller is gone, all of it ends.
run=$1
shift
exec 3>&1 4>&2 5<&0 >"$run/kernel.log" 2>&1 </dev/null
"$@" 5<&- &
kernel=$!

sweep() {
    kill -KILL "-$kernel" || kill -KILL "$kernel" # It may not have made its session yet.
    "$@"
    kill -KILL 0
}

{
    read -r _ <&5
    sweep rm -rf "$run"
} 3>&- 4>&- &
wait "$kernel"
sweep true
