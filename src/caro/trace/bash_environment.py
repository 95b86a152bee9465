"""BASH_ENV: makes every script, `bash -c` and `bash -lc` below honour the shims."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from caro.paths import Paths
from caro.trace import natives

SOURCE = Path(__file__).parent / "bashenv"


def install_bashenv(paths: Paths) -> Path:
    """Puts our bashenv into the config folder, where it is not yet or differs."""
    if not paths.bashenv.exists() or paths.bashenv.read_bytes() != SOURCE.read_bytes():
        natives.make_folder(paths.config)
        natives.put_file(SOURCE, paths.bashenv)
        paths.bashenv.chmod(0o600)
    return paths.bashenv


def bash_quoted(path: Path) -> str:
    """bash expands the value of BASH_ENV, command substitutions too, before it takes it for a file's name."""
    return re.sub(r'([\\$`"])', r"\\\1", str(path))


def bash_variables(env: Mapping[str, str], paths: Paths) -> dict[str, str]:
    """BASH_ENV, and CARO_BASH_ENV with the one that was there before."""
    before = env.get("BASH_ENV", "")
    ours = bash_quoted(paths.bashenv)
    variables = {"BASH_ENV": ours}
    if before and before != ours:
        variables["CARO_BASH_ENV"] = before
    return variables
