"""chmod(1): who may read, write, run, and the set-user-ID bit (POSIX chmod; GNU coreutils, "File permissions")."""

from __future__ import annotations

import re

from caro.parse.pattern import pattern
from caro.safety import targets
from caro.safety.call import Call, decider
from caro.safety.effects import Effect
from caro.safety.streams import EMPTY, Stream
from caro.safety.values import HOME, Arg
from caro.safety.wrappers import SHELLS


def is_setuid(mode: str) -> bool:
    """A mode that sets the set-user-ID or set-group-ID bit (chmod(1))."""
    if mode.isdigit():
        return len(mode) >= 4 and mode[-4] in "2467" and set(mode) <= set("01234567")
    return bool(re.search(r"(^|,)[ugoa]*[+=][rwxX]*s", mode))


@decider("chmod")
def chmod(call: Call) -> Stream | None:
    """Judge chmod(1) (POSIX chmod): modes in octal and in symbols, --reference of GNU coreutils."""
    words = [
        word for word in call.argv[1:] if not re.fullmatch(r"--?[A-Za-z][\w-]*(=.*)?", word) or is_mode(word)
    ]
    if (model := call.arguments.value("--reference")) is not None:
        return _chmod_like(call, model)
    if len(words) < 2:
        return EMPTY
    mode, paths = words[0], words[1:]
    facts: set[str] = set()
    if call.arguments.has("-R", "--recursive"):
        facts.add("recursive")
    if is_setuid(mode):
        for path in paths:
            name = path.rsplit("/", 1)[-1]
            setgid_folder = re.fullmatch(r"2\d{3}|g\+s", mode) is not None and (
                call.scope(path) not in ("system_part", "system") or _of_service(path)
            )
            usual = name in _SETUID_PROGRAMS and call.scope(path) in ("system_part", "vital")
            if not setgid_folder and not (usual and re.fullmatch(r"u?\+s|4755|4711", mode)):
                call.effect(
                    "gain_privilege",
                    path,
                    call.scope(path),
                    "setuid",
                    *(("shell",) if name in SHELLS else ()),
                )
        return EMPTY
    if re.fullmatch(r"0?[0-7]?[0-7][0-7][2367]", mode) or (
        re.search(r"(^|,)(o|a|ugo|go|ogu|uo)?[ugo]*[+=][rxX]*w", mode)
        and re.search(r"(^|,)([ugoa]*[oa][ugoa]*|)[+=][rxX]*w", mode)
        and not mode.startswith("+")
    ):
        facts.add("world_writable")
    sticky = re.fullmatch(r"0?1[0-7]{3}|a?[+=]rwxt", mode) is not None
    if sticky:
        facts.discard("world_writable")  # each deletes only what is theirs, as in /tmp
    if re.fullmatch(r"0?0?000|a?-rwx|a=|-rwx|ugo-rwx|a-[rwx]+|[-]x|0|a-x|-r", mode):
        facts.add("locks_out")
    opens = re.fullmatch(r"[0-7]*[0-7]?[4-7]|[0-7]*[4-7][0-7]", mode) or re.search(
        r"(^|,)([ugo]*[goa][ugo]*|)\+", mode
    )
    harmless = bool(re.fullmatch(r"a?\+[xX]", mode))
    secret = any(targets.holds_secret(targets.resolve(path, call.state.cwd)) for path in paths)
    if _ADDS_RIGHTS.fullmatch(mode) and "world_writable" not in facts and not secret:
        facts.add("adds_rights")
    for path in paths:
        full = targets.resolve(path, call.state.cwd)
        if _only_tightens(call, mode, path, full):
            continue
        kept = targets.holds_secret(full) or targets.is_login_file(full)
        exposed = (
            opens and kept and ("world_writable" in facts or targets.holds_secret(full)) and "+x" not in mode
        )
        own = frozenset(facts | {"exposes"}) if exposed else frozenset(facts)
        base = 0 if harmless and "recursive" in facts else None
        if ("adds_rights" in facts or sticky) and _ADDED_FOLDERS.match(full):
            base = 15
        elif (
            sticky
            or (re.fullmatch("0?700", mode) and call.scope(path).startswith("home"))
            or (_KEPT_APART.fullmatch(mode) and not secret and not full.startswith(HOME))
        ):
            base = 0
        elif "locks_out" not in facts and call.state.names_folder(full):
            base = 10
        elif "locks_out" not in facts and _FILLED.search(full):
            base = 20
        elif "locks_out" not in facts and "recursive" in facts and targets.is_of_image(full):
            base = 30
        call.emit(Effect("change_permissions", call.name, facts=own, base=base), [path])
    return EMPTY


_ADDS_RIGHTS = pattern(
    r"g=u|g\+[rwxX]+|(a|go|ugo|o)?\+(rX|rx|xr|Xr|r|x|X)|0?755|u=rwX,(g|go)=(rX|u)(,o=(rX|r)?)?"
)
"""Modes that take nothing away but from others, and let nobody but the group write."""


_KEPT_APART = pattern(
    r"([ug]+\+[rwX]+|g=u|[go]+-[rwxX]+|u=rwX)(,([ug]+\+[rwX]+|g=u|[go]+-[rwxX]+|[go]+=(rX)?))*"
)
"""Modes that give the owner and the group more, and others nothing."""

_FILLED = pattern(
    r"^/(var/)?run/.|^/(var/www|srv|opt|usr/src|usr/share/nginx|app)/(.+/)?(storage|cache|uploads?|tmp|temp|logs?|runtime|sessions?|media|work)(/|$)"
)
"""Folders of an application that its own process fills."""

_ADDED_FOLDERS = pattern(r"/(opt|srv|usr/local|var/www|var/(lib|cache|log|run)/[^/]+|run/[^/]+)(/|$)")
"""Folders for what administrators add, and of single services: no program there loses a set-user-ID bit."""


def _of_service(path: str) -> bool:
    """True if the path is a folder in which services keep what they make, none of programs."""
    return bool(
        re.match(r"/(var/)?run/.|/var/(lib|cache|spool|log|www)/.|/srv/.|/opt/[^/]+/(data|var)\b", path)
    )


_EVERYDAY = frozenset("home_part home_data home_data_part part sources artefact wildcard project".split())


def _only_tightens(call: Call, mode: str, path: Arg, full: str) -> bool:
    """True if a mode only takes something from others, in a folder of one's own; or is that of sudoers(5)."""
    if targets.grants_privilege(full):
        return bool(re.fullmatch(r"0?4[04]0", mode)) and full.startswith("/etc/sudoers")
    return bool(re.fullmatch(r"([go]+-[rwx]+)(,[go]+-[rwx]+)*", mode)) and call.scope(path) in _EVERYDAY


_SETUID_PROGRAMS = frozenset(
    (
        "sudo su passwd mount umount newgrp chsh chfn gpasswd pkexec ping ping6 doas newuidmap newgidmap fusermount"
        " fusermount3 bwrap chage traceroute dumpcap crontab expiry"
    ).split()
)


def _chmod_like(call: Call, model: Arg) -> Stream:
    """chmod --reference=FILE: the mode of a program that has the set-user-ID bit, or any over a whole tree."""
    if model.rsplit("/", 1)[-1] in _SETUID_PROGRAMS:
        call.effect("gain_privilege", " ".join(call.arguments.positional), "", "setuid")
    elif call.arguments.has("-R", "--recursive"):
        call.emit(
            Effect("change_permissions", call.name, facts=frozenset({"recursive"})), call.arguments.positional
        )
    return EMPTY


def is_mode(word: str) -> bool:
    return bool(re.fullmatch(r"-[rwxXst]+", word)) and word not in ("-R",)
