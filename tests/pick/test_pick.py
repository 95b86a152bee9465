"""caro-pick on a pseudo terminal and without one: what it finds, what a key does, and how it leaves the terminal."""

from __future__ import annotations

import os
import signal
import termios
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pyte
import pytest

from caro.model import Event
from caro.record.line_table import LineTable
from caro.record.lines_file import blank_lines
from caro.record.times import seconds_ts
from environment import NATIVES
from lines_reader import read_texts

SESSION = "0192f0c1-2345-7abc-8def-0123456789ab"
LINES = [
    ("import", "git checkout main", "/old", 0),
    ("import", "make -C old clean", "/old", 0),
    ("prompt", "ssh build@host uptime", "/srv/a", 0),
    ("prompt", "git commit -m 'first'", "/srv/a", 0),
    ("prompt", "make test", "/srv/a", 2),
    ("prompt", "docker compose up -d", "/srv/b", 0),
    ("prompt", "git status", "/srv/b", 0),
    ("prompt", "git push origin main", "/srv/b", 1),
    ("prompt", "less README", "/srv/b", 148),
    ("prompt", "printf 'a\nb'", "/srv/b", 0),
    ("prompt", "echo \x1b]0;title\x07 \u202ered", "/srv/b", 0),
    ("prompt", "echo 日本語 done", "/srv/b", 0),
]


def table() -> LineTable:
    made = LineTable()
    for number, (source, text, cwd, code) in enumerate(LINES):
        made.add(
            Event(
                v=1,
                id=str(number),
                ts=seconds_ts(1_790_000_000 + number * 60),
                kind="line",
                source=source,
                text=text,
                cwd=cwd,
                exit_code=code,
                duration_ms=1500.0,
                session_id=SESSION,
                host="box",
            )
        )
    return made


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    file = tmp_path / "lines"
    file.write_bytes(table().encode())
    file.chmod(0o600)
    return file


class Search:
    """A search in a terminal of its own."""

    def __init__(self, words: list[str], folder: Path, rows: int = 24, columns: int = 80, **env: str) -> None:
        self.out = folder / "out"
        script = '"$@" >"$OUT"; echo "ended: $?."'
        variables = {
            "PATH": "/usr/bin:/bin",
            "TERM": "xterm",
            "HOME": str(folder),
            "OUT": str(self.out),
        } | env
        self.child = pexpect.spawn(
            "/bin/sh", ["-c", script, "sh", str(NATIVES / "caro-pick"), *words],
            env=variables, cwd=str(folder), dimensions=(rows, columns), encoding="utf-8", timeout=20,
        )  # fmt: skip
        self.child.delaybeforesend = None
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.Stream(self.screen)
        self.seen = ""

    def wait(self, text: str) -> str:
        """Read until the screen shows the text; return the screen."""
        while text not in "\n".join(self.screen.display):
            try:
                data = self.child.read_nonblocking(65536, 20)
            except (pexpect.TIMEOUT, pexpect.EOF) as error:
                raise AssertionError(f"{text!r} did not come:\n" + "\n".join(self.screen.display)) from error
            self.seen += data
            self.stream.feed(data)
        return "\n".join(row.rstrip() for row in self.screen.display)

    def send(self, keys: str) -> None:
        self.child.send(keys)

    def is_usual(self) -> bool:
        """True if the terminal reads lines and echoes them, as before."""
        usual = termios.ICANON | termios.ECHO | termios.ISIG
        return termios.tcgetattr(self.child.child_fd)[3] & usual == usual

    def end(self) -> tuple[int, str]:
        shown = self.wait("ended: ")
        return int(shown.rsplit("ended: ", 1)[1].split(".")[0]), self.out.read_text("utf-8")


@pytest.fixture
def search(lines: Path, tmp_path: Path) -> Iterator[Search]:
    found = Search(["-F", str(lines)], tmp_path)
    yield found
    found.child.close(force=True)


def found_by(lines: Path, text: str) -> list[str]:
    child = pexpect.run(f"{NATIVES}/caro-pick -F {lines} -f '{text}'", encoding="utf-8")
    return [line.replace("\0", "\n") for line in child.splitlines()]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("git sta", "git status"),
        ("mai git", "git push origin main"),  # both terms, in any order; what was imported comes later
        ("status", "git status"),
        ("dcu", "docker compose up -d"),  # initials
        ("gcm", "git commit -m 'first'"),
        ("ompos", "docker compose up -d"),
        ("dkrcmps", "docker compose up -d"),  # no line has it: spread
        ("uptime ssh", "ssh build@host uptime"),
    ],
)
def test_terms_first_then_initials_then_anything(lines: Path, text: str, first: str) -> None:
    assert found_by(lines, text)[0] == first


def test_capitals_count_where_they_are_typed(lines: Path) -> None:
    assert found_by(lines, "GIT") == []
    assert "git status" in found_by(lines, "git")


def test_a_line_that_is_taken_out_is_in_no_byte_of_the_file(lines: Path) -> None:
    assert blank_lines(lines, [b"git status"]) == 1
    assert b"git status" not in lines.read_bytes()
    assert len(list(read_texts(lines))) == len(LINES) - 1
    assert "git status" not in found_by(lines, "git")


def test_a_history_on_standard_input(tmp_path: Path) -> None:
    for form, data in {
        "numbered": "    1  ls\n    2* for i in 1; do\necho $i; done\n    3  ls\n",
        "nul": "ls\0for i in 1; do\necho $i; done\0ls\0",
    }.items():
        (tmp_path / "history").write_text(data)
        words = f"sh -c '{NATIVES}/caro-pick -i {form} -f \"\" < {tmp_path}/history'"
        assert pexpect.run(words, encoding="utf-8").splitlines() == ["ls", "for i in 1; do\0echo $i; done"]


@pytest.mark.parametrize("data", [b"", b"CAROLN\0\1", b"CAROLN\0\1" + b"\xff" * 200, os.urandom(4096)])
def test_what_is_no_file_of_lines_is_said_to_be_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "bad").write_bytes(data)
    _, status = pexpect.run(f"{NATIVES}/caro-pick -F {tmp_path}/bad -f x", withexitstatus=True)
    assert status == 3


def test_enter_prints_the_line_and_the_terminal_is_as_it_was(search: Search) -> None:
    search.wait("git status")
    search.send("git com\r")
    assert search.end() == (0, "git commit -m 'first'")
    assert search.is_usual()
    assert "search" not in "\n".join(search.screen.display)


def test_keys_choose_filter_and_give_up(search: Search) -> None:
    search.wait("echo 日本語")
    search.send("\x18")
    shown = search.wait("failed> ")
    assert (
        "git push origin main" in shown
        and "make test" in shown
        and "git status" not in shown
        and "less" not in shown
    )
    search.send("\x18git")
    search.wait("> git")
    search.send("\x1b[B")
    shown = search.wait("took 1.5 s")
    assert "/srv/" in shown and "exit 0" in shown
    search.send("\x1b")
    assert search.end() == (1, "")


def test_the_typed_text_is_what_it_begins_with(lines: Path, tmp_path: Path) -> None:
    search = Search(["-F", str(lines), "-r"], tmp_path, CARO_LINE="docker")
    search.wait("> docker")
    search.send("\r")
    assert search.end() == (10, "docker compose up -d")


def test_what_would_move_the_cursor_shows_as_text(search: Search) -> None:
    shown = search.wait("日本語")
    assert r"echo \e]0;title\x07 \u202ered" in shown
    assert r"printf 'a\nb'" in shown
    assert "\x1b]0;" not in search.seen
    search.send("\x03")
    assert search.end()[0] == 1


@pytest.mark.parametrize("size", [(3, 2), (4, 10), (10, 30), (60, 250)])
def test_any_size_and_a_new_one(lines: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    search = Search(["-F", str(lines)], tmp_path, *size)
    search.child.expect(">")
    search.child.setwinsize(24, 80)
    search.screen.resize(24, 80)
    search.send("status\x0c")
    search.wait("git status")
    search.send("\r")
    search.wait("ended: 0")


def test_no_colour_and_no_terminal_that_can(lines: Path, tmp_path: Path) -> None:
    search = Search(["-F", str(lines)], tmp_path, NO_COLOR="1")
    search.wait("git status")
    search.send("git")
    search.wait("> git")
    search.send("\x1b")
    search.end()
    assert "\x1b[31" not in search.seen and "\x1b[90" not in search.seen and "\x1b[1;33" not in search.seen
    assert Search(["-F", str(lines)], tmp_path, TERM="dumb").end()[0] == 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_gives_the_terminal_back(search: Search, number: signal.Signals) -> None:
    search.wait("git status")
    children = Path(f"/proc/{search.child.pid}/task/{search.child.pid}/children").read_text().split()
    os.kill(int(children[0]), number)
    assert search.end() == (1, "")
    assert search.is_usual()


def test_the_whole_screen_is_the_other_one(lines: Path, tmp_path: Path) -> None:
    search = Search(["-F", str(lines), "-H", "100"], tmp_path)
    search.wait("git status")
    search.send("\x1b")
    search.end()
    assert "\x1b[?1049h" in search.seen and "\x1b[?1049l" in search.seen
