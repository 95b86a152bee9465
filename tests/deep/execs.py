"""What a command ran, as strace and as caro-trace tell it, in one shape that can be compared."""

from __future__ import annotations

import ast
import collections
import json
import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Status = tuple[str, int] | None  # ("exit", 3), ("signal", 9), None: replaced by another exec

RANDOM_NAMES = re.compile(r"/tmp/(tmp\.\w+|tmp\w{8}|cc\w{6})|\bpid-\d+")
STRACE_LINE = re.compile(r"(\d+) +(.*)")
CALL = re.compile(r"(execve|execveat)\((.*)\) += 0$", re.S)


@dataclass(frozen=True)
class Exec:
    path: str
    argv: tuple[str, ...]
    status: Status


def _settle(text: str) -> str:
    """Names that are made anew in each run."""
    return RANDOM_NAMES.sub("RANDOM", text)


def make_exec(path: str, argv: Iterable[str], status: Status) -> Exec:
    return Exec(_settle(path), tuple(_settle(arg) for arg in argv), status)


def _parse_call(call: str) -> tuple[str, list[str]] | None:
    """The path and argv of one successful call as `strace -s 1000000 -xx` prints it."""
    match = CALL.match(call)
    if not match:
        return None
    strings = match.group(2)
    if match.group(1) == "execveat":
        strings = strings.split(", ", 1)[1]
    path, rest = strings.split(", ", 1)
    argv_text = rest[: rest.index("]") + 1] if rest.startswith("[") else "[]"
    decode = lambda text: ast.literal_eval("b" + text).decode("utf-8", "surrogateescape")  # noqa: E731
    argv = [decode(word) for word in re.findall(r'"[^"]*"', argv_text)]
    return decode(path), argv


def parse_strace(text: str) -> list[Exec]:
    """All successful execs of an `strace -f -xx` log, with the end of each."""
    running: dict[str, tuple[str, list[str]]] = {}
    unfinished: dict[str, str] = {}
    found: list[Exec] = []
    for line in text.splitlines():
        match = STRACE_LINE.match(line)
        if not match:
            continue
        pid, what = match.groups()
        if moved := re.search(
            r"<pid changed to (\d+) \.\.\.>$", what
        ):  # a thread's exec makes it the process
            unfinished[moved.group(1)] = what[: moved.start()].rstrip()
            continue
        if what.endswith("<unfinished ...>"):
            unfinished[pid] = what.removesuffix("<unfinished ...>").rstrip()
            continue
        if resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", what):
            what = unfinished.pop(pid, "") + resumed.group(1)
        if call := _parse_call(what):
            if pid in running:
                found.append(make_exec(*running[pid], None))
            running[pid] = call
        elif ended := re.match(r"\+\+\+ exited with (\d+) \+\+\+", what):
            if pid in running:
                found.append(make_exec(*running.pop(pid), ("exit", int(ended.group(1)))))
        elif (ended := re.match(r"\+\+\+ killed by (\w+)", what)) and pid in running:
            import signal

            found.append(make_exec(*running.pop(pid), ("signal", int(signal.Signals[ended.group(1)]))))
    return found


def strace_execs(command: Sequence[str], folder: Path, **options: Any) -> list[Exec]:
    log = folder / "strace.txt"
    words = ["strace", "-f", "-xx", "-s", "4000000", "-e", "trace=execve,execveat,exit_group"]
    words += ["-o", str(log), "--", *command]

    subprocess.run(words, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    return parse_strace(log.read_text())


def event_status(event: dict[str, Any]) -> Status:
    if event.get("signal") is not None:
        return ("signal", event["signal"])
    return ("exit", event["exit_code"]) if event.get("exit_code") is not None else None


def read_events(log: Path, kind: str = "exec") -> list[dict[str, Any]]:
    if not log.exists():
        return []
    events = [json.loads(line) for line in log.read_text().splitlines()]
    return [event for event in events if event["kind"] == kind]


def event_execs(events: Iterable[dict[str, Any]]) -> list[Exec]:
    return [make_exec(event["path"], event["argv"], event_status(event)) for event in events]


def differences(expected: Iterable[Exec], got: Iterable[Exec]) -> tuple[list[Exec], list[Exec]]:
    """What is missing and what is too much. strace shows a relative path as it was given, an event a whole one."""
    expected, got = list(expected), list(got)
    unnamed = {(item.argv, item.status) for item in expected if not item.path}  # execveat of a descriptor

    def key(item: Exec) -> Exec:
        name = "" if (item.argv, item.status) in unnamed else os.path.basename(item.path)
        return Exec(name, item.argv, item.status)

    def whole(items: Iterable[Exec]) -> collections.Counter[Exec]:
        return collections.Counter(item for item in items)

    missing, extra = whole(expected) - whole(got), whole(got) - whole(expected)
    relative = collections.Counter(key(item) for item in missing.elements() if not item.path.startswith("/"))
    left = []
    for item in extra.elements():
        if relative[key(item)] > 0:
            relative[key(item)] -= 1
        else:
            left.append(item)
    still = [item for item in missing.elements() if item.path.startswith("/")] + list(relative.elements())
    return still, left
