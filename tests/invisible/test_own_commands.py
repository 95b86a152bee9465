"""Caro's own commands as each user, in a HOME that can be written and in one that can't."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from invisible.users import USERS, User, make_user

Ran = subprocess.CompletedProcess[str]
DOTFILES = {
    ".bashrc": b"alias a=b",
    ".zshrc": b"setopt autocd\n",
    ".config/fish/config.fish": b"set -g x 1\n",
}

# Each command that reads: it works although nothing can be written.
READING = (
    ["--help"], ["log"], ["stats"], ["config", "effective"], ["config", "validate"], ["shims", "list"],
    ["check", "ls"], ["explain", "ls"], ["help", "undo"], ["tour"],
    ["install", "--dry-run"], ["uninstall", "--dry-run"], ["daemon", "status"], ["privacy", "export"],
)  # fmt: skip
# Each command that writes: it names the file, and why it can't.
WRITING = (
    ["install", "--yes"], ["config", "set", "safety.mode", "active"], ["shims", "sync"], ["disable"],
    ["agent", "install", "claude-code"], ["shell", "bash"], ["init", "zsh"],
)  # fmt: skip


@pytest.fixture(params=USERS)
def user(request: pytest.FixtureRequest) -> Iterator[User]:
    """A HOME for one test alone, with dotfiles."""
    with ExitStack() as stack:
        made = stack.enter_context(contextmanager(make_user)(request.param))
        for name, text in DOTFILES.items():
            file = made.home / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text)
            made.give(file, file.parent)
        made.extra["PYTHONPATH"] = str(made.folder / "lib")  # the daemon is `python -m caro`
        yield made


@pytest.fixture
def caro(user: User) -> Callable[..., Ran]:
    def run(*words: str) -> Ran:
        done = user.run("bare", user.caro, *words)
        said = Ran(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in said.stderr and "Errno" not in said.stderr, said.stderr
        return said

    return run


def state_of(home: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(home)): path.read_bytes() if path.is_file() else None for path in home.rglob("*")
    }


def take_away_rights(user: User) -> bool:
    """Makes HOME read-only; False for a user whom that stops from nothing."""
    user.run("bare", user.caro, "uninstall", "--purge", "--yes", check=True)
    for path in (user.home, *user.home.rglob("*")):
        if path.is_dir():
            path.chmod(0o555)
    probe = user.run("bare", "sh", "-c", ": > ~/probe")
    (user.home / "probe").unlink(missing_ok=True)
    return probe.returncode != 0


def test_install_use_and_undo(user: User, caro: Callable[..., Ran]) -> None:
    assert caro("install", "--yes").returncode == 0
    doctor = caro("doctor", "--quick")
    assert doctor.returncode == 0, doctor.stdout
    assert caro("config", "set", "safety.mode", "active").returncode == 0
    assert caro("config", "get", "safety.mode").stdout == "active\n"
    assert caro("run", "--", "git", "--version").stdout.startswith("git version")
    assert "git --version" in caro("log").stdout
    assert caro("daemon", "start").returncode == 0
    try:
        assert caro("daemon", "status").stdout.startswith("running")
    finally:
        assert caro("daemon", "stop").returncode == 0
    assert caro("disable").returncode == 0 and caro("enable").returncode == 0
    assert caro("uninstall", "--purge", "--yes").returncode == 0
    left = {name: text for name, text in state_of(user.home).items() if text is not None}
    assert left == DOTFILES


def test_files_are_private_and_the_users_own(user: User, caro: Callable[..., Ran]) -> None:
    caro("uninstall", "--purge", "--yes")
    caro("install", "--yes")
    caro("run", "--", "true")
    caro("config", "set", "safety.mode", "active")
    own = [user.home / name for name in (".config/caro", ".local/share/caro", ".local/state/caro")]
    files = [path for folder in own for path in (folder, *folder.rglob("*"))] + [user.log]
    owner = user.home.stat().st_uid
    assert len(files) > 20
    for file in files:
        status = file.lstat()
        assert status.st_uid == owner, file
        shared = file.parent.name in ("bin", "shims")  # programs, in a folder that nobody else can list
        passable = file.is_dir() and (file.name == "shims" or file == user.home / ".local/share/caro")
        assert not status.st_mode & (0o066 if passable else 0o077) or shared, (file, oct(status.st_mode))


def test_a_read_only_home(user: User, caro: Callable[..., Ran]) -> None:
    stopped = take_away_rights(user)
    before = state_of(user.home)
    for words in READING:
        done = caro(*words)
        assert done.returncode == (1 if words[0] == "daemon" else 0), (words, done.stderr)
    done = caro("run", "--", "sh", "-c", "git --version; exit 5")
    assert done.returncode == 5 and done.stdout.startswith("git version") and not done.stderr
    if not stopped:
        return
    assert state_of(user.home) == before
    for words in WRITING:
        done = caro(*words)
        assert done.returncode == 1 and str(user.home) in done.stderr, (words, done.stderr)
        assert done.stderr.startswith("caro: ") and "ermission denied" in done.stderr
        assert done.stderr.count("\n") == 1
    doctor = caro("doctor", "--quick")
    assert doctor.returncode == 1 and f"{user.home} is not writable" in doctor.stdout
    assert caro("uninstall", "--yes").returncode == 0
    assert state_of(user.home) == before
