"""The user's own patterns of secrets: `redact_pattern` of runtime.conf, POSIX extended regular expressions."""

from __future__ import annotations

from collections.abc import Iterable

from caro.redact.marks import Marks


def mark_patterns(marks: Marks, patterns: Iterable[str]) -> None:
    """The user's own, as runtime.conf has them: one that can't be read might have meant any text."""
    if not (texts := tuple(patterns)):
        return
    from caro.ere import secret_patterns

    # What the user calls a secret is one where it begins with a `$` too.
    was_shell, marks.shell = marks.shell, False
    compiled = secret_patterns(texts)
    for pattern in compiled or ():
        for start, end in pattern.spans(marks.text):
            marks.add(start, end)
    if compiled is None:
        marks.add(0, len(marks.text))
    marks.shell = was_shell
