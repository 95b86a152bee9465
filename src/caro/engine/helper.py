"""The one helper: what was meant by a line that failed, and what a line would do.

It asks this machine for names, specs and folders, and the guard for the risk of what it offers.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from caro.engine.question import Question
from caro.levels import Level
from caro.machine.inventory import Machine, MachineInventory
from caro.paths import Paths
from caro.settings import Settings

if TYPE_CHECKING:
    from caro.engine.asking import Asked
    from caro.engine.decision import Decision
    from caro.engine.guard import Guard
    from caro.engine.model_words import About
    from caro.engine.modelled import Context
    from caro.engine.pages import Pages
    from caro.engine.story import Rails
    from caro.fix.model import Answer, Candidate, Failure, Fix, RiskOf
    from caro.fix.rulebook import Rulebook
    from caro.fix.words import Word
    from caro.llm.backend import Turn
    from caro.machine.corrections import Corrections
    from caro.machine.own_help import OwnHelp
    from caro.machine.shell_names import ShellNames
    from caro.machine.tldr import Tldr
    from caro.meaning.messages import Cause
    from caro.meaning.words import Meaning

_MAKES_NEW = re.compile(r"^(?:sudo )?(?:mkdir|touch)\b|\b(?:init|new|create)\b")
"""A command that makes what was not found."""
_SAYS_NOTHING = re.compile(r"^what you typed|^the tool itself|itself (?:says|offers)|^[^ ]* ?$")
"""Reasons of fixes that say nothing of the failure."""
GENERAL = ("a general failure: the tool says no more by its status",)
MACHINES_KEPT = 4
NOT_FOUND = 127
NOT_UNDERSTOOD = (2, 64, 126, 127, 129)
"""Exit statuses of lines that were typed wrong: usage (also git's), not to be run, not to be found."""
SURE, ALSO = 0.9, 0.45
"""Confidence of a fix that may stop a line, and that of a second one beside which it may not."""
DELETING = frozenset(("delete", "write_device"))
"""Effects after which a thing is gone for good; where they are grave, a line that has them is no fix."""
SMALL = frozenset("part sources outside home_part wildcard artefact packaged cache temp null none".split())
"""Places that may be deleted by a fix which says so: a folder of the project, not the project."""
DISCARDING = frozenset("lose_git_work lose_git_remote destroy_data destroy_resource".split())
"""Effects by which work is lost; what was typed may have them, but no fix brings them in."""
SHORTEST = 3
"""Letters of a word that may stop a line: shorter ones are names of functions."""


@dataclass(frozen=True)
class Explanation:
    """What each word means (`words`), what the line would do (`decision`), and what was probably meant where it would
    fail or has failed (`meant`)."""

    decision: Decision
    meant: Answer
    failed: int | None = None
    """The exit status that the same line ended with a moment ago."""
    words: tuple[Meaning, ...] = ()

    def lines(self, rails: Rails | None = None) -> list[str]:
        """Return it told for a person; `rails` draw the tree of what would run."""
        from caro.engine.story import story
        from caro.meaning.words import lines
        from caro.printable import printable

        told = [printable(line) for line in lines(self.words)]
        told += ["", *story(self.decision, rails)] if told else story(self.decision, rails)
        if self.failed is not None:
            told += ["", f"It ended with status {self.failed}."]
        if self.meant.fixes:
            told += ["", "Perhaps this was meant:"]
            told += [f"  {printable(fix.command)}   ({printable(fix.why)})" for fix in self.meant.fixes[:3]]
        return told


@dataclass(frozen=True)
class ErrorTold:
    """A failure told: its cause with evidence and advice, and the fixes that are known of it."""

    told: Cause
    meant: Answer
    caution: str = ""
    """What the guard says of the best fix, where that is dangerous."""

    def lines(self) -> list[str]:
        """Return the three lines for a person: cause, evidence, what to try."""
        from caro.printable import printable

        rows = {
            "cause": self.cause,
            "evidence": self.told.evidence or "none was seen",
            "try": self.advice,
        }
        return [f"{name + ':':<10}{printable(text)}" for name, text in rows.items()]

    @property
    def cause(self) -> str:
        """What went wrong: where no more is known than the tool's own words, or what such words mean with any tool,
        what the best fix says of it."""
        weak = self.told.source == "output" or self.told.cause in GENERAL
        ruled = self.meant.fixes and self.meant.fixes[0].tier == "rule"
        weak = weak or bool(self.told.source == "kind" and ruled)
        if not weak or not self.meant.fixes:
            return self.told.cause
        from caro.fix.ranking import RISKIER

        said = self.meant.fixes[0].why.partition(RISKIER)[0]
        return self.told.cause if _SAYS_NOTHING.search(said) else said

    @property
    def advice(self) -> str:
        """What to try: the best fix where there is one, else what is known of the message. That comes first where it
        says so, and where the fix makes anew what is most likely elsewhere: the folder is the wrong one."""
        if not self.meant.fixes:
            return self.told.advice
        best = self.meant.fixes[0]
        fix = f"{best.command}   ({best.why}{f'; careful: {self.caution}' if self.caution else ''})"
        known = self.told.source in ("message", "errno") and self.told.advice
        if known and (self.told.first or _MAKES_NEW.search(best.command)):
            return (
                self.told.advice
                if best.command in self.told.advice
                else f"{self.told.advice.rstrip('; ')}; or {fix}"
            )
        return fix

    def row(self) -> dict[str, object]:
        """Return it as `--json` and `--batch` tell it."""
        fixes = [fix.command for fix in self.meant.fixes[:3]]
        return {"cause": self.cause, "evidence": self.told.evidence, "try": self.advice,
                "source": self.told.source, "fixes": fixes}  # fmt: skip


def is_plain_name(word: Word) -> bool:
    """True if a shell looks the word up as a command's name, without anything that it would expand."""
    return not (word.quoted or word.expands) and re.fullmatch(r"[A-Za-z][\w.-]*", word.text) is not None


class Helper:
    """Make one for many questions; `guard` is called for the guard at the first one that needs it.

    `learns` False: nothing is learned and nothing learned is used. `complain` gets a sentence for each rule that can't
    be read and each failure that could not be looked at.
    """

    def __init__(
        self,
        guard: Callable[[], Guard],
        settings: Settings,
        env: Mapping[str, str],
        complain: Callable[[str], None],
        own_help: OwnHelp | None = None,
        learns: bool = True,
    ) -> None:
        paths = Paths.of(env)
        self.home = env.get("HOME", "")
        self.default_path = env.get("PATH", "")
        self._corrections_db, self._tldr_db = paths.corrections_db, paths.tldr
        self._guard = guard
        self._own_help = own_help
        self._complain = complain
        self._learning = learns
        self._machines: OrderedDict[str, Machine] = OrderedDict()
        self.use(settings)

    @cached_property
    def corrections(self) -> Corrections:
        """What was typed instead of failed lines."""
        from caro.machine.corrections import Corrections

        return Corrections(self._corrections_db)

    @cached_property
    def _shell_names(self) -> ShellNames:
        from caro.machine.shell_names import ShellNames

        return ShellNames(self.home)

    @cached_property
    def _pages(self) -> Pages:
        from caro.engine.pages import Pages

        return Pages()

    @property
    def _tldr(self) -> Tldr | None:
        """The pages that the person fetched; None where there are none."""
        if not self._tldr_db.exists():
            return None
        from caro.machine.tldr import Tldr

        return Tldr(self._tldr_db)

    def use(self, settings: Settings) -> None:
        """Answer by these settings from now on."""
        self.learns = self._learning and bool(settings["fix.learn"])
        self.least = float(settings["fix.confidence"])

    def fixes(self, failure: Failure, path: str = "", others: Sequence[Candidate] = ()) -> Answer:
        """Return what was meant, best first, where `path` is the shell's PATH; `others` are guesses of plugins. Never
        raises: whatever goes wrong is told once, and that failure gets no fix."""
        try:
            return self._fixes(failure, path or self.default_path, others)
        except Exception as error:
            from caro.fix.model import Answer

            self._complain(f"no fix for {failure.command[:60]!r}: {error!r}")
            return Answer(failure.command)

    def _fixes(self, failure: Failure, path: str, others: Sequence[Candidate]) -> Answer:
        from caro.fix.engine import fixes_for
        from caro.fix.learning import learned_from
        from caro.machine.corrections import project_of

        world = self._inventory(failure.cwd, path)
        known = self.corrections.about(failure.command) if self.learns else []
        learned, refused = learned_from(known, failure.command, project_of(failure.cwd))
        return fixes_for(
            failure, world, self._rules(), self._risk_of(failure), learned, refused, self.least, others
        )

    def explain_error(self, failure: Failure, path: str = "") -> ErrorTold:
        """Return what a failure means, offline. An empty command stands for text whose command nobody knows, and a
        negative status for one that nobody saw."""
        from caro.fix.model import Answer

        told, meant = self.cause_of(failure), self.fixes(failure, path) if failure.command else Answer("")
        if not meant.fixes or meant.fixes[0].level < Level.HIGH:
            return ErrorTold(told, meant)
        place = Question(meant.fixes[0].command, failure.shell, failure.cwd)
        return ErrorTold(told, meant, self._guard().decide(place).reason)

    def cause_of(self, failure: Failure) -> Cause:
        """Return what a failure means, without the fixes of its line; as `explain_error`."""
        from caro.meaning.errors import cause_of

        status = failure.exit_code if failure.exit_code >= 0 else None
        return cause_of(failure.command, status, failure.output, self._guard().knowledge)

    def cause_that_tells(self, failure: Failure) -> Cause | None:
        """Return what a failure means; None where that says no more than that something failed."""
        from caro.meaning.errors import tells

        told = self.cause_of(failure)
        return told if tells(told, self._guard().knowledge) else None

    def explain(self, question: Question, failure: Failure | None = None, path: str = "") -> Explanation:
        """Return what the line would do, at once and offline; `failure` tells how it ended a moment ago."""
        decision, words = self._guard().decide(question), self._words(question, path or self.default_path)
        if failure is not None:
            return Explanation(decision, self.fixes(failure, path), failure.exit_code, words)
        return Explanation(decision, self._meant(question, path or self.default_path), words=words)

    def _words(self, question: Question, path: str) -> tuple[Meaning, ...]:
        """Return what each word of the line means. Never raises: a page that can't be read is none."""
        from caro.meaning.words import meanings

        try:
            world, pages = self._inventory(question.cwd, path), self._pages
            knowledge = self._guard().knowledge
            return tuple(meanings(question.text, knowledge, world, lambda name: pages.of(name, path)))
        except Exception as error:
            self._complain(f"no words of {question.text[:60]!r}: {error!r}")
            return ()

    def _meant(self, question: Question, path: str) -> Answer:
        """Return fixes of a line that has not run: of one alone whose program is nowhere, which is sure to fail."""
        from caro.fix.model import Answer, Failure
        from caro.fix.words import simple_commands

        nothing = Answer(question.text)
        if not isinstance(question.words, str):
            return nothing
        world = self._inventory(question.cwd, path)
        if all(world.has(simple.name) or "/" in simple.name for simple in simple_commands(question.words)):
            return nothing
        return self.fixes(Failure(question.words, NOT_FOUND, None, question.dialect, question.cwd), path)

    def before(self, line: str, shell: str, cwd: str | None, path: str = "") -> Fix | None:
        """Return the one sure fix of a line that has not run and would fail: its first word exists nowhere. None where
        there is none, or more than one, or where the fix dares more than the line."""
        from caro.fix.model import Failure
        from caro.fix.words import simple_commands

        world = self._inventory(cwd, path or self.default_path)
        simples = simple_commands(line)
        first = simples[0] if simples else None
        if first is None or first.prefix or "\n" in line or not is_plain_name(first.words[0]):
            return None
        if any(world.has(word) for word in (first.name, first.name.lower())) or len(first.name) < SHORTEST:
            return None
        fixes = self.fixes(Failure(line, NOT_FOUND, None, shell, cwd), path).fixes
        alone = len(fixes) == 1 or (len(fixes) > 1 and fixes[1].confidence < ALSO)
        sure = bool(fixes) and fixes[0].confidence >= SURE and fixes[0].tier == "command"
        if sure and simple_commands(fixes[0].command)[0].name == first.name:
            return None  # it is another word that it mends
        return fixes[0] if sure and alone and not fixes[0].raises_risk else None

    def ask(self, words: str, place: Question, path: str = "", count: int = 3) -> list[Asked]:
        """Return commands for what was asked in words, best first, each judged in `place`; offline and at once."""
        from caro.engine.asking import ASKED, answers

        kept = self.corrections.about(ASKED + words) if self.learns and self._corrections_db.exists() else []
        guard, world = self._guard(), self._inventory(place.cwd, path or self.default_path)
        tldr = self._tldr
        pages = tldr.near if tldr is not None else None
        return answers(words, place, guard.knowledge, world, guard.decide, count, kept, pages)

    def judged(self, found: Sequence[tuple[str, str]], place: Question, path: str = "") -> list[Asked]:
        """Return (command, why) of a plugin for a request in words as the other answers are: each with its verdict."""
        from caro.ask.answer import Suggestion
        from caro.engine.asking import judged

        guard, world = self._guard(), self._inventory(place.cwd, path or self.default_path)
        suggestions = [Suggestion(command, "plugin", why, 0.0) for command, why in found]
        return list(judged(suggestions, place, guard.knowledge, world, guard.decide))

    def taken(self, words: str, command: str) -> bool:
        """Keep that the command was taken for the words, so that it comes first next time; False where it is not kept:
        learning is off, or one of them may hold a secret."""
        from caro.engine.asking import ASKED
        from caro.fix.learning import may_hold_secret

        secret = may_hold_secret(words) or may_hold_secret(command)
        return self.learns and not secret and self.corrections.learn(ASKED + words.strip(), command)

    def forget_taken(self, words: str = "") -> int:
        """Forget what was taken for the words, or for all; return how many."""
        from caro.engine.asking import ASKED

        if words:
            return self.corrections.forget(ASKED + words.strip())
        return self.corrections.forget_beginning(ASKED)

    async def ask_model(
        self,
        words: str,
        place: Question,
        found: Sequence[Asked],
        settings: Settings,
        heard: Callable[[str], None] = lambda text: None,
        context: Context | None = None,
    ) -> Asked:
        """Return the model's command for the words, judged as the others are; `found` are their nearest pairs. Raises
        NoAnswer where it has none that can be used, CaroError where the settings name no model that may be asked."""
        from caro.engine.asking import judged
        from caro.engine.modelled import suggested
        from caro.llm.chosen import backend_of, waits_of

        guard, world = self._guard(), self._inventory(place.cwd, self.default_path)
        turns = self.prompt(words, place, found, context)
        suggestion = await suggested(backend_of(settings), turns, waits_of(settings), place, world, heard)
        return next(iter(judged([suggestion], place, guard.knowledge, world, guard.decide)))

    def prompt(
        self, words: str, place: Question, found: Sequence[Asked], context: Context | None = None
    ) -> list[Turn]:
        """Return exactly what `ask_model` would send at first."""
        from caro.engine.modelled import Context, conversation

        world = self._inventory(place.cwd, self.default_path)
        return conversation(words, place, world, found, context or Context())

    async def fix_by_model(
        self, failure: Failure, settings: Settings, context: Context, path: str = ""
    ) -> Answer:
        """Return the model's fix of a line that nothing else mends: checked and ranked as every fix is, and none that
        dares more than the line did. Raises NoAnswer, CaroError as `ask_model` does."""
        from caro.engine.modelled import model_fix, suggested
        from caro.llm.backend import NoAnswer
        from caro.llm.chosen import backend_of, leaves_machine, waits_of

        if leaves_machine(settings) and context.level != "output":
            raise NoAnswer("a failed line goes to another machine only where llm.context is output")
        world = self._inventory(failure.cwd, path or self.default_path)
        turns = self.fix_prompt(failure, context, path)
        place = Question("", failure.shell, failure.cwd)
        suggestion = await suggested(backend_of(settings), turns, waits_of(settings), place, world)
        return model_fix(suggestion, failure, self._risk_of(failure), self.least)

    async def words_by_model(
        self,
        about: About,
        place: Question,
        settings: Settings,
        context: Context,
        heard: Callable[[str], None] = lambda text: None,
    ) -> list[str]:
        """Return what the model says in words: lines that come below the offline answer. Raises NoAnswer, CaroError as
        `ask_model` does."""
        from caro.engine.model_words import words_about
        from caro.llm.backend import NoAnswer
        from caro.llm.chosen import backend_of, leaves_machine, waits_of

        if leaves_machine(settings) and context.level != "output":
            raise NoAnswer("lines and their output go to another machine only where llm.context is output")
        turns, guard = self.words_prompt(about, place, context), self._guard()

        def level_of(command: str) -> Level:
            return guard.assess(replace(place, words=command)).level

        return await words_about(backend_of(settings), turns, waits_of(settings), level_of, heard)

    def words_prompt(self, about: About, place: Question, context: Context) -> list[Turn]:
        """Return exactly what `words_by_model` would send. Raises NoAnswer where nothing may be told."""
        from caro.engine.model_words import conversation_about

        return conversation_about(about, place, self._inventory(place.cwd, self.default_path), context)

    def guessed(self, failure: Failure, command: str) -> Answer:
        """Return a line that a model gave for the failure, ranked as a fix."""
        from caro.ask.answer import Suggestion
        from caro.engine.modelled import SOURCE, model_fix

        return model_fix(Suggestion(command, SOURCE, "", 0.0), failure, self._risk_of(failure), self.least)

    def fix_prompt(self, failure: Failure, context: Context, path: str = "") -> list[Turn]:
        """Return exactly what `fix_by_model` would send at first. Raises NoAnswer where that holds a secret."""
        from caro.engine.modelled import fix_conversation

        world = self._inventory(failure.cwd, path or self.default_path)
        return fix_conversation(failure, Question("", failure.shell, failure.cwd), world, context)

    def may_be_mended(self, failure: Failure) -> bool:
        """True if a model that has not seen more than this may know what was meant: what it printed, or a status that
        says that the line itself was not understood; and the status is no answer. Never raises."""
        from caro.meaning.errors import is_answer

        seen = bool((failure.output or "").strip()) or failure.exit_code in NOT_UNDERSTOOD
        try:
            return seen and not is_answer(self.cause_of(failure))
        except Exception as error:
            self._complain(f"no cause of {failure.command[:60]!r}: {error!r}")
            return False

    def next_words(self, line: str, cwd: str | None, path: str = "") -> list[tuple[str, str]]:
        """Return (word, meaning) of what may stand at the line's end, by the specs; nothing for values and files."""
        from caro.meaning.next_words import next_words

        return next_words(line, self._guard().knowledge, self._inventory(cwd, path or self.default_path))

    def learn(self, failed: str, fixed: str, cwd: str | None) -> None:
        """Keep what was typed after a failure, where it mends that failure and holds no secret."""
        from caro.fix.learning import is_correction
        from caro.machine.corrections import project_of

        if self.learns and is_correction(failed, fixed):
            self.corrections.learn(failed, fixed, project_of(cwd))

    def _rules(self) -> Rulebook:
        """Return the fix rules of the guard's knowledge: one value, so that a broken file is told once."""
        from caro.fix.rulebook import rulebook

        return self._guard().knowledge.view(rulebook).telling(self._complain)

    def _risk_of(self, failure: Failure) -> RiskOf:
        """Return what tells the risk of a command in that place, whatever policy or mode."""
        from caro.fix.model import Risk

        question = Question("", failure.shell, failure.cwd)

        def risk_of(command: str) -> Risk:
            assessment = self._guard().assess(replace(question, words=command))
            grave = [one.effect for one in assessment.findings if Level.of(one.score) >= Level.HIGH]
            deletes = any(one.name in DELETING and one.scope not in SMALL for one in grave)
            return Risk(
                assessment.level, assessment.score, deletes, any(one.name in DISCARDING for one in grave)
            )

        return risk_of

    def _inventory(self, cwd: str | None, path: str) -> MachineInventory:
        known = self._guard().knowledge_at(cwd)
        return MachineInventory(self._machine(path), cwd, self._shell_names.names(), self.home, known)

    def _machine(self, path: str) -> Machine:
        machine = self._machines.get(path)
        if machine is None:
            machine = self._machines[path] = Machine(path, own_help=self._own_help)
            while len(self._machines) > MACHINES_KEPT:
                self._machines.popitem(last=False)
        return machine
