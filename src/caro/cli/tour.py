"""Walk through what Caro does, in two minutes."""

from __future__ import annotations

import argparse
import sys

STEPS = (
    ("Look before you install", "caro shell", "Your own shell, with your own rc files, plus Caro. `exit` leads back."),
    ("See what ran", "caro tree --last", "Every line, and every program that it started, with status and time."),
    ("Ask before it runs", "caro check 'git push --force'", "The same judgement that a line gets at the prompt."),
    ("Say what must not happen", "caro config set safety.commands '{\"git push .*-f\" = \"confirm\"}'",
     "Your own rules hold whatever the daemon does."),
    ("Mend a typo", "esc esc", "After a failure: the fix stands in the line, for you to read and run."),
    ("Switch it off", "caro disable", "At once, in every open shell; `caro enable` brings it back."),
    ("Keep it, or not", "caro install   ·   caro uninstall", "One guarded line in each rc file; the undo is exact."),
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Nothing is changed and nothing is run."


def run(args: argparse.Namespace) -> int:
    asks = sys.stdin.isatty() and sys.stdout.isatty()
    for number, (title, command, text) in enumerate(STEPS, start=1):
        print(f"{number}. {title}\n\n     {command}\n\n   {text}\n")
        if asks and number < len(STEPS):
            try:
                if input("   Enter goes on, q ends: ").strip().lower().startswith("q"):
                    return 0
            except EOFError:
                return 0
            print()
    print("More: caro help")
    return 0
