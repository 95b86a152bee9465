"""The safer command that a verdict names, filled with the words of the real one; "" where there is none that holds.

`{target}` what is hit · `{command}` all its words · `{file}` and `{url}` the target where it is one · `{look}` the
command with the verb that shows the same thing (`looks.toml`: `gcloud sql instances delete x -q` → `gcloud sql
instances describe x`) · `{dump}` what saves that database first (`dumps.toml`) · `{gentle}` the same deletion into the
trash can, or asking first · `{without OPTIONS}` the command without them · `{swap OLD=NEW}` the command with that word
in place of another.

An advice keeps the person's intent, the program and the place (`docker exec db …`); one that would need a word which
nobody gave is none.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from caro.knowledge import Knowledge
from caro.parse.lines import parse
from caro.parse.nodes import Simple
from caro.parse.pattern import pattern
from caro.safety.effects import ELSEWHERE, Effect, Place
from caro.safety.programs import CAMEL, catalogue

MAX_WORDS = 200
_PLACEHOLDER = pattern(r"\{(target|program|command|file|url|dump|gentle|look|without [^}]+|swap [^}]+)\}")
_AGREEING = frozenset(
    "-y --yes -f --force -q --quiet --auto-approve -auto-approve --confirm --no-prompts".split()
)
_PATH = pattern(r"[~/.$\w][^\s;|&<>()`]*")
_URL = pattern(r"[a-z+]+://\S+|[\w-]+(\.[\w-]+)+(/\S*)?")
_PLAIN = pattern(r"[\w@%+=:,./~$*?\[\]{}!-]+")
_MADE_UP = pattern(r"\$\(…\)|found-by-test|\$(found|stdin)\b|\*\*/|…|^it$|<[\w-]+>")
"""What stands for a word that is only known when the line runs."""


_FOLDER = pattern(
    r"/$|(^|/)\.(ssh|aws|gnupg|kube|docker|azure|password-store|mozilla|bitcoin|electrum|config(/[\w-]+)?)$"
)

# what no trash can holds, or nobody wants in one: looking is what is left
_WHOLE = frozenset({"root", "system", "home", "device"})
_KEPT = frozenset({"boot", "log", "vital", "kernel", "history"})


def fitting(template: str, effect: Effect) -> str:
    """`template` where it makes sense for what is hit: a shredded device has nothing below it, `/` goes into no
    trash can."""
    if effect.scope == "device" and "recursive" not in effect.facts:
        template = template.replace(" and everything below it", "")
    narrowed_find = effect.program == "find" and "narrowed" in effect.facts
    if effect.scope in _WHOLE | _KEPT and template == "{gentle}" and not narrowed_find:
        return "lsblk -f {target}" if effect.scope == "device" else "ls -ld {target}"
    if template.startswith("gpg -c") and _FOLDER.search(effect.target):
        return ""  # gpg(1) seals files alone
    if template.startswith("cp {target}") and effect.target.startswith("/dev/"):
        return "lsblk -f"
    if template.startswith("cp {target}") and (
        set("*?[") & set(effect.target) or effect.scope in _KEPT | _WHOLE or effect.target.startswith("/sys/")
    ):
        return "ls -ld {target}" if effect.scope in _WHOLE else "ls -l {target}"
    return template


def usual(effect: Effect, knowledge: Knowledge) -> str:
    """Return the template that a program has for an effect of any rule (`usual.toml`); "" where it has none."""
    table = knowledge.table("safety/usual").get(effect.name, {})
    name = effect.argv[0].rsplit("/", 1)[-1] if effect.argv else effect.program
    return str(table.get(name, table.get(effect.program, "")))


def told(template: str, effect: Effect) -> str:
    """Return the sentence that says why, with the words of the command in it."""
    return _PLACEHOLDER.sub(lambda match: _told_word(match[1], effect)[:MAX_WORDS], template)


def _told_word(name: str, effect: Effect) -> str:
    program = effect.argv[0].rsplit("/", 1)[-1] if effect.argv else effect.program
    if name == "program":
        return program
    if name == "command":
        return typed(effect.argv)
    return _shortened(effect.target) or "something"


def _shortened(target: str) -> str:
    """A target as a person may read it: a name that only find knows is told as what find looks in."""
    return target.replace("*/found-by-test", "…").replace("$found", "…").replace("$stdin", "what comes in")


def advice(template: str, effect: Effect, knowledge: Knowledge, trash: str = "") -> str:
    """Return `template` filled as a line that can be typed, in the place where the command runs; "" where a word is
    missing, or that place can't be reached in the same way. `trash` is the trash can's command here."""
    if not template or effect.place == ELSEWHERE:
        return ""
    if effect.scope == "device" and "{target}" in template and not effect.target.startswith(("/dev/", "$")):
        return ""  # a partition of a phone, a disk of another system
    if effect.scope == "unset" and effect.program == "rm":
        if any(map(_MADE_UP.search, effect.argv)):
            return ""
        return _in_place(_with_guarded_variable(effect), effect.place)
    values: list[str | None] = []

    def filled(match: re.Match[str]) -> str:
        values.append(_value(match[1], effect, knowledge, trash if not effect.place else ""))
        return values[-1] or ""

    text = _PLACEHOLDER.sub(filled, template)
    if any(value is None for value in values) or len(text) > 2 * MAX_WORDS or _MADE_UP.search(text):
        return ""
    if not template.startswith("{"):
        text = _as_typed(text, effect, knowledge)
    return _in_place(text, effect.place)


def _value(name: str, effect: Effect, knowledge: Knowledge, trash: str) -> str | None:
    words = list(effect.argv)
    if name == "command":
        return None if "-" in words or any(map(_MADE_UP.search, words)) else typed(words)
    if name.startswith("without "):
        return _without(words, frozenset(name.removeprefix("without ").split("|")))
    if name.startswith("swap "):
        return _swapped(words, *name.removeprefix("swap ").split("=", 1))
    if name == "look":
        return _look(words, knowledge)
    if name == "dump":
        return _dump(words, effect, knowledge)
    if name == "gentle":
        return _gentle(words, effect, trash)
    target = effect.target
    if not target or _MADE_UP.search(target) or "$(" in target:
        return None
    if name == "file" and (
        not _PATH.fullmatch(target)
        or "=" in target
        or (not target.startswith(("/", "~", ".")) and not effect.scope)
    ):
        return None
    if name == "url" and not (_URL.fullmatch(target) and target.isascii()):
        return None
    if effect.scope:
        return _quoted(target)
    return target if all(map(_PLAIN.fullmatch, target.split())) else None


_GLOBBED = pattern(r"([*?]+)")
"""What a shell must see bare to match names (POSIX sh, 2.13)."""


def _quoted(path: str) -> str:
    if not path or _PLAIN.fullmatch(path):
        return path
    if "$" not in path and "'" not in path and (pieces := _GLOBBED.split(path))[1:]:
        return "".join(piece if index % 2 else _quoted(piece) for index, piece in enumerate(pieces))
    if "$" in path:
        return '"' + path.replace('"', '\\"') + '"'
    return "~/" + shlex.quote(path[2:]) if path.startswith("~/") else shlex.quote(path)


def typed(words: Sequence[str]) -> str:
    """Return words as a line that can be typed: quoted where they must be."""
    return " ".join(_quoted(word) or "''" for word in words)


def _without(words: list[str], options: frozenset[str]) -> str | None:
    """The command without `options`, where one of them is a word of its own."""
    kept = [word for word in words if word not in options]
    return typed(kept) if len(kept) < len(words) and not any(map(_MADE_UP.search, kept)) else None


def _swapped(words: list[str], old: str, new: str) -> str | None:
    """The command with `new` where `old` stands, and nothing that agrees beforehand."""
    if old not in words or any(map(_MADE_UP.search, words)):
        return None
    at = words.index(old)
    after = [word for word in words[at + 1 :] if word not in _AGREEING]
    return typed([*words[:at], *new.split(), *after])


# -- deleting


_RM_OPTION = pattern(r"-[a-zA-Z]+")


def _gentle(words: list[str], effect: Effect, trash: str) -> str | None:
    name = words[0].rsplit("/", 1)[-1] if words else ""
    if name == "find":
        return _find_preview(words)
    if name == "rsync":
        return typed([*words, "--dry-run"])
    if _MADE_UP.search(effect.target) or any(map(_MADE_UP.search, words)):
        return None
    if name != "rm":
        return f"ls -ld {_quoted(effect.target)}" if _PATH.fullmatch(effect.target) else None
    options = [word for word in words[1:] if word.startswith("-") and word not in ("-", "--")]
    operands = [word for word in words[1:] if word not in options and word != "--"]
    if trash:
        return typed([*trash.split(), *operands])
    letters = "".join(word[1:] for word in options if _RM_OPTION.fullmatch(word))
    deep = "r" if {"r", "R"} & set(letters) or "--recursive" in options else ""
    return typed([words[0], f"-{deep}I", *(["--"] if "--" in words else []), *operands])


def _find_preview(words: list[str]) -> str | None:
    """find(1) with its action replaced: it prints all that would go."""
    ends = {"-delete", "-exec", "-execdir", "-ok", "-okdir", "-print0", "-fprint"}
    at = next((index for index, word in enumerate(words) if word in ends), len(words))
    kept = words[:at]
    if at < len(words) - 1 and words[at] == "-delete":
        return None
    return f"{' '.join(map(_find_word, kept))} -print"


def _find_word(word: str) -> str:
    return word if re.fullmatch(r"[\w@%+=:,./~$-]+", word) else shlex.quote(word)


def _with_guarded_variable(effect: Effect) -> str:
    """`rm -rf $D/*` as `rm -rf "${D:?}"/*`: the shell stops where D is empty or not set (POSIX sh, 2.6.2)."""
    return " ".join(
        re.sub(r"\$(\w+)", r'"${\1:?}"', word, count=1) if "$" in word else _quoted(word)
        for word in effect.argv
    )


# -- services


def _look(words: list[str], knowledge: Knowledge) -> str | None:
    """The command with the verb that shows the same thing, or lists its kind."""
    name = words[0].rsplit("/", 1)[-1] if words else ""
    table = knowledge.table("safety/looks").get(name)
    if table is None or any(map(_MADE_UP.search, words)) or "-" in words:
        return None
    values = _values_of(name, knowledge)
    at = _verb_at(words, values, knowledge, name)
    if at is None:
        return None
    group = [word for word, is_value in _walk(words[1:at], values) if not is_value and word[0] != "-"]
    verb = table.get(" ".join(group), table.get("default", ""))
    if not verb:
        return None
    scopes = _scopes(words[at + 1 :], values)
    if verb in ("list", "ls"):
        return typed([*words[:at], verb, *scopes])
    operands = [word for word, is_value in _walk(words[at + 1 :], values) if not is_value and word[0] != "-"]
    named = [word for word in scopes if word]
    return typed([*words[:at], verb, *operands, *named])


def _verb_at(words: list[str], values: frozenset[str], knowledge: Knowledge, name: str) -> int | None:
    known = catalogue(knowledge)
    spec = known.get(name)
    verbs = {
        *known.destructive,
        *known.guessed,
        *(verb for verb, effect in (spec.verbs if spec else ()) if effect),
    }
    for at, (word, is_value) in enumerate(_walk(words[1:], values), 1):
        if not is_value and CAMEL.sub("-", word).lower() in verbs:
            return at
    return None


def _values_of(name: str, knowledge: Knowledge) -> frozenset[str]:
    spec = catalogue(knowledge).get(name)
    return (spec.values if spec else frozenset()) | _SCOPE_OPTIONS


def _walk(words: list[str], values: frozenset[str]) -> list[tuple[str, bool]]:
    """Each word, and whether it is the value of the option before it."""
    return [(word, at > 0 and words[at - 1] in values) for at, word in enumerate(words)]


_SCOPE_OPTIONS = frozenset(
    "--namespace --context --kubeconfig --kube-context --app --project --region --zone --location"
    " --profile --resource-group"
    " -g --subscription --cluster --org --organization --repo --endpoint-url --account --name --vault-name"
    " --account-name --server-name --vnet-name --projectId --instance --team --scope".split()
)
"""Options that say where a thing is, not what is done with it."""
_SHORT_SCOPES = frozenset({"-n", "-a", "-R", "-p"})


def _scopes(words: list[str], values: frozenset[str]) -> list[str]:
    found: list[str] = []
    for at, word in enumerate(words):
        option = word.partition("=")[0]
        if option not in _SCOPE_OPTIONS and not (option in _SHORT_SCOPES and option in values):
            continue
        found.append(word)
        if "=" not in word and at + 1 < len(words):
            found.append(words[at + 1])
    return found


_BETWEEN = pattern(r"(\s*(?:&&|;|\||>)\s*)")


def _as_typed(text: str, effect: Effect, knowledge: Knowledge) -> str:
    """An advice for a program as the person calls it: podman for docker, with the options that say where."""
    words = list(effect.argv)
    name = words[0].rsplit("/", 1)[-1] if words else ""
    spec = catalogue(knowledge).get(name)
    if spec is None or not spec.service or not words:
        return text
    pieces = _BETWEEN.split(text)
    for at in range(0, len(pieces), 2):
        piece = pieces[at].split()
        if piece[:1] != [spec.name] or (at and ">" in pieces[at - 1]):
            continue
        pieces[at] = " ".join(
            [words[0], *_lead_options(words, spec.values), *piece[1:], *_late_scopes(words, spec.values)]
        )
    return "".join(pieces)


def _lead_options(words: list[str], values: frozenset[str]) -> list[str]:
    """The options before the first operand: `--context prod`."""
    at = 1
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in values else 1
    return [
        _quoted(word)
        for index, word in enumerate(words[1:at], 1)
        if word not in _AGREEING or word in values or words[index - 1] in values
    ]


def _late_scopes(words: list[str], values: frozenset[str]) -> list[str]:
    start = 1 + len(_lead_options(words, values))
    return [_quoted(word) for word in _scopes(words[start:], values | frozenset())]


# -- databases


def _dump(words: list[str], effect: Effect, knowledge: Knowledge) -> str | None:
    """What saves the database first: with the connection's own options, of the database that is named."""
    name = words[0].rsplit("/", 1)[-1] if words else effect.program
    entry = knowledge.table("safety/dumps").get(name) or knowledge.table("safety/dumps").get(effect.program)
    if entry is None or any(map(_MADE_UP.search, words)):
        return None
    kept, operands = _connection(words[1:], entry)
    if "at" in entry:  # `./manage.py flush`: up to that word the line stays
        at = next((index for index, word in enumerate(words) if word.endswith(entry["at"])), None)
        if at is None:
            return None
        lead = [entry["with"]] if at == 0 and "/" not in words[0] and "with" in entry else []
        return typed([*lead, *words[: at + 1], *entry["line"].split()])
    database = _database(words, operands, entry)
    if "{database}" in entry["line"] and not database:
        return None
    line: str = entry["line"]
    return (
        line.replace("{options}", "".join(f" {_quoted(word)}" for word in kept))
        .replace("{named}", f" {_quoted(database)}" if database else "")
        .replace("{database}", _quoted(database))
    )


def _connection(words: list[str], entry: dict[str, str]) -> tuple[list[str], list[str]]:
    """(options that say which server, operands) of a client's words."""
    keep, takes = entry.get("keep", "").split(), entry.get("values", "").split()
    kept: list[str] = []
    operands: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        option = word.partition("=")[0]
        attached = len(word) > 2 and word[:2] in keep and word[1] != "-"
        if option in keep or attached:
            kept.append(word)
            if (
                not attached
                and "=" not in word
                and option not in entry.get("flags", "").split()
                and at + 1 < len(words)
            ):
                kept.append(words[at + 1])
                at += 1
        elif word.startswith("-"):
            at += word in takes or (word[1:2] != "-" and f"-{word[-1]}" in takes)
        else:
            operands.append(word)
        at += 1
    return kept, operands


_NAMED_DATABASE = pattern(r"(?i)\bdrop\s+database\s+(?:if\s+exists\s+)?[`\"']?(\w+)")


def _database(words: list[str], operands: list[str], entry: dict[str, str]) -> str:
    named = _NAMED_DATABASE.search(" ".join(words))
    if named:
        return named[1]
    for option in entry.get("database", "").split():
        for at, word in enumerate(words):
            if word == option and at + 1 < len(words):
                return words[at + 1]
            if word.startswith(f"{option}=") and option.startswith("--"):
                return word.partition("=")[2]
    if entry.get("operand") and operands:
        return operands[0]
    return ""


# -- places


def _in_place(text: str | None, place: Place) -> str:
    """The line as it must be typed here to run in that place."""
    for lead in reversed(place):
        if not text or not lead or any(map(_MADE_UP.search, lead)):
            return ""
        program = lead[0].rsplit("/", 1)[-1]
        if program == "ssh":
            text = f"{typed(lead)} {shlex.quote(text)}"
        elif _is_one_command(text):
            text = f"{typed(lead)} {text}"
        else:
            text = f"{typed(lead)} sh -c {shlex.quote(text)}"
    return text or ""


def _is_one_command(text: str) -> bool:
    program = parse(text)
    node = program.body.items[0][1] if program.clean and len(program.body.items) == 1 else None
    return isinstance(node, Simple) and not node.redirects
