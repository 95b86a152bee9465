"""Show a page about a topic."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

TOPICS = Path(__file__).parent / "topics"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("topic", nargs="?", help="a topic, or a command; without one: the list")


def topics() -> dict[str, str]:
    """Name and first line of each page."""
    pages = sorted(TOPICS.glob("*.txt"))
    return {page.stem: page.read_text("utf-8").split("\n", 1)[0] for page in pages}


def run(args: argparse.Namespace) -> int:
    from caro.cli.main import build_parser, find_command
    from caro.errors import UsageError

    known = topics()
    if args.topic is None:
        print("Topics (caro help NAME):")
        for name, title in known.items():
            print(f"  {name:<10} {title}")
        print("A command's own page: caro help COMMAND, or caro COMMAND --help")
        return 0
    if args.topic in known:
        print(_filled((TOPICS / f"{args.topic}.txt").read_text("utf-8")), end="")
        if find_command(args.topic) is not None:
            print(f"\nThe command's options: caro {args.topic} --help")
        return 0
    if find_command(args.topic) is not None:
        build_parser(only=args.topic).parse_args([args.topic, "--help"])
    raise UsageError(f"help: no topic or command {args.topic}; topics are: {', '.join(known)}")


def _filled(page: str) -> str:
    """Return the page with the keys that this person has in the place of `{shell.NAME_key}`."""
    from caro.knowledge.shells import key_words
    from caro.paths import Paths
    from caro.settings import load_settings

    named = re.findall(r"\{(shell\.\w+_key)\}", page)
    if not named:
        return page
    settings = load_settings(os.environ, Paths.of(os.environ))
    for name in named:
        page = page.replace("{" + name + "}", f"{key_words(str(settings[name])) or '(no key)':<18}")
    return page
