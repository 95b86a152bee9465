"""The native programs: where the package has them, and the copies that shims and rc files use.

Nothing outside the package points into it: a checkout moves, a virtual environment is deleted, and then
every shim would be dead. So the programs are copied into the data folder, and copied anew when they differ.
"""

from __future__ import annotations

import contextlib
import filecmp
import os
import shutil
import sys
from pathlib import Path

from caro.config_write import write_private
from caro.errors import CaroError
from caro.paths import Paths

PACKAGED = Path(__file__).resolve().parent.parent / "_bin"


COPIED = ("caro-*", "libcaro-bash.so")
"""What of it goes into the data folder: the programs, and what bash loads. The libraries of Python stay."""


def packaged_native(name: str) -> Path:
    """Return the program inside the package; raise CaroError where it was not built."""
    program = PACKAGED / name
    if not program.exists():
        raise CaroError(
            f"{program} is missing: Caro was installed without its native programs; install it again"
        )
    return program


PASSABLE = 0o711
"""Mode of folders on the way to a shim: a program that became another user (setpriv, su) keeps PATH, and a folder that
it may not enter turns its "not found" into "permission denied" (execvp(3)). What lies in them can't be listed."""


def make_folder(folder: Path, mode: int = 0o700) -> None:
    """Make a folder of Caro's own with that mode, less the umask; the parents as the user's umask has them."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=mode, exist_ok=True)


def is_copy(file: Path, source: Path) -> bool:
    """True if a program has the bytes of another. Equal sizes say little: linkers fill up to whole pages."""
    usable = file.is_file() and not file.is_symlink() and os.access(file, os.X_OK)
    return usable and filecmp.cmp(source, file, shallow=False)


def put_file(source: Path, destination: Path) -> bool:
    """Copies a program by rename, so that one that runs just now is never written over; True if it changed."""
    if is_copy(destination, source):
        return False
    aside = destination.with_name(f".{destination.name}.{os.getpid()}")
    try:
        shutil.copyfile(source, aside)
        aside.chmod(0o755)
        aside.replace(destination)
    except OSError as error:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
        # copyfile names the source, where the fault seldom is.
        raise OSError(error.errno, error.strerror, str(destination)) from error
    return True


def install_natives(paths: Paths) -> list[str]:
    """Bring the data folder's bin/ up to date; return the names that changed."""
    make_folder(paths.data, PASSABLE)
    make_folder(paths.bin)
    note_interpreter(paths)
    names = sorted(program.name for pattern in COPIED for program in PACKAGED.glob(pattern))
    return [name for name in names if put_file(PACKAGED / name, paths.bin / name)]


def note_interpreter(paths: Paths) -> None:
    """Note which Python has Caro: caro-hook starts the daemon with it, whatever PATH it is called with."""
    file = paths.bin / "interpreter"
    text = sys.executable + "\n"
    if not sys.executable or (file.is_file() and file.read_text("utf-8", "replace") == text):
        return
    write_private(file, text)


def installed_native(paths: Paths, name: str) -> Path:
    """Return the copy in the data folder, made if it isn't there yet or is of another version."""
    program = paths.bin / name
    if not is_copy(program, packaged_native(name)):
        install_natives(paths)
    return program
