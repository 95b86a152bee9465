"""Programs that delete or empty files: rm(1), unlink(1), rmdir(1), shred(1), truncate(1); POSIX, GNU coreutils."""

from __future__ import annotations

import re

from caro.parse.pattern import pattern
from caro.safety import targets
from caro.safety.call import Call, decider
from caro.safety.effects import Effect
from caro.safety.programs import facts_of
from caro.safety.score import names_production
from caro.safety.streams import EMPTY, Stream
from caro.safety.values import Arg, arg, shown, unknown


@decider("delete")
def delete(call: Call) -> Stream | None:
    """Judge rm(1), unlink(1), rmdir(1), shred(1), srm(1); a lone file of the project is nobody's loss but its own."""
    facts = facts_of(call.spec, call.arguments)
    if call.arguments.has("-i", "-I", "--interactive") and not call.arguments.has("-f", "--force"):
        facts |= {"asks"}
    if call.name in ONLY_EMPTY:
        facts |= {"empty_only"}
    for index, path in enumerate(dict.fromkeys(call.arguments.positional)):
        if path.stream is not None and "paths" in path.stream.tags:
            _delete_found(call, path, facts)
            continue
        if index > 64 and call.scope(path) in _SMALL_LOSSES:
            continue
        scope = _told_by_name(call, path)
        call.emit(Effect("delete", call.name, facts=facts, scope=scope), [path])
        note_own(call, path)
    return EMPTY


ONLY_EMPTY = frozenset(("rmdir", "zf_rmdir"))
"""Programs that refuse a folder with anything in it."""
_SWAP = pattern(r"^/(swap[\w.-]*|var/swap\w*)$")
_DATABASE = pattern(r"\.(db|sqlite3?|sql|dump|rdb|mdb)(\.(gz|zst|xz|bz2))?$")


def _told_by_name(call: Call, path: Arg) -> str:
    """Return the place of a file that its name makes more than one: swap that fstab(5)
    names, a database of production."""
    full = targets.resolve(path, call.state.cwd)
    if _SWAP.match(full):
        return "vital"
    if _DATABASE.search(full) and names_production(full) and targets.scope_of(full) != "temp":
        return "home_data"
    return ""


_SMALL_LOSSES = frozenset({"part", "artefact", "temp", "cache", "none", "wildcard"})


def _delete_found(call: Call, path: Arg, facts: frozenset[str]) -> None:
    stream = path.stream
    assert stream is not None
    for root in stream.paths or (".",):
        tail = "/*" if "narrowed" not in stream.tags else "/" + unknown("found")
        tail = "" if "exact" in stream.tags else tail
        call.emit(
            Effect("delete", call.name, facts=facts | {"found"}), [arg(root.rstrip("/") + tail, glob=True)]
        )


def note_own(call: Call, path: Arg) -> None:
    full = targets.resolve(path, call.state.cwd)
    scope = call.scope(path)
    if scope == "history" or scope == "log":
        call.effect("tamper_audit", path, scope)
    elif targets.is_own(full, call.state.world.own_files):
        call.effect("tamper_audit", path, scope, "own")


_REPLACEABLE = ("/usr/", "/opt/", "/bin/", "/etc/", "/var/www/", "/app/", "/code/", "/workspace/", "/site/")


def note_replaced(call: Call, path: Arg | str, inside: bool = False) -> None:
    """What the line deleted before, and now puts back under the same name (`inside`: below it), was only replaced."""
    full = shown(targets.resolve(path, call.state.cwd))
    if not f"{full}/".startswith(_REPLACEABLE):
        return
    for effect in call.state.findings.effects:
        gone = effect.target.rstrip("/")
        if effect.name == "delete" and (gone == full or (inside and gone.rpartition("/")[0] == full)):
            effect.facts |= {"put_back"}


@decider("truncate")
def truncate(call: Call) -> Stream | None:
    """Judge truncate(1) (GNU coreutils): size 0 empties a file, another size cuts it."""
    size = call.arguments.value("-s", "--size")
    if size is not None and re.fullmatch(r"[<=]?0[A-Za-z]*", size):
        emptied = [path for path in call.arguments.positional if not targets.is_made_again(path)]
        call.emit(Effect("overwrite", call.name, facts=frozenset({"empty", "explicit"})), emptied)
        for path in emptied:
            note_own(call, path)
    elif size is not None and not size.startswith("+"):
        call.emit(
            Effect("overwrite", call.name, facts=frozenset({"resize"})),
            [
                p
                for p in call.arguments.positional
                if call.scope(p) in ("system", "system_part", "device", "log", "boot")
            ],
        )
    return EMPTY
