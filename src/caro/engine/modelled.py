"""A model's answer as one more suggestion: read, checked against this machine, asked for again once with the reason.

Its text is data. It passes what every suggestion passes, and is always told with the guard's verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from caro.ask.answer import Suggestion
from caro.engine.around import LEVELS, around, output_lines, tools_of
from caro.fix.model import Answer, Candidate, Failure, RiskOf
from caro.fix.ranking import ranked
from caro.fix.spec_walk import unknown_letter, walk
from caro.fix.words import simple_commands
from caro.llm.backend import Backend, NoAnswer, Turn, Waits, answer_of
from caro.llm.prompt import Setting, again, turns_for, turns_of_fix
from caro.llm.reading import command_in
from caro.parse.lines import parse

if TYPE_CHECKING:
    from caro.engine.asking import Asked
    from caro.engine.question import Question
    from caro.machine.inventory import MachineInventory

SOURCE = "model"
EXAMPLES = 3
LIKELY = 0.5
"""Confidence of a model's fix: a guess, said as such."""
BY_MODEL = "the model's guess"
NONE = "NONE"
"""What a model says that knows no line."""


@dataclass(frozen=True)
class Context:
    """What may be told beside the words: the level (`llm.context`), what masks secrets, the line that ran last."""

    level: str = "words"
    redact: Callable[[str], str] = lambda text: text
    last: Failure | None = None


def conversation(
    words: str,
    place: Question,
    world: MachineInventory,
    found: Sequence[Asked],
    context: Context = Context(),
) -> list[Turn]:
    """Return what would be sent: the words, the system and its tools, the nearest pairs, and what the level lets go;
    nothing else."""
    examples = [(asked.why.partition(";")[0], asked.command) for asked in reversed(found[:EXAMPLES])]
    tools = tools_of(words, [asked.command for asked in found], world)
    told = around(context.level, place.cwd, world, context.redact, context.last)
    return turns_for(words, setting_of(place, world), examples, [*filter(None, [tools]), *told])


def fix_conversation(
    failure: Failure, place: Question, world: MachineInventory, context: Context
) -> list[Turn]:
    """Return what would be sent to have a failed line mended: the line, its status, and what the level lets go. Raises
    NoAnswer where the line holds a secret: what is masked can't be mended."""
    if context.redact(failure.command) != failure.command:
        raise NoAnswer("the line holds a secret")
    printed = output_lines(failure.output, context.redact) if context.level == LEVELS[-1] else []
    told = around(context.level, place.cwd, world, context.redact)
    return turns_of_fix(failure.command, failure.exit_code, setting_of(place, world), printed, told)


def model_fix(suggestion: Suggestion, failure: Failure, risk_of: RiskOf, least: float) -> Answer:
    """Return the model's line as the one fix of a failure; none where it is the same line, dares more than that, or
    runs more commands."""
    if len(simple_commands(suggestion.command)) > len(simple_commands(failure.command)):
        return Answer(failure.command)
    candidate = Candidate(suggestion.command, max(LIKELY, least), BY_MODEL, SOURCE)
    fixes = tuple(fix for fix in ranked([candidate], failure, risk_of, least) if not fix.raises_risk)
    return Answer(failure.command, fixes, fixes[0].why if fixes else "")


def setting_of(place: Question, world: MachineInventory) -> Setting:
    return Setting(world.platform, "BSD" if world.platform == "macos" else "GNU", place.dialect)


async def suggested(
    backend: Backend,
    turns: Sequence[Turn],
    waits: Waits,
    place: Question,
    world: MachineInventory,
    heard: Callable[[str], None] = lambda text: None,
) -> Suggestion:
    """Return the model's command. Raises NoAnswer where there is none that can be used, also after a second try."""
    said = ""
    for attempt in (1, 2):
        said = await answer_of(backend, turns, waits, heard)
        if said.strip().strip("`.'\"").upper() == NONE:
            raise NoAnswer("it knows none")
        try:
            command = command_in(said)
            check(command, place, world)
        except NoAnswer as problem:
            if attempt == 2:
                raise
            turns = again(turns, said, str(problem))
            continue
        name = next((simple.name for simple in simple_commands(command)), "")
        return Suggestion(command, SOURCE, "the model's answer", 0.0, tool=name)
    raise NoAnswer("the answer is empty")


def check(command: str, place: Question, world: MachineInventory) -> None:
    """Raise NoAnswer where the line can't be read, names an unknown program, or an option that its tool lacks."""
    if not parse(command, place.dialect).clean:
        raise NoAnswer("the shell can't read it")
    simples = simple_commands(command)
    if not simples:
        raise NoAnswer("it runs nothing")
    for simple in simples:
        name = simple.words[0].text
        known = "/" in name or simple.words[0].expands or world.has(name) or world.spec(name) is not None
        if not known and "=" not in name:
            raise NoAnswer(f"{name[:40]} is no program that is known here")
        for step in walk(simple, world):
            if step.role == "unknown-option" and step.certain and step.word.text.startswith("--"):
                raise NoAnswer(f"{name[:40]} has no option {step.word.text[:40]}")
            letter = unknown_letter(step, name) if step.role == "unknown-option" and step.certain else ""
            if letter:
                raise NoAnswer(f"{name[:40]} has no option -{letter}")
