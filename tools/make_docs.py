"""Writes docs/reference.md and docs/caro.1 from the tables and the parser; `--check` only compares.

A command, key, field or variable that is not documented can't exist: the page is made from the code.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from caro.cli.install import defaults
from caro.cli.main import COMMANDS, build_parser
from caro.config_template import toml_text
from caro.model import EVENT_FIELDS
from caro.settings import OTHER_VARIABLES, SETTINGS, SHORT_VARIABLES, Setting

DOCS = Path(__file__).resolve().parent.parent / "docs"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(
        lines + ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    )


def subparser(name: str) -> argparse.ArgumentParser:
    action = next(a for a in build_parser()._actions if isinstance(a, argparse._SubParsersAction))
    parser = action.choices[name]
    assert isinstance(parser, argparse.ArgumentParser)
    return parser


def reference() -> str:
    keys = [(f"`{s.name}`", _default(s), s.meaning + _choices(s.choices)) for s in SETTINGS]
    variables = [(f"`{name}`", f"the same as `{key}`") for name, key in SHORT_VARIABLES.items()]
    variables += [(f"`{name}`", meaning) for name, meaning in OTHER_VARIABLES.items()]
    fields = [(f"`{name}`", meaning) for name, meaning in EVENT_FIELDS.items()]
    parts = [
        "# Reference",
        "Made by `tools/make_docs.py` from the code; edit the tables there.",
        "## Commands",
        *(_command(command.name) for command in COMMANDS if not command.hidden),
        "## Configuration",
        "`~/.config/caro/config.toml`; every key is optional. A variable `CARO_SECTION_KEY` beats `section.key`"
        + " (not "
        + ", ".join(f"`{s.name}`" for s in SETTINGS if not s.by_variable)
        + ")."
        " `[environments.NAME]` holds sections of its own that count while `CARO_ENV=NAME`. What it says"
        " of `safety.allow`, `safety.block`, `safety.commands`, `safety.folders` and `privacy.redact_patterns` is added"
        " to the general ones: of two words for the same key the stricter holds.",
        "`installed` is what `caro install --yes` writes, and its screen begins with.",
        "While the file is broken or empty, what it said before holds (`config.good.toml` beside it; one of its own for"
        " each file that `CARO_CONFIG` names), and so does a `[safety]` value in place of one that can't be read; the"
        " next line at a prompt and `caro doctor` say what is wrong.",
        table(("key", "default", "meaning"), keys),
        "## Environment variables",
        table(("variable", "meaning"), variables),
        "## Events",
        "One JSON object a line, UTF-8. A field that is absent is not known.",
        table(("field", "meaning"), fields),
    ]
    return "\n\n".join(parts) + "\n"


def _default(setting: Setting) -> str:
    """Return the default, and what `caro install` writes with nothing chosen where that is another value."""
    installed = defaults().get(setting.name, setting.default)
    text = f"`{toml_text(setting.default)}`"
    return text if installed == setting.default else f"{text}; installed: `{toml_text(installed)}`"


def _choices(choices: tuple[str, ...]) -> str:
    return f": `{'`, `'.join(choices)}`" if choices else ""


def _command(name: str) -> str:
    return f"### caro {name}\n\n```\n{subparser(name).format_help().rstrip()}\n```"


def roff(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in escaped.splitlines())


def man_page() -> str:
    lines = [
        '.TH CARO 1 "" "caro" "User Commands"',
        ".SH NAME",
        "caro \\- sees, guards and helps with every command that runs in a shell",
        ".SH SYNOPSIS",
        ".B caro",
        "COMMAND [ARGUMENTS]",
        ".SH COMMANDS",
    ]
    for command in COMMANDS:
        if not command.hidden:
            lines += [
                f".SS caro {command.name}",
                ".nf",
                roff(subparser(command.name).format_help().rstrip()),
                ".fi",
            ]
    lines += [".SH CONFIGURATION", "~/.config/caro/config.toml"]
    for setting in SETTINGS:
        lines += [".TP", f".B {roff(setting.name)}", roff(setting.meaning + ".")]
    lines += [".SH ENVIRONMENT"]
    for name, meaning in OTHER_VARIABLES.items():
        lines += [".TP", f".B {roff(name)}", roff(meaning + ".")]
    lines += [
        ".SH EXIT STATUS",
        "2 usage, 1 failure, 126 and 127 as in a shell, else the status of the command.",
    ]
    lines += [".SH FILES", "~/.config/caro, ~/.local/share/caro, ~/.local/state/caro, ~/.trace_shell.jsonl"]
    return "\n".join(lines) + "\n"


def main() -> int:
    # argparse folds its help to the terminal's width.
    os.environ["COLUMNS"] = "100"
    stale = []
    for name, text in (("reference.md", reference()), ("caro.1", man_page())):
        file = DOCS / name
        if "--check" not in sys.argv:
            file.write_text(text, "utf-8")
        elif not file.exists() or file.read_text("utf-8") != text:
            stale.append(name)
    if stale:
        print(f"docs/{' and docs/'.join(stale)} are out of date: run `make docs`", file=sys.stderr)
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())
