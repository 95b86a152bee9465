"""tldr pages read as pairs: what an example is for, and its command with slots. Their format is Markdown with
`{{placeholders}}` (tldr-pages' client specification, "Page structure")."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_EXAMPLES = 30
LONGEST_COMMAND, LONGEST_WORDING = 500, 200
_EXAMPLE = re.compile(r"^[ \t]*-[ \t]+(.+?):?[ \t]*\n(?:[ \t]*\n)*[ \t]*`([^\n]+)`[ \t]*$", re.M)
_PLACE = re.compile(r"(?<!\\)\{\{(.*?)\}\}(?!\})")
_LITERAL = re.compile(r"(?<!\{)\{[a-z]+\d*(?::[^{}]*)?\}")
"""What our own templates would take for a slot."""
_SAYS_NOTHING = re.compile(
    r"^(?:(?:display|show|print|view|get) )?(?:the )?(?:help|version|documentation)\b", re.I
)
_KINDS = (
    (r"\b(?:director(?:y|ies)|folder|dir)\d*\b", "dir"),
    (r"^https?:|\burls?\b", "url"),
    (r"\bports?\b", "port"),
    (r"\bhost(?:name)?s?\b|^(?:example\.com|ip(?:_address)?)$|^\d+\.\d+\.\d+\.\d+$", "host"),
    (r"\busers?(?:name)?\b", "user"),
    (r"\bgroups?\b", "group"),
    (r"\bpids?\b|process_id", "pid"),
    (r"[*?]", "glob"),
    (r"^path/|/|\bfile(?:name)?\d*\b|^\w+\.[a-z0-9]{1,4}(?:\[|$)", "file"),
    (r"\bpatterns?\b|\btext\b|\bstrings?\b|\bregex\b|\bsearch", "text"),
)


@dataclass(frozen=True)
class Example:
    """One example of a page: the tool, what it is for, and its command as a template with slots."""

    tool: str
    wording: str
    template: str


def examples_of(page: str) -> list[Example]:
    """Return the examples of a page; [] for a text that is none. Those of help and versions are left out."""
    title = re.search(r"^#[ \t]+(\S[^\n]*)$", page, re.M)
    if title is None:
        return []
    found = []
    for wording, command in _EXAMPLE.findall(page)[:MOST_EXAMPLES]:
        told, template = _wording(wording), template_of(command.strip())
        if template and len(told) <= LONGEST_WORDING and not _SAYS_NOTHING.match(told):
            found.append(Example(title[1].split()[0], told, template))
    return found


def template_of(command: str) -> str:
    """Return the command with a slot for each placeholder; "" for one that can't be told as a line of the pairs."""
    bare = _PLACE.sub("", command).replace(r"\{\{", "").replace(r"\}\}", "")
    if len(command) > LONGEST_COMMAND or not command.isprintable() or _LITERAL.search(bare):
        return ""
    keys: dict[str, str] = {}
    counts: dict[str, int] = {}

    def slot(place: re.Match[str]) -> str:
        text = place[1].strip()
        if text.startswith("[") and "|" in text:
            return text.strip("[]").split("|")[0].strip()
        if re.fullmatch(r"[\w.+-]+(?:\|[\w.+-]+)+", text):
            return text.split("|")[0]
        if text not in keys:
            kind = _kind(text)
            name, colon, rest = kind.partition(":")
            counts[name] = counts.get(name, 0) + 1
            keys[text] = name + (str(counts[name]) if counts[name] > 1 else "") + colon + rest
        return "{" + keys[text] + "}"

    return _PLACE.sub(slot, command).replace(r"\{\{", "{{").replace(r"\}\}", "}}")


def _kind(text: str) -> str:
    """Return the kind of a placeholder, with its default where it is a number."""
    plain = text.strip("\"'").lower()
    if re.fullmatch(r"\d{1,9}", plain):
        return f"num:{plain}"
    for pattern, kind in _KINDS:
        if re.search(pattern, plain.replace("_", " ")) or re.search(pattern, plain):
            return kind
    letters = re.sub(r"[^a-z]", "", plain)
    return letters[:20] or "text"


def _wording(text: str) -> str:
    """Return what an example is for, without the marks of mnemonics (`[c]reate`) and of code."""
    return " ".join(re.sub(r"\[(\w+)\]", r"\1", text).replace("`", "").split())
