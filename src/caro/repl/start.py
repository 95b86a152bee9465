"""How `caro repl` begins: which shell, below which relay, and what it becomes where it can't own the line."""

from __future__ import annotations

import os
from typing import NoReturn

from caro.knowledge.shells import names


def start(shell: str | None) -> NoReturn:
    """Become the person's shell below Caro. Raises UsageError on a shell that Caro has no lines for."""
    from caro.paths import Paths
    from caro.shell.install import write_own_files
    from caro.shell.start import below_relay, command_of, kind_of, prepare, usual_shell, wake_daemon

    paths = Paths.of(os.environ)
    program = shell or usual_shell(os.environ)
    kind_of(program)
    write_own_files(os.environ, paths)
    prepare(paths)
    file, words, env = command_of(program, os.environ, paths)
    wake_daemon(env, paths)
    file, words = below_relay(file, words, paths)
    os.execve(file, words, env)


def shells() -> tuple[str, ...]:
    """Return the names of the shells that `caro repl` can stand in front of."""
    return names("relay")
