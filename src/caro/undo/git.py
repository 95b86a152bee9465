"""git(1) for `caro undo`: run so that none of the person's hooks start, nothing is asked, and time is bounded."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from caro.undo.entry import CantKeep, KeepFailed

QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false")
ENVIRONMENT = {
    "CARO_DISABLE": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
    "GIT_AUTHOR_NAME": "caro undo",
    "GIT_AUTHOR_EMAIL": "caro@localhost",
    "GIT_COMMITTER_NAME": "caro undo",
    "GIT_COMMITTER_EMAIL": "caro@localhost",
}
REFS = "refs/caro/undo"


@dataclass
class Git:
    """git in one folder; `until`: monotonic seconds at which it is ended."""

    folder: str
    until: float

    def __call__(
        self, *words: str, given: bytes = b"", index: str = "", env: Mapping[str, str] | None = None
    ) -> bytes:
        """Return what `git WORDS` prints; `index`: the index that it uses. Raises KeepFailed where it fails,
        CantKeep where it takes too long."""
        variables = {**os.environ, **ENVIRONMENT, **(env or {})}
        if index:
            variables["GIT_INDEX_FILE"] = index
        command = ["git", *QUIET, *words]
        left = self.until - time.monotonic()
        try:
            done = subprocess.run(
                command,
                cwd=self.folder,
                env=variables,
                input=given,
                capture_output=True,
                timeout=max(left, 0.01),
            )
        except subprocess.TimeoutExpired:
            raise CantKeep("keeping it takes too long") from None
        except OSError as error:
            raise CantKeep(f"git: {error.strerror}") from None
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise KeepFailed(f"git {words[0]}: {said[-1] if said else done.returncode}")
        return done.stdout

    def text(self, *words: str, index: str = "") -> str:
        """Return its one line; "" where git fails."""
        try:
            return os.fsdecode(self(*words, index=index)).rstrip("\n")
        except CantKeep as error:
            if "too long" in str(error):
                raise
            return ""

    def names(self, *words: str, index: str = "", given: bytes = b"") -> list[str]:
        """Return its names, which end with NUL."""
        return [os.fsdecode(name) for name in self(*words, index=index, given=given).split(b"\0") if name]


def unquoted(name: str) -> str:
    """Return a file's name as it is, where git has quoted it as C does (git-config(1), core.quotePath)."""
    if not (name.startswith('"') and name.endswith('"')):
        return name

    def byte(match: re.Match[bytes]) -> bytes:
        code = match[1]
        return bytes([int(code, 8)]) if len(code) == 3 else _ESCAPES.get(code, code)

    return os.fsdecode(re.sub(rb"\\([0-7]{3}|.)", byte, os.fsencode(name[1:-1])))


_ESCAPES = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def _not_quiet(words: Sequence[str]) -> Iterator[str]:
    """Give the words of `git clean` without -q and --quiet, however short: with them a dry run names nothing."""
    behind = False
    for word in words:
        behind = behind or word == "--"
        if behind or not word.startswith("-"):
            yield word
        elif word.startswith("--"):
            if not "--quiet".startswith(word):
                yield word
        else:
            flags, pattern, rest = word.partition("e")
            if (left := flags.replace("q", "") + pattern + rest) != "-":
                yield left


def would_clean(git: Git, words: Sequence[str]) -> list[str]:
    """Return what `git clean WORDS` would delete, as absolute paths (`git clean --dry-run`)."""
    said = os.fsdecode(git("clean", "--dry-run", *_not_quiet(words)))
    names = [
        line.removeprefix("Would remove ") for line in said.split("\n") if line.startswith("Would remove ")
    ]
    return [os.path.normpath(os.path.join(git.folder, unquoted(name))) for name in names]
