"""BASH_ENV: makes every script, `bash -c` and `bash -lc` below honour the shims."""

from __future__ import annotations

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


def bash_variables(env: Mapping[str, str], paths: Paths) -> dict[str, str]:
    """BASH_ENV, and CARO_BASH_ENV with the one that was there before."""
    before = env.get("BASH_ENV", "")
    variables = {"BASH_ENV": str(paths.bashenv)}
    if before and before != str(paths.bashenv):
        variables["CARO_BASH_ENV"] = before
    return variables
