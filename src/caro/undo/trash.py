"""Files and folders out of harm's way, on their own file system: moved, hard-linked or copied; and back.

A move is a rename(2); a hard link (link(2)) keeps a file's bytes, mode, owner and times while rm takes its name.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from caro.undo.entry import CantKeep, Entry, KeepFailed, private_folder

PIECE = 4 << 20
FICLONE = 0x40049409
"""ioctl_ficlone(2): the same blocks under another name, on btrfs and xfs."""
BROKEN = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS)
"""What says that the place for it is in no order, and not that a file is none that can be kept."""


class Trash:
    """Takes files for one entry. `until`: monotonic seconds at which it gives up; `most` bytes at most."""

    def __init__(self, entry: Entry, until: float, most: int) -> None:
        self.entry = entry
        self.until = until
        self.most = most

    def take(self, paths: list[str], whole: bool) -> None:
        """Move the paths away (`whole`), or keep hard links of all in them. Raises CantKeep, with all as it was."""
        places = [(path, self._place_of(path)) for path in paths if os.path.lexists(path)]
        self.entry.items = [
            {"path": path, "kept": os.path.join(place, str(index))}
            for index, (path, place) in enumerate(places)
        ]
        moves = whole and all(self._goes_as_a_whole(path) for path, _ in places)
        if not moves:
            self.entry.files = self.entry.size = 0
        self.entry.save()
        for item in self.entry.items:
            if not (moves and self._moved(item["path"], item["kept"])):
                self._link(item["path"], item["kept"])

    def copy(self, paths: list[str]) -> None:
        """Copy the files that are there, with mode and times."""
        for index, path in enumerate(paths):
            real = os.path.realpath(path)
            if not os.path.isfile(real):
                continue
            self._count(os.stat(real))
            kept = os.path.join(self.entry.folder, str(index))
            self.entry.items.append({"path": real, "kept": kept})
        self.entry.save()
        for item in self.entry.items:
            try:
                self._copy(item["path"], item["kept"])
            except PermissionError as error:
                raise CantKeep(f"{item['path']}: {error.strerror}") from None
            except OSError as error:
                raise KeepFailed(f"{item['path']}: {error.strerror}") from None

    def _copy(self, path: str, kept: str) -> None:
        """Copy a file with mode and times: as a share of its blocks where the file system can, else piece by piece, so
        that the clock is looked at."""
        with open(path, "rb") as source, open(kept, "xb") as target:
            try:
                fcntl.ioctl(target.fileno(), FICLONE, source.fileno())
            except OSError:
                while piece := source.read(PIECE):
                    target.write(piece)
                    self._look_at_the_clock()
        shutil.copystat(path, kept)

    def back(self) -> None:
        """Give back at once what was moved: the line does not run."""
        for item in self.entry.items:
            if os.path.lexists(item["kept"]) and not os.path.lexists(item["path"]):
                os.rename(item["kept"], item["path"])

    def _place_of(self, path: str) -> str:
        """Return the folder on the path's own file system that takes it."""
        parent = os.path.dirname(os.path.abspath(path))
        device = os.lstat(path).st_dev
        if os.stat(parent).st_dev != device:
            raise CantKeep(f"{path} is where a file system is mounted")
        if os.stat(self.entry.folder).st_dev == device:
            return self.entry.folder
        top = parent
        while os.path.dirname(top) != top and os.stat(os.path.dirname(top)).st_dev == device:
            top = os.path.dirname(top)
        folder = Path(top, f".caro-undo-{os.geteuid()}", f"{self.entry.number}-{os.getpid()}")
        try:
            private_folder(folder.parent)
            private_folder(folder)
        except OSError as error:
            raise CantKeep(
                f"{top} is another file system without a place for it ({error.strerror})"
            ) from None
        if str(folder) not in self.entry.elsewhere:
            self.entry.elsewhere.append(str(folder))
        return str(folder)

    def _goes_as_a_whole(self, path: str) -> bool:
        """True if rm would take all of it without a word, so that one rename does the same."""
        parent = os.path.dirname(os.path.abspath(path))
        if not os.access(parent, os.W_OK | os.X_OK) or _is_anothers(parent, path):
            return False
        if path.endswith("/") and os.path.islink(path.rstrip("/")):
            return False
        exact = True
        for found, status in self._walk(path):
            self._count(status)
            if stat.S_ISDIR(status.st_mode):
                exact = exact and os.access(found, os.R_OK | os.W_OK | os.X_OK)
        return exact

    def _walk(self, path: str) -> Iterator[tuple[str, os.stat_result]]:
        """Yield all that is in the path, folders before what they hold; raise CantKeep at another file system."""
        first = os.lstat(path)
        yield path, first
        folders = [path] if stat.S_ISDIR(first.st_mode) else []
        while folders:
            self._look_at_the_clock()
            try:
                with os.scandir(folders.pop()) as entries:
                    for each in entries:
                        status = each.stat(follow_symlinks=False)
                        if status.st_dev != first.st_dev:
                            raise CantKeep(f"{each.path} is on another file system")
                        yield each.path, status
                        if stat.S_ISDIR(status.st_mode):
                            folders.append(each.path)
            except PermissionError as error:
                raise CantKeep(f"{error.filename}: {error.strerror}") from None

    def _moved(self, path: str, kept: str) -> bool:
        try:
            os.rename(path.rstrip("/"), kept)
        except OSError as error:
            if error.errno in (errno.EXDEV, errno.EACCES, errno.EPERM, errno.EBUSY):
                return False
            raise CantKeep(f"{path}: {error.strerror}") from None
        return True

    def _link(self, path: str, kept: str) -> None:
        """Make the path's folders anew, with links to its files."""
        folders: list[tuple[str, os.stat_result]] = []
        try:
            for found, status in self._walk(path.rstrip("/") or path):
                target = kept + found[len(path.rstrip("/")) :]
                if stat.S_ISDIR(status.st_mode):
                    os.mkdir(target, 0o700)
                    folders.append((target, status))
                else:
                    os.link(found, target, follow_symlinks=False)
                    self._count(status)
            for target, status in reversed(folders):
                if os.geteuid() == 0:
                    os.chown(target, status.st_uid, status.st_gid)
                os.chmod(target, stat.S_IMODE(status.st_mode))
                os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
        except OSError as error:
            wrong = KeepFailed if error.errno in BROKEN else CantKeep
            raise wrong(f"{error.filename or path}: {error.strerror}") from None

    def _count(self, status: os.stat_result) -> None:
        if not stat.S_ISDIR(status.st_mode):
            self.entry.files += 1
            self.entry.size += status.st_size if stat.S_ISREG(status.st_mode) else 0
            if self.entry.size > self.most:
                raise CantKeep(f"it is more than {self.most / 1e9:g} GB (safety.undo_gb)")

    def _look_at_the_clock(self) -> None:
        if time.monotonic() > self.until:
            raise CantKeep("keeping it takes too long")


def _is_anothers(parent: str, path: str) -> bool:
    """True if the folder's sticky bit (chmod(1)) keeps the path from this user."""
    folder = os.stat(parent)
    user = os.geteuid()
    return bool(folder.st_mode & stat.S_ISVTX) and user not in (0, folder.st_uid, os.lstat(path).st_uid)


def give_back(kept: str, path: str) -> tuple[int, list[str]]:
    """Put what was kept back where it is missing. Return how many files and links came back, and what stands in the
    way: those stay kept."""
    if not os.path.lexists(kept):
        return 0, []
    path = path.rstrip("/") or path
    if not os.path.lexists(path):
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        count = _files_in(kept)
        _rename(kept, path)
        return count, []
    if _is_folder(kept) and _is_folder(path):
        count, in_the_way = 0, list[str]()
        mode = stat.S_IMODE(os.lstat(kept).st_mode)
        os.chmod(kept, 0o700)
        for name in sorted(os.listdir(kept)):
            came, stays = give_back(os.path.join(kept, name), os.path.join(path, name))
            count, in_the_way = count + came, in_the_way + stays
        os.chmod(kept, mode)
        return count, in_the_way
    if os.path.samestat(os.lstat(kept), os.lstat(path)):
        return 0, []
    return 0, [path]


def _rename(kept: str, path: str) -> None:
    """Rename it; a folder moves to another one only where it may be written itself (rename(2): EACCES)."""
    mode = stat.S_IMODE(os.lstat(kept).st_mode)
    locked = _is_folder(kept) and not mode & stat.S_IWUSR
    if locked:
        os.chmod(kept, mode | stat.S_IWUSR)
    os.rename(kept, path)
    if locked:
        os.chmod(path, mode)


def _is_folder(path: str) -> bool:
    return stat.S_ISDIR(os.lstat(path).st_mode)


def _files_in(path: str) -> int:
    if not _is_folder(path):
        return 1
    return sum(len(files) + sum(map(os.path.islink, (os.path.join(root, d) for d in folders)))
               for root, folders, files in os.walk(path))  # fmt: skip
