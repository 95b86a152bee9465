"""The table of subcommands, and the way from argv to one of them.

A subcommand is a module of this package with `add_arguments(parser)` and `run(args) -> int | None`; its
docstring's first line is its help line. Only the module of the subcommand that was asked for is imported:
`caro --help` reads the help lines from the table below, and a test keeps table and modules alike.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import signal
import sys
from typing import Any, NamedTuple, NoReturn, TextIO, cast

from caro.cli.examples import examples_text
from caro.cli.tell import tell
from caro.errors import CaroError, UsageError


class Command(NamedTuple):
    """A named tuple: `dataclasses` alone takes longer to import than the rest of this module."""

    name: str
    help: str
    module: str = ""
    hidden: bool = False

    @property
    def module_name(self) -> str:
        return "caro.cli." + (self.module or self.name.replace("-", "_"))


COMMANDS: tuple[Command, ...] = (
    Command("status", "show what is on: switch, mode, shells, daemon, agents, log"),
    Command("run", "run a command and record everything it starts"),
    Command("log", "show recorded commands, filtered"),
    Command("history", "show the lines that were typed, newest last"),
    Command("import", "take in the history of your shell, atuin, mcfly, resh or histdb", "import_history"),
    Command("tail", "follow commands as they happen"),
    Command("tree", "show who started whom"),
    Command("stats", "count commands, failures and time by tool"),
    Command("show", "show everything about one event, or a command line that runs it again"),
    Command("tui", "look at the record on a screen of its own: sessions, what ran, trees, verdicts"),
    Command("record", "record what your terminal shows, without its secrets, to play it later"),
    Command("play", "play a recording of a terminal, or list them"),
    Command("report", "make a page of what ran, to look at or to send; for CI in Markdown"),
    Command("export", "write a record in another program's format: traces, tables, a compilation database"),
    Command("fleet", "send the record to a server of your own, and ask it about all machines"),
    Command("sync", "keep your own machines alike, over a git remote of yours"),
    Command("privacy", "export what is recorded, or erase it for good"),
    Command("check", "say what a command line would do, and how dangerous that is"),
    Command("explain", "say what each word of a line means, and how its verdict came about"),
    Command("explain-error", "say what a failure means: cause, evidence, what to try"),
    Command("help-output", "say what the columns and states of a command's output mean"),
    Command("allow", "let a command pass although the guard would ask"),
    Command("undo", "bring back what a risky line took away"),
    Command("fix", "offer the right command after a failure"),
    Command("ask", "say in words what you want, get the command; nothing is run"),
    Command("model", "find servers of language models on this machine"),
    Command("tldr", "fetch tldr pages for `caro ask`, or remove them"),
    Command("shell", "open your own shell with Caro in it; no dotfile changes"),
    Command("repl", "open your own shell with Caro's line editor in front of it"),
    Command("config", "read, change and check the configuration"),
    Command("help", "show a page about a topic"),
    Command("tour", "walk through what Caro does, in two minutes"),
    Command("prompt", "open Caro's own prompt over a line (what ctrl-x ctrl-p runs)", hidden=True),
    Command("install", "put Caro into your shells, reversibly"),
    Command("uninstall", "take Caro out of your shells; the rest stays as it is"),
    Command("agent", "let AI agents ask Caro before each command"),
    Command("plugin", "list, add, write and check plugins: folders of rules that add and tighten"),
    Command("policy", "show, verify, sign and fetch a team's policy, and try it on what was typed before"),
    Command("trust", "let a project's own rules (`.caro/`) count below its folder, as they are now"),
    Command("shims", "make, list and remove the shims"),
    Command("init", "print the lines that a shell's rc file sources"),
    Command("disable", "switch every gate and shim off at once", "switch"),
    Command("enable", "switch them on again", "switch"),
    Command("daemon", "start, stop or look at the daemon"),
    Command("doctor", "test each part and say what to mend"),
    Command("version", "say which version this is, of Caro, Python and the native programs"),
    Command("completion", "print the completion script of a shell"),
    Command("summary", "print the line that ends a run", hidden=True),
)

GROUPS: tuple[tuple[str, str], ...] = (
    ("begin, and look how it is", "tour shell repl install uninstall status doctor help version"),
    ("see what ran", "run log history tail tree stats show tui report"),
    ("the guard, before it runs", "check explain allow undo agent trust policy disable enable"),
    ("help, after it failed and before you know how", "fix explain-error help-output ask model tldr"),
    ("the record, to take in, play, send, share or erase", "import export record play fleet sync privacy"),
    ("set it up", "config plugin shims init daemon completion"),
)
"""What `caro --help` lists the commands under, by what they are for."""


def find_command(name: str) -> Command | None:
    return next((command for command in COMMANDS if command.name == name), None)


class Formatter(argparse.HelpFormatter):
    """argparse's, but the column of the help lines leaves room for the indentation of subcommands too."""

    def add_argument(self, action: argparse.Action) -> None:
        super().add_argument(action)
        if isinstance(action, argparse._SubParsersAction):
            self._action_max_length += self._indent_increment


_REQUIRED = "the following arguments are required:"
"""How argparse begins to say what is lacking."""


class Parser(argparse.ArgumentParser):
    """argparse's, but a mistake is one sentence, without the usage in front of it."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", Formatter)
        super().__init__(**options)

    examples = ""
    """What stands below the help."""
    groups: tuple[tuple[str, str], ...] = ()
    """Titles, and names of sub-commands below each; without any they stand in one list."""

    def format_help(self) -> str:
        return (self._grouped_help() if self.groups else super().format_help()) + self.examples

    def _grouped_help(self) -> str:
        text = self._get_formatter()
        text.add_usage(self.usage, self._actions, self._mutually_exclusive_groups)
        text.add_text(self.description)
        text.start_section("options")
        text.add_arguments(action for action in self._actions if action.option_strings)
        text.end_section()
        commands = next(action for action in self._actions if isinstance(action, argparse._SubParsersAction))
        lines = {line.dest: line for line in commands._choices_actions}
        for title, names in self.groups:
            text.start_section(title)
            text.add_arguments(lines[name] for name in names.split() if name in lines)
            text.end_section()
        text.add_text(self.epilog)
        return text.format_help()

    def error(self, message: str) -> NoReturn:
        where = self.prog.removeprefix("caro").strip()
        asked = self.prog
        # Argparse finds words that nobody takes in the parser above all, after the sub-command's own has ended.
        if not where and len(sys.argv) > 1 and find_command(sys.argv[1]) is not None:
            where, asked = sys.argv[1], f"{self.prog} {sys.argv[1]}"
        lacking = [
            each for each in self._actions if message == f"{_REQUIRED} {each.metavar}" and each.choices
        ]
        if lacking:
            message += f" ({', '.join(map(str, lacking[0].choices or ()))})"
        raise UsageError(f"{where}: {message}; see `{asked} --help`".removeprefix(": "))


class _Version(argparse.Action):
    """Print what `caro version` prints; the programs are looked at only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> NoReturn:
        from caro.cli.version import version_line

        print(version_line())
        parser.exit()


def build_parser(only: str | None = None, alone: bool = False) -> argparse.ArgumentParser:
    """Return the parser; with `only`, just that subcommand gets its arguments (and its module imported); `alone`: no
    other is known."""
    parser = Parser(
        prog="caro",
        description="Sees, guards and helps with every command that people and AI agents run in a shell.",
        epilog="`caro COMMAND --help` tells more of each. `caro disable` switches everything off at once.",
    )
    parser.add_argument("-V", "--version", action=_Version, nargs=0, help="the same as `caro version`")
    parser.groups = () if alone else GROUPS
    subparsers = parser.add_subparsers(dest="subcommand", metavar="COMMAND", title="commands")
    for command in COMMANDS:
        if alone and command.name != only:
            continue
        # argparse lists a subcommand only if it has a help line.
        shown: dict[str, Any] = {} if command.hidden else {"help": command.help}
        sub = subparsers.add_parser(
            command.name, description=f"{command.help[0].upper()}{command.help[1:]}.", **shown
        )
        if only is None or only == command.name:
            importlib.import_module(command.module_name).add_arguments(sub)
            sub.examples = examples_text(command.name)
    return parser


def _asked_for(argv: list[str]) -> str:
    return next((word for word in argv if not word.startswith("-")), "")


def _check_command(name: str) -> None:
    if not name or find_command(name) is not None:
        return
    near = _nearest(name, [command.name for command in COMMANDS if not command.hidden])
    guess = f"; did you mean `caro {near}`?" if near else ";"
    raise UsageError(f"{name}: there is no such command{guess} `caro --help` lists them")


def _nearest(name: str, known: list[str]) -> str:
    """Return the name that was meant; "" for none. Letters that changed places are nearer than one that is missing."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, 3)
    return next((each for each in near if sorted(each) == sorted(name)), near[0] if near else "")


def _print_anything(stream: TextIO | None) -> None:
    """Other people's text in a locale that lacks its letters is no reason to stop."""
    if stream is None:
        return
    # A file name that is not UTF-8 comes out as the bytes it has.
    kept = "surrogateescape" if (stream.encoding or "").lower() == "utf-8" else "backslashreplace"
    cast(Any, stream).reconfigure(errors=kept)


def _replace_closed() -> None:
    """Python has None for a stream that the caller closed, and `print` to a None goes to standard output.

    No file is opened instead: it would get the closed number, and `caro run` hands on what it was given.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))


def _dispatch(argv: list[str]) -> int:
    """Run the subcommand that the words name; return its exit status."""
    _check_command(_asked_for(argv))
    name = _asked_for(argv)
    # Without a command first, argparse tells of all of them.
    parser = build_parser(only=name, alone=bool(name) and argv[0] == name)
    try:
        args = parser.parse_args(argv)
    except SystemExit as end:  # argparse's way out after `--help` and `--version`
        return int(end.code or 0)
    if not args.subcommand:
        parser.print_help()
        return 0
    command = find_command(args.subcommand)
    assert command is not None
    return int(importlib.import_module(command.module_name).run(args) or 0)


def _answer(argv: list[str]) -> int:
    """Run the subcommand, an error of it as one sentence; return the exit status."""
    try:
        return _dispatch(argv)
    except CaroError as error:
        tell(str(error))
        return error.exit_status
    except BrokenPipeError:
        raise
    except OSError as error:
        if os.environ.get("CARO_DEBUG", "0") not in ("", "0"):
            raise
        what = f"{error.filename}: " if error.filename else ""
        tell(f"{_asked_for(argv)}: {what}{error.strerror or error}")
        return 1


def _give_up_output() -> None:
    """Send what is still buffered nowhere: the interpreter flushes again as it ends, and would complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream, descriptor in ((sys.stdout, 1), (sys.stderr, 2)):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(nowhere, descriptor)


def run(argv: list[str]) -> int:
    """Run `caro ARGV...`; return the exit status, 128 + SIGPIPE where the reader has gone (`caro log | head`)."""
    # A traceback on ^C or on a closed pipe is noise between a person and their prompt.
    try:
        _replace_closed()
        _print_anything(sys.stdout)
        _print_anything(sys.stderr)
        status = _answer(argv)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        _give_up_output()
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
