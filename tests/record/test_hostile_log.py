"""A hostile log: no reader crashes on it, none hands its control characters on, and work grows with the log alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hostile_log import SESSION, write_hostile_log

READERS = [
    "log --full", "log --json --failed --grep make", f"tree --session {SESSION}", f"tree --session {SESSION} --svg",
    f"tree --session {SESSION} --json", "stats", "stats --svg", "history", "show last", "show last --shell",
    "tui --plain", "report -o -", "report --ci", *(f"export {name}" for name in
    "jsonl csv chrome perfetto otlp folded compile-commands".split()),
]  # fmt: skip
BINARY = ("export perfetto",)
RAW = (b"\x1b[2J", b"\x1b]0;", b"\x07", "\u202e".encode(), "\x9b".encode())


def cpu_seconds(env: dict[str, str], log: Path, reader: str) -> float:
    program = shutil.which("caro", path=env["PATH"]) or "caro"
    before = os.times()
    done = subprocess.run(
        [program, *reader.split(), "--log", str(log)], env=env, capture_output=True, timeout=300, check=False
    )
    after = os.times()
    # A line with control characters can't be given as it was typed: refused in a sentence.
    refused = "--shell" in reader and done.returncode == 1 and done.stderr.startswith(b"caro: ")
    assert done.returncode == 0 or refused, (reader, done.stderr)
    assert b"Traceback" not in done.stderr
    if reader not in BINARY:
        assert not [raw for raw in RAW if raw in done.stdout + done.stderr], reader
    return after.children_user + after.children_system - before.children_user - before.children_system


@pytest.mark.long
@pytest.mark.parametrize("reader", READERS)
def test_every_reader_takes_a_hostile_log(env: dict[str, str], tmp_path: Path, reader: str) -> None:
    costs = []
    for count in (3000, 12_000):
        log = tmp_path / f"{count}.jsonl"
        write_hostile_log(log, count)
        costs.append(cpu_seconds(env, log, reader))
    assert costs[1] < 8 * costs[0]
