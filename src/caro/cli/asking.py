"""A question to the person at the terminal: only a yes is a yes."""

from __future__ import annotations


def is_yes(given: str, default: bool = False) -> bool:
    """True for `y` and `yes`, and for nothing typed where that means yes; a line meant for the shell is none."""
    word = given.strip().lower()
    return word in ("y", "yes") or (default and not word)


def says_yes(question: str, default: bool = False) -> bool:
    """Ask; no answer is a no, too."""
    try:
        return is_yes(input(question), default)
    except EOFError:
        return False
