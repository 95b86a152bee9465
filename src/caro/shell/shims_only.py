"""The lines of `caro init SHELL --shims-only`."""

from __future__ import annotations

from pathlib import Path

from caro.knowledge.shells import shell_named
from caro.paths import Paths
from caro.trace.bash_environment import bash_value


def shims_only_text(name: str, paths: Paths) -> str:
    """Return two assignments and the shell's plain file."""
    shell = shell_named(name)
    body = (Path(__file__).parent / f"shims.{name}").read_text("utf-8")
    # A name that bash would expand (HOME with a `$` in it) is better not handed to it.
    bashenv = "" if set('\\$`"') & set(str(paths.bashenv)) else bash_value(paths.bashenv)
    values = {"__caro_shims": str(paths.shims), "__caro_bashenv": bashenv}
    return "\n".join(
        [*(shell.assign.format(name, shell.quote(value)) for name, value in values.items()), body]
    )
