"""A line that is forgotten is in no file below HOME any more."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from record_events import event, session_id

from caro.record.writer import encode_event, write_event

Caro = Callable[..., subprocess.CompletedProcess[str]]
SESSION = session_id(0)
WORD = b"sesame-tree"
LINE = f"deploy --to {WORD.decode()}"


def files_with_it(home: Path) -> list[str]:
    return sorted(
        str(path.relative_to(home))
        for path in home.rglob("*")
        if path.is_file() and WORD in path.read_bytes()
    )


@pytest.fixture
def full(home: Path, caro: Caro) -> Path:
    """The line in the log, a rotated file, an index, an import, the learned fixes, three shells, and waiting."""
    log = home / ".trace_shell.jsonl"
    for path, at in ((home / ".trace_shell.jsonl.1", 0), (log, 100)):
        write_event(
            path,
            event(
                at,
                kind="line",
                source="prompt",
                text=LINE,
                duration_ms=50.0,
                session_id=SESSION,
                cwd="/srv/a",
            ),
        )
        write_event(path, event(at + 0.01, argv=LINE.split(), duration_ms=9.0, session_id=SESSION))
        write_event(path, event(at + 0.02, argv=["helper"], duration_ms=9.0, session_id=SESSION))
        write_event(
            path,
            event(
                at + 50,
                kind="line",
                source="prompt",
                text="git status",
                duration_ms=5.0,
                session_id=SESSION,
                cwd="/srv/b",
            ),
        )
    (home / ".bash_history").write_text(f"#1700000000\n{LINE}\n#1700000001\nls\n")
    (home / ".zsh_history").write_text(f": 1700000000:0;{LINE}\n: 1700000001:0;ls\n")
    fish = home / ".local/share/fish"
    fish.mkdir(parents=True)
    (fish / "fish_history").write_text(f"- cmd: {LINE}\n  when: 1700000000\n- cmd: ls\n  when: 1700000001\n")
    caro("import", "auto")
    database = sqlite3.connect(home / ".local/share/caro/corrections.db")
    with database:
        database.execute(
            "CREATE TABLE corrections (failed TEXT NOT NULL, fixed TEXT NOT NULL, project TEXT NOT NULL,"
            " refused INTEGER NOT NULL, at REAL NOT NULL, PRIMARY KEY (failed, fixed, project))"
        )
        database.execute("INSERT INTO corrections VALUES (?, 'x', '', 0, 1.0)", (LINE,))
    database.close()
    waiting = home / ".local/state/caro/sessions" / SESSION
    waiting.parent.mkdir(parents=True)
    typed = event(
        200, kind="line", source="prompt", text=f"caro history forget {WORD.decode()}", session_id=SESSION
    )
    waiting.write_bytes(b"1 3 1 1\n" + encode_event(typed)[:-2])
    return home


def test_no_file_holds_it_afterwards(full: Path, caro: Caro) -> None:
    assert len(files_with_it(full)) >= 8
    done = caro("history", "forget", WORD.decode(), "--shells", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("6 lines forgotten")
    assert files_with_it(full) == []
    assert (full / ".bash_history").read_text() == "#1700000001\nls\n"
    assert (full / ".zsh_history").read_text() == ": 1700000001:0;ls\n"
    assert (full / ".local/share/fish/fish_history").read_text() == "- cmd: ls\n  when: 1700000001\n"
    shown = caro("history", "--format", "{line}").stdout.splitlines()
    assert shown == ["ls", "ls", "ls", "git status", "git status"]
    assert "helper" not in caro("log").stdout


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (["--cwd", "/srv/a"], ["ls", "ls", "ls", "git status", "git status"]),
        (["--source", "zsh"], ["ls", "ls", "git status", "git status"]),
        (["--since", "2020-01-01", "--cwd", "/srv/b"], ["ls", "ls", "ls"]),
        (["(git|ls)"], []),
    ],
)
def test_scopes(full: Path, caro: Caro, words: list[str], left: list[str]) -> None:
    assert caro("history", "forget", *words, "--yes").returncode == 0
    shown = caro("history", "--format", "{line}").stdout.splitlines()
    assert [line for line in shown if line != LINE] == left


def test_a_line_that_is_known_without_its_secret_leaves_the_shells_file(home: Path, caro: Caro) -> None:
    secret = f"mysql -u ann -p{WORD.decode()}7 db"
    (home / ".zshrc").write_text("export HISTFILE=${XDG_STATE_HOME:-$HOME/.local/state}/zsh/lines # mine\n")
    named = home / ".local/state/zsh/lines"
    named.parent.mkdir(parents=True)
    for file in (home / ".bash_history", named):
        file.write_text(f"{secret}\nmysql -u ann db\n")
    assert f"from {named}" in caro("import", "auto").stdout
    caro("history", "forget", "--stdin", "--shells", "--yes", input="mysql -u ann -p*** db\0")
    assert files_with_it(home) == []
    assert (home / ".bash_history").read_text() == named.read_text() == "mysql -u ann db\n"


def test_shells_histories_stay_unless_asked(full: Path, caro: Caro) -> None:
    assert "; --shells takes" in caro("history", "forget", "-F", LINE, "--yes").stderr
    assert LINE in (full / ".bash_history").read_text()


@pytest.mark.parametrize(
    ("words", "asked", "done"),
    [
        ([], "Forget 6 lines and what they ran, for good?", "6 lines forgotten"),
        (
            ["--shells"],
            "Forget 6 lines and what they ran, and 3 of the shells' own histories, for good?",
            "6 lines forgotten",
        ),
    ],
)
def test_the_question_counts_what_goes(
    full: Path, env: dict[str, str], words: list[str], asked: str, done: str
) -> None:
    command = ["-m", "caro", "history", "forget", WORD.decode(), *words]
    child = pexpect.spawn(sys.executable, command, env=env, timeout=60, dimensions=(24, 200))  # type: ignore[arg-type]
    child.expect_exact(asked)
    child.sendline("y")
    child.expect_exact(done)
    child.expect(pexpect.EOF)
    assert (WORD in (full / ".bash_history").read_bytes()) != bool(words)


@pytest.mark.parametrize("words", [[], ["(", "--yes"], ["x"], ["x", "--since", "soon", "--yes"]])
def test_what_is_not_clear_forgets_nothing(full: Path, caro: Caro, words: list[str]) -> None:
    before = files_with_it(full)
    done = caro("history", "forget", *words)
    assert done.returncode == 2 and done.stderr.startswith("caro: ")
    assert files_with_it(full) == before
