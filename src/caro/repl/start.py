"""How `caro repl` begins: which shell, below which relay, and what it becomes where it can't own the line.

The relay and the shell are started before the editor is imported: an rc file runs meanwhile.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from caro.errors import CaroError
from caro.knowledge.shells import fish_quote, names
from caro.paths import Paths
from caro.repl.begin import fork_front, note_start

HERE = Path(__file__).parent

FILES = {
    "repl.bash": "repl.bash",
    "receive.bash": "receive.bash",
    "receive.zsh": "receive.zsh",
    "receive.fish": "receive.fish",
    "zshenv": "repl/.zshenv",
}
"""What the shells load, and where it is put below Caro's folder for them."""

WORDS: dict[str, tuple[str, ...]] = {
    "bash": ("--rcfile", "{folder}/repl.bash", "-i"),
    "zsh": ("-i",),
    "fish": ("--init-command", "source {init}; source {receive}"),
}
"""The words that start each shell with it."""

FIRST_BASH = (4, 4)
"""The first with PS0, which says that a line runs."""


def start(shell: str | None) -> NoReturn:
    """Become the relay with the person's shell below it, and the front beside it.

    Raises UsageError on a shell that Caro has no lines for, CaroError where the editor is not installed.
    """
    from caro.shell.install import write_own_files
    from caro.shell.start import command_of, kind_of, prepare, usual_shell

    paths = Paths.of(os.environ)
    program = shell or usual_shell(os.environ)
    kind = kind_of(program).name
    write_own_files(os.environ, paths)
    prepare(paths)
    file, words, env = command_of(program, os.environ, paths)
    if reason := _why_not(kind, file, paths):
        _become_caro_shell(reason, file, words, env, paths)
    if importlib.util.find_spec("prompt_toolkit") is None:
        raise CaroError(
            "caro repl needs prompt_toolkit, which is not installed; pipx install --force '.[repl]',"
            " or take your shell's own line editor: caro shell"
        )
    _write_files(paths)
    places = {name: fish_quote(str(paths.shell / f"{name}.fish")) for name in ("init", "receive")}
    words = [program, *(word.format(folder=paths.shell, **places) for word in WORDS[kind])]
    variables = _variables(kind, paths)
    note_start(os.environ, program, kind, file, words, variables)
    env.update({name: value for name, value, _kept_as in variables})
    fork_front(kind, env, file, words)


def start_traced(words: list[str]) -> NoReturn:
    """Become the tracer with this same `caro WORDS` below it, which records every exec under one session.

    Raises CaroError where deep mode doesn't work.
    """
    from caro.settings import load_settings
    from caro.trace.launcher import Run, launch

    paths = Paths.of(os.environ)
    own = [sys.argv[0]] if os.access(sys.argv[0], os.X_OK) else [sys.executable, "-P", "-m", "caro"]
    launch(Run([*own, *words], mode="deep", quiet=True), load_settings(os.environ, paths), os.environ, paths)


def shells() -> tuple[str, ...]:
    """Return the names of the shells that `caro repl` can stand in front of."""
    return names("relay")


def _variables(kind: str, paths: Paths) -> list[tuple[str, str, str]]:
    """What is put into the shell's environment: name, value, and the name under which the value of before is kept."""
    from caro.shell.start import kind_of

    start = kind_of(kind).start
    return [("ZDOTDIR", str(paths.shell / "repl"), start.kept_as)] if kind == "zsh" else []


def _why_not(kind: str, file: str, paths: Paths) -> str:
    """Return why the line can't be owned here; empty where it can."""
    if not (os.isatty(0) and os.isatty(1)):
        return "standard input and output are no terminal"
    if os.environ.get("TERM", "dumb") == "dumb":
        return "this terminal (TERM) can't move its cursor"
    if not os.access(paths.bin / "caro-relay", os.X_OK):
        return "caro-relay is not installed"
    if kind not in WORDS:
        return f"{kind} has no line editor that a line can be handed to"
    if kind == "bash" and _bash_version(file) < FIRST_BASH:
        return "this bash is older than 4.4"
    return ""


def _bash_version(file: str) -> tuple[int, int]:
    words = [file, "--norc", "--noprofile", "-c", 'echo "${BASH_VERSINFO[0]} ${BASH_VERSINFO[1]}"']
    try:
        said = subprocess.run(
            words, capture_output=True, text=True, timeout=5, stdin=subprocess.DEVNULL
        ).stdout
        major, minor = said.split()
        return int(major), int(minor)
    except (OSError, ValueError, subprocess.SubprocessError):
        return (0, 0)


def _become_caro_shell(
    reason: str, file: str, words: list[str], env: dict[str, str], paths: Paths
) -> NoReturn:
    from caro.shell.start import below_relay, wake_daemon
    from caro.signals import give_signals_back

    print(f"caro: repl: {reason}: this is `caro shell`, with your shell's own line editor", file=sys.stderr)
    wake_daemon(env, paths)
    file, words = below_relay(file, words, paths)
    give_signals_back()
    os.execve(file, words, env)


def _write_files(paths: Paths) -> None:
    from caro.config_write import keep_private

    for name, place in FILES.items():
        keep_private(paths.shell / place, (HERE / name).read_text("utf-8"))
