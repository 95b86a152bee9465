"""Open Caro's own prompt over a line (what ctrl-x ctrl-p runs)."""

from __future__ import annotations

import argparse
import os
import termios
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from caro.cli.prompt_line import PromptLine
from caro.errors import CaroError
from caro.printable import printable

if TYPE_CHECKING:
    from caro.engine.model_words import About
    from caro.engine.question import Question

INTERRUPT = "\x03"
LIVE_WAIT = 0.5
"""Seconds that words which are being typed wait for their lines."""
HELP = """\
  explain            what the line does, and how risky it is
  ?                  what the last failure means: cause, evidence, what to try
  fix                the best fix of the last failure, into the line
  WORDS              commands for what you want, while you type: Enter puts one into the line, Tab goes to the next;
                     behind an answer a number takes that one, e N explains it, `no, only in this folder` goes on
  ask WORDS          the same, for words that begin like one of these
  mode [NAME [1h]]   show or choose, for every shell, until it is changed or for a while: off, passive, active
  Esc                back to the line, at once; Enter alone too
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--shell", default="", help="whose line it is (default: that of the session, or bash)"
    )
    parser.epilog = "The line comes from CARO_LINE; standard output is the line that goes back."


def run(args: argparse.Namespace) -> int:
    line = os.environ.get("CARO_LINE", "")
    try:
        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        raise CaroError("prompt: there is no terminal to ask at") from None
    try:
        with _line_mode(descriptor):
            line = _talk(
                descriptor,
                line,
                args.shell,
                {**_ACTIONS, "explain": partial(_explain, args.shell), "?": partial(_error, args.shell)},
            )
    except (KeyboardInterrupt, OSError):
        # ^C, or the terminal is gone: the line stays as it was.
        pass
    finally:
        os.close(descriptor)
    print(line, end="")
    return 0


@contextmanager
def _line_mode(descriptor: int) -> Iterator[None]:
    """Lines and echo: zsh and fish run this from their editors, in raw mode."""
    before = termios.tcgetattr(descriptor)
    mode = termios.tcgetattr(descriptor)
    mode[0] |= termios.ICRNL
    mode[1] |= termios.OPOST | termios.ONLCR
    mode[3] |= termios.ICANON | termios.ECHO | termios.ECHOE | termios.ISIG
    # Signals would reach the shell too: stopped, its prompt would be stuck, and at ^C it would drop the line. So ^C
    # ends what is read, as a character.
    mode[6][termios.VEOL] = INTERRUPT.encode()
    for key in (termios.VSUSP, termios.VQUIT, termios.VINTR):
        mode[6][key] = bytes([os.fpathconf(descriptor, "PC_VDISABLE") & 0xFF])
    termios.tcsetattr(descriptor, termios.TCSADRAIN, mode)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _talk(descriptor: int, line: str, shell: str, actions: Mapping[str, Action]) -> str:
    def say(text: str) -> None:
        os.write(descriptor, (printable(text, kept="\n") + "\n").encode())

    say(
        f"\ncaro: {line or '(empty line)'}   say what you want, or: explain, ?, fix, ask, mode, help; Esc goes back"
    )
    reader = PromptLine(descriptor, _offered, not _has_model())
    typed = b""
    while True:
        entered = reader.read(typed, _ASKED)
        typed = b""
        if entered.shown:
            _ASKED[:] = entered.shown
            _words_of(entered.text)
        if entered.takes:
            _keep(_TURNS[-1], entered.takes)
            return entered.takes
        if entered.explains:
            say(actions["explain"](line, entered.explains)[0])
            continue
        if entered.leaves:
            return line
        word, rest = _meant(*entered.text.partition(" ")[::2])
        if word == "help":
            say(HELP.rstrip("\n"))
            continue
        if word not in actions or (word == "fix" and rest):
            word, rest = "ask", f"{word} {rest}".strip()
        try:
            told, line, leave = actions[word](line, rest.strip())
        except CaroError as error:
            told, leave = f"caro: {error}", False
        if told:
            say(told)
        if leave:
            return line
        added, typed = _of_the_model(descriptor, word, rest, shell or "bash")
        if added:
            say(added)


def _has_model() -> bool:
    """True if a model is on: its line is to come beneath the others, so Enter asks before it takes."""
    from caro.settings import load_settings

    return bool(load_settings(os.environ)["llm.enabled"])


def _offered(text: str) -> list[dict[str, str]]:
    """Return the rows for words that are being typed; [] where they may become something else than a request."""
    word, rest = _meant(*text.partition(" ")[::2])
    if word == "ask":
        words = rest.strip()
    elif word in _ACTIONS or word in ("explain", "?", "help", "e") or not rest.strip():
        return []
    else:
        words = f"{word} {rest}"
    if len(words.split()) < 2:
        return []
    from caro.cli.ask import rows_of_daemon

    return rows_of_daemon(_gone_on(words)[-1], timeout=LIVE_WAIT) or []


def _of_the_model(descriptor: int, word: str, rest: str, shell: str) -> tuple[str, bytes]:
    """Return what a model adds to an answer, or why it adds nothing ("" where none is on, or a key ended it), and what
    was typed meanwhile."""
    from caro.cli.model_line import model_line, model_words

    if word == "ask" and rest and not rest.isdigit() and _TURNS:
        row, why, typed = model_line(descriptor, _TURNS[-1], shell)
        if row is None:
            return why, typed
        _ASKED.append(row["command"])
        return told_rows([row], at=len(_ASKED)), typed
    if word == "?" and _FAILED:
        from caro.cli.model_words import marked

        said, why, typed = model_words(descriptor, _FAILED[-1], shell)
        return "\n".join(marked(said)) or why, typed
    return "", b""


def _request(type: str, **fields: object) -> dict[str, object]:
    from caro.client import Client
    from caro.errors import DaemonAbsent
    from caro.paths import Paths
    from caro.settings import socket_file

    session = os.environ.get("CARO_SESSION_ID")
    try:
        return Client(socket_file(os.environ, Paths.of()), timeout=10.0).request(
            type, session=session, **fields
        )
    except DaemonAbsent:
        raise CaroError("no daemon runs; start it: caro daemon start") from None


Answer = tuple[str, str, bool]
Action = Callable[[str, str], Answer]


def _explain(shell: str, line: str, rest: str) -> Answer:
    command = rest or line
    if not command.strip():
        return "explain what?", line, False
    from caro.engine.process import question_here

    question = question_here(command, os.environ, shell or "bash")
    return _told_by_the_daemon(question, shell) or _told_here(question), line, False


def _told_by_the_daemon(question: Question, shell: str) -> str:
    """Its explanation, which knows what the session did before; "" where it has none to give."""
    from caro.engine.variables import told_variables

    # A fix that it may tell too is looked for on this PATH.
    env = told_variables(question.text + "$PATH", os.environ)
    fields = {"command": question.text, "cwd": question.cwd, "env": env, "tty": True, "shell": shell,
              "mode": question.mode, "agent": question.agent}  # fmt: skip
    try:
        return str(_request("explain", **fields).get("explanation") or "")
    except CaroError:
        return ""


def _told_here(question: Question) -> str:
    """Return what the same engine says, in this process."""
    from caro.engine.process import helper_of

    explained = helper_of(os.environ, lambda _problem: None).explain(question)
    return "\n".join(explained.lines())


def _error(shell: str, line: str, rest: str) -> Answer:
    from caro.cli.explain_error import last_told
    from caro.settings import load_settings

    if load_settings(os.environ)["shell.explain"] == "off":
        return "failures are not explained (shell.explain is off)", line, False
    told, about = last_told(shell or "bash")
    _FAILED[:] = [about] if about is not None else []
    return told, line, False


def _fix(line: str, rest: str) -> Answer:
    fixed = _fixed_by_the_daemon() or _fixed_here()
    return ("", fixed, True) if fixed else ("no fix is known of the last failure", line, False)


def _fixed_by_the_daemon() -> str:
    """Its best fix, which knows what the shell has not recorded yet; "" where it has none to give."""
    try:
        return str(_request("fix").get("command") or "")
    except CaroError:
        return ""


def _fixed_here() -> str:
    """The same engine's, in this process, of the last failure in the log."""
    from caro.cli.failure import last_failure
    from caro.engine.process import helper_of

    try:
        failure = last_failure()
    except CaroError:
        return ""
    fixes = helper_of(os.environ, lambda _problem: None).fixes(failure).fixes
    return fixes[0].command if fixes else ""


def _ask(line: str, rest: str) -> Answer:
    """Tell the commands for the words, numbered; a number alone puts that one of the last answer into the line."""
    if rest.isdigit() and _ASKED and not 1 <= int(rest) <= len(_ASKED):
        return f"there is no line {rest}: 1 to {len(_ASKED)}", line, False
    if rest.isdigit() and _ASKED:
        _keep(_TURNS[-1], _ASKED[int(rest) - 1])
        return "", _ASKED[int(rest) - 1], True
    if not rest:
        return "ask what? for example: ask files over 10 MB changed this week", line, False
    rest = _words_of(rest)
    from caro.cli.ask import rows_of_daemon

    rows = rows_of_daemon(rest)
    rows = _asked_here(rest) if rows is None else rows
    if not rows:
        from caro.engine.asking import no_answer

        _ASKED.clear()
        return no_answer(rest), line, False
    _ASKED[:] = [row["command"] for row in rows]
    hint = "Enter puts 1 into the line, Tab goes to the next; N puts one into the line, `e N` explains it"
    return told_rows(rows, hint), line, False


_ASKED: list[str] = []
"""The commands of the last answer."""
_FAILED: list[About] = []
"""The failure that was explained."""
_TURNS: list[str] = []
"""The request, and how it went on; the last is what was asked."""


def _words_of(words: str) -> str:
    """Return what is asked: the words, or what they make of the request before."""
    _TURNS[:] = _gone_on(words)
    return _TURNS[-1]


def _gone_on(words: str) -> list[str]:
    """Return the turns with what the words make of the last one, or with the words alone."""
    from caro.ask.refining import TURNS, goes_on, gone_on

    if _TURNS and len(_TURNS) <= TURNS and goes_on(words):
        return gone_on(_TURNS, words)
    return [words]


def _keep(words: str, command: str) -> None:
    """Keep what was taken for the words, for the next time."""
    from caro.engine.process import helper_of

    helper_of(os.environ, lambda _problem: None).taken(words, command)


def _meant(word: str, rest: str) -> tuple[str, str]:
    """Return what is meant behind an answer: a number alone takes one, `e 2` explains one, `no, …` goes on."""
    from caro.ask.refining import goes_on

    if word.isdigit() and not rest and _ASKED:
        return "ask", word
    if word == "e":
        number = int(rest) if rest.isdigit() else 1
        return "explain", _ASKED[number - 1] if 1 <= number <= len(_ASKED) else ""
    return (
        ("ask", f"{word} {rest}")
        if _TURNS and word not in _ACTIONS and goes_on(f"{word} {rest}")
        else (word, rest)
    )


def told_rows(rows: list[dict[str, str]], hint: str = "", at: int = 1) -> str:
    """Return the commands numbered, each with its level and reason; the sentence that nothing is known for none."""
    from caro.engine.asking import NO_ANSWER

    if not rows:
        return NO_ANSWER
    lines = [
        f"  {number}  {row['command']}   ({', '.join(filter(None, (row['level'], row.get('verdict'))))}; {row['why']})"
        for number, row in enumerate(rows, at)
    ]
    return "\n".join([*lines, *([hint] if hint else [])])


def _asked_here(words: str) -> list[dict[str, str]]:
    from caro.engine.process import helper_of, question_here

    helper = helper_of(os.environ, lambda _problem: None)
    return [asked.row() for asked in helper.ask(words, question_here(words, os.environ))]


def _mode(line: str, rest: str) -> Answer:
    from caro.cli.config import set_key
    from caro.paths import Paths
    from caro.settings import load_settings

    if rest:
        set_key("safety.mode", rest.split(), Paths.of())
    settings = load_settings(os.environ)
    until = settings.mode_until
    end = f"until {until.clock()}, then {until.then}" if until else "until it is changed" if rest else ""
    spread = "; in every shell, " * bool(rest) or "; " * bool(end)
    return f"mode: {settings['safety.mode']}{spread}{end}", line, False


_ACTIONS: Mapping[str, Action] = {"fix": _fix, "ask": _ask, "mode": _mode}
