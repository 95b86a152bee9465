"""What programs print or write that must not leave the machine: `outputs.toml` lists them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from caro.knowledge import Knowledge, Table
from caro.safety import targets
from caro.safety.call import Call
from caro.safety.programs import verb_end
from caro.safety.streams import Stream
from caro.safety.values import OPEN, Arg, arg, shown


@dataclass(frozen=True, slots=True)
class Output:
    """One table of `outputs.toml`; its head says what each field is."""

    verbs: tuple[tuple[str, ...], ...]
    options: tuple[str, ...]
    given: frozenset[str]
    into: tuple[str, ...]
    made: str
    kind: str


def _output(table: Table) -> Output:
    def listed(key: str) -> tuple[str, ...]:
        return tuple(filter(None, table.get(key, "").split("|")))

    return Output(
        tuple(tuple(verb.split()) for verb in table["verbs"]),
        listed("options"),
        frozenset(listed("given")),
        listed("into"),
        table.get("made", ""),
        table["kind"],
    )


def _read(knowledge: Knowledge) -> dict[str, list[Output]]:
    found: dict[str, list[Output]] = {}
    for name, table in knowledge.table("safety/outputs").items():
        outputs = [_output(part) for part in (table, *table.values()) if isinstance(part, dict)]
        for alias in (name, *table.get("same_as", ())):
            found[alias] = outputs
    return found


def private_output(call: Call) -> Stream | None:
    """Return what the call prints where that is private; a file that it makes is noted under its name."""
    for output in call.state.knowledge.view(_read).get(call.name, ()):
        if not _applies(call, output):
            continue
        stream = Stream(None, frozenset({output.kind}), (), " ".join(map(shown, call.argv[:4])))
        for path in _files(call, output):
            if OPEN not in path and path not in ("-", "/dev/stdout"):
                call.state.files[targets.resolve(path, call.state.cwd)] = stream
        return stream
    return None


def _applies(call: Call, output: Output) -> bool:
    words = [word for word in call.argv[1:] if not word.startswith("-") or word == "-"]
    if not any(verb_end(verb, words) >= 0 for verb in output.verbs):
        return False
    if output.options and not any(word.split("=", 1)[0] in output.options for word in call.argv[1:]):
        return False
    return not output.given or bool(output.given & set(call.argv[1:]))


def _files(call: Call, output: Output) -> Iterator[Arg]:
    words = call.argv
    if output.made:
        yield arg(output.made + "*")
    if "last" in output.into:
        yield from words[-1:]
        return
    for at, word in enumerate(words[1:], 1):
        name, equals, value = word.partition("=")
        if name in output.into:
            yield from [arg(value)] if equals else words[at + 1 : at + 2]
