"""The values that a request carries: sizes, times, paths, globs, hosts, quoted text, numbers, names."""

# ruff: noqa: E501 - patterns and tables stay in one piece

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from caro.parse.pattern import pattern

LONGEST = 2_000
"""Characters of a request that are read."""

NUMBERS = dict(
    zip(
        "a an one two three four five six seven eight nine ten eleven twelve twenty thirty fifty hundred".split(),
        (1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 20, 30, 50, 100),
        strict=True,
    )
)
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_COUNT = r"(?:\d+(?:\.\d+)?|(?:" + "|".join(NUMBERS) + r")(?=[\s-]))"
UNITS = {"sec": 1, "second": 1, "min": 60, "minute": 60, "hour": 3600, "hr": 3600, "h": 3600, "day": 86400,
         "d": 86400, "week": 604_800, "month": 2_592_000, "year": 31_536_000, "fortnight": 1_209_600}  # fmt: skip
KINDS = {
    "python": "py", "javascript": "js", "typescript": "ts", "text": "txt", "image": "jpg", "jpeg": "jpg", "photo": "jpg",
    "picture": "jpg", "music": "mp3", "song": "mp3", "video": "mp4", "shell": "sh", "bash": "sh", "java": "java",
    "ruby": "rb", "perl": "pl", "markdown": "md", "golang": "go", "rust": "rs", "kotlin": "kt", "object": "o",
    "class": "class", "configuration": "conf", "config": "conf", "word": "docx", "excel": "xlsx", "backup": "bak",
    "temporary": "tmp", "temp": "tmp", "header": "h", "cpp": "cpp", "c++": "cpp", "c": "c", "yaml": "yaml",
}  # fmt: skip
EXTENSIONS = frozenset(
    "txt log py js ts jsx tsx json yml yaml toml xml html htm css scss md rst csv tsv sql sh bash zsh rb pl php java c h"
    " cpp cc hpp go rs swift kt scala lua vim conf cfg ini env jpg jpeg png gif bmp svg webp tif tiff ico mp3 mp4 wav"
    " flac ogg mkv avi mov webm m4a aac zip tar gz tgz bz2 xz zst 7z rar deb rpm iso img bak tmp swp old orig o so a"
    " class jar war pyc pdf doc docx xls xlsx ppt pptx odt epub tex mod trc core dat db sqlite pem crt key cer pcap"
    " service lock cache torrent xib xcodeproj ipynb tf proto rar exe dll bin".split()
)
OUT = "out"
"""The side of what is to be left out."""
_SIDE = pattern(
    r"\b(?:(?:in)?(to)|(?:from|out\s+of))\s+(?:(?:the|a|an|my)\s+)?(?:remote\s+)?(?:\w+\s+(?:called\s+|named\s+)?)?['\"]?$",
    re.I,
)


_LEFT_OUT = pattern(
    r"\b(?:except(?:\s+for)?|without|excluding|but\s+not|and\s+not|leav(?:e|ing)\s+out|ignoring|skipping|other\s+than)\s+"
    r"(?:(?:in|those|with)\s+)*(?:(?:the|an?|my|any|all)\s+)?(?:(?:files?|folders?|director(?:y|ies))\s+)?['\"]?$",
    re.I,
)


def side_of(text: str) -> str:
    """Return `to` or `from` where the text before a value ends with it, and perhaps a noun; `out` for `without`."""
    if _LEFT_OUT.search(text[-50:]):
        return OUT
    found = _SIDE.search(text[-50:])
    return "" if not found else "to" if found[1] else "from"


_BY = "in on to into from at under below inside within for with as by of through via than over".split()


@dataclass(frozen=True)
class Value:
    """One value: its kind, what it is as a shell should get it (unquoted), where it stands, the word before it."""

    kind: str
    text: str
    start: int
    end: int
    before: str = ""
    noun: str = ""
    """The noun that it is the name of: `service` in `the nginx service`."""
    amount: float = 0.0
    """Seconds of a time, bytes of a size."""
    side: str = ""
    """`to` or `from`, where that stands before it or before its noun: `to the server {value}`; `out` behind `without`."""


def _size(match: re.Match[str]) -> tuple[str, str, float]:
    number, unit = match["number"], match["unit"].lower()
    letter = unit[0] if unit[0] in "kmgt" else "c"
    number = str(NUMBERS.get(number, number))
    factor = {"c": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}[letter]
    shown = "c" if letter == "c" else letter if letter == "k" else letter.upper()
    return "size", number + shown, float(number) * factor


def _time(match: re.Match[str]) -> tuple[str, str, float]:
    count = match["count"] or "1"
    unit = re.sub("s$", "", match["unit"].lower())
    number = float(NUMBERS.get(count, 0) or count)
    return "time", match.group(), number * UNITS[unit]


def _day(match: re.Match[str]) -> tuple[str, str, float]:
    return "time", match.group(), 2.0 * 86400 if match.group().lower() == "yesterday" else 86400.0


def _quoted(match: re.Match[str]) -> tuple[str, str, float]:
    text = next(part for part in match.groups() if part is not None)
    if re.fullmatch(r"\.[A-Za-z]\w{0,5}", text):
        return "ext", text[1:], 0.0
    return _kind_of(text), text, 0.0


def _kind_of(text: str) -> str:
    """Return the kind of a quoted text by its form."""
    if re.search(r"\s", text.strip()) or not text:
        return "text"
    if re.match(r"[a-z][a-z0-9+.-]*://", text):
        return "url"
    if re.search(r"[*?]|\[.+\]", text) and not re.search(r"[\\^$+|()]", text):
        return "glob"
    if "/" in text:
        return "path"
    if _HOST.fullmatch(text):
        return "host"
    if re.fullmatch(r"[\w-][\w.+-]*\.[A-Za-z]\w{0,5}", text):
        return "file"
    return "text"


def _as(kind: str) -> Callable[[re.Match[str]], tuple[str, str, float]]:
    def made(match: re.Match[str]) -> tuple[str, str, float]:
        return kind, match["value"], 0.0

    return made


def _place(match: re.Match[str]) -> tuple[str, str, float]:
    text = match.group().lower()
    if "home" in text:
        return "path", "~", 0.0
    if re.search("parent", text):
        return "path", "..", 0.0
    if re.search("system|disk|drive|root|computer|machine|everywhere", text):
        return "path", "/", 0.0
    return "path", ".", 0.0


def _extension(match: re.Match[str]) -> tuple[str, str, float] | None:
    word = match["value"].lstrip(".")
    if word.lower() not in _TYPE_WORDS or (match["value"].startswith(".") and word in _DOT_NAMES):
        return None
    # Who types the dot means these letters: `.JPG`, `.jpeg`.
    typed = match["value"].startswith(".")
    return "ext", word if typed else KINDS.get(word.lower(), word.lower()), 0.0


_DOT_NAMES = frozenset(("env", "cache"))
"""Endings that are mostly a name of their own behind a dot: `.env`."""


def _message(match: re.Match[str]) -> tuple[str, str, float]:
    return "text", match["value"], 0.0


def _introduced(match: re.Match[str]) -> tuple[str, str, float]:
    return _kind_of(match["value"]), match["value"], 0.0


def _ordinal(match: re.Match[str]) -> tuple[str, str, float]:
    return "num", str(ORDINALS.index(match["value"].lower()) + 1), 0.0


def _file(match: re.Match[str]) -> tuple[str, str, float] | None:
    end = match["end"].lower()
    named = end in _TYPE_WORDS or re.fullmatch(r"\w{2,4}\d?", end)
    return ("file", match["value"], 0.0) if named else None


_DOMAIN = r"[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|dev|edu|gov|local|internal|lan|de|uk|fr|eu|cn|jp|es|info)"
_HOST = pattern(_DOMAIN, re.I)
_Reader = Callable[[re.Match[str]], tuple[str, str, float] | None]
_DIGITS = "0 1 2 3 4 5 6 7 8 9"
_NO_NAMES = (
    "(?!(?:by|in|as|after|with|like|the|an?|from|on|using|when|if|only|is|are|and|or|of|to|for|something|anything|it|this|that|which"
    "|where|tree|hierarchy|structure|named|called|into|containing|whose|has|not|files?|folders?|director(?:y|ies)|recursively|but)\\b)"
)
"""Words that are no name where a name may stand."""
_MEDIA = (
    "jpe?g|png|gif|bmp|webp|tiff?|svg|ico|mp3|mp4|wav|flac|ogg|mkv|avi|mov|webm|m4a|aac|pdf|docx|odt|epub"
)
_BY_NAME = "".join(f"(?<={word} )|" for word in ("called", "named", "titled"))[:-1]
_PLACES = "".join(
    f"(?<={word} {noun} )|"
    for word in ("into", "to", "the", "a", "new")
    for noun in ("folder", "directory", "dir")
)[:-1]
_FOLDER = r"(?:director(?:y|ies)|folders?|dir)(?:\s+(?:tree|hierarchy))?"
_TYPE_WORDS = EXTENSIONS | set(KINDS)
_CODE = r"(?-i:[A-Z][A-Z_\d]{2,}|[a-z]+[A-Z]\w*|\w+_\w+)"
"""A word as code has it: TODO, useState, max_size."""
_DOT_FILES = (
    "git(?:ignore|hub|attributes|modules)?|svn|hg|env|venv|cache|ssh|config|local|idea|vscode|dockerignore|bashrc|zshrc|profile|bash_profile"
    "|vimrc|npmrc|htaccess|DS_Store|next|nuxt|tox|mypy_cache|pytest_cache|ruff_cache|terraform|direnv|envrc|editorconfig|aws|kube|gnupg"
)
"""Files and folders that are known by what stands behind their dot."""
_OWN = "".join(
    f"(?<={word} )|"
    for word in "the my our compress zip tar archive copy move delete remove rename sync list open".split()
)[:-1]
_SUCH_FOLDERS = (
    "the|my|our|an?|this|that|of|with|in|by|to|from|and|or|for|each|every|all|any|contents?|current|present|working|parent|root|home|whole|entire|complete|same|new|old|empty|hidden|large|larger|largest|big|bigger|biggest"
    "|small|smaller|smallest|newest|oldest|first|last|next|previous|other|right|wrong|given|following|specified|named|target|source"
    "|destination|output|input|remote|local|main|top|sub|git|project|file|this|that|temp|temporary|shared|public|system|user|users|docker"
    "|mount|log|logs|cache|config|configuration|install|installation|python|virtual|go|cargo|npm|package|web|server|trash"
)
"""What says of a folder which one it is, and is no name of one."""
_READERS: tuple[tuple[re.Pattern[str], _Reader, tuple[str, ...]], ...] = tuple(
    (pattern(text, re.I), reader, tuple(marks.split()))
    for text, reader, marks in (
        (r"\"([^\"]*)\"|(?<!\w)'([^']*)'(?!\w)|“([^”]*)”|‘([^’]*)’|`([^`']*)[`']|«([^»]*)»", _quoted, "\" ' “ ‘ ` «"),
        (r"\b(?:with|and)\s+(?:(?:the|a|an)\s+)?(?:new\s+)?(?:commit\s+)?(?:message|msg)[: ]\s*(?P<value>[^\s'\"“‘`:][^'\"“”‘’`]*?)\s*$", _message, "message msg"),
        (r"(?P<value>(?:https?|ftp|ssh|git|s3|gs|file|rsync)://[^\s,;]+|git@[\w.-]+:[^\s,;]+)", _as("url"), ":// git@"),
        (r"(?<![\w.])(?P<value>[\w.-]+@[\w.-]+\w)(?::(?=\s|$|/|~))?", _as("userhost"), "@"),
        (r"(?<![\w./:@-])(?P<value>[A-Za-z][\w-]*(?:\.[\w-]+)*):(?=~|/(?!/))", _as("host"), ":/ :~"),
        (r"(?<=\w:)(?P<value>(?:~|/(?!/))[^\s,;'\"]*)(?<![.,;?])", _as("path"), ":/ :~"),
        (r"(?<![\w.])(?P<value>\d{1,3}(?:\.\d{1,3}){3}(?:/\d+)?)(?![\w.])", _as("host"), _DIGITS),
        (rf"(?:{_BY_NAME}){_NO_NAMES}(?P<value>\w(?:[\w.+:@/-]*\w)?)(?=[\s,;.!?)]|$)", _introduced, "called named titled"),
        (rf"(?:{_PLACES}){_NO_NAMES}(?P<value>\w(?:[\w.+-]*\w)?)(?=\s*$|[,;]|\.\s|\s+(?:as|to|into|from|on|with|and|for|over|using)\b)",
         _as("path"), "folder directory dir"),
        (r"(?<![\w-])(?P<value>\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?)(?![\w-])", _as("date"), _DIGITS),
        (rf"(?<![\w.])(?P<number>{_COUNT})\s*-?(?P<unit>[kmgt]i?b?|bytes?|(?:kilo|mega|giga|tera)bytes?|megs?|gigs?)"
         r"(?!\w)", _size, ""),
        (rf"(?<![\w.])(?:(?P<count>{_COUNT})\s*-?|(?:last|past|this|previous)\s+)"
         r"(?P<unit>secs?|seconds?|mins?|minutes?|hours?|hrs?|h|days?|d|weeks?|months?|years?|fortnight)(?!\w)", _time, ""),
        (r"(?<!\w)(?:today|yesterday)(?!\w)", _day, "today yesterday"),
        (rf"(?<![\w/])(?:(?:my|your|the|user'?s)\s+)?home(?:\s+{_FOLDER})?(?!\w|\s+[/~])|(?<!\w)\$HOME(?!\w)", _place, "home"),
        (rf"(?<!\w)(?:the\s+)?parent\s+{_FOLDER}(?!\w)", _place, "parent"),
        (rf"(?<!\w)(?:the\s+)?(?:root\s+{_FOLDER}|(?:entire|whole|complete)\s+(?:file\s?system|system|disk|drive|computer)"
         r"|(?:root\s+)?file\s*system(?=\s*$)|root\s+file\s?system|everywhere)(?!\w)", _place, "root system disk drive computer everywhere"),
        (rf"(?<!\w)(?:the\s+|this\s+)?(?:current|present|working|this)\s+(?:working\s+)?{_FOLDER}(?!\w)"
         r"|(?<!\w)(?:right\s+)?here(?!\w)", _place, "directory directories folder dir here"),
        (r"(?<!\S)(?P<value>~(?:/[^\s,;]*)?|\.{1,2}(?=\s|$))(?<![,;])", _as("path"), "~ ."),
        (r"(?<![\w./:@-])(?!localhost:)(?P<value>[a-z][\w.-]*(?:/[\w.-]+)*:(?:latest|v?\d[\w.-]*|[a-z]\w*\d[\w.-]*)(?<!\.))(?![\w:/])",
         _as("text"), ":"),
        (r"(?<![\w.$/~-])(?P<value>[\w.$~{}+-]*[*?\[][^\s,;'\"]*)(?<![.,;?])", _as("glob"), "* ? ["),
        (r"(?<!\S)(?!(?:files?|director\w+|folders?|regular|normal|and|either|read|owner|user|client|input)/[a-z]+\b)"
         r"(?P<value>[^\s,;'\"()]*/[^\s,;'\"()]*)(?<![.,;?])", _as("path"), "/"),
        (r"(?<![\w$])(?P<value>\$\w+|\$\{\w+\})", _as("var"), "$"),
        (r"(?<![\w/])(?P<value>\.[\w+]+)(?!\w)", _extension, "."),
        (rf"(?<![\w/.])(?P<value>\.(?:{_DOT_FILES}))(?![\w/.*])", _as("file"), "."),
        (rf"(?<=contain)(?:s|ing)?\s+(?:(?:the|a)\s+)?(?:(?:word|text|string)\s+)?(?P<value>{_CODE})(?![\w.])", _as("text"), "contain"),
        (rf"(?:{_OWN})(?!(?:{_SUCH_FOLDERS})\b)(?P<value>[A-Za-z][\w-]*)(?=\s+(?:folder|directory|dir)\b)", _as("path"), "folder directory dir"),
        (r"(?<![\w.])(?!(?:an?|so|all|any)\s|(?:temp(?:orary)?|backup|config(?:uration)?|log|object|lock|cache|env|class|key|text|core|service)"
         r"\s+(?:file|image|script|document)\b)(?P<value>[a-z][\w+]*)(?=\s+(?:\w+\s+)?(?:source\s+)?(?:files?|images?|scripts?|documents?))",
         _extension, "file image script document"),
        (rf"(?:(?<= to )|(?<= into ))(?P<value>{_MEDIA})(?=\s*(?:$|[,.;]))", _extension, " to "),
        (r"(?<![\w.])(?P<value>MP3|MP4|JPG|JPEG|PNG|PDF|GIF|TXT|CSV|XML|HTML|WAV|AVI)s(?!\w)", _extension, "mp jp png pdf gif txt csv xml html wav avi"),
        (rf"(?<![\w.])(?P<value>{_DOMAIN})(?![\w.])", _as("host"), "."),
        (r"(?<!\w)(?P<value>file\d+)(?!\w)", _as("file"), "file"),
        (r"(?<!\w)(?P<value>(?:dir|folder|directory)\d+)(?!\w)", _as("path"), "dir folder"),
        (r"(?<![\w.])(?P<value>[\w-][\w.+-]*\.(?P<end>\w+))(?![\w])", _file, "."),
        (r"(?<!\w)(?P<value>[ugoa]*[+=-][rwxXst]+|[rwx-]{9})(?!\w)", _as("perm"), "= + - x"),
        (r"(?<![\w.])(?P<value>v?\d+(?:\.\d+){1,3})(?![\w.])", _as("version"), "."),
        (r"(?<![\w.])(?P<value>[A-Za-z_]\w*=[^\s,;]+)", _as("pair"), "="),
        (r"(?<![\w.])(?<!\w-)(?P<value>\d+)(?:st|nd|rd|th)?(?![\w.]*\w)", _as("num"), _DIGITS),
        (r"(?<!\w)(?P<value>first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)(?=\s+(?:columns?|fields?|words?|rows?)\b"
         r"|(?<!first)\s+lines?\b)", _ordinal, "first second third fourth fifth sixth seventh eighth ninth tenth"),
        (r"(?<![\w-])(?!two\s+(?:\w+\s+)?(?:files|directories|folders|branches|commands|images|videos|lists|strings|dates|commits|tables)\b)"
         r"(?P<value>two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty|hundred)"
         r"(?!\w)", _as("num"), ""),
    )
)  # fmt: skip
"""Forms of values; one of the marks, in small letters, is in each text that the form is in."""


_HERE = pattern(
    r"\W*(?:print|show|display|get|what(?: is|'s|s)?|which is|name of)\W+(?:me\s+)?(?:the\s+|my\s+)*(?:name of the\s+|path of the\s+)?"
    r"(?:current|present|working)\s+(?:working\s+)?(?:directory|folder|dir)\W*"
)
"""It asks which folder this is, and does not name one."""


def values_of(text: str) -> list[Value]:
    """Return the values in the order of the text; none overlaps another."""
    found: list[Value] = []
    taken = bytearray(len(text))
    said = text.lower()
    here = _HERE.fullmatch(said) is not None
    for form, reader, marks in _READERS:
        if (here and reader is _place) or (marks and not any(mark in said for mark in marks)):
            continue
        for match in form.finditer(text):
            # What stands before a message is no part of it.
            start, end = match.span("value") if reader is _message else match.span()
            read = None if any(taken[start:end]) else reader(match)
            if read is None:
                continue
            kind, value, amount = read
            if kind == "num":
                value = str(NUMBERS.get(value.lower(), value))
            taken[start:end] = b"\x01" * (end - start)
            found.append(Value(kind, value, start, end, amount=amount))
    return sorted(
        (_perm(replace(value, before=_before(value, text, taken))) for value in found),
        key=lambda value: value.start,
    )


def _before(value: Value, text: str, taken: bytearray) -> str:
    """Return the word before a value; "" where another value is there, ":" for a path on a server."""
    if value.kind == "path" and text[value.start - 1 : value.start] == ":":
        return ":"
    found = re.search(r"([A-Za-z]+)\W*$", text[max(0, value.start - 20) : value.start])
    at = max(0, value.start - 20) + found.start(1) if found else 0
    return found[1].lower() if found and not taken[at] else ""


def _perm(value: Value) -> Value:
    """Return a number of three octal digits behind a word for permissions as such."""
    if value.kind == "num" and re.fullmatch("0?[0-7]{3,4}", value.text) and value.before in _PERMISSIONS:
        return replace(value, kind="perm")
    return value


_PERMISSIONS = frozenset("permission permissions perm perms mode chmod to rights access with".split())


def without(text: str, values: list[Value]) -> Iterator[str]:
    """Yield the stretches of the text between its values."""
    at = 0
    for value in values:
        yield text[at : value.start]
        at = value.end
    yield text[at:]
