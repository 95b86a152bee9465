"""The reading commands as a user runs them."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from record_events import event, session_id

from caro.record.reader import BadLines, read_events
from caro.record.times import now_ts
from caro.record.writer import encode_event, write_event

Caro = Callable[..., subprocess.CompletedProcess[str]]
FIRST, SECOND = session_id(0), session_id(500)


@pytest.fixture
def log(home: Path) -> Path:
    """The usual log with two sessions."""
    log = home / ".trace_shell.jsonl"
    common = {"duration_ms": 10.0, "exit_code": 0, "session_id": FIRST, "cwd": "/srv/a"}
    for made in (
        event(0, argv=["git", "status"], **common),
        event(1, argv=["git", "push", "--force"], **(common | {"exit_code": 1, "duration_ms": 2500.0})),
        event(2, argv=["sleep", "9"], kind="exec_start", **common),
        event(3, argv=["/usr/bin/make", "-j2"], **(common | {"cwd": "/srv/a/b"})),
        event(4, argv=["make", "x y"], **(common | {"cwd": "/srv/ab", "signal": 15, "exit_code": None})),
        event(500, argv=["npm", "test"], **(common | {"session_id": SECOND})),
    ):
        write_event(log, made)
    return log


def lines_of(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert (done.returncode, done.stderr) == (0, "")
    return [re.sub(r"^\S+ \S+ +", "", line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ([], ["git status", "git push --force", "/usr/bin/make -j2", "make 'x y'", "npm test"]),
        (["--session", FIRST], ["git status", "git push --force", "/usr/bin/make -j2", "make 'x y'"]),
        (["--session", SECOND[:13]], ["npm test"]),
        (["--last"], ["npm test"]),
        (["--command", "git"], ["git status", "git push --force"]),
        (["--command", "make"], ["/usr/bin/make -j2", "make 'x y'"]),
        (["--command", "/usr/bin/make"], ["/usr/bin/make -j2"]),
        (["--cwd", "/srv/a"], ["git status", "git push --force", "/usr/bin/make -j2", "npm test"]),
        (["--cwd", "/srv/a/b/"], ["/usr/bin/make -j2"]),
        (["--failed"], ["git push --force", "make 'x y'"]),
        (["--slower", "2500"], ["git push --force"]),
        (["--grep", "X Y"], ["make 'x y'"]),
        (["--kind", "exec_start"], ["sleep 9"]),
        (["-n", "2"], ["make 'x y'", "npm test"]),
        (["-n", "1", "--failed"], ["make 'x y'"]),
        (["-n", "0"], []),
        (["--last", "-n", "5"], ["npm test"]),
        (["--since", "2026-09-21T14:13:23Z", "--until", "2026-09-21T16:13:25+02:00"], None),
        (["--until", "2000-01-01"], []),
        (["--since", "2000-01-01", "--command", "npm"], ["npm test"]),
        (["--since", "5m"], []),
    ],
)
def test_filters(caro: Caro, log: Path, options: list[str], shown: list[str] | None) -> None:
    if shown is None:
        shown = ["/usr/bin/make -j2", "make 'x y'"]
    found = lines_of(caro("log", *options))
    assert len(found) == len(shown)
    assert all(line.endswith("  " + what) for line, what in zip(found, shown, strict=True))


def test_status_and_duration_are_told_without_colour(caro: Caro, log: Path) -> None:
    found = [line.split()[:3] for line in lines_of(caro("log", "--session", FIRST))]
    assert found == [["✓", "10", "ms"], ["✗", "1", "2.5"], ["✓", "10", "ms"], ["✗", "TERM", "10"]]


def test_json_is_the_events(caro: Caro, log: Path) -> None:
    done = caro("log", "--json")
    events = [e for e in read_events(log, BadLines()) if e.kind != "exec_start"]
    assert done.stdout.encode() == b"".join(map(encode_event, events))
    assert json.loads(done.stdout.splitlines()[0])["v"] == 1


def test_times_are_local(caro: Caro, log: Path, env: dict[str, str]) -> None:
    for zone, shown in {
        "UTC": "14:13:20",
        "Asia/Kolkata": "19:43:20",
        "America/New_York": "10:13:20",
    }.items():
        done = caro("log", "--command", "git", env=env | {"TZ": zone})
        assert done.stdout.split()[:2] == ["2026-09-21", shown]


@pytest.mark.parametrize("variable", ["NO_COLOR", "CARO_NO_COLOR", None])
def test_colour_only_on_a_terminal_that_wants_it(
    log: Path, env: dict[str, str], variable: str | None
) -> None:
    if variable is not None:
        env[variable] = "1"
    shown = on_terminal(["caro", "log", "--failed"], env)
    assert ("\x1b[31m" in shown) == (variable is None)
    assert "git push" in shown


def on_terminal(command: list[str], env: dict[str, str], columns: int = 80) -> str:
    """What a command shows on a terminal of 24 rows."""
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(command, env=env, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        shown = b""
        while True:
            try:
                data = os.read(ours, 65536)
            except OSError:
                break
            if not data:
                break
            shown += data
    os.close(ours)
    return shown.decode()


@pytest.mark.parametrize("command", ["log", "tree"])
def test_lines_fit_the_terminal(log: Path, env: dict[str, str], command: str) -> None:
    write_event(log, event(900, argv=["echo", "word " * 50], session_id=SECOND, duration_ms=1.0, exit_code=0))
    env["NO_COLOR"] = "1"
    for options, fits in (([], True), (["--full"], False)):
        shown = re.sub(
            r"\x1b\[[\d;]*[mK]", "", on_terminal(["caro", command, "--last", *options], env, 70)
        ).splitlines()
        (line,) = [line for line in shown if "word" in line]
        assert (len(line) <= 70) == fits


def test_escape_sequences_in_the_log_do_nothing(caro: Caro, log: Path) -> None:
    write_event(
        log, event(901, argv=["echo", "\x1b[2J\x07"], session_id=SECOND + "\x1b[H", cwd="/\x1b]0;x\x07")
    )
    for command in (["log"], ["tree", "--session", SECOND + "\x1b"], ["stats"]):
        done = caro(*command)
        assert done.returncode == 0
        assert "\x1b" not in done.stdout and "\x07" not in done.stdout
    assert "echo $'\\e[2J\\x07'" in caro("log").stdout


def test_bad_lines_are_told_once(caro: Caro, log: Path) -> None:
    with log.open("ab") as out:
        out.write(b"foreign\n\xff\xfe\x00\n" + b'{"v":1,"torn' + encode_event(event(argv=["echo", "whole"])))
    for command in (["log"], ["log", "--json"], ["stats"]):
        done = caro(*command)
        assert done.returncode == 0
        assert done.stderr == f"caro: 3 lines could not be read (first: line 7 of {log})\n"
    assert "echo whole" in caro("log").stdout


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["log", "--since", "tomorrowish"], "is not a time; give RFC 3339"),
        (["log", "--kind", "exce"], "there is no such kind"),
        (["log", "-n", "-1"], "not below zero"),
    ],
)
def test_wrong_arguments_are_told_in_a_sentence(
    caro: Caro, log: Path, command: list[str], message: str
) -> None:
    done = caro(*command)
    assert done.returncode == 2
    assert done.stderr.startswith("caro: ") and message in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [["log", "--json"], ["stats", "--json"], ["privacy", "export"]])
def test_a_new_log_is_empty_for_programs(caro: Caro, command: list[str]) -> None:
    done = caro(*command)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", [["log"], ["stats"], ["log", "--last"]])
def test_a_new_user_is_told_what_to_try(caro: Caro, command: list[str]) -> None:
    done = caro(*command)
    assert done.returncode == 0 and "nothing is recorded" in done.stderr and "caro run" in done.stderr


def test_a_log_that_was_named_and_is_not_there(caro: Caro, home: Path) -> None:
    done = caro("log", "--log", str(home / "none"))
    assert done.returncode == 1 and "there is no such log" in done.stderr


def test_a_closed_pipe_is_a_quiet_end(log: Path, env: dict[str, str]) -> None:
    for number in range(3000):
        write_event(log, event(1000 + number, argv=["echo", "x" * 50], session_id=SECOND))
    for command in ("log", "log --json", "tree --last"):
        done = subprocess.run(
            ["bash", "-c", f"caro {command} | head -1; echo ${{PIPESTATUS[0]}}"],
            env=env,
            capture_output=True,
            text=True,
        )
        assert done.stderr == ""
        assert done.stdout.splitlines()[-1] == "141"


def test_tree_of_a_session(caro: Caro, log: Path) -> None:
    done = caro("tree", "--session", FIRST[:13])
    assert [line[:12] for line in done.stdout.splitlines()[1:]] == [
        "├─ ✓ git sta",
        "├─ ✗ 1 git p",
        "├─ ? sleep 9",
        "├─ ✓ /usr/bi",
        "└─ ✗ TERM ma",
    ]
    document = json.loads(caro("tree", "--session", FIRST, "--json").stdout)
    assert (document["v"], document["commands"], document["failed"]) == (1, 5, 2)
    assert [node["event"]["argv"][0] for node in document["nodes"]][:2] == ["git", "git"]


@pytest.mark.parametrize("options", [[], ["--last"], ["--json"]])
def test_tree_of_what_has_no_session(caro: Caro, home: Path, options: list[str]) -> None:
    """Other programs log so, and other systems count processes beyond 31 bits."""
    event = {"v": 1, "id": "01890a5d-ac96-774b-bcce-b302099a8057", "ts": "2026-11-29T10:00:00.000000Z"}
    event |= {
        "kind": "exec",
        "source": "shim",
        "pid": 2**32 + 3,
        "ppid": 1,
        "command": "git",
        "argv": ["git", "status"],
    }
    (home / ".trace_shell.jsonl").write_text(json.dumps(event) + "\n")
    done = caro("tree", *options)
    assert (done.returncode, done.stderr) == (0, "") and "git" in done.stdout


def test_tree_asks_for_more_of_an_id(caro: Caro, log: Path) -> None:
    done = caro("tree", "--session", FIRST[:4])
    assert done.returncode == 2 and "give more of the id" in done.stderr
    assert caro("tree", "--session", "ffff").returncode == 1


def test_stats_count_and_add_up(caro: Caro, log: Path) -> None:
    numbers = json.loads(caro("stats", "--json").stdout)
    assert (numbers["v"], numbers["count"], numbers["failed"], numbers["sessions"]) == (1, 5, 2, 2)
    assert numbers["total_ms"] == 2540.0
    git = next(tool for tool in numbers["tools"] if tool["name"] == "git")
    assert git == {
        "name": "git", "count": 2, "failed": 1, "total_ms": 2510.0, "max_ms": 2500.0, "mean_ms": 1255.0
    }  # fmt: skip
    assert numbers["slowest"][0]["argv"] == ["git", "push", "--force"]
    shown = caro("stats", "--last").stdout
    assert shown.startswith("1 command, none failed, 1 session") and "npm" in shown and "git" not in shown


def test_export_and_delete(caro: Caro, log: Path, home: Path) -> None:
    out = home / "export.jsonl"
    done = caro("privacy", "export", "--session", FIRST, "-o", str(out))
    assert done.stdout == f"5 events written to {out}\n"
    assert out.stat().st_mode & 0o777 == 0o600
    assert len(out.read_text().splitlines()) == 5
    assert "already" in caro("privacy", "export", "-o", str(out)).stderr
    unsure = caro("privacy", "delete", "--all")
    assert unsure.returncode == 2 and "--yes" in unsure.stderr and len(list(read_events(log))) == 6
    assert caro("privacy", "delete", "--session", FIRST, "--yes").stdout == f"5 events erased from {log}\n"
    assert [e.argv for e in read_events(log)] == [["npm", "test"]]
    write_event(log, event(argv=["new"], ts=now_ts()))
    assert caro("privacy", "delete", "--before", "1h", "--yes").stdout.startswith("1 event erased")
    assert [e.argv for e in read_events(log)] == [["new"]]
    assert caro("privacy", "delete", "--all", "--yes").returncode == 0
    assert [e.argv for e in read_events(log)] == []


def test_delete_asks_on_a_terminal(log: Path, env: dict[str, str]) -> None:
    import pexpect

    for answer, left in (("n", 6), ("y", 0)):
        child = pexpect.spawn("caro", ["privacy", "delete", "--all"], env=env, timeout=20)
        child.expect("for good")
        child.sendline(answer)
        child.expect(pexpect.EOF)
        child.wait()
        assert len(list(read_events(log))) == left
