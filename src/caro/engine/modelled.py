"""A model's answer as one more suggestion: read, checked against this machine, asked for again once with the reason.

Its text is data. It passes what every suggestion passes, and is always told with the guard's verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from caro.ask.answer import Suggestion
from caro.fix.spec_walk import walk
from caro.fix.words import simple_commands
from caro.llm.backend import Backend, NoAnswer, Turn, Waits, answer_of
from caro.llm.prompt import again, turns_for
from caro.llm.reading import command_in
from caro.parse.lines import parse

if TYPE_CHECKING:
    from caro.engine.asking import Asked
    from caro.engine.question import Question
    from caro.machine.inventory import MachineInventory

SOURCE = "model"
EXAMPLES = 3


def conversation(words: str, place: Question, world: MachineInventory, found: Sequence[Asked]) -> list[Turn]:
    """Return what would be sent: the words, the system, and the nearest pairs; nothing else."""
    examples = [(asked.why.partition(";")[0], asked.command) for asked in reversed(found[:EXAMPLES])]
    tools = "BSD" if world.platform == "macos" else "GNU"
    return turns_for(words, world.platform, tools, place.dialect, examples)


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
