"""Programs that print or search files (cat, grep and their kind): a secret among them is read."""

from __future__ import annotations

import re

from caro.parse.pattern import pattern
from caro.safety import targets
from caro.safety.call import Call, decider
from caro.safety.effects import Effect
from caro.safety.streams import Stream
from caro.safety.values import HOME, OPEN, Arg


@decider("read")
def read(call: Call) -> Stream | None:
    """Judge programs that print files (POSIX cat(1), head(1), od(1) …): a secret among them is read."""
    for path in call.arguments.positional:
        if path.stream is None and OPEN not in path and _is_secret(call, path):
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
    wide = [
        path for path in files if call.scope(path) in ("root", "home", "system") and path[:1] in ("/", HOME)
    ]
    deep = call.arguments.has("-r", "-R", "--recursive", "-rn", "-ri") or call.name in ("rg", "ag", "ack")
    if wide and deep and _HUNTED.search(pattern):
        call.emit(Effect("read_credential", call.name, facts=frozenset({"hunt"})), wide)
    return None


_HUNTED = pattern(r"passw|secret|api_?-?key|AKIA|PRIVATE KEY|token|credential", re.IGNORECASE)


def read_secret(call: Call, files: list[Arg]) -> None:
    for path in files:
        if path.stream is None and OPEN not in path and _is_secret(call, path):
            call.emit(Effect("read_credential", call.name), [path])
