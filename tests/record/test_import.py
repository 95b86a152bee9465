"""Histories as the real programs wrote them, taken in once and again."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from caro.record.history_files import READERS, Typed

Caro = Callable[..., subprocess.CompletedProcess[str]]

LINES = [
    "echo plain",
    "echo 漢字 é",
    "echo 'two\nlines'",
    "for i in 1 2; do\n  echo $i\ndone",
    "echo 'a\\nb' \\\\",
    "echo back\\ ",
    "echo ends\\\\",
]
"""What is typed: letters beyond ASCII, line breaks, backslashes in the middle and at the end."""


def lines_of(source: str, data: bytes) -> list[str]:
    return [typed.line for _, typed in READERS[source](data.splitlines(keepends=True)) if typed is not None]


@pytest.mark.parametrize("option", ["setopt extended_history", "unsetopt extended_history"])
def test_zsh_writes_what_is_read(home: Path, env: dict[str, str], option: str) -> None:
    file = home / "zsh_history"
    adds = "\n".join(f"print -rs -- {quoted(line)}" for line in LINES)
    script = f"HISTFILE={file} HISTSIZE=99 SAVEHIST=99\n{option}\n{adds}\nfc -W\n"
    subprocess.run(["zsh", "-fis"], env=env, input=script, text=True, check=True, capture_output=True)
    found = lines_of("zsh", file.read_bytes())
    assert [line for line in found if line in LINES] == LINES


@pytest.mark.parametrize("timed", [True, False])
def test_bash_writes_what_is_read(home: Path, env: dict[str, str], timed: bool) -> None:
    file = home / "bash_history"
    typed = LINES if timed else [line for line in LINES if "\n" not in line]
    adds = "\n".join(f"history -s -- {quoted(line)}" for line in typed)
    stamp = "HISTTIMEFORMAT='%s '" if timed else "unset HISTTIMEFORMAT"
    script = f"HISTFILE={file}; set -o history; {stamp}; history -c\n{adds}\nset +o history; history -w"
    subprocess.run(["bash", "--norc", "-c", script], env=env, check=True)
    assert file.read_bytes().startswith(b"#") == timed
    found = lines_of("bash", file.read_bytes())
    assert [line for line in found if not line.startswith(("history -", "set +o"))] == typed


def test_fish_writes_what_is_read(home: Path, env: dict[str, str]) -> None:
    typed = ["echo 'a\\b' \\\\n 漢", "echo plain"]
    setup = "function fish_prompt; echo -n 'ready> '; end; function fish_greeting; end"
    fish = pexpect.spawn("fish", ["-C", setup], env=env | {"TERM": "xterm"}, timeout=60, encoding="utf-8")  # type: ignore[arg-type]
    fish.expect_exact("ready> ")
    for line in typed:
        fish.send(line + "\r")
        fish.expect("\n")
        fish.expect_exact("ready> ")
    fish.send("exit\r")
    fish.expect(pexpect.EOF)
    fish.close()
    data = (home / ".local/share/fish/fish_history").read_bytes()
    assert lines_of("fish", data) == [*typed, "exit"]


def quoted(line: str) -> str:
    return "'" + line.replace("'", "'\\''") + "'"


@pytest.mark.parametrize(
    ("source", "data", "typed"),
    [
        ("bash", b"#1700000000\nls\n#1700000001\nfor i in 1\ndo x\ndone\n",
         [Typed("ls", 1.7e9), Typed("for i in 1\ndo x\ndone", 1.7e9 + 1)]),
        ("bash", b"old\n#1700000000\nls\nnew\n", [Typed("old"), Typed("ls", 1.7e9), Typed("new")]),
        ("bash", b"", []),
        ("bash", b"no newline", [Typed("no newline")]),
        ("zsh", b": 1700000000:2;ls\n", [Typed("ls", 1.7e9, duration_ms=2000.0)]),
        ("zsh", b"\xe6\xbc\x83\x82\n", [Typed("漢")]),
        ("fish", b"- cmd: a\\nb \\\\n\n  when: 1700000000\n  paths:\n    - x\n- cmd: ls\n",
         [Typed("a\nb \\n", 1.7e9), Typed("ls")]),
        ("resh", b'v1{"cmdLine":"ls","exitCode":2,"pwd":"/x","time":"1700000000.5",'
         b'"duration":"0.25","sessionId":"s"}\nrubbish\n',
         [Typed("ls", 1.7e9 + 0.5, "/x", 2, 250.0, "s")]),
    ],
)  # fmt: skip
def test_forms(source: str, data: bytes, typed: list[Typed]) -> None:
    pieces = list(READERS[source](data.splitlines(keepends=True)))
    assert [one for _, one in pieces if one is not None] == typed
    assert b"".join(raw for raw, _ in pieces) == data


@pytest.mark.parametrize("source", READERS)
@pytest.mark.parametrize(
    "data", [b"\0\1\2\n\xff\xfe\n", b"#" * 100_000, b"\\\n\\\n", b": 1:1;\n", b"{}\n[]\n", b"- cmd:\n"]
)
def test_rubbish_is_left_out_and_nothing_breaks(source: str, data: bytes) -> None:
    assert b"".join(raw for raw, _ in READERS[source](data.splitlines(keepends=True))) == data


@pytest.mark.parametrize("source", READERS)
def test_a_file_that_is_no_text_gives_nothing(home: Path, caro: Caro, source: str) -> None:
    (home / "history").write_bytes(random.Random(1).randbytes(1 << 20))
    done = caro("import", source, "--file", str(home / "history"))
    assert done.returncode == 1 and "holds no text" in done.stderr
    assert not (home / ".local/share/caro/imported.jsonl").exists()


def test_what_is_damaged_gives_the_lines_that_are_not(home: Path, caro: Caro) -> None:
    """A good history with blocks of NUL, random bytes in the middle, a line in another encoding, one of escapes."""
    good = b"".join(b"echo %d\n" % number for number in range(40_000))
    odd = "echo größe\n".encode("latin-1") + "cd 桌面\n".encode("gbk") + b"printf '\x1b[31m\x1b[0m\x07'\n"
    damage = bytes(9000) + b"\n" + random.Random(2).randbytes(20_000) + b"\n"
    (home / "history").write_bytes(good + damage + odd + good)
    done = caro("import", "bash", "--file", str(home / "history"))
    assert done.returncode == 0, done.stderr
    assert 80_003 <= int(done.stdout.split()[1]) <= 80_030, done.stdout


TAIL = {
    "bash": b"#1700000000\necho last\n",
    "zsh": b": 1700000000:0;echo last\n",
    "fish": b"- cmd: echo last\n  when: 1700000000\n",
    "resh": b'{"cmdLine": "echo last"}\n',
}


@pytest.mark.long
@pytest.mark.parametrize("source", READERS)
@pytest.mark.parametrize("filler", [b"", b"\\\n" * (3 << 20)], ids=["one line", "many"])
def test_a_history_of_two_gigabytes_takes_no_memory(
    home: Path, env: dict[str, str], source: str, filler: bytes
) -> None:
    file = home / "history"
    with file.open("wb") as stream:
        stream.write(TAIL[source])
        stream.truncate((2 << 30) - len(filler))
        stream.seek(0, os.SEEK_END)
        stream.write(filler + b"\n" + TAIL[source])
    limited = ["prlimit", f"--data={200 << 20}", "caro", "import", source, "--file", str(file)]
    done = subprocess.run(limited, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "of its newest 128 MiB" in done.stdout
    assert "echo last" in (home / ".local/share/caro/imported.jsonl").read_text()


def test_pieces_are_the_file() -> None:
    """What is forgotten is taken out of the shell's file piece by piece: nothing else may be lost."""
    rubbish = b"x\\\n" * (1 << 19)
    for source in ("bash", "zsh", "fish"):
        data = TAIL[source] + rubbish + TAIL[source]
        assert b"".join(raw for raw, _ in READERS[source](data.splitlines(keepends=True))) == data


def test_the_same_history_twice_is_there_once(home: Path, caro: Caro) -> None:
    (home / ".zsh_history").write_bytes(
        b": 1700000000:0;ls\n: 1700000001:0;curl -H 'Authorization: Bearer abcdef0123456789abcdef'\n"
    )
    (home / ".bash_history").write_bytes(b"make\nls\nmake\n")
    done = caro("import", "auto")
    assert done.stdout.splitlines() == [
        f"bash: 3 lines imported from {home}/.bash_history",
        f"zsh: 2 lines imported from {home}/.zsh_history (1 with a secret, which was taken out)",
    ]
    assert "bash: 0 lines imported" in caro("import", "auto").stdout
    (home / ".bash_history").write_bytes(b"make\nls\nmake\nmake\n")
    assert "bash: 1 line imported" in caro("import", "bash").stdout
    shown = [json.loads(line) for line in caro("history", "--json").stdout.splitlines()]
    assert [row["line"] for row in shown[:5]] == ["make", "ls", "make", "make", "ls"]
    assert [row["ts"] for row in shown[:4]] == [None] * 4
    assert (shown[4]["ts"], shown[4]["shell"], shown[4]["source"]) == (
        "2023-11-14T22:13:20.000000Z",
        "zsh",
        "import",
    )
    assert "abcdef0123456789" not in (home / ".local/share/caro/imported.jsonl").read_text()
    assert oct((home / ".local/share/caro/imported.jsonl").stat().st_mode)[-3:] == "600"


def test_what_caro_saw_run_is_not_there_twice(home: Path, caro: Caro) -> None:
    """The shell wrote those lines down too: with its own whole seconds, or without a time."""

    def told(kind: str, number: int, session: str, **more: object) -> str:
        event = {"v": 1, "id": f"0192f0c1-2345-7abc-8def-{number:012x}", "kind": kind, "source": "prompt"}
        event |= {"ts": f"2026-01-02T03:04:{number:02}.900000Z", "session_id": session, **more}
        return json.dumps(event, separators=(",", ":")) + "\n"

    zsh, bash = (f"0192f0c1-2345-7abc-8def-fffffffffff{number}" for number in "12")
    (home / ".trace_shell.jsonl").write_text(
        told("session", 1, zsh, command="zsh") + told("line", 5, zsh, text="make", cwd="/x", exit_code=0)
        + told("session", 6, bash, command="bash") + told("line", 7, bash, text="ls", cwd="/x", exit_code=0)
    )  # fmt: skip
    at = 1767323045
    (home / ".zsh_history").write_text(f": {at - 60}:0;make\n: {at}:0;make\n: {at + 60}:0;ls\n")
    (home / ".bash_history").write_text("ls\nls\nmake\n")
    assert "zsh: 2 lines imported" in caro("import", "zsh").stdout
    assert "bash: 2 lines imported" in caro("import", "bash").stdout
    rows = [json.loads(row) for row in caro("history", "--json").stdout.splitlines()]
    assert sorted(row["line"] for row in rows) == ["ls"] * 3 + ["make"] * 3
    # What zsh wrote before the line ran took no time that is known.
    assert [row["duration_ms"] for row in rows if row["source"] == "import"] == [None] * 4
    assert "zsh: 0 lines imported" in caro("import", "zsh").stdout


DATABASES = {
    "atuin": (
        "CREATE TABLE history (id TEXT PRIMARY KEY, timestamp INTEGER, duration INTEGER, exit INTEGER, command TEXT,"
        " cwd TEXT, session TEXT, hostname TEXT, deleted_at INTEGER)",
        "INSERT INTO history VALUES ('a', 1700000000500000000, 20000000, 1, 'make', '/x', 's', 'box:me', NULL),"
        " ('b', 1700000001000000000, -1, -1, 'gone', '/x', 's', 'box:me', 5)",
    ),
    "mcfly": (
        "CREATE TABLE commands (id INTEGER PRIMARY KEY, cmd TEXT, cmd_tpl TEXT, session_id TEXT, when_run INTEGER,"
        " exit_code INTEGER, selected INTEGER, dir TEXT, old_dir TEXT)",
        "INSERT INTO commands VALUES (1, 'make', '', 's', 1700000000, 1, 0, '/x', NULL)",
    ),
    "histdb": (
        "CREATE TABLE commands (id INTEGER PRIMARY KEY, argv TEXT);"
        " CREATE TABLE places (id INTEGER PRIMARY KEY, host TEXT, dir TEXT);"
        " CREATE TABLE history (id INTEGER PRIMARY KEY, session INT, command_id INT, place_id INT, exit_status INT,"
        " start_time INT, duration INT)",
        "INSERT INTO commands VALUES (1, 'make'); INSERT INTO places VALUES (1, 'box', '/x');"
        " INSERT INTO history VALUES (1, 7, 1, 1, 1, 1700000000, 2)",
    ),
}


@pytest.mark.parametrize("source", DATABASES)
def test_a_database_in_use_is_read_and_not_touched(home: Path, caro: Caro, source: str) -> None:
    file = home / "history.db"
    database = sqlite3.connect(file)
    database.execute("PRAGMA journal_mode=WAL")
    for script in DATABASES[source]:
        database.executescript(script)
    before = {path.name: path.read_bytes() for path in home.glob("history.db*")}
    assert f"{source}: 1 line imported" in caro("import", source, "--file", str(file)).stdout
    assert {path.name: path.read_bytes() for path in home.glob("history.db*")} == before
    (row,) = [json.loads(line) for line in caro("history", "--json").stdout.splitlines()]
    assert (row["line"], row["cwd"], row["exit_code"]) == ("make", "/x", 1)
    database.close()


@pytest.mark.parametrize(
    "words",
    [["atuin", "--file", "rubbish"], ["bash"], ["auto", "--file", "rubbish"], ["zsh", "--file", "/dev/zero"]],
)
def test_what_is_no_history_is_a_sentence(home: Path, caro: Caro, words: list[str]) -> None:
    (home / "rubbish").write_bytes(b"no database" * 500)
    words = [str(home / word) if word == "rubbish" else word for word in words]
    done = caro("import", *words)
    assert done.returncode in (1, 2) and done.stderr.startswith("caro: ") and "Traceback" not in done.stderr
