"""The words that rules and programs may use: places and facts, as what ships knows them."""

from __future__ import annotations

from collections.abc import Iterator

from caro.knowledge import Knowledge

TARGETS = frozenset(("rest", "all", "first", "after-first", "last", "none"))
"""Which arguments an effect lands on; `option:NAMES` and `key:NAMES` beside them."""

CODE_FACTS = frozenset(
    "append audit collection container container_escape copied created_here cron crontab daemon database deferred"
    " delete disguised_host download empty firewall fork_bomb forward from_temp group hook ignored index interface"
    " kernel_module kexec kill_all kill_shell lockout log no_password off_switch password power published redis reflog"
    " remote remount resize root service stash stop sysctl table tag timestamps to_root token truncate uid0 unit"
    " unpacks_over_root unsigned update url wildcard".split()
)
"""What code alone finds of an effect (deciders, wrappers, code calls), beside what data says."""


def is_target(name: str) -> bool:
    """True if `name` says which arguments an effect lands on."""
    return name in TARGETS or name.startswith(("option:", "key:"))


def scopes(knowledge: Knowledge) -> frozenset[str]:
    """Return the classes of places that an effect can land in: those with points, or with a rule."""
    return knowledge.view(_scopes)


def _scopes(knowledge: Knowledge) -> frozenset[str]:
    return frozenset(knowledge.table("safety/score")["scope"]) | {
        scope
        for document in knowledge.documents("safety/rules")
        for rule in document.table["rule"]
        for scope in rule.get("scope", ())
    }


def facts(knowledge: Knowledge) -> frozenset[str]:
    """Return the facts that what ships asks about, gives points for, or finds in options."""
    return knowledge.view(_facts)


def _facts(knowledge: Knowledge) -> frozenset[str]:
    return CODE_FACTS | frozenset(knowledge.table("safety/score")["facts"]) | frozenset(_named(knowledge))


def _named(knowledge: Knowledge) -> Iterator[str]:
    for document in knowledge.documents("safety/rules"):
        for rule in document.table["rule"]:
            for key in ("facts", "any", "without"):
                yield from rule.get(key, ())
    for document in knowledge.documents("safety/programs"):
        for program in document.table.values():
            yield from program.get("facts", {})
            for effect in program.get("effects", ()):
                yield from effect.get("facts", ())
