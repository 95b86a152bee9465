"""BASH_ENV: makes every script, `bash -c` and `bash -lc` below honour the shims."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from caro.paths import Paths
from caro.trace import natives

SOURCES = tuple(Path(__file__).parent / name for name in ("bashenv", "xtrace.bash"))


def install_bashenv(paths: Paths) -> Path:
    """Put our bashenv, and what it sources, into the config folder where they are not yet or differ."""
    for source in SOURCES:
        file = paths.bashenv.with_name(source.name)
        if not file.exists() or file.read_bytes() != source.read_bytes():
            natives.make_folder(paths.config)
            natives.put_file(source, file)
            file.chmod(0o600)
    return paths.bashenv


def builtin_variables(env: Mapping[str, str], paths: Paths) -> dict[str, str]:
    """What makes each bash below send its builtins to the collector; in deep mode too, whose BASH_ENV is else free."""
    collector = natives.installed_native(paths, "caro-xtrace")
    return {**bash_variables(env, paths), "CARO_BUILTINS": str(collector)}


def bash_quoted(path: Path) -> str:
    """bash expands the value of BASH_ENV, command substitutions too, before it takes it for a file's name."""
    return re.sub(r'([\\$`"])', r"\\\1", str(path))


def bash_value(file: Path, uid: int | None = None) -> str:
    """Return the value of BASH_ENV that names `file`.

    Root's programs become other users and keep the environment (setpriv, gosu, su), and bash complains of a file that
    it may not open, where it is silent about none. So root's value is the file for root alone: a part of itself,
    counted from its start, or from far behind its end for any other EUID. The part stands in a `${NAME+...}` of a name
    that is never set, which is empty.
    """
    name = bash_quoted(file)
    if (os.geteuid() if uid is None else uid) != 0 or name != str(file) or not name.isascii() or "}" in name:
        return name
    head = f"${{BASH_ENV:%s+EUID*99999:{len(name)}}}${{__caro_never+"
    start = len(head)  # two digits are as long as the %s that they replace
    return f"{head % start}{name}}}"


def bash_variables(env: Mapping[str, str], paths: Paths) -> dict[str, str]:
    """BASH_ENV, and CARO_BASH_ENV with the one that was there before."""
    before = env.get("BASH_ENV", "")
    ours = bash_value(paths.bashenv)
    variables = {"BASH_ENV": ours}
    if before and before != ours:
        variables["CARO_BASH_ENV"] = before
    return variables
