"""What the command inherits: descriptors, signals, limits, variables, all as without Caro, read from /proc."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from invisible.users import MODES, USERS, User

# Each starts `show_state`, which prints what a process can see of itself (native/test/show_state.c).
BELOW = {
    "itself": ["show_state"],
    "bash": ["bash", "-c", "show_state; true"],
    "bash that execs": ["bash", "-c", "show_state"],
    "a script": ["./script"],
    "a login shell": ["bash", "-lc", "PATH=$PATH:$BIN; show_state; true"],
    "sh": ["sh", "-c", "show_state; true"],
    "make": ["make", "-s"],
    "python": ["python3", "-c", "import subprocess; subprocess.run(['show_state'], close_fds=False)"],
    "xargs": ["sh", "-c", "echo | xargs -n1 env show_state"],
    "find": ["find", "script", "-exec", "show_state", ";"],
    "timeout": ["timeout", "20", "nice", "-n1", "show_state"],
}

# Signals ignored and blocked, limits, a umask, a priority, descriptors: all have to arrive as they were.
ODD_START = """
import os, resource, signal, sys
for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGCHLD, signal.SIGTTOU):
    signal.signal(number, signal.SIG_IGN)
for number in (signal.SIGPIPE, signal.SIGXFSZ):
    signal.signal(number, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_SETMASK, [signal.SIGUSR2, signal.SIGALRM, signal.SIGWINCH])
resource.setrlimit(resource.RLIMIT_NOFILE, (200, 300))
resource.setrlimit(resource.RLIMIT_CORE, (7, 7))
resource.setrlimit(resource.RLIMIT_STACK, (4 << 20, resource.RLIM_INFINITY))
os.umask(0o027)
os.nice(3)
for number in (7, 63):
    os.dup2(os.open("/dev/null", os.O_RDWR), number)
os.execvp(sys.argv[1], sys.argv[1:])
"""

CARO_VARIABLES = {
    "shims": {
        "BASH_ENV", "ORIGINAL_PATH", "CARO_SESSION_ID", "CARO_RUN", "CARO_PARENT_ID", "CARO_SHIM_LINEAGE",
        "SHIM_ACTIVE",
    },
    "deep": {"CARO_SESSION_ID", "CARO_RUN", "CARO_DEEP"},
}  # fmt: skip


@dataclass
class State:
    lines: list[str]
    variables: dict[str, str]


@pytest.fixture(scope="session")
def probe(user: User, helpers: Path) -> User:
    """A user with `show_state` on PATH, and a shim for it."""
    tool = shutil.copy(helpers / "show_state", user.folder / "bin/show_state")
    Path(tool).chmod(0o755)
    subprocess.run(
        [user.caro, "shims", "add", "show_state"], env=user.env, check=True, capture_output=True, **user.ids
    )
    return user


def state_of(user: User, mode: str, below: str, env: dict[str, str] | None = None) -> State:
    user.clear()
    script, makefile = user.work / "script", user.work / "Makefile"
    script.write_text("#!/bin/bash\nshow_state\nexit 0\n")
    script.chmod(0o755)
    makefile.write_text("all:\n\t@show_state; true\n")
    words = ["/usr/bin/python3", "-ISc", ODD_START, *map(str, user.under(mode, *BELOW[below]))]
    output = user.folder / f"home/output-{os.getpid()}"
    # A file and no pipe: a pipe's number would differ.
    environment = (env or user.env) | {"BIN": f"{user.folder}/bin"}
    with output.open("wb") as out:
        streams = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": out}
        subprocess.run(words, env=environment, cwd=user.work, timeout=60, check=True, **streams, **user.ids)
    lines = output.read_text("utf-8", "surrogateescape").splitlines()
    output.unlink()
    variables = dict(line[4:].split("=", 1) for line in lines if line.startswith("env ") and "=" in line)
    # SigQ counts the signals that are queued for the user just now, whoever they are for.
    return State([line for line in lines if not line.startswith(("env ", "SigQ"))], variables)


def without_documented(state: State, mode: str, user: User) -> State:
    """Takes out what docs/limits-detail.md says; fails where it is not there."""
    lines, variables = list(state.lines), dict(state.variables)
    if mode == "deep":
        lines[lines.index("Seccomp:\t2")] = "Seccomp:\t0"
        if user.name != "root":
            lines[lines.index("NoNewPrivs:\t1")] = "NoNewPrivs:\t0"
    else:
        shims = f"{user.shims}:"
        assert variables["PATH"].startswith(shims)
        variables["PATH"] = variables["PATH"].removeprefix(shims)
    return State(
        lines, {name: variables[name] for name in variables if name not in CARO_VARIABLES[mode] | {"_"}}
    )


@pytest.mark.parametrize("below", BELOW)
def test_the_command_sees_what_it_would_see(probe: User, below: str) -> None:
    bare = state_of(probe, "bare", below)
    assert {"Umask:\t0027", "fd 7 /dev/null", f"limit {resource.RLIMIT_NOFILE} 200 300"} <= {*bare.lines}
    # More may be ignored than the probe ignores: by whoever started the tests.
    ignored = next(int(line.split()[1], 16) for line in bare.lines if line.startswith("SigIgn:"))
    assert below != "itself" or ignored & 0x210201 == 0x210201
    bare.variables.pop("_", None)
    for mode in MODES:
        seen = without_documented(state_of(probe, mode, below), mode, probe)
        assert seen.lines == bare.lines, mode
        assert seen.variables == bare.variables, mode


LOCALES: dict[str, dict[str, str]] = {
    "none": {},
    "C": {"LC_ALL": "C"},
    "POSIX": {"LANG": "POSIX"},
    "C for characters": {"LC_CTYPE": "C"},
    "UTF-8 for characters": {"LC_CTYPE": "C.UTF-8"},
    "unknown": {"LANG": "xx_YY.UTF-8"},
}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("mode", MODES)
def test_the_locale_is_the_callers(user: User, mode: str, locale: str) -> None:
    """Python changes LC_CTYPE of its own environment where the locale is C; the command must not get that."""
    env = {name: value for name, value in user.env.items() if name != "LC_ALL"} | LOCALES[locale]
    bare, seen = (
        user.run(which, "sh", "-c", "env; locale", env=env).stdout.decode() for which in ("bare", mode)
    )
    assert "LC_CTYPE=" in bare
    kept = [line for line in seen.splitlines() if line.partition("=")[0] not in CARO_VARIABLES[mode] | {"_"}]
    kept = [line.replace(f"PATH={user.shims}:", "PATH=") for line in kept]
    assert sorted(kept) == sorted(line for line in bare.splitlines() if not line.startswith("_="))


@pytest.mark.parametrize("mode", MODES)
def test_bytes_of_variables(probe: User, mode: str) -> None:
    env = probe.env | {
        "BYTES": "\udcff\udc80",
        "EMPTY": "",
        "LINES_OF": "a\tb",
        "with space": "x",
        "a.b": "y",
    }
    bare = state_of(probe, "bare", "itself", env)
    seen = without_documented(state_of(probe, mode, "itself", env), mode, probe)
    assert seen == bare
    assert bare.variables["BYTES"] == "\udcff\udc80"


FILES = (
    "cgroup", "oom_score_adj", "personality", "coredump_filter", "limits", "timerslack_ns", "loginuid", "uid_map",
    "mountinfo", "attr/current",
)  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
def test_proc_files(user: User, mode: str) -> None:
    script = f"cd /proc/self; cat {' '.join(FILES)} 2>&1; readlink ns/* root; (chrt -p $$; taskset -p $$) | cut -d: -f2"
    for words in (["sh", "-c", script], ["bash", "-c", f"{script}; true"]):
        bare, seen = (user.run(which, *words) for which in ("bare", mode))
        assert len(bare.stdout.splitlines()) > 20
        assert (seen.stdout, seen.stderr) == (bare.stdout, bare.stderr)


@pytest.mark.parametrize("mode", MODES)
def test_process_group_and_session(user: User, mode: str) -> None:
    """A job of a shell is one process group: that of the process which the shell started."""
    for words in (
        ["cut", "-d ", "-f5-8", "/proc/self/stat"],
        ["bash", "-c", "cut '-d ' -f5-8 /proc/self/stat; true"],
    ):
        process = subprocess.Popen(
            user.under(mode, *words), env=user.env, cwd=user.work, stdout=subprocess.PIPE,
            start_new_session=True, **user.ids,
        )  # fmt: skip
        out, _ = process.communicate(timeout=60)
        assert out.split() == [str(process.pid).encode(), str(process.pid).encode(), b"0", b"-1"]


@pytest.mark.parametrize("mode", MODES)
def test_what_the_caller_ignored_stays_so_but_for_two(user: User, mode: str) -> None:
    """Python has overwritten SIGPIPE and SIGXFSZ before Caro's first line runs (docs/limits-detail.md)."""

    def ignored(which: str) -> int:
        words = ["sh", "-c", 'trap "" PIPE XFSZ TERM USR2; exec "$@"', "sh"]
        command = user.under(which, "grep", "SigIgn", "/proc/self/status")
        return int(user.run("bare", *words, *command).stdout.split()[1], 16)

    bits = {number: 1 << (number - 1) for number in (signal.SIGPIPE, signal.SIGXFSZ)}
    assert ignored("bare") & sum(bits.values()) == sum(bits.values())
    assert ignored(mode) == ignored("bare") & ~sum(bits.values())


def test_little_address_space(user: User) -> None:
    """A shim has a megabyte or more set aside for long arguments; it must not grow much above what a tool needs."""
    done = user.run("shims", "bash", "-c", "ulimit -v 4500; cat /dev/null; echo $?")
    assert (done.stdout, done.stderr) == (b"0\n", b"")


def test_some_user_is_without_rights() -> None:
    assert "nobody" in USERS or os.geteuid() != 0
    assert sys.platform == "linux"
