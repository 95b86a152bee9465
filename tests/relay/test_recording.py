"""`caro record` and `caro play`: what a terminal showed, without its secrets, at its second."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from waiting import wait_until

Spawn = Callable[..., "pexpect.spawn[bytes]"]
CARO = "caro"
TOKEN = "ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


@pytest.fixture
def terminal(env: dict[str, str], tmp_path: Path) -> Iterator[Spawn]:
    (tmp_path / "run").mkdir(mode=0o700)
    children = []

    def spawn(*words: str, columns: int = 40, **more: str) -> pexpect.spawn[bytes]:
        child = pexpect.spawn(
            CARO, list(words), cwd=str(tmp_path), timeout=60, dimensions=(20, columns),
            env=env | {"XDG_RUNTIME_DIR": str(tmp_path / "run"), "TERM": "xterm-256color"} | more,
        )  # fmt: skip
        child.delaybeforesend = None
        children.append(child)
        return child

    yield spawn
    for child in children:
        child.close(force=True)


def events_of(file: Path) -> list[Any]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def shown_in(file: Path) -> str:
    return "".join(event[2] for event in events_of(file)[1:] if event[1] == "o")


def record(terminal: Spawn, file: Path, script: str, keys: str = "", **options: Any) -> str:
    """Record a shell script; `keys` go to it one at a time once it asks with READY."""
    child = terminal("record", "-o", str(file), "--", "/bin/bash", "-c", script, **options)
    if keys:
        child.expect("READY")
        for key in keys:
            child.send(key)
            time.sleep(0.001)  # each an event of its own; nothing depends on it
    child.expect(pexpect.EOF)
    assert b"recorded: " in child.before
    return shown_in(file)


@pytest.mark.parametrize(
    ("script", "keys", "seen", "hidden"),
    [
        ("read -p 'READY ' x", f"export GITHUB_TOKEN={TOKEN}\r", "export GITHUB_TOKEN=", TOKEN[4:]),
        ("read -ep 'READY ' x", f"export T={TOKEN[:9]}XY\x7f\x7f{TOKEN[9:]}\r", "export", TOKEN[9:]),
        ("read -ep 'READY ' x", f"export T={TOKEN}\x15ls\r", "ls", TOKEN[4:20]),
        ("read -ep 'READY $ ' x", "mysql -u root -pHunter2very\r", "mysql -u root", "Hunter2"),
        ("read -rsp 'READY ' x; echo; echo done", "never-shown\r", "done", "never-shown"),
        ("printf 'pass\\033[31mword: \\033[1mhunt\\033[0mer9!\\n'", "", "word: ", "er9!"),
        (f"printf ghp_; sleep .05; echo {TOKEN[4:]}", "", "***", TOKEN[4:]),
        (f"printf '\\033[?1049h\\033[5;1Hgh\\033[20;1Hrow\\033[5;3Hp_{TOKEN[4:]}\\033[?1049l'", "", "row", TOKEN[4:]),
        (f"printf '\\033]0;{TOKEN}\\007\\033]52;c;{TOKEN}\\007title\\n'", "", "title", TOKEN),
        ("printf '%s\\n' '-----BEGIN EC PRIVATE KEY-----' MHcCAQEEIabc '-----END EC PRIVATE KEY-----' after", "",
         "after", "MHcCAQEEIabc"),
    ],
    ids="typed corrected erased password silent coloured pieces screen title key".split(),
)  # fmt: skip
def test_secrets_are_not_in_it(
    terminal: Spawn, tmp_path: Path, script: str, keys: str, seen: str, hidden: str
) -> None:
    shown = record(terminal, tmp_path / "a.cast", script, keys)
    assert seen in shown.replace("\r", "")
    assert hidden not in shown and hidden not in shown.replace(" \r", "").replace("\x1b[0m", "")


@pytest.mark.parametrize(
    ("printed", "hidden"),
    [
        ("password:\\nq8xvv7zz\\nafter", "q8xvv7zz"),
        ("Your new password is:\\n\\n    correcthorse\\nafter", "correcthorse"),
        ("Please use the following password to proceed:\\na3f5c8d9e0b1\\nafter", "a3f5c8d9e0b1"),
        ('  "client_secret":\\n    "Zq88vv-1",\\nafter', "Zq88vv-1"),
        ("API token\\n9f8e7d6c\\nafter", "9f8e7d6c"),
        ("Initial admin password: a3f5c8d9e0b1\\nafter", "a3f5c8d9e0b1"),
        ("db_password => hunter2\\nafter", "hunter2"),
        ("password:\\r\\n\\033[1mq8x\\033[0mvv7zz\\nafter", "vv7zz"),
        ("password: |\\n  q8xvv7zz\\nafter", "q8xvv7zz"),
        ("access_key:\\n/usr/bin/x9\\nafter", ""),
        ("Password:\\nLast login: Mon 7\\nname: file9\\ntotal 48\\nafter", ""),
        ("unlock the door:\\nfile9.txt\\nmax_tokens: 4096\\npassword: wrong\\nafter", ""),
    ],
)
def test_a_value_is_hidden_beside_and_below_its_name(
    terminal: Spawn, tmp_path: Path, printed: str, hidden: str
) -> None:
    shown = record(terminal, tmp_path / "a.cast", f"printf '{printed}'")
    assert "after" in shown
    assert (hidden not in shown and "***" in shown) if hidden else "***" not in shown


def test_what_a_silent_prompt_is_followed_by_stays(terminal: Spawn, tmp_path: Path) -> None:
    shown = record(terminal, tmp_path / "a.cast", "read -rsp 'READY password:' x; echo; echo root1", "abcd\r")
    assert "root1" in shown


def test_it_is_what_the_terminal_showed(terminal: Spawn, tmp_path: Path) -> None:
    """To the byte, for its owner alone; asciinema's own program reads the same."""
    file = tmp_path / "a.cast"
    script = "for i in {1..3000}; do printf '\\033[3%dmé漢 %d\\033[m\\n' $((i % 8)) $i; done; printf end"
    shown = record(terminal, file, script)
    plain = "".join(f"\x1b[3{i % 8}mé漢 {i}\x1b[m\r\n" for i in range(1, 3001)) + "end"
    assert shown == plain
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    head, *events = events_of(file)
    assert (head["version"], head["width"], head["height"]) == (2, 40, 20)
    assert [event[0] for event in events] == sorted(event[0] for event in events)
    cat = subprocess.run(
        [sys.executable, "-m", "asciinema", "cat", str(file)],
        env=os.environ | {"HOME": str(tmp_path), "ASCIINEMA_CONFIG_HOME": str(tmp_path / "asciinema")},
        capture_output=True,
        stdin=subprocess.DEVNULL,
    )
    assert (cat.stdout.decode(), cat.stderr.decode()) == (plain, "")


def test_the_size_is_recorded(terminal: Spawn, tmp_path: Path) -> None:
    file = tmp_path / "a.cast"
    child = terminal(
        "record",
        "-o",
        str(file),
        "--",
        "/bin/bash",
        "-c",
        "echo READY; until [[ $(stty size) == '50 132' ]]; do sleep .02; done; echo turned; read",
    )
    child.expect("READY")
    fcntl.ioctl(child.child_fd, termios.TIOCSWINSZ, struct.pack("4H", 50, 132, 0, 0))
    child.expect("turned")
    child.send("\r")
    child.expect(pexpect.EOF)
    kinds = [event[1:] for event in events_of(file)[1:]]
    assert kinds.index(["r", "132x50"]) < kinds.index(["o", "turned\r\n"])


def test_a_full_one_ends_and_the_command_goes_on(
    terminal: Spawn, tmp_path: Path, env: dict[str, str]
) -> None:
    file = tmp_path / "a.cast"
    child = terminal(
        "record", "-o", str(file), "--", "/bin/bash", "-c", "yes 0123456789 | head -n 100000; echo whole",
        CARO_RECORDING_MAX_MB="1",
    )  # fmt: skip
    child.expect("whole")
    child.expect(pexpect.EOF)
    assert b"ended before the terminal did" in child.before
    assert 1_000_000 < file.stat().st_size < 1_100_000
    assert events_of(file)[-1][1] in "mo"


def test_the_switch_ends_it(terminal: Spawn, tmp_path: Path, env: dict[str, str]) -> None:
    file = tmp_path / "a.cast"
    child = terminal(
        "record", "-o", str(file), "--", "/bin/bash", "-c",
        "echo before; read; for i in {1..40}; do sleep .05; echo after $i; done",
    )  # fmt: skip
    child.expect("before")
    subprocess.run([CARO, "disable"], env=env, check=True, capture_output=True)
    child.send("\r")
    child.expect("after 40")
    child.expect(pexpect.EOF)
    assert b"switched off" in child.before
    assert "before" in shown_in(file) and "after 40" not in shown_in(file)
    refused = terminal("record")
    refused.expect("switched off")


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_an_event_is_found_in_it(terminal: Spawn, env: dict[str, str], shell: str) -> None:
    (Path(env["HOME"]) / f".{shell}rc").write_text("PS1='me:$ '\n")
    child = terminal(
        "record", SHELL=f"/usr/bin/{shell}" if Path(f"/usr/bin/{shell}").exists() else f"/bin/{shell}"
    )
    child.expect("me:")
    child.sendline("git --version")
    child.expect("git version")
    child.expect("me:")
    child.sendline("exit")
    child.expect(pexpect.EOF)
    listed = json.loads(_caro(env, "play", "--list", "--json"))
    assert len(listed) == 1 and listed[0]["seconds"] > 0

    def logged() -> list[Any]:
        lines = _caro(env, "log", "--json", "--grep", "git --version").splitlines()
        return [json.loads(line) for line in lines] if len(lines) > 1 else []

    for event in wait_until(logged):
        card = _caro(env, "show", event["id"])
        assert f"caro play --at {event['id']}" in card
        assert "git version" in _caro(env, "play", "--at", event["id"])
    _caro(env, "daemon", "stop")
    assert "1 recording of a terminal" in _caro(env, "privacy", "delete", "--all", "--yes")
    assert json.loads(_caro(env, "play", "--list", "--json")) == []


def _caro(env: dict[str, str], *words: str) -> str:
    return subprocess.run(
        [CARO, *words], env=env, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL
    ).stdout


def test_a_shell_below_the_relay_is_recorded_from_now_on(
    terminal: Spawn, tmp_path: Path, env: dict[str, str]
) -> None:
    (Path(env["HOME"]) / ".bashrc").write_text("PS1='me:$ '\n")
    child = terminal("shell", "bash", columns=100)
    child.expect("me:")
    child.sendline("echo ear''lier")
    child.expect("earlier")
    child.sendline(f"caro record --session -o {tmp_path}/a.cast")
    child.expect("recording")
    child.sendline("echo with''in")
    child.expect("within")
    child.sendline("caro record --stop")
    child.expect("recorded; ")
    child.sendline("echo lat''er")
    child.expect("later")
    child.sendline("caro record --stop")
    child.expect("no recording was being made")
    child.sendline("exit")
    child.expect(pexpect.EOF)
    _caro(env, "daemon", "stop")
    shown = shown_in(tmp_path / "a.cast")
    assert "within" in shown and "earlier" not in shown and "later" not in shown


def test_it_is_played_with_its_pauses(terminal: Spawn, tmp_path: Path) -> None:
    file = tmp_path / "a.cast"
    events = [(0.0, "first"), (3600.0, "second"), (7200.0, "\x1b]52;c;eA==\x07third")]
    file.write_text(
        "\n".join(
            [
                json.dumps({"version": 2, "width": 80, "height": 24}),
                *(json.dumps([at, "o", text]) for at, text in events),
            ]
        )
    )
    child = terminal("play", str(file), "--idle", "1000")
    child.expect("first")
    child.send("\x1b[C")
    child.expect("second")
    child.send("q")
    child.expect(pexpect.EOF)
    assert b"third" not in child.before
    child = terminal("play", str(file), "--at", "2:00:00", "--idle", "1000")
    child.expect("firstsecondthird")
    child.expect(pexpect.EOF)


@pytest.mark.parametrize(
    "text", ["", "x", "[]", '{"version": 1}', "[" * 100_000, '{"version": 2}\n[NaN, "o", "x"]\n[1]\n\x00\n[1,2,3]\n'],
)  # fmt: skip
def test_other_files_are_refused_or_passed_over(env: dict[str, str], tmp_path: Path, text: str) -> None:
    (tmp_path / "a.cast").write_text(text)
    done = subprocess.run([CARO, "play", str(tmp_path / "a.cast")], env=env, capture_output=True, text=True)
    assert done.returncode == (0 if '"version": 2' in text else 1)
    assert "Traceback" not in done.stderr


def test_old_ones_are_forgotten(tmp_path: Path) -> None:
    from caro.recording.files import forget_old

    for name, age in (("old.cast", 40), ("new.cast", 1), ("old.txt", 40)):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (0, time.time() - age * 86_400))
    assert forget_old(tmp_path, 30) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.cast", "old.txt"]
