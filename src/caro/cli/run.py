"""Run a command and record everything it starts."""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    # argparse shows a remainder as a bare "...".
    parser.usage = (
        "caro run [-h] [--log FILE] [--mode {shims,deep,auto}] [--agent NAME]\n"
        "                [--builtins] [--quiet] -- COMMAND [ARG ...]"
    )
    parser.add_argument("--log", type=Path, metavar="FILE", help="write events to FILE instead of the log")
    parser.add_argument(
        "--mode",
        choices=("shims", "deep", "auto"),
        help="how to observe: shims (tools on PATH), deep (every exec, Linux), auto (default)",
    )
    parser.add_argument("--agent", metavar="NAME", help="name of the agent that the command is")
    parser.add_argument(
        "--builtins", action="store_true", help="record builtins of bash too (cd, export, source ...)"
    )
    parser.add_argument("--quiet", action="store_true", help="no line at the end")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="the command")


def run(args: argparse.Namespace) -> int:
    from caro.paths import Paths
    from caro.settings import load_settings
    from caro.trace.launcher import Run, launch

    argv = args.command[1:] if args.command[:1] == ["--"] else args.command
    paths = Paths.of(os.environ)
    settings = load_settings(os.environ, paths)
    mode = args.mode or settings["trace.mode"]
    builtins = args.builtins or settings["trace.builtins"]
    launch(Run(argv, args.log, mode, args.agent, args.quiet, builtins), settings, os.environ, paths)
