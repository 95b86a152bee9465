"""The daemon: the only place where the guard, the fixes and the record meet at run time.

run.py           its life: lock, socket, timers, signals
server.py        connections: framing, caps, whose they are
fifo.py          zsh's and bash's way without a process
session_fifos.py fish's
shown_rows.py    what such shells print of a line that failed
in_time.py       replies that are not there yet
dispatch.py      message -> reply
sessions.py      what is known of each shell
shell_ends.py    shells that ended without a word
session_file.py  the line that waits for its end (the twin of native/hook/session_file.c)
verdicts.py      where verdicts come from
command_output.py  what a failed command printed
fixes.py         where suggestions after a failure come from
log.py           its own log
"""
