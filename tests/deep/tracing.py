"""A caro-trace, a HOME and a log for one user, and what was written there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deep.execs import Exec, event_execs, read_events
from environment import ROOT, plain_environment

NOBODY = 65534
WORKLOADS = ROOT / "bench" / "workloads"


@dataclass
class Deep:
    """One folder with a HOME, a log and a caro-trace that its user may run."""

    tracer: str
    folder: Path
    env: dict[str, str]
    user: int

    @property
    def log(self) -> Path:
        return Path(self.env["TRACE_LOG_FILE"])

    def words(self, *argv: str, way: str = "auto", file: str | None = None) -> list[str]:
        file = file or (argv[0] if "/" in argv[0] else shutil.which(argv[0], path=self.env["PATH"]))
        assert file, f"{argv[0]} is not installed"
        return [self.tracer, "--way", way, "--", file, *argv]

    def run(self, *argv: str, way: str = "auto", **options: Any) -> subprocess.CompletedProcess[str]:
        self.log.unlink(missing_ok=True)
        return self.start(subprocess.run, self.words(*argv, way=way), **options)

    def start(self, starter: Callable[..., Any], words: list[str], **options: Any) -> Any:
        if starter is subprocess.run:
            options.setdefault("capture_output", True)
            options.setdefault("timeout", 60)
            options.setdefault("text", True)
        options.setdefault("cwd", self.folder)
        options.setdefault("env", self.env)
        if self.user != os.geteuid():
            options |= {"user": self.user, "group": self.user, "extra_groups": []}
        return starter(words, **options)

    def events(self, kind: str = "exec") -> list[dict[str, Any]]:
        return read_events(self.log, kind)

    def event(self, argv0: str) -> dict[str, Any]:
        (event,) = [event for event in self.events() if event["argv"][:1] == [argv0]]
        return event

    def execs(self) -> list[Exec]:
        return event_execs(self.events())


def as_user(deep: Deep) -> dict[str, Any]:
    """Options of subprocess.run for the same command without a tracer."""
    options: dict[str, Any] = {"cwd": deep.folder, "env": deep.env}
    if deep.user != os.geteuid():
        options |= {"user": deep.user, "group": deep.user, "extra_groups": []}
    return options


def put(deep: Deep, program: Path) -> str:
    """A copy of a program where its user may run it."""
    return str(shutil.copy2(program, deep.folder / program.name))


def make_deep(natives: Path, user: int) -> Iterator[Deep]:
    with tempfile.TemporaryDirectory(prefix="deep-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "home").mkdir()
        (folder / "work").mkdir()
        built = ROOT / os.environ.get("CARO_NATIVES", str(natives))  # native/build/asan: under the sanitizers
        tracer = shutil.copy2(built / "caro-trace", folder / "caro-trace")
        env = plain_environment(folder / "home")
        env["PATH"] = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
        env["TRACE_LOG_FILE"] = str(folder / "work" / "log.jsonl")
        for path in (folder / "home", folder / "work"):
            os.chown(path, user, user)
        yield Deep(str(tracer), folder / "work", env, user)
