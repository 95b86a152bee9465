"""find(1) and fd(1): what they find goes to -delete, -exec and their like."""

from __future__ import annotations

import re
from itertools import pairwise

from caro.parse.pattern import pattern
from caro.safety import targets
from caro.safety.arguments import parse_arguments
from caro.safety.call import Call, decider
from caro.safety.effects import Effect
from caro.safety.flows import flow
from caro.safety.found_paths import before, found_below, narrowing
from caro.safety.own_places import DESTROYERS, IN_PLACE, READERS, note_found
from caro.safety.streams import EMPTY, Stream
from caro.safety.values import HOME, Arg, arg

_WORK = pattern(
    r"^\*\.(py|[jt]sx?|mjs|go|rs|java|kt|c|cc|cpp|h|hpp|cs|rb|php|swift|sql|tex|ipynb|docx?|xlsx?|odt)$"
)
"""Names of what people write themselves; no program makes them again."""


_RUNS = ("-exec", "-execdir", "-ok", "-okdir")


@decider("find")
def find(call: Call) -> Stream | None:
    """Judge find(1) (POSIX find, GNU findutils): -delete, -exec, -ok; tests before them narrow what is found."""
    words = call.argv[1:]
    roots = []
    at = 0
    while at < len(words) and words[at] in ("-H", "-L", "-P", "-O3", "-D"):
        at += 1
    while at < len(words) and not words[at].startswith(("-", "(", "!", ")")):
        roots.append(words[at])
        at += 1
    roots = roots or [arg(".")]
    tests = words[at:]
    _hunt(call, roots, narrowing(tests)[0])
    runs = [str(after) for test, after in pairwise(tests) if test in _RUNS]
    if "-delete" in tests or any(
        name.rsplit("/", 1)[-1] not in READERS - DESTROYERS - IN_PLACE for name in runs
    ):
        note_found(call, roots, tests)
    for index, word in enumerate(tests):
        if word not in _ACTIONS or (index and tests[index - 1] in _VALUED):
            continue
        held = before(tests, index)
        narrowed, kind = narrowing(held)
        found = [found_below(root, narrowed, kind) for root in roots]
        if word == "-delete":
            facts = {"recursive", "found"} | ({"narrowed"} if narrowed else set())
            if _WORK.search(narrowed) and not kind and any(root in (".", "./", "..", "*") for root in roots):
                found, facts = [found_below(root, "", "") for root in roots], {"recursive", "found"}
            if any(word in ("-mtime", "-atime", "-ctime") for word in held):
                facts.add("aged")
            if "-empty" in held:
                facts.add("empty_only")
            elif kind and narrowed == kind:  # by size or age alone: of whatever a person keeps
                found = [found_below(root, "" if root == HOME else narrowed, kind) for root in roots]
            call.emit(Effect("delete", "find", facts=frozenset(facts)), found)
        elif word in ("-exec", "-execdir", "-ok", "-okdir"):
            _find_exec(
                call, tests[index + 1 :], found, frozenset({"found", "narrowed"} if narrowed else {"found"})
            )
        elif word in ("-fprint", "-fls", "-fprintf") and index + 1 < len(tests):
            call.write(tests[index + 1])
    return flow(call)


_VALUED = frozenset(
    {"-name", "-iname", "-path", "-ipath", "-wholename", "-regex", "-iregex", "-user", "-group", "-newer"}
)
_ACTIONS = frozenset({"-delete", "-exec", "-execdir", "-ok", "-okdir", "-fprint", "-fls", "-fprintf"})


def _hunt(call: Call, roots: list[Arg], name: str) -> None:
    """A search for keys over the whole disk or home folder."""
    wide = [root for root in roots if call.scope(root) in ("root", "home") and root[:1] in ("/", HOME)]
    if (
        wide
        and name
        and (
            targets.holds_secret("/x/" + name)
            or re.search(r"id_rsa|id_ed|\.kdbx|wallet|credential|passw", name)
        )
    ):
        call.emit(Effect("read_credential", "find", facts=frozenset({"hunt"})), wide[:1])


def _find_exec(call: Call, rest: list[Arg], found: list[Arg], facts: frozenset[str]) -> None:
    command: list[Arg] = []
    for word in rest:
        if word in (";", "+", "\\;"):
            break
        command.append(word)
    for path in found[:4]:
        words = []
        for word in command:
            if "{}" in word:
                value = arg(word.replace("{}", path), glob=True)
                words.append(value)
            else:
                words.append(word)
        call.run_argv(words, "find -exec", facts, stdin=EMPTY)


@decider("fd")
def fd(call: Call) -> Stream | None:
    """Judge fd(1): -x and -X run a command on what is found."""
    for mark in ("-x", "-X", "--exec", "--exec-batch"):
        if mark in call.argv:
            at = call.argv.index(arg(mark))
            operands = parse_arguments(
                call.argv[:at], frozenset({"-e", "--extension", "-t", "-E", "-d", "-S"})
            ).positional
            root = operands[1] if len(operands) > 1 else arg(".")
            narrowed = bool(operands and operands[0] not in (".", "")) or any(
                w.partition("=")[0]
                in ("-e", "--extension", "-g", "--glob", "--changed-before", "--size", "-S")
                for w in call.argv[:at]
            )
            extension = parse_arguments(call.argv[:at], frozenset({"-e", "--extension"})).value(
                "-e", "--extension"
            )
            tail = f"/**/x.{extension}" if extension else "/*/found-by-test" if narrowed else "/*"
            path = arg(root.rstrip("/") + tail, glob=True)
            command = [w for w in call.argv[at + 1 :] if w != ";"]
            if operands and command and str(command[0]) not in READERS - DESTROYERS - IN_PLACE:
                note_found(call, [root], [arg("-name"), operands[0]])
            marked = any("{" in word for word in command)
            words = [arg(path, glob=True) if word in ("{}", "{/}", "{.}") else word for word in command]
            call.run_argv(
                words if marked else [*words, path],
                "fd",
                frozenset({"found", "narrowed"} if narrowed else {"found"}),
                stdin=EMPTY,
            )
    return flow(call)
