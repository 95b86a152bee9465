"""Where a policy comes from: a file, a folder with a policy.toml, a git remote; the signature stands beside it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from caro.errors import CaroError
from caro.plugins.folder import REMOTE, fetch
from caro.regular_file import read_regular_file

FILE = "policy.toml"


def read_source(source: str) -> tuple[bytes, bytes]:
    """Return a policy's bytes and those of its signature (`FILE.sig`; none: empty). Of a git address, what stands
    behind `#` is the file in it. Raises CaroError."""
    if not source.startswith(REMOTE):
        return _read(Path(source).expanduser(), source)
    url, _, inner = source.partition("#")
    with tempfile.TemporaryDirectory(prefix="caro-policy-") as aside:
        tree = Path(aside) / "tree"
        fetch(url, tree)
        file = (tree / (inner or FILE)).resolve()
        if not file.is_relative_to(tree.resolve()):
            raise CaroError(f"{source}: {inner} leads out of the repository")
        return _read(file, source)


def _read(place: Path, source: str) -> tuple[bytes, bytes]:
    file = place / FILE if place.is_dir() else place
    try:
        data = read_regular_file(file)
    except OSError as error:
        raise CaroError(f"{source} can't be read: {error.strerror}") from None
    try:
        return data, read_regular_file(file.with_name(file.name + ".sig"))
    except OSError:
        return data, b""
