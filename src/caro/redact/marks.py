"""The spans of one text that are secret, and the text without them."""

from __future__ import annotations

from caro.redact.plain import is_encoded, is_plain_value, is_reference
from caro.redact.table import table

MASK = "***"


class Marks:
    def __init__(self, text: str, shell: bool) -> None:
        self.text = text
        self.shell = shell
        self.spans: list[tuple[int, int]] = []

    def add(self, start: int, end: int, named: bool = False) -> None:
        """`named`: only its name speaks for a secret, so plain values are let go."""
        value = self.text[start:end]
        if not value or value == MASK or (named and value.lower() in table().words["plain_values"]):
            return
        if (self.shell and is_reference(value)) or is_plain_value(value, named, self.shell):
            return
        if is_encoded(self.text, start, end):
            return
        self.spans.append((start, end))

    def masked(self) -> str:
        parts, at = [], 0
        for start, end in sorted(self.spans):
            if end <= at:
                continue
            parts += [self.text[at : max(start, at)], MASK if start >= at else ""]
            at = end
        return "".join(parts) + self.text[at:]
