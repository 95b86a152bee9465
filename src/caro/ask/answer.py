"""The commands for a request, best first: the nearest pairs with their slots filled, and searches put together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from caro.ask.compose import as_user, core_of, in_namespace, on_server, wrapped
from caro.ask.files import file_search
from caro.ask.index import SLOT, TOOL_NAMED, Hit, Index, Pair, Wording, terms_of, tool_of
from caro.ask.language import in_english, language
from caro.ask.no_change import only_shown
from caro.ask.request import OF_FILES, Request
from caro.ask.slots import DEFAULTS, Filled, fill
from caro.ask.translated import names_in, spaced, translated
from caro.ask.values import EXTENSIONS, LONGEST, OUT, Value
from caro.knowledge import Knowledge

LEAST = 0.26
"""The score below which nothing is said: right or silent."""
BESIDE = 0.35
"""The part of the best score that the others must have: beside a sure answer nothing far-fetched is told."""
TRANSLATED = 0.4
"""What a wording in the request's own language counts more than one that was read word by word."""
OF_PAGES, BESIDE_OWN = 0.9, 0.75
"""What a page's example counts beside a wording of ours, and the part of the best of ours that it must have."""
MOST_OF_PAGES = 4
LOOKED_AT = 24
SHOWN = 3
"""How many lines are shown at once."""
OTHER_TOOL = 0.7
UNUSED, NAME_LEFT, MISSING, ABSENT = 0.15, 0.1, 0.11, 0.15
SURE_THERE = 0.6
"""The score from which a command that names the server itself is what was asked for."""
ODD, ASSUMED = 0.15, 0.04
TARGET = 0.15
"""What is lost where the command has no place for what the request ends with: `… into dist`."""
WEIGHTY = frozenset(
    "size time url host userhost perm date text path file glob ext pair num version var".split()
)


@dataclass(frozen=True)
class Suggestion:
    """A command; `source` is `pairs`, `files` or `tldr`, `why` the wording it was found by, `changes` whether it
    changes something, `missing` the words in capitals that are to be replaced."""

    command: str
    source: str
    why: str
    score: float
    changes: bool = False
    missing: tuple[str, ...] = ()
    tool: str = ""
    change_asked: bool = True
    """True if a word of the request names a change."""
    unused: tuple[str, ...] = ()
    """The values that the request names and the command has not."""


class Example(Protocol):
    """An example of a page that is not ours: the tool, what it is for, its command as a template."""

    @property
    def tool(self) -> str: ...
    @property
    def wording(self) -> str: ...
    @property
    def template(self) -> str: ...


_LOGS = re.compile(
    r"\blogs(?=\s+(?:files\s+)?(?:older|newer|bigger|larger|smaller|over|under)\b[^'\"]*\s(?:in|under|below|from)\s+[~./])",
    re.I,
)
"""Logs of a folder are files, not the journal's."""
_CONVERSION = re.compile(
    r"^\s*[\w./~-]+\.[A-Za-z]\w{1,4}\s+(?:in)?to\s+(?:an?\s+)?\.?(?:jpe?g|png|gif|webp|pdf|mp[34]|wav|svg|tiff?|mkv|webm|mov)\s*$",
    re.I,
)
"""A file and another ending: `logo.png to jpg`."""
Pages = Callable[[Sequence[str]], Iterable[Example]]
"""What gives the examples that share most with the terms of a request."""


def suggestions(
    words: str,
    knowledge: Knowledge,
    has: Callable[[str], bool],
    platform: str = "",
    count: int = 8,
    pages: Pages | None = None,
) -> list[Suggestion]:
    """Return up to `count` commands for the words, best first; none where nothing is near enough.

    `has` tells whether a program is on this machine; `platform` "macos" asks for BSD's forms; `pages` are searched too.
    """
    index = knowledge.view(Index)
    of_language = _of_translations(words[:LONGEST], knowledge, index)
    words = _LOGS.sub("log files", in_english(words[:LONGEST], knowledge, index.knows))
    words = _CONVERSION.sub(r"convert \g<0>", words)
    shown = only_shown(words, index.words)
    words, of_language = (words, of_language) if shown is None else (shown, [])
    request = Request.of(words, index)
    if request.is_chat:
        return []
    core = core_of(request.text)
    inner = request if core.words == request.text else Request.of(core.words, index)
    found = [*_of_pairs(inner, index), *_of_files(inner)]
    found = _there(core.words, index, found)
    if pages is not None:
        own = max((suggestion.score for suggestion in found), default=0.0)
        found += _of_pages(inner, index, pages, has, own)
    found = [
        _whole(suggestion, wrapped(as_user(in_namespace(suggestion.command, core.words), core.words), core))
        for suggestion in found
    ]
    found += of_language
    if platform == "macos":
        found = [_bsd(suggestion, knowledge) for suggestion in found]
    asked = (request.names_change and shown is None) or any(one.changes for one in of_language[:1])
    ends = not index.words.ending.isdisjoint(request.terms)
    found = [one for one in found if not one.changes or (asked and not (ends and one.unused))]
    best: dict[str, Suggestion] = {}
    named = request.tools
    for suggestion in sorted(
        found, key=lambda suggestion: -_weight(suggestion, suggestion.tool in named, has)
    ):
        best.setdefault(suggestion.command, suggestion)
    least = max(LEAST, BESIDE * max((suggestion.score for suggestion in best.values()), default=0))
    kept = [suggestion for suggestion in best.values() if suggestion.score >= least]
    told = [replace(suggestion, change_asked=asked) for suggestion in kept]
    return _of_several_tools(told)[:count]


def _whole(suggestion: Suggestion, command: str) -> Suggestion:
    """Return the suggestion with the command that it came to be, without what that uses now of the unused."""
    left = tuple(text for text in suggestion.unused if text.lower() not in command.lower())
    return replace(suggestion, command=command, unused=left)


def _there(words: str, index: Index, found: list[Suggestion]) -> list[Suggestion]:
    """Return what was found; for a request that ends with `on server X` what takes that server, and where nothing near
    does, the commands of the rest of it, run there."""
    there = on_server(words)
    if there is None:
        return found
    taking = [one for one in found if there.host in one.command]
    if any(one.score >= SURE_THERE for one in taking):
        return taking
    inner = Request.of(there.words, index)
    return taking + [
        replace(one, command=there.wrapped(one.command), tool="ssh")
        for one in [*_of_pairs(inner, index), *_of_files(inner)]
    ]


def _of_several_tools(found: list[Suggestion]) -> list[Suggestion]:
    """Return the suggestions with the best of another tool second, and of a third one third: who sees three lines sees
    three ways."""
    told, rest = found[:1], found[1:]
    while rest and len(told) < SHOWN:
        tools = {suggestion.tool for suggestion in told}
        told.append(next((other for other in rest if other.tool not in tools), rest[0]))
        rest.remove(told[-1])
    return told + rest


def _of_translations(text: str, knowledge: Knowledge, index: Index) -> list[Suggestion]:
    """Return the commands of the wordings that are near to a request in another language."""
    if text.isascii() and _is_english(text, index, whole=True):
        return []
    english = language(text, knowledge, index.knows) is None and _is_english(text, index)
    near = translated(text, knowledge, english)
    if not near:
        return []
    text = spaced(text)
    request = Request.of(text, index)
    told = []
    for score, said in near:
        pair, names = index.pair_of(said.template), names_in(text, said) - _ALL
        if pair is None or (pair.tool in _TAKES and _takes_no_such_file(pair.tool, request)):
            continue
        words = [replace(value, amount=1.0) for value in request.bare if value.text in names]
        values = sorted([*request.values, *words], key=lambda value: value.start)
        filled = fill(pair.template, *_in_turn(said.text, values))
        sure = score + TRANSLATED - MISSING * len(filled.missing)
        told.append(
            Suggestion(filled.command, "pairs", said.text, sure, pair.changes, filled.missing, pair.tool)
        )
    return told


_ALL = frozenset(
    "alle alles allen aller jede jeden jedes leere leeren leer tous toutes tout toute chaque vides vide todos todas"
    " todo toda cada vacíos vacías".split()
)
"""Words of other languages that are no names."""


def _is_english(text: str, index: Index, whole: bool = False) -> bool:
    """True if half of the words or more mean something in English; `whole`: if all do."""
    words = re.findall(r"(?<![\w./'\"-])[^\W\d_]{2,}(?![\w./'\"-])", text)
    known = sum(map(index.knows, words))
    return known == len(words) if whole else 2 * known >= len(words)


def _in_turn(wording: str, values: list[Value]) -> tuple[str, list[Value]]:
    """Return a wording's slots and the values so that each value goes where the one in its turn is, if they are as
    many: a near wording has the same order, whatever the language."""
    slots = [slot.group() for slot in SLOT.finditer(wording)]
    if len(slots) != len(values):
        return wording, values
    marks = [f"turn{chr(97 + at)}" for at in range(len(slots))]
    named = [replace(value, before=mark) for value, mark in zip(values, marks, strict=True)]
    return " ".join(f"{mark} {slot}" for mark, slot in zip(marks, slots, strict=True)), named


def _of_pairs(request: Request, index: Index) -> list[Suggestion]:
    hits = index.nearest(request.terms, request.names, request.tools, request.hints, LOOKED_AT)
    return [suggestion for hit in hits if (suggestion := _filled(request, hit)) is not None]


def _of_pages(
    request: Request, index: Index, pages: Pages, has: Callable[[str], bool], own: float
) -> list[Suggestion]:
    """Return the nearest examples of the pages: of tools that are here or named, and near enough beside ours."""
    named = set(re.findall(r"[\w.+-]+", request.text.lower()))
    found = []
    for example in pages(request.terms):
        is_named = example.tool.lower() in named
        if not is_named and not has(example.tool):
            continue
        said = f"{example.wording} {example.tool}" if is_named else example.wording
        pair = Pair(example.template, example.tool, index.words.names_change(example.wording))
        wording = Wording(pair, example.wording, tuple(terms_of(said, index.words)))
        near = index.nearness(wording, request.terms, request.names, request.tools, request.hints)
        factor = OF_PAGES * (TOOL_NAMED if is_named and example.tool not in index.tools else 1.0)
        filled = _filled(request, Hit(wording, near * factor))
        if filled is not None and filled.score >= BESIDE_OWN * own:
            found.append(replace(filled, source="tldr", why=f"{example.wording} (tldr pages, CC BY 4.0)"))
    return sorted(found, key=lambda suggestion: -suggestion.score)[:MOST_OF_PAGES]


def _filled(request: Request, hit: Hit) -> Suggestion | None:
    pair, wording = hit.wording.pair, hit.wording
    filled = fill(pair.template, wording.text, request.candidates(frozenset(wording.terms)))
    if _writes_unasked(pair.template, filled) or _is_no_target(pair.tool, filled):
        return None
    if filled.takes_left_out or _holds_its_tool(pair.tool, filled) or _guesses_number(pair, filled):
        return None
    left = [value for value in request.values if value.kind in WEIGHTY and _is_left(value, filled)]
    names = [value for value in request.said_names if _is_left(value, filled)]
    if any(value.side == OUT for value in left):
        return None
    unused = len(left)
    words = set(re.split(r"[^\w.+-]+", filled.command))
    named = request.tools and not request.tools & words and not pair.tool.startswith(tuple(request.tools))
    score = hit.score * (OTHER_TOOL if named else 1.0) - UNUSED * unused - MISSING * len(filled.missing)
    score -= NAME_LEFT * len(names)
    score -= ODD * filled.odd + ASSUMED * filled.assumed + TARGET * _lacks_target(request, filled.command)
    if _takes_no_such_file(pair.tool, request) or _reads_no_such_url(pair.template, request):
        score *= OTHER_TOOL
    texts = tuple(
        dict.fromkeys(value.text for value in sorted([*left, *names], key=lambda value: value.start))
    )
    texts += request.split_names
    return Suggestion(
        _of_tabs(filled),
        "pairs",
        _told(wording.text, pair.template, filled),
        score,
        pair.changes,
        filled.missing,
        pair.tool,
        unused=texts,
    )


def _is_left(value: Value, filled: Filled) -> bool:
    return (
        value not in filled.used
        and value.text not in (".", "/")
        and value.text.lower() not in filled.command.lower()
    )


_DISK = re.compile(r"/dev/(?:sd|hd|vd|xvd|nvme|mmcblk|disk|rdisk|dm-|loop|mapper/)")
_OF_DISKS = frozenset("dd file stat ls lsblk blkid pv cat xxd hexdump df".split())


def _is_no_target(tool: str, filled: Filled) -> bool:
    """True if a disk stands where the tool takes a file: what it would write destroys the disk."""
    return tool not in _OF_DISKS and any(
        kind not in ("device", "path", "dir") and _DISK.match(value.text) for kind, value in filled.placed
    )


_REDIRECTS = re.compile(r">>?\s*\{(file\d*)")
_INTO = frozenset("to into as in file called named named: output out > >> :".split())


def _writes_unasked(template: str, filled: Filled) -> bool:
    """True if a redirect writes over a file that the words do not give as where something goes."""
    keys = {found[1] for found in _REDIRECTS.finditer(template)}
    return any(
        key in keys and value.side != "to" and value.before not in _INTO for key, value in filled.at.items()
    )


def _told(wording: str, template: str, filled: Filled) -> str:
    """Return the wording with the values in its slots, and what was taken for granted; what is missing stays a slot."""
    granted = {
        slot[1] + slot[2]: slot[3] or DEFAULTS.get(slot[1], "")
        for slot in SLOT.finditer(template)
        if slot[1] + slot[2] not in filled.missing
    }
    given = granted | {key: value.text for key, value in filled.at.items()}
    return SLOT.sub(lambda slot: given.get(slot[1] + slot[2]) or slot[0], wording)


def _of_tabs(filled: Filled) -> str:
    """Return the command with tabs for commas between columns, where its file is a table of tabs."""
    if not any(value.text.lower().endswith(".tsv") for value in filled.at.values()):
        return filled.command
    return re.sub(
        r"^(sort -t|cut -d), ?", lambda cut: "cut " if cut[1][0] == "c" else "sort -t$'\\t' ", filled.command
    )


def _holds_its_tool(tool: str, filled: Filled) -> bool:
    """True if the name of the tool itself was taken for a name of one of its things: `docker rm docker`."""
    return bool(tool) and any(
        value.kind == "word" and value.text.lower() == tool for value in filled.at.values()
    )


def _guesses_number(pair: Pair, filled: Filled) -> bool:
    """True if a number that the words don't give decides what is changed, or stands beside one that they give:
    `git reset HEAD~10`, `print $10, $3`."""
    guessed = (
        {slot[1] + slot[2] for slot in SLOT.finditer(pair.template)} - set(filled.at) - set(filled.missing)
    )
    numbers = any(re.fullmatch(r"(?:num|n)\d*", key) for key in guessed)
    given = any(kind in ("num", "n") for kind, _ in filled.placed)
    return numbers and (pair.changes or given)


_AT_END = re.compile(r"\b(?:in)?to\s+(?:the\s+|a\s+)?([\w.+-]+)\s*$", re.I)


def _lacks_target(request: Request, command: str) -> bool:
    """True if the request ends with `to NAME` or `into NAME`, a word that no wording has, and the command hasn't it."""
    said = _AT_END.search(request.text)
    if said is None or not any(value.amount and value.text == said[1] for value in request.bare):
        return False
    return said[1].lower() not in command.lower()


_IN_FILES = re.compile(
    r"\b(?:text|string|word|phrase|pattern)s? \S+ (?:in|inside|within)\b"
    r"|\b(?:with|containing|contain) (?:the )?(?:text|string|word|phrase)\b",
    re.I,
)
"""What is looked for stands in files: no search for the files themselves."""
_TAKES = {"unzip": ("zip", "jar"), "tar": ("tar", "tgz", "gz", "bz2", "xz", "zst"), "unrar": ("rar",), "7z": ("7z",),
          "gunzip": ("gz",), "zip": ("zip",), "inkscape": ("svg", "pdf", "eps"), "rsvg-convert": ("svg",)}  # fmt: skip
"""The endings of the archives and pictures that a tool takes."""
_PACKED = frozenset(ending for endings in _TAKES.values() for ending in endings)
_IMAGES = frozenset(OF_FILES["image"].split())
_MEDIA = frozenset(OF_FILES["video"].split()) | frozenset(OF_FILES["audio"].split()) | _IMAGES
_OF_MEDIA = {
    "ffmpeg": _MEDIA,
    "ffplay": _MEDIA,
    "mogrify": _IMAGES | {"pdf"},
    "convert": _IMAGES | {"pdf"},
    "magick": _IMAGES | {"pdf"},
}


def _takes_no_such_file(tool: str, request: Request) -> bool:
    """True if a file that the request names is none of those that a tool takes."""
    endings = {_ending(value) for value in request.values} - {""}
    if tool in _OF_MEDIA:
        return bool(endings) and not endings & _OF_MEDIA[tool] and endings <= EXTENSIONS
    return tool in _TAKES and bool(endings & (_PACKED | _IMAGES) - set(_TAKES[tool]))


_OF_STORES = {"s3://": ("aws", "s3"), "gs://": ("gcloud", "gsutil", "gs:")}


def _reads_no_such_url(template: str, request: Request) -> bool:
    """True if a request names an object of a store that a template's program does not read."""
    return any(
        value.text.startswith(begin) and not any(name in template for name in names)
        for value in request.values
        if value.kind == "url"
        for begin, names in _OF_STORES.items()
    )


def _ending(value: Value) -> str:
    return value.text.rpartition(".")[2].lower() if value.kind in ("file", "path") else ""


def _of_files(request: Request) -> list[Suggestion]:
    found = file_search(request)
    if found is None or ("grep" not in found.command and _IN_FILES.search(request.text)):
        return []
    changes = bool(re.search(r"-delete|-exec (?:rm|mv|cp|chmod|chown)", found.command))
    left = tuple(
        value.text
        for value in request.values
        if value.kind in _OF_SEARCHES
        and value.text.strip("*./")
        and value.text.strip("*") not in found.command
    )
    why = "files by their conditions"
    return [Suggestion(found.command, "files", why, found.sure, changes, (), "find", unused=left)]


_OF_SEARCHES = frozenset("path file glob url host userhost".split())
"""Kinds of values that a search has as they are said."""


def _weight(suggestion: Suggestion, named: bool, has: Callable[[str], bool]) -> float:
    """Return the score, lower where the program is neither here nor named: one that can run at once comes first."""
    here = named or not suggestion.tool or has(suggestion.tool)
    return suggestion.score if here else suggestion.score - ABSENT


def _bsd(suggestion: Suggestion, knowledge: Knowledge) -> Suggestion:
    """Return the suggestion in the form that BSD's tools take."""
    command = suggestion.command
    for row in knowledge.table("ask/bsd")["form"]:
        command = re.sub(row["gnu"], row["bsd"], command)
    return (
        replace(suggestion, command=command, tool=tool_of(command))
        if command != suggestion.command
        else suggestion
    )
