"""Users with a HOME of their own, who run programs bare and under `caro run`.

A user without rights can reach neither the test's folders nor, often, its Python (below /root, say). So Caro is
copied to where everyone can read it, with a Python that this user can start.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from environment import ROOT, plain_environment
from signal_recorder import RECORDER
from waiting import PATIENCE

NOBODY = 65534
MODES = ("shims", "deep")
USERS = ("root", "nobody") if os.geteuid() == 0 else ("me",)

# What `caro run` imports beside Caro itself.
LIBRARIES = ("msgspec", "tomlkit", "shtab")

LAUNCHER = """#!{python}
import sys
sys.path[:0] = [{library!r}]
from caro.cli import main
sys.exit(main())
"""

# All that may have a shim has one: whatever a shim can spoil is spoilt here.
CONFIG = """
[trace]
tools = [
  "@core", "@build", "git", "npm", "npx", "node", "python", "python3", "pip", "pip3", "jq", "curl", "wget", "tar",
  "unzip", "make", "docker", "perl", "env", "bc", "busybox", "timeout", "nice", "nohup", "setsid", "which", "vim",
  "htop", "fzf", "recorder", "true", "false", "sleep", "echo", "printf", "kill", "stty", "tty", "ps", "passwd",
  "strace",
]
"""


@dataclass
class User:
    """One user: `root`, `nobody`, or `me` where the tests don't run as root."""

    name: str
    folder: Path
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def ids(self) -> dict[str, Any]:
        """What subprocess needs to start a program as this user."""
        return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if self.name == "nobody" else {}

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def log(self) -> Path:
        return self.home / ".trace_shell.jsonl"

    @property
    def shims(self) -> Path:
        return self.home / ".local/share/caro/shims"

    @property
    def caro(self) -> str:
        return str(self.folder / "bin/caro")

    @property
    def env(self) -> dict[str, str]:
        plain = plain_environment(self.home)
        keep = ("HOME", "TERM", "LC_ALL", "npm_config_update_notifier")
        path = f"{self.folder / 'bin'}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
        return {name: plain[name] for name in keep} | {"PATH": path} | self.extra

    def under(self, mode: str, *words: str | bytes) -> list[str | bytes]:
        """The words that run a command: bare, or under Caro in that mode."""
        return [*words] if mode == "bare" else [self.caro, "run", "--quiet", "--mode", mode, "--", *words]

    def run(
        self, mode: str, *words: str | bytes, env: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.CompletedProcess[bytes]:
        options.setdefault("capture_output", True)
        options.setdefault("stdin", subprocess.DEVNULL if "input" not in options else None)
        if "input" in options:
            del options["stdin"]
        options.setdefault("timeout", 60)
        options.setdefault("cwd", self.work)
        return subprocess.run(self.under(mode, *words), env=env or self.env, **self.ids, **options)

    def give(self, *paths: Path) -> None:
        """Makes files this user's own."""
        if self.name == "nobody":
            for path in paths:
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)

    def clear(self) -> None:
        """An empty work folder of the same name."""
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir()
        self.give(self.work)

    def forget(self) -> None:
        self.log.unlink(missing_ok=True)

    def events(self, kind: str = "exec") -> list[dict[str, Any]]:
        lines = self.log.read_bytes().splitlines() if self.log.exists() else []
        return [event for event in map(json.loads, lines) if event["kind"] == kind]


def copy_library(folder: Path) -> None:
    """Caro and what it imports, where every user can read it."""
    shutil.copytree(ROOT / "src/caro", folder / "caro", ignore=shutil.ignore_patterns("__pycache__"))
    copy_packages(folder, *LIBRARIES)


def copy_packages(folder: Path, *names: str) -> None:
    """Packages of this interpreter's, once."""
    for name in names:
        spec = importlib.util.find_spec(name)
        assert spec and spec.submodule_search_locations
        if not (folder / name).exists():
            shutil.copytree(spec.submodule_search_locations[0], folder / name)
    subprocess.run(["chmod", "-R", "a+rX", folder], check=True)


def find_python(user: User) -> str:
    """A Python that this user can start by name from any program, and that can import Caro."""
    candidates = [
        sys.executable,
        os.path.realpath(sys.executable),
        "/usr/bin/python3",
        "/usr/local/bin/python3",
    ]
    code = f"import sys; sys.path.insert(0, {str(user.folder / 'lib')!r}); import caro.record"
    for python in candidates:
        # A shell in between: the program that changes the user id may still reach what the user can't.
        words = ["sh", "-c", 'exec "$0" -I -c "$1"', python, code]
        if subprocess.run(words, capture_output=True, cwd="/", **user.ids).returncode == 0:
            return python
    raise AssertionError(f"{user.name} can start none of {candidates} with Caro's libraries")


def processes_of(user: User) -> list[str]:
    """Command lines of what runs with this HOME."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"HOME={user.home}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def wait_for_the_last(user: User) -> None:
    """Whatever Caro starts beside a command, a tracer say, ends after it by itself."""
    end = time.monotonic() + PATIENCE
    while left := processes_of(user):
        assert time.monotonic() < end, f"still running: {left}"
        time.sleep(0.01)


def make_user(name: str) -> Iterator[User]:
    with tempfile.TemporaryDirectory(prefix="invisible-") as made:
        folder = Path(made).resolve()
        folder.chmod(0o755)
        user = User(name, folder)
        for path in (user.home, user.work, folder / "bin", user.home / ".config", user.home / ".config/caro"):
            path.mkdir()
            user.give(path)
        copy_library(folder / "lib")
        python = find_python(user)
        for path, text in ((Path(user.caro), LAUNCHER), (folder / "bin/recorder", RECORDER)):
            path.write_text(text.format(python=python, library=str(folder / "lib")))
            path.chmod(0o755)
        config = user.home / ".config/caro/config.toml"
        config.write_text(CONFIG)
        user.give(config)
        for mode in MODES:  # the first use makes the shims, and is not what is tested here
            done = user.run(mode, "true")
            assert done.returncode == 0, done.stderr
        user.forget()
        yield user
        wait_for_the_last(user)
