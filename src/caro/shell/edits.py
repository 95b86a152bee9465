"""Edits of dotfiles: planned as values, shown as a diff, then carried out. Nothing else writes dotfiles."""

from __future__ import annotations

import difflib
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from caro.atomic import write_in_place, write_whole
from caro.errors import RefusedError
from caro.paths import Paths
from caro.shell.block import add_block, has_block, remove_block
from caro.shell.targets import Target, source_line


@dataclass(frozen=True)
class Edit:
    """`before` and `after` are the whole file; None stands for no file. `folders`: made or removed with it."""

    file: Path
    before: bytes | None
    after: bytes | None
    folders: int = 0

    def diff(self) -> str:
        """Unified; lines that only one side has, with what isn't UTF-8 shown as U+FFFD."""
        old, new = (
            (text or b"").decode("utf-8", "replace").splitlines(keepends=True)
            for text in (self.before, self.after)
        )
        names = [str(self.file) if text is not None else "/dev/null" for text in (self.before, self.after)]
        lines = difflib.unified_diff(old, new, names[0], names[1], n=1)
        return "".join(
            line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines
        )


def read_file(file: Path) -> bytes | None:
    """The content, or None where there is no file (or a symlink to none); raise RefusedError on what is no file."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise RefusedError(f"{file} is not a regular file: Caro leaves it alone")
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RefusedError(f"{file} can't be read: {error.strerror}") from None


def plan_install(target: Target, paths: Paths) -> Edit | None:
    """Return the edit that puts the block there; None where it stands already."""
    before = read_file(target.file)
    folders = 0 if before is not None else missing_folders(target.file)
    after = add_block(before, source_line(target.init, paths), folders)
    return Edit(target.file, before, after, folders) if after != before else None


def missing_folders(file: Path) -> int:
    return sum(not folder.exists() for folder in Path(os.path.realpath(file)).parents)


def plan_uninstall(target: Target) -> Edit | None:
    before = read_file(target.file)
    if before is None or not has_block(before):
        return None
    removal = remove_block(before)
    return Edit(target.file, before, removal.text, removal.folders) if removal.text != before else None


def carry_out(edit: Edit) -> None:
    """Raises RefusedError where the file was changed since the plan, or can't be written."""
    if read_file(edit.file) != edit.before:
        raise RefusedError(f"{edit.file} was changed just now: nothing was done to it; try again")
    real = Path(os.path.realpath(edit.file))
    try:
        if edit.after is None:
            _remove(real, edit.folders)
        elif edit.before is None:
            real.parent.mkdir(parents=True, exist_ok=True)
            write_whole(real, edit.after, 0o666)
        else:
            _replace(real, edit.after)
    except OSError as error:
        raise RefusedError(
            f"{edit.file} can't be written: {error.strerror}; add or remove the lines by hand"
        ) from None


def _remove(real: Path, folders: int) -> None:
    real.unlink()
    for folder in list(real.parents)[:folders]:
        try:
            folder.rmdir()
        except OSError:
            return


def _replace(real: Path, content: bytes) -> None:
    """Write by rename, with the old one's mode, owner and attributes; a file with hard links is written in place."""
    info = real.stat()
    if info.st_nlink > 1 or not os.access(real.parent, os.W_OK):
        write_in_place(real, content)
        return
    aside = real.with_name(f".{real.name}.caro.{os.getpid()}")
    try:
        aside.write_bytes(content)
        shutil.copystat(real, aside)
        if (info.st_uid, info.st_gid) != (aside.stat().st_uid, aside.stat().st_gid):
            os.chown(aside, info.st_uid, info.st_gid)
        os.utime(aside)
        aside.replace(real)
    finally:
        aside.unlink(missing_ok=True)


def backup_of(file: Path, paths: Paths) -> Path:
    name = str(file.relative_to(paths.home)) if file.is_relative_to(paths.home) else str(file)
    return paths.state / "backup" / name.strip("/").replace("/", "%")


def keep_backup(edit: Edit, paths: Paths) -> None:
    """The file as it was before Caro, 0600; one that is there already is older, so it stays."""
    if edit.before is None or has_block(edit.before):
        return
    copy = backup_of(edit.file, paths)
    paths.state.parent.mkdir(parents=True, exist_ok=True)
    paths.state.mkdir(mode=0o700, exist_ok=True)
    copy.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "wb") as stream:
        stream.write(edit.before)


def drop_backup(edit: Edit, paths: Paths) -> Path | None:
    """Remove the copy where the file is as it was; else return it, to be named."""
    copy = backup_of(edit.file, paths)
    if not copy.exists():
        return None
    if copy.read_bytes() != edit.after:
        return copy
    copy.unlink()
    try:
        copy.parent.rmdir()
    except OSError:
        pass
    return None
