"""The safer command that a verdict names, filled with the words of the real one.

`{target}` what is hit · `{program}` · `{command}` all its words · `{file}` and `{url}` the target where it is one ·
`{look VERB}` the command with another verb: `gcloud sql instances delete x -q`, VERB `describe` → `gcloud sql instances
describe x` · `{list}` the same up to the verb, which is `list` · `{dump}` what saves that database first.
"""

from __future__ import annotations

import re
import shlex

from caro.knowledge import Knowledge
from caro.parse.pattern import pattern
from caro.safety.effects import Effect
from caro.safety.programs import CAMEL, catalogue

MAX_WORDS = 200
_PLACEHOLDER = pattern(r"\{(target|program|command|file|url|list|dump|look [a-z-]+)\}")
_AGREEING = frozenset(
    "-y --yes -f --force -q --quiet --auto-approve -auto-approve --confirm --no-prompts".split()
)
_PATH = pattern(r"[~/.$\w][^\s;|&<>()`]*")
_URL = pattern(r"[a-z+]+://\S+|[\w-]+(\.[\w-]+)+(/\S*)?")
_PLAIN = pattern(r"[\w@%+=:,./~$*?\[\]{}!-]+")


# what no trash can holds, or nobody wants in one: looking is what is left
_WHOLE = frozenset({"root", "system", "home", "device"})


def fitting(template: str, effect: Effect) -> str:
    """`template` where it makes sense for what is hit: a shredded device has nothing below it, `/` goes into no
    trash can."""
    if effect.scope == "device" and "recursive" not in effect.facts:
        template = template.replace(" and everything below it", "")
    if effect.scope in _WHOLE and template.startswith("trash-put "):
        return "lsblk -f {target}" if effect.scope == "device" else "ls -ld {target}"
    if "{url}" in template and not _URL.fullmatch(effect.target) and _PATH.fullmatch(effect.target):
        return "less {target}"
    return template


def fill(template: str, effect: Effect, knowledge: Knowledge, prose: bool = False) -> str:
    """`template` with each placeholder replaced; what is not known gets a name in capitals. In `prose` a path stands
    as it is, in a command it is quoted where it must be."""
    path = "" if prose or not effect.scope else _quoted(effect.target)
    return _PLACEHOLDER.sub(lambda match: _value(match[1], effect, path, knowledge)[:MAX_WORDS], template)


def _quoted(path: str) -> str:
    if not path or _PLAIN.fullmatch(path):
        return path
    if "$" in path:
        return '"' + path.replace('"', '\\"') + '"'
    return "~/" + shlex.quote(path[2:]) if path.startswith("~/") else shlex.quote(path)


def _value(name: str, effect: Effect, path: str, knowledge: Knowledge) -> str:
    target = path or effect.target or "it"
    program = effect.argv[0].rsplit("/", 1)[-1] if effect.argv else effect.program
    if name == "target":
        return target
    if name == "program":
        return program
    if name == "file":
        return target if _PATH.fullmatch(target) else "FILE"
    if name == "url":
        return target if _URL.fullmatch(target) else "URL"
    if name == "dump":
        return str(knowledge.table("safety/dumps")["dump"].get(effect.program, "")) or f"{program} --help"
    words = [word for word in effect.argv if name == "command" or word not in _AGREEING]
    if name == "command":
        return _line(words)
    return _other_verb(words, name.removeprefix("look "), name == "list", knowledge) or f"{program} --help"


def _other_verb(words: list[str], verb: str, ends_there: bool, knowledge: Knowledge) -> str:
    known = catalogue(knowledge)
    spec = known.get(words[0].rsplit("/", 1)[-1]) if words else None
    verbs = {
        *known.destructive,
        *known.guessed,
        *(name for name, effect in (spec.verbs if spec else ()) if effect),
    }
    for at, word in enumerate(words[1:], 1):
        pieces = re.split(r"([-:._])", CAMEL.sub("-", word).lower())
        hit = next((index for index, piece in enumerate(pieces) if piece in verbs), None)
        if hit is None or word.startswith("-"):
            continue
        pieces[hit] = verb
        return _line([*words[:at], "".join(pieces), *([] if ends_there else words[at + 1 :])])
    return ""


def _line(words: list[str]) -> str:
    return " ".join(word if _PLAIN.fullmatch(word) else shlex.quote(word) for word in words)
