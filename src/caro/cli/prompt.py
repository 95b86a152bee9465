"""Open Caro's own prompt over a line (what ctrl-x ctrl-p runs)."""

from __future__ import annotations

import argparse
import os
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from caro.errors import CaroError
from caro.printable import printable

HELP = """\
  explain            what the line does, and how risky it is
  fix                the best fix of the last failure, into the line
  ask QUESTION       not in this version yet: it says what to use instead
  mode [NAME]        show or choose: off, passive, active
  Enter              back to the line
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "The line comes from CARO_LINE; standard output is the line that goes back."


def run(args: argparse.Namespace) -> int:
    line = os.environ.get("CARO_LINE", "")
    try:
        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        raise CaroError("prompt: there is no terminal to ask at") from None
    try:
        with _line_mode(descriptor):
            line = _talk(descriptor, line)
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


def _talk(descriptor: int, line: str) -> str:
    def say(text: str) -> None:
        os.write(descriptor, (printable(text, kept="\n") + "\n").encode())

    say(f"\ncaro: {line or '(empty line)'}   explain, fix, ask, mode, help; Enter goes back")
    while True:
        os.write(descriptor, b"caro> ")
        word, _, rest = os.read(descriptor, 65536).decode("utf-8", "replace").strip().partition(" ")
        if not word:
            return line
        if word not in _ACTIONS:
            say(HELP.rstrip("\n"))
            continue
        try:
            told, line, leave = _ACTIONS[word](line, rest.strip())
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


def _explain(line: str, rest: str) -> Answer:
    command = rest or line
    if not command.strip():
        return "explain what?", line, False
    return _told_by_the_daemon(command) or _told_here(command), line, False


def _told_by_the_daemon(command: str) -> str:
    """Its explanation, which knows what the session did before; "" where it has none to give."""
    from caro.engine.process import folder_here
    from caro.engine.variables import mode_of, told_variables

    env = told_variables(command + "$PATH", os.environ)
    fields = {"command": command, "cwd": folder_here(), "env": env, "tty": True,
              "mode": mode_of(os.environ), "agent": os.environ.get("CARO_AGENT")}  # fmt: skip
    try:
        return str(_request("explain", **fields).get("explanation") or "")
    except CaroError:
        return ""


def _told_here(command: str) -> str:
    """Return what the same engine says, in this process."""
    from caro.engine.process import helper_of, question_here

    explained = helper_of(os.environ, lambda _problem: None).explain(question_here(command, os.environ))
    return "\n".join(explained.lines())


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
    from caro.engine.asking import NO_ANSWERS

    return NO_ANSWERS, line, False


def _mode(line: str, rest: str) -> Answer:
    from caro.cli.config import set_key
    from caro.paths import Paths
    from caro.settings import load_settings

    if rest:
        set_key("safety.mode", [rest], Paths.of())
    return f"mode: {load_settings(os.environ)['safety.mode']}", line, False


_ACTIONS: dict[str, Callable[[str, str], Answer]] = {
    "explain": _explain, "fix": _fix, "ask": _ask, "mode": _mode,
}  # fmt: skip
