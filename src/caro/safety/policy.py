"""From an assessment to an action: the mode's matrix, the never-overridable list, allow entries, folders.

The first that speaks wins, then tightening is applied: never-overridable list, allow entries, mode (of the
folder, of the environment). `[safety] block` and `[safety.commands]` are regular expressions of the user's; who
holds those compiled hands their action in as `floor`, since they may only tighten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from caro.levels import Action, Level
from caro.parse.lines import parse
from caro.parse.nodes import Simple
from caro.safety.assessment import Assessment

MATRIX: dict[str, dict[Level, Action]] = {
    "off": dict.fromkeys(Level, Action.ALLOW),
    "passive": {
        Level.CRITICAL: Action.WARN,
        Level.HIGH: Action.WARN,
        Level.MODERATE: Action.ALLOW,
        Level.LOW: Action.ALLOW,
    },
    "active": {
        Level.CRITICAL: Action.BLOCK,
        Level.HIGH: Action.CONFIRM,
        Level.MODERATE: Action.WARN,
        Level.LOW: Action.ALLOW,
    },
}

MODES = {"mode": "passive", "agent_mode": "active"}
"""A person's and an agent's, as they are where nothing is configured."""

NEVER_ALLOWED: dict[str, frozenset[str]] = {
    "delete": frozenset({"root", "system", "home", "boot"}),
    "write_device": frozenset({"device"}),
    "open_reverse_shell": frozenset(),
    "tamper_audit": frozenset(),
    "exhaust": frozenset(),
}
"""What no allow entry lets pass: effects with the scopes they have then (none named: every scope)."""


@dataclass(frozen=True, slots=True)
class AllowEntry:
    """A command that passes: exactly these words, in this folder, until then, because of this."""

    argv: tuple[str, ...]
    folder: str
    expires: float
    reason: str
    made: float = 0.0
    id: str = ""

    def covers(self, argv: Sequence[str], folder: str | None, now: float) -> bool:
        return tuple(argv) == self.argv and folder == self.folder and now < self.expires


@dataclass(frozen=True, slots=True)
class Ruling:
    """What policy makes of an assessment, and who said so: the mode, an allow entry, a rule of the user's."""

    action: Action
    decided_by: str


@dataclass(frozen=True, slots=True)
class Policy:
    """`folders` maps a folder (absolute) to the mode below it; the strictest that applies counts."""

    mode: str = "passive"
    allow: tuple[AllowEntry, ...] = ()
    folders: Mapping[str, str] = field(default_factory=dict)
    environment: str | None = None
    agent_mode: str = "active"
    required: Mapping[str, str] = field(default_factory=dict)
    """Folder -> the mode that a team's policy asks for there; no allow entry lifts it."""
    required_of_agents: str = ""
    """The mode that it asks for wherever an agent works; "": none."""

    def of_agent(self, chosen: str | None) -> Policy:
        """Return the policy for what an agent does; a mode that its environment chose holds where it is stricter."""
        modes = [mode for mode in (self.agent_mode, chosen) if mode in MATRIX]
        mode = max(modes, key=list(MATRIX).index, default="active")
        if not self.required_of_agents:
            return replace(self, mode=mode)
        everywhere = _strictest([self.required.get("/", "off"), self.required_of_agents], "off")
        return replace(self, mode=mode, required={**self.required, "/": everywhere})

    def at_least(self, mode: str) -> Policy:
        """Return the policy in this mode, where its own is milder."""
        order = list(MATRIX)
        own = self.mode if self.mode in MATRIX else "passive"
        return replace(self, mode=max(own, mode, key=order.index))

    def mode_in(self, folder: str | None) -> str:
        return _strictest([self.mode, *_modes_of(self.folders, folder)], "passive")

    def required_in(self, folder: str | None) -> str:
        """Return the mode below which nothing goes there, `off` where no policy asks for one."""
        return _strictest(_modes_of(self.required, folder), "off")


def _modes_of(folders: Mapping[str, str], folder: str | None) -> list[str]:
    """Return the modes of the folders that one is below; below `/` is also who doesn't tell where they are."""
    return [
        mode
        for place, mode in folders.items()
        if place == "/" or (folder and (folder == place or folder.startswith(place.rstrip("/") + "/")))
    ]


def _strictest(modes: Sequence[str], without: str) -> str:
    order = list(MATRIX)
    return max((mode for mode in modes if mode in MATRIX), key=order.index, default=without)


def policy_from(
    values: Mapping[str, Any],
    folders: Mapping[str, str],
    required: Mapping[str, str] | None = None,
    of_agents: str = "",
) -> Policy:
    """`values` are the settings by dotted name; `required` and `of_agents` what a team's policy asks for. Entries that
    can't be read are left out: they allow nothing."""
    entries = [entry for entry in map(allow_entry, values.get("safety.allow", ())) if entry is not None]
    mode, agent_mode = (str(values.get(f"safety.{key}", default)) for key, default in MODES.items())
    return Policy(mode, tuple(entries), folders, None, agent_mode, required or {}, of_agents)


def allow_entry(data: object) -> AllowEntry | None:
    if not isinstance(data, Mapping):
        return None
    argv, folder, expires = data.get("argv"), data.get("folder"), data.get("expires")
    if (
        not isinstance(argv, list)
        or not argv
        or not isinstance(folder, str)
        or not isinstance(expires, (int, float))
    ):
        return None
    return AllowEntry(tuple(map(str, argv)), folder, float(expires), str(data.get("reason", "")),
                      float(data.get("made", 0.0)), str(data.get("id", "")))  # fmt: skip


def argv_of(line: str, dialect: str = "bash") -> tuple[str, ...] | None:
    """The words of a line that is one simple command with no expansion in it; else None.

    Only such a line can be allowed: words that change from run to run can't be bound to an entry.
    """
    program = parse(line, dialect)
    if not program.clean or len(program.body.items) != 1:
        return None
    node = program.body.items[0][1]
    if not isinstance(node, Simple) or node.assignments or node.redirects or not node.words:
        return None
    words = [word.literal for word in node.words]
    bare = [word for word in node.words if (text := word.bare) and any(char in text for char in "*?[{~")]
    return None if bare or any(word is None for word in words) else tuple(word or "" for word in words)


def decide(
    assessment: Assessment,
    policy: Policy,
    folder: str | None = None,
    now: float = 0.0,
    floor: Action = Action.ALLOW,
    dialect: str = "bash",
    person: bool = False,
) -> Ruling:
    """Return what is to be done about the assessment.

    `now` is in seconds since the epoch; `floor` is what the user's rules ask for; `person`: somebody at a terminal of
    their own typed it, who may do with their Caro as they like.
    """
    mode = policy.mode_in(folder)
    if mode == "off":
        return Ruling(floor, "your own rule" if floor else "mode off")
    action = MATRIX[mode][_level_for_a_person(assessment) if person else assessment.level]
    decided = f"mode {mode}"
    entry = _allowed(assessment, policy, folder, now, dialect)
    if entry is not None and never_allowed(assessment):
        decided = "an allow entry would cover it, but this can't be allowed"
    elif entry is not None:
        required = policy.required_in(folder)
        kept = MATRIX[required][assessment.level] if policy.required else Action.ALLOW
        decided = f"allow entry {entry.id or entry.reason}"
        if kept:
            decided = f"mode {required}, which a policy requires without exceptions"
        action = min(action, kept)
    if floor > action:
        action, decided = floor, "your own rule"
    return Ruling(action, decided)


def touches_caro(assessment: Assessment) -> bool:
    """True if Caro's own switches, files or processes are what makes it high."""
    return any(finding.score >= 50 and "own" in finding.effect.facts for finding in assessment.findings)


def _level_for_a_person(assessment: Assessment) -> Level:
    """To switch Caro off as the pages say is nothing to ask about, to delete Caro's files is a question, the rest is
    what it was."""
    levels = [Level.MODERATE if assessment.problems else Level.LOW]
    for finding in assessment.findings:
        level = Level.of(finding.score)
        if "own" in finding.effect.facts:
            facts = finding.effect.facts
            theirs = finding.effect.program == "caro" or "agent_switch" in facts
            # A script, and any text that another program runs, is not what the person typed.
            theirs = theirs or ("off_switch" in facts and not finding.effect.via)
            level = Level.LOW if theirs else min(level, Level.HIGH)
        levels.append(level)
    return max(levels)


def _allowed(
    assessment: Assessment, policy: Policy, folder: str | None, now: float, dialect: str
) -> AllowEntry | None:
    if not policy.allow or assessment.level == Level.LOW:
        return None
    argv = assessment.argv or argv_of(assessment.command, dialect)
    if argv is None:
        return None
    return next((entry for entry in policy.allow if entry.covers(argv, folder, now)), None)


def never_allowed(assessment: Assessment) -> bool:
    """True if the assessment holds an effect of the never-overridable list at high or above."""
    for finding in assessment.findings:
        scopes = NEVER_ALLOWED.get(finding.effect.name)
        if scopes is not None and finding.score >= 50 and (not scopes or finding.effect.scope in scopes):
            own = finding.effect.name != "tamper_audit" or "own" in finding.effect.facts
            if own:
                return True
    return False
