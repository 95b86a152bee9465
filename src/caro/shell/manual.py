"""The manual page, where man(1) looks for it beside ~/.local/bin, whatever put `caro` on PATH."""

from __future__ import annotations

import contextlib
from pathlib import Path

from caro.atomic import write_whole
from caro.paths import Paths

PACKAGED = Path(__file__).resolve().parent.parent / "caro.1"
CHECKOUT = PACKAGED.parents[2] / "docs" / "caro.1"


def _text() -> bytes | None:
    for file in (PACKAGED, CHECKOUT):
        with contextlib.suppress(OSError):
            return file.read_bytes()
    return None


def page_file(paths: Paths) -> Path:
    """Return where the page is put."""
    return paths.data.parent / "man" / "man1" / "caro.1"


def _is_ours(file: Path) -> bool:
    try:
        return file.read_bytes().startswith(b".TH CARO 1 ") and not file.is_symlink()
    except OSError:
        return False


def write_page(paths: Paths) -> None:
    """Put the page there where none stands but one of Caro's; a place that can't be written has none."""
    file, text = page_file(paths), _text()
    if text is None or (file.exists() and not _is_ours(file)):
        return
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, text, 0o644)


def remove_page(paths: Paths) -> None:
    """Take the page away, and the folders that are empty then."""
    file = page_file(paths)
    if not _is_ours(file):
        return
    with contextlib.suppress(OSError):
        file.unlink()
        file.parent.rmdir()
        file.parent.parent.rmdir()
