"""Secrets leave a command line before it is written anywhere.

A secret becomes `***`, so that the shape of the command stays readable.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from caro.redact.command import Command
from caro.redact.forms import scan_forms
from caro.redact.marks import Marks
from caro.redact.pattern import mark_patterns
from caro.redact.shell import redact_shell, take_word


def redact_argv(argv: Sequence[str], patterns: Iterable[str] = ()) -> tuple[list[str], list[int]]:
    """Return the arguments without secrets, and the indexes of those that held one. `patterns` are the user's."""
    patterns = tuple(patterns)
    command = Command(0)
    shown: list[str] = []
    for arg in argv:
        marks = Marks(arg, shell=False)
        take_word(command, marks, 0, len(arg))
        shown.append(_finish(marks, patterns))
    return shown, [i for i, (old, new) in enumerate(zip(argv, shown, strict=True)) if old != new]


def redact_text(text: str, patterns: Iterable[str] = ()) -> str:
    """Return a line of shell text without secrets."""
    marks = Marks(text, shell=True)
    redact_shell(marks, 0, len(text), 0)
    return _finish(marks, patterns)


def _finish(marks: Marks, patterns: Iterable[str]) -> str:
    scan_forms(marks)
    mark_patterns(marks, patterns)
    return marks.masked() if marks.spans else marks.text
