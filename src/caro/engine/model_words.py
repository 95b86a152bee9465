"""What a model says in words of a failure, an output or a question about one: a guess below the offline answer.

It replaces nothing and changes no class: its text is data, and a command that it names is told with the guard's word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from caro.engine.around import LEVELS, around, output_lines
from caro.engine.modelled import Context, setting_of
from caro.engine.question import Question
from caro.levels import Level
from caro.llm.backend import Backend, NoAnswer, Turn, Waits, answer_of
from caro.llm.prompt import LONGEST_WORDS, turns_of_words
from caro.llm.reading import words_in
from caro.machine.inventory import MachineInventory

_COMMANDS = re.compile(r"`([^`]{2,400})`")
_OFFERED = re.compile(r"^(?:\$|(?:try|run|use|execute)(?: running)?:?)\s+", re.I)


@dataclass(frozen=True)
class About:
    """What is to be told in words: `kind` is `error`, `output` or `question`; `known` is the offline answer.

    `handed`: the person handed the output over (a pipe, a file); else Caro saw it, and it goes along at the level
    `output` alone. `status` None: nobody knows it.
    """

    kind: str
    command: str = ""
    status: int | None = None
    output: str = ""
    handed: bool = False
    words: str = ""
    known: Sequence[str] = ()


def conversation_about(
    about: About, place: Question, world: MachineInventory, context: Context
) -> list[Turn]:
    """Return what would be sent, secrets masked. Raises NoAnswer where nothing is known that could be told."""
    printed = output_lines(about.output, context.redact) if _output_goes(about, context) else []
    told = around(context.level, place.cwd, world, context.redact)
    if about.command:
        told.append(f"{'Failed' if about.kind == 'error' else 'Command'}: {context.redact(about.command)}")
    if about.status is not None:
        told.append(f"Exit status: {about.status}")
    if not printed and not about.command:
        raise NoAnswer("there is nothing that it may be told")
    told += printed
    if about.known and printed:
        # What the tables know may quote the output.
        told += ["Known already:", *map(context.redact, about.known)]
    if about.words:
        told.append(f"Question: {' '.join(context.redact(about.words).split())[:LONGEST_WORDS]}")
    return turns_of_words(about.kind, setting_of(place, world), told)


def _output_goes(about: About, context: Context) -> bool:
    return about.handed or context.level == LEVELS[-1]


async def words_about(
    backend: Backend,
    turns: Sequence[Turn],
    waits: Waits,
    level_of: Callable[[str], Level],
    heard: Callable[[str], None] = lambda text: None,
) -> list[str]:
    """Return the model's lines, and one more for each command in them that is dangerous. Raises NoAnswer."""
    lines = list(words_in(await answer_of(backend, turns, waits, heard, prose=True)))
    return lines + _cautions(lines, level_of)


def _cautions(lines: Sequence[str], level_of: Callable[[str], Level]) -> list[str]:
    told: dict[str, Level] = {}
    for line in lines:
        for command in [*_COMMANDS.findall(line), _OFFERED.sub("", line.replace("`", ""))]:
            level = level_of(command)
            if level >= Level.HIGH and not any(known in command for known in told):
                told[command.strip()] = level
    return [f"careful: {command} is {level.word} (caro check)" for command, level in told.items()]
