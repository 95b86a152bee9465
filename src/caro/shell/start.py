"""`caro shell`: a person's own shell with their own rc files, plus Caro; no dotfile is touched."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from caro.config_write import keep_private
from caro.errors import CaroError, UsageError
from caro.knowledge.shells import SHELLS, Shell, names, shell_of
from caro.paths import Paths

HERE = Path(__file__).parent


def usual_shell(env: Mapping[str, str]) -> str:
    """Return the program that $SHELL names, else the one of the password database."""
    if env.get("SHELL"):
        return env["SHELL"]
    try:
        return pwd.getpwuid(os.geteuid()).pw_shell or "/bin/sh"
    except KeyError:
        return "/bin/sh"


def kind_of(program: str) -> Shell:
    """Return the shell that a program is. Raises UsageError on one that Caro has no lines for."""
    shell = shell_of(program)
    if shell is None:
        raise UsageError(f"shell: {program} is none of {', '.join(names())}; name one: caro shell bash")
    return shell


def prepare(paths: Paths) -> None:
    """Write the wrapper files into Caro's own folder."""
    for shell in SHELLS:
        if shell.start.wrapper is not None:
            name, place = shell.start.wrapper
            file = paths.shell / place
            file.parent.mkdir(mode=0o700, exist_ok=True)
            keep_private(file, (HERE / name).read_text("utf-8"))


def command_of(program: str, env: Mapping[str, str], paths: Paths) -> tuple[str, list[str], dict[str, str]]:
    """Return the file, the words ($0 as asked for) and the environment that start it. Raises CaroError where there
    is none."""
    file = shutil.which(program, path=env.get("PATH"))
    if file is None:
        raise CaroError(f"{program} is not installed")
    shell, child = kind_of(program), dict(env)
    # Below `caro run` a shell joins its session; a new person's shell makes its own.
    child.pop("CARO_DISABLE", None)
    places = {"folder": str(paths.shell), "init": shell.quote(str(paths.shell / f"init.{shell.name}"))}
    start = shell.start
    if start.variable:
        if start.variable in env:
            child[start.kept_as] = env[start.variable]
        child[start.variable] = start.value.format(**places)
    applet = ["sh"] if Path(file).name == "busybox" else []
    return file, [program, *applet, *(word.format(**places) for word in start.words)], child


def below_relay(file: str, words: list[str], paths: Paths) -> tuple[str, list[str]]:
    """Return the same, on a terminal below caro-relay; as it was where there is no terminal, or no relay."""
    relay = paths.bin / "caro-relay"
    if not (os.isatty(0) and os.isatty(1) and os.access(relay, os.X_OK)):
        return file, words
    return str(relay), ["caro-relay", "--", file, *words]


def wake_daemon(env: Mapping[str, str], paths: Paths) -> None:
    """Start it where none runs: it takes longer to load than a shell, and the first failure shall have its fix."""
    hook = paths.bin / "caro-hook"
    if os.access(hook, os.X_OK):
        words = [str(hook), "wake", "-s", "sh", "-p", str(os.getpid()), "-n", "0"]
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(words, env=env, stdin=subprocess.DEVNULL, timeout=2, check=False)
