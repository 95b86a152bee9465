"""A request, read once: its values, its words, and its text with a mark in each value's place."""

# ruff: noqa: E501 - patterns and tables stay in one piece

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property

from caro.ask.index import COARSE, TYPED, Index
from caro.ask.values import LONGEST, Value, side_of, values_of
from caro.parse.pattern import pattern

NOUNS = {
    "directory": "dir", "folder": "dir", "dir": "dir", "file": "file", "server": "host", "host": "host", "machine": "host",
    "branch": "branch", "container": "container", "service": "service", "unit": "service", "user": "user", "group": "group",
    "package": "package", "process": "process", "pod": "pod", "deployment": "deployment", "namespace": "namespace",
    "image": "image", "database": "database", "table": "table", "tag": "tag", "volume": "volume", "network": "network",
    "module": "module", "session": "session", "interface": "interface", "remote": "remote", "job": "job", "role": "role",
    "bucket": "bucket", "function": "function", "cluster": "cluster", "node": "node", "key": "key", "topic": "topic",
    "queue": "queue", "stack": "stack", "chart": "chart", "release": "release", "window": "window", "device": "device",
    "disk": "device", "partition": "device", "program": "program", "command": "command", "app": "app", "alias": "alias",
    "variable": "variable", "word": "text", "string": "text", "pattern": "text", "field": "field", "script": "script",
    "target": "target", "domain": "host", "profile": "profile", "playbook": "file", "author": "user", "daemon": "service",
    "instance": "instance", "index": "index", "collection": "collection", "resource": "resource", "policy": "policy",
    "secret": "secret", "configmap": "configmap", "workspace": "workspace", "plugin": "plugin", "extension": "extension",
    "cask": "package", "crate": "package", "gem": "package", "library": "package", "dependency": "package",
    "db": "database", "ns": "namespace", "url": "url", "port": "port", "commit": "commit", "stash": "stash", "pane": "pane", "context": "context",
    "application": "app", "env": "env", "environment": "env", "snapshot": "snapshot", "pool": "pool", "dataset": "dataset",
}  # fmt: skip
"""Nouns that a name stands beside, and the kind of slot that the name is for."""
OF_FILES = {
    "video": "mp4 mov avi mkv webm m4v", "audio": "mp3 wav flac ogg m4a aac", "image": "jpg jpeg png gif bmp webp tiff svg heic",
    "zip": "zip", "tar": "tar gz tgz bz2 xz zst", "json": "json", "csv": "csv tsv", "yaml": "yaml yml", "xml": "xml", "pdf": "pdf",
    "sqlite": "db sqlite sqlite3", "python": "py", "certificate": "crt pem cer", "deb": "deb", "rpm": "rpm", "7z": "7z", "rar": "rar",
    "iso": "iso", "sql": "sql", "jar": "jar", "java": "java", "markdown": "md",
}  # fmt: skip
"""What a file is, by its extension: a wording that says so is meant more likely."""
_IS = {extension: kind for kind, extensions in OF_FILES.items() for extension in extensions.split()}
_OF_PATHS = frozenset(
    ("", "name", "dir", "file", "script", "image", "text", "program", "key", "table", "device", "url")
)
"""Nouns beside a path; with any other, what has a slash or a dot is a name: `branch feature/login`."""
_BETWEEN = pattern(
    r"\b(?:file|folder|directory)\s+((?:(?!(?:called|named|titled|with|like|matching|ending|from|containing)\b)[A-Za-z]['\w-]*\s+){1,3})$",
    re.I,
)
_HAS_NAME = frozenset(
    "session branch container service user group pod deployment namespace ns tag volume network database table topic queue"
    " release chart cluster bucket package remote interface host server stash profile context plugin".split()
)
"""Nouns whose name stands behind them."""
_NO_NAME = frozenset(
    "now again here there today yesterday soon too first last only once twice please thanks status size sizes version versions"
    " name names logs log info information list details description history state time date type types id ids ip address usage"
    " history count order is are was has that which who where when why how it them this these those all any each every else up"
    " down out off back if so than then not without within inside before after by per via under over and or of at against using"
    " does do can will should but via one older newer larger smaller".split()
)
_NAMED = frozenset("named called name titled labelled tagged".split())
_CONTROL = pattern(r"[\x00-\x1f\x7f-\x9f​-‏‪-‮⁦-⁩﻿]+")
_UNREADABLE = pattern(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd]|(?<=\S)[​-‏‪-‮⁦-⁩﻿]+(?=\S)")
"""What stands in no name that can be written back: control characters, bytes that are no UTF-8, letters without width."""
_ENDS_NAME = pattern(r"\s*(?:$|[,;.]|(?:as|to|into|from|in|on|with|for)\b)")
"""What stands behind a name that is the noun of something else: `tag the image app as x`."""
_WORD = pattern(r"[^\W\d_][\w.+:@-]*\w|[^\W\d_]|\d\w*[A-Za-z]\w*")


def is_unreadable(words: str) -> bool:
    """True if a request has characters that can't be read as part of a name: nothing is made of what is around them."""
    return _UNREADABLE.search(words) is not None


@dataclass(frozen=True)
class Request:
    """What was asked. `text` has no control characters and at most LONGEST characters."""

    text: str
    values: tuple[Value, ...]
    index: Index

    @classmethod
    def of(cls, text: str, index: Index) -> Request:
        clean = _CONTROL.sub(" ", text)[:LONGEST].strip()
        return cls(clean, tuple(_named(value, clean) for value in values_of(clean)), index)

    @cached_property
    def marked(self) -> str:
        """The text in small letters, `<kind N>` in the place of value N, phrases read as the words they mean."""
        parts, at = [], 0
        for number, value in enumerate(self.values):
            parts += [self.text[at : value.start], f" <{value.kind} {number}> "]
            at = value.end
        return re.sub(r"\s+", " ", self.index.words.plain("".join([*parts, self.text[at:]]))).strip()

    @cached_property
    def terms(self) -> list[str]:
        """The terms in order, `<kind>` for each value."""
        terms: list[str] = []
        for piece in re.split(r"(<\w+ \d+>)", self.marked):
            mark = re.fullmatch(r"<(\w+) (\d+)>", piece)
            if mark is None:
                terms += self.index.words.terms(piece)
            else:
                kind = COARSE.get(mark[1], mark[1])
                if kind in ("text", "var") and self.values[int(mark[2])].noun in ("file", "dir"):
                    kind = "path"
                if kind == "path" and self.values[int(mark[2])].noun not in _OF_PATHS:
                    kind = "name"
                terms.append(f"<{kind if kind in TYPED else 'name'}>")
        return terms

    @cached_property
    def bare(self) -> tuple[Value, ...]:
        """The words that may be names, each as a value: with its noun, and `amount` 1 where no wording has it."""
        taken = bytearray(len(self.text))
        for value in self.values:
            taken[value.start : value.end] = b"\x01" * (value.end - value.start)
        for start, end, _ in self.index.words.phrases_in(self.text.lower()):
            if " " in self.text[start:end].strip():
                taken[start:end] = b"\x01" * (end - start)
        words = [match for match in _WORD.finditer(self.text) if not any(taken[match.start() : match.end()])]
        return tuple(
            _named(Value("word", match.group(), match.start(), match.end(), _before(self.text, match.start()),
                         amount=float(self._is_unknown(match.group()))), self.text)
            for match in words
        )  # fmt: skip

    @cached_property
    def said_names(self) -> tuple[Value, ...]:
        """The words that are names by where they stand: behind their noun (`session old`), or behind `by`, `as`."""
        words = self.index.words
        return tuple(
            value
            for value in self.bare
            if not words.fillers.intersection((value.text.lower(),))
            and (
                self._is_named(value)
                or (value.amount and (value.noun == "service" or value.before in ("by", "as", "ns", "under")))
            )
            and value.text.lower() not in self.tools
        )

    @cached_property
    def split_names(self) -> tuple[str, ...]:
        """Words between `file` or `folder` and what is read as the name of one: the beginning of a name with blanks, as
        in `file it's mine.txt`."""
        words, found = self.index.words, []
        for value in self.values:
            between = _BETWEEN.search(self.text[: value.start]) if value.kind == "file" else None
            for word in between[1].split() if between else ():
                apart = word.lower()
                if "'" in apart or not (
                    apart in words.fillers or apart in _NO_NAME or apart in words.not_names
                ):
                    found.append(word)
        return tuple(found)

    def _is_named(self, value: Value) -> bool:
        """True if the word stands right behind the noun that it is the name of, and ends there."""
        before = re.search(r"([A-Za-z]+)\s+$", self.text[: value.start])
        term = self.index.words.term(value.text)
        return bool(
            before
            and before[1].lower() in _HAS_NAME
            and term not in self.index.words.changing
            and value.text.lower() not in NOUNS
            and not value.text.lower().endswith(("ed", "ing", "ly"))
            and value.text.lower() not in _NO_NAME
            and _ENDS_NAME.match(self.text, value.end)
        )

    def _is_unknown(self, word: str) -> bool:
        term = self.index.words.term(word)
        if word.lower().endswith("ly") or (
            self.text.startswith(word) and (word[0].isupper() or word.endswith("s"))
        ):
            return False
        known = term in self.index.weights
        return bool(term) and (
            not known or (bool(re.search(r"[\d_-]", word)) and not self.text.startswith(word))
        )

    @cached_property
    def names(self) -> frozenset[str]:
        """Terms that are most likely names."""
        words = self.index.words
        named = (
            words.term(value.text)
            for value in self.bare
            if value.amount
            or (value.noun and value.text.lower() not in words.meaning)
            or value.text.lower() in self.tools
        )
        return frozenset(named) - {""}

    @cached_property
    def hints(self) -> frozenset[str]:
        """Terms for what the request's files are, which it doesn't say itself."""
        endings = (
            value.text.rpartition(".")[2].lower()
            for value in self.values
            if value.kind in ("file", "path", "glob")
        )
        return frozenset(self.index.words.term(_IS[ending]) for ending in endings if ending in _IS)

    @cached_property
    def tools(self) -> frozenset[str]:
        """The tools that the request names; a word that is also plain English counts behind with, by or using."""
        found = set()
        for value in self.bare:
            word = value.text.lower()
            if word in self.index.tools and (
                word not in _ENGLISH or value.before in ("with", "using", "via", "use")
            ):
                found.add(word)
        return frozenset(found)

    @property
    def is_chat(self) -> bool:
        """True if it wants a thing that no command gives: `make me a coffee`, `tell me a joke`."""
        unknown = [value for value in self.bare if value.amount]
        known = set(self.terms) - {self.index.words.term(value.text) for value in unknown}
        return (
            bool(unknown)
            and not self.values
            and not self.tools
            and len(known) <= 1
            and all(value.before in ("a", "an", "some") and not value.noun for value in unknown)
        )

    @property
    def names_change(self) -> bool:
        """True if a word of the request says that something is to be changed."""
        return self.index.words.names_change(self.text)

    def candidates(self, wording_terms: frozenset[str]) -> list[Value]:
        """Return the values, and the words that may be names where the wording doesn't have them, in their order."""
        # A wording that is not ours, of a page, may have words that no other has.
        term, weights = self.index.words.term, self.index.weights
        words = [
            value
            for value in self.bare
            if term(value.text) and self._may_be_name(value)
            and (term(value.text) not in wording_terms or (value.amount and term(value.text) in weights))
            and (value.text.lower() not in NOUNS or (value.noun and _ENDS_NAME.match(self.text, value.end)))
        ]  # fmt: skip
        return sorted([*self.values, *words], key=lambda value: value.start)

    def _may_be_name(self, value: Value) -> bool:
        """True if a word may be a name: no verb, no preposition, not what the request begins with."""
        plain = value.text.lower() in self.index.words.not_names and value.text.islower()
        begins = value.start == 0 and not value.amount
        ends = value.before in ("to", "into") and value.end == len(self.text) and self.names_change
        return value.before in _NAMED or ends or self._is_named(value) or not (plain or begins)


_ENGLISH = frozenset(
    "find cut sort join split paste test make watch time date last less more file head tail top free kill which who users"
    " groups id install link link look mail host history type read set source command import convert identify display"
    " compare strings size script screen at batch fold column expand factor yes sleep tree shred touch truncate wait"
    " watch write wall login passwd service mount umount sync sum jobs fg bg help info man locate apropos column record"
    " play parallel uniq rename replace true false go node gem task just act step age pass fish dig ping ip as"
    " port clear complete defaults export hash kind trap reset stack next mix eject declare patch pair bundle bind deactivate flux for exec"
    " nice locale logger readonly strip stress timeout until while".split()
)


_OF_SERVICES = frozenset(
    "restart reload start stop enable disable status restarting starting stopping".split()
)
_SERVICES = frozenset(
    "nginx apache apache2 httpd caddy haproxy postgres postgresql mysql mysqld mariadb redis mongod mongodb memcached docker"
    " containerd ssh sshd cron crond cups bluetooth networkmanager firewalld ufw fail2ban rabbitmq elasticsearch grafana prometheus"
    " jenkins gunicorn postfix dovecot named bind9 samba smbd nfs php-fpm supervisor tomcat".split()
)
"""Programs that run as services: behind such a verb it is the service that is meant."""


def _before(text: str, at: int) -> str:
    before = re.search(r"([A-Za-z]+)\W*$", text[max(0, at - 24) : at])
    return before[1].lower() if before else ""


def _noun(word: str) -> str:
    word = word.lower()
    return NOUNS.get(word) or NOUNS.get(re.sub("s$", "", word)) or NOUNS.get(re.sub("ies$", "y", word), "")


def _named(value: Value, text: str) -> Value:
    """Return the value with its side, and the noun that it is the name of, before it (`branch x`, `branch named x`) or
    behind it."""
    value = replace(value, side=side_of(text[: value.start]))
    words = re.findall(r"[\w.-]+", text[max(0, value.start - 60) : value.start])
    if words and words[-1].lower() in _NAMED:
        words.pop()
        for word in reversed(words[-3:]):
            if _noun(word):
                return replace(value, noun=_noun(word))
        return replace(value, noun=value.noun or "name")
    if words and _noun(words[-1]) and (value.kind != "word" or words[-1].lower() in NOUNS):
        return replace(value, noun=_noun(words[-1]))
    if words and words[-1].lower() in _OF_SERVICES and value.text.lower() in _SERVICES:
        return replace(value, noun="service", amount=1.0)
    after = re.match(r"['\"]?\s+([A-Za-z]+)(?!\w)", text[value.end :])
    if after and (value.kind != "word" or value.amount) and _noun(after[1]) and after[1].lower() in NOUNS:
        return replace(value, noun=_noun(after[1]))
    return value
