"""The contract of the prompt, tested in the person's own shell: each installed one, in a real PTY.

A line runs once, none is swallowed, a refused one never runs, one history entry each, `$?` is kept. The rule that
refuses, the log and the state stand in a folder of the test's own, which the shell is led to once its rc files ran;
nothing dangerous is typed, nothing reaches the person's log or history.
"""

from __future__ import annotations

import os
import pty
import select
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from caro.knowledge.shells import names, shell_named

PATIENCE = 5.0
ROUNDS = 20


@dataclass(frozen=True)
class Result:
    """One check of one shell. `text` says what was seen; `cure` what to do, empty where all is well."""

    shell: str
    check: str
    ok: bool
    text: str
    cure: str = ""


class _Lost(Exception):
    """The shell did not answer in time."""


class _Session:
    """A shell in a PTY; answers are words that only a line that ran can print."""

    def __init__(self, shell: str, env: Mapping[str, str]) -> None:
        self.shell = shell
        self.record = shell_named(shell)
        self.seen = b""
        self.count = 0
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            words = list(self.record.interactive)
            os.execvpe(words[0], words, dict(env) | {"TERM": env.get("TERM") or "xterm"})

    def type(self, line: str) -> None:
        os.write(self.fd, line.encode() + b"\r")

    def wait(self, word: bytes, start: int, patience: float = PATIENCE) -> None:
        deadline = time.monotonic() + patience
        while word not in self.seen[start:]:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise _Lost(word.decode())
            try:
                self.seen += os.read(self.fd, 65536)
            except OSError:
                raise _Lost("the shell ended") from None

    def told(self, line: str = "") -> float:
        """Run a line and then say a word of its own; seconds until that stood there."""
        self.count += 1
        start, began = len(self.seen), time.monotonic()
        # The word is typed in two halves: its echo is not its answer.
        self.type(f"{line}{'; ' if line else ''}echo caro-''told-{self.count}-")
        self.wait(f"caro-told-{self.count}-".encode(), start)
        return time.monotonic() - began

    def close(self) -> None:
        """End the shell and all that it started: whatever outlived it would write into the test's folder again."""
        os.close(self.fd)
        deadline = time.monotonic() + PATIENCE
        # The shell itself is waited for last: until then its number names no other session.
        while (left := _members(self.pid)) and time.monotonic() < deadline:
            for pid in left:
                _kill(pid)
            time.sleep(0.01)
        _kill(self.pid)
        os.waitpid(self.pid, 0)


def _members(session: int) -> list[int]:
    """Return the processes of a session that run, where /proc tells (Linux)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, of, *_ = entry.read_bytes().rpartition(b")")[2].split()
        except (OSError, ValueError):
            continue
        if int(of) == session and state != b"Z":
            found.append(int(entry.parent.name))
    return found


def _kill(pid: int) -> None:
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        pass


@contextmanager
def _open(shell: str, env: Mapping[str, str]) -> Iterator[_Session]:
    session = _Session(shell, env)
    try:
        yield session
    finally:
        session.close()


def installed_shells(env: Mapping[str, str]) -> list[str]:
    return [shell for shell in names("contract") if shutil.which(shell, path=env.get("PATH"))]


def check_shells(env: Mapping[str, str]) -> list[Result]:
    """Return every check in every installed shell; a few seconds each."""
    return [result for shell in installed_shells(env) for result in check_shell(shell, env)]


def check_shell(shell: str, env: Mapping[str, str]) -> list[Result]:
    """Return the checks of one shell; never raises for what the shell does."""
    with tempfile.TemporaryDirectory(prefix="caro-contract-") as name:
        aside = {"TRACE_LOG_FILE": f"{name}/log", "XDG_STATE_HOME": name, "CARO_SOCKET": f"{name}/none"}
        aside["CARO_DAEMON_AUTO_START"] = "false"
        with _open(shell, dict(env) | aside | _folders_aside(shell, env, name)) as session:
            return _all_checks(session, Path(name))


def _folders_aside(shell: str, env: Mapping[str, str], folder: str) -> dict[str, str]:
    """Return where a shell that nobody has started yet makes its folders, as fish does; with a copy of what it is
    configured with."""
    rc_file = shell_named(shell).rc_file
    if not rc_file.startswith("{config}/"):
        return {}
    home, own = env.get("HOME", "/"), Path(rc_file).parts[1]
    if Path(env.get("XDG_DATA_HOME") or Path(home, ".local/share"), own).exists():
        return {}
    config = Path(env.get("XDG_CONFIG_HOME") or Path(home, ".config"), own)
    if config.is_dir():
        shutil.copytree(config, Path(folder, own), ignore_dangling_symlinks=True)
    # Where it is missing fish starts a program that makes completions of all man pages, and outlives the test.
    Path(folder, own, "generated_completions").mkdir(parents=True, exist_ok=True)
    return dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"), folder)


def _all_checks(session: _Session, folder: Path) -> list[Result]:
    shell = session.shell
    try:
        return list(_checks(session, folder))
    except _Lost as lost:
        text = f"{shell} did not answer ({lost}): a line was swallowed, or its rc files ask something"
        return [
            Result(shell, "answers", False, text, f"try `CARO_DISABLE=1 {shell}`: is it so without Caro too?")
        ]


def _checks(session: _Session, folder: Path) -> Iterator[Result]:
    shell = session.shell
    session.told(session.record.forget_history)
    if _answer(session, folder, "$__caro_pid") == "":
        yield Result(shell, "loaded", False, f"Caro is not in {shell}", f"caro install {shell}")
        return
    yield Result(shell, "loaded", True, "Caro is there")
    _lead_aside(session, folder)
    yield from _hooks(session, folder)
    yield _runs_once(session, folder)
    yield _refuses(session, folder)
    yield _keeps_status(session, folder)
    yield _one_entry(session, folder)
    yield _latency(session)


def _lead_aside(session: _Session, folder: Path) -> None:
    """Point the hook at a configuration of the test's own; log and state are so from the start."""
    config = folder / "caro"
    config.mkdir(mode=0o700, exist_ok=True)  # the state is beside it
    (config / "runtime.conf").write_text(
        f"log_file = {folder}/log\nauto_start = false\nrule = block caro-contract-mark\n"
    )
    session.told(session.record.export.format("XDG_CONFIG_HOME", folder))


def _answer(session: _Session, folder: Path, word: str) -> str:
    session.told(f'echo "{word}" > {folder}/answer')
    return (folder / "answer").read_text().strip()


def _hooks(session: _Session, folder: Path) -> Iterator[Result]:
    for check in session.record.hook_checks:
        session.told(f"{check.command} && echo yes > {folder}/hook || echo no > {folder}/hook")
        if (folder / "hook").read_text() != "yes\n":
            yield Result(
                session.shell, "hooks", False, check.obstacle, "put Caro's lines last in the rc file"
            )


def _runs_once(session: _Session, folder: Path) -> Result:
    for number in range(5):
        session.told(f"echo {number} >> {folder}/once")
    ran = (folder / "once").read_text().split()
    good = ran == ["0", "1", "2", "3", "4"]
    return Result(
        session.shell, "runs once", good, "every line ran once" if good else f"five lines ran as {ran}"
    )


def _refuses(session: _Session, folder: Path) -> Result:
    start = len(session.seen)
    session.type(f"touch {folder}/caro-contract-mark")
    try:
        session.wait(b"caro: blocked", start)
        seen = True
    except _Lost:
        seen = False
    if session.record.refused_line_stays:
        os.write(session.fd, b"\x15")  # ^U
    session.told()
    good = seen and not (folder / "caro-contract-mark").exists()
    text = "a refused line did not run"
    if not good:
        text = "a line that a rule blocks was not refused: active mode is not in force in this shell"
    return Result(
        session.shell, "refuses", good, text, "" if good else "caro doctor names the hook that is in the way"
    )


def _keeps_status(session: _Session, folder: Path) -> Result:
    session.type("sh -c 'exit 7'")
    status = _answer(session, folder, session.record.status)
    return Result(session.shell, "status", status == "7", f"$? after `exit 7` is {status}")


def _one_entry(session: _Session, folder: Path) -> Result:
    session.told("true caro-contract-entry")
    session.told(f"{session.record.history} | grep -c 'true caro-contract-entr[y]' > {folder}/entries")
    count = (folder / "entries").read_text().strip()
    return Result(
        session.shell,
        "history",
        count == "1",
        f"a line has {count} history {'entry' if count == '1' else 'entries'}",
    )


def _latency(session: _Session) -> Result:
    """Return the time of a whole line: with Caro and, in the same shell, without."""
    times = [session.told() for _ in range(ROUNDS)]
    session.told(session.record.assign.format("CARO_DISABLE", 1))
    without = [session.told() for _ in range(ROUNDS)]
    added = (statistics.median(times) - statistics.median(without)) * 1000
    text = f"a line takes {max(added, 0):.1f} ms longer (median of {ROUNDS}; worst {max(times) * 1000:.0f} ms in all)"
    return Result(session.shell, "latency", added < 50, text)
