"""Commands that hand files to others, and folders that are served: `uploads.toml` lists the commands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from caro.knowledge import Knowledge
from caro.parse.pattern import pattern
from caro.safety import targets
from caro.safety.call import Call, file_stream
from caro.safety.streams import SENDABLE
from caro.safety.values import OPEN, Arg, arg, shown

_REMOTE = pattern(r"\w[\w+.-]+://(?!/)|[\w.@/-]+:(?!//)")
_NAMES_FILE = pattern(r"(?:.*?=)?(?:@|file://|fileb://)(.+)$", re.DOTALL)
_Uploads = dict[str, tuple[tuple[tuple[str, ...], ...], "int | None"]]


def _read(knowledge: Knowledge) -> _Uploads:
    found: _Uploads = {}
    for name, table in knowledge.table("safety/uploads").items():
        entry = (tuple(tuple(verb.split()) for verb in table["verbs"]), table.get("base"))
        for alias in (name, *table.get("same_as", ())):
            found[alias] = entry
    return found


def note_uploads(call: Call) -> None:
    """Record that a secret among the call's files goes to others."""
    known = call.state.knowledge.view(_read).get(call.name)
    if known is None:
        return
    verbs, base = known
    words = list(call.arguments.positional)
    verb = next((verb for verb in verbs if tuple(map(str, words[: len(verb)])) == verb), None)
    if verb is None:
        # `aws --profile x s3 cp`: an option's value may stand before the verb
        verb = next((verb for verb in verbs if verb and _stand_together(verb, call.argv[1:9])), None)
        if verb is None:
            return
    operands = [word for word in words if word not in verb]
    if operands and _REMOTE.match(operands[0]) and not operands[0].startswith("file://"):
        return  # from there to here
    for path in _files(call, verb):
        stream = path.stream or file_stream(path, call.state)
        if OPEN not in path and stream.tags & SENDABLE:
            call.effect("send_data", path, "", "secret", base=base)
            return
    if call.stdin.tags & SENDABLE and call.name not in ("serve", "ngrok", "docker"):
        call.effect("send_data", call.stdin.source, "", "secret", base=base)


def _stand_together(verb: tuple[str, ...], words: list[Arg]) -> bool:
    plain = [str(word) for word in words]
    return any(tuple(plain[at : at + len(verb)]) == verb for at in range(len(plain)))


def _files(call: Call, verb: tuple[str, ...]) -> Iterator[Arg]:
    """The words that may name files: operands, values of options, and what stands behind `@` and `file://`."""
    for word in call.argv[1:]:
        if word in verb:
            continue
        named = _NAMES_FILE.match(word)
        if named:
            yield arg(_expanded(named[1]))
        elif word.startswith("-"):
            _, equals, value = word.partition("=")
            if equals:
                yield arg(_expanded(value))
        elif not _REMOTE.match(word):
            yield word


def _expanded(path: str) -> str:
    return "\ue000" + path[1:] if path.startswith("~/") else path


_SERVERS = pattern(r"(http\.server|SimpleHTTPServer|pyftpdlib|uploadserver|RangeHTTPServer|twisted)$")


_FOLDER_SERVERS = frozenset(
    "serve http-server live-server simple-http-server miniserve darkhttpd webfsd dufs gossa updog static-server"
    " local-web-server sirv goshs".split()
)
"""Programs that serve the folder that they are given, else the one that they stand in."""


def note_served(call: Call) -> None:
    """Record that a folder with secrets is given to whoever asks: `python3 -m http.server`, `php -S`."""
    module = call.arguments.value("-m") if call.name in ("python", "pypy") else None
    if module is not None and _SERVERS.match(module):
        folder = _folder(call.argv, ("-d", "--directory", "-D"))
    elif call.name == "php" and any(word.startswith("-S") for word in call.argv):
        folder = _folder(call.argv, ("-t",))
    elif call.name == "ruby" and "httpd" in call.argv and "-run" in call.argv:
        behind = call.argv[call.argv.index(arg("httpd")) + 1 :]
        folder = next((word for word in behind if word[:1] in ("/", "\ue000", ".")), arg("."))
    elif call.name in _FOLDER_SERVERS:
        folder = next((word for word in call.argv[1:] if word[:1] in ("/", "\ue000", ".")), arg("."))
    elif call.name == "httpd" and (call.arguments.has("-h") or "-h" in call.argv):
        folder = _folder(call.argv, ("-h",))
    else:
        return
    here = targets.resolve(folder, call.state.cwd) if OPEN not in folder else ""
    if here and (targets.scope_of(here) in ("home", "root", "system") or targets.holds_secret(here)):
        call.effect("send_data", shown(here), "", "secret", base=58)


def _folder(argv: list[Arg], options: tuple[str, ...]) -> Arg:
    for at, word in enumerate(argv):
        name, equals, value = word.partition("=")
        if name in options:
            return arg(value) if equals else argv[at + 1] if at + 1 < len(argv) else arg(".")
    return arg(".")
