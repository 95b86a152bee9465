"""xargs(1) and GNU parallel(1): a command once for each item that comes in."""

from __future__ import annotations

import re

from caro.safety import flows, targets
from caro.safety.arguments import parse_arguments
from caro.safety.call import Call
from caro.safety.streams import EMPTY, UNKNOWN_STREAM, Stream
from caro.safety.unwrap.forms import form, operands
from caro.safety.values import Arg, arg, shown, unknown
from caro.safety.wrappers import SHELLS, Wrapper


@form("xargs")
def _xargs(call: Call, wrapper: Wrapper) -> Stream | None:
    arguments = parse_arguments(call.argv, wrapper.values, stop_at_first=True)
    words = operands(call.argv, wrapper)
    if not words:
        return call.stdin
    mark = arguments.value("-I", "-J") or (arg("{}") if arguments.has("-i", "--replace") else None)
    source = (
        call.stdin
        if arguments.value("-a", "--arg-file") is None
        else call.reads(arguments.value("-a", "--arg-file") or arg(""))
    )
    whole = arguments.has("-0", "--null", "-d", "--delimiter")
    items = _lines(source) if mark else []
    if whole and source.text is not None and source.text.strip():
        items = [arg(item, glob="*" in item) for item in re.split(r"[\0\n]", source.text) if item.strip()][
            :64
        ]
    items = items or _items(call, source)
    if mark and items and "paths" in source.tags and "exact" not in source.tags and len(words) > 1:
        # `ls FOLDER | xargs -I{} rm FOLDER/{}`: what ls prints are names alone
        named = any(mark in word and word != mark for word in words)
        items = [arg("*", glob=True)] if named else items
    joined = frozenset({"xargs"})
    if mark:
        out = UNKNOWN_STREAM
        for item in items[:16]:
            replaced = [_replaced(word, mark, item) for word in words]
            out = call.run_argv(replaced, call.name, joined, stdin=EMPTY)
        return out
    if words[0].rsplit("/", 1)[-1] in SHELLS and "-c" in words:
        at = words.index(arg("-c"))
        if len(words) > at + 1:
            return call.run_argv(
                [*words, *([arg("sh")] if len(words) == at + 2 else []), *items],
                call.name,
                joined,
                stdin=EMPTY,
            )
        # `xargs sh -c`: each item is code
        for item in items[:16]:
            call.run_argv([*words, item], call.name, joined, stdin=EMPTY)
        return UNKNOWN_STREAM
    return call.run_argv([*words, *items], call.name, joined, stdin=EMPTY)


def _lines(source: Stream) -> list[Arg]:
    """With -I each line is one item."""
    lines = [line.strip() for line in (source.text or "").splitlines() if line.strip()]
    return [arg(line, glob="*" in line) for line in lines[:64]]


def _replaced(word: Arg, mark: str, item: Arg) -> Arg:
    if mark not in word:
        return word
    value = Arg(word.replace(mark, item))
    value.glob, value.quoted, value.stream = word.glob or item.glob, word.quoted, item.stream
    return value


def _items(call: Call, source: Stream) -> list[Arg]:
    if source.text is not None and source.text.strip():
        words = [arg(text.strip("'\""), glob="*" in text) for text in source.text.replace("\0", " ").split()][
            :64
        ]
        for word in words:
            if source.tags:
                word.stream = source
        return words
    if source.paths and "paths" in source.tags:
        pieces = []
        for path in source.paths:
            # the files below a folder, all of them or those that a test let through
            tail = "/*" if "narrowed" not in source.tags else "/" + unknown("found")
            if "exact" in source.tags or "*" in path or "?" in path or _is_secret_file(path):
                tail = ""
            pieces.append(arg(path.rstrip("/") + tail, glob=True))
        return pieces
    item = arg(unknown("stdin"))
    if source.tags:
        item.stream = source
    return [item]


def _is_secret_file(path: str) -> bool:
    """True if `ls PATH` names one secret, and not a folder of them."""
    return targets.holds_secret(path) and not path.rstrip("/").rsplit("/", 1)[-1].startswith(".")


@form("parallel")
def _parallel(call: Call, wrapper: Wrapper) -> Stream | None:
    words = operands(call.argv, wrapper)
    if any(word in ("--dry-run", "--dryrun") for word in call.argv[1 : len(call.argv) - len(words)]):
        return UNKNOWN_STREAM
    marks = [at for at, word in enumerate(words) if word in (":::", "::::", ":::+", "::::+")]
    template = words[: marks[0]] if marks else words
    items: list[Arg] = []
    for at, start in enumerate(marks):
        given = words[start + 1 : marks[at + 1] if at + 1 < len(marks) else None]
        named = words[start].startswith("::::")  # the items are the lines of these files
        items += [item for word in given for item in _items(call, call.reads(word))] if named else given
    if not marks:
        path = parse_arguments(call.argv, wrapper.values, stop_at_first=True).value("-a", "--arg-file")
        items = _items(call, call.stdin if path is None else call.reads(path))
    for item in items[:16]:
        if not template and item.stream is not None:
            flows.run_stream(call, item.stream, call.name)
        elif not template:
            call.run_text(shown(item), call.name)
        elif any("{" in word for word in template):
            text = " ".join(template)
            for mark in ("{}", "{.}", "{/}", "{//}", "{1}"):
                text = text.replace(mark, item)
            call.run_text(shown(text), call.name, frozenset({"xargs"}))
        elif len(template) == 1 and " " in template[0]:
            call.run_text(shown(template[0] + " " + item), call.name)
        else:
            call.run_argv([*template, item], call.name, frozenset({"xargs"}))
    return UNKNOWN_STREAM
