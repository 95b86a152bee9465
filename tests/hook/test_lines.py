"""Where the line comes from, what a shell gets back, and what is recorded."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import time
from pathlib import Path

import pytest

from daemons import NATIVES, OTHER_SESSION, FakeDaemon, World, reply_with

RULES = '[safety]\nblock = ["^forbidden"]\n[safety.commands]\n"git +push" = "warn"\n'


@pytest.fixture
def guarded(world: World) -> World:
    world.configure(RULES)
    world.compile()
    return world


def test_success_is_silent_and_zero(world: World) -> None:
    done = world.preexec("echo hello")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_line_waits_for_its_end_and_is_recorded_once(world: World) -> None:
    world.preexec("false", 1)
    assert world.events() == []
    world.preexec("true", 2, "-e", "1", "-d", "12345")
    world.hook("session_end", "-e", "0", "-d", "7", seq=2)
    first, second = world.events()
    assert (first["text"], first["exit_code"], first["duration_ms"]) == ("false", 1, 12.345)
    assert (second["text"], second["exit_code"], second["duration_ms"]) == ("true", 0, 0.007)
    assert first["cwd"] == os.getcwd()
    assert first["pid"] == os.getpid()
    assert first["id"] != second["id"]
    assert first["session_id"] == world.env["CARO_SESSION_ID"]


def test_first_line_of_a_session_records_the_session(world: World) -> None:
    world.preexec("true", 1)
    world.preexec("true", 2, "-e", "0")
    world.preexec("true", 1, CARO_SESSION_ID=OTHER_SESSION)
    assert [event["session_id"] for event in world.events("session")] == [
        world.env["CARO_SESSION_ID"],
        OTHER_SESSION,
    ]


def test_the_same_line_told_twice_is_recorded_once(world: World) -> None:
    for _ in range(3):
        world.preexec("true", 1)
    for _ in range(3):
        world.hook("postexec", "-e", "4", "-d", "9", seq=1)
    world.preexec("next", 2, "-e", "4", "-d", "9")
    assert [event["text"] for event in world.events()] == ["true"]


def test_unknown_status_and_duration_stay_away(world: World) -> None:
    world.preexec("true", 1)
    world.preexec("true", 2, "-e", "", "-d", "")
    (event,) = world.events()
    assert "exit_code" not in event
    assert "duration_ms" not in event


def test_refused_line_is_recorded_at_once(guarded: World) -> None:
    done = guarded.preexec("forbidden fruit")
    assert done.returncode == 2
    assert done.stderr == "caro: blocked: matches your rule ^forbidden [user-rule]\n"
    (event,) = guarded.events()
    assert (event["action"], event["exit_code"], event["rules"]) == ("block", 130, ["user-rule"])


def test_warning_runs_and_is_recorded(guarded: World) -> None:
    done = guarded.preexec("git push")
    assert done.returncode == 0
    assert done.stderr == "caro: warning: matches your rule git +push [user-rule]\n"
    guarded.preexec("true", 2, "-e", "0")
    assert guarded.events()[0]["action"] == "warn"


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("forbidden", 2),
        ("echo a\nforbidden", 2),
        ("echo forbidden", 0),
        ("echo \\\n forbidden", 0),
    ],
)
def test_anchors_mean_each_line(guarded: World, line: str, status: int) -> None:
    assert guarded.preexec(line).returncode == status


def test_question_without_a_terminal_is_no(world: World) -> None:
    world.configure('[safety.commands]\n"deploy" = "confirm"\n')
    world.compile()
    done = world.preexec("deploy all")
    assert done.returncode == 2
    assert "[y/N]" not in done.stdout


def test_shown_text_has_no_control_characters(world: World) -> None:
    world.configure('[safety]\nblock = ["a\\u001b\\\\[31m\\u202e?b"]\n')
    world.compile()
    done = world.preexec("a\x1b[31mb")
    assert done.returncode == 2
    assert "\x1b" not in done.stderr
    assert "\u202e" not in done.stderr
    assert r"a\x1b\[31m\u{202e}?b" in done.stderr


def test_bytes_that_are_no_character_hide_nothing(world: World) -> None:
    world.configure('[safety]\nblock = ["a.b", "secret$"]\n')
    world.compile()
    assert world.preexec("aäb".encode()).returncode == 2
    assert world.preexec(b"\xff\xfe secret").returncode == 2
    assert world.preexec(b"\xff\xfe public").returncode == 0


def private_file(world: World, text: str | bytes) -> Path:
    folder = world.home / "run"
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / "line"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        ("    1  ls -l\n", "ls -l"),
        ("12345* edited entry\n", "edited entry"),
        ("   99   leading blank\n", " leading blank"),
        ("    7  for i in 1 2; do\n  echo $i\ndone\n", "for i in 1 2; do\n  echo $i\ndone"),
        ("    8  12 apples\n", "12 apples"),
    ],
)
def test_history_form(world: World, printed: str, text: str) -> None:
    file = private_file(world, printed)
    world.preexec("", 1, "-f", str(file))
    world.preexec("true", 2, "-e", "0")
    assert world.events()[0]["text"] == text
    assert not file.exists()


def test_foreign_line_files_are_left_alone(world: World) -> None:
    target = private_file(world, "secret of mine\n")
    link = target.with_name("link")
    link.symlink_to(target)
    assert world.preexec("", 1, "-f", str(link)).returncode == 111
    open_folder = world.home / "open"
    open_folder.mkdir(mode=0o755)
    (open_folder / "notes").write_text("mine")
    assert world.preexec("", 2, "-f", str(open_folder / "notes"), "-e", "0").returncode == 111
    assert world.preexec("", 3, "-f", "/nonexistent/line", "-e", "0").returncode == 111
    assert target.read_text() == "secret of mine\n"
    assert (open_folder / "notes").read_text() == "mine"
    assert all("text" not in event for event in world.events())


def test_line_from_standard_input(guarded: World) -> None:
    command = [NATIVES / "caro-hook", "preexec", "-s", "fish", "-n", "1", "-i"]
    done = subprocess.run(
        command, input=b"forbidden\n", env=guarded.env, capture_output=True, start_new_session=True
    )
    assert done.returncode == 2


def test_nul_hides_nothing(guarded: World) -> None:
    command = [NATIVES / "caro-hook", "preexec", "-s", "fish", "-n", "1", "-i"]
    text = b"true\0\nforbidden\n"
    done = subprocess.run(command, input=text, env=guarded.env, capture_output=True, start_new_session=True)
    assert done.returncode == 2


def test_a_megabyte_is_judged_and_recorded_cut(guarded: World) -> None:
    line = "forbidden " + "x" * (1 << 20)
    command = [NATIVES / "caro-hook", "preexec", "-s", "fish", "-n", "1", "-i"]
    done = subprocess.run(
        command, input=line.encode(), env=guarded.env, capture_output=True, timeout=60, start_new_session=True
    )
    assert done.returncode == 2
    (event,) = guarded.events()
    assert event["text"] == line[: 32 * 1024]


@pytest.mark.parametrize(
    ("size", "end", "status"), [(5 << 20, "BOOM", 2), (5 << 20, "x", 0), (16 << 20, "x", 2)]
)
def test_users_rules_see_the_end_of_any_line(world: World, size: int, end: str, status: int) -> None:
    """Above 16 MiB, where they can't, the line is a question, also in mode passive."""
    world.configure('[safety]\nblock = ["BOOM"]\n')
    world.compile()
    command = [NATIVES / "caro-hook", "preexec", "-s", "fish", "-n", "1", "-i"]
    line = ("true " + "x" * size + end).encode()
    done = subprocess.run(
        command, input=line, env=world.env, capture_output=True, timeout=20, start_new_session=True
    )
    assert done.returncode == status, done
    assert b"your rule BOOM" in done.stderr or end == "x"
    assert b"too long" in done.stderr or size == 5 << 20


def test_bytes_that_are_not_utf8(world: World) -> None:
    world.preexec(b"echo \xff\xfe", 1)
    world.preexec("true", 2, "-e", "0")
    assert world.events()[0]["text"] == "echo \ufffd\ufffd"


def test_number_for_bash(guarded: World) -> None:
    for line, digit in (("true", "0"), ("forbidden", "2")):
        done = guarded.preexec(line, 1, "-o")
        assert re.fullmatch(digit + r"\d{16}", done.stdout)
        assert done.returncode == int(digit)


def test_unknown_text_is_no_stale_text(guarded: World) -> None:
    assert guarded.preexec("forbidden", 1, "-x").returncode == 0
    guarded.preexec("true", 2, "-e", "0")
    assert "text" not in guarded.events()[0]


@pytest.mark.parametrize(
    ("words", "status"), [(["-x"], 2), (["-i", "-x"], 2), (["-r"], 0), (["-x", "-r"], 0), (["-f"], 2)]
)
def test_unknown_text_is_a_question_in_mode_active(world: World, words: list[str], status: int) -> None:
    """But for a line that runs already; `-f` without a file names none. Nobody is at a terminal: the answer is no."""
    world.configure('[safety]\nmode = "active"\n')
    world.compile()
    done = world.preexec("", 1, *words)
    assert done.returncode == status, done
    assert ("did not reach Caro" in done.stderr) == (status == 2)


def test_option_taken_as_the_file_is_no_verdict(guarded: World) -> None:
    assert guarded.preexec("forbidden", 1, "-f", "-i").returncode == 111


@pytest.mark.parametrize("value", ["", "../../etc/passwd", "0192F0C1-2345-7ABC-8DEF-0123456789AB", "x" * 36])
def test_no_session_is_judged_and_not_recorded(guarded: World, value: str) -> None:
    assert guarded.preexec("forbidden", CARO_SESSION_ID=value).returncode == 2
    assert guarded.preexec("true", CARO_SESSION_ID=value).returncode == 0
    assert guarded.events() == []


@pytest.mark.parametrize("words", [["nonsense"], ["nonsense", "-s", "bash"], []])
def test_usage_errors(world: World, words: list[str]) -> None:
    done = subprocess.run([NATIVES / "caro-hook", *words], env=world.env, capture_output=True, text=True)
    assert done.returncode == 100
    assert done.stderr.startswith("caro: usage: caro-hook")


NOT_READ = ["abc", "", "-1", "1.5", "0x10", "99999999999999999999", "9223372036854775807", "7 7", "\x1b"]
"""Numbers that are none, or that nothing here counts to."""


@pytest.mark.parametrize("number", NOT_READ)
@pytest.mark.parametrize("letter", ["n", "e", "d", "u", "g", "p"])
def test_a_bad_number_opens_nothing(guarded: World, letter: str, number: str) -> None:
    done = guarded.preexec("forbidden", 1, f"-{letter}", number)
    assert (done.returncode, "blocked" in done.stderr) == (2, True)
    assert guarded.preexec("true", 2, f"-{letter}", number).returncode == 0


@pytest.mark.parametrize("letter", ["n", "e", "d"])
def test_a_bad_number_is_not_known(world: World, letter: str) -> None:
    world.preexec("false", 1)
    world.preexec("true", 2, "-e", "1", "-d", "12345", f"-{letter}", "abc")
    (event,) = world.events()
    assert event["text"] == "false"
    assert event.get("exit_code") == (None if letter == "e" else 1)
    assert event.get("duration_ms") == (None if letter == "d" else 12.345)


@pytest.mark.parametrize(
    "words",
    [
        ["-Q"],
        ["-Q", "value"],
        ["-y7", "-o"],
        ["--new-option", "value"],
        ["word"],
        ["-"],
        ["--"],
        ["-e"],
        ["-n", "1", "-n", "2"],
        ["-s", "a-shell-with-a-very-long-name"],
        ["-ow"],
    ],
)
def test_options_of_another_version_open_nothing(guarded: World, words: list[str]) -> None:
    """An init file may be newer or older than the binary: what it can't say is passed over."""
    assert guarded.preexec("forbidden", 1, *words).returncode in (2, 10)
    assert guarded.preexec("true", 1, *words).returncode == 0


def test_a_breaker_far_ahead_is_a_clock_set_back(guarded: World) -> None:
    daemon = FakeDaemon(guarded.socket, reply_with(action="block", allow=False, reason="because"))
    ahead = str(int(time.time()) + 86400)
    assert guarded.preexec("sh run.sh", 1, "-u", ahead).returncode == 2
    assert guarded.preexec("sh run.sh", 2, "-u", str(int(time.time()) + 30)).returncode == 0
    assert guarded.preexec("sh run.sh", 3, "-u", "99999999999").returncode == 0
    daemon.close()


def test_a_closed_output_opens_nothing(guarded: World) -> None:
    """The number can't be written: the status tells it, and bash is interrupted all the same."""
    script = (
        "trap 'touch interrupted' INT; "
        f"CARO_LINE=forbidden '{NATIVES}/caro-hook' preexec -o -k -s bash -p $$ -n 1 >&-; echo $? >status"
    )
    subprocess.run(["bash", "-c", script], env=guarded.env, cwd=guarded.home, stderr=subprocess.DEVNULL)
    assert (guarded.home / "status").read_text() == "2\n"
    assert (guarded.home / "interrupted").exists()


@pytest.mark.parametrize(("mode", "status"), [("active", 2), ("passive", 0)])
def test_a_line_that_does_not_come(world: World, mode: str, status: int) -> None:
    """There is nobody to ask here, so that a question is a refusal."""
    done = world.hook("preexec", CARO_SAFETY_MODE=mode)
    assert done.returncode == status
    assert ("did not reach Caro" in done.stderr) == (status == 2)
    assert world.hook("preexec", CARO_SAFETY_MODE=mode, CARO_LINE="").returncode == 0


def test_a_line_file_that_can_not_be_read_is_asked_for_again(world: World) -> None:
    assert world.hook("preexec", "-o", "-f", str(world.home / "missing")).returncode == 111


def test_switched_off_is_nothing_at_all(guarded: World) -> None:
    assert guarded.preexec("forbidden", CARO_DISABLE="1").returncode == 0
    (guarded.config / "disabled").touch()
    assert guarded.preexec("forbidden").returncode == 0
    assert not guarded.log.exists()
    (guarded.config / "disabled").unlink()
    assert guarded.preexec("forbidden").returncode == 2


@pytest.mark.parametrize(
    ("capture", "texts"), [("none", []), ("errors", ["false"]), ("commands", ["false", "true"])]
)
def test_capture(world: World, capture: str, texts: list[str]) -> None:
    world.configure(f'[privacy]\ncapture = "{capture}"\n')
    world.compile()
    world.preexec("false", 1)
    world.preexec("true", 2, "-e", "1")
    world.preexec("last", 3, "-e", "0")
    assert [event["text"] for event in world.events()] == texts
    if capture == "none":
        files = [file for file in world.state.rglob("*") if file.is_file()]
        assert not any(b"last" in file.read_bytes() for file in files)


def test_files_are_private(world: World) -> None:
    world.preexec("true", 1)
    for file in [world.log, *world.state.rglob("*")]:
        mode = stat.S_IMODE(file.stat().st_mode)
        assert mode & 0o077 == 0, f"{file} is {mode:o}"


def test_log_that_cannot_be_written_is_counted_and_nothing_else(world: World) -> None:
    world.log.mkdir()
    assert world.preexec("true", 1).returncode == 0
    done = world.preexec("true", 2, "-e", "0")
    assert (done.returncode, done.stderr) == (0, "")
    assert (world.state / "unwritten").stat().st_size > 0


def test_no_home_is_no_harm(world: World) -> None:
    env = {name: value for name, value in world.env.items() if name != "HOME"}
    done = subprocess.run(
        [NATIVES / "caro-hook", "preexec", "-o", "-n", "1"],
        env=env | {"CARO_LINE": "true"},
        capture_output=True,
        text=True,
        start_new_session=True,
    )
    assert done.returncode == 0
    assert done.stderr == ""


def test_id_is_a_uuid7(world: World) -> None:
    done = subprocess.run([NATIVES / "caro-hook", "id"], env=world.env, capture_output=True, text=True)
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n", done.stdout)
