"""Built-ins as events: what real shells print of their state, and what of a line's work is told; never a value."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from caro.repl.changes import Change, Hasher, changes, may_change
from caro.repl.meta import completions, help_lines, meta_of, unknown_line
from caro.repl.state import SNAPSHOT, State, difference, read_state

HASHED = Hasher(b"key")
MARK = b"\x1d"
WORDS = {"bash": ["bash", "--norc"], "zsh": ["zsh", "-f"], "fish": ["fish", "-N"]}


def told(shell: str, line: str, env: dict[str, str]) -> list[Change]:
    """Run a line in a real shell; return what is told of it."""
    code = f"{SNAPSHOT[shell]}; builtin printf '\\035'; {line}\nbuiltin printf '\\035'; {SNAPSHOT[shell]}"
    done = subprocess.run([*WORDS[shell], "-c", code], env=env, cwd="/", capture_output=True, timeout=60)
    before, _, after = done.stdout.split(MARK)
    states = [read_state(shell, printed, HASHED) for printed in (before, after)]
    assert isinstance(states[0], State) and isinstance(states[1], State), done.stderr
    return changes(line, shell, difference(states[0], states[1]), HASHED)


SECRET = HASHED("s3cr3t")
POSIX = [
    ("cd /tmp", [("cd", "/tmp")]),
    ("export FOO=s3cr3t", [("export", f"FOO={SECRET}")]),
    ("FOO=s3cr3t", [("declare", f"FOO={SECRET}")]),
    ("unset OLD", [("unset", "OLD")]),
    ("set -o noclobber", [("set", "-o", "noclobber")]),
    ("umask 077", [("umask", "077")]),
    ("ulimit -n 100", [("ulimit", "-n", "100")]),
    ("pushd /tmp >/dev/null", [("pushd", "/tmp")]),
    ("set -- s3cr3t", [("set", "--", SECRET)]),
    ("trap 's3cr3t' INT", [("trap", SECRET, "INT")]),
    ("eval 'cd /tmp'", [("eval", "cd /tmp"), ("cd", "/tmp")]),
    ("f() { export INSIDE=s3cr3t; }; f", [("export", f"INSIDE={SECRET}"), ("declare", "-f", "f")]),
    ("true; ls >/dev/null", []),
]
CASES = [
    *[(shell, line, argvs) for shell in ("bash", "zsh") for line, argvs in POSIX],
    ("bash", "shopt -s extglob", [("shopt", "-s", "extglob")]),
    ("bash", "x=$'a\nexport EVIL=1'", [("declare", "x=")]),
    ("zsh", "setopt extendedglob", [("setopt", "extendedglob")]),
    ("fish", "cd /tmp", [("cd", "/tmp")]),
    ("fish", "set -gx FOO s3cr3t", [("set", "-gx", "FOO", SECRET)]),
    ("fish", "set -e OLD", [("set", "-e", "OLD")]),
    ("fish", "umask 077", [("umask", "077")]),
    ("fish", "function foo; end", [("declare", "-f", "foo")]),
]


@pytest.mark.parametrize(("shell", "line", "argvs"), CASES)
def test_what_a_line_changed_is_told_without_values(
    shell: str, line: str, argvs: list[tuple[str, ...]], env: dict[str, str]
) -> None:
    found = told(shell, line, env | {"OLD": "1"})
    shown = [" ".join(change.argv) for change in found]
    assert len(shown) == len(argvs), shown
    for one, words in zip(shown, argvs, strict=True):
        assert one.startswith(" ".join(words)) or one.split("=")[0] == words[-1], shown
    assert not any("s3cr3t" in word for word in shown)


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_what_a_sourced_file_did_names_the_file(shell: str, env: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "env.sh"
    file.write_text("export FROM_FILE=1\nalias q=ls\nfoo() { :; }\n")
    found = told(shell, f"source {file}", env)
    assert [(change.argv[0], change.file) for change in found] == [
        ("source", None), ("export", str(file)), ("alias", str(file)), ("declare", str(file)),
    ]  # fmt: skip


def test_hashes_tell_equal_values_of_one_session_alone() -> None:
    assert HASHED("a") == HASHED("a") != HASHED("b")
    assert HASHED("a") != Hasher(b"another")("a")


@pytest.mark.parametrize(
    ("line", "may"),
    [("ls -l", False), ("cd x", True), ("x=1", True), ("mine", True), ("f() { :; }", True), ("ls; export A", True),
     ("(cd x)", False), ("$x", True), ("echo 'open", True), ("read x", True), ("command cd x", True)],
)  # fmt: skip
def test_which_lines_may_change_something(line: str, may: bool) -> None:
    assert may_change(line, "bash", frozenset({"mine"})) is may


def test_a_snapshot_that_is_not_whole_is_none() -> None:
    assert read_state("bash", b"/tmp\x1edeclare", HASHED) is None


def test_a_value_with_the_separator_in_it_moves_nothing(env: dict[str, str]) -> None:
    found = told("bash", "export X=$'a\\036b'; cd /tmp", env)
    assert [change.argv[0] for change in found] == ["export", "cd"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_snapshots_run_no_program(shell: str, env: dict[str, str], tmp_path: Path) -> None:
    file = shutil.which(shell)
    assert file is not None
    done = subprocess.run(
        [file, *WORDS[shell][1:], "-c", SNAPSHOT[shell]],
        env=env | {"PATH": str(tmp_path)},
        capture_output=True,
        timeout=60,
    )
    assert b"not found" not in done.stderr and read_state(shell, done.stdout, HASHED) is not None


@pytest.mark.parametrize(
    ("line", "found"),
    [(":help", ("help", "")), (" :dry rm -rf x ", ("dry", "rm -rf x")), (":nope", ("nope", "")), (":", None),
     (": x", None), (":()", None), ("ls :help", None), (":(){ :|:& };:", None), (":q=1", None)],
)  # fmt: skip
def test_meta_lines(line: str, found: tuple[str, str] | None) -> None:
    meta = meta_of(line)
    assert (None if meta is None else (meta.name, meta.argument)) == found


def test_meta_lines_can_be_found() -> None:
    assert [word for word, _ in completions(":")] == [line.split()[0] for line in help_lines()]
    assert [word for word, _ in completions(":mode a")] == ["active"]
    assert completions("ls ") == []
    assert ":help" in unknown_line("hepl")
