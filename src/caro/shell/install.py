"""Put Caro into the shells: its own files first, then one block a dotfile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from caro.errors import RefusedError
from caro.paths import Paths
from caro.settings import load_settings
from caro.shell.edits import Edit, carry_out, keep_backup, plan_install
from caro.shell.init_text import write_init_files
from caro.shell.targets import targets


def plan(shells: Iterable[str], env: Mapping[str, str], paths: Paths) -> tuple[list[Edit], list[str]]:
    """Return the edits that are still to be made, and why files were left out."""
    edits: dict[Path, Edit] = {}
    refused = []
    for shell in shells:
        for target in targets(shell, env, paths):
            if target.file in edits:
                continue
            try:
                edit = plan_install(target, paths)
            except RefusedError as error:
                refused.append(str(error))
                continue
            if edit is not None:
                edits[target.file] = edit
    return list(edits.values()), refused


def write_own_files(env: Mapping[str, str], paths: Paths) -> None:
    """Init files, natives, shims, BASH_ENV's file and runtime.conf: all in Caro's own folders."""
    from caro.runtime_conf import refresh_runtime_conf
    from caro.trace.launcher import prepare_home
    from caro.trace.natives import install_natives

    install_natives(paths)
    prepare_home(load_settings(env, paths), env, paths)
    refresh_runtime_conf(env, paths)
    write_init_files(env, paths)


def install(edits: Iterable[Edit], env: Mapping[str, str], paths: Paths) -> list[str]:
    """Carry the plan out; return why some edits were not made (the others are)."""
    write_own_files(env, paths)
    refused = []
    for edit in edits:
        try:
            keep_backup(edit, paths)
            carry_out(edit)
        except (RefusedError, OSError) as error:
            refused.append(str(error))
    return refused
