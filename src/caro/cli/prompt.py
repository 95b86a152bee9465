"""Open Caro's own prompt over a line (what ctrl-x ctrl-p runs)."""

from __future__ import annotations

import argparse
import os
import termios
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from caro.errors import CaroError
from caro.printable import printable

if TYPE_CHECKING:
    from caro.engine.question import Question

HELP = """\
  explain            what the line does, and how risky it is
  ?                  what the last failure means: cause, evidence, what to try
  fix                the best fix of the last failure, into the line
  ask WORDS          commands for what you want; the number of one puts it into the line
  mode [NAME]        show or choose, for every shell and until it is changed: off, passive, active
  Enter              back to the line
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
                {**_ACTIONS, "explain": partial(_explain, args.shell), "?": partial(_error, args.shell)},
            )
    except KeyboardInterrupt:
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
    termios.tcsetattr(descriptor, termios.TCSADRAIN, mode)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _talk(descriptor: int, line: str, actions: Mapping[str, Action]) -> str:
    def say(text: str) -> None:
        os.write(descriptor, (printable(text, kept="\n") + "\n").encode())

    say(f"\ncaro: {line or '(empty line)'}   explain, ?, fix, ask, mode, help; Enter goes back")
    while True:
        os.write(descriptor, b"caro> ")
        word, _, rest = os.read(descriptor, 65536).decode("utf-8", "replace").strip().partition(" ")
        if not word:
            return line
        if word not in actions:
            say(HELP.rstrip("\n"))
            continue
        try:
            told, line, leave = actions[word](line, rest.strip())
        except CaroError as error:
            told, leave = f"caro: {error}", False
        if told:
            say(told)
        if leave:
            return line


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

    return last_told(shell or "bash"), line, False


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
    from caro.cli.fix import last_failure
    from caro.engine.process import helper_of

    try:
        failure = last_failure()
    except CaroError:
        return ""
    fixes = helper_of(os.environ, lambda _problem: None).fixes(failure).fixes
    return fixes[0].command if fixes else ""


def _ask(line: str, rest: str) -> Answer:
    """Tell the commands for the words, numbered; a number alone puts that one of the last answer into the line."""
    if rest.isdigit() and 1 <= int(rest) <= len(_ASKED):
        return "", _ASKED[int(rest) - 1], True
    if not rest:
        return "ask what? for example: ask files over 10 MB changed this week", line, False
    from caro.cli.ask import rows_of_daemon

    rows = rows_of_daemon(rest)
    rows = _asked_here(rest) if rows is None else rows
    _ASKED[:] = [row["command"] for row in rows]
    return told_rows(rows, "`ask N` puts one into the line"), line, False


_ASKED: list[str] = []
"""The commands of the last answer."""


def told_rows(rows: list[dict[str, str]], hint: str = "") -> str:
    """Return the commands numbered, each with its level and reason; the sentence that nothing is known for none."""
    from caro.engine.asking import NO_ANSWER

    if not rows:
        return NO_ANSWER
    lines = [f"  {at}  {row['command']}   ({row['level']}; {row['why']})" for at, row in enumerate(rows, 1)]
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
        set_key("safety.mode", [rest], Paths.of())
    spread = "; in every shell, until it is changed" if rest else ""
    return f"mode: {load_settings(os.environ)['safety.mode']}{spread}", line, False


_ACTIONS: Mapping[str, Action] = {"fix": _fix, "ask": _ask, "mode": _mode}
