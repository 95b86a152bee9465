"""Which file of which shell gets Caro's line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from caro.knowledge.shells import names, shell_named
from caro.paths import Paths
from caro.regular_file import MOST_BYTES, read_start


@dataclass(frozen=True)
class Target:
    """One file to edit; `init` is the shell whose init file its line sources."""

    shell: str
    file: Path
    init: str


def installed_shells(env: Mapping[str, str]) -> list[str]:
    return [shell for shell in names() if shutil.which(shell, path=env.get("PATH"))]


def targets(shell: str, env: Mapping[str, str], paths: Paths) -> list[Target]:
    """Return the files that a shell reads when a person opens it, login or not."""
    decide = _DECISIONS.get(shell)
    return [Target(shell, _usual_file(shell, paths), shell)] if decide is None else decide(env, paths)


def _usual_file(shell: str, paths: Paths) -> Path:
    place = shell_named(shell).rc_file.replace("~", str(paths.home), 1)
    return Path(place.replace("{config}", str(paths.config.parent), 1))


def every_target(env: Mapping[str, str], paths: Paths) -> list[Target]:
    """Return every file where a block can stand, whatever is installed now."""
    found = [target for shell in names() for target in targets(shell, env, paths)]
    others = (".bash_profile", ".bash_login", ".mkshrc", ".kshrc", ".zshrc")
    found += [Target("sh", paths.home / name, "sh") for name in others]
    return list({target.file: target for target in reversed(found)}.values())[::-1]


def _bash(env: Mapping[str, str], paths: Paths) -> list[Target]:
    """A login bash reads the first of three files, and ~/.bashrc only where that one says so (bash(1), INVOCATION)."""
    found = [Target("bash", paths.home / ".bashrc", "bash")]
    for name in (".bash_profile", ".bash_login", ".profile"):
        file = paths.home / name
        if file.exists():
            if not _names_bashrc(file):
                found.append(Target("bash", file, "sh" if name == ".profile" else "bash"))
            return found
    # .profile comes last: any other name would hide one that is made later.
    return [*found, Target("bash", paths.home / ".profile", "sh")]


def _names_bashrc(file: Path) -> bool:
    text = read_start(file, MOST_BYTES).decode("utf-8", "replace")
    return re.search(r"^[^#\n]*bashrc", text, re.MULTILINE) is not None


def _zsh(env: Mapping[str, str], paths: Paths) -> list[Target]:
    return [Target("zsh", _zsh_folder(env, paths) / ".zshrc", "zsh")]


def _zsh_folder(env: Mapping[str, str], paths: Paths) -> Path:
    """ZDOTDIR; a .zshenv may set it for zsh alone, so zsh is asked where one names it."""
    if env.get("ZDOTDIR", "").startswith("/"):
        return Path(env["ZDOTDIR"])
    if any(
        _names_zdotdir(file)
        for file in (paths.home / ".zshenv", Path("/etc/zsh/zshenv"), Path("/etc/zshenv"))
    ):
        words = ["zsh", "-c", "print -rn -- ${ZDOTDIR-}"]
        try:
            asked = subprocess.run(
                words, env=dict(env), stdin=subprocess.DEVNULL, capture_output=True, timeout=10
            )
        except (OSError, subprocess.TimeoutExpired):
            return paths.home
        answer = asked.stdout.decode("utf-8", "surrogateescape")
        if answer.startswith("/") and "\n" not in answer:
            return Path(answer)
    return paths.home


def _names_zdotdir(file: Path) -> bool:
    text = read_start(file, MOST_BYTES).decode("utf-8", "replace")
    return re.search(r"^[^#\n]*ZDOTDIR", text, re.MULTILINE) is not None


def _sh(env: Mapping[str, str], paths: Paths) -> list[Target]:
    """~/.profile for login shells; mksh and ksh93 have a file of their own; others read what ENV names."""
    found = [Target("sh", paths.home / ".profile", "sh")]
    for program, name in (("mksh", ".mkshrc"), ("ksh", ".kshrc")):
        if shutil.which(program, path=env.get("PATH")):
            found.append(Target("sh", paths.home / name, "sh"))
    named = os.path.expandvars(env.get("ENV", ""))
    if named.startswith(f"{paths.home}/") and Path(named) not in [target.file for target in found]:
        found.append(Target("sh", Path(named), "sh"))
    return found


_DECISIONS = {"bash": _bash, "zsh": _zsh, "sh": _sh}
"""Shells of which more than one file, or another one, may be meant."""


def source_line(init: str, paths: Paths) -> str:
    """Return the one line that Caro adds to a file."""
    return shell_named(init).source.format(_init_word(init, paths))


def _init_word(init: str, paths: Paths) -> str:
    """Below $HOME by its name: dotfiles are shared between machines."""
    file = paths.shell / f"init.{init}"
    plain = re.compile(r"[A-Za-z0-9_./+@%=:, -]*")
    if file.is_relative_to(paths.home) and plain.fullmatch(relative := str(file.relative_to(paths.home))):
        return f'"$HOME/{relative}"'
    return shell_named(init).quote(str(file))
