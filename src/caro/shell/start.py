"""`caro shell`: a person's own shell with their own rc files, plus Caro; no dotfile is touched."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from caro.config_write import write_private
from caro.errors import CaroError, UsageError
from caro.paths import Paths
from caro.shell.targets import SHELLS

HERE = Path(__file__).parent
SH_PROGRAMS = ("sh", "dash", "ash", "busybox", "mksh", "ksh", "ksh93")


def usual_shell(env: Mapping[str, str]) -> str:
    """The program that $SHELL names, else the one of the password database."""
    if env.get("SHELL"):
        return env["SHELL"]
    try:
        return pwd.getpwuid(os.geteuid()).pw_shell or "/bin/sh"
    except KeyError:
        return "/bin/sh"


def kind_of(program: str) -> str:
    """Which of SHELLS a program is; raises UsageError on another."""
    name = Path(program).name.lstrip("-")
    if name in SH_PROGRAMS:
        return "sh"
    if name in SHELLS:
        return name
    raise UsageError(f"shell: {program} is none of {', '.join(SHELLS)}; name one: caro shell bash")


def prepare(paths: Paths) -> None:
    """The wrapper files, in Caro's own folder."""
    folder = paths.shell / "zsh"
    folder.mkdir(mode=0o700, exist_ok=True)
    wrappers = {
        "rc.bash": paths.shell / "rc.bash",
        "rc.sh": paths.shell / "rc.sh",
        "zshenv": folder / ".zshenv",
    }
    for name, file in wrappers.items():
        write_private(file, (HERE / name).read_text("utf-8"))


def command_of(program: str, env: Mapping[str, str], paths: Paths) -> tuple[str, list[str], dict[str, str]]:
    """File, words ($0 as asked for) and environment that start it. Raises CaroError where there is none."""
    file = shutil.which(program, path=env.get("PATH"))
    if file is None:
        raise CaroError(f"{program} is not installed")
    kind, child = kind_of(program), dict(env)
    # Below `caro run` a shell joins its session; a new person's shell makes its own.
    child.pop("CARO_DISABLE", None)
    if kind == "bash":
        return file, [program, "--rcfile", str(paths.shell / "rc.bash"), "-i"], child
    if kind == "fish":
        return file, [program, "--init-command", f"source '{_fish_quoted(paths.shell / 'init.fish')}'"], child
    if kind == "zsh":
        if "ZDOTDIR" in env:
            child["CARO_ZDOTDIR"] = env["ZDOTDIR"]
        child["ZDOTDIR"] = str(paths.shell / "zsh")
        return file, [program, "-i"], child
    if "ENV" in env:
        child["CARO_SHELL_ENV"] = env["ENV"]
    child["ENV"] = str(paths.shell / "rc.sh")
    return file, [program, *(["sh"] if Path(file).name == "busybox" else []), "-i"], child


def below_relay(file: str, words: list[str], paths: Paths) -> tuple[str, list[str]]:
    """The same, on a terminal below caro-relay; as it was where there is no terminal, or no relay."""
    relay = paths.bin / "caro-relay"
    if not (os.isatty(0) and os.isatty(1) and os.access(relay, os.X_OK)):
        return file, words
    return str(relay), ["caro-relay", "--", file, *words]


def wake_daemon(env: Mapping[str, str], paths: Paths) -> None:
    """Starts it where none runs: it takes longer to load than a shell, and the first failure shall have its fix."""
    hook = paths.bin / "caro-hook"
    if os.access(hook, os.X_OK):
        words = [str(hook), "wake", "-s", "sh", "-p", str(os.getpid()), "-n", "0"]
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(words, env=env, stdin=subprocess.DEVNULL, timeout=2, check=False)


def _fish_quoted(file: Path) -> str:
    return str(file).replace("\\", "\\\\").replace("'", "\\'")
