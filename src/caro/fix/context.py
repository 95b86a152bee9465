"""What a rule sees of one failure, and the templates that make commands of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from caro.fix.distance import is_plausible, nearest
from caro.fix.model import Failure, Inventory
from caro.fix.spec_walk import is_wrong, walk
from caro.fix.words import Simple, quote
from caro.knowledge import Knowledge, shipped

_PLACE = re.compile(r"\{([@\w][\w-]*)((?:\|[^{}|]+)*)\}")
_FILE_TOOLS = frozenset("cat less more head tail vim vi nano rm cp mv touch mkdir grep tee ls".split())
USUAL_BRANCHES = ("main", "master", "develop", "trunk")
"""Nobody makes a branch of nearly that name."""
_AS_TYPED = frozenset(("line", "args", "after", "whole", "tool", "prefix", "kept"))
_NAMED_VALUES = _AS_TYPED - {"kept"}


@dataclass(frozen=True)
class Context:
    simple: Simple
    failure: Failure
    inventory: Inventory
    output: str
    groups: dict[str, str]
    words_used: int = 1
    knowledge: Knowledge = field(default_factory=shipped)

    def value(self, name: str) -> str:
        """Return the value of a template's name; empty where there is none."""
        simple = self.simple
        if name.isdigit():
            return simple.words[int(name)].text if int(name) < len(simple.words) else ""
        if name.startswith("@"):
            return next(iter(self.inventory.names(name[1:])), "")
        if name == "last":
            plain = [word.text for word in simple.words[1:] if not word.text.startswith("-")]
            return plain[-1] if plain else ""
        if name in _NAMED_VALUES:
            return self._as_typed(name)
        if name == "kept":
            return self._options()
        return self.groups.get(name, "")

    def _as_typed(self, name: str) -> str:
        simple, line = self.simple, self.simple.line
        if name == "whole":
            return line
        if name == "tool":
            return simple.words[0].text
        if name == "prefix":
            return line[simple.prefix[0].start : simple.start] if simple.prefix else ""
        used = {"line": 0, "args": 1}.get(name, self.words_used)
        if used >= len(simple.words):
            return ""
        return line[simple.words[used].start : simple.end]

    def _options(self) -> str:
        """Return the options behind the rule's `words` as they were typed, each with the value that its spec says."""
        found = []
        for step in walk(self.simple, self.inventory):
            at = self.simple.words.index(step.word)
            if at >= self.words_used and step.role in ("option", "unknown-option", "value"):
                found.append(self.simple.line[step.word.start : step.word.end])
        return " ".join(found)

    def _touches_system(self) -> bool:
        """True if the command is about what isn't the user's own: no file named, or one outside of home."""
        paths = [
            word.text
            for word in (*self.simple.words[1:], *self.simple.targets)
            if "/" in word.text or "." in word.text
        ]
        outside = [
            path
            for path in paths
            if path.startswith("/") and not path.startswith((self.inventory.home, "/tmp"))
        ]
        return bool(outside) or not paths or self.simple.name not in _FILE_TOOLS

    def _may_be_branch(self, name: str) -> bool:
        """True if the repository has a branch of that name, here or at a remote, or if nothing is known of it."""
        inventory = self.inventory
        local, remote = inventory.names("git-branch"), inventory.names("git-remote-branch")
        if not local and not remote:
            return not any("/" in word.text for word in self.simple.words[1:])
        typed = {
            word.text.partition("/")[0]
            for word in self.simple.words
            if word.text.endswith(("/main", "/master"))
        }
        if typed:
            return any(f"{front}/{name}" in remote for front in typed)
        return name in local or any(branch.endswith("/" + name) for branch in remote) or not remote

    def absolute(self, path: str) -> str | None:
        if path.startswith("~"):
            return self.inventory.home + path[1:]
        if path.startswith("/"):
            return path
        return f"{self.inventory.cwd.rstrip('/')}/{path}" if self.inventory.cwd else None

    def exists(self, path: str) -> bool | None:
        """True if the path is there; None where the inventory can't say."""
        full = self.absolute(path)
        if full is None:
            return None
        folder, _, name = full.rstrip("/").rpartition("/")
        listing = self.inventory.listing(folder or "/")
        return listing is not None and (name in listing or name + "/" in listing)

    def _listed(self, path: str) -> bool | None:
        """As `exists`; None also where the folder above can't be listed."""
        full = self.absolute(path)
        above = None if full is None else self.inventory.listing(full.rpartition("/")[0] or "/")
        return None if above is None else self.exists(path)

    def is_folder(self, path: str) -> bool:
        """True if the path is a folder that is there."""
        full = self.absolute(path)
        above, _, name = (full or "").rstrip("/").rpartition("/")
        return full is not None and f"{name}/" in (self.inventory.listing(above or "/") or ())

    def meets(self, need: str) -> bool:
        """True if one entry of a rule's `needs` holds; `!` turns it round."""
        if need.startswith("!"):
            return not self.meets(need[1:])
        kind, _, rest = need.partition(":")
        if kind == "has":
            return self.inventory.has(fill(rest, self, prose=True) or "")
        if kind in ("path", "nopath"):
            known = self.exists(fill(rest, self, prose=True) or "")
            return known is (kind == "path") if known is not None else kind == "nopath"
        if kind == "perhaps":
            return self._listed(fill(rest, self, prose=True) or "") is not False
        if kind == "folder":
            return self.is_folder(fill(rest, self, prose=True) or "")
        if kind == "word":
            return any(word.text == rest for word in self.simple.words)
        if kind == "prefix":
            return any(word.text == rest for word in self.simple.prefix)
        if kind == "unseen":
            return self.failure.output is None
        if kind == "no-slash":
            return "/" not in self.simple.words[0].text
        if kind == "file-here":
            return self.exists(self.simple.words[0].text) is True
        if kind == "outside-home":
            return self._touches_system()
        if kind == "known-words":
            # A slip that the spec shows is what to mend first, whatever else went wrong.
            return not any(is_wrong(step) for step in walk(self.simple, self.inventory))
        if kind == "new-name":
            return not any(cost <= 1 for _, cost in nearest(fill(rest, self) or "", USUAL_BRANCHES, 1))
        if kind == "branch":
            return self._may_be_branch(rest)
        if kind == "root":
            return self.inventory.root
        if kind == "cwd":
            return self.inventory.cwd is not None
        if kind == "shell":
            return self.failure.shell == rest
        if kind.startswith("@"):
            return bool(self.inventory.names(kind[1:]))
        return kind in (self.inventory.platform, "any") or (
            kind == "debian" and self.inventory.has("apt-get")
        )


def _filtered(value: str, filters: list[str], context: Context) -> str:
    for one in filters:
        name, _, argument = one.partition(":")
        if name == "dir":
            value = value.rstrip("/").rpartition("/")[0]
        elif name == "base":
            value = value.rstrip("/").rpartition("/")[2]
        elif name == "stem":
            value = re.sub(r"(\.tar)?\.\w+$", "", value)
        elif name == "first":
            value = value.split()[0] if value.split() else ""
        elif name == "lower":
            value = value.lower()
        elif name == "or":
            value = value or argument
        elif name == "nearest":
            hits = nearest(value, context.inventory.names(argument), 1)
            value = hits[0][0] if hits and is_plausible(value, hits[0][1]) else ""
        elif name == "near":
            hits = nearest(value, context.inventory.names(argument), 1)
            value = hits[0][0] if hits else value
    return value


def fill(template: str, context: Context, prose: bool = False) -> str | None:
    """Return the template with its values; None where one is empty. In prose nothing is quoted for a shell."""
    parts: list[str] = []
    at = 0
    for match in _PLACE.finditer(template):
        name, filters = match[1], [part for part in match[2].split("|") if part]
        value = _filtered(context.value(name), filters, context)
        if not value and "maybe" not in filters:
            return None
        as_it_is = prose or name in _AS_TYPED or "raw" in filters or not value
        parts += [template[at : match.start()], value if as_it_is else _word(value)]
        at = match.end()
    parts.append(template[at:])
    filled = "".join(parts).strip()
    return re.sub(r"(?<=\S) {2,}(?=\S)", " ", filled) if "maybe" in template else filled


def _word(value: str) -> str:
    if value.startswith("~/"):
        return "~/" + quote(value[2:]) if value[2:] else value
    return quote(value)
