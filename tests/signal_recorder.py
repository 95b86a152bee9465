"""A tool for tests: notes each signal that comes to it in a file, and ends at a line `end`."""

from __future__ import annotations

RECORDER = """#!{python} -ISu
import os, signal, sys, threading
out = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
def note(*words):
    # Write in one call: lines of two threads never mix.
    os.write(out, " ".join(map(str, words)).encode() + b"\\n")
def wait(numbers):
    while True:
        note(signal.Signals(signal.sigwait(numbers)).name)
numbers = set(map(int, sys.argv[2:]))
# Take them in a thread of its own: a handler of Python's that is called for between its look and read(2) would run
# only when the next line comes.
if numbers:
    signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    threading.Thread(target=wait, args=(numbers,), daemon=True).start()
note("ready", os.getpid())
for line in iter(sys.stdin.readline, ""):
    if line == "end\\n":
        break
note("done")
os._exit(42)
"""
