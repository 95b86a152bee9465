"""The `caro` command: finds the subcommand, imports its module alone, turns errors into sentences."""

from __future__ import annotations

import sys


def main(argv: list[str] | None = None) -> int:
    from caro.cli.main import run

    return run(sys.argv[1:] if argv is None else argv)
