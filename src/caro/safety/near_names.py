"""Packages and images whose name is nearly a well-known one: one letter more, less or another, two in the wrong order,
another separator. Whoever registers such a name waits for a slip (pip, npm, cargo … run code of what they install).

Which of the words are names: pip-install(1), npm-install(1), npx(1), gem(1), cargo-add(1), go-get, composer, brew(1),
docker-run(1).
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from caro.knowledge import Knowledge
from caro.parse.pattern import pattern
from caro.safety.call import Call
from caro.safety.values import OPEN, Arg, shown

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-_./"
_ECOSYSTEMS = {
    "pip": "pip", "pip3": "pip", "pipx": "pip", "uv": "pip", "uvx": "pip", "poetry": "pip", "pdm": "pip",
    "pipenv": "pip",
    "rye": "pip", "hatch": "pip", "conda": "pip", "mamba": "pip", "micromamba": "pip", "easy_install": "pip",
    "npm": "npm", "pnpm": "npm", "yarn": "npm", "bun": "npm", "npx": "npm", "bunx": "npm",
    "gem": "gem", "cargo": "cargo", "go": "go", "composer": "composer", "brew": "brew",
    "docker": "docker", "podman": "docker", "nerdctl": "docker",
}  # fmt: skip
_VERBS = {
    "pip": frozenset({"install", "add"}),
    "npm": frozenset({"install", "i", "add", "in", "dlx", "exec", "x"}),
    "gem": frozenset({"install", "i"}),
    "cargo": frozenset({"add", "install", "binstall"}),
    "go": frozenset({"get", "install"}),
    "composer": frozenset({"require"}),
    "brew": frozenset({"install", "reinstall"}),
    "docker": frozenset({"pull", "run", "create"}),
}
_FIRST_ONLY = frozenset({"npx", "bunx", "uvx", "dlx", "exec", "x", "run", "create", "pull"})
"""Behind these stands one name, and then what is none."""
_OTHER_INDEX = ("--index-url", "--registry", "--extra-index-url", "--source", "--default-index", "--index=")
_NO_NAME = pattern(r"[./~]|\w+://|git\+|@|.*\.(whl|tgz|tar\.gz|zip|gem|txt|toml)$|file:|link:|workspace:")
_TAIL = pattern(r"(\[.*\])?\s*([=<>!~;^].*|@[^/]*|:[\w.-]+)?$")


@dataclass(frozen=True, slots=True)
class Names:
    """Names of one ecosystem; `plain` leads from a name without separators to the name."""

    known: frozenset[str]
    real: frozenset[str]
    plain: dict[str, str]


def _read(knowledge: Knowledge) -> dict[str, Names]:
    found = {}
    for ecosystem, table in knowledge.table("safety/near_names").items():
        known = frozenset(table["known"].split())
        found[ecosystem] = Names(
            known, frozenset(table["real"].split()), {_plain(name): name for name in known}
        )
    return found


def note_near_names(call: Call) -> None:
    """Record an install of what is nearly a well-known package."""
    ecosystem = _ECOSYSTEMS.get(call.name)
    if ecosystem is None:
        return
    words = _named(call, ecosystem)
    if not words:
        return
    names = call.state.knowledge.view(_read)[ecosystem]
    for word in words[:16]:
        meant = _meant(_TAIL.sub("", word.lower(), count=1), ecosystem, names)
        if meant is not None:
            typed = _TAIL.sub("", word, count=1)
            safer = [
                str(other).replace(typed, meant) if other is word else shown(other) for other in call.argv
            ]
            why = (
                "{target} is nearly the well-known "
                + meant
                + ": what has the other name runs its own code here"
            )
            call.effect("install_untrusted", typed, "", why=why, instead=shlex.join(safer), base=55)
            return


def _named(call: Call, ecosystem: str) -> list[Arg]:
    """The words of the call that name packages of the public index."""
    words = call.argv[1:]
    if call.name in ("npx", "bunx", "uvx"):
        return [word for word in words if not word.startswith("-")][:1] if words[:1] != ["-c"] else []
    verb = next((at for at, word in enumerate(words[:4]) if word in _VERBS[ecosystem]), None)
    if verb is None or any(not _is_lead(word) for word in words[:verb]):
        return []
    operands = [word for word in call.arguments.positional if word not in words[: verb + 1]]
    if ecosystem == "docker":
        operands = _image(words[verb + 1 :])
    if any(word.startswith(_OTHER_INDEX) or (word == "-i" and ecosystem == "pip") for word in words):
        return []  # another index has names of its own
    kept = [word for word in operands if OPEN not in word and not _NO_NAME.match(word)]
    return kept[:1] if words[verb] in _FIRST_ONLY else kept


def _is_lead(word: Arg) -> bool:
    return word.startswith("-") or word in ("pip", "tool", "global", "image", "container", "self", "bundle")


_IMAGE_VALUES = frozenset(
    "-v --volume -e --env -p --publish -w --workdir --name -u --user --network --net --entrypoint -h --hostname -m"
    " --memory --cpus"
    " --mount --env-file -l --label --platform --restart --device --cap-add --cap-drop --security-opt --add-host"
    " --dns --gpus --ulimit --tmpfs --pid --ipc --userns --log-driver --log-opt --shm-size --pull --runtime".split()
)


def _image(words: list[Arg]) -> list[Arg]:
    """docker-run(1): the first operand, if it is an image of the official library."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in _IMAGE_VALUES else 1
    return [word for word in words[at : at + 1] if "/" not in word]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]", "", name)


def _meant(name: str, ecosystem: str, names: Names) -> str | None:
    """The well-known name that `name` nearly is; None where it is one itself, or like none."""
    if ecosystem == "pip":
        name = re.sub(r"[-_.]+", "-", name)
    if ecosystem == "cargo" and name.replace("-", "_") in {known.replace("-", "_") for known in names.known}:
        return None  # crates.io takes both for one
    if ecosystem == "go":
        name = re.sub(r"/v\d+$", "", name)
    if len(name) < 4 or len(name) > 60 or name in names.known or name in names.real:
        return None
    bare = _plain(name)
    if ecosystem in ("npm", "cargo", "gem") and (
        same := names.plain.get(bare) or names.plain.get(_without_js(bare))
    ):
        return same
    if len(name) < 5:
        return next((near for near in sorted(_slips(name)) if near in names.known and len(near) > 2), None)
    near = sorted(edit for edit in _edits(name) if len(edit) > 4 or edit in _slips(name))
    return next((edit for edit in near if edit in names.known), None)


def _without_js(bare: str) -> str:
    """`jquery.js`, `node-sqlite`: what impostors put around a name."""
    return bare.removesuffix("js") if bare.endswith("js") and len(bare) > 6 else bare


def _slips(name: str) -> set[str]:
    """A letter typed twice, or two in the wrong order."""
    cuts = [(name[:at], name[at:]) for at in range(len(name))]
    doubled = {left + right[1:] for left, right in cuts if len(right) > 1 and right[0] == right[1]}
    turned = {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    return (doubled | turned) - {name}


def _edits(name: str) -> set[str]:
    """Every name at one slip's distance (Damerau 1964)."""
    cuts = [(name[:at], name[at:]) for at in range(len(name) + 1)]
    less = {left + right[1:] for left, right in cuts if right}
    other = {left + letter + right[1:] for left, right in cuts if right for letter in _LETTERS}
    more = {left + letter + right for left, right in cuts for letter in _LETTERS}
    return (less | other | more | _slips(name)) - {name}
