#!/bin/sh
# Runs a program again whenever it ends, until it is told to stop (SIGTERM); then it ends the program and waits for it.
#   supervise.sh PIDFILE PROGRAM [ARGUMENT...]
# PIDFILE always holds the process id of the running program. A program that keeps ending at once is run again after a pause
# that doubles from 1 to 16 seconds. A shell, because it needs a thirtieth of the memory that another Node.js would.
pidfile=$1
shift
child=
stopping=
pause=0
stop() {
  stopping=yes
  [ -n "$child" ] && kill -TERM "$child" 2>/dev/null
}
trap stop TERM INT HUP
while [ -z "$stopping" ]; do
  started=$(date +%s)
  "$@" &
  child=$!
  echo "$child" >"$pidfile"
  # The signal may have come before there was a child to pass it on to.
  [ -n "$stopping" ] && kill -TERM "$child" 2>/dev/null
  # A trapped signal interrupts wait, so wait until the program has really ended.
  while kill -0 "$child" 2>/dev/null; do wait "$child"; done
  child=
  [ -n "$stopping" ] && break
  if [ $(($(date +%s) - started)) -ge 10 ]; then pause=0; fi
  echo "supervisor: the program ended; it is started again after ${pause} s" >&2
  [ "$pause" -gt 0 ] && { sleep "$pause" & wait $!; }
  pause=$((pause == 0 ? 1 : pause < 16 ? pause * 2 : 16))
done
rm -f "$pidfile"
