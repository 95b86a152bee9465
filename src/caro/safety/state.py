"""What a shell would know while a line runs: variables, folder, functions, files written so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from caro.knowledge import Knowledge, shipped
from caro.parse.nodes import Node, Sequence
from caro.safety.effects import ELSEWHERE, Effect, Place
from caro.safety.streams import Stream
from caro.safety.values import HOME, Arg
from caro.safety.world import NOWHERE, World

MAX_STEPS = 1000
MAX_DEPTH = 24
TOO_MUCH = "too deep or too long to follow"
MAX_ITEMS = 64
MAX_VALUE = 20_000


_LEADS_AWAY = frozenset(
    "chroot nsenter unshare bwrap systemd-nspawn lxc-attach flatpak-spawn ssh autossh sshpass pssh"
    " parallel-ssh pdsh dsh"
    " clush vagrant-ssh vagrant adb ansible ansible-playbook salt machinectl fly flyctl heroku gcloud"
    " aws az docker podman"
    " nerdctl docker-compose podman-compose crictl kubectl oc k kubecolor lxc incus multipass limactl"
    " lima colima distrobox"
    " toolbox wsl mosh rsh su runuser".split()
)
"""Wrappers behind which names mean other things than here: another machine, root folder, container or user."""


@dataclass(slots=True)
class Step:
    """One line of the story that `caro explain` tells."""

    depth: int
    kind: str
    text: str


@dataclass(slots=True)
class Findings:
    """Shared by the whole walk of one line."""

    effects: list[Effect] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    commands: list[list[Arg]] = field(default_factory=list)
    """Each simple command that was met, wrapped ones too, as its words."""
    assigned: list[tuple[str, str]] = field(default_factory=list)
    """Variables that expansions have set and nobody has judged yet: `${x:=v}`, `$((x=1))`."""
    count: int = 0
    gave_up: bool = False

    def problem(self, text: str) -> None:
        if text not in self.problems:
            self.problems.append(text)


@dataclass(slots=True)
class State:
    world: World = NOWHERE
    knowledge: Knowledge = field(default_factory=shipped)
    findings: Findings = field(default_factory=Findings)
    dialect: str = "bash"
    variables: dict[str, str | list[str]] = field(default_factory=dict)
    functions: dict[str, Node] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    files: dict[str, Stream] = field(default_factory=dict)
    descriptors: dict[str, Stream] = field(default_factory=dict)
    """What an open descriptor gives to who reads it; a stream tagged `sink` is the text of who gets what is written."""
    coprocesses: dict[str, Sequence] = field(default_factory=dict)
    """Who reads what is written to a descriptor that `coproc` opened."""
    previous: str | None = None
    """The folder before the last `cd`."""
    moved: dict[str, str] = field(default_factory=dict)
    """What this line moved: where it is now, and where it was."""
    parameters: list[str] = field(default_factory=list)
    source: str = ""
    """The whole line as it was asked about."""
    image_step: bool = False
    """True if the line is a step of an image's build, and nobody but a person wrote it."""
    links: dict[str, str] = field(default_factory=dict)
    """Symbolic links that the line makes, and where they lead."""
    cwd: str | None = None
    start: str | None = None
    """The folder that the line starts in; `cwd` follows its `cd`s."""
    project: str | None = None
    mounts: tuple[str, ...] = ()
    created: set[str] = field(default_factory=set)
    accounts: dict[str, str] = field(default_factory=dict)
    """Users whom the line made without a password: "shut" where nobody can log in, "privileged" with rights."""
    depth: int = 0
    via: tuple[str, ...] = ()
    facts: frozenset[str] = frozenset()
    obscured: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    place: Place = ()
    second: bool = False
    """True if this is the second reader's view already."""
    unchecked: bool = False
    """True if the last `cd` may have failed with nobody looking."""

    def inner(self, wrapper: str = "", facts: frozenset[str] = frozenset(), keep: bool = False) -> State:
        """The state of a subshell or of what `wrapper` runs; with `keep` its variables stay shared."""
        return replace(
            self,
            variables=self.variables if keep else dict(self.variables),
            functions=self.functions if keep else dict(self.functions),
            aliases=self.aliases if keep else dict(self.aliases),
            descriptors=self.descriptors if keep else dict(self.descriptors),
            depth=self.depth + 1,
            via=(*self.via, wrapper) if wrapper else self.via,
            facts=self.facts | facts if facts else self.facts,
            place=ELSEWHERE if _LEADS_AWAY.intersection(wrapper.split(" ", 1)[:1]) else self.place,
        )

    def names_folder(self, full: str) -> bool:
        """True if the line itself asks for the folder (mkdir(1), with or without -p)."""
        return "mkdir:" + full in self.files

    def step(self, kind: str, text: str) -> None:
        if len(self.findings.steps) < 400:
            self.findings.steps.append(Step(self.depth, kind, text))

    def spent(self) -> bool:
        """Counts one command; true once the line asks for more than is ever looked at."""
        self.findings.count += 1
        if self.findings.count > MAX_STEPS or self.depth > MAX_DEPTH:
            self.findings.problem(TOO_MUCH)
            self.findings.gave_up = True
            return True
        return False


def state_for(world: World, dialect: str = "bash", knowledge: Knowledge | None = None) -> State:
    """Return what a shell in `world` would know.

    Paths below the home folder get its mark, so that they compare equal to those written with `~`.
    """
    home = world.home if world.home and world.home != "/" else None

    def marked(path: str) -> str:
        inside = home is not None and (path == home or path.startswith(home + "/"))
        return HOME + path[len(home or "") :] if inside else path

    cwd = marked(world.cwd) if world.cwd else world.cwd
    state = State(
        world, knowledge or shipped(), dialect=dialect, cwd=cwd, start=cwd, aliases=dict(world.aliases)
    )
    state.project = marked(world.project) if world.project else None
    state.mounts = tuple(map(marked, world.mounts))
    state.created = set(map(marked, world.created))
    state.links = {marked(link): marked(target) for link, target in world.links.items()}
    for name, value in world.variables.items():
        if name in ("PWD", "OLDPWD"):
            continue  # they follow the line's own `cd`; a hook's environment has those of the hook
        state.variables[name] = marked(value) if isinstance(value, str) else value
    return state
