"""The values everyone shares: events, verdicts, levels.

An event is one line of the log (JSON Lines, schema version 1). Absent and null mean the same: not known.
`EVENT_FIELDS` is the one description of the fields; the documentation is generated from it.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from caro.levels import Action, Level

__all__ = ["EVENT_FIELDS", "KINDS", "SCHEMA_VERSION", "SOURCES", "Action", "Event", "Level", "Truncated"]

SCHEMA_VERSION = 1

KINDS = ("exec", "exec_start", "line", "builtin", "verdict", "session")
SOURCES = ("shim", "launch", "deep", "prompt", "xtrace", "repl", "agent", "import")


LONGEST_MS = 1e13
"""Three hundred years. A line of the log that says more is damaged or forged, and no sum may become infinite by it."""
Duration = Annotated[float, msgspec.Meta(ge=-LONGEST_MS, le=LONGEST_MS)]


class Event(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One line of the log. Times: `ts` RFC 3339 UTC with microseconds, `duration_ms` milliseconds."""

    v: int
    id: str
    kind: str
    source: str
    ts: str
    session_id: str | None = None
    parent_id: str | None = None
    line_id: str | None = None
    command: str | None = None
    argv: list[str] | None = None
    path: str | None = None
    text: str | None = None
    file: str | None = None
    lineno: int | None = None
    cwd: str | None = None
    pid: int | None = None
    ppid: int | None = None
    user: str | None = None
    host: str | None = None
    platform: str | None = None
    fds: str | None = None
    exit_code: int | None = None
    signal: int | None = None
    duration_ms: Duration | None = None
    replaced_by: str | None = None
    mode: str | None = None
    tty: bool | None = None
    agent: str | None = None
    env_diff: list[str] | None = None
    stderr_bytes: int | None = None
    level: str | None = None
    score: int | None = None
    action: str | None = None
    rules: list[str] | None = None
    truncated: Truncated | None = None
    argv_b64: list[str] | None = None
    redacted: list[int] | None = None
    interpreter: str | None = None


class Truncated(msgspec.Struct, kw_only=True):
    """What was cut from argv: its whole size in bytes (NULs included), SHA-256 of argv joined by NUL, count."""

    bytes: int
    sha256: str
    argc: int


EVENT_FIELDS: dict[str, str] = {
    "v": "schema version, 1",
    "id": "UUIDv7 of the event",
    "kind": "`exec` (a process that ended or was replaced), `exec_start` (the same id, once, when it still runs"
    " after 1 s), `line` (typed), `builtin`, `verdict`, `session`",
    "source": "`shim`, `launch`, `deep`, `prompt`, `xtrace`, `repl` or `agent`: who saw it; `import`: a line of another"
    " history",
    "ts": "start, RFC 3339, UTC, microseconds",
    "session_id": "UUIDv7 of the session",
    "parent_id": "id of the exec event that started this one",
    "line_id": "id of the typed line it belongs to",
    "command": "the name asked for; of a `session` its shell, of an imported `line` the program whose history it was",
    "argv": "arguments, argv[0] as typed; bytes that are not UTF-8 show as U+FFFD",
    "path": "the file that really ran",
    "text": "of a `line`: what was typed",
    "file": "of a `builtin`: the source file it stood in",
    "lineno": "of a `builtin`: the line it stood on",
    "cwd": "working folder at the start",
    "pid": "process id",
    "ppid": "process id of the parent; of a `builtin` in a subshell: of its shell",
    "user": "name of the effective user",
    "host": "name of the machine",
    "platform": "`linux` or `darwin`",
    "fds": "of an `exec` in deep mode: its descriptors 0 to 2 that are a pipe, a socket or a file, each with device and"
    " inode: `0=pipe:14:811 2=file:2049:93`",
    "exit_code": "exit status; null where it can't be known",
    "signal": "number of the signal that ended it",
    "duration_ms": "milliseconds, three decimals",
    "replaced_by": "id of the event of the exec that replaced this one in the same process",
    "mode": "`interactive` or `noninteractive`",
    "tty": "whether standard input is a terminal",
    "agent": "name of the agent above, if any (`CARO_AGENT`)",
    "env_diff": "names (never values) of variables that differ from the parent exec's; off by default",
    "stderr_bytes": "growth of standard error where it is a regular file; off by default",
    "level": "risk level: `low`, `moderate`, `high`, `critical`",
    "score": "risk score, 0 to 100",
    "action": "`allow`, `warn`, `confirm` or `block`",
    "rules": "ids of the rules that spoke",
    "truncated": "argv above 32 KiB was cut: its `bytes`, `sha256` and `argc`",
    "argv_b64": "the exact bytes of argv in base64 where they are not UTF-8",
    "redacted": "indexes of the arguments that held a secret",
    "interpreter": "of a `#!` script: the interpreter that really ran",
}
