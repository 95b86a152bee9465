"""What a request says around its core: `… and save it in the variable x`, `… into the file f`, `as root`."""

# ruff: noqa: E501 - patterns and tables stay in one piece

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from caro.parse.pattern import pattern

_NAME = r"[\"'`‘“*$]*(?P<name>[A-Za-z_]\w*)[\"'`’”*]*"
_OTHER = _NAME.replace("<name>", "<other>")
_SHELL = r"(?:(?:the|an?)\s+)?(?:bash\s+|shell\s+|environment\s+|new\s+|array\s+)*"
_RESULT = r"(?:(?:the|its|their|this|all)\s+)?(?:result\w*|output|list\w*|it|them|these|that|those|value|path\w*(?:\s+(?:to|of)\s+(?:it|that))?|content\w*)"
_VARIABLE = (
    pattern(
        rf"[,;]?\s*(?:and\s+|then\s+)*(?:saves?|stores?|assigns?|puts?|sets?|captures?|keeps?)\s+{_RESULT}\s+(?:in|into|to|as)\s+"
        rf"{_SHELL}(?:variable\s+{_NAME}|{_OTHER}\s+(?:bash\s+|shell\s+)?variable)[^.]*\.?\s*$",
        re.I,
    ),
    pattern(
        rf"^(?:saves?|stores?|assigns?|puts?|captures?)\s+(?P<core>.+?)\s+(?:in|into|to|as)\s+"
        rf"{_SHELL}(?:variable\s+{_NAME}|{_OTHER}\s+(?:bash\s+|shell\s+)?variable)\.?\s*$",
        re.I,
    ),
    pattern(
        rf"^(?:sets?|assigns?)\s+{_SHELL}variable\s+{_NAME}\s+to\s+(?P<core>(?:the\s+)\S.+|(?!(?:an?|the|its)\s)[a-z]\S*\s+[a-z].+)$",
        re.I,
    ),
)
_FILE = pattern(
    rf"[,;]?\s*(?:and\s+|then\s+)*(?:saves?|stores?|writes?|redirects?|outputs?|puts?|sends?|prints?|appends?)\s+{_RESULT}\s+"
    r"(?:in|into|to)\s+(?:the\s+)?(?:a\s+)?(?:file\s+)?(?:called\s+|named\s+)?[\"'`‘“]?(?P<file>[\w./~$-]*[./][\w./$-]*\w|\w+(?=[\"'`]?\s*$))[\"'`’”]?\s*(?:file)?[.]?\s*$",
    re.I,
)
_WRITES = ("save", "store", "write", "redirect", "output", "put", "send", "print", "append")
_ROOT = pattern(
    r"\s*,?\s*\b(?:as\s+root|as\s+(?:the\s+)?superuser|with\s+(?:root|sudo|superuser)(?:\s+\w+)?|using\s+sudo)\b",
    re.I,
)


_LOGS_IN = pattern(r"\b(?:ssh|log ?in|connect|scp|rsync|mysql|psql|database)\b")
"""`as root` is the user there."""
_SERVER = pattern(
    r"\s+(?:on|at)\s+(?:the\s+|my\s+)?(?:remote\s+)?(?:server|host|machine)\s+(?:called\s+|named\s+)?"
    r"(?P<host>(?:[\w.-]+@)?\w[\w.-]*\w)\s*[.?!]?\s*$"
    r"|\s+on\s+(?P<address>[\w.-]+@\w[\w.-]*\w|\d{1,3}(?:\.\d{1,3}){3})\s*[.?!]?\s*$",
    re.I,
)
_NAMESPACE = pattern(
    r"\bin\s+(?:the\s+)?(?:(?:namespace|ns)\s+(?:called\s+|named\s+)?['\"]?(?P<name>[a-z0-9][\w-]*)|(?P<other>[a-z0-9][\w-]*)\s+namespace)\b",
    re.I,
)
_OF_CLUSTER = pattern(r"(?:kubectl|helm) ")


@dataclass(frozen=True)
class There:
    """A request without the server that it is for."""

    words: str
    host: str

    def wrapped(self, command: str) -> str:
        """Return the command as it is run on that server."""
        return f"ssh {self.host} {shlex.quote(command)}"


def on_server(words: str) -> There | None:
    """Return what is to be done on a server that the request ends with; None: it names none."""
    match = _SERVER.search(words)
    return There(words[: match.start()], match["host"] or match["address"]) if match else None


def in_namespace(command: str, words: str) -> str:
    """Return a command of a cluster's tool with the namespace that the words name."""
    match = _NAMESPACE.search(words) if _OF_CLUSTER.match(command) else None
    if match is None or re.search(
        r"\s(?:-n|--namespace|-A|--all-namespaces)\b|\b(?:ns|namespaces?)\b|[|;&]", command
    ):
        return command
    name = match["name"] or match["other"]
    tool, _, rest = command.partition(" -- ")
    return f"{tool} -n {name}" + (f" -- {rest}" if rest else "")


_USER = pattern(
    r"\bas\s+(?:the\s+)?(?:user\s+)?['\"]?(?!(?:user|an?|the|well|soon|far|if)\b)(?P<name>[a-z_][\w-]*)\b(?!\.\w)",
    re.I,
)
_REMOTE = pattern(
    r"(?P<tool>(?:sudo )?(?:ssh|sftp|mosh)\b(?:\s+-[A-Za-z]\s+(?:'[^']*'|\S+)|\s+-[A-Za-z]+)*\s+)(?P<host>[\w.-]+)"
)


def as_user(command: str, words: str) -> str:
    """Return a login to another machine with the user that the words name: `as bob`."""
    remote = _REMOTE.match(command)
    named = _USER.search(words) if remote else None
    if remote is None or named is None or "@" in command or named["name"] == remote["host"]:
        return command
    return f"{remote['tool']}{named['name']}@{command[remote.start('host') :]}"


@dataclass(frozen=True)
class Core:
    """A request without what surrounds it, and that as the texts before and behind the command."""

    words: str
    before: str = ""
    behind: str = ""


def core_of(words: str) -> Core:
    """Return the core of a request; the request itself where nothing surrounds it."""
    said = words.lower()
    for form in _VARIABLE if "variable" in said else ():
        match = form.search(words)
        if match:
            groups = match.groupdict()
            core, name = (
                groups.get("core") or words[: match.start()],
                groups.get("name") or groups.get("other"),
            )
            return Core(core, f"{name}=$(", ")") if name and core.strip() else Core(words)
    match = _FILE.search(words) if any(verb in said for verb in _WRITES) else None
    if match and len(words[: match.start()].split()) > 2:
        mark = ">>" if "append" in match.group().lower() else ">"
        return Core(words[: match.start()], "", f" {mark} {shlex.quote(match['file'])}")
    match = _ROOT.search(words) if any(name in said for name in ("root", "superuser", "sudo")) else None
    if match and _LOGS_IN.search(said):
        return Core(words)
    if match:
        return Core(words[: match.start()] + words[match.end() :], "sudo ")
    return Core(words)


def wrapped(command: str, core: Core) -> str:
    """Return the command with what surrounds it; no second sudo, and none for a builtin."""
    if core.before == "sudo ":
        return command if command.startswith(("sudo ", "cd ", "export ")) else f"sudo {command}"
    return f"{core.before}{command}{core.behind}"
