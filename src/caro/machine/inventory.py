"""The real `Inventory` of the fixer: PATH, folders, git, package.json, specs.

Nothing here raises, and nothing here runs a program: git's references are read from its files. A folder that
answers slowly is the operating system's to time out; PATH folders are therefore scanned once and kept.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from caro.errors import CaroError
from caro.knowledge import shipped
from caro.knowledge.packaged import path_of
from caro.machine.own_specs import ROOM, OwnSpecs, joined
from caro.regular_file import read_start

if TYPE_CHECKING:
    from caro.fix.model import Node
    from caro.knowledge import Knowledge
    from caro.machine.own_help import OwnHelp
    from caro.machine.specs import SpecFile

DATA = path_of("fix/data")
MAX_NAMES = 20_000
MAX_FILE = 1 << 20
LOOKING_SECONDS = 0.3
"""For so long folders are listed for one failure: a busy machine is slow, a dead mount hangs for good."""

_NO_RANKS: Mapping[str, int] = {}

BUILTINS = (
    "alias bg bind break builtin caller cd command compgen complete compopt continue declare dirs disown echo"
    " enable eval exec exit export false fc fg getopts hash help history jobs kill let local logout mapfile popd"
    " printf pushd pwd read readarray readonly return set shift shopt source suspend test times trap true type"
    " typeset ulimit umask unalias unset wait"
).split()

PLATFORMS = (
    ("debian", ("debian", "ubuntu", "linuxmint", "raspbian", "pop")),
    ("fedora", ("fedora", "rhel", "centos", "rocky", "almalinux", "amzn")),
    ("arch", ("arch", "manjaro", "endeavouros")),
    ("alpine", ("alpine",)),
    ("suse", ("suse", "opensuse", "opensuse-leap", "opensuse-tumbleweed")),
)


def read_text(path: str | Path) -> str:
    """Return the start of a file as text; empty where it can't be read."""
    return read_start(path, MAX_FILE).decode(errors="replace")


def platform_name(os_release: str) -> str:
    ids = " ".join(re.findall(r'^ID(?:_LIKE)?="?([^"\n]*)', os_release, re.M)).split()
    for name, members in PLATFORMS:
        if any(word in members for word in ids):
            return name
    return "macos" if Path("/System/Library").is_dir() else ""


class Machine:
    """What never depends on the folder: names on PATH, specs, how common commands are. Keep one per process."""

    def __init__(self, path: str, spec_file: Path | None = None, own_help: OwnHelp | None = None) -> None:
        self.path = path
        self._own_help = own_help
        self._merged: dict[str, tuple[Node, Node]] = {}
        self.warnings: list[str] = []
        self._spec_path = spec_file or DATA / "specs.bin"
        self._scanned: tuple[tuple[object, ...], list[str], frozenset[str]] | None = None

    @cached_property
    def own_help(self) -> OwnHelp:
        from caro.machine.own_help import OwnHelp

        return OwnHelp() if self._own_help is None else self._own_help

    @cached_property
    def specs(self) -> SpecFile | None:
        from caro.machine.specs import SpecFile

        try:
            return SpecFile(self._spec_path)
        except CaroError as error:
            self.warnings.append(str(error))
            return None

    @cached_property
    def ranks(self) -> Mapping[str, int]:
        lines = read_text(DATA / "common.txt").splitlines()
        words = (word for line in lines if not line.startswith("#") for word in line.split())
        ranks: dict[str, int] = {}
        for word in words:
            ranks.setdefault(word, len(ranks) + 1)
        return ranks

    @cached_property
    def word_ranks(self) -> Mapping[str, Mapping[str, int]]:
        table = shipped().table("fix/data/common_words")
        return {tool: {word: at for at, word in enumerate(words.split(), 1)} for tool, words in table.items()}

    @cached_property
    def common(self) -> list[str]:
        """Return commands worth a guess although they may not be installed."""
        return list(self.ranks)

    @cached_property
    def platform(self) -> str:
        return platform_name(read_text("/etc/os-release"))

    def spec(self, key: str, on_path: frozenset[str] | None = None) -> Node | None:
        """Return the spec file's entry, with what the installed tool says of itself; `on_path`: the names that are
        there, from who has just looked."""
        node = None if self.specs is None else self.specs.node(key)
        if " " in key:
            return node
        if node is None:
            names = self.names_on_path()[1] if on_path is None else on_path
            return self.own_help.manual_of(key) if key in names else None
        more = self.own_help.help_of(key, self.path)
        if more is None:
            return node
        if self._merged.get(key, (None, None))[0] is not more:
            from caro.machine.own_help import merged

            self._merged[key] = (more, merged(node, more))
        return self._merged[key][1]

    def names_on_path(self) -> tuple[list[str], frozenset[str]]:
        """Return the names on PATH, read anew when a folder of it changed; its mtime says so."""
        folders = [part for part in dict.fromkeys(self.path.split(":")) if part.startswith("/")]
        stamp = tuple(_mtime(folder) for folder in folders)
        if self._scanned is None or self._scanned[0] != stamp:
            names: dict[str, None] = dict.fromkeys(BUILTINS)
            for folder in folders:
                names.update(dict.fromkeys(_executables(folder)))
                if len(names) > MAX_NAMES:
                    break
            kept = [name for name in names if len(name) < 64][:MAX_NAMES]
            self._scanned = (stamp, kept, frozenset(kept))
        return self._scanned[1], self._scanned[2]


def _mtime(folder: str) -> float:
    try:
        return os.stat(folder).st_mtime
    except OSError:
        return 0.0


def _executables(folder: str) -> list[str]:
    """Return names in a PATH folder. The exec bit is not asked for: one stat a file would cost 2,000 of them."""
    try:
        return [entry for entry in os.listdir(folder) if not entry.startswith(".")][:MAX_NAMES]
    except OSError:
        return []


class MachineInventory:
    """A `Inventory` for one failure; `extra` holds aliases and functions of the caller's shell, `known` what plugins
    say of their tools."""

    def __init__(
        self, machine: Machine, cwd: str | None = None, extra: Sequence[str] = (), home: str = "",
        known: Knowledge | None = None,
    ) -> None:  # fmt: skip
        self.machine = machine
        self.cwd = cwd if cwd and cwd.startswith("/") else None
        self.home = home or "/nonexistent"
        self.root = os.geteuid() == 0
        self.platform = machine.platform
        self._extra = list(extra)
        self._listings: dict[str, Sequence[str] | None] = {}
        self._specs: dict[str, Node | None] = {}
        self._known = known
        self._deadline = time.monotonic() + LOOKING_SECONDS

    @cached_property
    def _on_path(self) -> tuple[list[str], frozenset[str]]:
        """The names on PATH as they are for all of this failure: each look at them looks at every folder."""
        return self.machine.names_on_path()

    def commands(self) -> Sequence[str]:
        names, _ = self._on_path
        return [*names, *self._extra] if self._extra else names

    def has(self, name: str) -> bool:
        return name in self._on_path[1] or name in self._extra

    def rank(self, name: str) -> int:
        return self.machine.ranks.get(name, 2000)

    def word_rank(self, key: str, word: str) -> int:
        return self.machine.word_ranks.get(key, _NO_RANKS).get(word, 50)

    def spec(self, key: str) -> Node | None:
        if key not in self._specs:
            self._specs[key] = self._spec(key)
        return self._specs[key]

    def _spec(self, key: str) -> Node | None:
        node = self.machine.spec(key, self._on_path[1])
        if self._known is None or not self._known.documents(ROOM):
            return node
        return joined(node, self._known.view(OwnSpecs).node(key))

    def listing(self, folder: str) -> Sequence[str] | None:
        if folder not in self._listings:
            late = time.monotonic() > self._deadline and len(self._listings) > 4
            self._listings[folder] = None if late else _listing(folder)
        return self._listings[folder]

    def names(self, kind: str) -> Sequence[str]:
        reader = _READERS.get(kind)
        if reader is None:
            return ()
        try:
            return reader(self)
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return ()

    @cached_property
    def git_own(self) -> Path | None:
        """Return the `.git` of this working tree: a linked one has a HEAD of its own there."""
        folder = Path(self.cwd) if self.cwd else None
        while folder is not None:
            if (folder / ".git").is_dir():
                return folder / ".git"
            pointer = read_text(folder / ".git") if (folder / ".git").is_file() else ""
            if pointer.startswith("gitdir:"):
                return (folder / pointer[7:].strip()).resolve()
            folder = folder.parent if folder.parent != folder else None
        return None

    @cached_property
    def git_folder(self) -> Path | None:
        """Return the folder where branches, tags and the configuration lie."""
        return None if self.git_own is None else _common_folder(self.git_own)


def _common_folder(worktree: Path) -> Path:
    common = read_text(worktree / "commondir").strip()
    return (worktree / common).resolve() if common else worktree


def _listing(folder: str) -> Sequence[str] | None:
    try:
        with os.scandir(folder) as entries:
            first = itertools.islice(entries, 5000)
            return [entry.name + "/" if entry.is_dir() else entry.name for entry in first]
    except OSError:
        return None


def _git_refs(inventory: MachineInventory, kind: str) -> list[str]:
    git = inventory.git_folder
    if git is None:
        return []
    base = git / "refs" / kind
    found = []
    for folder, _, files in os.walk(base):
        found += [os.path.relpath(os.path.join(folder, name), base) for name in files]
        if len(found) > 5000:
            break
    packed = re.findall(rf"^[0-9a-f]{{40,64}} refs/{kind}/(\S+)$", read_text(git / "packed-refs"), re.M)
    return list(dict.fromkeys([*found, *packed]))


def _git_config(inventory: MachineInventory) -> str:
    own = read_text(inventory.git_folder / "config") if inventory.git_folder else ""
    return own + "\n" + read_text(Path(inventory.home) / ".gitconfig")


def _git_aliases(inventory: MachineInventory) -> list[str]:
    section = re.findall(r"^\[alias\]\n((?:[ \t]+.*\n?|\n)*)", _git_config(inventory), re.M)
    return re.findall(r"^[ \t]+([\w-]+)\s*=", "\n".join(section), re.M)


def _npm_scripts(inventory: MachineInventory) -> list[str]:
    text = read_text(Path(inventory.cwd) / "package.json") if inventory.cwd else ""
    return list(json.loads(text).get("scripts", {})) if text else []


def _make_targets(inventory: MachineInventory) -> list[str]:
    for name in ("GNUmakefile", "makefile", "Makefile"):
        text = read_text(Path(inventory.cwd) / name) if inventory.cwd else ""
        if text:
            heads = re.findall(r"^([A-Za-z0-9][\w./ -]*?)\s*::?(?![:=])", text, re.M)
            return list(dict.fromkeys(target for head in heads for target in head.split()))
    return []


def _just_recipes(inventory: MachineInventory) -> list[str]:
    text = read_text(Path(inventory.cwd) / "justfile") if inventory.cwd else ""
    return re.findall(r"^@?([a-z][\w-]*)[^\n:=]*:(?!=)", text, re.M)


def _services(inventory: MachineInventory) -> list[str]:
    found = []
    for folder in ("/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system"):
        found += [
            name
            for name in inventory.listing(folder) or ()
            if name.endswith((".service", ".socket", ".timer"))
        ]
    return list(dict.fromkeys([name.removesuffix(".service") for name in found]))


def _hosts(inventory: MachineInventory) -> list[str]:
    config = re.findall(r"^\s*Host\s+(.+)$", read_text(Path(inventory.home) / ".ssh/config"), re.M | re.I)
    names = [word for line in config for word in line.split() if "*" not in word and "?" not in word]
    known = re.findall(r"^([\w.-]+)[ ,]", read_text(Path(inventory.home) / ".ssh/known_hosts"), re.M)
    return list(dict.fromkeys([*names, *known]))


def _head(inventory: MachineInventory) -> list[str]:
    head = read_text(inventory.git_own / "HEAD") if inventory.git_own else ""
    return re.findall(r"^ref: refs/heads/(\S+)", head)


def _externally_managed(inventory: MachineInventory) -> list[str]:
    """Return the marks of PEP 668, if the first `pip` on PATH is the system's: a virtual environment has its own."""
    folders = (Path(part) for part in inventory.machine.path.split(":") if part.startswith("/"))
    first = next((folder for folder in folders if (folder / "pip").exists()), None)
    if first is None or str(first) not in ("/usr/bin", "/bin"):
        return []
    return [str(path) for path in Path("/usr/lib").glob("python3*/EXTERNALLY-MANAGED")]


def _own_processes(_inventory: MachineInventory) -> list[str]:
    """Return the ids of one's own processes, the newest first; those that came before this one too."""
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and entry.stat().st_uid == os.geteuid():
            found.append(int(entry.name))
    return [str(pid) for pid in sorted(found, reverse=True) if pid != os.getpid()]


_READERS: dict[str, Callable[[MachineInventory], list[str]]] = {
    "git-branch": lambda inventory: _git_refs(inventory, "heads"),
    "common": lambda inventory: inventory.machine.common,
    "externally-managed": _externally_managed,
    "git-head": _head,
    "git-remote-branch": lambda inventory: _git_refs(inventory, "remotes"),
    "git-tag": lambda inventory: _git_refs(inventory, "tags"),
    "git-remote": lambda inventory: re.findall(r'^\[remote "([^"]+)"\]', _git_config(inventory), re.M),
    "git-alias": _git_aliases,
    "npm-script": _npm_scripts,
    "make-target": _make_targets,
    "just-recipe": _just_recipes,
    "service": _services,
    "host": _hosts,
    "process": _own_processes,
    "user": lambda inventory: re.findall(r"^([a-z_][\w-]*):", read_text("/etc/passwd"), re.M),
    "group": lambda inventory: re.findall(r"^([a-z_][\w-]*):", read_text("/etc/group"), re.M),
}
