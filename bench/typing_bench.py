"""What stands between a key and what it shows: grey text, Tab, and the daemon behind both, beside a long history.
Prints JSON.

The history (1,000,000 lines; 100,000 with `--short`) is imported into a HOME of its own, and the daemon reads it. It is
asked over its socket as people type, and shells on terminals are typed into: a bare one, one with grey text, and in zsh
one with zsh-autosuggestions beside 900 lines, by turns. Tab is pressed where no other completer stands.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pty
import random
import re
import select
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench import shell_bench
from bench.suggest_bench import long_history
from caro.paths import Paths
from caro.settings import socket_file

LONG, SHORT = 1_000_000, 100_000
ASKED, PREEXECS, BLOCKS = 4000, 150, 6
KEYS, TABS, STARTS = 400, 20, 40
ALONG_S = 0.04
"""After that the grey text stands there, and the next key goes along with it."""
TYPIST_S = 0.03
"""Seconds between the keys of somebody who types fast."""
PATIENCE_S = 300.0
FIRST, A_MINUTE = 1_700_000_000, 60
LETTERS = "mnoprtuvw"
REST = "qz"
"""How the lines end that are typed here, and nothing else does."""
OWN_LINES = [f"{letter * 4}{REST}" for letter in LETTERS]
EACH = 0.02
"""Part of the history that each of them is, at its end."""
PEERS_LINES = 900
PEER = ("/usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh",
        "/usr/share/zsh/plugins/zsh-autosuggestions/zsh-autosuggestions.zsh")  # fmt: skip
SESSION = "0192f0c1-2345-7abc-8def-0123456789ab"
RC = {
    "zsh": (".zshrc", "PS1='> '\nunsetopt prompt_sp\nbindkey -e\nautoload -Uz compinit && compinit -u\n"),
    "bash": (".bashrc", "PS1='> '\n"),
}
PROMPT = b"> "
TAB = (b"kubectl rollo", b"ut ")
"""A word that the specs know the rest of, of a tool for which neither shell has a completer."""
COLOURS = re.compile(rb"\x1b\[[0-9;]*m")
Figures = dict[str, float | None]


def at(times: list[float], part: float) -> float:
    """Return milliseconds of sorted seconds."""
    return round(times[min(len(times) - 1, int(len(times) * part))] * 1e3, 3)


def environment(home: Path) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {"HOME": str(home), "PATH": path, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}


def home_of(folder: Path, name: str, more: str = "") -> dict[str, str]:
    """Return the environment of a HOME with a plain prompt in each shell."""
    home = folder / name
    home.mkdir()
    for file, text in RC.values():
        (home / file).write_text(text + more)
    return environment(home)


def caro(env: dict[str, str], *words: str) -> None:
    subprocess.run(["caro", *words], env=env, check=True, capture_output=True)


def grey_on(env: dict[str, str], shell: str) -> None:
    """Have grey text drawn as that shell has it: in bash by the relay."""
    caro(env, "config", "set", "shell.inline", "true")
    caro(env, "config", "set", "shell.relay_always", str(shell == "bash").lower())


def history(count: int) -> Iterator[str]:
    """Yield as many lines; the last of them are those that are typed into shells."""
    own = OWN_LINES * int(count * EACH)
    yield from (typed.text for typed in long_history(count - len(own)))
    yield from own


def import_history(env: dict[str, str], file: Path, count: int) -> Figures:
    """Import the lines of a bash history; return what that took."""
    with file.open("w") as stream:
        for number, line in enumerate(history(count)):
            stream.write(f"#{FIRST + number * A_MINUTE}\n{line}\n")
    child = subprocess.Popen(["caro", "import", "bash", "--file", file], env=env, stdout=subprocess.DEVNULL)
    start = time.perf_counter()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"bench: caro import ended with {child.returncode}")
    return {
        "typing_import_us_a_line": round((time.perf_counter() - start) / count * 1e6, 2),
        "typing_import_cpu_us_a_line": round((usage.ru_utime + usage.ru_stime) / count * 1e6, 2),
        "typing_import_mb": round(usage.ru_maxrss / 1024, 1),
    }


class Asker:
    """A connection to the daemon, as a shell has one."""

    def __init__(self, env: dict[str, str]) -> None:
        self.peer = socket.socket(socket.AF_UNIX)
        self.peer.connect(str(socket_file(env, Paths.of(env))))
        self.number = 0

    def ask(self, **fields: object) -> tuple[float, dict[str, object]]:
        """Return the seconds until the answer, and the answer."""
        self.number += 1
        message = {
            "v": 1,
            "id": str(self.number),
            "session": SESSION,
            "shell": "zsh",
            "timeout_ms": 1000,
        } | fields
        data = json.dumps(message).encode() + b"\n"
        seen, start = b"", time.perf_counter()
        self.peer.sendall(data)
        while not seen.endswith(b"\n"):
            seen += self.peer.recv(65536)
        return time.perf_counter() - start, json.loads(seen)

    def suggest(self, line: str) -> tuple[float, dict[str, object]]:
        return self.ask(type="suggest", line=line, cwd="/home/me/p1")

    def await_history(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while "partial" in self.suggest("m")[1]:
            if time.monotonic() > deadline:
                raise SystemExit("bench: the daemon has not read the history")
            time.sleep(0.1)


def questions(count: int) -> Iterator[str]:
    """Yield what stands in the line after each key of lines as often typed as in the history."""
    chance = random.Random(5)
    lines = [typed.text for typed in long_history(SHORT // 5)]
    asked = 0
    while asked < count:
        line = chance.choice(lines)
        for end in range(1, len(line) + 1):
            yield line[:end]
        asked += len(line)


@contextlib.contextmanager
def typist(env: dict[str, str]) -> Iterator[None]:
    """Somebody who types in another shell."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(OSError):
            asker = Asker(env)
            for line in questions(1 << 30):
                asker.suggest(line)
                time.sleep(TYPIST_S)
        os._exit(0)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def preexecs(asker: Asker, count: int) -> list[float]:
    times = []
    for number in range(count):
        line = f"git commit -m 'number {number} of them'"
        times.append(
            asker.ask(type="preexec", line=line, seq=asker.number, pid=os.getpid(), cwd="/", tty=True)[0]
        )
        time.sleep(0.002)
    return times


def daemon_pid(env: dict[str, str]) -> int:
    words = ["caro", "daemon", "status", "--json"]
    told = json.loads(subprocess.run(words, env=env, capture_output=True, check=True).stdout)
    return int(told["pid"])


def memory_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def in_daemon(env: dict[str, str], short: bool) -> Figures:
    """Ask the daemon as shells do; it has read nothing yet."""
    asker, pid = Asker(env), daemon_pid(env)
    before = memory_mb(pid)
    asker.await_history()
    size = memory_mb(pid) - before
    cpu = cpu_seconds(pid)
    times = sorted(asker.suggest(line)[0] for line in questions(ASKED // 4 if short else ASKED))
    cpu = cpu_seconds(pid) - cpu
    alone, beside = [], []
    for _ in range(BLOCKS):
        alone += preexecs(asker, PREEXECS)
        with typist(env):
            beside += preexecs(asker, PREEXECS)
    alone.sort()
    beside.sort()
    return {
        "typing_suggest_p50_ms": at(times, 0.5),
        "typing_suggest_p99_ms": at(times, 0.99),
        "typing_suggest_cpu_ms": round(cpu / len(times) * 1e3, 3),
        "typing_daemon_mb": round(size, 1),
        "typing_preexec_p99_ms": at(alone, 0.99),
        "typing_preexec_p99_added_ms": round(at(beside, 0.99) - at(alone, 0.99), 3),
    }


class Shell:
    """A shell on a terminal of its own."""

    def __init__(self, name: str, env: dict[str, str]) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            termios.tcsetwinsize(0, (30, 100))
            os.chdir(env["HOME"])
            os.execvpe(name, [name, "-i"], env)
        seen, deadline = b"", time.monotonic() + PATIENCE_S
        while PROMPT not in seen and time.monotonic() < deadline:
            seen += self.drain(0.1)
        self.drain(1.0)

    def drain(self, quiet: float) -> bytes:
        """Return what comes until nothing did for so many seconds."""
        seen = b""
        while select.select([self.fd], [], [], quiet)[0]:
            try:
                seen += os.read(self.fd, 65536)
            except OSError:
                break
        return seen

    def key(self, key: bytes, awaited: bytes) -> float:
        """Return the seconds from the key to those bytes on the terminal; 0 where they did not come."""
        seen, start = b"", time.perf_counter()
        os.write(self.fd, key)
        while awaited not in COLOURS.sub(b"", seen) and select.select([self.fd], [], [], 1.0)[0]:
            seen += os.read(self.fd, 65536)
        took = time.perf_counter() - start if awaited in COLOURS.sub(b"", seen) else 0.0
        self.drain(0.01)
        return took

    def clear(self) -> None:
        os.write(self.fd, b"\x15")
        self.drain(0.01)

    def close(self) -> None:
        os.close(self.fd)
        os.kill(self.pid, signal.SIGHUP)
        os.waitpid(self.pid, 0)


@dataclass
class Keys:
    """Seconds: to the echo of a first key, to that of one along the grey text, to the grey text."""

    echo: list[float]
    along: list[float]
    grey: list[float]

    def type(self, shell: Shell, letter: bytes) -> None:
        shell.clear()
        self.echo.append(shell.key(letter, letter))
        shell.drain(ALONG_S)
        self.along.append(shell.key(letter, letter))
        shell.clear()

    def wait(self, shell: Shell, letter: bytes) -> None:
        self.grey.append(shell.key(letter, REST.encode()))


def type_keys(shells: dict[str, Shell], count: int) -> dict[str, Keys]:
    """Type the same keys into each shell by turns; all but the bare one offer something."""
    keys = {name: Keys([], [], []) for name in shells}
    for number in range(count):
        letter = LETTERS[number % len(LETTERS)].encode()
        for name, shell in shells.items():
            keys[name].type(shell, letter)
            if name != "bare":
                keys[name].wait(shell, letter)
    for one in keys.values():
        for times in (one.echo, one.along, one.grey):
            times.sort()
    return keys


def of_keys(prefix: str, bare: Keys, keys: Keys) -> Figures:
    came = [one for one in keys.grey if one]
    return {
        f"{prefix}_key_added_p50_ms": round(at(keys.echo, 0.5) - at(bare.echo, 0.5), 3),
        f"{prefix}_key_added_p99_ms": round(at(keys.echo, 0.99) - at(bare.echo, 0.99), 3),
        f"{prefix}_along_added_p50_ms": round(at(keys.along, 0.5) - at(bare.along, 0.5), 3),
        f"{prefix}_grey_p50_ms": at(came, 0.5) if came else None,
        f"{prefix}_grey_p99_ms": at(came, 0.99) if came else None,
        f"{prefix}_grey_shown": round(len(came) / len(keys.grey), 3),
    }


def in_shell(name: str, envs: dict[str, dict[str, str]], count: int) -> Figures:
    """Return what keys take in a shell, and Tab where Caro alone knows the word."""
    prefix = f"typing_{name}"
    with contextlib.ExitStack() as stack:
        shells = {}
        for variant, env in envs.items():
            shells[variant] = Shell(name, env)
            stack.callback(shells[variant].close)
        keys = type_keys(shells, count)
        figures = of_keys(prefix, keys["bare"], keys["grey"])
        if "peer" in keys:
            figures |= of_keys("typing_zsh_autosuggestions", keys["bare"], keys["peer"])
            ratio = at(keys["grey"].echo, 0.5) / at(keys["peer"].echo, 0.5)
            figures["typing_zsh_key_to_zsh_autosuggestions_ratio"] = round(ratio, 3)
        return figures | tabs(prefix, shells["grey"])


def tabs(prefix: str, shell: Shell) -> Figures:
    """Return milliseconds from Tab to the word; the first reads what later ones have."""
    typed, awaited = TAB
    times = []
    for _ in range(TABS + 1):
        shell.clear()
        os.write(shell.fd, typed)
        shell.drain(ALONG_S)
        times.append(shell.key(b"\t", awaited))
    shell.clear()
    # Where the daemon is late the shell goes on without its word: on a busy machine no reason to have no figure.
    came = sorted(time for time in times[1:] if time)
    if not came:
        raise SystemExit(f"bench: Tab behind {typed.decode()!r} gave no word ({prefix})")
    return {
        f"{prefix}_tab_p50_ms": at(came, 0.5),
        f"{prefix}_tab_p99_ms": at(came, 0.99),
        f"{prefix}_tab_shown": round(len(came) / len(times[1:]), 3),
    }


def starts(name: str, folder: Path, count: int) -> Figures:
    """Return what a start costs where grey text is on; with a daemon, as usual."""
    envs = {variant: shell_bench.make_home(folder, name, variant) for variant in ("bare", "caro")}
    grey_on(envs["caro"], name)
    opened: dict[str, list[float]] = {"bare": [], "caro": []}
    with shell_bench.daemon_for(envs["caro"]):
        for _ in range(count):
            for variant, times in opened.items():
                times.append(shell_bench.start_once(name, envs[variant]))
        forks = [shell_bench.processes(name, envs[variant]) for variant in opened]
        printed = [shell_bench.printed(name, envs[variant]) for variant in opened]
    return {
        f"typing_{name}_start_added_p50_ms": round(
            statistics.median(opened["caro"]) - statistics.median(opened["bare"]), 3
        ),
        f"typing_{name}_start_forks": None if None in forks else forks[1] - forks[0],
        f"typing_{name}_start_bytes": printed[1] - printed[0],
    }


def peers_home(folder: Path) -> dict[str, str] | None:
    """Return a HOME with zsh-autosuggestions and a short history; None where it is not installed."""
    file = next((one for one in PEER if Path(one).exists()), None)
    if file is None:
        return None
    env = home_of(folder, "peer", f"HISTFILE=~/.past HISTSIZE=10000 SAVEHIST=10000\n. {file}\n")
    lines = [*(typed.text for typed in long_history(PEERS_LINES)), *OWN_LINES]
    Path(env["HOME"], ".past").write_text("".join(f"{line}\n" for line in lines[-PEERS_LINES:]))
    return env


def measure(short: bool) -> Figures:
    count, keys = (SHORT, KEYS // 10) if short else (LONG, KEYS)
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        bare, grey, peer = home_of(folder, "bare"), home_of(folder, "grey"), peers_home(folder)
        there = [shell for shell in RC if shutil.which(shell)]
        caro(grey, "install", "--yes", *there)
        figures |= import_history(grey, folder / "past", count)
        with shell_bench.daemon_for(grey):
            figures |= in_daemon(grey, short)
            for shell in there:
                grey_on(grey, shell)
                envs = {"bare": bare, "grey": grey}
                if shell == "zsh" and peer is not None:
                    envs["peer"] = peer
                figures |= in_shell(shell, envs, keys)
        for shell in there:
            (folder / shell).mkdir()
            figures |= starts(shell, folder / shell, STARTS // 2 if short else STARTS)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    figures = measure(parser.parse_args().short)
    json.dump({"figures": figures, "notes": []}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
