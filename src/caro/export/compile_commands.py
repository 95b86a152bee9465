"""A build's record as compile_commands.json, which clangd, clang-tidy and others read.

"JSON Compilation Database Format Specification" (LLVM): an entry for each source file of each compiler's run, with
the folder it ran in and its arguments. The record has to hold the compilers: `caro run --mode deep -- make`, or shims
for them.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from caro.model import Event

_COMPILER = re.compile(
    r"(?!cc1)(?:[\w.+-]+-)?(?:cc|c\+\+|c89|c99|gcc|g\+\+|clang|clang\+\+|clang-cl|icc|icpc|icx|icpx|nvcc|tcc|gfortran|flang)"
    r"(?:-?\d+(?:\.\d+)*)?(?:\.exe)?"
)
_WRAPPERS = frozenset(("ccache", "sccache", "distcc", "icecc"))
_SOURCE = re.compile(
    r".+\.(?:c|C|cc|cp|cxx|cpp|CPP|c\+\+|cppm|ixx|i|ii|m|mm|M|mi|mii|s|S|sx|asm|cu|f|F|for|fpp|f90|F90|f95|f03|f08)"
)
_NO_COMPILATION = frozenset(
    "-E -M -MM -cc1 -cc1as -### --version -v --help -dumpversion -dumpmachine -print-prog-name -fsyntax-only".split()
)
_WITH_VALUE = frozenset(
    "-o -I -D -U -L -l -x -u -z -T -e -A -G -MF -MT -MQ -MJ -include -imacros -isystem -iquote -idirafter -iprefix"
    " -iwithprefix -iwithprefixbefore -isysroot -imultilib -aux-info -wrapper -arch -target --target --param --sysroot"
    " -Xclang -Xpreprocessor -Xlinker -Xassembler -Xarch_host -framework -current_version -compatibility_version"
    " -install_name -mllvm -specs -dumpbase -dumpdir".split()
)

_NOTES = frozenset("-MD -MMD -MP -MG".split())
_NOTES_TO = ("-MF", "-MT", "-MQ", "-MJ")
_NOTES_OF_CPP = ("-Wp,-MD", "-Wp,-MMD")
"""Options that write make's dependencies beside the output: a tool that reads the database must not write those
files anew, and Bear leaves them out too."""


@dataclass
class Build:
    """What was found; `cut` counts the runs whose arguments were too long to be recorded whole, `redacted` those in
    which a secret was hidden."""

    entries: list[dict[str, object]] = field(default_factory=list)
    cut: int = 0
    redacted: int = 0


def compile_commands(events: Iterable[Event]) -> Build:
    """Return the entries in the order in which the compilers ran; a file that was compiled twice in the same way
    stands once, the last way."""
    build = Build()
    found: dict[tuple[object, ...], dict[str, object]] = {}
    for event in sorted(events, key=lambda one: (one.ts, one.id)):
        arguments = _compiler_arguments(event)
        if arguments is None or event.cwd is None:
            continue
        if event.truncated is not None:
            build.cut += 1
            continue
        for entry in _entries(event.cwd, arguments):
            build.redacted += bool(event.redacted)
            # ccache starts the compiler with the same file and output: the outer one is what was asked for.
            found.setdefault((entry["directory"], entry["file"], entry.get("output")), entry)
    build.entries = list(found.values())
    return build


def _compiler_arguments(event: Event) -> list[str] | None:
    """Return argv from the compiler's name on, if the event is a compiler's run."""
    if event.kind != "exec" or not event.argv:
        return None
    words = event.argv
    if os.path.basename(words[0]) in _WRAPPERS:
        words = words[1:]
        if not words or words[0].startswith("-"):
            return None
    elif event.path and os.path.isabs(event.path) and "/" not in words[0]:
        words = [os.path.join(os.path.dirname(event.path), words[0]), *words[1:]]
    return words if _COMPILER.fullmatch(os.path.basename(words[0])) else None


def _entries(folder: str, arguments: list[str]) -> Iterator[dict[str, object]]:
    if _NO_COMPILATION & frozenset(arguments[1:]):
        return
    arguments = [arguments[0], *_without_notes(arguments[1:])]
    sources, output = _files_of(arguments[1:])
    alone = len(sources) == 1
    for source in sources:
        words = [word for word in arguments if alone or word == source or word not in sources]
        entry: dict[str, object] = {"directory": folder, "arguments": words}
        entry["file"] = os.path.normpath(os.path.join(folder, source))
        if output:
            entry["output"] = os.path.normpath(os.path.join(folder, output))
        yield entry


def _without_notes(words: list[str]) -> Iterator[str]:
    rest = iter(words)
    for word in rest:
        if word in _NOTES_TO:
            next(rest, "")
        elif word in _WITH_VALUE:
            yield word
            yield from islice(rest, 1)
        elif word not in _NOTES and not word.startswith((*_NOTES_TO, *_NOTES_OF_CPP)):
            yield word


def _files_of(words: list[str]) -> tuple[list[str], str]:
    """Return the source files among the operands, and the output's name."""
    sources, output = [], ""
    rest = iter(words)
    for word in rest:
        if word == "-o":
            output = next(rest, "")
        elif word in _WITH_VALUE:
            next(rest, "")
        elif word.startswith("-o") and len(word) > 2 and not word.startswith("-objc"):
            output = word[2:]
        elif not word.startswith("-") and _SOURCE.fullmatch(word):
            sources.append(word)
    return sources, output
