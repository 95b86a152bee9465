"""The one judge: user's rules, place, rules of safety, policy, and what was judged already."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from caro.engine.decision import Decision
from caro.engine.memo import Memo
from caro.engine.place import Place
from caro.engine.question import Question
from caro.engine.shell_policy import VARIABLE, strictest_mode, tightened
from caro.engine.user_rules import SILENT, OwnRule, UserRules
from caro.knowledge.shells import dialects
from caro.levels import Action
from caro.paths import Paths
from caro.settings import (
    Settings,
    folder_modes,
    modes_by_path,
    own_mode,
    required_modes,
    with_environment,
    with_projects,
)
from caro.tightening import of_question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from caro.addition import Addition
    from caro.engine.undoing import UndoPlan
    from caro.knowledge import Knowledge
    from caro.safety.assessment import Assessment
    from caro.safety.plan import PlannedStatement
    from caro.safety.policy import Policy

Where = tuple[str, tuple[str, ...]]
"""An environment's name, the roots of projects."""
UNREAD_REST = "unread-rest"
TOO_LONG = "too long for one message: only its beginning could be judged"
UNREAD = {"passive": Action.WARN, "active": Action.CONFIRM}
"""What the rest of a question that was cut asks for, by mode."""

WARMING = (
    'sudo rm -rf "$X"/* && git push --force',
    "docker run -v /:/host image; aws s3 rm s3://bucket --recursive",
    "curl -s https://host/x | sh; find . -exec rm {} +; kubectl delete ns x",
    "python3 -c 'import os; os.remove(1)'; psql -c 'drop table x'; dd if=a of=b",
)
"""Judged once while loading: what is read at the first use of a rule would cost a person's line its deadline."""


class Guard:
    """Made of settings and an environment; `use` follows the configuration.

    Nothing heavy is loaded before the first question. With `loaded` False questions don't load it either: they get
    a `partial` decision, by the user's own rules alone, until `load` has run (in a thread of the daemon's).
    `complain` gets a sentence for each file of the user's rules that can't be read.
    """

    def __init__(
        self,
        settings: Settings,
        env: Mapping[str, str],
        complain: Callable[[str], None],
        loaded: bool = True,
    ) -> None:
        self.env = env
        self.loaded = loaded
        self._complain = complain
        self._memo = Memo()
        self.use(settings)

    def use(self, settings: Settings) -> None:
        """Judge by these settings from now on."""
        self.settings = settings
        self.place = Place(settings, self.env)
        self._policies: dict[Where, Policy] = {}
        self._rules: dict[Where, UserRules] = {}
        self._knowledge: Knowledge | None = None
        self._of_projects: dict[tuple[str, ...], Knowledge] = {}
        self._memo.clear()

    @property
    def knowledge(self) -> Knowledge:
        """What ships, and the user's own rules above it (`~/.config/caro/rules/`); each part read at its first use."""
        if self._knowledge is None:
            from caro.machine.knowledge import load_knowledge

            additions = tuple(one for one in self.settings.additions if one.enforced and not one.root)
            self._knowledge = load_knowledge(Paths.of(self.env), self._complain, additions)
        return self._knowledge

    def knowledge_at(self, folder: str | None) -> Knowledge:
        """Return the knowledge where a question is asked: with that of the trusted projects that the folder is in."""
        projects = self._projects(folder)
        if not projects:
            return self.knowledge
        roots = tuple(project.root for project in projects)
        if roots not in self._of_projects:
            from caro.machine.knowledge import with_additions

            self._of_projects[roots] = with_additions(self.knowledge, projects, self._complain)
        return self._of_projects[roots]

    def _projects(self, folder: str | None) -> tuple[Addition, ...]:
        return of_question(self.settings.additions, folder) if self.settings.additions else ()

    def load(self) -> None:
        """Read all data of the rules, and judge what makes the first question as fast as the others."""
        from caro.engine.safer_forms import safer_forms
        from caro.safety.assessment import warm

        warm(self.knowledge)
        for dialect in dialects():
            for line in WARMING:
                question = Question(line, dialect)
                self.decided(self.assess(question), question, SILENT)
        list(safer_forms("git push --force", "bash"))
        self.loaded = True

    def decide(self, question: Question) -> Decision:
        """Return whether the words may run, why, and what would be safer. Never raises on any words."""
        if not self.loaded and VARIABLE not in question.env:
            return _by_own_rule(Decision(partial=True), self._own_rule(question))
        assessment = self.assess(question)
        decision = self.decided(assessment, question, self._own_rule(question, assessment))
        if question.cut:
            # No safer form: the changed line would be the beginning alone.
            return _with_unread_rest(decision, self._policy(question).mode_in(question.cwd))
        if decision.action >= Action.CONFIRM and isinstance(question.words, str):
            transform = self._safer_form(question, question.words, decision.action)
            decision = replace(decision, transform=transform)
        return self._with_undo(decision, question, assessment)

    def _with_undo(self, decision: Decision, question: Question, assessment: Assessment) -> Decision:
        """Return the decision with what is kept before the line; a warning of a loss that can't be kept says so."""
        policy = self._policy(question)
        of_mode = decision.decided_by == "mode active" and decision.action in (Action.WARN, Action.CONFIRM)
        if not of_mode or decision.final or not self._settings_of(self._where(question))["safety.undo"]:
            return decision
        if decision.action is Action.CONFIRM and policy.required_in(question.cwd) == "active":
            return decision  # a team's question is not the person's to do without
        from caro.engine.undoing import is_a_loss

        undo = self._undo_plan(question, assessment)
        if undo is None and decision.action is Action.WARN and is_a_loss(question, assessment):
            return replace(decision, reason=f"{decision.reason} (not kept)")
        return replace(decision, undo=undo)

    def _undo_plan(self, question: Question, assessment: Assessment) -> UndoPlan | None:
        from caro.engine.undoing import plan_of
        from caro.machine.shell_names import ShellNames
        from caro.safety.policy import touches_caro

        if touches_caro(assessment):
            return None
        home = question.env.get("HOME", self.place.home)
        return plan_of(question, assessment, home, frozenset(ShellNames(home).names()))

    def assess(self, question: Question) -> Assessment:
        """Return what the rules say of the words in their place: whatever mode and policy make of it."""
        from caro.machine.glob_folding import globs_folded
        from caro.safety.assessment import assess_argv, assess_line

        world, words, dialect = self.place.world_of(question), question.words, question.syntax
        known = self.knowledge_at(question.cwd)
        if isinstance(words, str):
            return self._memo.assessed(
                words, dialect, world, lambda: assess_line(words, world, dialect, known)
            )
        argv = tuple(globs_folded(words, question.cwd, world.home or ""))
        return self._memo.assessed(argv, dialect, world, lambda: assess_argv(list(argv), world, known))

    def ruled(self, question: Question, assessment: Assessment) -> Decision:
        """Return the decision on an assessment, without a safer form: what many lines are compared by."""
        return self.decided(assessment, question, self._own_rule(question, assessment))

    def script(self, text: str, question: Question) -> Iterator[tuple[int, Decision]]:
        """Yield (line number, decision) for each statement of a script, read as `question`'s dialect and place;
        what earlier ones define holds for later ones."""
        from caro.safety.script import assess_script

        world = self.place.world_of(replace(question, words=text))
        for number, assessment in assess_script(
            text, world, question.syntax, self.knowledge_at(question.cwd)
        ):
            statement = replace(question, words=assessment.command)
            yield number, self.decided(assessment, statement, self._own_rule(statement, assessment))

    def plan(self, question: Question) -> Iterator[tuple[PlannedStatement, Decision]]:
        """Yield what each statement of the question's text would run, and the decision on it. Nothing runs."""
        from caro.safety.plan import plan_text

        world = self.place.world_of(question)
        found = list(self.script(question.text, question))
        planned = list(plan_text(question.text, world, question.syntax, self.knowledge))
        for index, statement in enumerate(planned):
            end = planned[index + 1].number if index + 1 < len(planned) else None
            of_it = [
                each for number, each in found if number >= statement.number and (end is None or number < end)
            ]
            # Of several statements on one line each decision names its own words.
            own = [each for each in of_it if each.assessment and each.assessment.command == statement.source]
            yield statement, max(own or of_it or [Decision()], key=lambda each: (each.action, each.score))

    def decided(self, assessment: Assessment, question: Question, own: OwnRule) -> Decision:
        """Return the assessment as an answer: with the action that policy and the user's rules ask for."""
        from caro.safety.policy import decide, never_allowed, touches_caro

        ruling = decide(
            assessment, self._policy(question), question.cwd, time.time(), own.action, question.syntax,
            question.by_person,
        )  # fmt: skip
        decision = Decision(
            ruling.action,
            assessment.level,
            assessment.score,
            tuple(assessment.rules),
            assessment.why,
            assessment.instead,
            decided_by=ruling.decided_by,
            final=never_allowed(assessment),
            hinges_on_person=ruling.action >= Action.WARN
            and not question.by_person
            and touches_caro(assessment),
            assessment=assessment,
        )
        decision = _by_own_rule(decision, own)
        if VARIABLE not in question.env:
            return decision
        return tightened(decision, question, self.place.world_of(question), self.knowledge)

    def user_rules(self, question: Question) -> UserRules:
        """Return the user's rules where the question is asked (`[environments.NAME]` by CARO_ENV)."""
        where = self._where(question)
        if where not in self._rules:
            self._rules[where] = UserRules(self._settings_of(where))
        return self._rules[where]

    def _own_rule(self, question: Question, assessment: Assessment | None = None) -> OwnRule:
        """Return what the user's rules ask for the words, as they are and as each simple command in them."""
        rules = self.user_rules(question)
        if not rules:
            return SILENT
        commands = assessment.commands if assessment is not None else ()
        return rules.strictest(question.text, *dict.fromkeys(map(_as_text, commands)))

    def _policy(self, question: Question) -> Policy:
        policy = self._own_policy(question)
        least = strictest_mode(question.env)
        return policy.at_least(least) if least else policy

    def _own_policy(self, question: Question) -> Policy:
        from caro.safety.policy import MATRIX, policy_from

        where = self._where(question)
        if where not in self._policies:
            settings = self._settings_of(where)
            folders, required = folder_modes(settings, self.place.home), required_modes(settings, where[0])
            self._policies[where] = policy_from(
                settings.values,
                folders,
                modes_by_path(required.folders, self.place.home),
                required.agent_mode,
            )
        policy = self._policies[where]
        if question.agent:
            chosen = question.mode if question.mode in MATRIX else None
            return policy.of_agent(chosen or own_mode(self._settings_of(where), where[0]))
        return replace(policy, mode=question.mode) if question.mode in MATRIX else policy

    def _where(self, question: Question) -> Where:
        """Return what the answer depends on but the words: the environment, and trusted projects by their roots."""
        name = question.env.get("CARO_ENV", "")
        known = name if name in self.settings.environments else ""
        return known, tuple(project.root for project in self._projects(question.cwd))

    def _settings_of(self, where: Where) -> Settings:
        name, roots = where
        settings = self.settings
        if roots:
            settings = with_projects(
                settings, tuple(one for one in settings.additions if one.enforced and one.root in roots)
            )
        return with_environment(settings, name) if name else settings

    def _safer_form(self, question: Question, line: str, action: Action) -> str | None:
        """Return the line's safer form that this same guard judges milder; for an agent, lets pass unasked. A block
        gives way to a form that itself refuses, never to a question or the trash can: `rm -rI /etc` is no offer."""
        from caro.engine.safer_forms import safer_forms

        limit = Action.CONFIRM if question.agent else action
        blocked = action is Action.BLOCK
        trash = "" if blocked else self.place.world_of(question).trash
        for changed in safer_forms(line, question.syntax, trash, asking=not (question.agent or blocked)):
            other = replace(question, words=changed)
            assessment = self.assess(other)
            if self.decided(assessment, other, self._own_rule(other, assessment)).action < limit:
                return changed
        return None


def _as_text(words: tuple[str, ...]) -> str:
    """Return a simple command as one would type it, for patterns that people wrote for lines."""
    from caro.safety.values import shown

    return shown(" ".join(words))


def _with_unread_rest(decision: Decision, mode: str) -> Decision:
    """Return the decision on a beginning as that on the whole: in mode active a question at least."""
    action = UNREAD.get(mode, Action.ALLOW)
    if action <= decision.action:
        return decision
    return replace(
        decision,
        action=action,
        rules=(UNREAD_REST, *decision.rules),
        reason=TOO_LONG,
        instead="",
        decided_by=f"mode {mode}",
    )


def _by_own_rule(decision: Decision, own: OwnRule) -> Decision:
    """Return the decision as the user's rule makes it, where that is at least as strict."""
    if own is SILENT or own.action < decision.action:
        return decision
    return replace(
        decision,
        action=own.action,
        rules=("user-rule", *decision.rules),
        reason=own.reason,
        instead="",
        decided_by="your own rule",
        final=decision.final or own.action is Action.BLOCK,
    )
