"""Take Caro out of the shells: its blocks, and then its own files. Nothing else is touched."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from caro.client import Client
from caro.config_template import template
from caro.config_write import write_private
from caro.errors import CaroError, RefusedError
from caro.paths import Paths
from caro.record.reader import log_names
from caro.settings import load_settings, lock_file, log_file, socket_file
from caro.shell.edits import Edit, carry_out, drop_backup, plan_uninstall
from caro.shell.targets import every_target
from caro.trace.made_folders import read_made_folders, remove_made_folders

OLDER_FIRST_CONFIG = '[fix]\nbefore = "offer"\n'
"""The configuration that earlier versions' `caro install` made by its defaults."""

STOP_SECONDS = 3.0


def plan(env: Mapping[str, str], paths: Paths) -> tuple[list[Edit], list[str]]:
    """Return the blocks that stand anywhere, whatever shells are installed now, and why files were left out."""
    edits, refused = [], []
    for target in every_target(env, paths):
        try:
            edit = plan_uninstall(target)
        except RefusedError as error:
            refused.append(str(error))
            continue
        if edit is not None:
            edits.append(edit)
    return edits, refused


def uninstall(edits: Iterable[Edit], paths: Paths) -> tuple[list[str], list[Path]]:
    """Carry the plan out; return what was refused, and backups of files that were edited since."""
    refused, kept = [], []
    for edit in edits:
        try:
            carry_out(edit)
            copy = drop_backup(edit, paths)
            if copy is not None:
                kept.append(copy)
        except (RefusedError, OSError) as error:
            refused.append(str(error))
    return refused, kept


def own_files(env: Mapping[str, str], paths: Paths, purge: bool, keep_stubs: bool = False) -> list[Path]:
    """Return what Caro made for itself, without the shims' folder where stubs are kept in it. With `purge` also the
    configuration, the log and what was learned."""
    if not purge:
        locks = (paths.data / ".lock", lock_file(socket_file(env, paths)))
        made = (paths.shell, paths.runtime_conf, paths.config_good, paths.bashenv, paths.xtrace, paths.socket)
        good = paths.config.glob("config.good.*.toml")
        learned = paths.data.glob(f"{paths.corrections_db.name}*")  # what SQLite keeps beside it too
        caches = paths.data.glob(f"{paths.index_db.name}*")
        notes = (paths.breaker, paths.unwritten, paths.state / "fifo", *paths.state.glob("daemon.*"))
        shims = () if keep_stubs else (paths.shims,)
        return [
            *made,
            *good,
            *shims,
            *learned,
            *_untouched_config(paths),
            paths.first_config,
            paths.bin,
            *locks,
            *notes,
            *caches,
            paths.lines,
            paths.newest_lines,
            paths.cache,
        ]
    log = log_file(load_settings(env, paths), paths)
    return [paths.config, paths.data, paths.state, paths.cache, *log_and_its_own(log)]


def _untouched_config(paths: Paths) -> list[Path]:
    """Return the configuration where it is, to the byte, what `caro install --yes` wrote or what sets nothing."""
    try:
        text = paths.config_toml.read_text("utf-8")
        noted = paths.first_config.read_text("utf-8") if paths.first_config.exists() else ""
    except (OSError, UnicodeDecodeError):
        return []
    same = text in (OLDER_FIRST_CONFIG, template()) or digest(text) == noted
    return [paths.config_toml] if same and not paths.config_toml.is_symlink() else []


def note_first_config(paths: Paths) -> None:
    """Note what the installation wrote, so that a later version too knows it for untouched."""
    write_private(paths.first_config, digest(paths.config_toml.read_text("utf-8")))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def log_and_its_own(log: Path) -> list[Path]:
    """Return the log, what rotation made of it and its lock: by their exact names, and regular files alone.

    The configuration may name anything as the log, a folder or a device too: a pattern such as `LOG.*` would
    take what was never ours.
    """
    if not log.name or log.is_dir() or log.is_symlink():
        return []
    named = [*log_names(log), log.with_name(f"{log.name}.lock")]
    return [file for file in named if file.is_file() and not file.is_symlink()]


def stop_daemon(env: Mapping[str, str], paths: Paths) -> None:
    """Ask it to stop and wait until it has. One that doesn't run, or doesn't listen, is no reason to stay."""
    client = Client(socket_file(env, paths), timeout=STOP_SECONDS)
    deadline = time.monotonic() + STOP_SECONDS
    try:
        client.request("stop")
        while time.monotonic() < deadline:
            client.request("status")
            time.sleep(0.02)
    except (CaroError, OSError):
        pass


def _remove_folder(folder: Path, paths: Paths) -> None:
    own = (paths.config, paths.data, paths.state, paths.cache)
    if folder not in own and folder.parent not in own:
        raise OSError(errno.EISDIR, "it is a folder that Caro did not make")
    shutil.rmtree(folder)


def remove_own_files(files: Iterable[Path], paths: Paths) -> list[str]:
    """Remove them, and Caro's folders where they are empty then; return what could not be removed."""
    failed, made = [], read_made_folders(paths)
    paths.made_folders.unlink(missing_ok=True)
    for file in files:
        try:
            if file.is_dir() and not file.is_symlink():
                _remove_folder(file, paths)
            else:
                file.unlink(missing_ok=True)
        except OSError as error:
            failed.append(f"{file} can't be removed: {error.strerror}")
    for folder in (
        paths.state / "sessions",
        paths.state / "backup",
        paths.config,
        paths.data,
        paths.state,
        paths.cache,
    ):
        with contextlib.suppress(OSError):
            folder.rmdir()
    remove_made_folders(made, paths)
    return failed
