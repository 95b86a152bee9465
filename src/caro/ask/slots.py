"""Fill a template's slots from a request: by the kind of each value, by the words around it, quoted safely."""

# ruff: noqa: E501 - patterns and tables stay in one piece

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from caro.ask.index import SLOT
from caro.ask.values import EXTENSIONS, OUT, Value, side_of

FITS: Mapping[str, tuple[str, ...]] = {
    "file": ("file", "path", "glob", "var", "text", "ext", "word"), "dir": ("path", "var", "file", "text", "word"),
    "path": ("path", "file", "glob", "var", "text", "word"), "glob": ("glob", "ext", "file", "text", "word"),
    "ext": ("ext", "glob", "word"), "size": ("size",), "days": ("time",), "hours": ("time",), "minutes": ("time",),
    "secs": ("time", "num"), "num": ("num", "size"), "port": ("num",), "host": ("userhost", "host", "var", "text", "word", "file"),
    "url": ("url", "host", "var", "path"), "perm": ("perm", "num"), "date": ("date", "time"), "time": ("time", "date"),
    "text": ("text", "glob", "file", "path", "num", "var", "host", "word"), "user": ("text", "var", "word"), "group": ("text", "var", "word"),
    "old": ("text", "word", "num"), "new": ("text", "word", "num"), "version": ("version", "num"), "pair": ("pair",),
    "command": ("text", "file", "path", "word"), "pid": ("num", "var"), "userhost": ("userhost", "host", "word"),
    "cidr": ("host",), "n": ("num",),
}  # fmt: skip
NAMES = ("text", "file", "path", "host", "url", "version", "var", "glob", "num", "word", "pair")
"""What a slot of any other kind takes: it is a name of something (branch, container, service, package)."""
DEFAULTS = {"dir": ".", "glob": "*", "num": "10", "n": "10", "days": "7", "hours": "24", "minutes": "60", "size": "100M",
            "ext": "txt", "secs": "10", "port": "8080", "perm": "644", "cidr": "192.168.1.0/24"}  # fmt: skip
_DARING = re.compile(r"(?:sudo )?(?:rm|rmdir|shred|chmod|chown|chgrp|mv|setfacl)\b")
"""Templates that take no folder for granted: what they change has to be named."""
SECONDS = {"days": 86_400, "hours": 3_600, "minutes": 60, "secs": 1}
_SAME = {"into": "to", "named": "called", "in": "under", "below": "under"}
"""Words before a value that say the same of it."""
_BEFORE_PORTS = frozenset(
    "port ports on to from and at local locally localhost remote forward map expose publish tcp udp listen listening using"
    " with through over by of for the is in allow block open free kill listens proxy as :".split()
) | {""}
"""Words that a port stands behind: the number of a version, a size or a name is none."""
PORT = 2
"""How many assumed slots a port counts that the request does not name."""
NOUN, NEXT, IN_TURN, SURE = 3.0, 2.0, 0.4, 0.8


@dataclass(frozen=True)
class Filled:
    """A command made of a template; `missing` slots got a word in capitals to be replaced, `used` values are in it,
    `odd` counts those that stand where the request says they don't: `to X` in the place behind `from`, a server as a
    folder."""

    command: str
    missing: tuple[str, ...]
    used: frozenset[Value]
    odd: int = 0
    assumed: int = 0
    """How many slots that the wording tells of got a default."""
    at: Mapping[str, Value] = field(default_factory=dict)
    """The value in each slot by its key."""
    takes_left_out: bool = False
    """True if it is done to what the request leaves out (`without X`), or leaves out what the request doesn't."""

    @property
    def placed(self) -> list[tuple[str, Value]]:
        """The kind of each slot that has a value, with that."""
        return [(re.sub(r"\d+$", "", key), value) for key, value in self.at.items()]


@dataclass(frozen=True)
class _Place:
    """A slot of a template: its kind, key, default, and the words around it in the wording."""

    kind: str
    key: str
    default: str | None
    before: str
    after: str
    side: str = ""
    remote: bool = False
    """True for the path in `{host}:{path}`."""
    written: bool = False
    """True for a file that the command writes: `-o {file}`."""


def fill(template: str, wording: str, values: list[Value]) -> Filled:
    """Return the template with its slots filled, each value once; the wording tells which value goes where."""
    contexts = _contexts(wording)
    places: dict[str, _Place] = {}
    for slot in SLOT.finditer(template):
        key = slot[1] + slot[2]
        before, after, side = contexts.get(key, ("", "", ""))
        places.setdefault(
            key,
            _Place(
                slot[1],
                key,
                slot[3],
                before,
                after,
                side,
                _is_remote(template, slot),
                _is_written(template, slot),
            ),
        )
    said = [slot[1] + slot[2] for slot in SLOT.finditer(wording)]
    # The words' order is that of the wording, whatever the command's is.
    in_turn = sorted(
        places.values(), key=lambda place: said.index(place.key) if place.key in said else len(said)
    )
    chosen = _chosen(in_turn, values)
    ports = [value for key, value in chosen.items() if places[key].kind == "port"]
    if len(ports) == 1:
        # One port for both sides of a mapping is the same on both.
        chosen |= {
            key: ports[0] for key, place in places.items() if place.kind == "port" and place.default is None
        }
    if not any(value.kind in ("file", "path") and "." in value.text for value in chosen.values()):
        # An extension names a file only beside another one: `a.mov to mp4`.
        chosen = {
            key: value
            for key, value in chosen.items()
            if not (value.kind == "ext" and places[key].kind == "file")
        }
    used = frozenset(chosen.values())
    odd = sum(_is_odd(places[key], value) for key, value in chosen.items())
    kept = any((value.side == OUT) is not (places[key].side == OUT) for key, value in chosen.items())
    kept |= any(place.side == OUT and key not in chosen for key, place in places.items())
    chosen = {
        key: _renamed(value, chosen) if places[key].kind == "file" else value for key, value in chosen.items()
    }
    missing = tuple(
        key
        for key, place in places.items()
        if key not in chosen and place.default is None and place.kind not in DEFAULTS
    )

    if _DARING.match(template):
        unnamed = {
            key for key, place in places.items() if place.kind in ("dir", "glob") and key not in chosen
        }
        missing += tuple(unnamed.difference(missing))
        places |= {key: replace(places[key], default=places[key].kind.upper()) for key in unnamed}

    def put(slot: re.Match[str]) -> str:
        place = places[slot[1] + slot[2]]
        inside = _quote_around(template, slot.start())
        shown = _shown(place, chosen.get(place.key), inside, slot[3])
        behind = template[slot.end() : slot.end() + 1]
        return shown[:-1] if behind == "/" and shown.endswith("/") and len(shown) > 1 else shown

    assumed = sum(
        (PORT if places[key].kind == "port" else 1)
        for key in said
        if key in places and key not in chosen and places[key].kind not in ("dir", "path")
    )
    return Filled(
        _AGO.sub(_since, SLOT.sub(put, template)),
        missing,
        used,
        odd,
        assumed - len(set(missing).intersection(said)),
        chosen,
        kept,
    )


_AGO = re.compile(r"'(?P<time>(?P<day>today|yesterday)|(?:last|past|this|previous) (?P<unit>\w+)|[^']*) ago'")


def _since(match: re.Match[str]) -> str:
    """Return `'last hour ago'` as the programs read it."""
    if match["day"]:
        return match["day"].lower()
    return f"'1 {match['unit']} ago'" if match["unit"] else match.group()


_OF_THIS_MACHINE = frozenset(("dir", "file", "path", "glob", "num", "n", "ext"))
_NO_FILES = frozenset(
    "host user group branch container service package pod deployment namespace image database volume network remote".split()
)


def _has_ending(name: str) -> bool:
    return name.rpartition(".")[2].lower() in EXTENSIONS and "." in name


def _is_odd(place: _Place, value: Value) -> bool:
    """True if the request says that the value is something else than what the slot takes, or on the other side."""
    if value.noun in _NO_FILES and place.kind in _OF_THIS_MACHINE and value.kind not in ("path", "file"):
        return True
    if value.noun in _NO_FILES and place.kind in _NO_FILES and value.noun != place.kind:
        return True
    if value.kind == "file" and place.kind == "dir" and value.noun != "dir" and _has_ending(value.text):
        return True
    if value.side == "to" and value.kind == "glob" and place.kind in ("file", "dir", "path"):
        return True
    if OUT in (value.side, place.side) and value.side != place.side:
        return True
    if place.written and value.kind == "path" and "." not in value.text.rpartition("/")[2]:
        return True
    return bool(value.side and place.side) and value.side != place.side


def _is_written(template: str, slot: re.Match[str]) -> bool:
    return slot[1] == "file" and template[: slot.start()].endswith(("-o ", "-O ", "> "))


def _is_remote(template: str, slot: re.Match[str]) -> bool:
    return template[: slot.start()].endswith("}:")


def _renamed(value: Value, chosen: Mapping[str, Value]) -> Value:
    """Return `mp4` in the place of a file as the other file's name with that ending."""
    if value.kind != "ext" and not (value.kind == "word" and value.text.lower() in EXTENSIONS):
        return value
    other = next(
        (other.text for other in chosen.values() if other.kind in ("file", "path") and "." in other.text),
        "out",
    )
    return replace(value, kind="file", text=re.sub(r"\.\w+$", "", other) + "." + value.text.lower())


def _contexts(wording: str) -> dict[str, tuple[str, str, str]]:
    """Return the words before and behind each slot of a wording, and its side."""
    found = {}
    for slot in SLOT.finditer(wording):
        before = re.search(r"([A-Za-z]+)\W*$", wording[: slot.start()])
        after = re.match(r"\W*([A-Za-z]+)", wording[slot.end() :])
        found[slot[1] + slot[2]] = (
            before[1].lower() if before else "",
            after[1].lower() if after else "",
            side_of(wording[: slot.start()]),
        )
    return found


def _chosen(places: list[_Place], values: list[Value]) -> dict[str, Value]:
    """Return the best value of each slot by key: the surest pair of slot and value first."""
    ranked = sorted(
        (
            (_fit(place, value, turn, at), -turn, -at)
            for turn, place in enumerate(places)
            for at, value in enumerate(values)
        ),
        reverse=True,
    )
    chosen: dict[str, Value] = {}
    free = set(range(len(values)))
    for score, turn, at in ranked:
        key = places[-turn].key
        if score > 0 and key not in chosen and -at in free:
            chosen[key] = values[-at]
            free.discard(-at)
    return chosen


def _fit(place: _Place, value: Value, turn: int, at: int) -> float:
    """Return how well a value fits a slot; 0 where it can't."""
    kinds = FITS.get(place.kind, NAMES)
    if value.kind not in kinds:
        return 0.0
    if place.kind == "ext" and value.kind == "glob" and not re.fullmatch(r"\*\.\w+", value.text):
        return 0.0
    if place.kind not in ("dir", "path") and value.text in (".", "..", "/", "~"):
        return 0.0
    if value.before == ":" and not place.remote:
        return 0.0
    if place.remote and value.text == ".":
        return 0.0
    if place.key == "file1" and (value.kind == "ext" or value.before == "as"):
        return 0.0
    if place.kind == "port" and value.before != place.before and not _may_be_port(value):
        return 0.0
    out = OUT in (value.side, place.side)
    if out and value.side == OUT and place.side != OUT and value.kind != "word":
        return 0.0
    named = value.noun == place.kind or (place.kind == "path" and value.noun in ("dir", "file"))
    if (
        value.kind == "word"
        and place.kind in ("host", "user", "group", "ext", "glob", "file", "dir", "path", "url")
        and not (named or (place.before and value.before == place.before) or value.amount)
    ):
        return 0.0
    score = (
        (NOUN if value.before == ":" else 0.0)
        + 1.0
        + 0.6 * (len(kinds) - kinds.index(value.kind)) / len(kinds)
    )
    score += SURE if value.kind == "word" and value.amount else 0.0
    score += NOUN if out and value.side == place.side else 0.0
    score += NOUN if named else -0.5 if value.noun and value.kind == "word" else 0.0
    score += (
        NEXT
        if place.before and _SAME.get(value.before, value.before) == _SAME.get(place.before, place.before)
        else 0.0
    )
    if place.kind in SECONDS and value.amount % SECONDS[place.kind]:
        score -= 1.0
    return max(score + (IN_TURN if turn == at else 0.0), 0.05)


def _may_be_port(value: Value) -> bool:
    """True for a number that a port may have, and one of the low ones only behind a word that ports stand behind."""
    number = int(value.text) if value.text.isdecimal() else 0
    return 1024 <= number <= 65_535 or (1 <= number <= 65_535 and value.before in _BEFORE_PORTS)


def _quote_around(template: str, at: int) -> str:
    """Return the quote that is open at a place of the template, "" for none."""
    inside = ""
    for letter in template[:at]:
        if letter in "'\"" and inside in ("", letter):
            inside = "" if inside else letter
    return inside


def _shown(place: _Place, value: Value | None, inside: str, default: str | None) -> str:
    if value is None:
        default = place.default if default is None else default
        if default is None:
            default = DEFAULTS.get(place.kind, place.kind.upper())
        return "'*'" if default == "*" and not inside and place.kind == "glob" else default
    text = _written(place, value)
    if place.kind in ("old", "new"):
        text = re.sub(r"([/&\\.*\[\]^$])" if place.kind == "old" else r"([/&\\])", r"\\\1", text)
    if inside == "'":
        return text.replace("'", "'\\''")
    if inside == '"':
        return re.sub(r'(["`\\])' if value.kind == "var" else r'(["$`\\])', r"\\\1", text)
    return quoted(text, value.kind, place.kind)


def _written(place: _Place, value: Value) -> str:
    if place.kind in SECONDS and value.kind == "time":
        return str(max(1, round(value.amount / SECONDS[place.kind])))
    if place.kind == "glob" and value.kind == "ext":
        return f"*.{value.text}"
    if place.kind == "num" and value.kind == "size":
        return value.text.rstrip("c")
    if place.kind == "ext":
        return value.text.lstrip("*.")
    if place.kind == "glob" and value.kind == "word":
        return f"*{value.text}*"
    return value.text


def quoted(text: str, kind: str = "", slot: str = "") -> str:
    """Return the text as one word of a shell: `~` and variables stay what they are, a leading `-` becomes no option."""
    if kind == "var":
        return f'"{text}"'
    if text.startswith("-") and slot in ("file", "dir", "path"):
        text = f"./{text}"
    if (
        kind in ("glob", "path")
        and re.search(r"[*?]", text)
        and slot in ("file", "path", "dir")
        and re.fullmatch(r"[\w.*?/~\[\]-]+", text)
    ):
        return text
    home = re.match(r"~(?:/|$)", text)
    if home:
        rest = text[home.end() :]
        return home.group() + (shlex.quote(rest) if rest else "")
    if kind == "path" and re.fullmatch(r"\$\w+(?:/[\w./$-]*)?", text):
        return f'"{text}"'
    return shlex.quote(text)
