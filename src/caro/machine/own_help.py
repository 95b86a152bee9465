"""What a tool that is installed here says of itself: the only thing that is exactly right for this machine.

Two sources, both read behind an answer, for the next one. The manual page needs no program; it stands in for tools
that the spec file lacks. `--help` is asked of programs alone of which it is known that it only prints (the coreutils,
kubectl, cargo, …), by name, and only where root installed them: never of a program that nobody vouched for, never
one in a project's folder. A failed command itself is never run.
"""

from __future__ import annotations

import gzip
import os
import re
import stat
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caro.fix.helptext import commands_in, options_in
from caro.fix.model import Node
from caro.regular_file import read_start

if TYPE_CHECKING:
    from concurrent.futures import Executor

HARMLESS = frozenset(
    "ls cp mv rm mkdir rmdir touch cat tac nl head tail wc sort uniq cut paste join comm tr split csplit fmt "
    "fold pr expand od base64 md5sum sha1sum sha256sum sha512sum b2sum shuf seq factor numfmt stat du df ln "
    "readlink realpath mktemp install chmod chown chgrp truncate date uname id env nice timeout stdbuf tee "
    "grep egrep fgrep diff cmp find xargs gzip xz zstd tar sed gawk less file ps free pgrep watch lsblk blkid "
    "mount umount findmnt dmesg column hexdump ionice taskset setsid lscpu logger useradd usermod groupadd apt "
    "apt-get apt-cache dpkg systemctl journalctl loginctl timedatectl hostnamectl curl wget jq git make cmake "
    "ninja gcc g++ clang python3 pip pip3 node npm cargo rustup rustc docker podman kubectl helm terraform gh "
    "aws rg fd fdfind bat batcat fzf rsync tree zip unzip".split()
)
HARMLESS_OWN = frozenset(
    "ruff black mypy pytest isort flake8 pylint uv pipx poetry pdm hatch tox nox pre-commit mkdocs twine httpie"
    " jupyter ipython coverage pip-compile cookiecutter bandit ansible ansible-playbook yamllint sqlfluff dvc"
    " mlflow eslint prettier tsc tsx vite jest vitest webpack rollup esbuild nodemon pm2 yarn pnpm http-server"
    " serve turbo nx eza bat fd rg just hyperfine tokei zoxide starship sccache cargo-watch cargo-nextest wasm-"
    " pack mdbook trunk dust procs bottom gitui delta tealdeer gopls golangci-lint dlv goimports staticcheck hugo"
    " lazygit glow k9s kind task air buf sqlc migrate mockgen protoc-gen-go".split()
)
"""Programs of language package managers of which it is known that `--help` only prints."""
OWN_FOLDERS = (
    ".cargo/bin",
    "go/bin",
    ".local/bin",
    ".npm-global/bin",
    ".npm/bin",
    ".yarn/bin",
    ".bun/bin",
    ".deno/bin",
)
SYSTEM_FOLDERS = ("/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin", "/opt/homebrew/bin")
MANUALS = ("/usr/share/man", "/usr/local/share/man", "/opt/homebrew/share/man")
SECONDS = 2.0
MOST_BYTES = 400_000
KEPT = 128

_FONTS = re.compile(r"\\f(?:\[[^\]]*\]|\([A-Z]{2}|.)|\\[&|^,/]")
_MACRO = re.compile(r"^[.'](?:B|BR|BI|I|IR|IP|RB|TP|It Fl|OP|SS)\s+", re.M)

Key = tuple[str, int]


class OwnHelp:
    """`help_of` and `manual_of` give what is known by now, and let the rest be read by the thread of `pool`; without
    one, nothing is read."""

    def __init__(self, pool: Executor | None = None) -> None:
        self._pool = pool
        self._known: dict[Key, Node] = {}
        self._asked: set[Key] = set()

    def help_of(self, name: str, path: str) -> Node | None:
        """Return options and sub-commands of the program that `name` is on this PATH; None where nothing is known."""
        if self._pool is None or name not in HARMLESS | HARMLESS_OWN:
            return None
        file = _program(name, path)
        if file is None:
            return None
        key = str(file), _mtime(file)
        # What was asked already may be told: whose it is, is a question of who is run.
        if key not in self._asked and not (is_roots(file) or is_own_tool(file)):
            return None
        return self._of(key, help_text, str(file))

    def manual_of(self, name: str) -> Node | None:
        """Return what the manual page names; for a tool without a spec."""
        return None if self._pool is None else self._of((f"manual of {name}", 0), manual_text, name)

    def _of(self, key: Key, read: Callable[[str], str], what: str) -> Node | None:
        if key not in self._asked and self._pool is not None:
            if len(self._asked) >= KEPT:
                self._asked.clear()
                self._known.clear()
            self._asked.add(key)
            self._pool.submit(lambda: self._known.__setitem__(key, node_of(read(what))))
        return self._known.get(key) or None


def merged(node: Mapping[str, Any], more: Node) -> Node:
    """Return the spec with the names that it lacks; what it says of values stays."""
    known = {name for key in ("o", "v", "Po", "Pv") for name in node.get(key, ())}
    new = {key: [name for name in more.get(key, ()) if name not in known] for key in ("o", "v")}
    children = {name: child for name, child in more.get("s", {}).items() if name not in node.get("s", {})}
    if not node.get("s"):
        # A tool without sub-commands of its own has none: what a text lists so are its arguments.
        children = {}
    return {
        **node,
        "o": [*node.get("o", ()), *new["o"]],
        "v": [*node.get("v", ()), *new["v"]],
        **({"s": {**node["s"], **children}} if children else {}),
    }


def node_of(text: str) -> Node:
    names = options_in(text)
    node: dict[str, Any] = {
        "o": [name for name, value in names.items() if not value],
        "v": [name for name, value in names.items() if value],
        "s": {name: {} for name in commands_in(text)},
    }
    return {key: value for key, value in node.items() if value}


def _program(name: str, path: str) -> Path | None:
    if "/" in name:
        return None
    folders = (folder for folder in path.split(":") if folder.startswith("/"))
    return next((Path(folder, name) for folder in folders if os.access(f"{folder}/{name}", os.X_OK)), None)


def is_roots(file: Path) -> bool:
    """True if it is in a folder of the system, and nobody but root may change it or the file that it stands for."""
    if str(file.parent) not in SYSTEM_FOLDERS:
        return False
    try:
        real = file.resolve(strict=True)
        states = [os.stat(real), os.stat(real.parent), os.stat(file.parent)]
    except (OSError, RuntimeError):
        return False
    return all(state.st_uid == 0 and not state.st_mode & (stat.S_IWGRP | stat.S_IWOTH) for state in states)


def is_own_tool(file: Path) -> bool:
    """True if it lies where a language's package manager puts programs (a virtual environment, cargo's, go's, npm's or
    pipx's folder), belongs to this user or root, and nobody else may change it, its folder or the file behind it."""
    if not _is_tools_folder(file.parent):
        return False
    try:
        real = file.resolve(strict=True)
        states = [os.stat(real), os.stat(real.parent), os.stat(file.parent)]
    except (OSError, RuntimeError):
        return False
    mine = {0, os.geteuid()}
    return all(state.st_uid in mine and not state.st_mode & (stat.S_IWGRP | stat.S_IWOTH) for state in states)


def _is_tools_folder(folder: Path) -> bool:
    if (folder.parent / "pyvenv.cfg").is_file():
        return True
    home = os.environ.get("HOME", "")
    own = [Path(home, name) for name in OWN_FOLDERS] if home.startswith("/") else []
    return folder in own or folder.match(".nvm/versions/node/*/bin")


def help_text(file: str) -> str:
    """Return what `--help` prints; empty where the program takes too long or can't run."""
    env = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C", "COLUMNS": "200", "PAGER": "cat"}
    # A shim on the way would record it as somebody's command.
    env["CARO_DISABLE"] = "1"
    try:
        done = subprocess.run(
            [file, "--help"], stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, env=env, cwd="/"
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout + b"\n" + done.stderr)[:MOST_BYTES].decode(errors="replace")


def manual_text(name: str) -> str:
    text = _FONTS.sub("", manual_source(name)).replace("\\-", "-").replace('"', " ")
    return _MACRO.sub("", text)


def manual_source(name: str) -> str:
    """Return the source of a tool's manual page; empty where there is none."""
    if not re.fullmatch(r"[\w.+-]+", name):
        return ""
    for folder in MANUALS:
        for section in "18":
            source = _source(Path(folder, f"man{section}", f"{name}.{section}"))
            if source:
                return source
    return ""


def _source(page: Path) -> str:
    try:
        if page.exists():
            return read_start(page, MOST_BYTES).decode(errors="replace")
        with gzip.open(f"{page}.gz") as handle:
            return handle.read(MOST_BYTES).decode(errors="replace")
    except (OSError, EOFError):
        return ""


def help_of_harmless(name: str, path: str) -> str:
    """Return what `--help` prints, of a program of root's alone of which it is known that it only prints; else ""."""
    file = _program(name, path) if name in HARMLESS else None
    return help_text(str(file)) if file is not None and is_roots(file) else ""


def _mtime(file: Path) -> int:
    try:
        return os.stat(file).st_mtime_ns
    except OSError:
        return 0
