"""The natives under test, helper programs written in C, and folders of shims."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
NATIVE = ROOT / "native"
NOBODY = 65534


@pytest.fixture(scope="session")
def natives() -> Path:
    """The built programs; CARO_NATIVES names another build (`make -C native asan`)."""
    folder = ROOT / os.environ.get("CARO_NATIVES", "src/caro/_bin")
    assert (folder / "caro-shim").exists(), "build first: make setup, or make -C native"
    return folder


@pytest.fixture(scope="session")
def helpers(natives: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """native/test/*.c: beside the natives where make built them, else compiled by every worker for itself."""
    names = [source.stem for source in (NATIVE / "test").glob("*.c")]
    if all((natives / name).exists() for name in names):
        return natives
    folder = tmp_path_factory.mktemp("helpers")
    compiler = shutil.which("musl-gcc") or shutil.which("cc") or "gcc"
    flags = ["-std=c11", "-D_GNU_SOURCE", "-O1", f"-I{NATIVE}"]
    objects = folder / "objects"
    objects.mkdir()
    library = sorted((NATIVE / "lib").rglob("*.c"))
    subprocess.run([compiler, *flags, "-c", *library], check=True, cwd=objects)
    for source in (NATIVE / "test").glob("*.c"):
        words = [compiler, *flags, "-o", folder / source.stem, source, *objects.glob("*.o")]
        subprocess.run(words, check=True)
    return folder


@dataclass
class Place:
    """A folder with a HOME, shims and tools of its own, for one user: root or one without rights."""

    folder: Path
    natives: Path
    user: int | None = None

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def shims(self) -> Path:
        return self.folder / "shims"

    @property
    def tools(self) -> Path:
        return self.folder / "tools"

    @property
    def log(self) -> Path:
        return self.home / ".trace_shell.jsonl"

    @property
    def unwritten(self) -> Path:
        return self.home / ".local/state/caro/unwritten"

    @property
    def env(self) -> dict[str, str]:
        path = f"{self.shims}:{self.tools}:/usr/bin:/bin"
        # A sanitizer would forbid core files by itself, which the test of limits would see.
        sanitizer = {"ASAN_OPTIONS": "disable_coredump=0"} if self.natives.name == "asan" else {}
        return {"HOME": str(self.home), "PATH": path, "LC_ALL": "C.UTF-8", **sanitizer}

    def make(self) -> Place:
        for folder in (self.folder, self.home, self.shims, self.tools):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
            if self.user is not None:
                os.chown(folder, self.user, self.user)
        return self

    def shim(self, *names: str, folder: Path | None = None) -> Path:
        """Copies of caro-shim; the path of the last."""
        into = folder or self.shims
        into.mkdir(exist_ok=True)
        for name in names:
            shutil.copy(self.natives / "caro-shim", into / name)
        return into / names[-1]

    def tool(self, name: str, text: str, folder: Path | None = None) -> Path:
        """A script `name` on PATH behind the shims."""
        into = folder or self.tools
        into.mkdir(exist_ok=True)
        path = into / name
        path.write_text(text, "utf-8")
        path.chmod(0o755)
        return path

    def settings(self, text: str) -> None:
        conf = self.home / ".config/caro/runtime.conf"
        conf.parent.mkdir(parents=True, exist_ok=True)
        conf.write_text(text, "utf-8")

    def run(self, *command: str | bytes | Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
        options.setdefault("env", self.env)
        options.setdefault("cwd", self.folder)
        options.setdefault("timeout", 30)
        if not {"stdout", "stderr"} & options.keys():
            options["capture_output"] = True
        if self.user is not None:
            options |= {"user": self.user, "group": self.user, "extra_groups": []}
        return subprocess.run(command, **options)

    def events(self, kind: str = "exec") -> list[dict[str, Any]]:
        """All events of a kind, each line of the log parsed."""
        lines = self.log.read_bytes().splitlines() if self.log.exists() else []
        return [event for event in map(json.loads, lines) if event["kind"] == kind]


@pytest.fixture
def place(tmp_path: Path, natives: Path) -> Place:
    return Place(tmp_path, natives).make()


@pytest.fixture
def nobody_place(natives: Path) -> Iterator[Place]:
    """Where a user without rights can work; pytest's own folders are closed to others. Not root: just ours."""
    folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    yield Place(folder, natives, NOBODY if os.geteuid() == 0 else None).make()
    shutil.rmtree(folder)


Waiter = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def wait_for() -> Waiter:
    """Calls a function until it gives something true."""
    return wait_until
