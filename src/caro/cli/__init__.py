"""The `caro` command: finds the subcommand, imports its module alone, turns errors into sentences."""

from __future__ import annotations

import sys


def main(argv: list[str] | None = None) -> int:
    words = sys.argv[1:] if argv is None else argv
    if words and words[0] in ("check", "fix") and sys.stdout is not None and sys.stderr is not None:
        from caro.cli.quick import quick_answer

        status = quick_answer(words)
        if status is not None:
            return status
    if words and words[0] == "repl":
        from caro.repl.begin import begin_as_noted

        begin_as_noted(words[1:])
    from caro.cli.main import run

    return run(words)
