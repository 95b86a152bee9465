"""Values of the fixer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from caro.levels import Level

Node = Mapping[str, Any]
"""A command or sub-command of a spec: `s` children (or the name an alias stands for), `o` options, `v` options
that need a value, `Po`/`Pv` the same but valid below too, `a` known arguments, `x` 1 takes arguments, 2 needs one,
`t` what kind of argument (`filepaths`, `folders`, `command`), `d` dangerous options, `D` dangerous itself."""


@dataclass(frozen=True)
class Failure:
    """A command line that ended badly. `output` is None where nobody could see it (not the same as empty)."""

    command: str
    exit_code: int
    output: str | None = None
    shell: str = "bash"
    cwd: str | None = None


@dataclass(frozen=True)
class Fix:
    """One command offered instead. `confidence` 0 to 1; `tier` names who found it."""

    command: str
    confidence: float
    why: str
    tier: str
    level: Level = Level.LOW
    raises_risk: bool = False
    risks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """All fixes of one failure, best first; silence is an empty tuple."""

    command: str
    fixes: tuple[Fix, ...] = ()
    explanation: str = ""


@dataclass(frozen=True)
class Risk:
    """How risky a command is, by whoever assesses it: `score` 0 to 100. `deletes`: a repository, a home, keys or
    another thing of worth is gone after it; `discards`: work that was never saved is."""

    level: Level = Level.LOW
    score: int = 0
    deletes: bool = False
    discards: bool = False


RiskOf = Callable[[str], Risk]


class Inventory(Protocol):
    """What this machine has. Every answer may be empty; none may raise."""

    cwd: str | None
    home: str
    root: bool
    platform: str
    """`debian`, `fedora`, `arch`, `alpine`, `suse`, `macos` or empty."""

    def commands(self) -> Sequence[str]:
        """Return names that can be typed first: PATH, builtins, aliases, functions."""

    def has(self, name: str) -> bool:
        """True if `name` can be typed first."""

    def listing(self, folder: str) -> Sequence[str] | None:
        """Return names in an absolute folder, folders with a trailing slash; None where there is none."""

    def spec(self, key: str) -> Node | None:
        """Return the spec of a command (`git`) or of a large child kept apart (`aws ec2`)."""

    def names(self, kind: str) -> Sequence[str]:
        """Return names of things that a command may mean: `git-branch`, `git-remote`, `git-alias`, `npm-script`,
        `make-target`, `service`, `user`, `host`."""

    def rank(self, name: str) -> int:
        """Return how common a command is: 1 the most common, large for the unknown."""

    def word_rank(self, key: str, word: str) -> int:
        """Return how common a sub-command of `key` (`git`, `docker compose`) is: 1 the most common."""


@dataclass
class NoInventory:
    """A machine of which nothing is known; tests fill in what they need."""

    cwd: str | None = None
    home: str = "/nonexistent"
    root: bool = False
    platform: str = ""
    path: Sequence[str] = ()
    folders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    specs: Mapping[str, Node] = field(default_factory=dict)
    known: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def commands(self) -> Sequence[str]:
        return self.path

    def has(self, name: str) -> bool:
        return name in self.path

    def listing(self, folder: str) -> Sequence[str] | None:
        return self.folders.get(folder.rstrip("/") or "/")

    def spec(self, key: str) -> Node | None:
        return self.specs.get(key)

    def names(self, kind: str) -> Sequence[str]:
        return self.known.get(kind, ())

    def rank(self, name: str) -> int:
        return 1000

    def word_rank(self, key: str, word: str) -> int:
        return 50


@dataclass(frozen=True)
class Candidate:
    """A guess of one tier, before ranking. `score` is a confidence between 0 and 1."""

    command: str
    score: float
    why: str
    tier: str
    own: bool = False
    """The person, or a plugin of theirs, says so: whether its programs are there is for them to know."""
