"""The lines of `caro init SHELL --shims-only`."""

from __future__ import annotations

import shlex
from pathlib import Path

from caro.paths import Paths

SHELLS = ("bash", "zsh", "fish", "sh")


def quote(shell: str, text: str) -> str:
    """Text as one word of that shell; fish knows backslash and quote alone inside single quotes."""
    if shell == "fish":
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return shlex.quote(text)


def assignment(shell: str, name: str, value: str) -> str:
    return f"set -g {name} {quote(shell, value)}" if shell == "fish" else f"{name}={quote(shell, value)}"


def shims_only_text(shell: str, paths: Paths) -> str:
    """Two assignments and the shell's plain file."""
    body = (Path(__file__).parent / f"shims.{shell}").read_text("utf-8")
    # A name that bash would expand (HOME with a `$` in it) is better not handed to it.
    bashenv = "" if set('\\$`"') & set(str(paths.bashenv)) else str(paths.bashenv)
    values = {"__caro_shims": str(paths.shims), "__caro_bashenv": bashenv}
    return "\n".join([*(assignment(shell, name, value) for name, value in values.items()), body])
