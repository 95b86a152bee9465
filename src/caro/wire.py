"""The messages between the daemon and its clients: one JSON object a line. docs/wire.md describes them.

Values in, values out: no sockets here. native/lib/wire/wire.h is the other side; change VERSION (`wire_limits.py`) in
both when a message changes its meaning. tests/vectors/wire.jsonl is read by the tests of both.
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

import msgspec

from caro.wire_limits import MAX_BYTES as MAX_BYTES
from caro.wire_limits import VERSION as VERSION

TYPES = frozenset(
    "session_start preexec postexec session_end check_exec agent fix suggest check explain ask complete lines"
    " status reload stop".split()
)


class WireError(Exception):
    """A message that can't be taken; `str()` is the sentence for its sender, `id` its id where one was read."""

    def __init__(self, sentence: str, id: str = "") -> None:
        super().__init__(sentence)
        self.id = id


ExitCode = Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""The largest integer that JSON numbers of every language hold, and C's long."""


class Last(msgspec.Struct, omit_defaults=True):
    """How the line before ended."""

    exit_code: ExitCode | None = None
    duration_ms: float | None = None


class Request(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Any request; which fields mean something depends on `type`. Unknown fields are ignored."""

    v: int
    type: str
    id: str = ""
    session: str | None = None
    sent: int | None = None
    timeout_ms: int | None = None
    seq: Count = 0
    shell: str = ""
    pid: Count = 0
    line: str = ""
    line_b64: str | None = None
    typed: str = ""
    """How the line was typed, where `line` is what its aliases make of it: that is recorded."""
    cwd: str | None = None
    tty: bool = False
    env: dict[str, str] = {}
    last: Last | None = None
    cut: bool = False
    """`line` or `argv` is the beginning of a longer one."""
    answer: str | None = None
    told: bool = False
    """The line runs already: nobody waits for a verdict."""
    exit_code: ExitCode | None = None
    duration_ms: float | None = None
    argv: list[str] = []
    agent: str | None = None
    event: str | None = None
    code: str | None = None
    peer: int = 0
    """Process id at the other end; the server fills it in, whatever the message says."""
    command: str | None = None
    output: str | None = None
    what: str | None = None
    log: str | None = None
    mode: str | None = None
    relay: str = ""
    mark: str = ""
    color: bool = True
    """What is shown may have colours."""
    cursor: Count | None = None
    """Characters of `line` in front of the cursor; None: all of them."""
    hint_ms: Annotated[int, msgspec.Meta(ge=0, le=60_000)] = 0
    """A pause after which a question of what to offer is answered once more, by a hint."""

    def is_stale(self, now_us: int) -> bool:
        """True if its sender has given up: what it asked has been decided and recorded without us."""
        return (
            self.sent is not None
            and self.timeout_ms is not None
            and now_us - self.sent > self.timeout_ms * 1000
        )


class _Head(msgspec.Struct):
    v: int
    id: str = ""


_request = msgspec.json.Decoder(Request)
_head = msgspec.json.Decoder(_Head)
_encoder = msgspec.json.Encoder()


def parse_request(line: bytes) -> Request:
    """One line, with or without its newline; raise WireError."""
    if len(line) > MAX_BYTES:
        raise WireError(f"a message is longer than {MAX_BYTES} bytes")
    head = _decode(_head, line)
    if head.v != VERSION:
        raise WireError(
            f"version {head.v} of the wire is not known here, only {VERSION}: is it another Caro?", head.id
        )
    request: Request = _decode(_request, line, head.id)
    if request.type not in TYPES:
        raise WireError(f"there is no message {request.type[:40]!r}", head.id)
    return request


def _decode(decoder: msgspec.json.Decoder[Any], line: bytes, id: str = "") -> Any:
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # zsh sends the bytes that were typed; whatever isn't UTF-8 of them shows as U+FFFD.
        repaired = line.decode("utf-8", "replace").encode()
        if repaired != line:
            return _decode(decoder, repaired, id)
        raise WireError(f"not a message: {error}", id) from None


def exact_line(request: Request) -> bytes:
    """The line as it was typed, byte by byte."""
    if request.line_b64:
        try:
            return base64.b64decode(request.line_b64, validate=True)
        except (binascii.Error, ValueError):
            pass
    return request.line.encode("utf-8", "surrogatepass")


def encode(message: Any) -> bytes:
    """A message as its line; raise WireError above the cap."""
    line = _encoder.encode(message) + b"\n"
    if len(line) > MAX_BYTES:
        raise WireError(f"the answer is longer than {MAX_BYTES} bytes")
    return line


def reply_to(request: Request, fields: dict[str, Any]) -> bytes:
    return encode({"v": VERSION, "id": request.id, **fields})


def error_reply(error: WireError) -> bytes:
    return encode({"v": VERSION, "id": error.id, "error": str(error)[:500]})
