"""Runners of package managers and environments: `poetry run X`, `npx X`. Who takes what: `runners.toml`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from caro.knowledge import Knowledge
from caro.parse.pattern import pattern
from caro.safety.arguments import parse_arguments
from caro.safety.call import Call
from caro.safety.streams import Stream
from caro.safety.unwrap.forms import form, operands
from caro.safety.values import Arg, arg, shown
from caro.safety.wrappers import Wrapper


@dataclass(frozen=True, slots=True)
class Runners:
    """`runners.toml`; its comments say what each list is."""

    verbs: frozenset[str]
    text: frozenset[str]
    text_options: tuple[str, ...]
    own_text_options: dict[str, list[str]]
    lead: dict[str, int]
    project_tools: frozenset[str]
    tool_runners: frozenset[str]
    first: frozenset[str]
    first_values: frozenset[str]
    run_values: frozenset[str]
    named_first: dict[str, list[str]]
    own_scripts: frozenset[str]


def _read(knowledge: Knowledge) -> Runners:
    table = knowledge.table("safety/runners")
    plain = {key: frozenset(words) for key, words in table.items() if isinstance(words, list)}
    return Runners(
        **plain | {"text_options": tuple(table["text_options"])},  # type: ignore[arg-type]
        own_text_options=table["own_text_options"],
        lead=table["lead"],
        named_first=table["named_first"],
    )


@form("runner")
def _runner(call: Call, wrapper: Wrapper) -> Stream | None:
    """`poetry run X`, `bundle exec X`, `op run -- X`, `npx X`: X is judged; their own verbs stay with their data."""
    argv, known = call.argv, call.state.knowledge.view(_read)
    _set_script(call)
    out = _runner_text(call, known)
    if out is not None:
        return out
    if "--" in argv and (
        call.name == "fab" or any(word in known.verbs for word in argv[1 : argv.index(arg("--"))])
    ):
        return call.run_argv(argv[argv.index(arg("--")) + 1 :], call.name)
    if call.name in known.first:
        return _runner_first(call, known)
    if call.name in known.tool_runners and len(argv) > 1 and argv[1] in known.project_tools:
        return call.run_argv(argv[1:], call.name)  # `yarn prisma migrate reset` runs node_modules/.bin/prisma
    return _runner_verb(call, known)


def _set_script(call: Call) -> None:
    """`npm pkg set scripts.NAME=TEXT`, `npm set-script NAME TEXT` (npm-pkg(1)): the text runs later."""
    words = call.argv[1:]
    if words[:2] == ["pkg", "set"]:
        for word in words[2:]:
            name, equals, text = word.partition("=")
            if equals and name.startswith("scripts."):
                call.run_text(shown(text), f"{call.name} script", frozenset({"deferred"}))
    elif words[:1] == ["set-script"] and len(words) > 2:
        call.run_text(shown(words[2]), f"{call.name} script", frozenset({"deferred"}))


def _runner_text(call: Call, known: Runners) -> Stream | None:
    """An option with shell text: `npx -c TEXT`, `nix-shell --run TEXT`, `vagrant ssh NAME -c TEXT`."""
    argv = call.argv
    if call.name not in known.text:
        return None
    lead = next((at for at, word in enumerate(argv[1:], 1) if not word.startswith("-")), len(argv))
    limit = lead + known.lead.get(call.name, 2)
    for at, word in enumerate(argv[:limit]):
        option, equals, value = word.partition("=")
        if option not in known.own_text_options.get(call.name, known.text_options):
            continue
        if equals:
            return call.run_text(shown(value), call.name)
        if call.name == "nix" and len(argv) > at + 1:
            return call.run_text(shown(" ".join(argv[at + 1 :])), call.name)
        if len(argv) > at + 1:
            return call.run_text(shown(argv[at + 1]), call.name)
    return None


def _runner_first(call: Call, known: Runners) -> Stream | None:
    """npx, uvx …: the first operand is the command, and may be fetched for it."""
    arguments = parse_arguments(call.argv, known.first_values, stop_at_first=True)
    if arguments.has("--unregister", "--terminate"):
        return None  # wsl's own
    rest = operands(call.argv, Wrapper(known.first_values))
    for source in (*rest[:1], *arguments.all_values("--from", "-p", "--package", "--registry")):
        fetched = re.match(r"(git\+)?https?://", source) and "github.com" not in source
        if fetched and not ("--registry" in arguments.options and "registry.npmjs.org" in source):
            call.effect("install_untrusted", source, "", "url")
    return call.run_argv(rest, call.name) if rest else None


_LOSES_DATA = pattern(
    r"(?i)^(db|database|prisma|drizzle|migrations?|data|mongo|pg|redis)[:._-](\w+[:._-])*(reset|drop|wipe|purge|nuke|fresh|truncate|destroy)$"
)


def _told_by_script(call: Call, words: list[Arg]) -> None:
    """`npm run db:reset`: nobody sees the script here, its name says what goes."""
    if words and _LOSES_DATA.match(words[0]) and not call.state.world.project_files:
        call.effect("destroy_data", words[0], "", "guess")


def _from_elsewhere(call: Call, words: list[Arg]) -> None:
    """`yarn dlx URL`, `pnpm dlx --package=URL`: what is fetched runs at once."""
    for word in words:
        source = word.partition("=")[2] if word.startswith("--package=") else word
        if re.match(r"(git\+)?https?://", source) and "github.com" not in source:
            call.effect("install_untrusted", source, "", "url")
            return


_LEAD_VALUES = frozenset(
    {"--prefix", "--cwd", "-C", "--dir", "--workspace", "--registry", "--project", "--manifest-path"}
)


def _runner_verb(call: Call, known: Runners) -> Stream | None:
    for at, word in enumerate(call.argv[1:6], 1):
        if word.startswith("-") or call.argv[at - 1] in _LEAD_VALUES:
            continue
        if word not in known.verbs or (word == "ssh" and call.name not in known.named_first["ssh"]):
            return None
        if word in ("run", "env", "c") and call.name in known.own_scripts:
            _told_by_script(call, call.argv[at + 1 :])
            return None
        if word in ("dlx", "x"):
            _from_elsewhere(call, [*call.argv[at + 1 :]])
        rest = operands(call.argv[at:], Wrapper(known.run_values))
        rest = rest[1:] if call.name in known.named_first.get(word, ()) else rest
        if word in ("ssh",) or (len(rest) == 1 and " " in rest[0] and call.name in ("yarn", "npm", "pnpm")):
            return call.run_text(shown(" ".join(rest[:1])), f"{call.name} {word}")
        return call.run_argv(rest, f"{call.name} {word}") if rest else None
    return None
