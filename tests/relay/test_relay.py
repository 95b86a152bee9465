"""caro-relay on a real terminal: nobody below it can tell, but for the output that it keeps."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import socket
import stat
import struct
import subprocess
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from environment import NATIVES

RELAY = str(NATIVES / "caro-relay")
Spawn = Callable[..., "pexpect.spawn[bytes]"]


@pytest.fixture
def relay(env: dict[str, str], tmp_path: Path) -> Iterator[Spawn]:
    """Starts `sh -c SCRIPT` (or other words) below a relay; its socket's folder is `tmp_path/run`."""
    children = []
    (tmp_path / "run").mkdir(mode=0o700)

    def spawn(*words: str, program: str = RELAY, **more: str) -> pexpect.spawn[bytes]:
        child = pexpect.spawn(
            program, list(words), env=env | {"XDG_RUNTIME_DIR": str(tmp_path / "run")} | more,
            cwd=str(tmp_path), timeout=20, dimensions=(30, 100), echo=True,
        )  # fmt: skip
        child.delaybeforesend = None
        children.append(child)
        return child

    yield spawn
    for child in children:
        child.close(force=True)


def read_up_to(terminal: int, end: bytes) -> bytes:
    """For much at once: pexpect searches all of it again with each read."""
    data = bytearray()
    while not data.endswith(end):
        assert select.select([terminal], [], [], 20)[0], data[-200:]
        data += os.read(terminal, 65536)
    return bytes(data)


def script(text: str) -> list[str]:
    return ["--", "/bin/sh", "sh", "-c", text]


def end_of(child: pexpect.spawn[bytes]) -> tuple[int | None, int | None]:
    child.expect(pexpect.EOF)
    child.wait()
    return child.exitstatus, child.signalstatus


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("exit 0", (0, None)),
        ("exit 7", (7, None)),
        ("kill -TERM $$", (None, signal.SIGTERM)),
        ("kill -KILL $$", (None, signal.SIGKILL)),
    ],
)
def test_the_end_is_the_shells(relay: Spawn, text: str, end: tuple[int | None, int | None]) -> None:
    assert end_of(relay(*script(text))) == end


def test_every_byte_passes(relay: Spawn, tmp_path: Path) -> None:
    data = (
        b"\x1b]" * 5000
        + bytes(range(256)) * 40
        + b"\x1b[?1049h\x1b]133;C;caro=0.1\x07\x1b]133;C\x07\x1b"
        + os.urandom(10_000_000)
    )
    (tmp_path / "data").write_bytes(data)
    child = relay(*script("stty -opost; printf BEGIN; cat data; printf END"))
    child.expect(pexpect.EOF)
    assert child.before == b"BEGIN" + data + b"END"


def test_what_is_typed_passes(relay: Spawn, tmp_path: Path) -> None:
    keys = bytes(range(256)) * 4000 + os.urandom(9_000_000)
    child = relay(*script(f"stty raw -echo; printf READY; head -c {len(keys)} >typed; printf DONE"))
    child.expect("READY")
    child.send(keys)
    child.expect("DONE")
    assert (tmp_path / "typed").read_bytes() == keys


def test_the_size_follows_with_pixels(relay: Spawn) -> None:
    code = 'import fcntl, termios, struct; print(struct.unpack("4H", fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8))))'
    show = f"python3 -c '{code}'"
    child = relay(*script(f"{show}; read x; {show}"))
    child.expect(re.escape("(30, 100, 0, 0)"))
    fcntl.ioctl(child.child_fd, termios.TIOCSWINSZ, struct.pack("4H", 50, 132, 1320, 1000))
    child.sendline("")
    child.expect(re.escape("(50, 132, 1320, 1000)"))


def test_what_is_printed_before_a_stop_is_shown_before_it(relay: Spawn) -> None:
    child = relay("--norc", "--noprofile", "-i", program="/bin/bash")
    child.sendline(f"{RELAY} -- /bin/sh sh -c 'echo be''fore; kill -STOP $$; echo af''ter'")
    child.expect("before\r\n(?s:.*)Stopped(?s:.*)[#$] $")
    child.sendline("fg")
    child.expect("after")


def test_login_shells_and_the_umask(relay: Spawn, tmp_path: Path) -> None:
    shell = tmp_path / "myshell"
    shell.symlink_to("/bin/bash")
    child = relay("-c", f"umask 027; exec -a -caro-relay {RELAY}", program="/bin/bash", SHELL=str(shell))
    child.sendline('echo "[$0 $(umask)]"; exit')
    child.expect(rb"\[(-\w+ \d+)\]")
    assert child.match.group(1) == b"-myshell 0027"


def test_a_job_stops_and_goes_on(relay: Spawn) -> None:
    child = relay("--", "/bin/bash", "bash", "--norc", "--noprofile", "-i")
    child.sendline("echo wai''ts; cat")
    child.expect("waits")
    child.sendline("one")
    child.expect("one\r\none\r\n")
    child.send("\x1a")
    child.expect("Stopped")
    child.sendline("echo wakes; fg")
    child.expect("wakes\r\ncat\r\n|wakes\r\n.*cat\r\n")
    child.sendline("two")
    child.expect("two\r\ntwo\r\n")
    child.send("\x03")
    child.expect("[#$] $")
    child.sendline("echo st''atus=$?")
    child.expect("status=130")


def test_suspend_stops_the_relay_too(relay: Spawn) -> None:
    child = relay("--norc", "--noprofile", "-i", program="/bin/bash")
    child.sendline(f"{RELAY} -- /bin/bash bash --norc --noprofile -i")
    child.sendline("echo in''side; suspend")
    # bash loses what is typed while a job of it stops or goes on: each line waits for the prompt.
    child.expect("inside\r\n(?s:.*)Stopped(?s:.*)[#$] $")
    child.sendline("echo out''side; fg")
    child.expect("outside\r\n(?s:.*)[#$] $")
    child.sendline("echo inside a''gain; exit 3")
    child.expect("inside again")
    child.expect("exit\r\n.*[#$] $")
    child.sendline("echo st''atus=$?")
    child.expect("status=3")


def pids_below(child: pexpect.spawn[bytes]) -> tuple[int, int]:
    """The process that waits, and the one that copies."""
    return child.pid, int(Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()[0])


@pytest.mark.parametrize(
    ("victim", "number"), [(0, signal.SIGTERM), (1, signal.SIGTERM), (1, signal.SIGKILL)]
)
def test_the_terminal_comes_back_when_it_is_killed(relay: Spawn, victim: int, number: int) -> None:
    child = relay(*script("echo READY; read x"))
    child.expect("READY")
    assert not termios.tcgetattr(child.child_fd)[3] & termios.ICANON
    os.kill(pids_below(child)[victim], number)
    assert end_of_alive(child) == number
    assert termios.tcgetattr(child.child_fd)[3] & termios.ICANON


def end_of_alive(child: pexpect.spawn[bytes]) -> int | None:
    """Its signal; without closing our side of the terminal."""
    _pid, status = os.waitpid(child.pid, 0)
    child.ptyproc.terminated = True
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else None


def test_who_waits_is_killed_and_the_rest_ends(relay: Spawn) -> None:
    child = relay(*script("echo READY; read x"))
    child.expect("READY")
    waiter, copier = pids_below(child)
    watch = os.pidfd_open(copier)
    os.kill(waiter, signal.SIGKILL)
    assert end_of_alive(child) == signal.SIGKILL
    assert select.select([watch], [], [], 20)[0]
    os.close(watch)


def asked(variable: str, tag: str) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(variable.split(":", 2)[2])
        connection.sendall(tag.encode() + b"\n")
        data = b""
        while part := connection.recv(65536):
            data += part
        return data


MARKS = (
    r"""mark() { printf '\033]133;%s;caro=%s.%s\a' "$1" "${CARO_RELAY%%:*}" "$2"; }; echo "[$CARO_RELAY]"; """
)


def started(relay: Spawn, text: str) -> tuple[pexpect.spawn[bytes], str]:
    child = relay(*script(MARKS + text))
    child.expect(rb"\[(\w+:\S+)\]\r\n")
    return child, child.match.group(1).decode()


def test_the_output_between_the_marks_is_kept(relay: Spawn) -> None:
    child, variable = started(relay, "mark C 7.1; printf 'a\\033[1mb\\n'; mark D 7.1; echo after; read x")
    child.expect("after")
    assert child.before == b"a\x1b[1mb\r\n", "marks are not shown"
    assert asked(variable, "7.1") == b"1 8\na\x1b[1mb\r\n"
    assert asked(variable, "7.2") == b"0\n"


def test_the_last_64_kib_are_kept(relay: Spawn) -> None:
    child, variable = started(relay, "mark C 7.1; stty -opost; seq 100000; mark D 7.1; echo after; read x")
    child.expect("after")
    whole = "".join(f"{number}\n" for number in range(1, 100001)).encode()
    head, _, kept = asked(variable, "7.1").partition(b"\n")
    assert (head, kept) == (f"1 {len(whole)}".encode(), whole[-65536:])


def test_marks_in_pieces_are_marks(relay: Spawn, tmp_path: Path) -> None:
    code = """
import os, sys, termios
mark, rest = "\\033]133;%s;caro=" + os.environ["CARO_RELAY"].split(":")[0] + ".7.1\\a", "\\033]133;C\\a\\033]1"
for text in (mark % "C", "abc", mark % "X", rest, mark % "D", "after\\n"):
    for letter in text:
        os.write(1, letter.encode())
        termios.tcdrain(1)
"""
    (tmp_path / "pieces.py").write_text(code)
    child, variable = started(relay, "python3 pieces.py; read x")
    child.expect("after")
    token = variable.split(":")[0].encode()
    shown = b"abc\x1b]133;X;caro=" + token + b".7.1\x07\x1b]133;C\x07\x1b]1"
    assert child.before == shown
    assert asked(variable, "7.1") == b"1 %d\n" % len(shown) + shown


def test_what_is_kept_is_in_memory_alone_and_little(relay: Spawn, tmp_path: Path, home: Path) -> None:
    secret = "printed-and-forgotten"
    (tmp_path / "data").write_bytes((secret.swapcase().encode() + b"\n") * 500_000)
    child, variable = started(relay, "mark C 7.1; tr a-zA-Z A-Za-z <data; mark D 7.1; echo after; read x")
    assert len(read_up_to(child.child_fd, b"after\r\n")) > 10_000_000
    assert secret.encode() in asked(variable, "7.1")
    folders = [tmp_path, home, Path(variable.split(":", 2)[2]).parent]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    assert files and not [file for file in files if secret.encode() in file.read_bytes()]
    for pid in pids_below(child):
        opened = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
        assert not [name for name in opened if name.startswith("/") and not name.startswith("/dev/")]
        (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        assert int(peak) < 2048, "ten megabytes went through"


def test_a_terminal_that_hangs_up_ends_the_shell(env: dict[str, str]) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(RELAY, ["caro-relay", *script('echo "<$$>"; read x; read y')], env)
    found = re.search(rb"<(\d+)>", read_up_to(terminal, b">\r\n"))
    assert found is not None
    watch = os.pidfd_open(int(found.group(1)))
    os.close(terminal)
    assert select.select([watch], [], [], 20)[0]
    os.close(watch)
    assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGHUP


def test_whoever_asks_early_waits_for_the_end(relay: Spawn) -> None:
    child, variable = started(relay, "mark C 7.1; echo half; read x; echo whole; mark D 7.1; read x")
    child.expect("half")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(variable.split(":", 2)[2])
        connection.sendall(b"7.1\n")
        child.sendline("")
        assert b"whole" in connection.recv(65536)


def test_the_socket_is_ours_alone_and_goes(relay: Spawn) -> None:
    child, variable = started(relay, "read x")
    path = Path(variable.split(":", 2)[2])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    child.sendline("")
    assert end_of(child) == (0, None)
    assert not path.parent.exists()


def test_one_relay_a_terminal(relay: Spawn) -> None:
    child, variable = started(relay, f"{RELAY} -- /bin/sh sh -c 'echo \"<$CARO_RELAY>\"'; read x")
    child.expect(rb"<(\S+)>")
    assert child.match.group(1).decode() == variable


def test_another_terminal_below_gets_one_of_its_own(relay: Spawn) -> None:
    inner = f'{RELAY} -- /bin/sh sh -c "echo \\<\\$CARO_RELAY\\>"'
    child, variable = started(relay, f"script -qc '{inner}' /dev/null; read x")
    child.expect(rb"<(\w+:\S+)>")
    assert child.match.group(1).decode() != variable


def test_without_a_pseudo_terminal_the_shell_runs_all_the_same(relay: Spawn) -> None:
    text = f"ulimit -n 4; exec {RELAY} -- /bin/sh sh -c 'echo \"[${{CARO_RELAY-none}}]\"; exit 5'"
    child = relay("-c", text, program="/bin/bash")
    child.expect(r"caro-relay: no pseudo terminal: .*\r\n\[none\]")
    assert end_of(child) == (5, None)


def test_without_a_terminal_it_is_not_there(env: dict[str, str]) -> None:
    done = subprocess.run(
        [RELAY, *script('echo "${CARO_RELAY-none}"; exit 4')],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("none\n", 4)


def test_usage_and_what_cannot_run(env: dict[str, str]) -> None:
    def status(*words: str) -> int:
        return subprocess.run([RELAY, *words], env=env, capture_output=True, check=False).returncode

    assert (status("--wrong"), status("--", "/nowhere/x", "x"), status("--", "/etc/passwd", "x")) == (
        100,
        127,
        126,
    )
