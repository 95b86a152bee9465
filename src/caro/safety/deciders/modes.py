"""chmod(1): who may read, write, run, and the set-user-ID bit (POSIX chmod; GNU coreutils, "File permissions")."""

from __future__ import annotations

import re

from caro.safety import targets
from caro.safety.call import Call, decider
from caro.safety.effects import Effect
from caro.safety.streams import EMPTY, Stream
from caro.safety.values import Arg
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
            setgid_folder = re.fullmatch(r"2\d{3}|g\+s", mode) is not None and call.scope(path) not in (
                "system_part",
                "system",
            )
            if not setgid_folder:
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
    if re.fullmatch(r"0?0?000|a?-rwx|a=|-rwx|ugo-rwx|a-[rwx]+|[-]x|0|a-x|-r", mode):
        facts.add("locks_out")
    opens = re.fullmatch(r"[0-7]*[0-7]?[4-7]|[0-7]*[4-7][0-7]", mode) or re.search(
        r"(^|,)([ugo]*[goa][ugo]*|)\+", mode
    )
    for path in paths:
        full = targets.resolve(path, call.state.cwd)
        kept = targets.holds_secret(full) or targets.is_login_file(full)
        exposed = (
            opens and kept and ("world_writable" in facts or targets.holds_secret(full)) and "+x" not in mode
        )
        own = frozenset(facts | {"exposes"}) if exposed else frozenset(facts)
        call.emit(Effect("change_permissions", call.name, facts=own), [path])
    return EMPTY


_SETUID_PROGRAMS = frozenset("sudo su passwd mount umount newgrp chsh chfn gpasswd pkexec ping doas".split())


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
