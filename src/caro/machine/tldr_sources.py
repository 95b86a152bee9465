"""Where tldr pages may come from: a folder, a zip file, an https address of one, a git repository. Nothing is fetched
but what the person named."""

from __future__ import annotations

import ipaddress
import re
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from caro.errors import CaroError

OFFICIAL = "https://github.com/tldr-pages/tldr/releases/latest/download/tldr-pages.en.zip"
"""The English pages, as the project releases them."""
MOST_BYTES, LONGEST_PAGE = 64 << 20, 64 << 10
SECONDS = 60
_PAGE = re.compile(r"(?:^|/)(?:pages(?:\.en)?/)?(common|linux|osx)/([^/]+)\.md$")
_TRANSLATED = re.compile(r"(?:^|/)pages\.(?!en/)\w+/")

Page = tuple[str, str, str]
"""Platform, name, text."""


def pages_from(source: str, platform: str) -> list[tuple[str, str]]:
    """Return (name, text) of the pages in a source for the platform (`linux`, `osx`): its own before the common ones.
    Raises CaroError."""
    try:
        best: dict[str, tuple[bool, str]] = {}
        for where, name, text in _pages(source):
            own = where == platform
            if (own or where == "common") and (name not in best or own):
                best[name] = (own, text)
    except (OSError, zipfile.BadZipFile, ValueError, EOFError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise CaroError(f"{source}: no tldr pages can be read there ({reason})") from None
    if not best:
        raise CaroError(f"{source}: there are no tldr pages (pages/common/*.md)")
    return [(name, text) for name, (_, text) in sorted(best.items())]


def _pages(source: str) -> Iterator[Page]:
    if _is_git(source):
        yield from _of_git(source)
    elif "://" in source:
        yield from _of_zip(BytesIO(_downloaded(source)))
    elif Path(source).expanduser().is_dir():
        yield from _of_folder(Path(source).expanduser())
    else:
        with Path(source).expanduser().open("rb") as file:
            yield from _of_zip(file)


def _is_git(source: str) -> bool:
    return source.endswith(".git") or re.match(r"(?:ssh|git|file)://|[\w.-]+@[\w.-]+:", source) is not None


def _of_folder(folder: Path) -> Iterator[Page]:
    for file in _files(folder):
        with file.open("rb") as stream:
            yield from _page(str(file.relative_to(folder)), stream)


def _files(folder: Path) -> Iterable[Path]:
    # Not through links: a repository may hold one to anywhere.
    files = (file for file in folder.rglob("*.md") if not file.is_symlink() and file.is_file())
    return (file for file in files if _PAGE.search(file.relative_to(folder).as_posix()))


def _of_zip(file: IO[bytes]) -> Iterator[Page]:
    with zipfile.ZipFile(file) as packed:
        for member in packed.infolist():
            if _PAGE.search(member.filename):
                with packed.open(member) as stream:
                    yield from _page(member.filename, stream)


def _page(path: str, stream: IO[bytes]) -> Iterator[Page]:
    match = _PAGE.search(path)
    if match is None or _TRANSLATED.search(path):
        return
    data = stream.read(LONGEST_PAGE + 1)
    if len(data) <= LONGEST_PAGE:
        yield match[1], match[2], data.decode("utf-8", "replace").replace("\r\n", "\n")


def _of_git(source: str) -> Iterator[Page]:
    with tempfile.TemporaryDirectory(prefix="caro-tldr-") as folder:
        words = ["git", "clone", "--quiet", "--depth", "1", "--", source, folder + "/pages"]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            said = done.stderr.strip().splitlines()
            raise CaroError(f"{source}: git clone failed: {said[-1] if said else done.returncode}")
        yield from _of_folder(Path(folder))


def _downloaded(address: str) -> bytes:
    """Return what lies at an address: by https with its certificate checked, by http on this machine alone."""
    import urllib.request

    class OnlyHttps(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *words: object) -> urllib.request.Request | None:
            _check(str(words[-1]))
            return super().redirect_request(*words)  # type: ignore[arg-type]

    _check(address)
    opener = urllib.request.build_opener(OnlyHttps)
    with opener.open(
        urllib.request.Request(address, headers={"User-Agent": "caro"}), timeout=SECONDS
    ) as reply:
        data: bytes = reply.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise CaroError(f"{address}: more than {MOST_BYTES >> 20} MiB")
    return data


def _check(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname or "")):
        return
    raise CaroError(f"{address}: only https is fetched from other machines")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
