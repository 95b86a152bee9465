"""git, by its own program: a bare repository beside the state, one branch, plumbing alone.

No work tree, no index that a killed git leaves locked, no merge: a commit adds files to the tree that was fetched, and
where the remote has moved meanwhile it is made anew on what is there now.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from caro.errors import CaroError

BRANCH = "refs/heads/caro-sync"
SEEN = "refs/caro/seen"
_TIMEOUT = 120
_NO_BLOB = "0" * 40
_MOVED = ("rejected", "fetch first", "cannot lock ref", "reference already exists")
"""What git says of a push that came too late."""


class Moved(CaroError):
    """The remote has commits that were not fetched yet."""


class Remote:
    """One remote, and the repository that holds what was fetched from it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url

    def prepare(self) -> None:
        """Make the repository where there is none, and take away what a killed git left locked."""
        if not (self.folder / "HEAD").exists():
            self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._git("init", "-q", "--bare", "--template=", str(self.folder), inside=False)
        for lock in self.folder.rglob("*.lock"):
            lock.unlink(missing_ok=True)

    def fetch(self) -> str:
        """Return the remote's newest commit, fetched; "" where it has none. Raises CaroError."""
        if not self._git("ls-remote", "--", self.url, BRANCH).strip():
            return ""
        self._git("fetch", "-q", "--no-tags", "--", self.url, f"+{BRANCH}:{SEEN}")
        return self._git("rev-parse", SEEN).decode().strip()

    def contains(self, newer: str, older: str) -> bool:
        """True if a commit has another one among those before it."""
        done = self._run(["merge-base", "--is-ancestor", older, newer])
        return done.returncode == 0

    def files(self, commit: str) -> dict[str, str]:
        """Return the blobs of a commit by their paths."""
        out = self._git("ls-tree", "-r", "-z", commit)
        rows = (row.split(b"\t", 1) for row in out.split(b"\0") if row)
        return {
            os.fsdecode(path): head.split()[2].decode() for head, path in rows if head.split()[1] == b"blob"
        }

    def read(self, blob: str) -> bytes:
        return self._git("cat-file", "blob", blob)

    def publish(self, base: str, files: Mapping[str, bytes | None], message: str) -> str:
        """Put files on top of a commit (None removes one), and push; return the new commit. Raises Moved."""
        with tempfile.TemporaryDirectory(prefix="index-", dir=self.folder) as place:
            index = {"GIT_INDEX_FILE": f"{place}/index"}
            if base:
                self._git("read-tree", base, more=index)
            rows = []
            for path, data in files.items():
                blob = (
                    _NO_BLOB
                    if data is None
                    else self._git("hash-object", "-w", "--stdin", data=data).decode().strip()
                )
                rows.append(f"{0 if data is None else 100644} {blob}\t{path}\n")
            self._git("update-index", "--index-info", data="".join(rows).encode(), more=index)
            tree = self._git("write-tree", more=index).decode().strip()
        parents = ["-p", base] if base else []
        commit = self._git("commit-tree", tree, *parents, "-m", message).decode().strip()
        done = self._run(["push", "-q", "--", self.url, f"{commit}:{BRANCH}"])
        if done.returncode != 0:
            told = _words(done.stderr)
            if any(words in told for words in _MOVED):
                raise Moved(f"{self.url} has moved on")
            raise CaroError(f"git push to {self.url}: {told}")
        self._git("update-ref", SEEN, commit)
        return commit

    def _git(
        self,
        *words: str,
        data: bytes | None = None,
        more: Mapping[str, str] | None = None,
        inside: bool = True,
    ) -> bytes:
        done = self._run(list(words), data, more, inside)
        if done.returncode != 0:
            raise CaroError(f"git {words[0]}: {_words(done.stderr) or f'status {done.returncode}'}")
        return done.stdout

    def _run(
        self,
        words: list[str],
        data: bytes | None = None,
        more: Mapping[str, str] | None = None,
        inside: bool = True,
    ) -> subprocess.CompletedProcess[bytes]:
        place = ["--git-dir", str(self.folder)] if inside else []
        try:
            return subprocess.run(
                ["git", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", *place, *words], input=data or b"",
                capture_output=True, timeout=_TIMEOUT, env=_environment() | dict(more or {}),
            )  # fmt: skip
        except FileNotFoundError:
            raise CaroError("caro sync needs git; install it") from None
        except subprocess.TimeoutExpired:
            raise CaroError(f"{self.url} takes the connection and answers nothing for {_TIMEOUT} s") from None


def _environment() -> dict[str, str]:
    """Nothing is asked at a terminal, and the names in commits say nothing of a person."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith("GIT_SSH")
    }
    kept |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_CONFIG_COUNT": "0"}
    kept.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes -o ConnectTimeout=20")
    for who in ("AUTHOR", "COMMITTER"):
        kept |= {f"GIT_{who}_NAME": "caro", f"GIT_{who}_EMAIL": "caro@localhost"}
    return kept


def _words(text: bytes) -> str:
    return " ".join(text.decode("utf-8", "replace").split())[:300]
