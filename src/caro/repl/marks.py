"""What the shell says of itself at its prompt: the fields of a mark (native/relay/front.h)."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Prompt:
    """The shell waits for a line, or for the rest of one."""

    counter: str = ""
    flags: frozenset[str] = frozenset()
    """bash: its `set -o` options; `vi` or `emacs` in all shells."""
    status: int = 0
    pipe: tuple[int, ...] = ()
    """The statuses of the last pipeline's commands."""
    session: str = ""
    """Caro's session of this shell; empty: not known yet."""
    folder: str = "/"
    continues: bool = False
    """True if the line so far is not complete."""

    def is_beyond(self, before: Prompt) -> bool:
        """True if the shell has had another prompt since that one: a line was typed ahead."""
        return bool(before.counter) and _number(self.counter) > _number(before.counter) + 1

    @property
    def vi(self) -> bool:
        """True if the shell's own line editor is in vi mode."""
        return "vi" in self.flags

    @property
    def has_right(self) -> bool:
        """True if the person has a right prompt."""
        return "right" in self.flags


def read_mark(fields: bytes, before: Prompt | None = None) -> Prompt:
    """Return what the fields `E;K;FLAGS;STATUS;PIPESTATUS;SESSION;FOLDER` or `2;FLAGS` say.

    A number that is none is 0: nothing hangs on it but what is shown. Of the rest of a line `before` says the rest.
    """
    kind, *rest = fields.decode("utf-8", "surrogateescape").split(";", 6)
    flags = frozenset((rest[1] if kind == "E" and len(rest) > 1 else rest[0] if rest else "").split(":"))
    if kind != "E":
        last = before or Prompt()
        return replace(last, flags=flags, continues=True)
    rest += [""] * (6 - len(rest))
    pipe = tuple(_number(word) for word in rest[3].split())
    return Prompt(rest[0], flags, _number(rest[2]), pipe, rest[4], rest[5] or "/")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
