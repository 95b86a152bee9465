"""One long-lived process of a plugin, asked in JSON Lines: `{v,id,hook,…}` in, `{v,id,…}` out.

Whatever it does, who asks waits no longer than was said: an answer that is late, broken or too long is a miss, and
after `MISSES` of them in a row, or as soon as it says too much or ends, it is killed and asked no more.
"""

from __future__ import annotations

import json
import os
import secrets
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from caro.plugins.confined import CANNOT, NOT_BEGUN

VERSION = 1
MISSES = 3
ANSWER_BYTES = 256 << 10
QUESTION_BYTES = 256 << 10
START_SECONDS = 10.0
STEP = 64 << 10

STARTING, RUNNING, ENDED = "starting", "running", "ended"


@dataclass(frozen=True)
class Start:
    """What is begun: `words` of the program, what it may read, whether it may use the network, its variables."""

    name: str
    words: tuple[str, ...]
    reads: tuple[str, ...] = ()
    network: bool = False
    unconfined: bool = False
    cwd: str = "/"
    env: tuple[tuple[str, str], ...] = ()
    stamp: int = 0
    """Another one, where its files have changed: then it is begun anew."""


class Process:
    """`hooks` are known once it is `running`. No method raises."""

    def __init__(self, start: Start) -> None:
        self.name = start.name
        self.state, self.why = STARTING, ""
        self.hooks: frozenset[str] = frozenset()
        self._start = start
        self._misses, self._number = 0, 0
        self._held = b""
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._dead: subprocess.Popen[bytes] | None = None
        self._over = threading.Event()

    def live(self, begun: Callable[[], None]) -> None:
        """Start it, say so, and stay until it has ended: the thread that began it must not go before, since with that
        the kernel would end it (prctl(2), PR_SET_PDEATHSIG)."""
        self.begin()
        begun()
        self._over.wait()
        self.reap()

    def reap(self) -> None:
        """Wait until the kernel has taken it back, which may last a while where it had much memory."""
        if self._dead is not None:
            self._dead.wait()

    def begin(self) -> None:
        """Start it and wait until it has said its hooks."""
        with self._lock:
            try:
                self._process = _spawned(self._start)
            except OSError as error:
                self._end(f"it can't be started: {error.strerror}")
                return
            end = time.monotonic() + START_SECONDS
            told = self._answer(end) if self._send("hello", {"name": self.name}, end) else None
            hooks = told.get("hooks") if told is not None else None
            if isinstance(hooks, list) and all(isinstance(hook, str) for hook in hooks):
                self.hooks = frozenset(hooks)
                self.state = RUNNING if self.state == STARTING else self.state
            elif self.state != ENDED:
                self._end(self._status(1.0) or f"it said no hello within {START_SECONDS:.0f} s")

    def post(self, hook: str, fields: Mapping[str, Any], end: float) -> bool:
        """Ask it; True where `collect` is to follow, which is alone to let others ask."""
        if self.state != RUNNING or hook not in self.hooks:
            return False
        if not self._lock.acquire(timeout=max(0.0, end - time.monotonic())):
            return False  # another question of ours, and no fault of its
        if self.state == RUNNING and self._send(hook, fields, end):
            return True
        self._lock.release()
        return False

    def collect(self, end: float) -> dict[str, Any] | None:
        """Return its answer, None where it has none by then."""
        try:
            told = self._answer(end)
            if told is not None:
                self._misses = 0
                return told
            self._misses += 1
            if self._misses >= MISSES:
                self._end(f"{MISSES} of its answers in a row came too late")
            return None
        finally:
            self._lock.release()

    def stop(self, why: str) -> None:
        """Kill it, with all that it began."""
        with self._lock:
            self._end(why)

    def _send(self, hook: str, fields: Mapping[str, Any], end: float) -> bool:
        self._number = secrets.randbits(53)  # nobody answers what was not asked yet
        question = {"v": VERSION, "id": self._number, "hook": hook, **fields}
        line = (
            json.dumps(question, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
        )
        return len(line) <= QUESTION_BYTES and self._process is not None and self._write(line, end)

    def _write(self, line: bytes, end: float) -> bool:
        assert self._process is not None and self._process.stdin is not None
        file = self._process.stdin.fileno()
        while line:
            try:
                line = line[os.write(file, line) :]
            except BlockingIOError:
                if not _ready(file, select.POLLOUT, end):
                    # Half a question stands in the pipe: nothing that follows could be read.
                    self._end("it reads none of its questions")
                    return False
            except OSError:
                self._end(self._status(self._patience) or "it closed its input")
                return False
        return True

    def _answer(self, end: float) -> dict[str, Any] | None:
        """Return the answer to the last question; what it says else is passed over, as far as it isn't too much."""
        if self._process is None:
            return None
        assert self._process.stdout is not None
        file, seen = self._process.stdout.fileno(), 0
        while True:
            line, newline, rest = self._held.partition(b"\n")
            if newline:
                self._held = rest
                told = _read(line)
                if told is not None and told.get("id") == self._number:
                    return told
                continue
            if not _ready(file, select.POLLIN, end):
                return None
            try:
                part = os.read(file, STEP)
            except BlockingIOError:
                continue
            seen += len(part)
            self._held += part
            if not part or seen > ANSWER_BYTES:
                ended = "" if part else self._status(self._patience) or "it ended"
                self._end(ended or f"it said more than {ANSWER_BYTES >> 10} KiB")
                return None

    @property
    def _patience(self) -> float:
        """Seconds for the kernel to say how it ended; at its start nobody's question waits."""
        return 1.0 if self.state == STARTING else 0.01

    def _status(self, seconds: float) -> str:
        """Return how the process ended; "" while it runs."""
        if self._process is None:
            return ""
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return ""
        if status == CANNOT:
            return "it can't be confined here, so it is not run (docs/plugins.md)"
        if status == NOT_BEGUN:
            return "it can't be run: is it executable, and the interpreter in its first line there?"
        return f"it ended by signal {-status}" if status < 0 else f"it ended with status {status}"

    def _end(self, why: str) -> None:
        if self.state != ENDED:
            self.state, self.why = ENDED, why
        process, self._process = self._process, None
        self._dead = process or self._dead
        self._held = b""
        if process is None:
            self._over.set()
            return
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except OSError:
            process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        self._over.set()


def ask_all(
    processes: Iterable[Process], hook: str, fields: Mapping[str, Any], seconds: float
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (name, answer) of those that answer in time; all of them together have `seconds`."""
    end = time.monotonic() + seconds
    for process in [process for process in processes if process.post(hook, fields, end)]:
        told = process.collect(end)
        if told is not None:
            yield process.name, told


def _spawned(start: Start) -> subprocess.Popen[bytes]:
    wanted = {"parent": os.getpid(), "reads": list(start.reads), "network": start.network,
              "unconfined": start.unconfined, "env": dict(start.env)}  # fmt: skip
    words = [sys.executable, "-I", "-S", "-c", _LAUNCH, json.dumps(wanted), *start.words]
    env = {name: value for name in ("HOME", "PATH") if (value := os.environ.get(name)) is not None}
    process = subprocess.Popen(
        words, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        cwd=start.cwd, env=env, start_new_session=True,
    )  # fmt: skip
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        os.set_blocking(stream.fileno(), False)
    return process


def _launcher() -> str:
    """Return the launcher as one text: no import of a package stands between the start and the program."""
    file = os.path.join(os.path.dirname(__file__), "confined.py")
    return f"import runpy; runpy.run_path({file!r}, run_name='__main__')"


_LAUNCH = _launcher()


def _ready(file: int, event: int, end: float) -> bool:
    left = end - time.monotonic()
    poll = select.poll()
    poll.register(file, event)
    return bool(poll.poll(max(0.0, left) * 1000))


def _read(line: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) and told.get("v") == VERSION else None
