"""What is said at the prompt of a line that ended: that it was unusual, and to who looks elsewhere, that it ended."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from caro.daemon.sessions import Line, Session
from caro.engine.unusual import Unusual, heads_of
from caro.machine.git_state import find_git
from caro.record.query import is_typed
from caro.record.reader import Snapshot, lines_backwards, place_line
from caro.record.times import ts_seconds
from caro.settings import Settings
from caro.signals import ENDED_BY_KEY

MOST_LINES, MOST_BYTES = 10_000, 48 * 1024 * 1024
"""Lines of the log that are looked at for what is usual, and how far back at most."""
_IS_LINE = b'"kind":"line"'
Past = tuple[str, str, int | None, float | None, float, bool]


class EndedLines:
    """What was usual before is read from the log once, in a thread (`begin`)."""

    def __init__(self, log: Path, settings: Settings) -> None:
        self.log = log
        self.path = ""
        self.unusual = Unusual(self._changed_since)
        self._reader = ThreadPoolExecutor(1, "times")
        self._folders: dict[str, str] = {}
        self.use(settings)

    def use(self, settings: Settings) -> None:
        """Speak by these settings from now on."""
        self.notes = bool(settings["notify.unusual"])
        self.seconds = float(settings["notify.seconds"]) if settings["notify.long_lines"] else 0.0
        self.ignored = frozenset(map(str, settings["notify.ignore"]))

    def begin(self) -> None:
        """Read the log, in a thread."""
        if self.notes:
            self._reader.submit(self._learn)

    def forget(self) -> None:
        """Know nothing but what the log still has."""
        self.unusual.forget()
        self._reader.submit(self._learn)

    def ended(self, line: Line, session: Session) -> dict[str, Any]:
        """Return the fields of a reply about a line that ended: `explanation`, `notify`."""
        self.path = session.path
        told: dict[str, Any] = {}
        alone = self._is_alone(line.text)
        if self.notes:
            folder = self._folder_of(line.cwd or "")
            note = self.unusual.ended(line.text, folder, line.exit_code, line.duration_ms, time.time(), alone)
            told = {"explanation": note} if note else {}
        waited = self.seconds and (line.duration_ms or 0) >= self.seconds * 1000
        if waited and alone and line.exit_code not in ENDED_BY_KEY:
            how = "done" if line.exit_code == 0 else f"failed ({line.exit_code})"
            told["notify"] = f"{how} after {_time(line.duration_ms or 0)}: {line.text[:80]}"
        return told

    def running(self, session: Session) -> dict[str, Any] | None:
        """Return the line that runs in the session's foreground, since when, and how long it usually takes."""
        line = session.last_line()
        if line is None or line.exit_code is not None or not _has_child_in_front(session.pid):
            return None
        usual = self.unusual.usual_ms(line.text, self._folder_of(line.cwd or ""))
        return {
            "line": line.text,
            "pid": session.pid,
            "since_s": round(time.monotonic() - line.began, 1),
            "usual_s": None if usual is None else round(usual / 1000, 1),
        }

    def _is_alone(self, text: str) -> bool:
        """True if its time is the machine's: no editor, pager or shell in another place is in it."""
        return not self.ignored.intersection(heads_of(text)) and "tail -f" not in text

    def _learn(self) -> None:
        self.unusual.learn(reversed(list(self._past())))

    def _past(self) -> Iterator[Past]:
        try:
            with Snapshot(self.log) as snapshot:
                plain = [file for file in snapshot.files if not file.compressed][-1:]
                for file in plain:
                    yield from self._past_of(file)
        except (OSError, EOFError):
            return

    def _past_of(self, file: Any) -> Iterator[Past]:
        count = 0
        for offset, raw in lines_backwards(file):
            if count >= MOST_LINES or file.size - offset > MOST_BYTES:
                return
            if _IS_LINE not in raw:
                continue
            for _, _, event in place_line(offset, raw):
                if is_typed(event) and event.text:
                    count += 1
                    alone = self._is_alone(event.text)
                    yield (event.text, self._folder_of(event.cwd or ""), event.exit_code, event.duration_ms,
                           ts_seconds(event.ts), alone)  # fmt: skip

    def _folder_of(self, cwd: str) -> str:
        """Return the repository that the folder is in, else the folder: builds are alike below one top."""
        if cwd not in self._folders:
            place = find_git(cwd)
            if len(self._folders) > MOST_LINES:
                self._folders.clear()
            self._folders[cwd] = cwd if place is None else place.worktree
        return self._folders[cwd]

    def _changed_since(self, program: str, since: float) -> bool:
        for folder in filter(None, self.path.split(":")):
            try:
                status = os.stat(f"{folder}/{program}")
            except (OSError, ValueError):
                continue
            if f"{folder}/".endswith("/caro/shims/"):
                continue
            return since > 0 and max(status.st_mtime, status.st_ctime) > since
        return False


def _has_child_in_front(shell: int) -> bool:
    """True if another process group than the shell's own has its terminal (proc(5), /proc/PID/stat: tpgid)."""
    try:
        fields = Path(f"/proc/{shell}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return False
    return len(fields) > 5 and fields[2] != fields[5] and fields[5] != b"-1"


def _time(ms: float) -> str:
    minutes, seconds = divmod(round(ms / 1000), 60)
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
