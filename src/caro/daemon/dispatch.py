"""A message in, the fields of its reply out. No sockets, no waiting: each handler is a short synchronous step."""

from __future__ import annotations

import os
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from caro import __version__
from caro.daemon.agents import AgentGate, told_to_agent
from caro.daemon.command_output import Place, place_of
from caro.daemon.fixes import Failed, FixerOfDaemon
from caro.daemon.questions import from_its_terminal
from caro.daemon.redaction import Redactor
from caro.daemon.sessions import Line, Session, Sessions, Suggestion, Told
from caro.daemon.verdicts import RUNS_ALREADY, Verdicts, verdict_fields, way_past
from caro.engine.decision import Decision
from caro.engine.question import Question
from caro.errors import CaroError
from caro.levels import Action
from caro.machine.agent_ancestry import agent_above_process, is_running
from caro.machine.pid_namespaces import pid_here
from caro.machine.shell_names import names_in
from caro.record.query import NO_SUCH_COMMAND
from caro.wire import Request, exact_line

if TYPE_CHECKING:
    from pathlib import Path

    from caro.daemon.ended_lines import EndedLines
    from caro.daemon.suggestions import Suggestions
    from caro.fix.model import Fix

Reply = dict[str, Any]
Guess = Callable[[Suggestion], "Future[Suggestion] | None"]
"""Asks the model for the fix of a line for which nothing was found; None where it is not asked."""

_FIRST_WORD = re.compile(r"\s*([^\s;|&<>()]+)")
PART_OF_WAIT = 0.6
"""Of the time that a prompt waits for its verdict, what may go for looking whether the line has a sure fix."""
WAITING_MAX = 32
TOLD_MAX = 40_000
"""Characters of output in a reply: all of them control characters, six bytes each, they have to fit into a message."""
NOTED_LINES = 2
"""Lines after which a note that its shell has not heard is none any more."""


def _first_word(text: str) -> str:
    """Return what a line begins with: it ends at a blank and at what ends a command (native/caro-hook.c)."""
    found = _FIRST_WORD.match(text)
    return found[1] if found else ""


def _has_run(word: str, request: Request, session: Session) -> bool:
    """True if a line of the session began with the word and ended well, or defined it."""
    last = session.last_line()
    ended = request.last.exit_code if request.last is not None else None
    for line in session.lines:
        if line.seq == request.seq:
            continue
        code = ended if line is last and line.exit_code is None else line.exit_code
        if code == 0 and (_first_word(line.text) == word or names_in(line.text).count(word)):
            return True
    return False


def _stopped(decision: Decision, fix: Fix, first: str, request: Request, session: Session) -> Decision:
    """Return the decision that stops the line, and note that its first word was stopped; caro-hook looks at PATH
    itself once more (native/caro-hook.c) and lets what is there run."""
    session.offered[first] = request.seq
    return replace(
        decision,
        action=Action.BLOCK,
        rules=(NO_SUCH_COMMAND,),
        reason=f"no command `{first}`: the line stands mended in the prompt",
        transform=fix.command,
        decided_by="fix.before",
    )


@dataclass
class Dispatcher:
    verdicts: Verdicts
    sessions: Sessions
    redact: Redactor
    reload: Callable[[], None]
    stop: Callable[[], None]
    watch: Callable[[str, int], None] = lambda session, pid: None
    """Called with each line's session and shell, so that the end of the shell is noticed."""
    fixer: FixerOfDaemon | None = None
    """None while its data is being loaded."""
    suggestions: Suggestions | None = None
    """None while the guard is being loaded."""
    ended_lines: EndedLines | None = None
    """None while the guard is being loaded."""
    waiting: list[tuple[Failed, Session]] = field(default_factory=list)
    """Failures that came while the fixer was being loaded."""
    may_answer: Callable[[int, int], bool] = from_its_terminal
    """True if the process may say a person's yes in the session of that shell."""
    model_socket: Callable[[str], Path] | None = None
    """Has the model of that name run, and returns its socket. Raises CaroError."""
    refresh_lines: Callable[[], None] = lambda: None
    """Called before a search: what was typed last shall be in the files that it reads."""
    notice: str = ""
    """What is wrong with the configuration, and what holds meanwhile: each session is told once."""
    started: float = field(default_factory=time.monotonic)
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.agents = AgentGate(self.redact)

    def handle(self, request: Request) -> Reply | Future[Reply] | None:
        """Return the reply's fields, now or later; None where the sender has given up already."""
        if request.is_stale(time.time_ns() // 1000):
            self.counts["stale"] += 1
            self._take_note_of(request)
            return None
        self.counts[request.type] += 1
        session = self.sessions.get(request.session)
        _find_process(request, session)
        return HANDLERS[request.type](self, request, session)

    def _take_note_of(self, request: Request) -> None:
        """Learn from what came too late to be answered: that a line ran, and that one failed. On a busy machine the
        fix then comes at a later prompt."""
        session = self.sessions.get(request.session)
        if session is None or request.answer is not None:
            return
        last = session.last_line()
        if request.type == "preexec" and (last is None or last.seq < request.seq):
            request.line = exact_line(request).decode("utf-8", "replace")
            self._enter(request, session, RUNS_ALREADY)
        elif request.type == "postexec":
            request.told = True
            self.postexec(request, session)

    def session_start(self, request: Request, session: Session | None) -> Reply:
        if session is not None:
            session.shell, session.pid, session.cwd = request.shell, request.pid, request.cwd
        return {}

    def preexec(self, request: Request, session: Session | None) -> Reply | None:
        if request.answer is not None:
            return self._answered(request, session)
        request.line = exact_line(request).decode("utf-8", "replace")
        if session is not None and not is_running(session.owner):
            session.owner, session.agent = request.pid, agent_above_process(request.pid)
        decision = RUNS_ALREADY if request.told else self.verdicts.of_line(request, session)
        if session is not None and not request.told:
            session.mending = session.mending if decision.action is Action.ALLOW else None
            if decision.action is Action.ALLOW:
                decision = self._mended(request, session, decision)
        # One without a number that is refused is an editor's (`caro repl`): the shell never gets it, nor counts it.
        if session is not None and (request.seq or decision.action is not Action.BLOCK):
            self._enter(request, session, decision)
        if request.told:
            return None
        key = str(self.verdicts.guard.settings["shell.ask_key"])
        looking = session is not None and session.mending is not None
        return (
            verdict_fields(decision, ask_key=key)
            | self._undo_of(decision, request)
            | self._notice_for(session)
            | ({"looking": True} if looking else {})
        )

    def _undo_of(self, decision: Decision, request: Request) -> Reply:
        """Return what caro-hook has to keep, so that the line runs unasked (`[safety] undo`)."""
        if decision.undo is None or decision.action not in (Action.WARN, Action.CONFIRM):
            return {}
        settings = self.verdicts.guard.settings
        days, gigabytes = settings["safety.undo_days"], settings["safety.undo_gb"]
        seconds = settings["safety.undo_seconds"]
        return {"undo": decision.undo.told(self.redact(request.line), days, gigabytes, seconds)}

    def _notice_for(self, session: Session | None) -> Reply:
        told = session is None or session.notice == self.notice
        if session is not None:
            session.notice = self.notice
        return {} if told or not self.notice else {"notice": self.notice}

    def _mended(self, request: Request, session: Session, decision: Decision) -> Decision:
        """Return the decision that stops a line whose first word exists nowhere, with the one that was meant for the
        next prompt. Where it is still looked for, `session.mending` is: caro-hook waits for that one. A word that has
        run before in the session, or was stopped once, is let run: a shell knows functions of which nobody told."""
        first = _first_word(request.line)
        if self.fixer is None or not self._may_stop(first, request, session):
            session.mending = None
            return decision
        # zsh's question comes twice: through its FIFO, then by caro-hook.
        if session.mending is None or session.mending[0] != request.seq:
            working = self.fixer.before(request.line, request.shell, request.cwd, session.path)
            session.mending = None if working is None else (request.seq, working)
        if session.mending is None:
            return decision
        try:
            fix = session.mending[1].result(PART_OF_WAIT * (request.timeout_ms or 0) / 1000)
        except TimeoutError:
            return decision
        except Exception:
            fix = None  # a search that broke has found nothing
        session.mending = None
        return decision if fix is None else _stopped(decision, fix, first, request, session)

    def _may_stop(self, first: str, request: Request, session: Session) -> bool:
        if self.fixer is None or not self.fixer.stops or request.agent or session.agent or not request.tty:
            return False
        again = session.offered.get(first, request.seq) != request.seq
        return bool(first) and not again and not _has_run(first, request, session)

    def _mended_now(self, request: Request, session: Session) -> Reply | Future[Reply]:
        """Return the verdict of `_mended` for the line whose fix is looked for, once it is found."""
        mending, line = session.mending, session.last_line()
        if mending is None or line is None or line.seq != mending[0] or request.seq != mending[0]:
            return {}
        reply: Future[Reply] = Future()

        def found(done: Future[Fix | None]) -> None:
            fix = None if done.cancelled() or done.exception() else done.result()
            if not reply.set_running_or_notify_cancel():
                return
            if fix is None or session.last_line() is not line:
                reply.set_result({})
                return
            decision = _stopped(Decision(), fix, _first_word(line.text), request, session)
            session.transform, session.action = decision.transform, decision.action
            reply.set_result(verdict_fields(decision))

        mending[1].add_done_callback(found)
        return reply

    def _enter(self, request: Request, session: Session, decision: Decision) -> None:
        last = session.last_line()
        if last is not None and last.seq != request.seq:
            if request.last is not None:
                last.exit_code, last.duration_ms = request.last.exit_code, request.last.duration_ms
            last.text = self.redact(last.text)
            self._ended(last, session)
            failed = session.lines[-2] if len(session.lines) > 1 else None
            if self.fixer is not None and last.exit_code == 0 and failed is not None and failed.exit_code:
                self.fixer.learn(failed, last)
            self._taken(last, session)
        # The same line may come twice: zsh asks through its FIFO first, then caro-hook asks to show the answer.
        if last is None or last.seq != request.seq:
            session.lines.append(Line(request.seq, request.line, request.cwd))
            session.has_taken(request.typed or request.line)
            if self.suggestions is not None and not request.agent and not session.agent:
                self.suggestions.typed(
                    request.typed or request.line, request.cwd, "" if last is None else last.text
                )
        session.shell, session.pid, session.cwd = request.shell, request.pid, request.cwd
        session.seq, session.transform = request.seq, decision.transform
        session.action, session.final = decision.action, decision.final
        self.watch(session.id, request.pid)

    def _taken(self, line: Line, session: Session) -> None:
        """Keep a line that was asked for in words a moment ago and did well: it comes first next time."""
        told, session.told = session.told, None
        if told is None or self.fixer is None or session.agent:
            return
        if line.exit_code == 0 and told.has(line.text):
            self.fixer.take(told.words, line.text)
        elif told.lines > 0:
            session.told = replace(told, lines=told.lines - 1)

    def _ended(self, line: Line, session: Session) -> Reply:
        """Take how the line ended; return what is to be said of that, if anything."""
        if self.suggestions is not None:
            self.suggestions.ended(line.text, line.exit_code)
        if self.ended_lines is None or session.agent or line.timed or line.exit_code is None:
            return {}
        line.timed = True
        return self.ended_lines.ended(replace(line, text=self.redact(line.text)), session)

    def _answered(self, request: Request, session: Session | None) -> Reply:
        """Take a person's yes, from nobody but the program that asked that person."""
        if session is None or request.answer != "yes" or request.seq != session.seq:
            return {}
        if session.action is Action.BLOCK:
            return {"refused": "this line was refused, not asked about"}
        if not self.may_answer(request.peer, session.owner):
            self.counts["refused"] += 1
            return {"refused": "only the session's own shell and caro-hook on its terminal may answer"}
        session.approved = request.seq
        return {}

    def postexec(self, request: Request, session: Session | None) -> Reply | Future[Reply]:
        """Look for the fix of the line that failed; what was only told is answered at a later prompt."""
        line = session.last_line() if session is not None else None
        if session is None or line is None or line.seq != request.seq:
            return {}
        ended, session.ended = session.ended, None
        if ended is not None and ended[0] == request.seq:
            return ended[1]
        line.exit_code, line.duration_ms = request.exit_code, request.duration_ms
        told = self._ended(line, session)
        # Who has the reply doesn't ask; whoever left before it came asks at the next prompt.
        session.note = (request.seq, told["explanation"]) if "explanation" in told else None
        if request.exit_code == 0:
            # Told of because it took long; no failure before it is forgotten by that.
            return told
        session.fixes, session.output, session.late, session.looking = [], None, None, False
        session.path = request.env.get("PATH", session.path)
        failed = Failed(line, session.shell, request.env.get("PATH", ""), place_of(request))
        if self.fixer is None:
            self.waiting = [*self.waiting, (failed, session)][-WAITING_MAX:]
            session.looking = True
            session.note = session.note if request.told else None
            return {"partial": True} | told
        self.fixer.guesses.forget(session.id)
        working = self.fixer.suggest(failed)
        if working is None:
            return told
        guess = self._guess(failed, session)
        return _when_found(working, session, line, request.told, told, guess, self.redact)

    def _guess(self, failed: Failed, session: Session) -> Guess:
        """Return what asks the model, for a failure that had no fix; never about what an agent runs."""

        def guess(found: Suggestion) -> Future[Suggestion] | None:
            if self.fixer is None or found.fixes or session.agent:
                return None
            return self.fixer.guess(failed, found.output, session.id)

        return guess

    def use_fixer(self, fixer: FixerOfDaemon) -> None:
        """Answer with this fixer from now on; what failed meanwhile is answered at those sessions' next prompt."""
        self.fixer = fixer
        for failed, session in self.waiting:
            working = fixer.suggest(failed) if session.failed() is failed.line else None
            session.looking = False
            if working is not None:
                guess = self._guess(failed, session)
                _when_found(working, session, failed.line, too_late=True, guess=guess, redact=self.redact)
        self.waiting = []

    def session_end(self, request: Request, session: Session | None) -> Reply:
        self.forget(request.session or "")
        return {}

    def forget(self, session: str) -> None:
        """Know nothing of a session that ended."""
        self.sessions.forget(session)
        if self.fixer is not None:
            self.fixer.guesses.forget(session)

    def check_exec(self, request: Request, session: Session | None) -> Reply:
        return self.verdicts.of_exec(request, session)

    def agent(self, request: Request, session: Session | None) -> Reply | Future[Reply]:
        if request.event == "allow":
            return self.agents.redeem(request)
        request.line = exact_line(request).decode("utf-8", "replace")
        if request.event == "before":
            return self.agents.before(request, session, self.verdicts.of_line(request, session))
        if request.event != "failed" or self.fixer is None:
            return {}
        working = self.fixer.for_agent(request)
        return {} if working is None else told_to_agent(working)

    def fix(self, request: Request, session: Session | None) -> Reply | Future[Reply]:
        """The fixes of the session's last failure; `command` is the best one, for the fix key. `what`: `line`, those of
        `command` instead; `late`, the line that its prompt did not wait for, once; `output`, what the failed line
        printed, and that line; `printed`, the same of the last line, whatever it ended with; `chosen`, to make
        `command` the best of them from now on."""
        if request.what == "line":
            return self._fix_of_line(request)
        if request.what == "printed":
            return self._printed(request, session)
        if session is not None and request.what == "late":
            # Looked at first: a worker that ends now has left its answer before it says that nobody looks any more.
            more = {"partial": True} if session.looking else {}
            late, session.late = session.late, None
            shown = {} if late is None else _shown(late, session.fixes)
            return shown | _noted(session, request, shown) | more
        if session is not None and request.what == "chosen" and request.command:
            session.choose(request.command)
        fixes = session.fixes if session is not None else []
        failed = session.failed() if session is not None else None
        if (
            session is not None
            and request.what == "output"
            and failed is not None
            and session.output is not None
        ):
            return {"fixes": fixes, "line": failed.text, "output": session.output[-TOLD_MAX:]}
        if session is not None and fixes and (not request.what or request.what == "chosen"):
            session.has_taken(str(fixes[0]["command"]))
        told = {"fixes": fixes} | ({"command": fixes[0]["command"]} if fixes else {})
        return told | ({"shell": session.shell} if session is not None and request.what == "chosen" else {})

    def _printed(self, request: Request, session: Session | None) -> Reply | Future[Reply]:
        """Look for what the last line printed that was not of Caro's own: of the relay, else of the pane in `env`."""
        line = None if session is None else session.last_but_own()
        if session is None or line is None or self.fixer is None:
            return {}
        place = Place(request.relay, f"{session.pid}.{line.seq}", request.env)
        working = self.fixer.printed(place, line.text)
        return {} if working is None else _told(working, "printed")

    def _fix_of_line(self, request: Request) -> Reply | Future[Reply]:
        """What `caro fix --command` answers; `partial` where nobody here can look now: whoever asked has the engine."""
        if self.fixer is None or self.notice:
            return {"partial": True}
        working = self.fixer.fixes_row(request)
        return {"partial": True} if working is None else _told(working, "answer")

    def check(self, request: Request, session: Session | None) -> Reply:
        """What `caro check LINE` answers: as fields, as lines, and its exit status; `partial` as above."""
        from caro.engine.told import dangers, decision_lines, decision_row, exit_status

        request.line = exact_line(request).decode("utf-8", "replace")
        request.agent = request.agent or agent_above_process(request.peer) or None
        decision = self.verdicts.of_line(request, session)
        if self.notice or decision.partial or decision.assessment is None:
            return {"partial": True}
        row = decision_row(request.line, decision)
        told = {"lines": decision_lines(decision), "status": exit_status([decision])}
        past = way_past(decision, str(self.verdicts.guard.settings["shell.ask_key"]))
        if decision.action is Action.BLOCK and past:
            told["past"] = past
        if decision.transform:
            told["changes"] = True
        return {"answer": row, **told, **({"dangers": found} if (found := dangers(decision)) else {})}

    def suggest(self, request: Request, session: Session | None) -> Reply | Future[Reply]:
        """What to offer behind `line`, which is being typed. `what`: `transform`, the changed line that a verdict asked
        for, once; `before`, the verdict on a line whose fix was still looked for; `hint`, what to know of the line."""
        if request.what == "before":
            return {} if session is None else self._mended_now(request, session)
        if request.what == "hint":
            return self.hint(request, session, asked=True)
        if request.what != "transform":
            if self.suggestions is None:
                return {"suggestions": []}
            return self.suggestions.reply(request, session)
        transform, reply = session.transform if session is not None else None, {}
        if session is not None and transform is not None:
            session.transform, reply = None, {"transform": transform}
        return reply

    def hint(self, request: Request, session: Session | None, asked: bool) -> Reply | Future[Reply]:
        """Return a hint on what is typed; `asked`: by its key, else in a pause."""
        if self.suggestions is None or not self.verdicts.guard.loaded:
            return {}
        return self.suggestions.hint(request, session, lambda: self.verdicts.of_line(request, session), asked)

    def explain(self, request: Request, session: Session | None) -> Reply | Future[Reply]:
        """Tell what `command` would do in the sender's folder; `partial` where nobody here can tell now: whoever
        asked has the engine too. `what`: `plugins`, what their programs say of it alone."""
        from caro.engine.story import story

        self._take_place_of(session, request)
        if request.what == "plugins":
            told = self.fixer.explain_by_plugins(request.line, request.cwd or "") if self.fixer else None
            return {} if told is None else _told(told)
        if not self.verdicts.guard.loaded or self.fixer is None:
            return {"partial": True}
        question, decision = self.verdicts.asked(request, session)
        failed = session.just_failed(request.line) if session is not None else None
        output = session.output if session is not None and failed is not None else None
        working = self.fixer.explain(question, failed, output, request.env.get("PATH", ""))
        if working is None:
            return {"explanation": "\n".join(story(decision))}
        return _told(working)

    @staticmethod
    def _take_place_of(session: Session | None, request: Request) -> None:
        """A question of a session is about its shell and folder, where it doesn't say otherwise."""
        request.line = request.command or request.line
        if session is not None:
            request.cwd, request.shell = request.cwd or session.cwd, request.shell or session.shell

    def ask(self, request: Request, session: Session | None) -> Reply | Future[Reply]:
        """Return the commands for the words in `command`; `partial` where nobody here can look now. `what`: `model`, to
        have the model of that name run: `{socket}` or `{problem}`."""
        if request.what == "model" and self.model_socket is not None:
            try:
                return {"socket": str(self.model_socket(request.command or ""))}
            except CaroError as problem:
                return {"problem": str(problem)}
        self._take_place_of(session, request)
        if not self.verdicts.guard.loaded or self.fixer is None:
            return {"partial": True}
        question, _ = self.verdicts.asked(request, session)
        working = self.fixer.ask(question, request.env.get("PATH", ""))
        if working is None:
            return {"partial": True}
        if session is not None:
            working.add_done_callback(lambda done: _keep_told(session, question.text, done))
        return _told(working, "answers")

    def complete(self, request: Request, session: Session | None) -> Reply | Future[Reply]:
        """Tell which words may stand at the end of `line`, as rows; nothing while nobody is free to look."""
        self._take_place_of(session, request)
        if self.fixer is None or not self.verdicts.guard.loaded:
            return {}
        working = self.fixer.complete(request.line, request.cwd, request.env.get("PATH", ""))
        return {} if working is None else _told(working, "words")

    def lines(self, _request: Request, _session: Session | None) -> Reply:
        self.refresh_lines()
        return {}

    def status(self, _request: Request, _session: Session | None) -> Reply:
        return {
            "version": __version__,
            "pid": os.getpid(),
            "uptime_s": round(time.monotonic() - self.started, 3),
            "sessions": len(self.sessions),
            "rss_kb": rss_kb(),
            "requests": dict(sorted(self.counts.items())),
            "rules": len(self.verdicts.guard.user_rules(Question(""))),
            "lines": self._running(),
        }

    def _running(self) -> list[Reply]:
        if self.ended_lines is None:
            return []
        found = [(self.ended_lines.running(session), session) for session in self.sessions.all()]
        return [line | {"line": self.redact(line["line"])} for line, _ in found if line is not None]

    def reload_settings(self, request: Request, _session: Session | None) -> Reply:
        """Read the configuration anew. `what`: `history`, lines are gone from the log: nothing in memory has them;
        `imported`, there are more lines of other histories."""
        if request.what == "imported":
            if self.suggestions is not None:
                self.suggestions.read_more()
            return {}
        if request.what == "history":
            for session in self.sessions.all():
                session.forget_lines()
            if self.suggestions is not None:
                self.suggestions.read_again()
            if self.ended_lines is not None:
                self.ended_lines.forget()
            return {}
        self.reload()
        return {}

    def stop_daemon(self, _request: Request, _session: Session | None) -> Reply:
        self.stop()
        return {}


ABOUT_MAX = 60
"""Characters of a failed line by which a later prompt tells which one it speaks of."""


def _when_found(
    working: Future[Suggestion],
    session: Session,
    line: Line,
    too_late: bool = False,
    told: Reply | None = None,
    guess: Guess = lambda found: None,
    redact: Callable[[str], str] = lambda text: text,
) -> Future[Reply]:
    """Return the reply to be, with the fields of `told`; whoever can't wait asks once more at the next prompt, and for
    what `guess` has begun."""
    reply: Future[Reply] = Future()
    session.looking = True

    def found(done: Future[Suggestion]) -> None:
        suggestion = Suggestion("", []) if done.exception() else done.result()
        guessing = None
        if session.failed() is line:
            session.fixes, session.output = suggestion.fixes, suggestion.output
            # Kept though the reply may go out: who left a moment ago is not seen to have left, and asks for it at the
            # next prompt; who has the reply doesn't ask.
            _keep_late(session, line, _of_line(suggestion, redact(line.text)))
            guessing = guess(suggestion)
            session.looking = guessing is not None
        if reply.set_running_or_notify_cancel():
            more = {"partial": True} if guessing is not None else {}
            # Who is told that more comes asks again: for that alone.
            session.late = None if more else session.late
            session.note = None if more else session.note
            reply.set_result((told or {}) | _shown(suggestion, suggestion.fixes) | more)
        if guessing is not None:
            guessing.add_done_callback(lambda answer: _guessed(answer.result(), session, line, redact))

    if too_late:
        reply.cancel()
    working.add_done_callback(found)
    return reply


def _guessed(suggestion: Suggestion, session: Session, line: Line, redact: Callable[[str], str]) -> None:
    """Keep the model's fix for the next prompt, below what was not shown yet."""
    if session.failed() is not line:
        return
    if suggestion.fixes:
        unseen = session.late.explanation if session.late is not None else ""
        told = _of_line(suggestion, redact(line.text))
        session.fixes = suggestion.fixes
        _keep_late(session, line, replace(told, explanation=unseen) if told is not None else None)
    session.looking = False


def _keep_late(session: Session, line: Line, late: Suggestion | None) -> None:
    """Keep what a later prompt shows of the line, without a fix that was typed meanwhile."""
    session.late = late
    session.has_taken(session.typed_since(line, (fix["command"] for fix in session.fixes)))


def _of_line(suggestion: Suggestion, line: str) -> Suggestion | None:
    """Return it as a later prompt shows it: with the line that it is about. None where nothing would be shown."""
    about = f"for `{line if len(line) <= ABOUT_MAX else line[: ABOUT_MAX - 1] + '…'}`: "
    if suggestion.explanation:
        return replace(suggestion, explanation=about + suggestion.explanation)
    return replace(suggestion, shown=about + suggestion.shown) if suggestion.shown else None


def _noted(session: Session, request: Request, shown: Reply) -> Reply:
    """Return the note that the shell has not heard, above what else is shown; nothing of lines that are long over."""
    note, session.note = session.note, None
    if note is None or request.seq - note[0] > NOTED_LINES:
        return {}
    return {"explanation": "\n".join(filter(None, (note[1], shown.get("explanation"))))}


def _shown(suggestion: Suggestion, fixes: list[dict[str, Any]]) -> Reply:
    """Return the lines for the terminal, with the command in them that is to stand out."""
    told: Reply = {"explanation": suggestion.explanation} if suggestion.explanation else {}
    if suggestion.shown and fixes:
        told |= {"suggestion": suggestion.shown, "command": suggestion.part or fixes[0]["command"]}
    return told


def _keep_told(session: Session, words: str, done: Future[list[dict[str, Any]]]) -> None:
    """Keep what was told for a request in words: who types one of the commands has taken it."""
    if not done.cancelled() and not done.exception():
        session.told = Told(words, tuple(str(row["command"]) for row in done.result()))


def _told(working: Future[Any], name: str = "explanation") -> Future[Reply]:
    """Return what was worked out as a field of a reply; `partial` where making it failed."""
    reply: Future[Reply] = Future()

    def found(done: Future[str]) -> None:
        if reply.set_running_or_notify_cancel():
            reply.set_result({"partial": True} if done.exception() else {name: done.result()})

    working.add_done_callback(found)
    return reply


def rss_kb() -> int:
    """Resident memory in KiB; its peak where the system doesn't tell the present one."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * (resource.getpagesize() // 1024)
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak // 1024 if sys.platform == "darwin" else peak


HANDLERS: dict[str, Callable[[Dispatcher, Request, Session | None], Reply | Future[Reply] | None]] = {
    "session_start": Dispatcher.session_start,
    "preexec": Dispatcher.preexec,
    "postexec": Dispatcher.postexec,
    "session_end": Dispatcher.session_end,
    "check_exec": Dispatcher.check_exec,
    "agent": Dispatcher.agent,
    "fix": Dispatcher.fix,
    "suggest": Dispatcher.suggest,
    "check": Dispatcher.check,
    "explain": Dispatcher.explain,
    "ask": Dispatcher.ask,
    "complete": Dispatcher.complete,
    "lines": Dispatcher.lines,
    "status": Dispatcher.status,
    "reload": Dispatcher.reload_settings,
    "stop": Dispatcher.stop_daemon,
}


def _find_process(request: Request, session: Session | None) -> None:
    """Put the id that the request's process has here in place of the told one, which is its own namespace's."""
    if request.peer > 0:
        here = pid_here(request.pid, request.peer)
        if session is not None and here != request.pid:
            session.elsewhere = request.pid, here
        request.pid = here
    elif session is not None and session.elsewhere[0] == request.pid:
        request.pid = session.elsewhere[1]
