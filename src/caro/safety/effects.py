"""What a command does to the world: the closed list of effects, and one found effect."""

from __future__ import annotations

from dataclasses import dataclass, field

EFFECTS: dict[str, str] = {
    "delete": "deletes files",
    "overwrite": "replaces what a file holds",
    "write_device": "writes over a disk or a volume",
    "change_permissions": "changes who may read, write or run files",
    "change_owner": "gives files to another owner",
    "gain_privilege": "gives somebody rights they did not have",
    "execute_remote_code": "runs code that comes from somewhere else",
    "open_reverse_shell": "lets another machine command this one",
    "send_data": "sends private data elsewhere",
    "read_credential": "reads a secret",
    "persist": "changes what will run later, or who gets in",
    "tamper_audit": "removes or silences records of what happened",
    "exhaust": "uses up the machine, or ends every process",
    "lose_git_work": "throws away work that git held, here",
    "lose_git_remote": "throws away work that others hold in a remote repository",
    "destroy_data": "deletes or rewrites data in a database",
    "destroy_resource": "deletes something in a service, cloud or cluster",
    "disrupt_service": "stops or changes something that others use",
    "break_boot": "can keep the machine from starting or running",
    "cut_network": "cuts the network or opens it wide",
    "lower_defence": "switches a protection off",
    "install_untrusted": "installs software that nobody vouches for",
    "remove_software": "removes software that may be needed",
    "obscure": "hides what it runs",
    "unreadable": "can't be read in full",
}


Place = tuple[tuple[str, ...], ...]
"""Where a command runs, outermost first: the words before it that lead there (`docker exec db`, `sudo -u me`)."""
ELSEWHERE: Place = ((),)
"""A place that no other command can be sent to in the same way."""


@dataclass(slots=True)
class Effect:
    """`scope` is a class of places (`targets.py`), `facts` are words that rules ask about."""

    name: str
    program: str = ""
    argv: tuple[str, ...] = ()
    target: str = ""
    scope: str = ""
    facts: frozenset[str] = frozenset()
    via: tuple[str, ...] = ()
    base: int | None = None
    why: str = ""
    instead: str = ""
    obscured: tuple[str, ...] = ()
    place: Place = ()
    extra: dict[str, str] = field(default_factory=dict)
