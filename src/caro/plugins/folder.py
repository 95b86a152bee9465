"""Put a plugin's folder into use, take it out, write the first one."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from caro.addition import MANIFEST, NAME, Addition
from caro.additions import plugin_of
from caro.atomic import write_whole
from caro.content import Files, read_folder
from caro.errors import CaroError, UsageError
from caro.paths import Paths

SKELETON = Path(__file__).parent / "skeleton"
SKELETON_FILES = {
    "data": {
        MANIFEST: MANIFEST,
        "safety.toml": "safety/NAME.toml",
        "fix.toml": "fix/NAME.toml",
        "specs.toml": "specs/NAME.toml",
    },
    "program": {"program.toml": MANIFEST, "program.py.in": "caro-plugin-NAME"},
    "python": {
        "pyproject.toml": "pyproject.toml",
        "module.py.in": "caro_MODULE.py",
        "test_module.py.in": "test_caro_MODULE.py",
    },
}
GIT_SECONDS = 120
REMOTE = ("https://", "ssh://", "git@", "file://", "git://", "http://")


@contextmanager
def source_of(text: str) -> Iterator[tuple[Addition, Files]]:
    """Give the plugin at a folder or in a git repository, and its files. Raises CaroError."""
    if not text.startswith(REMOTE):
        yield _read(Path(text).expanduser())
        return
    with tempfile.TemporaryDirectory(prefix="caro-plugin-") as aside:
        fetch(text, Path(aside) / "tree")
        yield _read(Path(aside) / "tree", text)


def fetch(url: str, into: Path) -> None:
    """Clone a repository's newest commit. Raises CaroError with what git says."""
    words = ["git", "-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never", "clone", "-q", "--depth", "1",
             "--no-recurse-submodules", "--", url, str(into)]  # fmt: skip
    env = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "CARO_DISABLE": "1", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            words,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=GIT_SECONDS,
        )
    except FileNotFoundError:
        raise CaroError("git is not installed: install it, or give a folder") from None
    except subprocess.TimeoutExpired:
        raise CaroError(f"{url} did not answer within {GIT_SECONDS} s") from None
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise CaroError(f"git could not fetch {url}: {said[-1] if said else f'status {done.returncode}'}")


def _read(folder: Path, place: str = "") -> tuple[Addition, Files]:
    try:
        files = read_folder(folder)
    except OSError as error:
        raise CaroError(f"{place or folder} can't be read: {error.strerror}") from None
    try:
        return plugin_of(files, str(place or folder)), files
    except UsageError as error:
        raise UsageError(f"{place or folder}: {error}") from None


def put(paths: Paths, name: str, files: Files, replace: bool) -> Path:
    """Write the files as the plugin `name`; raise UsageError where there is one and `replace` is False."""
    target = paths.plugins / name
    if (target.exists() or target.is_symlink()) and not replace:
        raise UsageError(f"there is a plugin {name} already: --replace takes this one instead")
    paths.plugins.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=paths.plugins))
    try:
        _write(aside, files)
        _take_the_place(aside, target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return target


def _take_the_place(new: Path, target: Path) -> None:
    """Rename `new` to `target`; what was there is back where that fails, and else gone."""
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        with contextlib.suppress(FileNotFoundError):
            target.rename(old / target.name)
        try:
            new.rename(target)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                (old / target.name).rename(target)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        file = folder / name
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(file, data)
        if data.startswith(b"#!") or name.rpartition("/")[2].startswith("caro-plugin-"):
            file.chmod(0o700)


def remove(paths: Paths, name: str) -> bool:
    """Take a plugin's folder away; False where there is none of that name."""
    target = paths.plugins / name
    if not NAME.fullmatch(name):
        return False
    if target.is_symlink():  # one that leads nowhere too
        target.unlink()
    elif target.is_dir():
        shutil.rmtree(target)
    else:
        return False
    return True


def write_skeleton(folder: Path, name: str, kind: str = "data") -> list[Path]:
    """Write a plugin of that kind, with a passing case of each sort, into a new folder; return its files. Raises
    UsageError."""
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name for a plugin: small letters, digits and hyphens")
    if folder.exists():
        raise UsageError(f"{folder} is there already")
    module = name.replace("-", "_")
    files = {
        target.replace("NAME", name).replace("MODULE", module): (SKELETON / source)
        .read_text("utf-8")
        .replace("NAME", name)
        .replace("MODULE", module)
        .encode()
        for source, target in SKELETON_FILES[kind].items()
    }
    _write(folder, files)
    return [folder / file for file in files]
