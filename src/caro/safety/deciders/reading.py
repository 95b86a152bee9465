"""Programs that print or search files (cat, grep and their kind): a secret among them is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from caro.parse.pattern import pattern
from caro.safety import targets
from caro.safety.call import Call, decider
from caro.safety.effects import Effect
from caro.safety.streams import Stream
from caro.safety.values import HOME, OPEN, Arg


@decider("read")
def read(call: Call) -> Stream | None:
    """Judge programs that print files (POSIX cat(1), head(1), od(1) …): a secret among them is read."""
    quiet = hides_values(tuple(map(str, call.argv)))
    for path in call.arguments.positional:
        if path.stream is None and OPEN not in path and _is_secret(call, path) and not _hidden(path, quiet):
            call.emit(Effect("read_credential", call.name), [path])
        if call.name in ("sort", "tail", "tac") and path in ("/dev/zero", "/dev/urandom"):
            call.effect("exhaust", path, "", "fills_disk")
    return None


_OFTEN_HARMLESS = pattern(
    r"\.tfstate$|/etc/sudoers$|^(\.|\w).*\.npmrc$|\.aws/config$|^[^/\ue000]*(secrets?|credentials)(\.\w+)?$|\.(docker|azure|kube|gnupg|ssh|aws)$"
    r"|^\.npmrc$|\.ssh/config$"
)


def _is_secret(call: Call, path: Arg) -> bool:
    full = targets.resolve(path, call.state.cwd)
    return targets.holds_secret(full) and not _OFTEN_HARMLESS.search(full)


@decider("search")
def search(call: Call) -> Stream | None:
    """Judge grep(1) and its kind: secrets among the files, or a hunt for passwords over a whole home folder or disk."""
    given = call.arguments.has("-e", "-f", "--regexp", "--file")
    operands = call.arguments.positional
    files = operands if given else operands[1:]
    read_secret(call, files)
    pattern = str(call.arguments.value("-e", "--regexp") or (operands[0] if operands else ""))
    if "environment" in call.stdin.tags and _HUNTED.search(pattern) and not hides_values(call.argv):
        call.emit(Effect("read_credential", call.name, scope="computed"), ["the environment"])
    wide = [
        path for path in files if call.scope(path) in ("root", "home", "system") and path[:1] in ("/", HOME)
    ]
    deep = call.arguments.has("-r", "-R", "--recursive", "-rn", "-ri") or call.name in ("rg", "ag", "ack")
    if wide and deep and _HUNTED.search(pattern):
        call.emit(Effect("read_credential", call.name, facts=frozenset({"hunt"})), wide)
    return None


_HUNTED = pattern(r"passw|secret|api_?-?key|AKIA|PRIVATE KEY|token|credential", re.IGNORECASE)


def read_secret(call: Call, files: list[Arg]) -> None:
    """Record each secret among files that are printed, where the program's words let its values be seen."""
    quiet = hides_values(call.argv)
    for path in files:
        if path.stream is None and OPEN not in path and _is_secret(call, path) and not _hidden(path, quiet):
            call.emit(Effect("read_credential", call.name), [path])


_SETTINGS = pattern(
    r"(^|/)\.?[\w-]*env(\.[\w-]+)*$|(^|/)\.(npmrc|pypirc)$|\.(ini|toml|ya?ml|json|properties)$|/credentials$"
)
"""Files of lines `NAME=value`: what stands before the sign is no secret."""
_COUNTS = frozenset("wc md5sum sha1sum sha256sum sha512sum b2sum cksum shasum stat file".split())
_QUIET_GREP = pattern(r"-[a-zA-Z]*[cqlL][a-zA-Z]*|--(count|quiet|silent|files-with(out)?-match(es)?)")


def hides_values(words: Sequence[str]) -> str:
    """Return "all" if a program's words let nothing of what it reads be seen but numbers and file names, "values" if
    of lines `NAME=value` only the names, else ""."""
    name, rest = (words[0].rsplit("/", 1)[-1], words[1:]) if words else ("", ())
    if name in _COUNTS or (
        name in ("grep", "egrep", "fgrep", "rg") and any(map(_QUIET_GREP.fullmatch, rest))
    ):
        return "all"
    text = " ".join(rest)
    if name == "cut":
        return "values" if _FIRST_FIELD.search(text) and _AT_SIGN.search(text) else ""
    shows_names = _NAMES_ONLY.get(name)
    return "values" if shows_names is not None and any(map(shows_names.fullmatch, rest)) else ""


_AT_SIGN = pattern(r"(^|\s)(-d|--delimiter)[= ]?=?['\"]?[=:]")
_FIRST_FIELD = pattern(r"(^|\s)(-f|--fields)[= ]?1(\s|$)")
_NAMES_ONLY = {
    "sed": pattern(r"s([/|#,])\\?[=:]\.[*+]\$?\1[^&\\]*\1g?p?"),
    "awk": pattern(r"\{\s*print\s*\$1\s*;?\s*\}"),
    "gawk": pattern(r"\{\s*print\s*\$1\s*;?\s*\}"),
}


def _hidden(path: str, quiet: str) -> bool:
    return quiet == "all" or (quiet == "values" and bool(_SETTINGS.search(path)))


def without_hidden(effects: list[Effect], before: int, later: Iterable[Sequence[str]]) -> None:
    """Take what earlier commands of a pipeline read out of `effects` (from index `before` on), where a later one of
    them (their words) lets none of it through."""
    quiet = max((hides_values(words) for words in later), default="", key=("", "values", "all").index)
    if quiet:
        effects[before:] = [
            effect
            for effect in effects[before:]
            if effect.name != "read_credential" or not _hidden(effect.target, quiet)
        ]
