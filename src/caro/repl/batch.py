"""`caro repl` where nobody types at it: a script, piped input, one line; and the plan of those instead of running them.

The person's shell runs the text, as it would without Caro. Before a statement reaches it, the guard has judged it, by
the policy that an interactive shell would have: a script and `-c` as a whole, so that nothing of a refused one runs;
piped input statement by statement, as it comes.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from caro.errors import CaroError, UsageError
from caro.levels import Action
from caro.paths import Paths
from caro.signals import give_signals_back

if TYPE_CHECKING:
    from caro.engine.decision import Decision
    from caro.engine.guard import Guard
    from caro.engine.question import Question
    from caro.knowledge.shells import Shell
    from caro.repl.changes import Hasher
    from caro.repl.record import Record

MOST_BYTES = 4 * 1024 * 1024
MOST_WAITING = 64 * 1024
"""Bytes of a piped statement that is not whole yet: what is longer is judged as it stands."""
MOST_SECONDS_FOR_DAEMON = 20
REFUSED = 126


def add_batch_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-c", dest="line", metavar="LINE", help="run this line, as the shell's own -c does")
    parser.add_argument("--script", metavar="FILE", help="run this script (`-`: standard input)")
    parser.add_argument(
        "--policy",
        metavar="FILE",
        help="what may run in this shell: `caro help repl` has the keys; they only tighten",
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="print what would run, on which files, and the verdict; nothing runs, nothing is written",
    )
    parser.add_argument("--json", action="store_true", help="with --dry-run: JSON Lines, one statement each")


def is_batch(args: argparse.Namespace) -> bool:
    """True if the arguments, or a standard input that is no terminal, ask for no interactive shell."""
    return args.line is not None or args.script is not None or args.dry_run or not os.isatty(0)


@dataclass(frozen=True)
class Source:
    """What is to be run: `text` is None where it comes piece by piece. `words` are those of the shell for it."""

    text: str | None
    words: tuple[str, ...] = ()


def run_batch(args: argparse.Namespace) -> int:
    """Run the script, the line or the standard input, or print its plan; return the shell's exit status."""
    from caro.shell.start import kind_of, usual_shell

    if args.line is not None and args.script is not None:
        raise UsageError("repl: give one of -c LINE and --script FILE")
    program, file = args.shell or usual_shell(os.environ), args.script
    if args.shell and os.sep in args.shell and not os.access(args.shell, os.X_OK) and file is None:
        # `caro repl --dry-run ./script.sh`
        program, file = usual_shell(os.environ), args.shell
    source = _source(args.line, file)
    env = bound_environment(args.policy, os.environ)
    shell = kind_of(program)
    if args.dry_run:
        return _show_plan(source, shell, env, args.json)
    if source.text is None:
        return _run_piped(program, shell, env)
    return _run_whole(source, program, shell, env)


def bound_environment(policy: str | None, env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a shell with its policy: what it has already, `[repl]`, and the file. Raises
    PolicyError: no shell begins without the policy that was asked for."""
    import time

    from caro.engine import shell_policy
    from caro.runtime_conf import file_settings

    paths, home, now = Paths.of(env), env.get("HOME", ""), time.time()
    settings = file_settings(env, paths)
    layers = list(shell_policy.layers_of(env[shell_policy.VARIABLE])) if shell_policy.VARIABLE in env else []
    if (own := shell_policy.policy_of_settings(settings, home, now)) is not None and own not in layers:
        layers.append(own)
    for file in filter(None, (os.path.expanduser(settings["repl.policy"]), policy)):
        layer = shell_policy.read_policy_file(file, home, now)
        if layer not in layers:
            layers.append(layer)
    return {**env, **({shell_policy.VARIABLE: shell_policy.begin(layers, paths)} if layers else {})}


def _source(line: str | None, file: str | None) -> Source:
    if line is not None:
        return Source(line, ("-c", line))
    if file is None or file == "-":
        return Source(None)
    try:
        with open(file, "rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise CaroError(f"can't read the script {file}: {error.strerror}") from error
    if len(data) > MOST_BYTES:
        raise CaroError(f"the script {file} is larger than 4 MiB: run its parts")
    return Source(data.decode("utf-8", "surrogateescape"), (file,))


# -- the plan


def _show_plan(source: Source, shell: Shell, env: Mapping[str, str], as_json: bool) -> int:
    from caro.engine.process import complain, guard_of
    from caro.repl.plan import plan, plan_fields, plan_lines

    # Nothing is written, Python's own copies of compiled modules neither.
    sys.dont_write_bytecode = True
    guard = guard_of(env, complain)
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    refused = False
    for text in [source.text] if source.text is not None else _typed_texts():
        statements = plan(guard, question_of(text, shell, env), env.get("HOME", ""))
        refused = refused or any(each.decision.action is Action.BLOCK for each in statements)
        lines = map(json.dumps, map(plan_fields, statements)) if as_json else plan_lines(statements, not utf8)
        print("\n".join(lines), flush=True)
    return REFUSED if refused else 0


def _typed_texts() -> Iterator[str]:
    """Yield the standard input: as a whole, or from a terminal line by line."""
    if not os.isatty(0):
        yield sys.stdin.buffer.read(MOST_BYTES).decode("utf-8", "surrogateescape")
        return
    while True:
        print("plan> ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line or line.strip() in (":quit", "exit"):
            return
        if line.strip():
            yield line


def question_of(text: str, shell: Shell, env: Mapping[str, str]) -> Question:
    """Return the question about a text of this shell, here: with the aliases that the person's files define."""
    from caro.engine.process import question_here
    from caro.engine.variables import told_variables
    from caro.machine.shell_aliases import read_aliases

    aliases = read_aliases(shell, env.get("HOME", ""))
    named = {name: value for name, value in aliases.items() if name in text}
    question = question_here(text, env, shell.dialect)
    return replace(question, aliases=named, env=told_variables("\n".join([text, *named.values()]), env))


# -- running


def _run_whole(source: Source, program: str, shell: Shell, env: Mapping[str, str]) -> int:
    """Judge all of it, then run it: nothing of a refused text runs."""
    text = source.text or ""
    runner = Runner(program, shell, env)
    if not runner.passes(text):
        return REFUSED
    with runner.started([program, *source.words], None) as child:
        runner.note(text)
        return runner.ended(child)


def _run_piped(program: str, shell: Shell, env: Mapping[str, str]) -> int:
    """Hand the standard input on as it comes, each statement once it is whole and judged."""
    runner = Runner(program, shell, env)
    with runner.started([program], subprocess.PIPE) as child:
        assert child.stdin is not None
        refused, above = False, 0
        for piece in whole_statements(sys.stdin.buffer, shell.dialect):
            if not runner.passes(piece.decode("utf-8", "surrogateescape"), above):
                refused = True
                break
            above += piece.count(b"\n")
            runner.note(piece.decode("utf-8", "surrogateescape"))
            try:
                child.stdin.write(piece)
                child.stdin.flush()
            except BrokenPipeError:
                break  # the shell has ended
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
        status = runner.ended(child)
    return REFUSED if refused else status


def whole_statements(stream: BinaryIO, dialect: str) -> Iterator[bytes]:
    """Yield pieces of shell text that can be read as they are: lines, or several where one statement needs them."""
    from caro.parse.lines import parse

    waiting = b""
    for line in stream:
        waiting += line
        text = waiting.decode("utf-8", "surrogateescape")
        whole = parse(text, dialect).clean and not _goes_on(text, dialect)
        if whole or len(waiting) > MOST_WAITING:
            yield waiting
            waiting = b""
    if waiting:
        yield waiting


_OPERATOR_LAST = re.compile(r"(?:&&|\|\|?|\\)\s*\Z")
_HEADER_LAST = re.compile(r"(?:^|[;&|]\s*|\n\s*)(?:for|select|function)\s[^;{(\n]*\n?\s*\Z")
_FISH_BLOCK = re.compile(
    r"(?:^|[;\n&|]|\b(?:and|or|not|else)\s)\s*(if|while|for|function|begin|switch|end)\b"
)


def _goes_on(text: str, dialect: str) -> bool:
    """True if a shell would read on although what stands there can be read: an operator or the head of a loop last."""
    if _OPERATOR_LAST.search(text):
        return True
    if dialect != "fish":
        return _HEADER_LAST.search(text) is not None
    words = _FISH_BLOCK.findall(text)
    return len(words) - words.count("end") > words.count("end")


class Runner:
    """Judges, starts and records what one shell runs without a terminal of its own."""

    def __init__(self, program: str, shell: Shell, env: Mapping[str, str]) -> None:
        import secrets

        from caro.engine.process import complain, guard_of
        from caro.record import uuid7
        from caro.repl.changes import Hasher
        from caro.repl.record import Record, inherited_session
        from caro.settings import load_settings

        self.program, self.shell, self.paths = program, shell, Paths.of(env)
        self.settings = load_settings(env, self.paths)
        inherited = inherited_session(env)
        self.session = inherited or uuid7.new()
        self.env = {**env, "CARO_SESSION_ID": self.session, "CARO_RUN": self.session}
        self.guard: Guard = guard_of(env, complain)
        self.record: Record = Record(self.settings, self.paths, self.session, env.get("CARO_AGENT") or None)
        self.hashed: Hasher = Hasher(secrets.token_bytes(16))
        self._begins = inherited is None

    def passes(self, text: str, above: int = 0) -> bool:
        """True if the text may run, as far as the guard and a person say. What is refused is told, and why. `above`:
        how many lines stood before it, and have been handed on."""
        question = question_of(text, self.shell, self.env)
        worst: dict[Action, list[tuple[int, Decision]]] = {}
        told: set[tuple[int, Action, str]] = set()
        for number, decision in [*self.guard.script(text, question), *self._unread(text, question)]:
            if (number, decision.action, decision.reason) not in told:
                told.add((number, decision.action, decision.reason))
                worst.setdefault(decision.action, []).append((above + number, decision))
        for number, decision in worst.get(Action.WARN, []):
            _tell(number, decision, "")
        for number, decision in worst.get(Action.BLOCK, []):
            _tell(number, decision, "blocked: ")
        if Action.BLOCK in worst:
            print(f"caro: {_unrun(above)}", file=sys.stderr)
            return False
        for number, decision in worst.get(Action.CONFIRM, []):
            _tell(number, decision, "to be confirmed: ")
        return Action.CONFIRM not in worst or _person_agrees(above)

    def _unread(self, text: str, question: Question) -> Iterator[tuple[int, Decision]]:
        """The text as one line too, where it is one: what no statement of it shows (an unclosed quote)."""
        if text.strip() and "\n" not in text.strip():
            yield 1, self.guard.decide(question)

    def started(self, words: list[str], stdin: int | None) -> subprocess.Popen[bytes]:
        """Start the shell below Caro's shims, or the tracer. It gets the signals that this process was started with."""
        from caro.trace.launcher import Run, prepared

        self._wake()
        run = Run(words, None, self.settings["trace.mode"], None, True, self.settings["trace.builtins"])
        program, argv, env = prepared(run, self.settings, self.env, self.paths)
        if self._begins:
            self.record.session_event(self.shell.name)
        child = subprocess.Popen(
            argv, executable=program, env=env, stdin=stdin, bufsize=0, preexec_fn=give_signals_back
        )
        for number in (signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, signal.SIG_IGN)  # the terminal tells the shell itself
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _handing_on(child))
        return child

    def _wake(self) -> None:
        """A policy holds for what the shell starts too: the daemon judges that, and must be there. Raises CaroError."""
        import time

        from caro.client import Client
        from caro.engine.shell_policy import VARIABLE
        from caro.settings import socket_file
        from caro.shell.start import wake_daemon
        from caro.trace.launcher import is_disabled, prepare_home

        if VARIABLE not in self.env or is_disabled(self.env, self.paths):
            return
        prepare_home(self.settings, self.env, self.paths)
        wake_daemon(self.env, self.paths)
        until = time.monotonic() + MOST_SECONDS_FOR_DAEMON
        while True:
            try:
                Client(socket_file(self.env, self.paths)).request("status")
                return
            except (OSError, CaroError):
                if time.monotonic() > until:
                    raise CaroError(
                        "the policy can't be held: Caro's daemon does not start (caro doctor)"
                    ) from None
                time.sleep(0.05)

    def note(self, text: str) -> None:
        """Record the statements of a text that the shell gets, and the built-ins in them."""
        from caro.parse.tokens import statements
        from caro.repl.changes import typed_changes

        cwd = _folder()
        for _, source in statements(text, self.shell.dialect):
            line = self.record.line(source.strip(), cwd)
            self.record.builtins(typed_changes(source, self.shell.name, self.hashed), line, cwd)

    def ended(self, child: subprocess.Popen[bytes]) -> int:
        """Wait for the shell; end as it did, by the same signal too."""
        status = child.wait()
        if status < 0:
            signal.signal(-status, signal.SIG_DFL)
            os.kill(os.getpid(), -status)
        return status if status >= 0 else 128 - status


def _handing_on(child: subprocess.Popen[bytes]) -> Callable[[int, object], None]:
    def hand_on(number: int, _frame: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(number)

    return hand_on


def _folder() -> str | None:
    from caro.engine.process import folder_here

    return folder_here()


def _tell(number: int, decision: Decision, what: str) -> None:
    from caro.printable import printable

    rules = f" [{decision.rules[0]}]" if decision.rules else ""
    print(f"caro: line {number}: {what}{printable(decision.reason)}{rules}", file=sys.stderr)


def _unrun(above: int) -> str:
    return f"line {above + 1} and what follows it were not run" if above else "nothing of it was run"


def _person_agrees(above: int) -> bool:
    """Ask on the terminal, with a key typed after the question; without one nobody agrees."""
    import termios

    from caro.engine.process import types_here

    if not types_here(os.environ):
        print(f"caro: nobody can be asked here: {_unrun(above)}", file=sys.stderr)
        return False
    try:
        with open("/dev/tty", "r+b", buffering=0) as terminal:
            terminal.write(b"caro: run it? [y/N] ")
            termios.tcflush(terminal, termios.TCIFLUSH)
            return terminal.readline().strip().lower() in (b"y", b"yes")
    except (OSError, termios.error):
        return False
