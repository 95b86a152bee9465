"""What rules may ask about the world. The reader of the real one lives outside: here it is a value.

Every field has a neutral default, so that a line judged without folder and git context always gets the
same answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class World:
    """`None` and empty mean: not known. Paths are absolute."""

    cwd: str | None = None
    home: str | None = None
    project: str | None = None
    root: bool = False
    ssh: bool = False
    agent: str | None = None
    tty: bool = True
    host: str | None = None
    environment: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    variables_known: bool = False
    """True if `variables` has every variable that the words name and the environment holds: others are unset there."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    git_aliases: Mapping[str, str] = field(default_factory=dict)
    branch: str | None = None
    protected_branches: tuple[str, ...] = ("main", "master", "trunk", "production", "release")
    tree_clean: bool | None = None
    kube_context: str | None = None
    aws_profile: str | None = None
    gcloud_project: str | None = None
    project_files: Mapping[str, str] = field(default_factory=dict)
    """Texts of the files in `cwd` that hold the scripts which the words may start: `package.json`, `Makefile` …"""
    mounts: tuple[str, ...] = ()
    created: frozenset[str] = frozenset()
    own_files: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    """Symbolic links on the way of the line's words that lead to guarded places."""
    trash: str = ""
    """The command that puts files into the trash can here (`trash-put`, `gio trash`); empty: there is none."""


NOWHERE = World()
